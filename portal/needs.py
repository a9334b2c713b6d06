"""What needs a hand: each app lists its own as NEEDS in `<app>/needs.py`; `portal.home.needs` collects."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Count, QuerySet


@dataclass(frozen=True)
class Need:
    """Something that waits for a person.

    `find` takes the user and gives, by whose it is (a unit, a job; "" where that says nothing), how many wait
    among what the user sees, in a fixed number of queries. `href` takes the user and gives the page where
    they wait, or nothing.
    """

    name: str
    advice: str
    find: Callable[..., dict[str, int]]
    href: Callable[..., str] = lambda user: ""
    is_urgent: bool = False


def counted(rows: QuerySet, by: str = "") -> dict[str, int]:
    """How many rows there are, by the value that the path `by` leads to; one query."""
    if not by:
        count = rows.count()
        return {"": count} if count else {}
    return dict(rows.order_by().values_list(by).annotate(count=Count("pk")))
