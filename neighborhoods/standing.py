"""Where each resident of a group stands: what waits, whether VNeID is used, whether help is going on.

One state a person, the first that is true: a visit is overdue, somebody is to come back, uses it alone, had
it before we came, was never helped; else help is going on.
"""

from collections import Counter
from datetime import date

from django.db import models
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils import timezone

from neighborhoods.ladder import ASKED
from neighborhoods.models import FollowUp, HelpEvent
from neighborhoods.models.helps import ACTIVATED


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


def with_state(residents: QuerySet, on: date | None = None) -> QuerySet:
    """Adds `state`, `due_on` (the next open visit) and `last_at` (the last event that stands)."""
    today = on or timezone.localdate()
    events = HelpEvent.objects.filter(resident=OuterRef("pk")).standing()
    visits = FollowUp.objects.filter(resident=OuterRef("pk"))
    waiting, answers = visits.filter(done_at=None), visits.filter(outcome__in=ASKED)
    had = events.filter(step=ACTIVATED, outcome=HelpEvent.Outcome.HAD)
    residents = residents.annotate(
        last_at=Subquery(events.order_by("-at").values("at")[:1]),
        due_on=Subquery(waiting.order_by("due_on").values("due_on")[:1]),
        last_answer=Subquery(answers.order_by("-done_at").values("outcome")[:1]),
    )
    return residents.annotate(
        state=Case(
            When(due_on__lt=today, then=Value(State.LATE)),
            When(
                Q(due_on=today) | Exists(waiting.filter(kind=FollowUp.Kind.RETURN)), then=Value(State.RETURN)
            ),
            When(last_answer=FollowUp.Outcome.ALONE, then=Value(State.ALONE)),
            When(Exists(had), then=Value(State.HAD)),
            When(last_at=None, then=Value(State.NONE)),
            default=Value(State.HELPING),
        )
    )


def count_by_state(residents: QuerySet) -> Counter:
    """How many of each state among rows of `with_state`; one query."""
    rows = residents.order_by().values_list("state").annotate(number=Count("pk"))
    return Counter(dict(rows))


def tag(resident, on: date | None = None) -> tuple[str, str]:
    """The look's kind of tag and its words, of a row of `with_state`."""
    state = State(resident.state)
    late = ((on or timezone.localdate()) - resident.due_on).days if state == State.LATE else 0
    return TAGS[state], f"{state.label} {late} ngày" if late else state.label
