"""Jobs of the worker under kill -9, and a market of a thousand cards, each code read from the file."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from django.db import connection

from markets import press
from markets.models import PrintJob, StallCard
from portal.devdb import CHECKOUT
from portal.printing import reading
from tests.builders import make_market, make_ready_stall, make_user
from tests.clusters import url
from tests.memory import memory_peak

pytestmark = pytest.mark.soak


def ordered(count: int) -> PrintJob:
    """A job for so many cards, none of which is made yet."""
    market, lead = make_market(), make_user(role="team_lead")
    for number in range(count):
        make_ready_stall(market=market, by=lead, number=f"{number:04}")
    return press.order(market, by=lead, sheet="a6")


def start_worker(*options: str) -> subprocess.Popen:
    """A worker as `make demo` starts it."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "procrastinate", "worker", *options],
        cwd=CHECKOUT,
        env={**os.environ, "DATABASE_URL": url(connection)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def kill_after(cards: int, job: PrintJob) -> None:
    """kill -9 for a worker once the job has got as far as some cards."""
    program = start_worker()
    while PrintJob.objects.get(pk=job.pk).done < cards:
        assert program.poll() is None, program.stdout.read()
        time.sleep(0.02)
    program.send_signal(signal.SIGKILL)
    program.communicate()
    time.sleep(0.5)  # the killed one's last transaction ends
    with connection.cursor() as cursor:  # two silent minutes pass
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '3 min'")


def test_a_job_whose_worker_is_killed_twice_prints_every_card_once(transactional_db):
    job = ordered(200)
    kill_after(40, job)
    first = set(StallCard.objects.values_list("pk", "serial"))
    assert first
    assert not StallCard.objects.exclude(printed_at=None).exists()
    # The timetable fires whenever a worker starts, once in ten minutes: as if those had passed.
    forget_timetable()
    kill_after(80, job)
    forget_timetable()
    worker = start_worker()
    finished(job, worker)
    worker.kill()
    worker.communicate()
    job.refresh_from_db()
    cards = list(StallCard.objects.filter(stall__market=job.market))
    assert (job.state, job.done, job.problems) == ("done", 200, [])
    assert len(cards) == len({card.serial for card in cards}) == len({card.stall_id for card in cards}) == 200
    assert first <= {(card.pk, card.serial) for card in cards}
    assert {card.events.exclude(printed_at=None).count() for card in cards} == {1}
    assert codes(job) == Counter(card.payload.open() for card in cards)


def test_a_thousand_cards_are_read_code_by_code_from_the_file(transactional_db):
    job = ordered(1000)
    program = start_worker("--one-shot")
    peak = memory_peak(program)
    assert program.wait() == 0, program.stdout.read()
    job.refresh_from_db()
    assert (job.state, job.done, job.problems) == ("done", 1000, [])
    spent = (job.finished_at - job.started_at).total_seconds()
    print(f"1,000 cards in {spent:.1f} s, {peak:.0f} MB at most, file {job.file.size / 1e6:.1f} MB")
    assert peak < 300
    cards = StallCard.objects.in_state("printed").filter(stall__market=job.market)
    assert codes(job) == Counter(card.payload.open() for card in cards)
    assert len(cards) == 1000


def codes(job: PrintJob) -> Counter:
    pages = reading.codes_on_pages(job.file.content.open_bytes())
    return Counter(code.content.decode() for page in pages for code in page)


def forget_timetable() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_periodic_defers")


def finished(job: PrintJob, worker: subprocess.Popen) -> None:
    deadline = time.monotonic() + 240
    while PrintJob.objects.get(pk=job.pk).is_open:
        assert worker.poll() is None, worker.stdout.read()
        assert time.monotonic() < deadline
        time.sleep(0.2)
