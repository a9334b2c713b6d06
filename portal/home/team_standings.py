"""The league of teams: by how many people do it alone 30 days later, never by how many were signed up.

Who is measured by sign-ups signs people up: a national programme that counted heads was gamed (PMGDISHA, in
`field-work`). Outside the province small numbers are hidden, and teams stand in the order of what is told.
"""

from dataclasses import dataclass, replace
from functools import cached_property

from django.utils import timezone
from django.utils.text import capfirst

from neighborhoods.indicators import Standing, standings
from portal.exports import Sheet
from portal.filters import FieldFilter
from portal.home.group_report import told_words
from portal.home.report import PeriodFilter
from portal.indicators import LEAST, Told, percent
from portal.organization.filters import UnitFilter
from portal.organization.models import Team


@dataclass(frozen=True)
class Line:
    """A team with its numbers as they are told; `rank` is 0 where too few people were asked."""

    team: Team
    helped: Told
    asked: Told
    alone: Told
    answered: Told
    true: Told
    rank: int = 0

    @property
    def share(self) -> float | str | None:
        """Who does it alone, of those asked, in per cent, or in words; None where too few were asked."""
        is_enough = self.asked.is_exact and self.asked.least >= LEAST
        return self.alone.share(self.asked.least) if is_enough else None

    @property
    def share_words(self) -> str:
        return told_words(self.share)

    @property
    def told_share(self) -> float:
        """What it is at least, to put the teams in order."""
        return percent(self.alone.least, self.asked.least) or 0


def _line(found: Standing, *, is_masked: bool) -> Line:
    mask = {"is_masked": is_masked}
    alone, _not = Told.parts(found.alone, found.asked - found.alone, **mask)
    true, _untrue = Told.parts(found.true, found.answered - found.true, **mask)
    helped, asked, answered = (
        Told.of(number, **mask) for number in (found.helped, found.asked, found.answered)
    )
    return Line(found.team, helped, asked, alone, answered, true)


class League:
    """What the address asks, and the teams in their order."""

    least = LEAST

    def __init__(self, request):
        self.asked, self.user = request.GET, request.user
        asked = dict(request.GET.lists())
        self.unit, self.period_filter = (
            kind(request, asked, Team, None) for kind in (UnitFilter.at(""), PeriodFilter)
        )
        self.teams = Team.objects.visible_to(request.user)
        self.teams = self.teams.filter(kind__in=[Team.Kind.COMMUNITY, Team.Kind.YOUTH])
        for one in self.filters:
            self.teams = one.queryset(request, self.teams)
        self.is_masked = not request.user.reach.is_everywhere

    @property
    def filters(self) -> list[FieldFilter]:
        return [self.unit, self.period_filter]

    @property
    def trees(self) -> list[FieldFilter]:
        return [self.unit]

    @property
    def errors(self) -> list[str]:
        return [one.error for one in self.filters if one.error]

    @property
    def chips(self) -> list[tuple[str, str, str]]:
        if not self.unit.in_words():
            return []
        kept = self.asked.copy()
        for name in self.unit.names:
            kept.pop(name, None)
        return [(capfirst(self.unit.title), self.unit.in_words(), f"?{kept.urlencode()}")]

    @cached_property
    def lines(self) -> list[Line]:
        """Those with a rank, the best first, then the others by name; who is equal has the same rank."""
        if self.errors:
            return []
        found = standings(self.teams, self.period_filter.period)
        lines = [_line(one, is_masked=self.is_masked) for one in found]
        ranked = [line for line in lines if line.share not in (None, "ẩn")]
        ranked.sort(key=lambda line: -line.told_share)
        shares = [line.told_share for line in ranked]
        others = [line for line in lines if line.share in (None, "ẩn")]
        return [replace(line, rank=shares.index(line.told_share) + 1) for line in ranked] + others

    def sheets(self):
        yield Sheet("Báo cáo", ["Đội giúp, theo việc dùng sau 30 ngày", ""], self._about())
        columns = [
            "Hạng", "Đội", "Loại", "Đơn vị", "Hỏi sau 30 ngày (người)", "Tự làm được (người)", "Tỉ lệ (%)",
            "Đã giúp (người)", "Gọi lại có trả lời (lượt)", "Trả lời đúng (lượt)",
        ]  # fmt: skip
        yield Sheet("Đội giúp", columns, (self._row(line) for line in self.lines))

    def _row(self, line: Line) -> list:
        team = line.team
        return [
            line.rank or None, team.name, team.get_kind_display(), team.unit.name, line.asked.cell,
            line.alone.cell, line.share, line.helped.cell, line.answered.cell, line.true.cell,
        ]  # fmt: skip

    def _about(self):
        yield ["Kỳ", self.period_filter.in_words()]
        yield from ([title, words] for title, words, _ in self.chips)
        yield ["Xếp hạng", f"Theo tỉ lệ tự làm được sau 30 ngày; dưới {LEAST} người được hỏi thì chưa xếp."]
        yield ["Lập lúc", timezone.now()]
        yield ["Người lập", self.user.name]
