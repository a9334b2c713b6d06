"""Receive first: what is authentic is kept and answered before anybody looks at what it says.

    receive(id, raw, by=user, device="7F3KM2")      the answer's status and words (`Answer`)

Sent twice it is one row. Writing it down comes after: `portal.field.applying`.
"""

import hashlib
import logging
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.field import sealing, tickets
from portal.field.applying import apply_envelope, apply_photos
from portal.field.models import MOST_CLASHES, Clash, Envelope, SealingKey, make_receipt
from portal.limits import allow

logger = logging.getLogger(__name__)
SENDS = {"limit": 3000, "seconds": 3600}  # of one sender: a relay may bring the day of a whole team
MOST_VERSION = 1000


@dataclass(frozen=True)
class Answer:
    """What the tablet hears. Only 200 with the same id and hash lets it forget its copy."""

    status: int
    words: dict = field(default_factory=dict)


@dataclass(frozen=True)
class _Slip:
    """What an envelope says about itself, checked for shape."""

    ticket: tickets.Ticket
    kind: str
    version: int
    at: datetime
    is_clock_odd: bool
    is_practice: bool
    of: uuid.UUID | None


def may_send(user) -> bool:
    """Counts one envelope of a sender, wherever it comes from."""
    return allow("envelopes", str(user.pk), **SENDS)


def receive(id: uuid.UUID, raw: bytes, *, by, device: str = "") -> Answer:
    """Keeps an authentic envelope, whatever it says, and tries to apply it.

    200 kept, 400 not one of ours, 409 another content under this UUID (kept as evidence; the answer is the
    same for everybody and says nothing about the first), 413 too large.
    """
    if len(raw) > sealing.most(raw):
        return Answer(413, {"error": "large"})
    sha256 = hashlib.sha256(raw).hexdigest()
    row = Envelope.objects.filter(pk=id).first() or _keep(id, raw, sha256, by=by, device=device)
    if row is None:
        return Answer(400, {"error": "unreadable"})
    if row.sha256 != sha256:
        _keep_clash(row, raw, sha256, by=by, device=device)
        return Answer(409, {"error": "clash"})
    if row.state == Envelope.State.RECEIVED:
        row = apply_envelope(row.pk)
        apply_photos(row)
    return Answer(200, _receipt(row, by))


def _keep(id, raw: bytes, sha256: str, *, by, device: str) -> Envelope | None:
    """The row of a new envelope, committed; None for what does not open or has no ticket of ours."""
    key = SealingKey.objects.filter(id=sealing.key_id(raw)).first()
    try:
        if key is None:
            raise sealing.NotAnEnvelope
        content = sealing.open_envelope(raw, id=id, private=key.private.open_bytes())
        slip = _slip(content.words)
        if bool(content.photo) != bool(slip.of):
            raise sealing.NotAnEnvelope
    except (sealing.NotAnEnvelope, tickets.NoTicket) as error:
        logger.warning("an envelope of %d bytes does not open: %s", len(raw), type(error).__name__)
        return None
    words = {
        "code": make_receipt(id), "kind": slip.kind, "version": slip.version, "sealed": raw, "sha256": sha256,
        "key": key, "of": slip.of, "author_id": slip.ticket.user, "place_id": slip.ticket.place,
        "device": slip.ticket.device, "at": slip.at, "is_clock_odd": slip.is_clock_odd,
        "is_practice": slip.is_practice, "sent_by": by, "sent_from": device,
    }  # fmt: skip
    try:
        with transaction.atomic():
            return Envelope.objects.create(id=id, **words)
    except IntegrityError:  # the other of two tabs, by a moment
        return Envelope.objects.get(pk=id)


def _slip(words: dict) -> _Slip:
    """Raises NoTicket without a ticket of ours; NotAnEnvelope where the rest has another shape."""
    ticket = tickets.read(str(words.get("ticket", "")))
    try:
        kind, version, of = words["kind"][:24], int(words["version"]), words.get("of")
        at, is_odd = _moment(ticket, int(words["at"]), int(words["ticket_at"]))
        practises = ticket.is_practice or bool(words.get("practice"))
        is_shaped = isinstance(kind, str) and kind.isprintable() and 1 <= version <= MOST_VERSION
        if not (is_shaped and are_pairs(words.get("fields", []))):
            raise sealing.NotAnEnvelope
        return _Slip(ticket, kind, version, at, is_odd, practises, uuid.UUID(str(of)) if of else None)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise sealing.NotAnEnvelope from error


def are_pairs(fields) -> bool:
    """Whether these are names with values: what a form can be made of, today and on the page of review."""
    if not (isinstance(fields, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in fields)):
        return False
    try:
        "".join(str(text) for pair in fields for text in pair).encode()
    except UnicodeEncodeError:  # half of a pair of surrogates
        return False
    return True


def _moment(ticket: tickets.Ticket, at: int, ticket_at: int) -> tuple[datetime, bool]:
    """When it was, and whether the tablet's clock was moved meanwhile.

    Both are milliseconds of the tablet's clock, which may be wrong: what counts is how much later than the
    ticket it was filled in, and the server knows when it gave that out.
    """
    now = datetime.now(UTC)
    said = ticket.since + timedelta(milliseconds=at - ticket_at)
    inside = min(max(said, ticket.since), now)
    return inside, abs(said - inside) > timedelta(minutes=5)


def _keep_clash(row: Envelope, raw: bytes, sha256: str, *, by, device: str) -> None:
    if row.clashes.count() < MOST_CLASHES:
        words = {"sealed": raw, "sent_by": by, "sent_from": device}
        Clash.objects.get_or_create(envelope=row, sha256=sha256, defaults=words)


def _receipt(row: Envelope, by) -> dict:
    """What came of it is for its author alone; who sends it for them hears that it is here."""
    told = {
        "id": str(row.pk),
        "sha256": row.sha256,
        "code": row.receipt,
        "at": f"{timezone.localtime(row.received_at):%H:%M}",
        "state": row.state,
    }
    came = {"words": row.words, "flag": row.flag, "href": row.href}
    return told | came if row.author_id == by.pk else told
