"""Apply after: what was received is written down once, or kept for a person to look at.

    apply_envelope(id)                              writes it down, or holds it with a sentence that says why
    settle(id, data, by=user)                       the same with the fields that a person put right
    drop(id, by=user, why="…")                      not written down

An envelope is applied in one transaction together with its state, under a lock, and its rows take their keys
from its own: a server that is killed anywhere in between writes it down once, later.
"""

import logging
import uuid
from datetime import timedelta

import pghistory
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import override

from portal.accounts.models import User
from portal.field import tickets
from portal.field.captures import Capture, Done, Refused, Work, all_captures
from portal.field.models import Envelope
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
LOOKS = {"limit": 300, "seconds": 3600}  # of one author, in slips that say whether somebody is in the book
ALONE = timedelta(days=7)  # how long a photo waits for its slip before a person hears of it


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
