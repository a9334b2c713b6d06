"""Receive first, apply after: what is authentic is kept and answered before anybody looks at what it says.

    receive(id, raw, by=user, device="7F3KM2")      the answer's status and words (`Answer`)
    apply_envelope(id)                              writes it down once, or keeps it for a person to look at
    settle(id, data, by=user)                       the same with the fields that a person put right

Sent twice it is one row. An envelope is applied in one transaction together with its state, under a lock, and
its rows take their keys from its own: a server that is killed anywhere in between writes it down once, later.
"""

import hashlib
import logging
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pghistory
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import override

from portal.accounts.models import User
from portal.field import sealing, tickets
from portal.field.captures import Capture, Done, Refused, Work, all_captures
from portal.field.models import MOST_CLASHES, Clash, Envelope, SealingKey, make_receipt
from portal.limits import allow
from portal.organization.models import Place

logger = logging.getLogger(__name__)
LATEST = timedelta(days=30)  # a ticket that was copied is not good for ever
MOST_TRIES = 5  # of an envelope at which the portal itself breaks: then a person sees it
STALE = timedelta(minutes=2)  # received and not applied: whoever should have, died
BROKEN = "Máy chủ gặp lỗi khi ghi phiếu này. Báo Tỉnh Đoàn mã phiếu; phiếu được giữ nguyên."
REVOKED = "Tài khoản của người ghi đã bị thu hồi. Hỏi lại đội, rồi ghi vào sổ hoặc bỏ phiếu."
AFTER_SESSION = "Phiếu ghi sau khi phiên làm việc đã hết. Hỏi lại người ghi, rồi ghi vào sổ hoặc bỏ."
ELSEWHERE = "Phiếu mở ở nơi này nhưng lưu khi máy đã đổi sang nơi khác. Xem đúng nơi nào rồi ghi vào sổ."
UNKNOWN_SLIP = "Phiếu loại này máy chủ chưa biết, có thể do trang trên máy mới hơn. Báo Tỉnh Đoàn."
TAKEN = "Trong sổ đã có điều này từ trước, do người khác ghi. Xem lại rồi sửa hoặc bỏ phiếu."
GONE = "Người, sạp hoặc lượt hẹn của phiếu này không còn, hoặc không ở nơi đó. Xem lại rồi sửa hoặc bỏ."
PARENT_DROPPED = "Phiếu chính của ảnh này đã bỏ."
NO_PARENT = "Ảnh đã tới mà phiếu chính chưa tới. Tìm phiếu trong hộp gửi của máy đã chụp."
OFTEN = "Nhiều phiếu trong một giờ quá. Đội trưởng xem phiếu này có đúng không, rồi ghi vào sổ hoặc bỏ phiếu."
GIVEN_UP = "Quá 90 ngày không ai xử lý"
LATE = "Phiếu gửi tới quá muộn sau ngày ghi. Hỏi lại người ghi, rồi ghi vào sổ hoặc bỏ."
ASIDE = (REVOKED, AFTER_SESSION, LATE, ELSEWHERE)  # to be known beside whatever is wrong with the fields
SENDS = {"limit": 3000, "seconds": 3600}  # of one sender: a relay may bring the day of a whole team
LOOKS = {"limit": 300, "seconds": 3600}  # of one author, in slips that say whether somebody is in the book
ALONE = timedelta(days=7)  # how long a photo waits for its slip before a person hears of it
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


# --- receive -----------------------------------------------------------------------------------------------


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
        if not (is_shaped and _are_pairs(words.get("fields", []))):
            raise sealing.NotAnEnvelope
        return _Slip(ticket, kind, version, at, is_odd, practises, uuid.UUID(str(of)) if of else None)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise sealing.NotAnEnvelope from error


def _are_pairs(fields) -> bool:
    """Whether these are names with values: what a form can be made of, today and on the page of review.

    Raises UnicodeEncodeError for text that can be no UTF-8, half of a pair of surrogates.
    """
    if not (isinstance(fields, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in fields)):
        return False
    "".join(str(text) for pair in fields for text in pair).encode()
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


# --- apply -------------------------------------------------------------------------------------------------


def apply_envelope(id: uuid.UUID) -> Envelope:
    """Writes a received envelope down, or holds it for a person; what is past that stays as it is."""
    try:
        is_often = _is_often(id)
        with transaction.atomic():
            row = Envelope.objects.select_for_update().get(pk=id)
            if row.state == Envelope.State.RECEIVED and is_often:
                row.hold(Envelope.State.REVIEW, OFTEN)
            elif row.state == Envelope.State.RECEIVED:
                _apply(row)
        return row
    except (
        Exception
    ):  # our own fault: the envelope is safe, the tablet has its answer, somebody reads the log
        logger.exception("an envelope could not be applied")
        return _count_failure(id)


def apply_waiting() -> int:
    """What was received and never tried to the end, as when a server was killed; how many were closed."""
    waiting = Envelope.objects.waiting().filter(received_at__lt=timezone.now() - STALE)
    keys = waiting.order_by("received_at").values_list("pk", flat=True)
    return sum(apply_envelope(key).state in Envelope.FINISHED for key in list(keys))


def apply_photos(row: Envelope) -> None:
    """The photos that came before their slip was written down, also those that were given up."""
    if row.state not in Envelope.FINISHED or row.of:
        return
    photos = Envelope.objects.photos_of(row)
    photos.stuck().filter(problem=NO_PARENT).update(state=Envelope.State.RECEIVED, problem="")
    for key in photos.waiting().values_list("pk", flat=True):
        apply_envelope(key)


def settle(id: uuid.UUID, data: QueryDict, *, by) -> tuple[Envelope, object]:
    """Writes a held envelope down with what a person put right; gives it and the form, whose errors say why
    not. The form is None where there is nothing to put right any more.

    Author and moment stay those of the tablet.
    """
    try:
        with transaction.atomic():
            row = Envelope.objects.select_for_update().get(pk=id)
            form = _settle(row, data, by=by)
    except Exception:  # our own fault: the envelope is held as before, and what was typed comes back
        logger.exception("a held envelope could not be applied")
        row = Envelope.objects.get(pk=id)
        return row, unchecked(all_captures()[row.kind].form(work_of(row), data), BROKEN)
    apply_photos(row)
    return row, form


def _settle(row: Envelope, data: QueryDict, *, by):
    capture = all_captures().get(row.kind)
    if capture is None or row.state not in Envelope.STUCK:
        return None
    work = work_of(row)
    form = capture.form(work, data)
    if form.is_valid():
        _write(row, capture, work, form, by=by)
        if row.state not in Envelope.FINISHED:
            form.add_error(None, row.problem)
    return form


def unchecked(form, sentence: str):
    """The form as it was filled in, with this as its only error: nothing is looked up."""
    form._errors, form.cleaned_data = ErrorDict(), {}
    form.add_error(None, sentence)
    return form


def drop_given_up() -> int:
    """For the nightly work: drops what nobody looked at in 90 days; how many."""
    keys = list(Envelope.objects.given_up().values_list("pk", flat=True))
    return sum(drop(key, by=None, why=GIVEN_UP).state == Envelope.State.DROPPED for key in keys)


def drop(id: uuid.UUID, *, by, why: str) -> Envelope:
    """Not written down, for a reason; what was applied meanwhile stays."""
    with transaction.atomic():
        row = Envelope.objects.select_for_update().get(pk=id)
        if row.state in Envelope.STUCK:
            row.close(Envelope.State.DROPPED, by=by, problem=why)
    apply_photos(row)
    return row


def work_of(row: Envelope) -> Work:
    """Who recorded it, where and when; in practice at the place that is nowhere."""
    place = Place.objects.get(is_practice=True) if row.is_practice else row.place
    return Work(
        by=row.author, place=place, at=row.at, id=row.pk, device=row.device, is_practice=row.is_practice,
        is_later=True,
    )  # fmt: skip


def fields_of(words: dict) -> QueryDict:
    """The fields of a slip as `request.POST` would hold them."""
    data = QueryDict(mutable=True)
    for name, value in words.get("fields", []):
        data.appendlist(str(name), str(value))
    return data


def _is_often(id: uuid.UUID) -> bool:
    """Whether its author has looked too many people up by slips; counted before any transaction."""
    row = Envelope.objects.waiting().filter(pk=id).only("kind", "author").first()
    capture = all_captures().get(row.kind) if row else None
    return bool(capture and capture.secrets) and not allow("envelope_looks", str(row.author_id), **LOOKS)


def _apply(row: Envelope) -> None:
    row.tries += 1
    content = row.open()
    if row.of:
        return _apply_photo(row, content.photo)
    capture = all_captures().get(row.kind)
    if capture is None or row.version > capture.version:
        return row.hold(Envelope.State.REVIEW, UNKNOWN_SLIP)
    if not User.objects.filter(pk=row.author_id, is_active=True).exists():
        return row.hold(Envelope.State.QUARANTINE, REVOKED)
    if problem := _why_not(row, content.words):
        return row.hold(Envelope.State.REVIEW, problem)
    work = work_of(row)
    form = capture.form(work, capture.upgraded(fields_of(content.words), row.version))
    if not form.is_valid():
        return row.hold(Envelope.State.REVIEW, " ".join(f"{one.message.rstrip('.')}." for one in form.faults))
    return _write(row, capture, work, form)


def _why_not(row: Envelope, words: dict) -> str:
    ticket = tickets.read(words["ticket"])
    if row.at > ticket.until:
        return AFTER_SESSION
    if row.received_at > ticket.until + LATEST:
        return LATE
    made_for = words.get("place")
    return ELSEWHERE if made_for and str(made_for) != str(ticket.place) and not row.is_practice else ""


def _write(row: Envelope, capture: Capture, work: Work, form, *, by=None) -> None:
    """One savepoint: what is refused in the middle leaves nothing behind but the envelope."""
    try:
        with transaction.atomic(), _as(by or row.author), override("vi"):
            done = capture.apply(work, form)
    except Refused as refusal:
        row.hold(Envelope.State.REVIEW, str(refusal))
    except IntegrityError:
        row.hold(Envelope.State.REVIEW, TAKEN)
    except ObjectDoesNotExist:
        row.hold(Envelope.State.REVIEW, GONE)
    else:
        row.close(Envelope.State.APPLIED, by=by, done=done)


def _as(user):
    """The history says who it was: the author, or who put it right, not the colleague who sent it."""
    return pghistory.context(user=user.pk)


def _apply_photo(row: Envelope, photo: bytes) -> None:
    """Once its slip is written down; until then it waits with it, and that is no failed try."""
    parent = Envelope.objects.filter(pk=row.of, author=row.author_id).first()
    if parent is None and row.received_at < timezone.now() - ALONE:
        return row.hold(Envelope.State.REVIEW, NO_PARENT)
    if parent is None or parent.state not in Envelope.FINISHED:
        return None
    if parent.state == Envelope.State.DROPPED:
        return row.close(Envelope.State.DROPPED, problem=PARENT_DROPPED)
    capture = all_captures().get(parent.kind)
    try:
        with transaction.atomic(), _as(row.author):
            done = capture.photo(work_of(row), parent.rows, photo) if capture and capture.photo else Done()
    except ValueError as error:  # Refused, or a picture that is none: a sentence each
        return row.hold(Envelope.State.REVIEW, str(error))
    except ObjectDoesNotExist:
        return row.hold(Envelope.State.REVIEW, GONE)
    return row.close(Envelope.State.APPLIED, done=done)


def _count_failure(id: uuid.UUID) -> Envelope:
    with transaction.atomic():
        row = Envelope.objects.select_for_update().get(pk=id)
        if row.state == Envelope.State.RECEIVED:
            row.tries += 1
            row.save(update_fields=["tries"])
            if row.tries >= MOST_TRIES:
                row.hold(Envelope.State.REVIEW, BROKEN)
    return row
