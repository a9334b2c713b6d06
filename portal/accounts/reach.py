"""What a user may see: the subtrees and areas of the units where a role is held, and the place of a shift.

A reach gives `Q` objects, so that visibility is part of the query (by path prefix), never a list of ids.
"""

from functools import cached_property

from django.db.models import Q

NOTHING = Q(pk__in=[])
EVERYTHING = ~NOTHING  # an empty Q() would vanish from `a | Q()`, and leave only a


class Reach:
    """The reach of one user, today.

    `prefix` leads from the filtered model to the Place or Unit (`market__place__`).
    """

    def __init__(self, user):
        self.user = user

    @cached_property
    def roles(self) -> list:
        """Roles held today, with unit and area loaded."""
        if not self.user.pk:
            return []
        return list(self.user.roles.today().select_related("unit__area"))

    @cached_property
    def entry(self):
        """The shift entry the user works under right now, or None."""
        if not self.user.pk:
            return None
        entries = self.user.shift_entries.working().select_related("shift__place__area", "shift__team")
        return entries.order_by("-joined_at").first()

    @property
    def is_everywhere(self) -> bool:
        return any(role.unit.kind == role.unit.Kind.PROVINCE for role in self.roles)

    def holds(self, *kinds: str) -> bool:
        return any(role.kind in kinds for role in self.roles)

    def places(self, prefix: str = "") -> Q:
        """Rows whose place is in reach."""
        if self.is_everywhere:
            return EVERYTHING
        within = NOTHING
        for role in self.roles:
            within |= Q(**{f"{prefix}unit__path__startswith": role.unit.path})
            if role.unit.area_id:
                within |= Q(**{f"{prefix}area__path__startswith": role.unit.area.path})
        if self.entry:
            within |= Q(**{f"{prefix}pk": self.entry.shift.place_id})
        return within

    def grounds(self, prefix: str = "") -> Q:
        """Rows whose area lies under a unit where a role is held."""
        if self.is_everywhere:
            return EVERYTHING
        within = NOTHING
        for role in self.roles:
            if role.unit.area_id:
                within |= Q(**{f"{prefix}path__startswith": role.unit.area.path})
        return within

    def here(self, field: str) -> Q:
        """Rows that point to the place of the running shift."""
        return Q(**{field: self.entry.shift.place_id}) if self.entry else NOTHING

    def units(self, prefix: str = "") -> Q:
        """Rows whose unit is in reach."""
        if self.is_everywhere:
            return EVERYTHING
        within = NOTHING
        for role in self.roles:
            within |= Q(**{f"{prefix}path__startswith": role.unit.path})
        return within

    @property
    def last_moment(self):
        """When a guest's work ends; None for who has an account."""
        return self.entry.shift.ends_at if self.user.is_guest and self.entry else None
