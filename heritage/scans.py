"""Scans: what is opened by a plaque's address, counted in the statement that finds its page.

    found = opened("7F3KM2QX", preferences(header), is_scanned=True)      # one statement a scanned page
    fold()                                                                # every few minutes, by the worker
    by_week(sites, period); masked(number, user)                          # for reports

A scan is one inserted row, so that visitors do not wait for each other; `fold` adds the rows up. It is day ×
plaque × language × printed address or another, nothing else. The commit does not wait for the disk, and a
scan that cannot be written (a lock, a full disk, a read-only database) is given up: the page comes anyway.
"""

import logging
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import Error, connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from portal.indicators import LEAST, Period
from portal.text import format_number

PROBE = "X-Plaque-Probe"
BATCH = 20_000  # rows that one transaction of `fold` adds up
REST = 5  # seconds without counting after a scan could not be written, so that not every visitor waits
logger = logging.getLogger(__name__)
_rests_until = 0.0  # of `time.monotonic`

# In front of the statement, in the same message, so that it costs no way to the database and back.
LIMITS = """
SET LOCAL lock_timeout = '200ms'; SET LOCAL statement_timeout = '1s'; SET LOCAL synchronous_commit = off;"""
# All published editions in one number: pages name other sites and languages, see `Opened.generation`.
GENERATION = """
(SELECT bit_xor(uuid_hash_extended(id, 0))::text FROM heritage_edition WHERE state = 'published')"""
FIND = """
WITH plaque AS (SELECT id, site_id FROM heritage_plaque WHERE code_id = $1),
edition AS (
  SELECT e.id, e.language FROM heritage_edition e JOIN plaque ON e.site_id = plaque.site_id
  WHERE e.state = 'published' ORDER BY array_position($2, e.language) LIMIT 1
)"""
COUNT = """,
counted AS (
  INSERT INTO heritage_scan (plaque_id, "on", language, is_scanned)
  SELECT plaque.id, $3, coalesce(edition.language, $2[1]), $4 FROM plaque LEFT JOIN edition ON true
)"""
GIVE = f"""
SELECT plaque.id, plaque.site_id, edition.id, edition.language, {GENERATION}
FROM plaque LEFT JOIN edition ON true"""
# Planning took four fifths of the statement's time, so each connection prepares it once.
STATEMENTS = {
    "heritage_find": f"(varchar, varchar[]) AS {FIND} {GIVE}",
    "heritage_scan": f"(varchar, varchar[], date, boolean) AS {FIND} {COUNT} {GIVE}",
}
_prepared = WeakKeyDictionary()  # psycopg's connection → names of statements
FOLD = """
WITH taken AS (
  DELETE FROM heritage_scan WHERE id IN (
    SELECT id FROM heritage_scan ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
  ) RETURNING plaque_id, "on", language, is_scanned
), added AS (
  INSERT INTO heritage_scancount AS known (plaque_id, "on", language, is_scanned, count)
  SELECT plaque_id, "on", language, is_scanned, count(*)
  FROM taken JOIN heritage_plaque plaque ON plaque.id = taken.plaque_id
  GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
  ON CONFLICT (plaque_id, "on", language, is_scanned) DO UPDATE SET count = known.count + excluded.count
)
SELECT count(*) FROM taken"""
TALLY = """
SELECT plaque.site_id, date_trunc('week', seen."on")::date, seen.language, seen.is_scanned,
  sum(seen.count)::int
FROM (
  SELECT plaque_id, "on", language, is_scanned, count FROM heritage_scancount
  UNION ALL SELECT plaque_id, "on", language, is_scanned, 1 FROM heritage_scan
) seen JOIN heritage_plaque plaque ON plaque.id = seen.plaque_id
WHERE plaque.site_id = ANY(%(sites)s)
  AND seen."on" BETWEEN coalesce(%(first)s::date, '-infinity') AND %(last)s
GROUP BY 1, 2, 3, 4"""


@dataclass(frozen=True)
class Opened:
    """What stands behind a code: its plaque and site, and the published edition to show (None: none yet).

    `generation` is another text as soon as any edition is published, replaced or withdrawn.
    """

    plaque: UUID
    site: UUID
    edition: UUID | None
    language: str | None
    generation: str | None


def opened(code: str, languages, *, is_scanned: bool, is_counted: bool = True) -> Opened | None:
    """Find what a plaque's code shows in the first published one of `languages`, and count the scan.

    None where no plaque has the code. Call it outside a transaction. Raises django.db.Error only where the
    page cannot be read either.
    """
    asked = [code, list(languages)]
    if is_counted and time.monotonic() >= _rests_until:
        try:
            return _ask("heritage_scan", [*asked, timezone.localdate(), is_scanned], limits=LIMITS)
        except Error as error:
            _rest(error)
    return _ask("heritage_find", asked)


def _ask(name: str, asked: list, limits: str = "") -> Opened | None:
    if connection.in_atomic_block:
        limits = ""  # its owner sets its limits
    with connection.cursor() as cursor:
        known = _prepared.setdefault(cursor.connection, set())
        if name not in known:
            cursor.execute(f"{limits} PREPARE {name} {STATEMENTS[name]}")
            known.add(name)
        cursor.execute(f"{limits} EXECUTE {name} ({', '.join(['%s'] * len(asked))})", asked)
        while cursor.nextset():
            pass
        row = cursor.fetchone()
    return Opened(*row) if row else None


def _rest(error: Error) -> None:
    """Not tried again at once: a failed try may have taken its whole time, and the next would too."""
    global _rests_until
    _rests_until = time.monotonic() + REST
    logger.warning("scans are not counted for %s s: %s", REST, type(error).__name__)
    connection.close_if_unusable_or_obsolete()


# --- what counts -------------------------------------------------------------------------------------------


def is_countable(request: HttpRequest) -> bool:
    """Whether somebody opened the page: not a HEAD, not ahead of any tap, not our own nightly check."""
    ahead = "".join(request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz")).lower()
    if request.method != "GET" or "prefetch" in ahead or "prerender" in ahead:
        return False
    return PROBE not in request.headers or not constant_time_compare(request.headers[PROBE], _probe_token())


def probe_headers() -> dict[str, str]:
    """What the nightly check sends along, so that it is no visitor; nobody else knows the value."""
    return {PROBE: _probe_token()}


def _probe_token() -> str:
    return salted_hmac("heritage.scans.probe", "nightly", algorithm="sha256").hexdigest()


# --- adding up ---------------------------------------------------------------------------------------------


def fold() -> int:
    """Add the scans up into ScanCount and delete them; give how many. Bears to be killed, and run twice."""
    total = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(FOLD, [BATCH])
            count = cursor.fetchone()[0]
            total += count
            if count < BATCH:
                return total


@dataclass(frozen=True)
class Week:
    """Openings of a site in the week from a Monday on, in one language, by the printed address or not."""

    site: UUID
    monday: date
    language: str
    is_scanned: bool
    count: int


def by_week(sites, period: Period) -> list[Week]:
    """Openings of these sites' plaques on the days of the period, folded or not yet, oldest week first.

    `sites` is a queryset or a list of sites or their keys. Weeks that the period cuts hold its days only.
    """
    keys = [getattr(site, "pk", site) for site in sites]
    with connection.cursor() as cursor:
        cursor.execute(TALLY, {"sites": keys, "first": period.first, "last": period.last})
        weeks = [Week(*row) for row in cursor.fetchall()]
    return sorted(weeks, key=lambda week: (week.monday, week.site, week.language, week.is_scanned))


def counts(sites, period: Period, *fields: str) -> Counter:
    """Openings by one or more of Week's fields: `counts(sites, period, "language")["en"]`.

    With one field the keys are its values, with several tuples of them; with none the one key is ().
    """
    found = Counter()
    for week in by_week(sites, period):
        key = tuple(getattr(week, name) for name in fields)
        found[key[0] if len(key) == 1 else key] += week.count
    return found


def masked_sum(parts: list[int], user) -> str:
    """The sum of numbers told beside it by `masked`, so told that no masked one can be worked out."""
    small = [number for number in parts if 0 < number < LEAST]
    if not small or sum(parts) < LEAST or user.reach.is_everywhere:
        return masked(sum(parts), user)
    return f"trên {format_number(known_of(parts))}"


def known_of(parts: list[int]) -> int:
    """What the sum of the parts exceeds for sure where each small one is told as under LEAST."""
    small = [number for number in parts if 0 < number < LEAST]
    return sum(parts) - sum(small) + max(0, len(small) - 1)


def masked_share(number: int, parts: list[int], user) -> str:
    """A part of the sum of `parts`, so told that neither the rest of the sum nor a masked part shows.

    Nearly all of the sum, or more than is told of it, is told as more than LEAST under what is told.
    """
    known, rest = known_of(parts), sum(parts) - number
    hides = any(0 < one < LEAST for one in parts)
    if user.reach.is_everywhere or number < LEAST or not (0 < rest < LEAST or (hides and number > known)):
        return masked(number, user)
    return f"trên {format_number(max(LEAST - 1, known - LEAST))}"


def masked(number: int, user) -> str:
    """The number as this user may read it: outside the province's own staff nothing between 0 and LEAST."""
    if 0 < number < LEAST and not (user.is_authenticated and user.reach.is_everywhere):
        return f"dưới {LEAST}"
    return format_number(number)
