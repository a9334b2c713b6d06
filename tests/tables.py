"""A database with all tables and nothing else, migrated once and copied by every process of every run.

To migrate takes ten seconds, to copy a tenth of one. Its name holds what it was made of: after a change of
the migrations, or of what they use, the next run makes another one.
"""

import os
import subprocess
import sys
from hashlib import sha256
from urllib.parse import urlsplit

import psycopg

from portal.devdb import CHECKOUT

PREFIX = "tables_"
LOCK = 20_260_326  # any number, the same in all processes


def template() -> str:
    """The database's name; made by whoever comes first, while the others wait."""
    name = PREFIX + _digest()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        found = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        found = {row[0] for row in found}
        if name not in found:
            for old in found:
                connection.execute(f"DROP DATABASE {old} WITH (FORCE)")
            unfinished = f"{name}_unfinished"  # a kill leaves this one
            connection.execute(f"DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {unfinished}")
            _migrate(unfinished)
            connection.execute(f"ALTER DATABASE {unfinished} RENAME TO {name}")
    return name


def _digest() -> str:
    made_of = [CHECKOUT / "requirements.txt", CHECKOUT / "portal/text.py"]
    for pattern in ("*/migrations/*.py", "portal/*/migrations/*.py"):
        made_of += sorted(CHECKOUT.glob(pattern))
    seen = sha256()
    for file in made_of:
        seen.update(f"{file.relative_to(CHECKOUT)}\n".encode() + file.read_bytes())
    return seen.hexdigest()[:12]


def _migrate(database: str) -> None:
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl()
    command = [sys.executable, "-X", "utf8", "manage.py", "migrate", "--skip-checks", "--verbosity=0"]
    subprocess.run(command, env={**os.environ, "DATABASE_URL": address}, cwd=CHECKOUT, check=True)
