"""The Saturday desk: one more, one less, today's sums; on which days there is a desk near a group."""

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from neighborhoods.models import DeskSession, Group, Step, Tally
from portal.accounts.models import Shift

WEEKDAYS = ["thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật"]
HABIT = timedelta(days=60)  # twice on the same weekday in that time, and people rely on it


class BelowZero(ValueError):
    """One less than nobody; the sentence says what to do."""


def count(
    session: DeskSession, *, id, audience: str, step: Step | None, number: int, by, device="", at=None
) -> Tally:
    """So many more, or less; sent twice with the same `id` it is one. Raises `BelowZero`.

    Colleagues who press at the same moment wait for each other, so that no sum falls below zero.
    """
    with transaction.atomic():
        held = DeskSession.objects.select_for_update().get(pk=session.pk)
        if number < 0 and not Tally.objects.filter(pk=id).exists():
            now = held.tallies.filter(audience=audience, step=step).sums()
            if sum(now.values()) + number < 0:
                raise BelowZero("Chưa đếm ai ở ô này, nên không bớt được.")
        words = {"audience": audience, "step": step, "count": number, "by": by, "device": device, "at": at}
        return Tally.objects.record(session=held, id=id, **words)


@dataclass(frozen=True)
class Row:
    """What is counted at a desk: a step, or without one whatever else somebody came for."""

    code: str
    name: str
    adults: int
    children: int

    @property
    def cells(self) -> list[tuple[str, str, int, uuid.UUID, uuid.UUID]]:
        """(audience, its name, how many, a fresh key for one more, and one for one less)."""
        numbers = zip(Tally.Audience, (self.adults, self.children), strict=True)
        return [(one.value, one.label, number, uuid.uuid4(), uuid.uuid4()) for one, number in numbers]


@dataclass(frozen=True)
class Total:
    """All of a session: times of help, as one person may be helped with several things."""

    adults: int
    children: int

    @classmethod
    def of(cls, rows: list[Row]) -> "Total":
        return cls(sum(row.adults for row in rows), sum(row.children for row in rows))


def rows(session: DeskSession) -> list[Row]:
    """Every step that counts on the day of the session, and the rest; two queries."""
    sums = session.tallies.sums()
    steps = [(step.pk, step.words) for step in Step.objects.valid_on(session.on)]
    return [
        Row(code or "", name, *(sums.get((code, audience), 0) for audience in Tally.Audience.values))
        for code, name in [*steps, (None, "Việc khác, hỏi đường")]
    ]


def shift_at(place) -> Shift | None:
    """The shift that runs at a place now."""
    return Shift.objects.running().filter(place=place).select_related("team").first()


def colleagues(place, but) -> list[str]:
    """The names of who else is in the shift that runs at a place."""
    shift = shift_at(place)
    entries = shift.entries.filter(revoked_at=None).exclude(user=but) if shift else []
    return [entry.user.name for entry in entries and entries.select_related("user").order_by("joined_at")]


def habits(group: Group, on: date | None = None) -> list[str]:
    """When and where the commune has its desks: `thứ bảy, Bàn hỗ trợ chợ Mẫu`; the most frequent first."""
    today = on or timezone.localdate()
    near = DeskSession.objects.real().filter(place__area__path__startswith=group.commune.path)
    days = near.filter(on__range=(today - HABIT, today)).values_list("on", "place__name")
    found = Counter((WEEKDAYS[day.weekday()], place) for day, place in days)
    return [f"{weekday}, {place}" for (weekday, place), times in found.most_common(2) if times > 1]
