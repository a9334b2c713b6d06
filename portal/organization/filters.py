"""Filters by area and unit: type a name of today or of before 1-7-2025, and everything below it is found.

The name is searched without accents; where several have it, all count until one is chosen. Rows are found by
the prefix of the path, never by a list of keys.
"""

from django.contrib.admin.utils import lookup_spawns_duplicates
from django.db.models import Q

from portal.filters import FieldFilter
from portal.organization.models import Area, Unit

MOST = 20


class TreeFilter(FieldFilter):
    """A part of a tree; `at` says where the nodes hang, seen from the model of the list."""

    template = "admin/filter_tree.html"
    branches: tuple[str, ...] = ()
    prefix = ""
    found = ()
    nothing = "Không có nơi nào tên này."
    too_many = f"Hơn {MOST} nơi có tên này: gõ rõ hơn."

    @classmethod
    def at(cls, prefix: str) -> type["TreeFilter"]:
        """The filter for a model from which `prefix` (like `market__place__`) leads to the place or unit."""
        return type(cls.__name__, (cls,), {"prefix": prefix})

    def queryset(self, request, rows):
        return self.narrow(rows) if self.value else rows

    def options(self) -> list[tuple[str, str]]:
        """Keys and names of those that have the typed name, where there are several."""
        return [(str(node.pk), self.words(node)) for node in self.found] if len(self.found) > 1 else []

    def narrow(self, rows):
        self.found = list(self.search(self.value)[: MOST + 1])
        if not self.found or len(self.found) > MOST:
            self.error = self.too_many if self.found else self.nothing
            self.found = []
            return rows.none()
        chosen = [node for node in self.found if str(node.pk) == self.picked] or self.found
        below = Q()
        for branch in self.branches:
            for node in chosen:
                below |= Q(**{f"{self.prefix}{branch}path__startswith": node.path})
        ways = [f"{self.prefix}{branch}path" for branch in self.branches]
        if any(lookup_spawns_duplicates(rows.model._meta, way) for way in ways):
            return rows.filter(pk__in=rows.model._base_manager.filter(below).values("pk"))
        return rows.filter(below)

    def in_words(self) -> str:
        """The place that was picked, or what was typed."""
        return dict(self.options()).get(self.picked, self.value)

    @property
    def picked(self) -> str:
        return self.values[self.names[1]]


class AreaFilter(TreeFilter):
    """Rows in an area of today, or in a district or commune as it was on 30-6-2025."""

    title = "địa bàn"
    names = ("dia_ban", "dia_ban_so")
    branches = ("area__", "former_area__")
    hint = "Tên xã, phường hôm nay, hoặc huyện, xã, phường trước 1-7-2025."

    def search(self, text: str):
        return Area.objects.search(text).select_related("parent")

    def words(self, area: Area) -> str:
        return f"{area}, {area.parent.name}" if area.parent_id else str(area)


class UnitFilter(TreeFilter):
    """Rows of a unit and those under it."""

    title = "đơn vị phụ trách"
    names = ("don_vi", "don_vi_so")
    branches = ("unit__",)
    hint = "Gõ một phần tên, không cần dấu."

    def search(self, text: str):
        return Unit.objects.visible_to(self.request.user).search(text)

    def words(self, unit: Unit) -> str:
        return str(unit)
