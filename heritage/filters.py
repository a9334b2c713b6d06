"""Filters of lists and reports about sites."""

from portal.organization.filters import AreaFilter


class SiteAreaFilter(AreaFilter):
    """A site may lie in several communes, of today and of before 1-7-2025."""

    branches = ("areas__", "former_areas__")
