"""The screens of a round: what was read at a card, what came of a report, a picture as evidence."""

import re
import uuid

from django import forms
from django.core.exceptions import ValidationError

from markets.models import CardCheck, FalseCardReport
from portal.forms import Form
from portal.printing.reading import PictureError, evidence_jpeg, read_picture

LONGEST = 4300  # characters; no QR code holds more
PICTURES = forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})
IDENTITY_CARD = re.compile(r"\d{12}\|")  # how its code begins (domain: field work)
CARD_IN_SIGHT = "Trong ảnh có mã thẻ căn cước. Cất thẻ đi rồi chụp lại, chỉ chụp thẻ sạp."


def shows_identity_card(texts: list[str]) -> bool:
    """Whether one of these codes is that of an identity card: nothing of such a picture is kept."""
    return any(IDENTITY_CARD.match(text) for text in texts)


class LookForm(Form):
    """One look at a card: a code that the camera read on the page (`scanned`), or a picture.

    `id` is made with the page, so that the form sent twice is one look.
    """

    id = forms.UUIDField(widget=forms.HiddenInput)
    picture = forms.FileField(
        label="Ảnh chụp thẻ",
        help_text="Chụp cả thẻ, thấy cả mã dán cạnh nếu có. Ảnh khớp xem xong là bỏ, không lưu.",
        widget=PICTURES,
    )

    def __init__(self, *args, scanned: str = "", **kwargs):
        super().__init__(*args, **{"initial": {"id": uuid.uuid4()}, **kwargs})
        self.scanned = scanned[:LONGEST]
        self.fields["picture"].required = not scanned
        self.seen = {}  # what was read, as `StallCard.mark_checked` takes it

    def clean(self):
        data = super().clean()
        if self.scanned:
            self.seen = {"texts": [self.scanned], "way": CardCheck.Way.CAMERA}
        elif data.get("picture"):
            photo = data["picture"].read()
            try:
                self.seen = {"texts": read_picture(photo), "way": CardCheck.Way.PHOTO, "photo": photo}
            except PictureError as error:
                self.add_error("picture", str(error))
        if shows_identity_card(self.seen.get("texts", [])):
            self.seen = {}
            self.add_error("picture", CARD_IN_SIGHT)
        return data


class EvidenceForm(Form):
    """A picture of a strange code that only the camera has read so far."""

    picture = forms.FileField(
        label="Ảnh mã lạ", help_text="Thấy cả thẻ và mã lạ. Ảnh được giữ kín, làm chứng.", widget=PICTURES
    )

    def clean_picture(self):
        photo = self.cleaned_data["picture"].read()
        try:
            evidence_jpeg(photo)
            texts = read_picture(photo)
        except PictureError as error:
            raise ValidationError(str(error)) from None
        if shows_identity_card(texts):
            raise ValidationError(CARD_IN_SIGHT)
        return photo


class OutcomeForm(Form):
    """What was found where somebody had reported a false card."""

    outcome = forms.ChoiceField(
        label="Kết quả", choices=FalseCardReport.Outcome.choices, widget=forms.RadioSelect
    )
