"""A database as large as the province: `python -m tests.province [TIMES]`.

2,000 electronic groups in the 135 communes of today, 600,000 residents, 1,200,000 help events, their visits,
counts and targets, 2,500 volunteers, desks with tallies (domain/scale.md). TIMES multiplies the groups with
all that is in them: 10 is the nation, 0.1 a tenth of the province. The same each time but for the day it is
run on. Nobody is meant: of identity numbers there are but four digits, phones begin with 030, which no
network has.

It fills a database of its own in the cluster that `make bench` uses. What is large is one statement a table,
with history and other triggers asleep, and indexes built at the end.
"""

import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from tests.bench import database
from tests.bench.search import FAMILIES, GIVEN, MIDDLES

GROUPS, PEOPLE, HOMES, VOLUNTEERS, SATURDAYS = 2_000, 300, 100, 2_500, 50
LARGE = [f"neighborhoods_{name}" for name in ("household", "resident", "helpevent", "followup")]

GROUND = """
create temp table ground as
select g.id, g.place_id place, g.team_id team, %s::uuid consent,
    array(select user_id from accounts_role r where r.unit_id = p.unit_id and kind = 'volunteer') people
from neighborhoods_group g join organization_place p on p.id = g.place_id where not g.is_practice
"""
# Keys are hashes of the group's key and a number, so that each table knows the keys of the others.
HOUSEHOLD = """
insert into neighborhoods_household (id, group_id, house, walk_key)
select md5(id || 'h' || k)::uuid, id, k || ' Lê Lợi', lpad(k::text, 6, '0') || 'LÊ LỢI'
from ground, generate_series(1, %(homes)s) k
"""
RESIDENT = """
insert into neighborhoods_resident (id, group_id, household_id, name, birth_year, sex, phone_kind, phone,
    last_four, consent_id, recorded_by_id, recorded_at, left_why, is_practice)
select md5(id || 'r' || k)::uuid, id, md5(id || 'h' || k %% %(homes)s + 1)::uuid,
    concat_ws(' ', families[1 + floor(random() * cardinality(families))::int],
              middles[1 + floor(random() * cardinality(middles))::int],
              given[1 + floor(random() * cardinality(given))::int]),
    1935 + floor(random() * 75)::int, (array['female', 'male'])[1 + k %% 2],
    case when k %% 5 = 0 then 'none' else 'own' end,
    case when k %% 5 = 0 then '' else '030' || lpad(floor(random() * 1e7)::int::text, 7, '0') end,
    lpad(floor(random() * 1e4)::int::text, 4, '0'), consent, people[1 + k %% cardinality(people)],
    now() - interval '1200 days' * random(), '', false
from ground, generate_series(1, %(people)s) k,
    (select %(families)s::text[] families, %(middles)s::text[] middles, %(given)s::text[] given) words
"""
# A step, who of a hundred has it, who of these had it before: two events a person. Nine people a group are
# not named.
HELP = """
insert into neighborhoods_helpevent (id, group_id, resident_id, step_id, outcome, by_id, at, received_at,
    place_id, team_id, device, is_practice)
select md5(id || 'e' || k || step)::uuid, id, case when k <= %(people)s then md5(id || 'r' || k)::uuid end,
    step, case when random() < had then 'had' when random() < 0.95 then 'helped' else 'tried' end,
    people[1 + k %% cardinality(people)], moment, moment, place, team, 'MAU2H5', false
from (select *, random() dice, now() - interval '1 hour' - interval '1200 days' * random() * random() moment
      from ground, generate_series(1, %(people)s + 9) k,
          (values ('card', 0.55, 0.95), ('installed', 0.5, 0.5), ('activated', 0.6, 0.35),
                  ('health_insurance', 0.2, 0.2), ('public_service', 0.1, 0.3)) ladder(step, share, had)
     ) drawn
where dice < share
"""
CORRECTION = """
insert into neighborhoods_helpevent (id, group_id, resident_id, step_id, outcome, by_id, at, received_at,
    place_id, team_id, device, is_practice, corrects_id)
select md5(id || 'c')::uuid, group_id, resident_id, step_id, 'had', by_id, at, now(), place_id, team_id,
    device, false, id
from neighborhoods_helpevent where outcome = 'helped' and random() < 0.01
"""
FOLLOW_UP = """
insert into neighborhoods_followup (id, resident_id, kind, step_id, event_id, due_on, missed_count, done_at,
    done_by_id, outcome)
select md5(id || kind)::uuid, resident_id, kind, step_id, id, due, 0,
    case when is_done then due + interval '9 hours' end, case when is_done then by_id end,
    case when is_done then (array['alone', 'alone', 'helped', 'unused'])[1 + floor(random() * 4)::int]
         else '' end
from (select e.*, kind, at::date + days due, at::date + days < current_date - 3 and random() < 0.98 is_done
      from neighborhoods_helpevent e, (values ('day_7', 7), ('day_30', 30)) visit(kind, days)
      where outcome = 'helped' and step_id = 'activated' and resident_id is not null) visits
"""


def build(times: float = 1) -> dict[str, int]:
    """Fills the database that Django is connected to; how many rows of each large table."""
    from django.db import connection

    from portal.privacy.models import Notice
    from tests.builders import make_consent

    words = {
        "homes": HOMES, "people": PEOPLE, "middles": MIDDLES, "given": GIVEN,
        "families": [family for family, weight in FAMILIES.items() for _ in range(weight)],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica; set synchronous_commit = off")
        cursor.execute("set maintenance_work_mem = '512MB'; select setseed(0.2026)")
        _lay_grounds(round(GROUPS * times))
        consent = make_consent(purposes=["group_record"], notice=Notice.objects.current("neighborhoods"))
        cursor.execute(GROUND, [consent.pk])
        with _without_indexes(cursor):
            for sql in (HOUSEHOLD, RESIDENT, HELP, CORRECTION, FOLLOW_UP):
                cursor.execute(sql, words)
        cursor.execute("set session_replication_role = default")
        cursor.execute("vacuum analyze")
        counts = {}
        for table in LARGE:
            cursor.execute(f"select count(*) from {table}")
            counts[table.partition("_")[2]] = cursor.fetchone()[0]
    return counts


@contextmanager
def _without_indexes(cursor) -> Iterator[None]:
    """Indexes that no constraint needs are dropped, and built again in one go."""
    cursor.execute(
        "select indexname, indexdef from pg_indexes i where tablename = any(%s)"
        " and not exists (select from pg_constraint where conname = i.indexname)",
        [LARGE],
    )
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f'drop index "{name}"')
    yield
    for _, definition in indexes:
        cursor.execute(definition)


def _lay_grounds(count: int) -> None:
    """Volunteers and a team in each commune, so many groups at their places, a desk a commune."""
    from portal.accounts.models import Role, User
    from portal.organization.models import Team, Unit

    units = list(Unit.objects.filter(kind=Unit.Kind.COMMUNE).select_related("area"))
    users = User.objects.bulk_create(
        User(username=f"tnv-{turn}", name=f"Người Mẫu {turn}", password="!") for turn in range(VOLUNTEERS)
    )
    Role.objects.bulk_create(
        Role(user=user, kind="volunteer", unit=units[turn % len(units)]) for turn, user in enumerate(users)
    )
    teams = Team.objects.bulk_create(
        Team(name=f"Tổ công nghệ số {unit.area}", kind=Team.Kind.COMMUNITY, unit=unit, leader=users[turn])
        for turn, unit in enumerate(units)
    )
    _count_and_aim(_set_up(count, units, teams))
    _sit(units, teams)


def _set_up(count: int, units: list, teams: list) -> list:
    from neighborhoods.models import Group
    from portal.organization.models import Area, Place

    chance, begin = random.Random(2026), date.today() - timedelta(days=1210)
    formers = [list(Area.objects.preceding(unit.area, on=date(2025, 6, 30))) for unit in units]
    turns = [(turn, turn % len(units)) for turn in range(count)]
    areas = Area.objects.bulk_create(
        Area(name=f"Tổ dân phố {turn // len(units) + 1}", kind_id="to-dan-pho", parent=units[where].area)
        for turn, where in turns
    )
    Area.objects.write_paths()
    places = Place.objects.bulk_create(
        Place(
            name=f"Nhà sinh hoạt tổ dân phố {turn // len(units) + 1}", kind=Place.Kind.MEETING_HOUSE,
            area=areas[turn], former_area=chance.choice(formers[where]), unit=units[where],
        )
        for turn, where in turns
    )  # fmt: skip
    return Group.objects.bulk_create(
        Group(
            place=places[turn], name=f"Tổ dân phố điện tử {turn // len(units) + 1}", team=teams[where],
            set_up_on=begin, decision="Quyết định mẫu",
        )
        for turn, where in turns
    )  # fmt: skip


def _count_and_aim(groups: list) -> None:
    from neighborhoods.models import Denominator, Target

    chance, today = random.Random(2026), date.today()
    counts = [
        Denominator(
            group=group, on=today - timedelta(days=days), adults=PEOPLE + chance.randrange(60),
            households=HOMES, smartphones=PEOPLE // 2, source="Mẫu",
        )
        for group in groups
        for days in (1200, 700, 200)
    ]  # fmt: skip
    targets = [
        Target(
            group=group, step_id=step, people=PEOPLE * part // 10, starts_on=date(year, 1, 1),
            ends_on=date(year, 12, 31),
        )
        for group in groups
        for year, part in ((today.year - 1, 4), (today.year, 6))
        for step in ("activated", "public_service")
    ]  # fmt: skip
    Denominator.objects.bulk_create(counts, batch_size=5000)
    Target.objects.bulk_create(targets, batch_size=5000)


def _sit(units: list, teams: list) -> None:
    from django.utils import timezone

    from neighborhoods.models import DeskSession, Tally
    from portal.organization.models import Place

    now = timezone.now()
    desks = Place.objects.bulk_create(
        Place(name=f"Bàn hỗ trợ {unit.area}", kind=Place.Kind.DESK, area=unit.area, unit=unit)
        for unit in units
    )
    sessions = DeskSession.objects.bulk_create(
        DeskSession(place=desk, on=now.date() - timedelta(weeks=week), team=team, opened_by=team.leader)
        for desk, team in zip(desks, teams, strict=True)
        for week in range(1, SATURDAYS)
    )
    Tally.objects.bulk_create(
        Tally(
            session=session, audience=audience, step_id="activated", count=3, by=session.opened_by,
            at=now - timedelta(days=(now.date() - session.on).days),
        )
        for session in sessions
        for audience in ("adult", "adult", "adult", "child")
    )  # fmt: skip


def name_of(times: float) -> str:
    """The name of the database of that size."""
    return f"province_{times:g}"


def main(times: float = 1) -> None:
    """Builds it anew, and says what is in it and how long that took."""
    with database(name_of(times)):
        from django.db import connection

        start = time.monotonic()
        print(build(times), f"in {time.monotonic() - start:.0f} s", flush=True)
        connection.close()


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
