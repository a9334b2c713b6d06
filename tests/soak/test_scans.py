"""Twelve thousand scans of one plaque, while they are added up and the server's workers are exchanged."""

import json
import signal
import subprocess
import sys
import time

import pytest

from heritage import scans
from heritage.models import Scan, ScanCount
from portal.devdb import CHECKOUT
from tests.builders import make_edition, make_plaque, make_site

pytestmark = pytest.mark.soak

RATE, SECONDS = 400, 30


def test_every_scan_of_a_rush_is_counted_once(server):
    process, port = server
    site = make_site()
    for language in ("vi", "en"):
        make_edition(site=site, language=language)
    plaque = make_plaque(site=site)
    command = [sys.executable, "-m", "tests.soak.rush", f"{port}", f"/H/{plaque.code_id}"]
    rush = subprocess.Popen(
        [*command, f"{RATE}", f"{SECONDS}"], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    began, is_exchanged, folds = time.monotonic(), False, 0
    while rush.poll() is None:
        folds += scans.fold() > 0
        if not is_exchanged and time.monotonic() - began > SECONDS / 2:
            process.send_signal(signal.SIGHUP)  # new workers; the old ones finish what they have begun
            is_exchanged = True
        time.sleep(0.5)
    told = json.loads(rush.stdout.read())
    print(
        f"{told['ok']} scans in {told['seconds']:.1f} s, {told['ok'] / told['seconds']:.0f}/s,"
        f" slowest {told['slowest']:.2f} s, added up {folds} times meanwhile"
    )
    scans.fold()
    assert told["wrong"] == []
    assert not Scan.objects.exists()
    count = ScanCount.objects.get()
    assert (count.plaque_id, count.language, count.is_scanned) == (plaque.pk, "en", True)
    assert count.count == told["ok"] == RATE * SECONDS
