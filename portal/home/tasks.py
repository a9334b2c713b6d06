"""The worker's timetable (procrastinate finds it by its name).

Every ten minutes, and so whenever a worker starts: it makes up for what it missed by at most ten minutes.
"""

from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status

from portal import nightly
from portal.field import applying
from portal.home.nightly import JOBS

TICK = "*/10 * * * *"
SILENT = 120  # seconds without a heartbeat: the worker is dead
MOST_ATTEMPTS = 3


@app.periodic(cron=TICK)
@app.task(name="nightly")
def nightly_work(timestamp: int) -> None:
    """Runs what is due tonight."""
    nightly.run_due(JOBS)


@app.periodic(cron=TICK)
@app.task(name="envelopes")
def apply_envelopes(timestamp: int) -> None:
    """Writes down what was received while a server died."""
    applying.apply_waiting()


@app.periodic(cron=TICK)
@app.task(name="rescue", pass_context=True)
async def rescue_jobs(context, timestamp: int) -> None:
    """Gives the jobs of dead workers to a living one; after three deaths a job counts as failed.

    So every task must bear to be begun again.
    """
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT):
        if job.attempts + 1 >= MOST_ATTEMPTS:
            await manager.finish_job(job, Status.FAILED, delete_job=False)
            continue
        try:
            await manager.retry_job(job)
        except ConnectorException:  # another one with its queueing lock waits already
            await manager.finish_job(job, Status.ABORTED, delete_job=False)
