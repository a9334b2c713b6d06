"""How often something may be tried: counts in the database, so that all gunicorn workers share them.

Fixed windows, one row a scope and subject. A key is an HMAC, so the table holds no address, phone or code.
"""

from collections.abc import Sequence
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from portal.models import RateCount

LONGEST_WINDOW = timedelta(days=1)
UNKNOWN = "0.0.0.0"  # all callers without an address share one count: closed, not open

# One statement: the row lock of ON CONFLICT lets exactly `limit` of any number of callers through.
# It takes key, limit and seconds.
COUNT = """
INSERT INTO portal_ratecount AS seen (key, window_started_at, count) VALUES (%s, clock_timestamp(), 1)
ON CONFLICT (key) DO UPDATE SET (window_started_at, count) = (
  SELECT CASE WHEN is_over THEN clock_timestamp() ELSE seen.window_started_at END,
         CASE WHEN is_over THEN 1 ELSE least(seen.count, %s) + 1 END
  FROM (SELECT clock_timestamp() - seen.window_started_at >= make_interval(secs => %s) is_over) w
)
RETURNING count
"""


def allow(scope: str, subject: str, *, limit: int, seconds: float) -> bool:
    """Count one try of `subject` (an address, a phone, a user's key) and say whether it is within the limit.

    Call it outside a transaction: a rollback would take the count back. `seconds` is at most a day.
    """
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [_key(scope, subject), limit, seconds])
        return cursor.fetchone()[0] <= limit


def allow_and_read(
    statement: str, values: Sequence, scope: str, subject: str, *, limit: int, seconds: float
) -> list[tuple] | None:
    """`allow`, and the rows of a SELECT on the same way to the database; None where it is over the limit.

    The first column of a row is never NULL.
    """
    both = f"WITH t AS ({COUNT}) SELECT t.count, found.* FROM t LEFT JOIN ({statement}) found ON true"
    with connection.cursor() as cursor:
        cursor.execute(both, [_key(scope, subject), limit, seconds, *values])
        rows = cursor.fetchall()
    return [row for _, *row in rows if row[0] is not None] if rows[0][0] <= limit else None


def forget(scope: str, subject: str) -> None:
    """Start anew, as after a right PIN."""
    RateCount.objects.filter(key=_key(scope, subject)).delete()


def forget_old() -> int:
    """Delete the rows whose window is over for sure; for the nightly job. Gives their number."""
    return RateCount.objects.filter(window_started_at__lt=timezone.now() - LONGEST_WINDOW).delete()[0]


def client_address(request: HttpRequest) -> str:
    """The caller's address as the outermost of the PROXY_COUNT trusted proxies saw it.

    Each proxy appends to X-Forwarded-For, so it is counted from the right: what stands further left the
    caller may have made up. Without a usable address (a Unix socket has none) it is 0.0.0.0. An IPv6 address
    is cut to its /64, which one customer holds whole.
    """
    seen = request.META.get("REMOTE_ADDR", "")
    if settings.PROXY_COUNT:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        seen = forwarded[-settings.PROXY_COUNT] if len(forwarded) >= settings.PROXY_COUNT else ""
    try:
        address = ip_address(seen.strip())
    except ValueError:
        return UNKNOWN
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or ip_network((int(address), 64), strict=False).network_address
    return str(address)


def _key(scope: str, subject: str) -> str:
    return salted_hmac(f"portal.limits.{scope}", subject, algorithm="sha256").hexdigest()
