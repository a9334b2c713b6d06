"""The report of the groups: done, target and people, by group, commune of today and of before, and unit.

Only what the user sees is counted. Outside the province small numbers of people are hidden, and whatever
they could be worked out from: every sum is made of what is told of the groups, see `portal.indicators.Told`.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from django.utils import timezone
from django.utils.text import capfirst

from neighborhoods import indicators
from neighborhoods.indicators import Cell, Scope
from neighborhoods.models import Group, Step
from neighborhoods.models.helps import ACTIVATED
from portal import charts
from portal.exports import Sheet
from portal.filters import FieldFilter, choice_filter
from portal.home.report import PeriodFilter, tree
from portal.indicators import LEAST, Period, Told, pooled
from portal.organization.filters import AreaFilter, UnitFilter
from portal.organization.models import Area, Unit
from portal.templatetags.portal import percent
from portal.text import format_date, format_number

COMMUNES = "dia_ban"
TABLES = {
    COMMUNES: "Xã, phường hôm nay",
    "to": "Tổ, thôn, làng",
    "dia_ban_cu": "Địa bàn trước 1-7-2025",
    "don_vi": "Đơn vị phụ trách",
}
MOST_DRAWN = 20  # lines of a chart
CLOSE = 90  # per cent of the target


class Question:
    """The filters of the address, and the groups that are left."""

    def __init__(self, request):
        self.asked, self.user = request.GET, request.user
        self.steps = {step.pk: step for step in Step.objects.all()}
        every = lambda rows, value: rows  # noqa: E731, it filters no groups
        names = [(step.pk, step.name) for step in self.steps.values()]
        kinds = [
            AreaFilter.at("place__"),
            UnitFilter.at("place__"),
            choice_filter("việc", "viec", names, every),
            PeriodFilter,
            choice_filter("bảng theo", "bang", TABLES.items(), every),
        ]
        asked = dict(request.GET.lists())
        self.filters: list[FieldFilter] = [kind(request, asked, Group, None) for kind in kinds]
        self.area, self.unit, self.step_filter, self.period_filter, self.table = self.filters
        self.groups = Group.objects.visible_to(request.user)
        for one in self.filters:
            self.groups = one.queryset(request, self.groups)

    @property
    def trees(self) -> list[FieldFilter]:
        """The filters where a name is typed."""
        return [self.area, self.unit]

    @property
    def errors(self) -> list[str]:
        return [one.error for one in self.filters if one.error]

    @property
    def step(self) -> Step:
        return self.steps.get(self.step_filter.value) or self.steps[ACTIVATED]

    @property
    def period(self) -> Period:
        return self.period_filter.period

    @property
    def kind(self) -> str:
        return self.table.value if self.table.value in TABLES else COMMUNES

    @property
    def chips(self) -> list[tuple[str, str, str]]:
        """Of what narrows the report: title, words, and the address without it."""
        active = [(one, words) for one in self.trees if (words := one.in_words())]
        return [(capfirst(one.title), words, self._address_without(one.names)) for one, words in active]

    def _address_without(self, names: tuple[str, ...]) -> str:
        kept = self.asked.copy()
        for name in names:
            kept.pop(name, None)
        return f"?{kept.urlencode()}"


# --- what is told of a group, and of several ----------------------------------------------------------------

COLUMNS = {
    "adults": "Người từ 14 tuổi",
    "goal": "Chỉ tiêu",
    "people": "Người đã có",
    "had": "Có sẵn",
    "helped": "Được giúp",
    "of_goal": "So với chỉ tiêu",
    "of_adults": "Trên số người",
    "new": "Mới trong kỳ",
    "times": "Lượt giúp",
    "unnamed": "Không ghi tên",
}
NUMBERS = ("people", "had", "helped", "new", "times", "unnamed")  # those that small numbers hide in


@dataclass(frozen=True)
class Known:
    """A group, and its NUMBERS as this reader is told them."""

    cell: Cell
    told: dict[str, Told]

    @classmethod
    def of(cls, cell: Cell, *, is_masked: bool) -> "Known":
        """What adds up with another number of the page is hidden with it."""
        mask = {"is_masked": is_masked}
        had, helped = Told.parts(cell.had, cell.people - cell.had, **mask)
        new, _before = Told.parts(cell.new, cell.people - cell.new, **mask)
        unnamed, _named = Told.parts(cell.unnamed, cell.times - cell.unnamed, **mask)
        people, times = Told.of(cell.people, **mask), Told.of(cell.times, **mask)
        # Nobody was helped without a time of help: few times would say who had it before, or was not named.
        named = cell.times - cell.unnamed
        says_had = not had.is_exact and named < cell.people
        least = cell.people - cell.had if had.is_exact else cell.people  # what a reader knows of `named`
        says_unnamed = not unnamed.is_exact and (not people.is_exact or cell.times - least < LEAST)
        if says_had or says_unnamed:
            times, unnamed = Told.over(helped.least), Told.of(cell.unnamed, **mask)
        return cls(cell, dict(zip(NUMBERS, (people, had, helped, new, times, unnamed), strict=True)))


@dataclass
class Line:
    """A row of a table; `level` says how deep it stands under others, whose groups hold its own."""

    name: str
    groups: list[Known]
    detail: str = ""
    level: int = 0
    is_drawn: bool = True  # in the chart

    def told(self, name: str, *, having: str = "") -> Told:
        """One of NUMBERS; with `having` only of the groups that have a goal, or adults."""
        groups = [one for one in self.groups if not having or getattr(one.cell, having)]
        return Told.sum(one.told[name] for one in groups)

    def whole(self, name: str) -> int | None:
        """Adults or goal, as far as somebody wrote it down."""
        numbers = [number for one in self.groups if (number := getattr(one.cell, name)) is not None]
        return sum(numbers) if numbers else None

    @cached_property
    def _found(self) -> dict:
        found = {name: self.told(name).cell for name in NUMBERS}
        for name in ("adults", "goal"):
            found[name] = self.whole(name)
            found[f"of_{name}"] = self.told("people", having=name).share(found[name])
        return found

    @property
    def values(self) -> list:
        """In the order of COLUMNS: numbers, words where one is hidden, None where there is none."""
        return [self._found[name] for name in COLUMNS]

    @property
    def named(self) -> dict:
        """As shown, by name; adults and goal as numbers."""
        found = {name: told_words(value) for name, value in self._found.items()}
        return found | {"adults": self._found["adults"], "goal": self._found["goal"]}

    @property
    def tag(self) -> tuple[str, str]:
        """How near the target is: the kind of tag and its words; none where it is not told."""
        goal = self.whole("goal")
        done = self.told("people", having="goal")
        if goal and done.least >= goal:
            return "ok", "Đạt"
        if not goal or not done.is_exact:
            return "", ""
        return ("warn", "Gần đạt") if done.least * 100 >= goal * CLOSE else ("err", "Chậm")


def told_words(value) -> str:
    """A value of a line for the page: words stay, a blank is a dash."""
    if isinstance(value, str):
        return value
    return percent(value) if isinstance(value, float) else "–" if value is None else format_number(value)


@dataclass(frozen=True)
class Drawn:
    """A line of the chart: where it stands in px from the top, how wide, where its target is."""

    line: Line
    y: int
    width: str
    goal_x: str
    is_late: bool


@dataclass(frozen=True)
class Month:
    """A month of chart and table; `total` counts people from the beginning of the period."""

    first: object
    people: int
    times: int
    total: int
    label: str
    before: charts.Bar
    new: charts.Bar


class Report:
    """Every answer is worked out when it is asked for."""

    def __init__(self, question: Question):
        self.question, self.period, self.step = question, question.period, question.step
        self.scope = Scope(question.groups, self.step.pk, self.period)
        self.is_masked = not question.user.reach.is_everywhere
        # Who is new since ever is everybody.
        self.columns = {key: words for key, words in COLUMNS.items() if key != "new" or self.period.first}

    def shown(self, line: Line) -> list[str]:
        """A line for the page, in the order of `columns`."""
        words = dict(zip(COLUMNS, map(told_words, line.values), strict=True))
        return [words[name] for name in self.columns]

    @cached_property
    def known(self) -> list[Known]:
        found = [] if self.question.errors else indicators.cells(self.scope)
        return [Known.of(cell, is_masked=self.is_masked) for cell in found]

    @cached_property
    def total(self) -> Line:
        return Line("Cộng", self.known)

    @property
    def group_count(self) -> int:
        return len(self.known)

    @property
    def with_goal(self) -> int:
        """Groups that have a target, and how many of them have reached it."""
        return sum(one.cell.goal is not None for one in self.known)

    @property
    def reached_goal(self) -> int:
        return sum(Line("", [one]).tag[0] == "ok" for one in self.known)

    # --- the tables ---

    @cached_property
    def table(self) -> tuple[str, list[Line]]:
        """The table that was asked for: what its rows are, and the rows."""
        return TABLES[self.question.kind], self.lines(self.question.kind)

    def lines(self, kind: str) -> list[Line]:
        """The rows of one of TABLES."""
        if kind == "to":
            return [Line(one.cell.name, [one], detail=one.cell.commune) for one in self.known]
        nodes, at = {
            COMMUNES: (Area, "area_path"), "dia_ban_cu": (Area, "former_path"), "don_vi": (Unit, "unit_path"),
        }[kind]  # fmt: skip
        lines = tree(nodes, [(getattr(one.cell, at), one) for one in self.known], Line)
        for line, below in pairwise(lines):
            line.is_drawn = below.level <= line.level
        return lines

    @cached_property
    def drawn(self) -> list[Drawn]:
        """The lines of the chart, none that holds others: of many those furthest from their target."""
        lines = [line for line in self.table[1] if line.is_drawn]
        sizes = {id(line): (line.told("people").least, line.whole("goal") or 0) for line in lines}
        if self.is_cut:
            lines = sorted(lines, key=lambda line: _share(*sizes[id(line)]))[:MOST_DRAWN]
        highest = max((number for line in lines for number in sizes[id(line)]), default=0)
        return [self._drawn(line, at, *sizes[id(line)], highest) for at, line in enumerate(lines)]

    @property
    def is_cut(self) -> bool:
        """Whether the chart leaves lines out."""
        return sum(line.is_drawn for line in self.table[1]) > MOST_DRAWN

    @property
    def chart_height(self) -> int:
        return 44 * len(self.drawn)

    def _drawn(self, line: Line, at: int, done: int, goal: int, highest: int) -> Drawn:
        is_late = line.tag[0] not in ("ok", "")
        return Drawn(
            line, 44 * at, charts.share(done, highest), charts.share(goal, highest) if goal else "", is_late
        )

    # --- month by month ---

    @cached_property
    def months(self) -> list[Month]:
        """From the first in which something happened; small ones are hidden in later ones, group by group."""
        people = self._months(indicators.months_of_people, "new")
        times = self._months(indicators.months_of_times, "times")
        if not people and not times:
            return []
        firsts = indicators.calendar(min([*people, *times]), self.period.last)
        highest, lines, before = max(sum(people.values()), self.goal or 0), [], 0
        for at, first in enumerate(firsts):
            new = people.get(first, 0)
            bars = (
                charts.bar(at, len(firsts), before, highest),
                charts.bar(at, len(firsts), new, highest, below=before),
            )
            label = f"{first:%m-%y}" if charts.is_named(at, len(firsts)) else ""
            before += new
            bars = [charts.Bar(**bar) for bar in bars]
            lines.append(Month(first, new, times.get(first, 0), before, label, *bars))
        return lines

    def _months(self, find, name: str) -> dict:
        """Counts by month. Masked, only of groups whose sum is told, each without its small months."""
        if self.question.errors:
            return {}
        found = find(self.scope, by_group=self.is_masked)
        if not self.is_masked:
            return {first: counts[""] for first, counts in found.items()}
        firsts, told = sorted(found), dict.fromkeys(found, 0)
        for one in self.known:
            if one.told[name].is_exact:
                counts = pooled([found[first][one.cell.group] for first in firsts])
                for first, count in zip(firsts, counts, strict=True):
                    told[first] += count
        return {first: count for first, count in told.items() if count}

    @property
    def goal(self) -> int | None:
        """The line in the chart of the months: of all people there ever were, not of a part of the time."""
        return None if self.period.first else self.total.whole("goal")

    @property
    def goal_y(self) -> int | None:
        """In px from the top."""
        if not self.goal:
            return None
        highest = max(self.months[-1].total if self.months else 0, self.goal)
        return charts.BASE - round(self.goal / highest * charts.TALLEST)

    # --- the workbook ---

    def sheets(self):
        """Every table; hidden numbers are words."""
        yield Sheet("Báo cáo", ["Báo cáo tổ dân phố điện tử", ""], self._about())
        for kind, title in TABLES.items():
            columns = [title, "Thuộc", "Cấp", *COLUMNS.values()]
            lines = [*self.lines(kind), self.total]
            yield Sheet(
                title, columns, ([line.name, line.detail, line.level + 1, *line.values] for line in lines)
            )
        columns = ["Tháng", "Người mới", "Cộng dồn trong kỳ", "Lượt giúp"]
        rows = ([f"{one.first:%m-%Y}", one.people, one.total, one.times] for one in self.months)
        yield Sheet("Theo tháng", columns, rows)

    def _about(self):
        yield ["Việc", self.step.name]
        yield ["Kỳ", self.question.period_filter.in_words()]
        yield from ([title, words] for title, words, _ in self.question.chips)
        yield ["Số tổ, thôn, làng", self.group_count]
        yield ["Có chỉ tiêu", self.with_goal]
        yield ["Đã đạt chỉ tiêu", self.reached_goal]
        yield ["Lập lúc", timezone.now()]
        yield ["Người lập", self.question.user.name]
        last = format_date(self.period.last)
        yield ["Ghi chú", f"Người đếm tới hết ngày {last}, mỗi người một lần; lượt đếm trong kỳ."]
        if self.is_masked:
            yield ["Ghi chú", "Số người dưới 5 được ẩn, và cả số nào từ đó tính ra được."]


def _share(done: int, goal: int) -> float:
    """How near; what has no target comes last."""
    return done / goal if goal else float("inf")
