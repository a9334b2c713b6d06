"""Dated trees: rows that begin and end, stand under a parent, and pass on to successors.

`path` holds the keys from the root down (`/1/57/204/`): a subtree is one prefix, never a list of ids.
"""

from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Concat, Substr
from django.utils import timezone

WRITE_PATHS = """
with recursive tree(id, path) as (
    select id, '/' || id || '/' from {table} where parent_id is null
  union all
    select {table}.id, tree.path || {table}.id || '/' from {table} join tree on {table}.parent_id = tree.id
)
update {table} set path = tree.path from tree where {table}.id = tree.id and {table}.path <> tree.path"""


class DatedQuerySet(models.QuerySet):
    def valid_on(self, day):
        """Rows in force on a day; both ends belong to the period, an empty end is open."""
        return self.filter(Q(starts_on=None) | Q(starts_on__lte=day), Q(ends_on=None) | Q(ends_on__gte=day))

    def today(self):
        return self.valid_on(timezone.localdate())


class TreeQuerySet(DatedQuerySet):
    def below(self, node):
        """The node and everything under it."""
        return self.filter(path__startswith=node.path)

    def write_paths(self) -> None:
        """Writes the paths of rows that `bulk_create` made, which does not call `save`; one statement."""
        with connection.cursor() as cursor:
            cursor.execute(WRITE_PATHS.format(table=self.model._meta.db_table))


class Dated(models.Model):
    """From–to, both days included."""

    starts_on = models.DateField("từ ngày", null=True, blank=True)
    ends_on = models.DateField("đến hết ngày", null=True, blank=True)

    class Meta:
        abstract = True

    def is_valid_on(self, day) -> bool:
        return (self.starts_on is None or self.starts_on <= day) and (
            self.ends_on is None or self.ends_on >= day
        )


def ends_after_start(name: str) -> models.CheckConstraint:
    """The constraint every dated model carries."""
    return models.CheckConstraint(
        condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
        name=name,
        violation_error_message="Ngày kết thúc không được trước ngày bắt đầu.",
    )


class DatedTree(Dated):
    """A node with a parent and a path; the path is written when the node is saved."""

    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name="thuộc", related_name="children", null=True, blank=True
    )
    path = models.CharField("đường dẫn", max_length=200, editable=False, db_collation="C", default="")

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        """Saves the node and writes its path; a moved node takes its subtree along.

        Paths are read from the database, not from memory, where they may be older than a move.
        """
        with transaction.atomic():
            old = self.path = self._stored_path(self.pk)
            above = self._path_under_parent(old)
            super().save(*args, **kwargs)
            new = f"{above}{self.pk}/"
            if old == new:
                return
            self.path = new
            rows = type(self)._base_manager
            if old:
                rows.filter(path__startswith=old).update(
                    path=Concat(models.Value(new), Substr("path", len(old) + 1))
                )
            else:
                rows.filter(pk=self.pk).update(path=new)

    def clean(self):
        """Raises ValidationError where the node would stand under itself."""
        super().clean()
        self._path_under_parent(self._stored_path(self.pk))

    def _stored_path(self, key) -> str:
        rows = type(self)._base_manager
        return rows.filter(pk=key).values_list("path", flat=True).first() or "" if key else ""

    def _path_under_parent(self, own: str) -> str:
        above = self._stored_path(self.parent_id) if self.parent_id else "/"
        if own and above.startswith(own):
            raise ValidationError({"parent": "Không thể đặt dưới chính nó hoặc dưới cấp của nó."})
        return above
