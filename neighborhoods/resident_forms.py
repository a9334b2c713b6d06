"""The screens about a person: consent, who it is, who leaves."""

import uuid
from dataclasses import dataclass
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from neighborhoods import idcards, practice
from neighborhoods.consents import CONTACT, NUMBER
from neighborhoods.models import Resident
from neighborhoods.models.residents import LEAST_AGE
from portal.forms import TOO_MANY_LOOKS, Form
from portal.limits import allow
from portal.phones import normalize_phone, why_no_phone
from portal.privacy.models import Consent
from portal.text import clean_text

LOOKS = {
    "limit": 120,
    "seconds": 3600,
}  # thirty people an hour, each looked up a few times
OLDEST = 125  # years


class ConsentForm(Form):
    """One unticked box a purpose. What cannot be done without is said, never ticked for the person."""

    WITHOUT = "bấm nút ở dưới"  # what to do for who does not agree to what is needed

    purposes = forms.ModelMultipleChoiceField(
        None,
        label="Bà con đồng ý",
        widget=forms.CheckboxSelectMultiple,
        help_text="Hỏi từng điều, gật điều nào thì đánh dấu điều đó.",
        error_messages={"required": "Đánh dấu điều bà con đồng ý; không đồng ý thì bấm nút không ghi tên"},
    )
    how = forms.ChoiceField(
        label="Đồng ý bằng cách nào", choices=Consent.How, widget=forms.RadioSelect, initial="screen"
    )
    paper_number = forms.CharField(
        label="Số phiếu giấy", max_length=40, required=False, help_text="Chỉ ghi khi bà con ký phiếu giấy."
    )

    def __init__(self, *args, purposes, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["purposes"].queryset = purposes

    def clean_purposes(self):
        ticked = self.cleaned_data["purposes"]
        missing = self.fields["purposes"].queryset.filter(is_needed=True).exclude(pk__in=ticked)
        if missing:
            raise ValidationError(f"Không có điều “{missing[0].words}” thì không ghi tên: {self.WITHOUT}")
        return ticked

    def clean(self):
        data = super().clean()
        if data.get("how") == Consent.How.SCREEN:
            data["paper_number"] = ""
        elif data.get("how") and not data.get("paper_number"):
            self.add_error("paper_number", "Nhập số phiếu giấy bà con đã ký")
        return data


# --- birth -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Birth:
    """A day, or only its year."""

    on: date | None
    year: int | None


class BirthBoxes(forms.MultiWidget):
    """Day, month, year; posted as `birth_day`, `birth_month`, `birth_year`."""

    template_name = "neighborhoods/birth.html"
    LABELS = {"day": "Ngày", "month": "Tháng", "year": "Năm"}

    def __init__(self):
        most = {"day": 2, "month": 2, "year": 4}
        boxes = {
            name: forms.TextInput({"inputmode": "numeric", "maxlength": most[name]}) for name in self.LABELS
        }
        super().__init__(boxes, attrs={"class": "num w-s"})

    def decompress(self, value):
        """Boxes as they come are a list (Django), so what the book has comes as `Birth`."""
        return [value.on and value.on.day, value.on and value.on.month, value.year] if value else [None] * 3

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        for box, label in zip(context["widget"]["subwidgets"], self.LABELS.values(), strict=True):
            box["label"] = label
        return context

    def use_required_attribute(self, initial):
        return False  # day and month may stay empty


class BirthField(forms.Field):
    """The Birth of somebody who is old enough to be registered; `is_child` else, as error code.

    `asked_on` is the day of the question, today by default.
    """

    widget = BirthBoxes
    asked_on = None

    def clean(self, value) -> Birth:
        day, month, year = (clean_text(part or "") for part in value)
        if not year:
            raise ValidationError("Nhập năm sinh; không nhớ ngày, tháng thì để trống hai ô đó")
        if not (year.isascii() and year.isdigit() and len(year) == 4):
            raise ValidationError("Năm sinh gồm bốn chữ số, ví dụ 1958")
        if bool(day) != bool(month):
            raise ValidationError("Ghi đủ cả ngày và tháng, hoặc để trống cả hai")
        on, today = _day(day, month, year) if day else None, self.asked_on or timezone.localdate()
        if not today.year - OLDEST <= int(year) <= today.year or (on and on > today):
            raise ValidationError("Xem lại năm sinh")
        _refuse_child(on, int(year), today)
        return Birth(on, int(year))


def _day(day: str, month: str, year: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except (ValueError, OverflowError):
        raise ValidationError(f"Không có ngày {day}-{month}-{year}: xem lại ngày và tháng") from None


def _refuse_child(on: date | None, year: int, today: date) -> None:
    age = today.year - year - bool(on and (on.month, on.day) > (today.month, today.day))
    if age < LEAST_AGE:
        raise ValidationError(f"Chưa đủ {LEAST_AGE} tuổi thì không ghi tên, chỉ đếm", code="is_child")
    if age == LEAST_AGE and not on:
        raise ValidationError(f"Sinh năm {year} có thể chưa đủ {LEAST_AGE} tuổi: ghi cả ngày và tháng")


# --- who ---------------------------------------------------------------------------------------------------

IN_REACH = "Số này đã có trong sổ ở đây: về trang Giúp ai?, tìm theo 4 số cuối rồi ghi tiếp cho người đó"
ELSEWHERE = (
    "Số này đã có trong sổ, ở tổ khác hoặc đã thôi ở tổ: "
    "nhờ Đoàn xã, phường xem giúp, nếu ở xã, phường khác thì nhờ Tỉnh Đoàn; hôm nay ghi lượt không tên"
)
SAME_NAME = "Ở đây đã có người trùng tên, trùng năm sinh: về trang Giúp ai?, tìm theo tên trước khi ghi mới"
PRACTICE_CARD = "Đây là thẻ mẫu. Muốn tập thì bấm Tập làm trước, rồi quét lại"


class PersonForm(Form):
    """What may be known of a person, by what they agreed to.

    `purposes` they agreed to (codes), or may agree to on this very screen; `groups` one may live in; `people`
    among whom the same name and year is looked for, `book` in which an identity number stands once; `asker`
    is who types, maybe for practice.
    """

    group = forms.ModelChoiceField(None, label="Tổ", empty_label="Chọn tổ")
    name = forms.CharField(
        label="Họ, chữ đệm và tên", max_length=80, help_text="Giữ nguyên dấu, không viết hoa cả tên."
    )
    birth = BirthField(label="Ngày sinh", help_text="Ví dụ 27 3 1958. Chỉ biết năm thì để trống ngày, tháng.")
    sex = forms.ChoiceField(label="Giới tính", choices=Resident.Sex, widget=forms.RadioSelect, required=False)
    number = forms.CharField(
        label="Số định danh",
        max_length=40,
        required=False,
        help_text="12 chữ số trên thẻ căn cước. Lưu niêm kín, chỉ để khỏi ghi trùng.",
    )
    is_as_on_card = forms.BooleanField(label="Đúng như trên thẻ", required=False)
    phone_kind = forms.ChoiceField(
        label="Điện thoại", choices=Resident.PhoneKind, widget=forms.RadioSelect, required=False
    )
    phone = forms.CharField(label="Số điện thoại", max_length=20, required=False)
    house = forms.CharField(
        label="Số nhà", max_length=40, required=False, help_text="Ví dụ 12/3 Lê Lợi: để đi theo thứ tự nhà."
    )

    def __init__(self, *args, groups, people, book, asker, is_practice, purposes=(NUMBER, CONTACT), **kwargs):
        self.people, self.book, self.asker, self.is_practice = people, book, asker, is_practice
        self.oddities = []
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = groups
        self.fields["name"].widget.attrs.update(autocapitalize="words", spellcheck="false")
        self.fields["house"].widget.attrs.update({"spellcheck": "false", "class": "w-m"})
        self.fields["number"].widget.attrs.update({"inputmode": "numeric", "class": "num w-m"})
        self.fields["phone"].widget.attrs.update({"inputmode": "tel", "class": "num w-m"})
        unasked = [] if NUMBER in purposes else ["number", "is_as_on_card"]
        unasked += [] if CONTACT in purposes else ["phone_kind", "phone"]
        for name in unasked:
            del self.fields[name]

    def clean_number(self):
        typed = self.cleaned_data["number"]
        number = idcards.tidy(typed)
        if typed and not number:
            count = sum(letter.isdigit() for letter in typed)
            raise ValidationError(f"Số định danh có 12 chữ số, đang có {count}. Không có thì để trống")
        if practice.is_card(number) and not self.is_practice:
            raise ValidationError(PRACTICE_CARD)
        return number

    def clean_phone(self):
        phone = self.cleaned_data["phone"]
        if phone and (why := why_no_phone(phone)):
            raise ValidationError(why)
        return normalize_phone(phone) or ""

    def clean(self):
        data = super().clean()
        if data.get("phone") and data.get("phone_kind") in ("", Resident.PhoneKind.NONE):
            self.add_error("phone_kind", "Đã ghi số thì chọn máy của mình hay dùng chung")
        if data.get("number"):
            self._compare(data)
        self._look(data)
        return data

    def _compare(self, data) -> None:
        """Number against sex and year: asked about once, then as the card says."""
        year = data["birth"].year if "birth" in data else None
        self.oddities = idcards.oddities(data["number"], sex=data.get("sex", ""), year=year)
        if self.oddities and not data["is_as_on_card"]:
            self.add_error("is_as_on_card", " ".join([*self.oddities, "Xem lại thẻ: sửa, hoặc đánh dấu."]))

    def _look(self, data) -> None:
        """Whether another row has the number."""
        if data.get("number") and self._may_look():
            self._refuse_known_number(data["number"])

    def _may_look(self) -> bool:
        """Counted by who asks, or whoever holds a list of numbers could learn who of them is in the book."""
        is_allowed = allow("resident_look", str(self.asker.pk), **LOOKS)
        if not is_allowed:
            self.add_error("name", ValidationError(TOO_MANY_LOOKS, code="often"))
        return is_allowed

    def _refuse_known_number(self, number: str) -> bool:
        """Says what to do, by whether the other row can be found from here; never whose it is."""
        is_known = self.book.with_number(number).exists()
        if is_known:
            self.add_error("number", IN_REACH if self.people.with_number(number).exists() else ELSEWHERE)
        return is_known

    @property
    def is_child(self) -> bool:
        """Whether it is somebody who is only counted."""
        return self.has_error("birth", "is_child")

    @property
    def words(self) -> dict:
        """What `Resident.set_words` takes: only what was asked; `number` None leaves it as it is."""
        data = self.cleaned_data
        asked = {name: data[name] for name in ("name", "sex", "phone_kind", "phone") if name in data}
        birth = {"birth_on": data["birth"].on, "birth_year": data["birth"].year}
        return {**asked, **birth, "house": data["house"], "number": data.get("number") or None}


class NewForm(PersonForm):
    """Somebody new. `id` is made with the page, so that a double tap is one person."""

    NAMESAKE = SAME_NAME  # what to do where somebody of this name and year is there

    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    is_other = forms.BooleanField(label="Là người khác, ghi mới", required=False)

    def __init__(self, *args, **kwargs):
        self.is_known, self.is_namesake, self.advice = None, False, ""
        super().__init__(*args, **kwargs)

    def _look(self, data) -> None:
        """“Đã có chưa?”, by the number, else by name and year: `is_known`, None where there is too little."""
        number, has_name = data.get("number"), "name" in data and "birth" in data
        if not (number or has_name) or not self._may_look():
            return
        if number and self._refuse_known_number(number):
            self.is_known, self.advice = True, self.errors.get("number", [""])[0]
        elif has_name:
            words = {"name": data["name"], "birth_year": data["birth"].year, "phone": data.get("phone", "")}
            namesakes = self.people.same_person(**words)
            self.is_known = self.is_namesake = namesakes.exists()
            self.advice = self.NAMESAKE if self.is_known else ""
            if self.is_known and not self._is_told_apart(data, namesakes):
                self.add_error("is_other", self.NAMESAKE)
        else:
            self.is_known = False

    def _is_told_apart(self, data, namesakes) -> bool:
        """Whether somebody looked, and said who it is."""
        return data["is_other"]

    @property
    def is_too_often(self) -> bool:
        return self.has_error("name", "often")


class ChangeForm(PersonForm):
    """What is put right of somebody in the book; an empty number keeps the one there is."""

    drops_number = forms.BooleanField(label="Bỏ số đang lưu", required=False)

    def __init__(self, *args, resident, **kwargs):
        initial = {
            "group": resident.group_id, "name": resident.name, "sex": resident.sex,
            "birth": Birth(resident.birth_on, resident.birth_year), "phone_kind": resident.phone_kind,
            "phone": resident.phone, "house": resident.household and resident.household.house,
        }  # fmt: skip
        super().__init__(*args, initial=initial, **kwargs)
        if "number" in self.fields:
            self.fields["number"].help_text = "Để trống thì giữ số đang lưu; gõ 12 chữ số để thay."
        if not resident.last_four:
            del self.fields["drops_number"]

    @property
    def words(self) -> dict:
        is_dropped = self.cleaned_data.get("drops_number") and not self.cleaned_data.get("number")
        return {**super().words, **({"number": ""} if is_dropped else {})}


class LeaveForm(Form):
    """Why somebody is no longer in the group."""

    REASONS = [Resident.Leaving.MOVED, Resident.Leaving.DIED, Resident.Leaving.MISTAKE]
    why = forms.ChoiceField(
        label="Chuyện gì xảy ra?",
        choices=[(reason.value, reason.label) for reason in REASONS],
        widget=forms.RadioSelect,
    )
