"""Where each resident of a group stands: what waits, whether VNeID is used, whether help is going on.

One state a person, the first that is true: a visit is overdue, somebody is to come back, uses it alone, had
it before we came, was never helped; else help is going on.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db import models
from django.utils import timezone

from neighborhoods.book import HAD, TRIED, Book
from neighborhoods.models import FollowUp, Step
from neighborhoods.models.helps import ACTIVATED, ASKED


class State(models.TextChoices):
    """As the chips stand on the page."""

    NONE = "none", "Chưa có lượt nào"
    HELPING = "helping", "Đang giúp"
    RETURN = "return", "Cần quay lại"
    LATE = "late", "Quá hẹn"
    ALONE = "alone", "Tự làm được"
    HAD = "had", "Đã có sẵn"


TAGS = {
    State.NONE: "",
    State.HELPING: "info",
    State.RETURN: "warn",
    State.LATE: "err",
    State.ALONE: "ok",
    State.HAD: "ok",
}


@dataclass
class Standing:
    """What was noted of one person."""

    steps: set = field(default_factory=set)  # codes of what the person has
    had_it: bool = False  # the activation, before we came
    last_on: date | None = None
    due_on: date | None = None  # the next open visit
    has_return: bool = False
    answer: str = ""  # the last one, as visits come in order

    def state(self, today: date) -> State:
        if self.due_on and self.due_on < today:
            return State.LATE
        if self.has_return or self.due_on == today:
            return State.RETURN
        if self.answer == FollowUp.Outcome.ALONE:
            return State.ALONE
        if self.had_it:
            return State.HAD
        return State.HELPING if self.last_on else State.NONE


@dataclass(frozen=True)
class Person:
    """One line of the list: numbers masked."""

    pk: UUID
    name: str
    birth_year: int | None
    last_four: str
    rung: Step | None  # the highest of the ladder
    state: State
    last_on: date | None
    late: int  # days

    @property
    def tag(self) -> tuple[str, str]:
        """The look's kind of tag and its words."""
        days = f" {self.late} ngày" if self.state == State.LATE else ""
        return TAGS[self.state], f"{self.state.label}{days}"


def people(book: Book, rows: Iterable[tuple], rungs: list[Step], today: date | None = None) -> list[Person]:
    """The people of `rows` (key, name, year of birth, last four digits), as they stand; no query."""
    today, found = today or timezone.localdate(), _standings(book)
    return [_person(row, found.get(row[0]) or Standing(), rungs, today) for row in rows]


def _person(row: tuple, noted: Standing, rungs: list[Step], today: date) -> Person:
    rung = next((step for step in reversed(rungs) if step.pk in noted.steps), None)
    late = (today - noted.due_on).days if noted.due_on else 0
    return Person(*row, rung, noted.state(today), noted.last_on, late)


def _standings(book: Book) -> dict[UUID, Standing]:
    found: dict[UUID, Standing] = {}
    for event in [*book.events, *book.brought]:
        noted = found.setdefault(event.resident, Standing())
        noted.last_on = max(event.on, noted.last_on or event.on)
        if event.outcome != TRIED:
            noted.steps.add(event.step)
        if event.outcome == HAD and event.step == ACTIVATED:
            noted.had_it = True
    for visit in book.visits:
        noted = found.setdefault(visit.resident, Standing())
        if not visit.outcome:
            noted.due_on = min(visit.due_on, noted.due_on or visit.due_on)
            noted.has_return = noted.has_return or visit.kind == FollowUp.Kind.RETURN
        elif visit.outcome in ASKED:
            noted.answer = visit.outcome
    return found
