"""A figure that a programme shows to everybody; `<app>/indicators.py` makes them, the roof shows them."""

from dataclasses import dataclass

LEAST = 5  # a published figure never stands on fewer people or visits (Decree 356/2025)


@dataclass(frozen=True)
class Figure:
    """A number with what it counts, and beside it in small what belongs to it."""

    number: str
    words: str
    detail: str = ""
