"""A whole market's cards as one file: ordered on a page, set and checked by the worker in chunks.

A run may be cut off anywhere and begun again. The stalls are written down first, a stall's live card is made
once, and cards count as printed in the same transaction that keeps the file.
"""

from collections.abc import Iterator
from itertools import islice

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from procrastinate.contrib.django import app
from typst import TypstError

from markets import sheets
from markets.cards import CardFace, CardMismatch, checked_sheet_pdf
from markets.models import PrintJob, Stage, Stall, StallCard, Unconfirmed
from portal.printing import typesetting

CHUNK = 20  # faces set, checked and told at once; 40 were a tenth faster and took 45 MB more
# What a single bad record makes of itself: no account, no bank, a broken seal, words that cannot be set.
RECORD_ERRORS = (ObjectDoesNotExist, LookupError, ValueError, TypstError)
UNCONFIRMED = "Chưa đọc lại tên và số cuối cho chủ sạp nghe."
NO_ACCOUNT = "Không còn tài khoản nhận tiền."
VANISHED = "Sạp đã bị xóa khỏi sổ sau khi đặt lượt in."
UNREADABLE = "Tài khoản đã ghi không thành mã được. Ghi lại tài khoản của sạp."
UNSETTABLE = "Tên hoặc chữ trên thẻ không xếp vừa khổ thẻ này."
OVERTAKEN = "Thẻ {serial} có trong tệp nhưng vừa hết hiệu lực. Bỏ thẻ này, in thẻ mới của sạp."


def stalls_for(market, *, row: str = "", goods=None, only_unprinted: bool = True):
    """The open stalls with an account whose cards a job would print."""
    stalls = Stall.objects.in_market(market).open().order_by("label")
    stalls = stalls.in_row(row) if row else stalls
    stalls = stalls.selling(goods) if goods else stalls
    return stalls.at_stage(Stage.PRINT) if only_unprinted else stalls.not_at_stage(Stage.ACCOUNT)


def papers(count: int) -> dict[str, int]:
    """How many A4 sheets some cards need, by kind of sheet."""
    return {sheet: -(-count // len(layout.places)) for sheet, layout in sheets.LAYOUTS.items()}


def order(market, *, by, sheet: str, row: str = "", goods=None, only_unprinted: bool = True) -> PrintJob:
    """Leaves the job to the worker, a market's in turn. Raises IntegrityError where the same one is open."""
    wanted = {"row": row, "goods": goods, "only_unprinted": only_unprinted}
    with transaction.atomic():
        total = stalls_for(market, **wanted).count()
        job = PrintJob.objects.create(market=market, made_by=by, sheet=sheet, total=total, **wanted)
        task = app.configure_task(PrintJob.TASK, lock=f"{PrintJob.TASK} {market.pk}")
        task.defer(job_id=str(job.pk))
    return job


def run(job: PrintJob) -> None:
    """Prints an open job from its beginning; what cannot be printed is named and left out."""
    wanted = {"row": job.row, "goods": job.goods, "only_unprinted": job.only_unprinted}
    keys = [] if job.stalls else list(stalls_for(job.market, **wanted).values_list("pk", flat=True))
    job.mark_started(stalls=keys)
    files, cards, problems = [], [], []
    ready = _ready(job.stalls, problems)
    at_once = CHUNK // len(sheets.LAYOUTS[job.sheet].places[0])
    while chunk := list(islice(ready, at_once)):
        file, printed = _chunk(job, chunk, problems)
        files += [file] if file else []
        cards += printed
        job.tell(done=len(cards), problems=problems)
    _finish(job, files, cards, problems)


def _ready(keys: list, problems: list[dict]) -> Iterator[Stall]:
    """The stalls whose cards may be printed, in their order; the others go to `problems`."""
    for start in range(0, len(keys), CHUNK):
        chunk = keys[start : start + CHUNK]
        found = Stall.objects.with_progress().in_bulk(chunk)
        for key, stall in ((key, found.get(key)) for key in chunk):
            if stall is None:
                problems.append({"stall": str(key), "label": "", "problem": VANISHED})
                continue
            account = stall.tenancy.account if stall.tenancy else None
            if account and account.confirmed_at:
                yield stall
            else:
                problems.append(_problem(stall, UNCONFIRMED if account else NO_ACCOUNT))


def _chunk(job: PrintJob, stalls: list[Stall], problems: list[dict]) -> tuple[bytes | None, list[StallCard]]:
    """The sheets of some stalls and their cards; begun again without each that turns out bad."""
    while stalls:
        try:
            with transaction.atomic():
                return _set(job, stalls)
        except _Bad as bad:
            problems.append(_problem(bad.stall, bad.sentence))
            stalls = [stall for stall in stalls if stall != bad.stall]
    return None, []


class _Bad(Exception):
    """One stall's card cannot be printed, and why."""

    def __init__(self, stall: Stall, sentence: str):
        super().__init__(sentence)
        self.stall, self.sentence = stall, sentence


def _set(job: PrintJob, stalls: list[Stall]) -> tuple[bytes, list[StallCard]]:
    """Makes the cards that are missing and sets all; raises _Bad for the first that fails."""
    cards, faces = [], []
    Stall.objects.hold([stall.pk for stall in stalls])
    for stall in stalls:
        try:
            card = StallCard.objects.make_for(stall, by=job.made_by)
            faces.append(sheets.face(card))
        except Unconfirmed as error:  # another account since the stall was looked at
            raise _Bad(stall, UNCONFIRMED) from error
        except RECORD_ERRORS as error:
            raise _Bad(stall, NO_ACCOUNT if isinstance(error, ObjectDoesNotExist) else UNREADABLE) from error
        cards.append(card)
    try:
        return _sheet(job, faces), cards
    except RECORD_ERRORS as error:
        place, sentence = _culprit(job, faces, error)
        raise _Bad(stalls[place], sentence) from error


def _sheet(job: PrintJob, faces: list[CardFace]) -> bytes:
    layout = sheets.LAYOUTS[job.sheet]
    return checked_sheet_pdf(faces, demo=settings.DEMO, layout=layout, title=f"Thẻ sạp, {job.market}")


def _culprit(job: PrintJob, faces: list[CardFace], error: Exception) -> tuple[int, str]:
    """Which card it is, and what to say; raises `error` where each is fine by itself."""
    for place, face in enumerate(faces):
        if isinstance(error, CardMismatch) and error.serial == face.serial:
            return place, error.problem[:1].upper() + error.problem[1:]
        if not isinstance(error, CardMismatch):
            try:
                _sheet(job, [face])
            except RECORD_ERRORS:
                return place, UNSETTABLE
    raise error


def _finish(job: PrintJob, files: list[bytes], cards: list[StallCard], problems: list[dict]) -> None:
    """Keeps the file and counts its cards as printed, both or neither."""
    pdf = typesetting.joined(files) if files else None
    with transaction.atomic():
        printed = StallCard.objects.filter(pk__in=[card.pk for card in cards])
        printed.mark_printed(by=job.made_by)
        void = printed.exclude(void_at=None).select_related("stall")
        problems += [_problem(card.stall, OVERTAKEN.format(serial=card.serial)) for card in void]
        if not job.mark_done(pdf=pdf, done=len(cards), problems=problems):
            transaction.set_rollback(True)


def _problem(stall: Stall, sentence: str) -> dict:
    return {"stall": stall.key, "label": stall.label, "problem": sentence}
