"""What the outbox holds on people: under seal, what waits for a person, and for a week what was written down.

Which person a slip is about, nothing outside says: whoever is looked for is looked for in what was filled in,
opened one after the other: all that is not finished or has a remark that nobody has seen, and of the rest
the newest 5,000 that keep their content, which they do for a week. Where a week brings more, the older ones
are not looked through.
"""

import re
from collections.abc import Iterable

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from portal.field import contents
from portal.field.models import Clash, Envelope
from portal.folding import fold_ascii
from portal.phones import normalize_phone
from portal.privacy.masking import mask_name
from portal.privacy.personal import GONE, Asked, Personal, Told, Watch, traces_told, watched

NEWEST = 5000  # finished ones that are opened: two milliseconds each
CHUNK = 200  # that are in memory at once
LEAST = 6  # digits of a number that is looked for
# What the slips call that which says who somebody is; the rest is choices, days and counts.
NAMING = {"name", "phone", "number", "sign", "holder", "account_number", "payload", "house", "paper_number"}
ERASED = "Xóa theo yêu cầu của người được ghi."


def find(asked: Asked, user):
    """By what was filled in: all words of a name in one field, or the digits of a phone or number."""
    tests, keys = _tests(asked), []
    if tests:
        rows = Envelope.objects.visible_to(user).with_content().filter(of=None).order_by("-received_at")
        rows = rows.select_related("key").prefetch_related("clashes")
        for some in (rows.unfinished(), rows.flagged(), rows.finished()[:NEWEST]):
            keys += [row.pk for row in some.iterator(chunk_size=CHUNK) if _is_about(row, tests)]
    return listed(Envelope.objects.filter(pk__in=set(keys)))


def _tests(asked: Asked) -> list:
    """Functions of one field's text, each of which tells whether it is the person's."""
    words = set(_words(asked.name))
    phone = normalize_phone(asked.phone) or asked.phone
    wanted = [text for text in (_letters(phone)[-9:], _letters(asked.number)) if len(text) >= LEAST]
    tests = [lambda text: words <= set(_words(text))] if words else []
    return tests + [lambda text, number=number: number in _letters(text) for number in wanted]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", fold_ascii(text).lower())


def _letters(text: str) -> str:
    """Without spaces, dots and whatever else stands between digits."""
    return "".join(_words(text))


def _is_about(row: Envelope, tests: list) -> bool:
    return any(test(text) for _name, text in contents.fields(row) for test in tests)


def listed(rows):
    return rows.select_related("key", "place__unit", "author")


def hint(row: Envelope) -> tuple[str, str]:
    name = next((text for field, text in contents.fields(row) if field == "name"), "")
    where = f"{row.title} {row.receipt}, {row.place}, ghi {_clock(row.at)}"
    return mask_name(name), f"{where} · {row.get_state_display()}"


def tell(row: Envelope) -> Told:
    told: Told = [
        ("Phiếu", f"{row.title} {row.receipt}, {row.get_state_display()}"),
        ("Ghi lúc", row.at),
        ("Nơi ghi", str(row.place)),
        ("Người ghi", str(row.author)),
        ("Người gửi", str(row.sent_by)),
        ("Hệ thống nhận lúc", row.received_at),
        *contents.told(row),
        ("Vì sao chưa ghi vào sổ", row.problem),
        ("Kết quả", row.words),
        ("Lưu ý", row.flag),
        ("Số ảnh kèm", str(_photos(row).filter(sealed__isnull=False).count() or "")),
    ]
    return told + traces_told([row])


def names(row: Envelope) -> list[str]:
    return [text for name, text in contents.fields(row) if name in NAMING]


def erase(row: Envelope, *, by) -> None:
    """What waits is dropped; the content goes, with photos and what was refused. The receipt stays."""
    both = Q(pk=row.pk) | Q(pk__in=_photos(row).values("pk"))
    for one in Envelope.objects.select_for_update().filter(both):
        if one.state not in Envelope.FINISHED:
            one.close(Envelope.State.DROPPED, by=by, problem=ERASED)
        one.sealed, one.words, one.flag = None, "", ""
        one.save(update_fields=["sealed", "words", "flag"])
    Clash.objects.filter(envelope=row.pk).forget()


def _photos(row: Envelope):
    return Envelope.objects.photos_of(row)


def forget_said(texts: Iterable[str]) -> None:
    """Takes out of what the portal said about slips whatever names one of these, volunteers too."""
    for text in texts:
        Envelope.objects.filter(problem__icontains=text).update(problem=GONE)
        Envelope.objects.filter(flag__icontains=text).update(flag="")
        Envelope.objects.filter(words__icontains=text).update(words="")


def made(watch: Watch):
    """What was filled in on a tablet, whoever sent it; it could not be read there again."""
    rows = Envelope.objects.filter(of=None, is_practice=False)
    return [("Ghi phiếu trên máy", watched(rows, watch, by="author", at="at", device="device"))]


def _clock(at) -> str:
    return f"{timezone.localtime(at):%H:%M %d-%m-%Y}"


PERSONAL = [
    Personal(
        Envelope,
        "Phiếu từ máy",
        find=find,
        hint=hint,
        tell=tell,
        names=names,
        erase=erase,
        goes="Nội dung phiếu và ảnh kèm mất hẳn, phiếu đang chờ thì bỏ. Ở lại mã nhận, ai ghi, ai gửi, lúc"
        " nào.",
        unit=lambda row: row.place.unit,
        href=lambda row: reverse("review", args=[row.pk]),
        made=made,
        listed=listed,
    )
]
