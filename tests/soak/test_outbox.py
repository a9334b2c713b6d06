"""Slips on their way from tablets into the book while servers die, answers get lost and the line is cut."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import pytest
from django.db import connection
from django.utils import timezone

from neighborhoods.models import HelpEvent, Tally
from portal import backups, devdb, environment
from portal.codes.shortcodes import make_code
from portal.field import applying
from portal.field.models import Envelope
from tests import clusters
from tests.builders import PIN, make_group, make_user
from tests.people import client_of
from tests.soak.conftest import GUNICORN
from tests.soak.test_devdb import postmaster, server_processes
from tests.wire import LOST, wire_to

pytestmark = pytest.mark.soak

PATIENCE = 120  # seconds for what takes one on a quiet machine
STEPS = ["card", "installed", "activated", "safety"]


# --- what is sent, and what must come of it ----------------------------------------------------------------


def make_slip(group, chance: random.Random) -> dict:
    """Nobody named: a count in the group, or at its desk."""
    id, count = str(uuid.UUID(int=chance.getrandbits(128), version=4)), str(chance.randint(1, 3))
    if chance.random() < 0.3:
        fields = [["audience", "child"], ["step", "safety"], ["count", count]]
        return {"id": id, "kind": "tally", "fields": fields}
    steps = [["steps", step] for step in chance.sample(STEPS, chance.randint(1, 2))]
    return {"id": id, "kind": "unnamed", "fields": [["group", str(group.pk)], *steps, ["count", count]]}


def make_crew(tablets: int, slips: int, chance: random.Random) -> list[dict]:
    """Tablets in the hands of a volunteer each, two or three to a group, with so many slips each."""
    groups, crew = [make_group() for _ in range(tablets // 3 + 1)], []
    for number in range(tablets):
        group = groups[number % len(groups)]
        user = make_user(role="volunteer", unit=group.place.unit, pin=PIN)
        crew.append({
            "session": client_of(user, place=group.place).session.session_key,
            "device": make_code(6),
            "slips": [{**make_slip(group, chance), "by": user.pk} for _ in range(slips)],
        })  # fmt: skip
    return crew


def rows_of(slip: dict) -> list[uuid.UUID]:
    """The keys of the rows that come of a slip (`Work.key`)."""
    page = uuid.uuid5(uuid.UUID(slip["id"]), f"{slip['by']} {slip['kind']}")
    values = dict(slip["fields"])
    if slip["kind"] == "tally":
        return [page]
    steps = [value for name, value in slip["fields"] if name == "steps"]
    return [uuid.uuid5(page, f"{step} {number}") for step in steps for number in range(int(values["count"]))]


def assert_each_is_there_once(crew: list[dict], receipts: list[dict]) -> None:
    """Every slip was acknowledged and is kept byte for byte; its rows stand in the book, and nothing else."""
    slips = {slip["id"]: slip for words in crew for slip in words["slips"]}
    kept = list(Envelope.objects.all())
    assert Counter(receipt["id"] for receipt in receipts) == Counter(slips.keys())
    assert {str(row.pk): row.sha256 for row in kept} == {one["id"]: one["sha256"] for one in receipts}
    assert [row.pk for row in kept if sha256(row.sealed).hexdigest() != row.sha256] == []
    assert [f"{row.pk}: {row.state} {row.problem}" for row in kept if row.state != "applied"] == []
    for model, kind in ((HelpEvent, "unnamed"), (Tally, "tally")):
        told = [key for slip in slips.values() if slip["kind"] == kind for key in rows_of(slip)]
        assert Counter(model.objects.values_list("pk", flat=True)) == Counter(told)
    counts = [int(dict(slip["fields"])["count"]) for slip in slips.values() if slip["kind"] == "tally"]
    assert sum(Tally.objects.values_list("count", flat=True)) == sum(counts)


# --- the tablets -------------------------------------------------------------------------------------------


@dataclass
class Sending:
    """The program that sends (`tests.soak.tablets`), and what it has said so far."""

    process: subprocess.Popen
    receipts: list[dict] = field(default_factory=list)
    end: dict = field(default_factory=dict)

    def read(self) -> None:
        for line in self.process.stdout:
            said = json.loads(line)
            if "id" in said:
                self.receipts.append(said)
            else:
                self.end = said

    def wait_for(self, count: int) -> None:
        """Until so many slips were acknowledged."""
        until = time.monotonic() + PATIENCE
        while len(self.receipts) < count:
            assert time.monotonic() < until, f"{len(self.receipts)} slips, and no more come"
            assert self.process.poll() is None, self.end
            time.sleep(0.005)


@contextmanager
def sending(port: int, crew: list[dict], *, seconds: int):
    """Lets the crew's tablets send; on leaving, all has been sent or they have given up."""
    command = [sys.executable, "-m", "tests.soak.tablets", f"{port}", f"{seconds}"]
    process = subprocess.Popen(
        command, cwd=devdb.CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    tablets = Sending(process)
    reader = threading.Thread(target=tablets.read)
    reader.start()
    try:
        process.stdin.write(json.dumps(crew))
        process.stdin.close()
        yield tablets
        process.wait(seconds + PATIENCE)
    finally:
        process.kill()
        process.wait()
        reader.join()


# --- twenty kills ------------------------------------------------------------------------------------------

SERVER, DATABASE = {"gunicorn"}, {"Postgres"}
KILLS = 7 * [SERVER] + 7 * [DATABASE] + 6 * [SERVER | DATABASE]


@dataclass
class Portal:
    """gunicorn on a cluster of this test alone: that of all tests may forget what was committed."""

    home: Path
    cluster: devdb.Cluster
    port: int
    log: BinaryIO
    process: subprocess.Popen | None = None

    def start_server(self) -> None:
        command = [sys.executable, "-m", *GUNICORN, "--no-control-socket", f"--bind=127.0.0.1:{self.port}"]
        self.process = subprocess.Popen(
            command, cwd=devdb.CHECKOUT, env={**os.environ, "DATABASE_URL": self.cluster.app_url},
            stdout=self.log, stderr=self.log, start_new_session=True,
        )  # fmt: skip

    def start_database(self) -> None:
        """Another user of the cluster finds it dead and starts it; the first one goes on using it."""
        with devdb.running(clusters.NAME, home=self.home):
            pass

    def strike(self, victims: set) -> None:
        """Kills them; a database is started again at once, as who looks after it would."""
        if victims >= DATABASE:
            self.kill_database()
        if victims >= SERVER:
            self.kill_server()
        if victims >= DATABASE:
            self.start_database()

    def kill_server(self) -> None:
        """kill -9 of the master and all workers: they are a group of their own."""
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def kill_database(self) -> None:
        """kill -9 of the postmaster, which could start children, then of these."""
        connection.close()
        for pid in [postmaster(self.cluster), *server_processes(self.cluster)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def portal(transactional_db, tmp_path):
    tables = tmp_path / "tables"
    backups.write(tables)  # to bring a backup takes a tenth of what it takes to migrate
    with (
        clusters.temporary_home() as home,
        (tmp_path / "gunicorn.log").open("wb") as log,
        devdb.running(clusters.NAME, home=home) as cluster,
        connected_to(cluster),
    ):
        backups.restore(tables)
        portal = Portal(home, cluster, free_port(), log)
        yield portal
        portal.kill_server()


@contextmanager
def connected_to(cluster: devdb.Cluster):
    """Until the block ends, this test's own queries go to another cluster."""
    connection.close()
    there = environment.database(cluster.owner_url)
    before = {name: connection.settings_dict[name] for name in there}
    connection.settings_dict.update(there)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def free_port() -> int:
    """Below those that the system gives to callers: who calls a dead one of these may reach himself."""
    while True:
        port = random.randrange(20_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def not_heard_of(tablets: Sending) -> Counter:
    """While no server runs: slips in the database whose tablets have no answer yet, by state."""
    time.sleep(0.3)  # what was answered before arrives
    heard = [one["id"] for one in tablets.receipts]
    return Counter(Envelope.objects.exclude(pk__in=heard).values_list("state", flat=True))


def apply_what_is_left() -> int:
    """What the worker does two minutes after a server died; how many slips it wrote down."""
    Envelope.objects.waiting().update(received_at=timezone.now() - 2 * applying.STALE)
    return applying.apply_waiting()


def test_20_kills_of_gunicorn_and_postgres_lose_nothing_and_write_nothing_twice(portal):
    chance = random.Random(20)
    crew, turns = make_crew(8, 25, chance), chance.sample(KILLS, len(KILLS))
    unheard, applied, began = Counter(), 0, time.monotonic()
    portal.start_server()
    with sending(portal.port, crew, seconds=420) as tablets:
        for turn, victims in enumerate(turns):
            tablets.wait_for(len(tablets.receipts) + chance.randint(1, 6))
            time.sleep(chance.uniform(0, 0.1))
            portal.strike(victims)
            if victims >= SERVER:
                unheard += not_heard_of(tablets)
                applied += apply_what_is_left() if turn % 2 else 0  # else their tablets bring them again
                portal.start_server()
            assert len(tablets.receipts) < 200  # in the middle of it
    tries = Counter(one["tries"] for one in tablets.receipts)
    print(
        f"200 slips, {len(turns)} kills, {time.monotonic() - began:.0f} s; not heard of {dict(unheard)},"
        f" of these applied by the worker {applied}; outcomes {tablets.end['troubles']},"
        f" slips by tries {dict(sorted(tries.items()))}"
    )
    assert len(turns) == 20
    assert unheard["received"] > applied > 0  # else the kills struck beside the work
    assert (tablets.end["left"], tablets.end["failed"]) == (0, [])
    apply_what_is_left()
    assert_each_is_there_once(crew, tablets.receipts)


# --- a bad line --------------------------------------------------------------------------------------------


@dataclass
class BadLine:
    """Loses one answer in five, and lets the others wait up to half a second."""

    chance: random.Random
    lost: list[str] = field(default_factory=list)

    def __call__(self, method: str, path: str):
        if self.chance.random() < 0.2:
            self.lost.append(path)
            return LOST
        return self.chance.uniform(0, 0.5)


def test_1500_slips_over_a_line_that_loses_every_fifth_answer_are_there_once(server):
    crew = make_crew(30, 50, random.Random(30))
    bad, cuts = BadLine(random.Random(1500)), 0
    with wire_to(server[1]) as wire:
        wire.fault = bad
        with sending(wire.port, crew, seconds=420) as tablets:
            while tablets.process.poll() is None:
                time.sleep(10)
                wire.is_cut, cuts = True, cuts + 1
                time.sleep(1)
                wire.is_cut = False
        posts, lost = wire.sent("/phieu/"), [path for path in bad.lost if "/phieu/" in path]
    end = tablets.end
    print(
        f"{len(posts)} posts of 1500 slips in {end['seconds']:.0f} s, {len(lost)} of their answers lost and"
        f" {len(bad.lost) - len(lost)} others, {cuts} cuts; outcomes {end['troubles']}"
    )
    assert len(lost) > 100
    assert cuts >= 3
    assert len(posts) > 1_500 + len(lost)
    assert (end["left"], end["failed"]) == (0, [])
    assert_each_is_there_once(crew, tablets.receipts)
