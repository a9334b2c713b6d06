"""100,000 sealed values move to a new key while the command is interrupted and killed."""

import base64
import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from markets.models import PaymentAccount
from portal.devdb import CHECKOUT
from portal.privacy import rotation
from tests.builders import BIDV, make_tenancy
from tests.clusters import url
from tests.memory import memory_peak

pytestmark = pytest.mark.soak

ROWS = 100_000
NEW = bytes(range(32))


@pytest.fixture
def accounts(transactional_db):
    """Old accounts of one tenancy, each with a number of its own, under the key of the tests."""
    tenancy, today = make_tenancy(), timezone.localdate()
    for start in range(0, ROWS, 5_000):
        PaymentAccount.objects.bulk_create(
            PaymentAccount(
                tenancy=tenancy,
                bin=BIDV,
                number=f"MAU{number:016d}",
                holder="NGUOI MAU",
                starts_on=today,
                ends_on=today,
                recorded_by=tenancy.recorded_by,
            )
            for number in range(start, start + 5_000)
        )


def start() -> subprocess.Popen:
    keys = {"k2": NEW, **settings.FIELD_KEYS}
    told = ",".join(f"{name}:{base64.b64encode(key).decode()}" for name, key in keys.items())
    return subprocess.Popen(
        [sys.executable, "manage.py", "rotate_keys"],
        cwd=CHECKOUT,
        env={**os.environ, "FIELD_KEYS": told, "DATABASE_URL": url(connection)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A test run in the background ignores Ctrl-C, and so would its child.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def stop_after(rows: int, number: signal.Signals) -> int:
    """Starts the command and sends it a signal once it moved some rows; gives how many still wait."""
    before = rotation.stale_count()
    program = start()
    while rotation.stale_count() > before - rows:
        assert program.poll() is None, program.stdout.read()
        time.sleep(0.05)
    program.send_signal(number)
    program.communicate()
    assert program.returncode != 0
    time.sleep(0.5)  # the killed one's last transaction ends
    assert 0 < rotation.stale_count() <= before - rows
    return rotation.stale_count()


def test_killed_and_interrupted_rotation_ends_with_every_value_under_the_new_key(accounts, settings):
    old = settings.FIELD_KEYS
    settings.FIELD_KEYS = {"k2": NEW, **old}
    events = PaymentAccount.events.rel.related_model
    written = events.objects.count()
    left = [stop_after(2_000, signal.SIGKILL), stop_after(2_000, signal.SIGINT)]
    assert left[0] > left[1]
    began, program = time.monotonic(), start()
    memory = memory_peak(program)  # what it tells is far less than a pipe holds
    told = program.stdout.read()
    assert program.returncode == 0, told
    spent = time.monotonic() - began
    print(f"{left[1]:,} of {ROWS:,} rows in {spent:.1f} s, {memory:.0f} MB at most\n{told}")
    assert memory < 300
    settings.FIELD_KEYS = {"k2": NEW}
    assert rotation.stale_count() == 0
    assert events.objects.count() == written
    opened = {account.number.open() for account in PaymentAccount.objects.only("number").iterator()}
    assert opened == {f"MAU{number:016d}" for number in range(ROWS)}
