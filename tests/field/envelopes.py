"""Envelopes as a tablet makes them, for tests of what becomes of them."""

import uuid
from datetime import datetime, timedelta

from django.utils import timezone

from portal.field import receiving, sealing, tickets
from portal.field.models import SealingKey
from portal.field.receiving import Answer
from portal.organization.models import Place

LOGGED_IN = timedelta(minutes=10)  # how long before the slip the tablet got its ticket
SESSION = timedelta(hours=8)


def make_envelope(
    kind: str,
    fields,
    *,
    by,
    place: Place,
    at: datetime | None = None,
    id: uuid.UUID | None = None,
    device: str = "7F3KM2",
    version: int = 1,
    photo: bytes = b"",
    of: uuid.UUID | None = None,
    practice: bool = False,
    opened_at: Place | None = None,
    clock_ahead: timedelta = timedelta(),
    until: datetime | None = None,
) -> tuple[uuid.UUID, bytes]:
    """(UUID, sealed bytes) of a slip that `by` filled in at `place`.

    `fields` is a dict, with a list where a name comes several times, or a list of pairs. `at` is the true
    moment, now by default; the tablet's clock is ahead of it by `clock_ahead`. With `photo` it is a picture
    of the slip `of`. `opened_at` is the place the page was kept for, `until` the end of the session.
    """
    id, at = id or uuid.uuid4(), at or timezone.now()
    since = at - LOGGED_IN
    ticket = tickets.Ticket(by.pk, place.pk, device, practice, since, until or since + SESSION)
    words = {
        "ticket": tickets.dump(ticket),
        "ticket_at": _ms(since + clock_ahead),
        "at": _ms(at + clock_ahead),
        "kind": kind,
        "version": version,
        "place": str((opened_at or place).pk),
        "fields": list(_pairs(fields)),
    }
    if practice:
        words["practice"] = True
    if of:
        words["of"] = str(of)
    key = SealingKey.objects.current()
    return id, sealing.seal_envelope(words, id=id, key_id=key.id, public=bytes(key.public), photo=photo)


def send(
    kind: str, fields, *, by, place: Place, sent_by=None, sent_from: str = "7F3KM2", **more
) -> tuple[uuid.UUID, Answer]:
    """(UUID, answer) of a slip that was filled in by `by` and sent, by `sent_by` if somebody else did."""
    id, raw = make_envelope(kind, fields, by=by, place=place, **more)
    return id, receiving.receive(id, raw, by=sent_by or by, device=sent_from)


def send_photo(photo: bytes, *, of: uuid.UUID, by, place: Place, **more) -> tuple[uuid.UUID, Answer]:
    """(UUID, answer) of a picture that belongs to the slip `of`."""
    return send("photo", {}, by=by, place=place, photo=photo, of=of, **more)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _pairs(fields):
    for name, value in fields.items() if isinstance(fields, dict) else fields:
        for one in value if isinstance(value, list | tuple) else [value]:
            yield [name, str(one)]
