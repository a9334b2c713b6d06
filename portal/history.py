"""History of records by triggers (django-pghistory): it sees bulk updates and raw SQL too."""

from dataclasses import dataclass
from datetime import datetime

import pghistory
from django.contrib.auth import get_user_model
from django.utils import timezone

HIDDEN = "••••"


def tracked(*left_out: str):
    """Class decorator: keeps every version of a row, with the acting user.

    Left out, beside what is named: columns the database derives, tree paths, sealed values, so that no number
    outlives its row (an account is never overwritten: a changed one is a new row).
    """

    def decorate(model):
        derived = [
            field.name
            for field in model._meta.local_fields
            if field.generated or field.name == "path" or getattr(field, "is_sealed", False)
        ]
        return pghistory.track(exclude=[*derived, *left_out])(model)

    return decorate


@dataclass(frozen=True)
class Version:
    """One state of a row: when and by whom (None: a job, or the command line), and what changed, in words."""

    at: datetime
    user: object | None
    is_first: bool
    changes: list[tuple[str, str, str]]  # label, before, after


def versions(row, *, is_clear: bool = False) -> list[Version]:
    """Every version of a tracked row, the newest first; what may only be revealed stays hidden.

    `is_clear` hides nothing: for the copy that a person gets of their own data.

    The number of queries does not grow with the versions: one, and one for each related model.
    """
    events = list(row.events.select_related("pgh_context").order_by("pgh_id"))
    fields = [field for field in row._meta.concrete_fields if events and hasattr(events[0], field.attname)]
    people = get_user_model().objects.in_bulk({_actor(event) for event in events} - {None})
    names = {field: _names(field, events) for field in fields if field.is_relation}
    told, before = [], None
    for event in events:
        changes = []
        for field in fields:
            old, new = (getattr(one, field.attname, None) for one in (before, event))
            if old != new and not field.primary_key:
                hides = field.name in getattr(row, "reveals", ()) and not is_clear
                words = [_words(field, value, names.get(field), hides) for value in (old, new)]
                changes.append((field.verbose_name, *words))
        told.append(Version(event.pgh_created_at, people.get(_actor(event)), before is None, changes))
        before = event
    return told[::-1]


def _actor(event) -> int | None:
    """The user's key, as `portal.accounts.middleware.HistoryMiddleware` put it into the context."""
    return event.pgh_context.metadata.get("user") if event.pgh_context else None


def _names(field, events) -> dict:
    keys = {getattr(event, field.attname) for event in events} - {None}
    return field.remote_field.model._base_manager.in_bulk(keys)


def rewrite(model, keys, **values) -> None:
    """Puts values into all versions of rows: what a person had deleted stands in no older version either."""
    model.pgh_event_model.objects.filter(pgh_obj_id__in=list(keys)).update(**values)


def _words(field, value, names: dict | None, hides: bool = False) -> str:
    if value in (None, ""):
        return ""
    if hides:
        return HIDDEN
    if names is not None:
        return str(names.get(value, value))
    if isinstance(value, dict):
        value = [f"{key}: {_words(field, one, None)}" for key, one in value.items()]
    if isinstance(value, list):
        return ", ".join(_words(field, one, None) for one in value)
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%H:%M %d-%m-%Y}"
    if hasattr(value, "strftime"):
        return f"{value:%d-%m-%Y}"
    return str(dict(field.flatchoices).get(value, value))
