"""A market of 1,000 cards as a job of the worker, on each kind of sheet: time, and memory of all the worker.

Goals: at most 300 MB. The first job makes the cards, the others print the same ones; each code is read back.
"""

import subprocess
import sys

from tests.bench import database
from tests.memory import memory_peak

COUNT = 1000


def run() -> None:
    """Measures in a fresh process and prints."""
    subprocess.run([sys.executable, "-m", "tests.bench.prints"], check=True)


def measure() -> None:
    """One worker for each job, which ends with it."""
    with database("bench_prints"):
        from markets import press
        from markets.models import PrintJob
        from tests import builders

        market, lead = builders.make_market(), builders.make_user(role="team_lead")
        for number in range(COUNT):
            builders.make_ready_stall(market=market, by=lead, number=f"{number:04}")
        for sheet, label in PrintJob.Sheet.choices:
            job = press.order(market, by=lead, sheet=sheet, only_unprinted=False)
            worker = subprocess.Popen([sys.executable, "manage.py", "procrastinate", "worker", "--one-shot"])
            peak = memory_peak(worker)
            job.refresh_from_db()
            spent = (job.finished_at - job.started_at).total_seconds()
            print(
                f"{label}: {job.done} cards in {spent:.1f} s, file {job.file.size / 1e6:.1f} MB, "
                f"peak {peak:.0f} MB (goal ≤ 300 MB)"
            )


if __name__ == "__main__":
    measure()
