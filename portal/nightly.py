"""The nightly work: what it is, what is due, and what came of it.

Each app lists its jobs as NIGHTLY in `<app>/nightly.py`, `portal.home.nightly` collects them, the worker
calls `run_due` every ten minutes (`portal.home.tasks`). A job is due from two in the morning in Vietnam
until it has run: a worker that slept through the night does it on waking. (The timetable of procrastinate
counts in UTC and forgets what it missed by ten minutes.)
"""

import logging
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pghistory
from django.db import connection
from django.utils import timezone

from portal import limits
from portal.models import JobRun
from portal.text import format_number

HOUR = 2
LATE = timedelta(hours=1)  # due for longer than this: the worker is not there
LOCK = 0x6E696768746C79  # of Postgres, one for all workers; a killed worker's falls with its connection
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class NightlyJob:
    """`run` does the work, makes its own transactions, may be repeated, and gives how many rows it touched.

    `result` is the sentence about it, with {} for the number.
    """

    code: str
    name: str
    run: Callable[[], int]
    result: str = "{}"


@dataclass(frozen=True)
class State:
    """A job as staff see it: its last run, and when it runs again (None: within ten minutes)."""

    job: NightlyJob
    last: JobRun | None
    next_at: datetime | None
    is_late: bool

    @property
    def needs_hand(self) -> bool:
        """It failed, was cut off, or nobody runs it."""
        return self.is_late or bool(self.last and self.last.is_ok is False)

    @property
    def tag(self) -> tuple[str, str]:
        """Kind and words for the tag of the house."""
        if self.is_late:
            return "err", "Không chạy"
        if self.last is None:
            return "info", "Sắp chạy lần đầu"
        if self.last.finished_at is None:
            return "info", "Đang chạy"
        return ("ok", "Tốt") if self.last.is_ok else ("err", "Lỗi")


def night(now: datetime) -> datetime:
    """The last two o'clock in the morning."""
    today = timezone.localtime(now).replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)


def states(jobs: Iterable[NightlyJob], now: datetime | None = None) -> list[State]:
    """How each job stands, in one query."""
    now = now or timezone.now()
    runs = {run.job: run for run in JobRun.objects.newest()}
    return [_state(job, runs.get(job.code), now) for job in jobs]


def _state(job: NightlyJob, last: JobRun | None, now: datetime) -> State:
    is_done = last is not None and last.started_at >= night(now) and last.finished_at is not None
    is_late = not is_done and now - max(night(now), last.started_at if last else night(now)) > LATE
    return State(job, last, night(now) + timedelta(days=1) if is_done else None, is_late)


def run_due(jobs: Iterable[NightlyJob], now: datetime | None = None) -> None:
    """Runs what is due, one after the other; a job that fails is written down and does not stop the next.

    Where another worker is at it already, nothing happens.
    """
    with _alone() as is_alone:
        due = [state.job for state in states(jobs, now) if state.next_at is None] if is_alone else []
        for job in due:
            _run(job, now)


def _run(job: NightlyJob, now: datetime | None) -> None:
    cut_off = JobRun.objects.filter(job=job.code).unfinished()  # we are alone: nobody runs it any more
    cut_off.update(finished_at=now or timezone.now(), is_ok=False, result="Bị ngắt giữa chừng")
    run = JobRun.objects.create(job=job.code, started_at=now or timezone.now())
    try:
        with pghistory.context(job=job.code):
            result, is_ok = job.result.format(format_number(job.run())), True
    except Exception as error:  # the next job must run; the words of an error may hold a person's data
        logger.exception("nightly job %s failed", job.code)
        result, is_ok = f"Dừng vì lỗi {type(error).__name__}", False
    run.finish(is_ok=is_ok, result=result, at=now or timezone.now())


@contextmanager
def _alone():
    """Whether no other worker is inside."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        is_alone = cursor.fetchone()[0]
        try:
            yield is_alone
        finally:
            if is_alone:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


# --- what the ground itself does ---------------------------------------------------------------------------

OLD_JOBS = """
DELETE FROM procrastinate_jobs job
WHERE status = ANY(%s::procrastinate_job_status[]) AND NOT EXISTS (
  SELECT FROM procrastinate_events event WHERE event.job_id = job.id AND event.at > now() - %s::interval
)
"""


def forget_jobs() -> int:
    """Deletes jobs that went well a week ago, and all other finished ones after three months."""
    with connection.cursor() as cursor:
        cursor.execute(OLD_JOBS, [["succeeded"], timedelta(days=7)])
        count = cursor.rowcount
        cursor.execute(OLD_JOBS, [["failed", "cancelled", "aborted"], timedelta(days=90)])
        return count + cursor.rowcount


def forget_runs() -> int:
    """Deletes what stands here about nights three months ago."""
    old = JobRun.objects.filter(started_at__lt=timezone.now() - timedelta(days=90))
    return old.delete()[0]


NIGHTLY = [
    NightlyJob("rate_counts", "Xóa số lần thử cũ", limits.forget_old, "Xóa {} dòng"),
    NightlyJob("finished_jobs", "Xóa việc nền đã xong", forget_jobs, "Xóa {} việc"),
    NightlyJob("job_runs", "Xóa nhật ký đêm quá 90 ngày", forget_runs, "Xóa {} dòng"),
]
