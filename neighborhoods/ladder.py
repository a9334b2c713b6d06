"""How far people came: the ladder of a group, of a commune, of the province, counted from events.

A person counts once a step: as *had* where anybody noted that it was there before, else as *helped*, so that
nobody claims the work of others. Times count every event. Help without a name counts as times only: nobody
knows whether it was the same person again.
"""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from neighborhoods.models import HelpEvent


@dataclass(frozen=True)
class Reached:
    """One step in one group: people who have it, of these who had it before we came; times of help.

    `unnamed` are the times of people who are not named; they are part of `times`, never of `people`.
    """

    group: object  # the key
    step: str
    people: int
    had: int
    times: int
    unnamed: int

    @property
    def helped(self) -> int:
        return self.people - self.had


def reached(events: QuerySet) -> list[Reached]:
    """Each group and step among these help events that has any; one query, no join.

    Give `HelpEvent.objects.real()` narrowed to groups and to a period (`at`); corrections are heeded here.
    """
    had = Q(outcome=HelpEvent.Outcome.HAD)
    rows = events.standing().reached().order_by().values_list("group", "step")
    rows = rows.annotate(
        people=Count("resident", distinct=True),
        had=Count("resident", distinct=True, filter=had),
        times=Count("pk", filter=~had),
        unnamed=Count("pk", filter=~had & Q(resident=None)),
    )
    return [Reached(*row) for row in rows]
