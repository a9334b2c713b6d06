"""A slip for tests of the outbox itself, which knows none: a note; writing it down makes one `Refusal`."""

import uuid
from datetime import timedelta

from django import forms
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from portal.field import sealing, tickets
from portal.field.captures import Capture, Done, Refused, Work
from portal.field.models import SealingKey
from portal.forms import Form
from portal.privacy.models import Notice, Refusal
from tests.field.envelopes import make_envelope

KIND = "note"
BREAKS, REFUSED, TAKEN, REMARK = "máy chủ hỏng", "không ghi được", "đã có", "có điều cần biết"
WHY_NOT = "Chỗ này đã ghi rồi, xem lại rồi sửa."
OLDER = timedelta(days=1)


class NoteForm(Form):
    """A line of at most 20 letters, and a number that nobody is shown again."""

    words = forms.CharField(label="Lời ghi", max_length=20)
    number = forms.CharField(label="Số kín", max_length=20, required=False)


def apply(work: Work, form: NoteForm) -> Done:
    said = form.cleaned_data["words"]
    notice = Notice.objects.current("markets")
    words = {"notice": notice, "place": work.place, "by": work.by, "at": work.at}
    row = Refusal.objects.record(**words, id=work.key("note"))
    if said == BREAKS:
        raise RuntimeError(said)
    if said == REFUSED:
        raise Refused(WHY_NOT)
    if said == TAKEN:
        raise IntegrityError(said)
    return Done([row], flag="Sạp này có hai người bán." if said == REMARK else "")


NOTE = Capture(
    KIND,
    "Ghi chú mẫu",
    "Để thử",
    "doc",
    lambda work, data=None, files=None: NoteForm(data),
    apply,
    template="note.html",
    secrets=frozenset({"number"}),
)


def post(client, id, raw: bytes, **headers):
    """What the server answers to an envelope, as the tablet's script sends it."""
    address = reverse("envelope_receive", args=[id])
    return client.post(address, raw, content_type="application/octet-stream", **headers)


def write(client, words: str = "Bà con bận", **more):
    """Fills in a note and sends it: its UUID, and the answer."""
    id, raw = make_envelope(KIND, {"words": words, **more.pop("fields", {})}, **more)
    return id, post(client, id, raw)


def sealed(words: dict, *, id=None, key=None, photo=b"") -> tuple[uuid.UUID, bytes]:
    """An envelope with this line of JSON, whatever it says."""
    id, key = id or uuid.uuid4(), key or SealingKey.objects.current()
    return id, sealing.seal_envelope(words, id=id, key_id=key.id, public=bytes(key.public), photo=photo)


def line(by, place, **changed) -> dict:
    """What a tablet writes into an envelope now, with changes."""
    now = timezone.now()
    ticket = tickets.Ticket(by.pk, place.pk, "7F3KM2", False, now, now + timedelta(hours=8))
    ms = round(now.timestamp() * 1000)
    words = {"ticket": tickets.dump(ticket), "ticket_at": ms, "at": ms, "kind": KIND, "version": 1}
    return words | {"place": place.pk, "fields": [["words", "Bà con bận"]]} | changed
