"""The heritage report: how far the texts are, how the plaques are, how often their pages are opened.

Only sites that the user sees are counted. Outside the province a number of openings under five is not told,
nor drawn: it could be one visitor.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone
from django.utils.text import capfirst

from heritage.filters import SiteAreaFilter
from heritage.indicators import PLAQUES, Standing, plaque_counts, standings, weeks
from heritage.models import Edition, Kind, Language, Site
from heritage.scans import masked, masked_share, masked_sum
from portal import charts
from portal.filters import FieldFilter, choice_filter
from portal.home.report import PeriodFilter
from portal.indicators import LEAST
from portal.organization.filters import UnitFilter
from portal.text import format_number

COLOURS = {Language.VI: "k1", Language.EN: "k2", Language.JRA: "k4", Language.BDQ: "k5"}


class Question:
    """The filters of the address and the sites that are left."""

    def __init__(self, request):
        self.asked, self.user = request.GET, request.user
        kinds = [(kind.pk, kind.name) for kind in Kind.objects.all()]
        asked = dict(request.GET.lists())
        self.area, self.unit, self.kind, self.period_filter = (
            filter(request, asked, Site, None)
            for filter in (
                SiteAreaFilter.at(""),
                UnitFilter.at(""),
                choice_filter("loại hình", "loai", kinds, "kinds"),
                PeriodFilter,
            )
        )
        self.sites = Site.objects.visible_to(request.user)
        for one in self.filters:
            self.sites = one.queryset(request, self.sites)

    @property
    def filters(self) -> list[FieldFilter]:
        return [self.area, self.unit, self.kind, self.period_filter]

    @property
    def trees(self) -> list[FieldFilter]:
        """The filters where a name is typed."""
        return [self.area, self.unit]

    @property
    def errors(self) -> list[str]:
        return [one.error for one in self.filters if one.error]

    @property
    def chips(self) -> list[tuple[str, str, str]]:
        """Of what narrows the report, the period aside: title, words, and the address without it."""
        active = [(one, words) for one in self.filters[:3] if (words := one.in_words())]
        return [(capfirst(one.title), words, self._address_without(one.names)) for one, words in active]

    def _address_without(self, names: tuple[str, ...]) -> str:
        kept = self.asked.copy()
        for name in names:
            kept.pop(name, None)
        return f"?{kept.urlencode()}"


@dataclass(frozen=True)
class SiteLine:
    """A site in the table: languages that are out, plaques by state, openings in the period."""

    site: Site
    languages: list[str]
    plaques: list[int]
    openings: str


@dataclass(frozen=True)
class WeekLine:
    """A week in chart and table: what is told of each language, of scans, of all; the bars."""

    monday: object
    numbers: list[str]
    scanned: str
    total: str
    label: str
    bars: list[tuple[str, charts.Bar]]


class Report:
    """Every answer is worked out when it is asked for."""

    languages = list(Language)
    plaque_words = PLAQUES

    def __init__(self, question: Question):
        self.question, self.user = question, question.user
        self.sites = [] if question.errors else list(question.sites.select_related("unit").in_order())

    @cached_property
    def _seen(self):
        return Site.objects.filter(pk__in=[site.pk for site in self.sites])

    @cached_property
    def standings(self) -> list[Standing]:
        return standings(self._seen)

    @cached_property
    def published_count(self) -> int:
        """Sites with a page in at least one language."""
        return len(self._languages)

    @cached_property
    def _languages(self) -> dict:
        found: dict = {}
        rows = Edition.objects.published().filter(site__in=self._seen).values_list("site_id", "language")
        for site, language in sorted(rows, key=lambda row: Language.values.index(row[1])):
            found.setdefault(site, []).append(Language(language).label)
        return found

    @cached_property
    def _plaques(self) -> dict[str, Counter]:
        return plaque_counts(self._seen)

    @property
    def plaques(self) -> list[tuple[str, int]]:
        """What is counted of plaques, and how many there are."""
        return [(words, self._plaques[name].total()) for name, words in PLAQUES.items()]

    @cached_property
    def _openings(self):
        return weeks(self.sites, self.question.period_filter.period)

    @property
    def openings(self) -> str:
        """Of all sites in the whole period."""
        return masked_sum(self._parts, self.user)

    @cached_property
    def _parts(self) -> list[int]:
        """All numbers of the weeks' table."""
        return [number for week in self._openings[0] for number in week.languages.values()]

    @property
    def scanned(self) -> str:
        return masked_share(sum(week.scanned for week in self._openings[0]), self._parts, self.user)

    @cached_property
    def weeks(self) -> list[WeekLine]:
        found, _ = self._openings
        highest = max((sum(self._drawn(week).values()) for week in found), default=0)
        return [self._week(week, at, len(found), highest) for at, week in enumerate(found)]

    def _drawn(self, week) -> dict[str, int]:
        """What is told of a week as it is."""
        least = 1 if self.user.reach.is_everywhere else LEAST
        return {language: number for language, number in week.languages.items() if number >= least}

    def _week(self, week, at: int, count: int, highest: int) -> WeekLine:
        bars, below, drawn = [], 0, self._drawn(week)
        parts = list(week.languages.values())
        for language in Language:
            if number := drawn.get(language.value):
                bars.append(
                    (COLOURS[language], charts.Bar(**charts.bar(at, count, number, highest, below=below)))
                )
                below += number
        return WeekLine(
            week.monday,
            [masked(week.languages[language.value], self.user) for language in Language],
            masked_share(week.scanned, parts, self.user),
            masked_sum(parts, self.user),
            f"{week.monday:%d-%m}" if charts.is_named(at, count) else "",
            bars,
        )

    @property
    def lines(self) -> list[SiteLine]:
        _, by_site = self._openings
        told = self._told_by_site({site: list(cells.values()) for site, cells in by_site.items()})
        return [
            SiteLine(
                site,
                self._languages.get(site.pk, []),
                [self._plaques[name][site.pk] for name in PLAQUES],
                told.get(site.pk, "0"),
            )
            for site in self.sites
        ]

    def _told_by_site(self, cells: dict) -> dict:
        """Openings by site; where one is not told, the weeks less all others would tell it, so one more is
        told only roughly."""
        told = {site: masked_sum(parts, self.user) for site, parts in cells.items()}
        exact = [site for site, words in told.items() if words == format_number(sum(cells[site]))]
        if exact and len(told) - len(exact) == 1:
            site = min(exact, key=lambda one: sum(cells[one]))
            told[site] = f"trên {format_number(max(LEAST - 1, sum(cells[site]) - LEAST))}"
        return told

    def about(self):
        """Rows of (what, value) for the workbook's first sheet."""
        yield ["Kỳ", self.question.period_filter.in_words()]
        yield from ([title, words] for title, words, _ in self.question.chips)
        yield ["Di tích", len(self.sites)]
        yield ["Có trang đang đăng", self.published_count]
        yield from ([f"Biển {words}", count] for words, count in self.plaques)
        yield ["Lượt mở trang từ biển", self.openings]
        yield ["Trong đó quét mã", self.scanned]
        yield ["Lập lúc", timezone.now()]
        yield ["Người lập", self.user.name]
