"""Groups that are not reached: nobody helps there, nobody has the step, or what is needed is not known."""

from functools import cached_property

from django.utils.text import capfirst

from neighborhoods.indicators import GAPS, unreached
from neighborhoods.models import Group
from portal.exports import Sheet
from portal.filters import FieldFilter, choice_filter
from portal.organization.filters import AreaFilter, UnitFilter

DAYS = 30
WITHIN = {str(days): f"{days} ngày" for days in (7, 14, DAYS, 60, 90)}


class Gaps:
    """What the address asks, and the groups that the user sees and that have a gap."""

    def __init__(self, request):
        self.asked = request.GET
        every = lambda rows, value: rows  # noqa: E731, both say which gaps, not which groups
        kinds = [
            AreaFilter.at("place__"),
            UnitFilter.at("place__"),
            choice_filter("không có lượt giúp trong", "ngay", WITHIN.items(), every),
            choice_filter("thiếu gì", "thieu", GAPS.items(), every),
        ]
        asked = dict(request.GET.lists())
        self.filters: list[FieldFilter] = [kind(request, asked, Group, None) for kind in kinds]
        self.area, self.unit, self.within, self.gap = self.filters
        self.groups = Group.objects.visible_to(request.user)
        for one in self.filters:
            self.groups = one.queryset(request, self.groups)

    @property
    def trees(self) -> list[FieldFilter]:
        return [self.area, self.unit]

    @property
    def errors(self) -> list[str]:
        return [one.error for one in self.filters if one.error]

    @property
    def chosen_days(self) -> str:
        return str(self.days)

    @property
    def days(self) -> int:
        return int(self.within.value) if self.within.value in WITHIN else DAYS

    @property
    def chips(self) -> list[tuple[str, str, str]]:
        """Of what narrows the list: title, words, and the address without it."""
        active = [(one, words) for one in (self.area, self.unit, self.gap) if (words := one.in_words())]
        return [(capfirst(one.title), words, self._address_without(one.names)) for one, words in active]

    def _address_without(self, names: tuple[str, ...]) -> str:
        kept = self.asked.copy()
        for name in (*names, "page"):
            kept.pop(name, None)
        return f"?{kept.urlencode()}"

    @cached_property
    def rows(self):
        """By area and name, with what a line shows."""
        rows = unreached(self.groups, days=self.days)
        if self.gap.value in GAPS:
            rows = rows.filter(**{self.gap.value: True})
        return rows.with_place().order_by("place__area__name_key", "place__name_key")

    def line(self, group: Group) -> tuple[Group, list[str]]:
        """The group and its reasons in words."""
        words = GAPS | {"quiet": f"{GAPS['quiet']} trong {self.days} ngày"}
        return group, [words[name] for name in GAPS if getattr(group, name)]

    def sheets(self):
        columns = [
            "Tổ, thôn, làng",
            "Xã, phường",
            "Đơn vị phụ trách",
            "Đội",
            "Lượt giúp gần nhất",
            *GAPS.values(),
        ]
        yield Sheet("Chưa tới", columns, (self._row(group) for group in self.rows.iterator()))

    def _row(self, group: Group) -> list:
        place = group.place
        gaps = ["x" if getattr(group, name) else None for name in GAPS]
        return [group.name, group.commune.name, place.unit.name, group.team and group.team.name,
                group.last_help_at, *gaps]  # fmt: skip
