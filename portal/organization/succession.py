"""Following an area or unit forward and backward through its redrawings, each in one query."""

from django.db.models.expressions import RawSQL

FORWARD = """
with recursive heirs(id) as (
    select id from organization_area where path like %s
  union
    select s.successor_id from organization_areasuccession s join heirs on s.predecessor_id = heirs.id
    where s.on <= %s
) select id from heirs"""

BACKWARD = """
with recursive forebears(id) as (
    select id from organization_area where path like %s
  union
    select s.predecessor_id from organization_areasuccession s join forebears on s.successor_id = forebears.id
    where s.on > %s
) select id from forebears"""


def _walk(queryset, sql: str, area, day):
    reached = RawSQL(sql, [f"{area.path}%", day])
    return queryset.as_fine_as(area).filter(id__in=reached).valid_on(day)


def following(queryset, area, day):
    """Areas valid on `day` where `area` (or what lay under it) stood; the area itself while it is valid."""
    return _walk(queryset, FORWARD, area, day)


def preceding(queryset, area, day):
    """Areas valid on `day` that have since passed, whole or in part, into `area`."""
    return _walk(queryset, BACKWARD, area, day)
