"""The forms of the slips: the screens of the field pages put together, for when there is no network.

A whole stall is one page there, and nothing was looked up before: that a stall is taken, or that the book has
a person already, comes out when the slip is applied, and is asked about on the page that mends it.
"""

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from markets import vietqr
from markets.forms import (
    ConsentForm,
    FollowUpForm,
    ReadAccountForm,
    StallForm,
    TypedAccountForm,
    VendorForm,
)
from markets.labels import label_part, stall_number
from markets.models import CardCheck, Tenancy
from markets.onboarding import CONTACT, PROGRAMME
from markets.round_forms import CARD_IN_SIGHT, LONGEST, PICTURES, shows_identity_card
from portal.field.captures import OLD_PHONE, label_by
from portal.forms import Form
from portal.phones import modern_phone
from portal.printing.reading import PictureError, evidence_jpeg, read_picture
from portal.privacy.models import Notice, Purpose


class AsRead(forms.PasswordInput):
    """A hidden field that the camera fills in. Letter by letter: other fields tidy up what they get."""

    input_type = "hidden"

    def __init__(self):
        super().__init__(render_value=True)


# --- a whole stall -----------------------------------------------------------------------------------------


class ScannedAccountForm(ReadAccountForm):
    """The holder of the account whose code the camera read on the same page."""

    sealed = None

    def __init__(self, *args, payload: str, **kwargs):
        self.payload = payload
        super().__init__(*args, **kwargs)

    def clean(self):
        data = super().clean()
        try:
            code = vietqr.decode(self.payload)
        except vietqr.VietQRError as error:
            raise ValidationError(str(error)) from None
        if code.amount:
            raise ValidationError("Mã quét có sẵn số tiền, chỉ dùng được một lần. Xin chủ sạp mã khác")
        self.refuse_used(code.bin, code.account)
        is_plain = vietqr.encode(bin=code.bin, account=code.account) == self.payload
        data |= {"bin": code.bin, **({"number": code.account} if is_plain else {"payload": self.payload})}
        return data


class VendorSlipForm(StallForm, ConsentForm, VendorForm):
    """Stall, consent, vendor and, where it is at hand, the account. `paid` is the account as
    `Tenancy.replace_account` takes it, or nothing.
    """

    SCANNED, TYPED, LATER = "scanned", "typed", "later"
    ACCOUNT = {  # the fields here, and what they are called in the account's own form
        "bin": "bin",
        "account_number": "number",
        "account_number_again": "number_again",
        "is_shared": "is_shared",
        "holder": "holder",
    }

    notice = forms.ModelChoiceField(
        Notice.objects.filter(programme=PROGRAMME),
        label="Lời xin phép",
        required=False,
        widget=forms.HiddenInput,
    )
    payload = forms.CharField(label="Mã đã quét", required=False, strip=False, widget=AsRead)
    account = forms.ChoiceField(
        label="Ghi tài khoản theo",
        choices=[
            (SCANNED, "Mã vừa quét"),
            (TYPED, "Ngân hàng và số gõ ở trên"),
            (LATER, "Chưa có tài khoản, ghi sau"),
        ],
        required=False,
        widget=forms.RadioSelect,
        help_text="Không chọn thì ghi theo chỗ đã điền.",
    )
    field_order = [
        "row", "number", "goods", "notice", "purposes", "how", "paper_number", "name", "phone", "known",
        "sign", "payload", *ACCOUNT, "account",
    ]  # fmt: skip

    def __init__(self, *args, work, market, **kwargs):
        self.work, self.paid = work, {}
        self.is_in_use = self.is_phone_left_out = False
        mine = Tenancy.objects.filter(pk=work.key("tenancy")).first() if work.id else None
        screens = {"market": market, "asks_phone": True, "asker": work.by, "tenancy": mine}
        screens["purposes"] = Purpose.objects.filter(programme=PROGRAMME)
        super().__init__(*args, **screens, **kwargs)
        self.initial.setdefault("notice", notice_at(work))
        self.fields["phone"].help_text = "Chỉ ghi khi chủ sạp cho gọi lại; không có cũng được."
        words = "Đánh dấu điều chủ sạp đồng ý; chủ sạp không muốn ghi tên thì bỏ phiếu này"
        self.fields["purposes"].error_messages["required"] = words
        self._add_account_fields()
        label_by(self, row="plain", number="plain", name="initials", account_number="last3")

    def _add_account_fields(self) -> None:
        screen = TypedAccountForm(tenancy=None)
        for name, own in self.ACCOUNT.items():
            self.fields[name] = screen.fields[own]
            self.fields[name].required = False
        self.order_fields(self.field_order)

    def refuse_taken(self, row: str, number: str) -> bool:
        """A stall without a vendor is gone on with; whether it has one is seen when the slip is applied."""
        return False

    def clean_phone(self):
        """Nobody's number is kept, or looked for, who did not agree to be called."""
        purposes = self.cleaned_data.get("purposes") or []
        if not any(purpose.pk == CONTACT for purpose in purposes):
            self.is_phone_left_out = bool(self.cleaned_data["phone"])
            return ""
        if self.work.is_later and modern_phone(self.cleaned_data["phone"]):
            raise ValidationError(OLD_PHONE)
        return super().clean_phone()

    def _may_look(self) -> bool:
        """Nobody reads the answer to an envelope, so there is nothing to count."""
        return self.work.is_later or super()._may_look()

    def clean(self):
        data = super().clean()
        way = data.get("account") or self._way_filled_in()
        if way != self.LATER:
            self._clean_account(way)
        return data

    @property
    def code(self) -> str:
        """What the camera read."""
        return self.data.get("payload", "")[:LONGEST]

    def _way_filled_in(self) -> str:
        is_typed = any(self.data.get(name) for name in self.ACCOUNT if name != "is_shared")
        return self.SCANNED if self.code else self.TYPED if is_typed else self.LATER

    def _clean_account(self, way: str) -> None:
        sent = {own: self.data.get(name, "") for name, own in self.ACCOUNT.items()}
        if way == self.TYPED:
            screen = TypedAccountForm(sent, tenancy=self.tenancy)
        elif self.code:
            screen = ScannedAccountForm(sent, tenancy=self.tenancy, payload=self.code)
        else:
            return self.add_error("account", "Chưa quét được mã nào: quét lại, gõ số, hoặc chọn ghi sau")
        if screen.is_valid():
            wanted = ("bin", "number", "payload", "holder")
            self.paid = {name: screen.cleaned_data[name] for name in wanted if name in screen.cleaned_data}
        self._refuse_other_number(way, sent["number"])
        self.is_in_use = screen.is_in_use
        self._take_over(screen.errors.as_data())

    def _refuse_other_number(self, way: str, typed: str) -> None:
        """Both were filled in and nobody said which: they must be the same account."""
        if way == self.SCANNED and typed and self.paid and not self.cleaned_data.get("account"):
            digits = "".join(letter for letter in typed if letter.isalnum())
            if digits.upper() != vietqr.decode(self.code).account.upper():
                self.add_error("account", "Mã quét và số gõ là hai tài khoản khác nhau: chọn một cách")

    def _take_over(self, faults: dict) -> None:
        names = {own: name for name, own in self.ACCOUNT.items()} | {NON_FIELD_ERRORS: "payload"}
        for own, errors in faults.items():
            if names[own] not in self.errors:
                self.add_error(names[own], errors)


def notice_at(work) -> Notice | None:
    """The words that were to be read aloud on the day of the slip."""
    return Notice.objects.current(PROGRAMME, on=work.day)


# --- at a stall that is there ------------------------------------------------------------------------------


class WhereForm(Form):
    """Row and number of a stall: both, or neither."""

    row = forms.CharField(label="Dãy", max_length=8, required=False, help_text="Như trên biển chợ, ví dụ B.")
    number = forms.CharField(label="Số sạp", max_length=8, required=False, help_text="Ví dụ 7 hoặc 12A.")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("row", "number"):
            self.fields[name].widget.attrs.update(autocapitalize="characters", spellcheck="false")
        self.fields["number"].widget.attrs["class"] = "w-s"
        label_by(self, row="plain", number="plain")

    def clean_row(self):
        return label_part(self.cleaned_data["row"]) if self.cleaned_data["row"] else ""

    def clean_number(self):
        return stall_number(self.cleaned_data["number"]) if self.cleaned_data["number"] else ""

    def clean(self):
        data = super().clean()
        if bool(data.get("row")) != bool(data.get("number")) and not self.errors:
            self.add_error("number" if data.get("row") else "row", "Ghi cả dãy và số sạp")
        return data

    @property
    def where(self) -> dict:
        """What `StallQuerySet.with_label` takes; nothing where no stall was named."""
        named = {name: self.cleaned_data[name] for name in ("row", "number")}
        return named if all(named.values()) else {}


class FollowUpSlipForm(WhereForm, FollowUpForm):
    """What was found after 7 or 30 days, at a stall or at the visit whose page was open."""

    visit = forms.UUIDField(required=False, widget=forms.HiddenInput)
    field_order = ["visit", "row", "number", "of_ten", "has_internet", "problem"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("row", "number"):
            self.fields[name].required = not self.data.get("visit")

    @property
    def found(self) -> dict:
        """What `FollowUp.mark_done` takes."""
        data = self.cleaned_data
        return {
            "transfer_percent": data["of_ten"] * 10,
            "has_internet": data["has_internet"],
            "problem": data["problem"],
        }


class CardCheckSlipForm(WhereForm):
    """One look at a card: the code that the camera read, or a picture, or that nothing can be read.

    A picture out of an envelope comes by itself, after: then there is only a word of it here (`photo`, or
    `picture` from the page of one card), and what it shows is read when it is there. `id` is the look's own,
    where the page had made one.
    """

    id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    card = forms.UUIDField(required=False, widget=forms.HiddenInput)
    payload = forms.CharField(label="Mã đã quét", required=False, strip=False, widget=AsRead)
    photo = forms.FileField(
        label="Ảnh chụp thẻ",
        required=False,
        help_text="Thấy hai mã, hoặc camera không đọc được thì chụp: thấy cả thẻ lẫn mã dán cạnh.",
        widget=PICTURES,
    )
    is_unreadable = forms.BooleanField(
        label="Camera không đọc được mã", help_text="Có ảnh thì máy chủ đọc lại trong ảnh.", required=False
    )
    field_order = ["id", "card", "row", "number", "payload", "photo", "is_unreadable"]

    def clean_photo(self):
        photo = self.cleaned_data["photo"]
        if not photo:
            return b""
        content = photo.read()
        try:
            evidence_jpeg(content)
        except PictureError as error:
            raise ValidationError(str(error)) from None
        return content

    def clean(self):
        data = super().clean()
        self.seen = self._seen(data)
        if shows_identity_card(self.seen["texts"]):
            self.add_error("photo" if data.get("photo") else None, CARD_IN_SIGHT)
        elif not self.seen["texts"] and not self._is_left_open(data) and not self.errors:
            self.add_error(None, "Quét mã, chụp ảnh thẻ, hoặc đánh dấu không đọc được")
        if not self.seen["texts"] and not self.errors and not self.where and not data.get("card"):
            self.add_error("row", "Không có mã thì ghi dãy và số sạp, để biết đó là thẻ nào")
        return data

    def _seen(self, data: dict) -> dict:
        """What was read, as `StallCard.mark_checked` takes it."""
        if code := self.data.get("payload", "")[:LONGEST]:
            return {"texts": [code], "way": CardCheck.Way.CAMERA}
        if data.get("photo"):
            return {"texts": read_picture(data["photo"]), "way": CardCheck.Way.PHOTO}
        is_awaited = self._has_photo_after()
        return {"texts": [], "way": CardCheck.Way.PHOTO if is_awaited else CardCheck.Way.CAMERA}

    def _is_left_open(self, data: dict) -> bool:
        """Whether there may be no code: nothing can be read, or there is a picture that shows none."""
        return bool(data.get("is_unreadable") or data.get("photo") or self._has_photo_after())

    def _has_photo_after(self) -> bool:
        return bool(self.data.get("photo") or self.data.get("picture"))
