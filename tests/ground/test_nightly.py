"""The nightly work: when it is due, what it clears away, and that one failure stops nothing else."""

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from markets.models import FollowUp
from portal import limits, nightly
from portal.accounts import invitations
from portal.accounts.models import OneTimeLink
from portal.home import tasks
from portal.home.nightly import JOBS
from portal.models import JobRun, RateCount
from portal.nightly import NightlyJob
from portal.privacy.models import SealedFile
from tests.builders import commune_unit, make_card, make_user

HERE = ZoneInfo("Asia/Ho_Chi_Minh")


def at(hour: int, minute: int = 0, day: int = 22) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=HERE)


def ran(code: str = "work") -> list[tuple]:
    return list(JobRun.objects.filter(job=code).order_by("started_at").values_list("is_ok", "result"))


def wait_for_the_lock() -> None:
    """Until Postgres has noticed that the connection which held it is gone, a moment after the close."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s), pg_advisory_unlock(%s)", [nightly.LOCK, nightly.LOCK])


def job(run=lambda: 3, code="work") -> NightlyJob:
    return NightlyJob(code, "Việc thử", run, "Xóa {} dòng")


# --- when --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "expected"),
    [(at(2), at(2)), (at(1, 59), at(2, day=21)), (at(23), at(2)), (at(0), at(2, day=21))],
)
def test_the_night_begins_at_two_in_vietnam(now, expected):
    assert nightly.night(now) == expected
    assert nightly.night(now.astimezone(ZoneInfo("UTC"))) == expected


def test_a_job_runs_once_a_night_and_again_in_the_next(db):
    for now in (at(2, 3), at(2, 13), at(9), at(1, 59, day=23)):
        nightly.run_due([job()], now)
    assert ran() == [(True, "Xóa 3 dòng")]
    nightly.run_due([job()], at(2, day=23))
    assert len(ran()) == 2


def test_a_worker_that_slept_through_the_night_makes_up_for_it_once(db):
    nightly.run_due([job()], at(2, day=20))
    nightly.run_due([job()], at(11))
    nightly.run_due([job()], at(11, 10))
    assert len(ran()) == 2


def test_a_failing_job_is_written_down_without_its_words_and_the_next_one_runs(db, caplog):
    def fail():
        raise ValueError("Siu Mẫu 0123456789")

    nightly.run_due([job(fail, "bad"), job(code="good")], at(2))
    assert ran("bad") == [(False, "Dừng vì lỗi ValueError")]
    assert ran("good") == [(True, "Xóa 3 dòng")]
    nightly.run_due([job(fail, "bad")], at(3))
    assert len(ran("bad")) == 1  # the next try is the next night's


def test_a_job_whose_statement_the_database_refuses_does_not_stop_the_next(transactional_db):
    def refused():
        return JobRun.objects.create(job="x", started_at=at(1), is_ok=True)

    nightly.run_due([job(refused, "bad"), job(code="good")], at(2))
    assert ran("bad") == [(False, "Dừng vì lỗi IntegrityError")]
    assert ran("good") == [(True, "Xóa 3 dòng")]


def test_a_job_cut_off_is_told_so_and_run_again(db):
    JobRun.objects.create(job="work", started_at=at(2))
    nightly.run_due([job()], at(2, 20))
    assert ran() == [(False, "Bị ngắt giữa chừng"), (True, "Xóa 3 dòng")]


def test_two_workers_do_not_do_the_same_night_twice(transactional_db):
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [nightly.LOCK])
    nightly.run_due([job()], at(2))
    assert ran() == []
    other.close()  # killed or done
    wait_for_the_lock()
    nightly.run_due([job()], at(2))
    assert len(ran()) == 1


def test_a_finished_run_says_how(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        JobRun.objects.create(job="work", started_at=at(2), finished_at=at(3))


@pytest.mark.parametrize(
    ("last", "now", "words", "needs_hand", "next_at"),
    [
        (None, at(2, 30), "Sắp chạy lần đầu", False, None),
        (None, at(4), "Không chạy", True, None),
        ((at(2), True), at(9), "Tốt", False, at(2, day=23)),
        ((at(2), False), at(9), "Lỗi", True, at(2, day=23)),
        ((at(2), None), at(2, 5), "Đang chạy", False, None),
        ((at(2), None), at(5), "Không chạy", True, None),
        ((at(2, day=21), True), at(2, 30), "Tốt", False, None),
        ((at(2, day=21), True), at(4), "Không chạy", True, None),
    ],
)
def test_staff_see_how_a_job_stands(db, last, now, words, needs_hand, next_at):
    if last:
        started, is_ok = last
        finished = None if is_ok is None else started
        JobRun.objects.create(job="work", started_at=started, finished_at=finished, is_ok=is_ok)
    (state,) = nightly.states([job()], now)
    assert (state.tag[1], state.needs_hand, state.next_at) == (words, needs_hand, next_at)


# --- what --------------------------------------------------------------------------------------------------


def run(code: str) -> str:
    """Runs one of the portal's own jobs; gives its result."""
    nightly.run_due([job for job in JOBS if job.code == code])
    (is_ok, result), *_ = ran(code)
    assert is_ok, result
    return result


def test_every_job_runs_with_the_rights_of_the_server_and_has_a_code_of_its_own(app_role):
    nightly.run_due(JOBS)
    assert sorted(JobRun.objects.filter(is_ok=True).values_list("job", flat=True)) == sorted(
        {job.code for job in JOBS}
    )
    assert len({job.code for job in JOBS}) == len(JOBS)


def test_missing_visits_are_planned_from_the_day_of_the_trial(db):
    whole, lacking = make_card(state="tried"), make_card(state="tried")
    left, untried = make_card(state="tried"), make_card(state="posted")
    day = FollowUp.objects.of(lacking.account.tenancy).last().due_on
    FollowUp.objects.of(lacking.account.tenancy).filter(kind="day_30").delete()
    FollowUp.objects.of(left.account.tenancy).delete()
    left.account.tenancy.end(by=left.made_by)
    assert run("followups") == "Hẹn thêm 1 lượt"
    assert FollowUp.objects.of(lacking.account.tenancy).get(kind="day_30").due_on == day
    assert FollowUp.objects.of(whole.account.tenancy).count() == 2
    assert not FollowUp.objects.of(untried.account.tenancy).exists()


def test_old_links_attempts_sessions_counts_and_runs_go_and_the_others_stay(db):
    now, by = timezone.now(), make_user()
    for days in (40, 1):
        _, _ = invitations.invite(name="Mẫu", phone=None, kind="volunteer", unit=commune_unit(), by=by)
        link = OneTimeLink.objects.latest("pk")
        OneTimeLink.objects.filter(pk=link.pk).update(expires_at=now - timedelta(days=days))
        attempt = AccessAttempt.objects.create(username=f"key {days}", failures_since_start=1)
        AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=now - timedelta(days=days - 0.5))
        Session.objects.create(session_key=f"s{days}", expire_date=now + timedelta(days=10 - days))
        limits.allow("thử", str(days), limit=1, seconds=60)
        JobRun.objects.create(job="old", started_at=now - timedelta(days=days * 3))
    RateCount.objects.filter(pk=RateCount.objects.first().pk).update(
        window_started_at=now - timedelta(days=2)
    )
    assert run("links") == "Xóa 1 đường dẫn"
    assert run("attempts") == "Xóa 1 dòng"
    assert run("sessions") == "Xóa 1 phiên"
    assert run("rate_counts") == "Xóa 1 dòng"
    assert run("job_runs") == "Xóa 1 dòng"
    left = [model.objects.count() for model in (OneTimeLink, AccessAttempt, Session, RateCount)]
    assert left == [1, 1, 1, 1]


def test_downloads_go_when_their_time_is_over(db):
    by, now = make_user(), timezone.now()
    for until in (now - timedelta(minutes=1), now + timedelta(hours=1), None):
        SealedFile.objects.keep(b"%PDF", name="the.pdf", content_type="application/pdf", by=by, until=until)
    assert run("files") == "Xóa 1 tệp"
    assert not SealedFile.objects.expired().exists()
    assert SealedFile.objects.count() == 2


def test_finished_background_jobs_go_failed_ones_later_and_waiting_ones_never(db):
    for status, days in [("succeeded", 8), ("succeeded", 6), ("failed", 60), ("failed", 100), ("todo", 200)]:
        _background_job(status, days=days)
    assert run("finished_jobs") == "Xóa 2 việc"
    assert sorted(ProcrastinateJob.objects.values_list("status", flat=True)) == [
        "failed",
        "succeeded",
        "todo",
    ]


def _background_job(status: str, *, days: float = 0, attempts: int = 0) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts)"
            " VALUES ('default', 'a task', '{}', %s, %s) RETURNING id",
            [status, attempts],
        )
        (key,) = cursor.fetchone()
        cursor.execute(
            "UPDATE procrastinate_events SET at = now() - %s WHERE job_id = %s", [timedelta(days=days), key]
        )
        if status != "todo":
            cursor.execute(
                "INSERT INTO procrastinate_events (job_id, type, at) VALUES (%s, 'succeeded', now() - %s)",
                [key, timedelta(days=days)],
            )
        return key


# --- by whom -----------------------------------------------------------------------------------------------


def work(*jobs) -> None:
    """Defers the jobs and lets a real worker do all there is."""
    for task in jobs:
        task.defer(timestamp=0)
    with app.replace_connector(app.connector.get_worker_connector()) as worker:
        asyncio.run(_work(worker))
    with connection.cursor() as cursor:  # its thread keeps a connection for the next job
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def _work(worker) -> None:
    async with worker.open_async():
        await worker.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)


def test_the_worker_does_the_nightly_work_on_starting(transactional_db):
    work(tasks.nightly_work)
    assert set(JobRun.objects.values_list("job", flat=True)) == {job.code for job in JOBS}
    assert not JobRun.objects.exclude(is_ok=True).exists()


def test_the_timetable_fires_whenever_a_worker_starts():
    """procrastinate looks back ten minutes: a tick every ten minutes is always among them."""
    from procrastinate.periodic import MAX_DELAY

    periodic = app.periodic_registry.periodic_tasks
    assert {task.name for task in (tasks.nightly_work, tasks.rescue_jobs)} <= {name for name, _id in periodic}
    for entry in periodic.values():
        if entry.task in (tasks.nightly_work, tasks.rescue_jobs):
            entry.croniter.set_current(0)
            first, second = (entry.croniter.get_next(float) for _ in range(2))
            assert second - first <= MAX_DELAY


def test_jobs_of_a_dead_worker_are_begun_again_and_given_up_after_three(transactional_db):
    once, often = _background_job("doing"), _background_job("doing", attempts=2)
    work(tasks.rescue_jobs)
    # Begun again: the living worker does not know "a task" and counts that as its second attempt.
    assert ProcrastinateJob.objects.get(pk=once).attempts == 2
    assert ProcrastinateJob.objects.get(pk=often).status == "failed"
