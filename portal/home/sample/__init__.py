"""The demo: three markets of invented vendors, 14 sites with plaques, 29 electronic groups, five teams,
shifts that run now, slips that came from tablets, an account for each role.

Everything is made by the verbs that the pages use. Nobody is meant: names say Mẫu, Thử, Ví Dụ, Minh Họa or
Thí Điểm, account numbers are MAU and 16 digits, which no bank has, identity numbers begin with the birthplace
000, which there is not, phones with 030, which no network has. Days are counted back from today; the choice
of names and numbers is the same each time.
"""

from django.db import connection, transaction

from markets.models import Market
from portal.home.sample import crew, desks, rounds, sites, slips
from portal.home.sample.stories import HOA_LU, STORIES, renew
from portal.home.sample.telling import Telling

ALONE = 20231203  # key of the lock: a second load waits for the first


def load() -> None:
    """Builds the demo once; later it moves open visits along, opens today's shift, renews what goes."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [ALONE])
        if not Market.objects.filter(slug=HOA_LU).exists():
            crew.build()
            for story in STORIES:
                Telling(story).tell()
        renew()
        desks.lay()
        crew.add_accounts()
        rounds.lay()
        slips.lay()
        sites.publish()
