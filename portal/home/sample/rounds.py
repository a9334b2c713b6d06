"""The demo's electronic groups as they stand today: told once; each day a shift at tổ 5 and at the desk."""

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from neighborhoods.models import FollowUp, Group
from portal.accounts.models import Shift, ShiftEntry, User
from portal.codes.models import ShortCode
from portal.home.sample import grounds, helping
from portal.home.sample.stories import instant
from portal.organization.models import Place, Team
from portal.privacy.models import PersonRequest

PEOPLE = 60  # of tổ 5 who are named; of the others six to eight
TODAY, TODAY_DESK = "Đi từng nhà, từ số 2", "Bàn hỗ trợ cả ngày"  # what the shifts are for


def lay() -> None:
    """Builds the groups where they are not there; moves open visits along and opens today's shifts."""
    if not Group.objects.real().filter(name=grounds.NUMBER_5).exists():
        _tell()
    desk = grounds.desk()
    number_5 = Group.objects.real().select_related("place__unit", "team").get(name=grounds.NUMBER_5)
    if not PersonRequest.objects.exists():
        people = list(number_5.residents.order_by("recorded_at"))
        helping.ask_about_data(people, User.objects.get(username="bithu"))
    _move_days(number_5.place)
    _open(number_5.place, number_5.team, TODAY)
    _open(desk, Team.objects.get(name=grounds.COMMUNITY), TODAY_DESK)


def _tell() -> None:
    groups = grounds.build()
    leader = User.objects.get(username="doitruong")
    first = helping.Helping(groups[0], PEOPLE, helping.RECENT).tell()
    helping.twist(first, leader)
    for turn, group in enumerate(groups[1:]):
        helping.Helping(group, 6 + turn % 3, (12, 7, 2) if turn % 4 == 0 else ()).tell()
    helping.sit(grounds.desk(), groups[0])
    helping.call_back(User.objects.get(username="canbo"))


def _move_days(place: Place) -> None:
    """Open visits and requests are due as many days from now as when they were made or last moved."""
    before = Shift.objects.filter(place=place, note=TODAY).order_by("starts_at").last()
    if before and not before.is_running():
        days = timezone.localdate() - timezone.localdate(before.starts_at)
        FollowUp.objects.real().open().update(due_on=F("due_on") + days)
        dates = ("received_on", "acknowledge_by", "due_on")
        PersonRequest.objects.open().update(**{date: F(date) + days for date in dates})


def _open(place: Place, team: Team, note: str) -> None:
    """A shift of the team that runs now, with its members in it, unless one runs."""
    if Shift.objects.running().filter(place=place).exists():
        return
    now = timezone.now()
    shift = Shift.objects.create(
        place=place, team=team, code=ShortCode.objects.draw(ShortCode.Purpose.SHIFT), starts_at=now,
        ends_at=max(instant(timezone.localdate(), 18), now + timedelta(hours=4)), note=note,
        made_by=team.leader,
    )  # fmt: skip
    # Who has an account chooses where to work; the others are here.
    members = team.memberships.exclude(user__username="tinhnguyen").select_related("user")
    ShiftEntry.objects.bulk_create(ShiftEntry(shift=shift, user=row.user, joined_at=now) for row in members)
