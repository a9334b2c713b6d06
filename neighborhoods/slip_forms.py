"""The forms of what can be filled in without network: the screens of a visit, each on one page of its own.

They take a `portal.field.captures.Work`: it may be of another day, its author's shift may be over, and nobody
may be there to answer. What only the book can tell is looked up here, so that whoever puts a slip right reads
the reason at the field. Keys of online pages (`page`, `id`, `resident` …) come where such a page was sealed
because the network was lost; on the pages of the slips themselves they are empty.
"""

import uuid

from django import forms
from django.core.exceptions import ValidationError

from neighborhoods import consents, idcards, working
from neighborhoods.consents import CONTACT, NUMBER
from neighborhoods.models import DeskSession, FollowUp, Resident, Step, Tally
from neighborhoods.resident_forms import LOOKS, ConsentForm, NewForm
from neighborhoods.visit_forms import FollowUpForm, StepsForm, UnnamedForm, VisitForm
from portal.field.captures import OLD_PHONE, label_by
from portal.forms import TOO_MANY_LOOKS, Form
from portal.limits import allow
from portal.phones import modern_phone
from portal.privacy.models import Notice
from portal.text import format_date

MOST_COUNTED = 20  # people on one slip of a desk
UNNAMED_SLIP = "ghi ở phiếu “Giúp không ghi tên”"
# A kept page has no choice but these, and a chosen one cannot be taken back but by another.
ANSWERS = [*StepsForm.OUTCOMES, ("", "Không ghi")]


def steps_of(work):
    """What could be helped with on the day of a slip."""
    return Step.objects.valid_on(work.day)


def _choose_group(form, groups, *, is_practice: bool) -> None:
    """Asks for the group only where there are several, or where another one was sent.

    Who practises without network does so on the kept page of a real place: the group is the one of practice.
    """
    only = groups[0] if len(groups) == 1 else None
    form.fields["group"].disabled = is_practice
    if only and (is_practice or not form.is_bound or form.data.get("group") == str(only.pk)):
        form.fields["group"].initial = only.pk
        form.fields["group"].widget = forms.HiddenInput()
    form.only_group = only


# --- somebody new ------------------------------------------------------------------------------------------


class ResidentSlip(ConsentForm, NewForm, StepsForm):
    """Consent, person and what was done, all at once.

    `saved` is whom this very slip was written down as before, `same` who has the number already, `dropped`
    what was filled in without a yes to it: it is never looked up, and not kept.
    """

    OUTCOMES = ANSWERS
    WITHOUT = UNNAMED_SLIP
    NAMESAKE = "Ở đây đã có người trùng tên, trùng năm sinh: đánh dấu là người đó, hay là người khác"

    id = None  # a kept page would send the same one again and again: the slip has its own
    notice = forms.ModelChoiceField(
        Notice.objects.filter(programme=consents.PROGRAMME),
        label="Lời xin phép",
        required=False,
        widget=forms.HiddenInput,
    )
    is_same = forms.BooleanField(label="Là người đó, ghi lượt giúp cho người đó", required=False)

    field_order = ["purposes", "how", "paper_number"]

    def __init__(self, work, data, files=None):
        groups, people = working.groups_for(work), working.residents_for(work)
        everywhere = Resident.objects.named().filter(is_practice=False)
        self.work, self.saved, self.same, self.dropped = work, None, None, []
        super().__init__(
            data, purposes=consents.purposes(), groups=groups, people=people,
            book=people if work.is_practice else everywhere, asker=work.by, is_practice=work.is_practice,
            steps=list(steps_of(work)),
        )  # fmt: skip
        self.initial.setdefault("notice", consents.notice(on=work.day))
        unticked = f"Đánh dấu điều bà con đồng ý; không đồng ý thì {UNNAMED_SLIP}"
        self.fields["purposes"].error_messages["required"] = unticked
        self.fields["number"].help_text += " Bà con không đồng ý ghi số thì số quét được cũng bỏ."
        self.fields["phone"].help_text = "Chỉ ghi khi bà con đồng ý."
        self.fields["is_as_on_card"].help_text = "Đã so số, giới tính, năm sinh với thẻ."
        self.fields["birth"].asked_on = work.day
        self.fields["birth"].widget.widgets[2].attrs["required"] = True
        _choose_group(self, groups, is_practice=work.is_practice)
        label_by(self, name="initials", number="last3")

    def find_again(self) -> None:
        """Looks who was written down: by this slip, or with this number; somebody may have been just now.

        Whoever has the number is no namesake.
        """
        key, number = self.work.key("resident"), self.cleaned_data.get("number")
        self.saved = self.people.filter(pk=key, recorded_by=self.work.by).first()
        by_number = self.people.with_number(number).first() if number and not self.saved else None
        if by_number:
            self.same, self.is_namesake = by_number, False

    def clean_number(self):
        return super().clean_number() if self._agreed(NUMBER, "number") else ""

    def clean_phone_kind(self):
        return self.cleaned_data["phone_kind"] if self._agreed(CONTACT) else ""

    def clean_phone(self):
        if not self._agreed(CONTACT, "phone"):
            return ""
        if self.work.is_later and modern_phone(self.cleaned_data["phone"]):
            raise ValidationError(OLD_PHONE)
        return super().clean_phone()

    def _agreed(self, purpose: str, name: str = "") -> bool:
        is_agreed = any(one.pk == purpose for one in self.cleaned_data.get("purposes", ()))
        if name and self.cleaned_data[name] and not is_agreed:
            self.dropped.append(name)
        return is_agreed

    def _look(self, data) -> None:
        self.saved = self.people.filter(pk=self.work.key("resident"), recorded_by=self.work.by).first()
        if self.saved is None:
            super()._look(data)

    def _may_look(self) -> bool:
        return self.work.is_later or super()._may_look()

    def _refuse_known_number(self, number: str) -> bool:
        """The same card a second time is the same person: no second row, and nothing to refuse.

        Asked in this order: whoever is written down in between is found, or met as the row is written.
        """
        if not self.book.with_number(number).exists():
            return False
        self.same = self.people.with_number(number).first()
        return self.same is not None or super()._refuse_known_number(number)

    def _is_told_apart(self, data, namesakes) -> bool:
        """Also the same number does, of who was written down a moment after it was looked for."""
        self.find_again()
        if self.same:
            return True
        if data["is_same"] and not data["is_other"]:
            found = list(namesakes[:2])
            self.same = found[0] if len(found) == 1 else None
        return data["is_other"] or self.same is not None


# --- somebody in the book ----------------------------------------------------------------------------------

NOBODY = "Ghi số định danh, hoặc họ tên và năm sinh của người được giúp"
NO_SUCH_NUMBER = "Chưa thấy số này trong sổ ở đây: gõ lại số, hoặc bỏ số rồi tìm theo họ tên và năm sinh"
NO_SUCH_NAME = (
    "Chưa thấy ai tên này, sinh năm này trong sổ ở đây: xem lại họ tên, năm sinh. "
    "Người mới thì ghi ở phiếu “Người mới”"
)
SEVERAL = "Có nhiều người trùng tên, trùng năm sinh: ghi thêm số định danh để biết là ai"
GONE = "Người này không còn trong sổ ở đây: ghi số định danh, hoặc họ tên và năm sinh của đúng người"


class HelpSlip(VisitForm):
    """Who, by the key that the online page knows, by number, or by name and year; and what was done.

    `found` is the person.
    """

    OUTCOMES = ANSWERS

    page = forms.UUIDField(widget=forms.HiddenInput, required=False)
    resident = forms.UUIDField(widget=forms.HiddenInput, required=False)
    number = forms.CharField(
        label="Số định danh",
        max_length=40,
        required=False,
        help_text="Quét mã trên thẻ, hoặc gõ 12 chữ số. Có số thì khỏi ghi tên.",
    )
    drops_number = forms.BooleanField(label="Bỏ số này, tìm theo họ tên và năm sinh", required=False)
    name = forms.CharField(
        label="Họ, chữ đệm và tên", max_length=80, required=False, help_text="Như đã ghi trong sổ."
    )
    birth_year = forms.IntegerField(label="Năm sinh", required=False)

    def __init__(self, work, data, files=None):
        self.work, self.found = work, None
        super().__init__(data, steps=list(steps_of(work)))
        self.fields["number"].widget.attrs.update({"inputmode": "numeric", "class": "num w-m"})
        self.fields["name"].widget.attrs.update(autocapitalize="words", spellcheck="false")
        self.fields["birth_year"].widget = forms.TextInput({"inputmode": "numeric", "class": "num w-s"})
        label_by(self, name="initials", number="last3")

    def clean_number(self):
        typed = self.cleaned_data["number"]
        number = idcards.tidy(typed)
        if typed and not number:
            count = sum(letter.isdigit() for letter in typed)
            raise ValidationError(f"Số định danh có 12 chữ số, đang có {count}")
        return number

    def clean(self):
        data = self.cleaned_data
        if data.get("drops_number"):
            self.errors.pop("number", None)
            data["number"] = ""
        if not self.errors:
            self._find(data)
        return super().clean()

    def _find(self, data) -> None:
        self.found = working.resident_for(self.work, data["resident"])
        if self.found:
            return
        if not data["number"] and not data["name"]:
            self.add_error(*((None, GONE) if data["resident"] else ("number", NOBODY)))
        elif not data["number"] and not data["birth_year"]:
            self.add_error("birth_year", "Nhập năm sinh của người này")
        elif self._may_look():
            self._look(data)

    def _look(self, data) -> None:
        """Who has the number; else, of those without a number, the only one with name and year."""
        people = working.residents_for(self.work)
        self.found = people.with_number(data["number"]).first() if data["number"] else None
        if self.found:
            return
        people = people.filter(number_index=None) if data["number"] else people
        found = list(people.same_person(name=data["name"], birth_year=data["birth_year"] or 0)[:2])
        self.found = found[0] if len(found) == 1 else None
        if len(found) > 1:
            self.add_error("number", SEVERAL)
        elif not found:
            self.add_error(*(("number", NO_SUCH_NUMBER) if data["number"] else ("name", NO_SUCH_NAME)))

    def _may_look(self) -> bool:
        """Counted by who asks, as on the online pages."""
        is_allowed = self.work.is_later or allow("resident_look", str(self.work.by.pk), **LOOKS)
        if not is_allowed:
            self.add_error("name", TOO_MANY_LOOKS)
        return is_allowed


# --- without a name ----------------------------------------------------------------------------------------


class UnnamedSlip(UnnamedForm):
    """Help for people who are not named; `page` is that of the online page."""

    page = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, work, data, files=None):
        groups = working.groups_for(work)
        super().__init__(data, groups=groups, steps=steps_of(work))
        _choose_group(self, groups, is_practice=work.is_practice)
        label_by(self, count="people")


class TallySlip(Form):
    """People counted at a desk; `id` and `session` are those of a press on the online page."""

    ANOTHER_DAY = (
        "Buổi đếm này của nơi khác hoặc ngày khác: bấm lưu lần nữa thì đếm vào bàn của ngày ghi phiếu"
    )

    id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    session = forms.UUIDField(widget=forms.HiddenInput, required=False)
    audience = forms.ChoiceField(
        label="Ai tới?", choices=Tally.Audience, widget=forms.RadioSelect, initial=Tally.Audience.ADULT
    )
    step = forms.ModelChoiceField(
        None, label="Giúp việc gì?", required=False, blank=True, empty_label="Việc khác, hỏi đường",
        widget=forms.RadioSelect,
    )  # fmt: skip
    count = forms.IntegerField(
        label="Bao nhiêu người?",
        initial=1,
        widget=forms.TextInput({"inputmode": "numeric", "class": "num w-s"}),
    )

    def __init__(self, work, data, files=None):
        self.work = work
        super().__init__(data)
        self.fields["step"].queryset = steps_of(work)
        self.fields["step"].label_from_instance = lambda step: step.words
        label_by(self, count="people")

    def clean_session(self) -> DeskSession | None:
        """The session of the page, if it is the one of the slip's place and day."""
        key, day = self.cleaned_data["session"], self.work.day
        here = DeskSession.objects.filter(place=self.work.place, on=day, is_practice=self.work.is_practice)
        session = here.filter(pk=key).first() if key else None
        if key and session is None:
            raise ValidationError(self.ANOTHER_DAY)
        return session

    def clean_count(self) -> int:
        """One less is for the button of the online page."""
        count = self.cleaned_data["count"]
        if count != -1 and not 1 <= count <= MOST_COUNTED:
            raise ValidationError(f"Ghi từ 1 đến {MOST_COUNTED} người")
        return count


# --- asked again -------------------------------------------------------------------------------------------


class FollowUpSlip(FollowUpForm):
    """What was found at a visit; `found` is the visit."""

    NO_VISIT = "Lượt hẹn này không còn, hoặc không ở nơi đó: hỏi lại người ghi, rồi bỏ phiếu"

    visit = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, work, data, files=None):
        self.work = work
        self.found = working.followup_for(work, _key(data.get("visit", ""))) if data else None
        super().__init__(data, visit=self.found or FollowUp())

    def clean(self):
        data = super().clean()
        if self.found is None:
            raise ValidationError(self.NO_VISIT)
        if self.found.is_early_on(self.work.day):
            raise ValidationError(
                f"Chưa tới ngày hỏi: hẹn {format_date(self.found.due_on)}. "
                "Hỏi sớm thì chưa biết bà con tự làm được không, nên lượt này chưa ghi"
            )
        return data


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
