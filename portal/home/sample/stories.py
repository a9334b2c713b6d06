"""Where the demo's markets are and since when; the shift that runs now; visits that stay due."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import F
from django.utils import timezone

from markets.models import FollowUp, Market
from portal.accounts.models import Shift, ShiftEntry, User
from portal.codes.models import ShortCode
from portal.home.sample.crew import AN_PHU, PLEIKU, QUY_NHON, unit_of
from portal.organization.models import Area, Place, Team

HOA_LU = "cho-hoa-lu"
BIDV, AGRIBANK, VIETCOMBANK = "970418", "970405", "970436"
TODAY = "Dãy B và C"  # the note of the shift that runs


@dataclass(frozen=True)
class Story:
    """One market's: where it is, what is sold in which row, when its stalls came to take transfers."""

    slug: str
    name: str
    commune: str
    former: tuple[str, str]
    partner: str
    launched_on: date
    rows: dict[str, tuple[str, int]]  # row: goods, number of stalls
    at_launch: int
    recent: tuple[int, ...]  # days ago


STORIES = [
    Story(
        slug=HOA_LU,
        name="Chợ Hoa Lư",
        commune=PLEIKU,
        former=("Phường Hoa Lư", "Thành phố Pleiku"),
        partner=BIDV,
        launched_on=date(2023, 12, 3),
        rows={"A": ("thit", 12), "B": ("rau", 16), "C": ("ca", 10), "D": ("do-kho", 12)},
        at_launch=16,
        recent=(33, 30, 25, 18, 12, 9, 7, 7, 4, 2),  # visits of day 7 and 30: today, late, next week
    ),
    Story(
        slug="cho-mau-an-phu",
        name="Chợ Mẫu An Phú",
        commune=AN_PHU,
        former=("Xã An Phú", "Thành phố Pleiku"),
        partner=AGRIBANK,
        launched_on=date(2024, 5, 19),
        rows={"A": ("rau", 6), "B": ("trai-cay", 4), "C": ("hang-an", 4)},
        at_launch=3,
        recent=(30, 8, 2),
    ),
    Story(
        slug="cho-mau-quy-nhon",
        name="Chợ Mẫu Quy Nhơn",
        commune=QUY_NHON,
        former=("Phường Đống Đa", "Thành phố Quy Nhơn"),
        partner=VIETCOMBANK,
        launched_on=date(2025, 8, 3),
        rows={"A": ("ca", 6), "B": ("tap-hoa", 4)},
        at_launch=2,
        recent=(33,),
    ),
]


def found(story: Story) -> Market:
    """The market at its place, today and before 1-7-2025."""
    name, district = story.former
    unit = unit_of(story.commune)
    former = Area.objects.communes().get(name=name, parent__name=district, ends_on__isnull=False)
    place = Place.objects.create(
        name=story.name, kind=Place.Kind.MARKET, area=unit.area, former_area=former, unit=unit
    )
    return Market.objects.create(
        place=place, slug=story.slug, partner_bin=story.partner, launched_on=story.launched_on
    )


def instant(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of a day in Gia Lai."""
    return datetime.combine(day, time(hour, minute), tzinfo=timezone.get_current_timezone())


def open_shift(market: Market, starts_at: datetime, ends_at: datetime, *, note: str, people=()) -> Shift:
    """A shift of the unit's team, with those who joined it."""
    team = Team.objects.select_related("leader").get(unit=market.place.unit)
    shift = Shift.objects.create(
        place=market.place,
        team=team,
        code=ShortCode.objects.draw(ShortCode.Purpose.SHIFT),
        starts_at=starts_at,
        ends_at=ends_at,
        note=note,
        made_by=team.leader,
    )
    ShiftEntry.objects.bulk_create(ShiftEntry(shift=shift, user=user, joined_at=starts_at) for user in people)
    return shift


def renew() -> None:
    """A shift runs, and open visits are due as many days from now as when they were made or last moved."""
    market = Market.objects.select_related("place__unit").get(slug=HOA_LU)
    if Shift.objects.running().filter(place=market.place).exists():
        return
    now, today = timezone.now(), timezone.localdate()
    before = Shift.objects.filter(place=market.place, note=TODAY).order_by("starts_at").last()
    if before:
        days = today - timezone.localdate(before.starts_at)
        FollowUp.objects.open().update(due_on=F("due_on") + days)
    until = max(instant(today, 18), now + timedelta(hours=4))
    open_shift(market, now, until, note=TODAY, people=[User.objects.get(username="tinhnguyen")])
