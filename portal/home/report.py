"""The market report: what staff ask in the address, answered from the numbers that the programme declares.

Only what the user may see is counted. Nothing in the address is about a person; a filter that makes no sense
counts nothing and says so.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from django.utils import timezone
from django.utils.text import capfirst

from markets import banks
from markets.indicators import FUNNEL, Month, Scope, Tally, months, reached, tally
from markets.models import Market
from portal import charts
from portal.filters import FieldFilter, choice_filter
from portal.indicators import Cell, Indicator, Period, percent
from portal.organization.filters import AreaFilter, UnitFilter
from portal.organization.models import Area, Unit
from portal.text import format_date, read_date

TABLES = {
    "cho": "Chợ",
    "don_vi": "Đơn vị phụ trách",
    "ngan_hang": "Ngân hàng",
    "dia_ban": "Xã, phường hôm nay",
    "dia_ban_cu": "Huyện, xã, phường trước 1-7-2025",
}
NO_ACCOUNT, NO_FORMER_AREA = "Chưa có tài khoản", "Chưa ghi địa bàn cũ"

# --- what is asked -----------------------------------------------------------------------------------------


class PeriodFilter(FieldFilter):
    """From one day to another, both included; until today where no last day is given."""

    title, names = "kỳ", ("tu", "den")

    def __init__(self, *args):
        super().__init__(*args)
        today = timezone.localdate()
        self.period = Period(None, today)
        try:
            first, last = (read_date(day) if (day := self.values[name]) else None for name in self.names)
            self.period = Period(first, min(last or today, today))
        except ValueError as error:
            self.error = str(error)
        if self.period.first and self.period.first > self.period.last:
            self.error = "Ngày đầu kỳ phải trước ngày cuối kỳ, và không sau hôm nay."

    def in_words(self):
        first = f"từ {format_date(self.period.first)}" if self.period.first else ""
        return f"{first} đến hết {format_date(self.period.last)}".strip()

    def narrow(self, rows):
        return rows.none() if self.error else rows


class GoalFilter(FieldFilter):
    """How many stalls shall take transfers: a line in the chart. It narrows nothing."""

    title, names = "chỉ tiêu", ("chi_tieu",)

    def narrow(self, rows):
        if self.number is None:
            self.error = "Ghi chỉ tiêu bằng chữ số, ví dụ 2.280."
        return rows

    @property
    def number(self) -> int | None:
        digits = self.value.replace(".", "")
        is_number = digits.isascii() and digits.isdigit() and len(digits) <= 7
        return int(digits) or None if is_number else None


class Question:
    """The filters of the address, the markets the user sees, and those that are left."""

    def __init__(self, request):
        self.asked, seen = request.GET, Market.objects.visible_to(request.user)
        self.seen = {market.pk: market for market in seen.with_place().select_related("place__unit")}
        self.area, self.unit, self.market, self.bank, self.period_filter, self.goal, self.table = (
            self._filters(request)
        )
        self.markets = seen
        for one in self.filters:
            self.markets = one.queryset(request, self.markets)
        self.is_whole = request.user.reach.is_everywhere and not self.chips

    def _filters(self, request) -> list[FieldFilter]:
        every = lambda rows, value: rows  # noqa: E731, it filters no markets
        names = [(market.pk, market.place.name) for market in self.seen.values()]
        kinds = [
            AreaFilter.at("place__"),
            UnitFilter.at("place__"),
            choice_filter("chợ", "cho", names, "pk"),
            choice_filter("ngân hàng", "ngan_hang", banks.choices(), every),
            PeriodFilter,
            GoalFilter,
            choice_filter("bảng theo", "bang", TABLES.items(), every),
        ]
        asked = dict(request.GET.lists())
        return [kind(request, asked, Market, None) for kind in kinds]

    @property
    def filters(self) -> list[FieldFilter]:
        return [self.area, self.unit, self.market, self.bank, self.period_filter, self.goal, self.table]

    @property
    def period(self) -> Period:
        return self.period_filter.period

    @property
    def errors(self) -> list[str]:
        return [one.error for one in self.filters if one.error]

    @property
    def trees(self) -> list[FieldFilter]:
        """The filters where a name is typed."""
        return [self.area, self.unit]

    @property
    def chips(self) -> list[tuple[str, str, str]]:
        """Of what narrows the report, the period aside: title, words, and the address without it."""
        narrowing = (self.area, self.unit, self.market, self.bank)
        active = [(one, words) for one in narrowing if (words := one.in_words())]
        return [(capfirst(one.title), words, self._address_without(one.names)) for one, words in active]

    def _address_without(self, names: tuple[str, ...]) -> str:
        kept = self.asked.copy()
        for name in names:
            kept.pop(name, None)
        return f"?{kept.urlencode()}"


# --- what is answered --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Share:
    """A count, and beside it what it is a part of."""

    indicator: Indicator
    count: int
    whole: int | None

    @property
    def percent(self) -> float | None:
        return percent(self.count, self.whole) if self.whole else None


@dataclass
class Line:
    """A row of a table; `level` says how deep it stands under others, whose counts hold its own."""

    name: str
    detail: str = ""
    level: int = 0
    counts: Counter = field(default_factory=Counter)

    @property
    def shares(self) -> list[Share]:
        """One for each indicator, in the order of the funnel."""
        return [_share(self.counts, indicator) for indicator in FUNNEL]

    @property
    def numbers(self) -> list[tuple[str, int]]:
        return [(indicator.words, self.counts[indicator.code]) for indicator in FUNNEL]

    @property
    def taking(self) -> Share:
        return _share(self.counts, _indicator("tried"))

    @property
    def using(self) -> Share:
        return _share(self.counts, _indicator("used"))


def _indicator(code: str) -> Indicator:
    return next(indicator for indicator in FUNNEL if indicator.code == code)


def _share(counts: Counter, indicator: Indicator) -> Share:
    return Share(indicator, counts[indicator.code], counts[indicator.of] if indicator.of else None)


@dataclass(frozen=True)
class MonthLine:
    """A month of the charts and of their table. `total` counts from the beginning of the period."""

    month: Month
    total: int
    label: str
    before: charts.Bar
    new: charts.Bar
    paying: charts.Bar | None

    @property
    def percent(self) -> float | None:
        """Buyers who paid by transfer, of those asked about; None where nobody was asked."""
        return percent(self.month.paying, self.month.buyers)


class Report:
    """Every answer is worked out when it is asked for."""

    def __init__(self, question: Question):
        self.question, self.period, self.goal = question, question.period, question.goal.number
        self.scope = Scope(question.markets, self.period, question.bank.value, question.is_whole)

    @cached_property
    def cells(self) -> list[Cell]:
        """None where the question makes no sense."""
        return [] if self.question.errors else reached(self.scope)

    @property
    def market_count(self) -> int:
        return len({cell.market for cell in self.cells})

    @cached_property
    def total(self) -> Line:
        return _sum("Cộng", self.cells)

    @cached_property
    def tally(self) -> Tally:
        """Vendors, each counted once; what checking rounds and passers-by found."""
        return tally(self.scope)

    # --- the funnel ---

    @property
    def steps(self) -> list[tuple[Share, str, int]]:
        """Each step with the width of its bar and where it stands, in px from the top."""
        all = self.total.counts["registered"]
        return [
            (share, charts.share(share.count, all), 44 * at) for at, share in enumerate(self.total.shares)
        ]

    @property
    def not_asked(self) -> int:
        """Stalls that take money, of which nobody knows yet whether it is used: a blank, not a 0."""
        return self.total.counts["tried"] - self.total.counts["asked"]

    @property
    def goal_percent(self) -> float | None:
        return percent(self.total.counts["tried"], self.goal) if self.goal else None

    # --- month by month ---

    @cached_property
    def months(self) -> list[MonthLine]:
        found = months(self.scope)
        highest, lines, before = max(sum(month.tried for month in found), self.goal or 0), [], 0
        for at, month in enumerate(found):
            label = f"{month.first:%m-%y}" if charts.is_named(at, len(found)) else ""
            share = percent(month.paying, month.buyers)
            lines.append(
                MonthLine(
                    month,
                    before + month.tried,
                    label,
                    charts.Bar(**charts.bar(at, len(found), before, highest)),
                    charts.Bar(**charts.bar(at, len(found), month.tried, highest, below=before)),
                    None if share is None else charts.Bar(**charts.bar(at, len(found), share, 100)),
                )
            )
            before += month.tried
        return lines

    @property
    def scale(self) -> list[int]:
        """Where the lines of 50 and 100 per cent are, in px from the top."""
        return [charts.BASE - round(charts.TALLEST * share / 100) for share in (50, 100)]

    @property
    def goal_y(self) -> int | None:
        """Where the line of the goal crosses the chart, in px from the top."""
        if not self.goal:
            return None
        highest = max(self.months[-1].total if self.months else 0, self.goal)
        return charts.BASE - round(self.goal / highest * charts.TALLEST)

    @cached_property
    def sums(self) -> Month:
        """What happened in all months together: of flows, which may be summed."""
        names = ("opened", "tried", "visits", "buyers", "paying")
        found = [line.month for line in self.months]
        return Month(self.period.last, *(sum(getattr(month, name) for month in found) for name in names))

    @property
    def paying_percent(self) -> float | None:
        return percent(self.sums.paying, self.sums.buyers)

    # --- the tables ---

    @property
    def table(self) -> tuple[str, list[Line]]:
        """The table that was asked for: what its rows are, and the rows."""
        asked = self.question.table.value
        return self.lines(asked if asked in TABLES else "cho")

    def lines(self, kind: str) -> tuple[str, list[Line]]:
        """The rows of one of TABLES under its name."""
        return TABLES[kind], {"cho": self._by_market, "ngan_hang": self._by_bank}.get(kind, self._by_tree)(
            kind
        )

    def _by_market(self, kind) -> list[Line]:
        here = {cell.market for cell in self.cells}
        places = {key: market.place for key, market in self.question.seen.items() if key in here}
        lines = {key: Line(place.name, str(place.area)) for key, place in places.items()}
        return _counted(lines, [(cell.market, cell) for cell in self.cells])

    def _by_bank(self, kind) -> list[Line]:
        used = [cell for cell in self.cells if any(cell.counts.values())]
        names = {cell.bank: banks.bank(cell.bank).short_name if cell.bank else NO_ACCOUNT for cell in used}
        lines = {bank: Line(name) for bank, name in names.items()}
        return sorted(
            _counted(lines, [(cell.bank, cell) for cell in used]), key=lambda line: -line.counts["registered"]
        )

    def _by_tree(self, kind) -> list[Line]:
        nodes, at = {
            "don_vi": (Unit, "unit"), "dia_ban": (Area, "area"), "dia_ban_cu": (Area, "former_area"),
        }[kind]  # fmt: skip
        places = {key: getattr(market.place, at) for key, market in self.question.seen.items()}
        return tree(nodes, [(getattr(places[cell.market], "path", ""), cell) for cell in self.cells])


def _sum(name: str, cells: Iterable) -> Line:
    line = Line(name)
    for cell in cells:
        line.counts.update(cell.counts)
    return line


def _counted(lines: dict, keyed: Iterable) -> list[Line]:
    """The lines with the counts of their cells; keyed: key of the line, cell."""
    for key, cell in keyed:
        lines[key].counts.update(cell.counts)
    return list(lines.values())


def tree(nodes, placed: list[tuple[str, object]], summed=_sum) -> list[Line]:
    """A line for each node above a cell, by the paths, parents first; what stands above all is left out.

    `summed` takes a name and cells, and gives a line with a `level`.
    """
    paths = {path for path, _ in placed if path}
    found = nodes.objects.in_bulk({int(key) for path in paths for key in path.strip("/").split("/")})
    kept = [
        node for node in found.values()
        if node.path in paths or not all(path.startswith(node.path) for path in paths)
    ]  # fmt: skip
    order = {key: node.name_key for key, node in found.items()}
    kept.sort(key=lambda node: [order[int(key)] for key in node.path.strip("/").split("/")])
    top = min((node.path.count("/") for node in kept), default=0)
    lines = []
    for node in kept:
        line = summed(node.name, [cell for path, cell in placed if path.startswith(node.path)])
        line.level = node.path.count("/") - top
        lines.append(line)
    if any(not path for path, _ in placed):
        lines.append(summed(NO_FORMER_AREA, [cell for path, cell in placed if not path]))
    return lines
