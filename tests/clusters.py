"""Clusters of the embedded Postgres for one test, and programs that use them."""

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from portal import devdb

NAME = "quick"
_HOLDER = """
import sys
from pathlib import Path
from urllib.parse import quote
from portal import devdb
with devdb.running("quick", home=Path(sys.argv[1])) as cluster:
    print(cluster.connect().execute("SELECT pg_postmaster_start_time()").fetchone()[0], flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def temporary_home() -> Iterator[Path]:
    """A folder as a checkout's `.local` is; what root keeps elsewhere is removed with it."""
    with tempfile.TemporaryDirectory(prefix="devdb-") as folder:
        home = Path(folder) / ".local"
        yield home
        cluster = devdb.locate(NAME, home)
        for left in [cluster.socket, *cluster.data.parent.glob(f"{cluster.data.name}*")]:
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)


def holder(home: Path) -> subprocess.Popen:
    """Another program that uses the cluster; prints when its server was started, leaves when stdin closes."""
    return subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(home)],
        cwd=devdb.CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def leave(program: subprocess.Popen) -> None:
    """Lets a holder go, and waits until it has gone."""
    program.stdin.close()
    assert program.wait(60) == 0
    program.stdout.close()


def kill(program: subprocess.Popen) -> None:
    """kill -9, and takes the dead body away."""
    program.kill()
    program.wait()
    program.stdin.close()
    program.stdout.close()


def running(home: Path):
    """The cluster under `home`, used by this program."""
    return devdb.running(NAME, options=devdb.THROWAWAY, home=home)


def url(connection) -> str:
    """DATABASE_URL for another program on the database of a Django connection."""
    given = connection.settings_dict
    host = quote(given["HOST"], safe="")
    who = f"{quote(given['USER'], safe='')}:{quote(given['PASSWORD'], safe='')}"
    return f"postgres://{who}@/{given['NAME']}?host={host}&port={given['PORT'] or 5432}"
