"""A Saturday of the campaign: 60 requests a second for five minutes, three of ten write; nothing is lost."""

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from statistics import median, quantiles

import pytest

from neighborhoods.models import DeskSession, Group, HelpEvent, Tally
from portal.devdb import CHECKOUT
from tests import province
from tests.builders import PIN
from tests.people import client_of

pytestmark = pytest.mark.soak

RATE, SECONDS = 60, int(os.environ.get("CAMPAIGN_SECONDS", 300))
GROUPS = 48  # each in another commune, with 300 people and a volunteer


def crew() -> list[dict]:
    """Volunteers who came all the way in, each at work at a group with today's desk open."""
    found = []
    for group in Group.objects.real().select_related("place", "team__leader"):
        user = group.team.leader
        user.set_pin(PIN)
        user.save(update_fields=["pin", "pin_check"])
        keys = group.residents.order_by("pk").values_list("pk", flat=True)[:100]
        found.append({
            "session": client_of(user, place=group.place).session.session_key,
            "group": str(group.pk),
            "residents": [str(key) for key in keys],
            "desk": str(DeskSession.objects.open_at(group.place, by=user).pk),
        })  # fmt: skip
    return found


def test_every_write_of_a_saturday_is_there_once_and_no_request_fails(server):
    process, port = server
    province.build(GROUPS / province.GROUPS)
    people = crew()
    worked = _processor_seconds(process.pid)
    before = HelpEvent.objects.count(), Tally.objects.count()
    answered = subprocess.run(
        [sys.executable, "-m", "tests.soak.campaign", f"{port}", f"{RATE}", f"{SECONDS}"],
        cwd=CHECKOUT, input=json.dumps(people), stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    told, worked = json.loads(answered.stdout), _processor_seconds(process.pid) - worked
    every = [seconds for spent in told["spent"].values() for seconds in spent]
    print(
        f"{len(every)} requests in {told['seconds']:.0f} s, {len(every) / told['seconds']:.1f}/s;"
        f" {1000 * worked / len(every):.1f} ms of the server's processor time each"
    )
    for kind, spent in [*sorted(told["spent"].items()), ("all", every)]:
        print(f"{kind:8} {len(spent):5}: p50 {1000 * median(spent):.0f} ms, p95 {1000 * p95(spent):.0f} ms")
    assert told["wrong"] == []
    assert len(every) == RATE * SECONDS
    written = told["written"]
    helps = {
        uuid.uuid5(uuid.UUID(page), name)
        for page, *names in written["visit"] + written["unnamed"]
        for name in names
    }
    tallies = {uuid.UUID(key) for (key,) in written["tally"]}
    assert len(helps) > RATE * SECONDS * 0.2
    assert HelpEvent.objects.filter(pk__in=helps).count() == len(helps)
    assert Tally.objects.filter(pk__in=tallies).count() == len(tallies)
    after = HelpEvent.objects.count(), Tally.objects.count()
    assert after == (before[0] + len(helps), before[1] + len(tallies))  # and nothing else


def _processor_seconds(pid: int) -> float:
    """What gunicorn's workers have used so far."""
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ticks = [Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split() for worker in workers]
    return sum(int(one[11]) + int(one[12]) for one in ticks) / os.sysconf("SC_CLK_TCK")


def p95(spent: list[float]) -> float:
    return quantiles(spent, n=20)[-1]
