"""The legal clock: until when a request of a person must be acknowledged and answered. No database.

Decree 356/2025 (read in secondary sources, domain/field-work.md): acknowledge within 2 working days; see,
correct, copy 10 days, withdraw and object 15, delete 20. The day of receipt does not count (Civil Code 2015,
article 147). Days without work are Saturdays, Sundays and the holidays with a fixed date: Tết, Giỗ Tổ and
days off in lieu move from year to year and are counted as work, so that we are early, never late.
"""

from datetime import date, timedelta

ACKNOWLEDGE = 2  # working days
DAYS = {"see": 10, "copy": 10, "correct": 10, "withdraw": 15, "object": 15, "erase": 20}
SHORTEST = min(DAYS.values())  # for what the decree names no term, such as a complaint
HOLIDAYS = {(1, 1), (4, 30), (5, 1), (9, 2)}  # Labour Code 2019, article 112


def is_working_day(day: date) -> bool:
    """Whether somebody sits at the desk.

    >>> is_working_day(date(2026, 4, 30))
    False
    """
    return day.weekday() < 5 and (day.month, day.day) not in HOLIDAYS


def add_working_days(day: date, count: int) -> date:
    """The last of so many working days after a day.

    >>> add_working_days(date(2026, 4, 29), 2)  # 30-4 and 1-5 are holidays, then comes a weekend
    datetime.date(2026, 5, 5)
    """
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def acknowledge_by(received_on: date) -> date:
    """The last day on which the person may hear that the request has come."""
    return add_working_days(received_on, ACKNOWLEDGE)


def due_on(kind: str, received_on: date) -> date:
    """The last day for the answer, by the kind of request (`PersonRequest.Kind`)."""
    return received_on + timedelta(days=DAYS.get(kind, SHORTEST))


def add_months(day: date, months: int) -> date:
    """The same day some months later; the last of the month where it has no such day.

    >>> add_months(date(2025, 2, 28), 12)
    datetime.date(2026, 2, 28)
    >>> add_months(date(2024, 12, 31), 2)
    datetime.date(2025, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))
