"""Following an area or unit forward and backward through its redrawings, each in one query."""

from django.db.models.expressions import RawSQL

FORWARD = """
with recursive heirs(id) as (
    select id from {table} where {start}
  union
    select s.successor_id from {passings} s join heirs on s.predecessor_id = heirs.id where s.on <= %s {only}
) select id from heirs"""

BACKWARD = """
with recursive forebears(id) as (
    select id from {table} where {start}
  union
    select s.predecessor_id from {passings} s join forebears on s.successor_id = forebears.id where s.on > %s
) select id from forebears"""

ALONE = "path = %s"
BELOW = "path like %s || '%%'"  # the node and what lies under it
BELOW_ANY = "exists (select from ({paths}) found(path) where {table}.path like found.path || '%%')"


def following(queryset, path: str, day, *, start: str = BELOW, only_default: bool = False):
    """Rows valid on `day` where the node, or what lay under it, stood; itself while it is valid."""
    only = "and s.is_default" if only_default else ""
    return _walk(queryset, FORWARD, start, [path, day], only=only).valid_on(day)


def following_any(queryset, found, day):
    """Rows valid on `day` where any node of the queryset `found`, of whatever time, stood."""
    paths, params = found.order_by().values("path").query.sql_with_params()
    return _walk(queryset, FORWARD, BELOW_ANY, [*params, day], paths=paths).valid_on(day)


def preceding(queryset, path: str, day, *, start: str = BELOW):
    """Rows valid on `day` that have since passed, whole or in part, into the node."""
    return _walk(queryset, BACKWARD, start, [path, day]).valid_on(day)


def _walk(queryset, sql: str, start: str, params: list, *, only: str = "", paths: str = ""):
    model = queryset.model
    table = model._meta.db_table
    passings = model._meta.get_field("passings").related_model._meta.db_table
    reached = sql.format(
        table=table, passings=passings, start=start.format(table=table, paths=paths), only=only
    )
    return queryset.filter(id__in=RawSQL(reached, params))
