"""What somebody who works at a place sees first: the shift, the round of visits, what was done."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from heritage.models import Correction, Edition, Plaque
from markets.models import FollowUp, Market, Stage, Stall, StallCard
from neighborhoods import ladder, working
from neighborhoods.models import FollowUp as Visit
from neighborhoods.models import Group, HelpEvent, Target
from neighborhoods.models.helps import ACTIVATED
from portal.accounts import rights
from portal.accounts.models import Shift
from portal.organization.models import Place

MOST_VISITS = 8  # on the first page; the others are one tap away


def hello(name: str, place: Place | None, now: datetime) -> str:
    """`Chào Thử, sáng nay ở chợ Hoa Lư`."""
    given = name.split()[-1] if name.split() else name
    if place is None:
        return f"Chào {given}"
    return f"Chào {given}, {_part_of_day(now)} ở {place.name[:1].lower()}{place.name[1:]}"


def _part_of_day(now: datetime) -> str:
    parts = [(11, "sáng nay"), (13, "trưa nay"), (18, "chiều nay")]
    return next((words for hour, words in parts if now.hour < hour), "tối nay")


def shift_at(place: Place) -> Shift | None:
    """The shift that runs at a place now."""
    return Shift.objects.running().filter(place=place).select_related("team", "made_by").first()


def colleagues(shift: Shift, but) -> list[str]:
    """The names of who else is in the shift."""
    entries = shift.entries.filter(revoked_at=None).exclude(user=but).select_related("user")
    return [entry.user.name for entry in entries.order_by("joined_at")[:8]]


@dataclass(frozen=True)
class Progress:
    """A market and what was done in it since a moment."""

    taking: int
    all: int
    opened: int
    posted: int
    tried: int
    visited: int

    @property
    def dash(self) -> str:
        return ring(self.taking, self.all)


def ring(part: int, whole: int) -> str:
    """The ring of 2π × 52: drawn length and whole, as SVG wants them; never more than the whole."""
    return f"{326.7 * min(1, part / (whole or 1)):.1f} 326.7"


def progress(market: Market, since: datetime) -> Progress:
    """How far the market is, and what this shift, or today, added."""
    here = Stall.objects.in_market(market)
    cards = StallCard.objects.filter(stall__market=market)
    return Progress(
        taking=here.open().taking_transfers().count(),
        all=here.open().count(),
        opened=here.filter(opened_at__gte=since).count(),
        posted=cards.filter(posted_at__gte=since).count(),
        tried=cards.filter(tried_at__gte=since).count(),
        visited=FollowUp.objects.filter(tenancy__stall__market=market, done_at__gte=since).count(),
    )


@dataclass(frozen=True)
class Waiting:
    """Something in heritage that waits for this user: how many, what, and where."""

    count: int
    words: str
    href: str


def heritage(user) -> list[Waiting]:
    """What waits at the desk and at plaques, by what the user may do; nothing where nothing waits."""
    holds, found = user.reach.holds, []
    editions = Edition.objects.visible_to(user)
    if holds(*rights.REVIEWERS):
        found.append((editions.waiting_for_review().count(), "trang chờ bạn đọc", "desk_list", "?cho=sent"))
    if holds(*rights.PUBLISHERS):
        waiting = editions.waiting_for_publication().count()
        found.append((waiting, "trang đã duyệt, chờ đăng", "desk_list", "?cho=approved"))
    if holds(*rights.CONTRIBUTORS):
        returned = editions.filter(state=Edition.State.RETURNED).count()
        found.append((returned, "trang bị trả lại, cần sửa", "desk_list", "?cho=returned"))
        open_ones = Correction.objects.visible_to(user).unanswered().count()
        found.append((open_ones, "góp ý chưa trả lời", "correction_list", ""))
    if rights.may_record(user):
        due = Plaque.objects.visible_to(user).due().count()
        found.append((due, "biển di tích cần soi", "plaque_round_list", ""))
    return [Waiting(count, words, reverse(name) + query) for count, words, name, query in found if count]


def undone(market: Market) -> list[tuple[str, str, int]]:
    """(stage, label, count) of what is not finished, without the stages where nothing waits."""
    counts = Stall.objects.in_market(market).open().count_by_stage()
    finished = (Stage.TAKING, Stage.USED)
    stages = [(stage.value, stage.label, counts[stage]) for stage in Stage if stage not in finished]
    return [line for line in stages if line[2]]


def visits(user, place: Place, today: date) -> tuple[list[FollowUp], int]:
    """Who waits for somebody to come back until tomorrow, in the order of the rows; how many wait in all."""
    here = FollowUp.objects.visible_to(user).at_place(place)
    due = here.due(today + timedelta(days=1)).in_rounds()
    return list(due[:MOST_VISITS]), here.open().count()


@dataclass(frozen=True)
class Helping:
    """Groups, how many of their people have VNeID working, and what was done in them since a moment."""

    activated: int
    goal: int  # people: the targets, or where there is none who lives there
    has_target: bool
    times: int
    people: int
    visited: int

    @property
    def dash(self) -> str:
        return ring(self.activated, self.goal)


def groups_here(request) -> list[Group]:
    """The groups of `request.place`, each with how many people live there."""
    return list(working.groups(request).with_people()) if request.place else []


def helping(groups: list[Group], place: Place, since: datetime) -> Helping:
    """How far these groups are, and what this shift, or today, added; four queries."""
    events = HelpEvent.objects.real().filter(group__in=groups)
    targets = Target.objects.today().filter(group__in=groups, step=ACTIVATED).order_by("-ends_on")
    wanted = dict(targets.values_list("group", "people"))  # of several the one that ends first
    shift = events.filter(place=place, at__gte=since).standing()
    helped = Q(outcome=HelpEvent.Outcome.HELPED)
    return Helping(
        activated=sum(one.people for one in ladder.reached(events.filter(step=ACTIVATED))),
        goal=sum(wanted.get(group.pk) or group.adult_count or 0 for group in groups),
        has_target=bool(wanted),
        visited=Visit.objects.real().filter(resident__group__in=groups, done_at__gte=since).count(),
        **shift.aggregate(times=Count("pk", filter=helped), people=Count("resident", distinct=True)),
    )


def house_visits(request, today: date) -> tuple[list[Visit], int]:
    """Who of these groups waits until tomorrow, house after house; how many wait in all."""
    here = working.followups(request)
    due = here.due(today + timedelta(days=1)).in_walking_order()
    return list(due[:MOST_VISITS]), here.open().count()


def since(shift: Shift | None) -> datetime:
    """The beginning of the shift, else of the day."""
    return (
        shift.starts_at if shift else timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    )
