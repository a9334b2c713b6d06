"""The figures of the roof: collected from the programmes, counted from the database when asked."""

from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, ngettext

import heritage.indicators
import markets.indicators
import neighborhoods.indicators
from portal import charts
from portal.indicators import Figure
from portal.organization.models import Team, TeamMember


def all_figures() -> list[Figure]:
    """What is counted so far; a figure of nothing is not shown."""
    apps = (markets, neighborhoods, heritage)
    return [*(one for app in apps for one in app.indicators.figures()), *_teams()]


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
class Bar(charts.Bar):
    """A month of the chart."""

    name: str  # "tháng 3"
    label: str  # "T3"
    count: int
    is_now: bool


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
    highest = max(counts.values(), default=0)
    bars = [
        Bar(
            **charts.bar(month - 1, today.month, counts.get(month, 0), highest),
            # Translators: both are date formats of Django's; a letter after \ stands for itself
            name=date_format(date(today.year, month, 1), gettext(r"\t\há\n\g n")),
            label=date_format(date(today.year, month, 1), gettext(r"\Tn")),
            count=counts.get(month, 0),
            is_now=month == today.month,
        )
        for month in range(1, today.month + 1)
    ]
    return Chart(today.year, bars, sum(counts.values()), max(bars, key=lambda bar: bar.count))
