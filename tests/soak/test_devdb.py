"""The embedded Postgres under kills and accidents: after each of them the next start works."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg
import pytest

from portal import devdb
from tests import clusters

pytestmark = pytest.mark.soak


@pytest.fixture
def home():
    with clusters.temporary_home() as home:
        yield home


def server_processes(cluster: devdb.Cluster) -> list[int]:
    """Every process of this cluster's Postgres: they all work in its data folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(process / "cwd").removesuffix(" (deleted)") == str(cluster.data):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def postmaster(cluster: devdb.Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().splitlines()[0])


def remember(cluster: devdb.Cluster, word: str) -> None:
    with cluster.connect("portal") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS memory (word text)")
        connection.execute("INSERT INTO memory VALUES (%s)", [word])


def words(cluster: devdb.Cluster) -> list[str]:
    with cluster.connect("portal") as connection:
        return [word for (word,) in connection.execute("SELECT word FROM memory ORDER BY word")]


@pytest.mark.parametrize("only_postmaster", [False, True], ids=["everything", "only the postmaster"])
def test_start_after_kill_9_keeps_what_was_committed(home, only_postmaster):
    said = []
    for turn in range(3):
        program = clusters.holder(home)
        assert program.stdout.readline()
        cluster = devdb.locate(clusters.NAME, home)
        remember(cluster, f"turn {turn}")
        said.append(f"turn {turn}")
        busy = cluster.connect("portal")
        busy.execute("BEGIN; INSERT INTO memory VALUES ('never committed')")
        victims = [postmaster(cluster)] if only_postmaster else server_processes(cluster)
        assert victims
        clusters.kill(program)
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        with clusters.running(home) as again:
            assert words(again) == said
        busy.close()
    assert server_processes(cluster) == []


def test_killed_program_leaves_a_server_the_next_one_uses_and_stops(home):
    program = clusters.holder(home)
    started = program.stdout.readline()
    clusters.kill(program)
    heir = clusters.holder(home)
    assert heir.stdout.readline() == started
    clusters.leave(heir)
    assert server_processes(devdb.locate(clusters.NAME, home)) == []


def test_many_starters_at_once_share_one_server(home):
    for _ in range(3):
        programs = [clusters.holder(home) for _ in range(4)]
        assert len({program.stdout.readline() for program in programs}) == 1
        for program in programs[:-1]:
            clusters.leave(program)
        cluster = devdb.locate(clusters.NAME, home)
        cluster.connect().close()  # the last one still holds it
        clusters.leave(programs[-1])
        assert server_processes(cluster) == []


def test_half_made_cluster_is_made_anew(home):
    with clusters.running(home) as cluster:
        pass
    (cluster.data / "PG_VERSION").unlink()
    part = cluster.data.with_name(f"{cluster.data.name}.part-99999")
    shutil.copytree(cluster.data, part)
    with clusters.running(home) as cluster:
        remember(cluster, "well")
    assert not part.exists()


@pytest.mark.parametrize("delay", [0.05, 0.2, 0.35, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1, 1.1])
def test_start_after_a_killed_start(home, delay):
    program = clusters.holder(home)
    time.sleep(delay)
    clusters.kill(program)
    with clusters.running(home) as cluster:
        remember(cluster, "well")
        assert words(cluster) == ["well"]
    with clusters.running(home) as cluster:
        assert words(cluster) == ["well"]


def test_process_number_given_to_another_program_does_not_stop_the_start(home):
    with clusters.running(home) as cluster:
        process_file = (cluster.data / "postmaster.pid").read_text()
        socket_file = (cluster.socket / devdb.SOCKET_LOCK).read_text()
    user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
    stranger = subprocess.Popen(["sleep", "600"], user=user, cwd="/")
    for file, text in ((cluster.data / "postmaster.pid", process_file),
                       (cluster.socket / devdb.SOCKET_LOCK, socket_file)):  # fmt: skip
        file.write_text("\n".join([str(stranger.pid), *text.split("\n")[1:]]))
        if user:
            os.chown(file, user, -1)
    with clusters.running(home) as cluster:
        remember(cluster, "well")
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_data_deleted_under_a_running_server_start_a_new_one(home):
    program = clusters.holder(home)
    program.stdout.readline()
    cluster = devdb.locate(clusters.NAME, home)
    old = postmaster(cluster)
    clusters.kill(program)
    shutil.rmtree(cluster.data)
    with clusters.running(home) as cluster:
        remember(cluster, "well")
        assert postmaster(cluster) != old
    assert server_processes(cluster) == []


def test_server_that_cannot_start_says_why(home):
    with clusters.running(home) as cluster:
        pass
    with (
        pytest.raises(devdb.DevdbError, match="no_such_setting"),
        devdb.running(clusters.NAME, options="-c no_such_setting=1", home=home),
    ):
        pass
    with pytest.raises(psycopg.OperationalError):
        cluster.connect()
