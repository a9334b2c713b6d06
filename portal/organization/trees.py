"""Dated trees: rows that begin and end, stand under a parent, and pass on to successors.

`path` holds the keys from the root down (`/1/57/204/`): a subtree is one prefix, never a list of ids.
"""

from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Concat, Substr
from django.utils import timezone


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
        """Saves the node and writes its path; a moved node takes its subtree along."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            old, new = self.path, f"{self.parent.path if self.parent_id else '/'}{self.pk}/"
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
