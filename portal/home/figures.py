"""The figures of the roof: collected from the programmes, counted from the database when asked."""

from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, ngettext

import markets.indicators
from portal.indicators import Figure
from portal.organization.models import Team, TeamMember

BASE, TALLEST = 310, 286  # px from the top of the chart; the highest bar
LEAST_SLOTS = 6  # so that January's one bar is no wall


def all_figures() -> list[Figure]:
    """What is counted so far; a figure of nothing is not shown."""
    return [*markets.indicators.figures(), *_teams()]


def _teams() -> list[Figure]:
    teams = Team.objects.today().count()
    if not teams:
        return []
    members = TeamMember.objects.today().values("user").distinct().count()
    return [
        Figure(
            number=number_format(teams, force_grouping=True),
            words=ngettext("đội tình nguyện số", "đội tình nguyện số", teams),
            detail=ngettext("%(count)s thành viên", "%(count)s thành viên", members)
            % {"count": number_format(members, force_grouping=True)},
        )
    ]


@dataclass(frozen=True)
class Bar:
    """A month of the chart; x and width in per cent, y and height in px, as text: no comma slips in."""

    name: str  # "tháng 3"
    label: str  # "T3"
    count: int
    x: str
    width: str
    middle: str
    y: int
    height: int
    is_now: bool

    @property
    def text_y(self) -> int:
        return self.y - 6


@dataclass(frozen=True)
class Chart:
    """New stalls by month of one year, up to today."""

    year: int
    bars: list[Bar]
    total: int
    best: Bar


def stalls_by_month(today: date) -> Chart:
    """The months of this year, each with its stalls that passed their first trial."""
    counts = markets.indicators.stalls_by_month(today.year)
    highest = max(counts.values(), default=0) or 1
    slot = 100 / max(today.month, LEAST_SLOTS)
    bars = [_bar(month, counts.get(month, 0), slot, highest, today) for month in range(1, today.month + 1)]
    return Chart(today.year, bars, sum(counts.values()), max(bars, key=lambda bar: bar.count))


def _bar(month: int, count: int, slot: float, highest: int, today: date) -> Bar:
    height = round(count / highest * TALLEST)
    left = slot * (month - 1)
    return Bar(
        # Translators: both are date formats of Django's; a letter after \ stands for itself
        name=date_format(date(today.year, month, 1), gettext(r"\t\há\n\g n")),
        label=date_format(date(today.year, month, 1), gettext(r"\Tn")),
        count=count,
        x=f"{left + slot * 0.16:.2f}%",
        width=f"{slot * 0.68:.2f}%",
        middle=f"{left + slot / 2:.2f}%",
        y=BASE - height,
        height=height,
        is_now=month == today.month,
    )
