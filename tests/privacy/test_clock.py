"""The days in which the law wants an answer."""

import doctest
from datetime import date

import pytest

from portal.privacy import clock


@pytest.mark.parametrize(
    ("received", "day"),
    [
        (date(2026, 11, 23), date(2026, 11, 25)),  # Monday
        (date(2026, 11, 26), date(2026, 11, 30)),  # Thursday: a weekend between
        (date(2026, 11, 28), date(2026, 12, 1)),  # Saturday
        (date(2026, 9, 1), date(2026, 9, 4)),  # 2-9 is a holiday
        (date(2026, 4, 29), date(2026, 5, 5)),  # 30-4, 1-5, a weekend
        (date(2025, 12, 31), date(2026, 1, 5)),
    ],
)
def test_acknowledged_within_two_working_days(received, day):
    assert clock.acknowledge_by(received) == day


@pytest.mark.parametrize(
    ("kind", "days"),
    [("see", 10), ("copy", 10), ("correct", 10), ("withdraw", 15), ("object", 15), ("erase", 20),
     ("complain", 10)],
)  # fmt: skip
def test_each_kind_has_its_days_and_what_the_decree_does_not_name_the_shortest(kind, days):
    assert (clock.due_on(kind, date(2026, 2, 20)) - date(2026, 2, 20)).days == days


def test_examples_in_the_docstrings_are_true():
    failed, tried = doctest.testmod(clock)
    assert (failed, tried > 3) == (0, True)
