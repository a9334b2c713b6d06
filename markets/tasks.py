"""What the worker does for the markets (procrastinate finds it by its name)."""

import pghistory
from django.db import InterfaceError, OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from markets import press
from markets.models import PrintJob

TICK = "*/10 * * * *"
# The database went away, or two transactions waited for each other: worth another try.
AGAIN = (OperationalError, InterfaceError)


@app.task(name=PrintJob.TASK, retry=RetryStrategy(max_attempts=3, wait=10, retry_exceptions=AGAIN))
def print_market(job_id: str) -> None:
    """Prints a job that is still open. After a worker's death `rescue` lets another begin it again."""
    job = PrintJob.objects.select_related("market__place", "goods", "made_by").get(pk=job_id)
    if not job.is_open:
        return  # the worker died between finishing the work and saying so
    try:
        with pghistory.context(user=job.made_by_id, job=PrintJob.TASK):
            press.run(job)
    except AGAIN:
        raise
    except Exception:
        job.mark_failed()
        raise


@app.periodic(cron=TICK)
@app.task(name="lost_prints")
def give_up_lost_prints(timestamp: int) -> None:
    """Says of jobs that no worker will take up any more that they failed; they can be ordered anew."""
    for job in PrintJob.objects.lost():
        job.mark_failed()
