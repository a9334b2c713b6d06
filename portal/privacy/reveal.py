"""Showing a sealed value whole: who may, which values, and the line in the read log that comes before it.

A model says in `reveals` which of its fields may be shown and which method reads each, like
`{"number": "clear_number"}`; its rows come through `visible_to`. Nothing else can be revealed.
"""

from dataclasses import dataclass

from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.http import Http404

from portal.privacy.masking import mask_number
from portal.privacy.models import ReadLog


@dataclass(frozen=True)
class Hidden:
    """One value of one row that somebody in reach may ask to see."""

    row: models.Model
    field: str

    @property
    def words(self) -> str:
        """What the value is, for people: the field's name."""
        return str(self.row._meta.get_field(self.field).verbose_name)

    @property
    def masked(self) -> str:
        return mask_number(self._read())

    def show(self, *, to, reason: str, request_id: str = "") -> str:
        """The clear value; the read log has its line before it is opened, or nothing is shown."""
        with transaction.atomic():
            write_down(self.row, self.field, to=to, reason=reason, request_id=request_id)
            return self._read()

    def _read(self) -> str:
        return getattr(self.row, self.row.reveals[self.field])()


def write_down(row: models.Model, field: str, *, to, reason: str, request_id: str = "") -> None:
    """The line in the read log for a value of a row that is about to be shown to somebody."""
    label, key = row._meta.label_lower, str(row.pk)
    ReadLog.objects.create(user=to, model=label, row=key, field=field, reason=reason, request_id=request_id)


def find(user, label: str, key: str, field: str) -> Hidden:
    """The value that `label` (`app.model`), key and field name.

    Raises Http404 where there is no such value in the user's reach, PermissionDenied where the user's roles
    reveal nothing of this kind.
    """
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):
        raise Http404 from None
    if field not in getattr(model, "reveals", {}):
        raise Http404
    if not user.has_perm(f"{model._meta.app_label}.reveal_{model._meta.model_name}"):
        raise PermissionDenied
    try:
        row = model.objects.visible_to(user).filter(pk=key).first()
    except (ValueError, ValidationError):
        raise Http404 from None
    if row is None:
        raise Http404
    return Hidden(row, field)
