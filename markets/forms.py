"""The screens of the field pages, one form each; what must never be false is a constraint of the models."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from markets import banks
from markets.labels import label_part, stall_number
from markets.models import FollowUp, Goods, PaymentAccount, PrintJob, Stage, Stall, StallCard, Vendor
from portal.forms import TOO_MANY_LOOKS, Form
from portal.limits import allow
from portal.phones import normalize_phone, why_no_phone
from portal.privacy.models import Consent
from portal.text import format_date, format_number


class StallForm(Form):
    """Row, number and goods of a stall of `market`; `stall` is the one being changed, if any."""

    row = forms.CharField(label="Dãy", max_length=8, help_text="Như trên biển chợ, ví dụ B.")
    number = forms.CharField(label="Số sạp", max_length=8, help_text="Ví dụ 7 hoặc 12A.")
    goods = forms.ModelChoiceField(Goods.objects.all(), label="Mặt hàng", empty_label="Chọn mặt hàng")

    def __init__(self, *args, market, stall=None, **kwargs):
        self.market, self.stall, self.taken_by = market, stall, None
        super().__init__(*args, **kwargs)
        for name in ("row", "number"):
            self.fields[name].widget.attrs.update(autocapitalize="characters", spellcheck="false")
        self.fields["number"].widget.attrs["class"] = "w-s"

    def clean_row(self):
        return label_part(self.cleaned_data["row"])

    def clean_number(self):
        return stall_number(self.cleaned_data["number"])

    def clean(self):
        data = super().clean()
        if "row" in data and "number" in data:
            self.refuse_taken(data["row"], data["number"])
        return data

    def refuse_taken(self, row: str, number: str) -> bool:
        """Adds the error and keeps the other stall in `taken_by`, where there is one."""
        others = Stall.objects.in_market(self.market).open().with_label(row=row, number=number)
        others = others.exclude(pk=self.stall.pk) if self.stall else others
        self.taken_by = others.select_related("opened_by").first()
        if self.taken_by:
            on = format_date(timezone.localdate(self.taken_by.opened_at))
            self.add_error(
                "number",
                f"Sạp {self.taken_by.label} đã được {self.taken_by.opened_by.name} đăng ký ngày {on}",
            )
        return bool(self.taken_by)


class ConsentForm(Form):
    """One unticked box a purpose. What cannot be done without is said, never ticked for the vendor."""

    purposes = forms.ModelMultipleChoiceField(
        None,
        label="Chủ sạp đồng ý",
        widget=forms.CheckboxSelectMultiple,
        help_text="Hỏi từng điều, chủ sạp gật điều nào thì đánh dấu điều đó.",
        error_messages={"required": "Đánh dấu điều chủ sạp đồng ý; không đồng ý thì bấm nút không ghi tên"},
    )
    how = forms.ChoiceField(
        label="Đồng ý bằng cách nào", choices=Consent.How, widget=forms.RadioSelect, initial="screen"
    )
    paper_number = forms.CharField(
        label="Số phiếu giấy", max_length=40, required=False, help_text="Chỉ ghi khi chủ sạp ký phiếu giấy."
    )

    def __init__(self, *args, purposes, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["purposes"].queryset = purposes

    def clean_purposes(self):
        ticked = self.cleaned_data["purposes"]
        missing = self.fields["purposes"].queryset.filter(is_needed=True).exclude(pk__in=ticked)
        if missing:
            raise ValidationError(f"Không có điều “{missing[0].words}” thì chưa làm được thẻ nhận tiền")
        return ticked

    def clean(self):
        data = super().clean()
        if data.get("how") == Consent.How.SCREEN:
            data["paper_number"] = ""
        elif data.get("how") and not data.get("paper_number"):
            self.add_error("paper_number", "Nhập số phiếu giấy chủ sạp đã ký")
        return data


LOOKS = {"limit": 120, "seconds": 3600}  # a stall takes two minutes: thirty an hour, looked up once or twice


class VendorForm(Form):
    """Who holds the stall. `asks_phone`: the vendor agreed to be called; `asker`: who types."""

    SAME, OTHER = "same", "other"

    name = forms.CharField(
        label="Họ và tên chủ sạp", max_length=80, help_text="Giữ nguyên dấu, không viết hoa cả tên."
    )
    phone = forms.CharField(
        label="Điện thoại",
        max_length=20,
        required=False,
        help_text="Để hẹn ngày quay lại; không có cũng được.",
    )
    sign = forms.CharField(
        label="Tên ghi trên thẻ",
        max_length=60,
        required=False,
        help_text="Tên sạp khách quen gọi, ví dụ “Rau sạch cô Mẫu”. Bỏ trống thì thẻ ghi tên chủ sạp.",
    )
    known = forms.ChoiceField(
        label="Đã có người cùng tên, cùng số điện thoại trong sổ",
        choices=[(SAME, "Đúng là người đó, giữ thêm sạp này"), (OTHER, "Là người khác, ghi mới")],
        widget=forms.RadioSelect,
        required=False,
    )

    def __init__(self, *args, asks_phone, asker, tenancy=None, **kwargs):
        self.asker, self.tenancy = asker, tenancy
        self.same_person, self.is_known = None, None
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs.update(autocapitalize="words", spellcheck="false")
        self.fields["sign"].widget.attrs.update(spellcheck="false")
        self.fields["phone"].widget.attrs.update(inputmode="tel", **{"class": "num w-m"})
        if not asks_phone:
            del self.fields["phone"]

    def clean_phone(self):
        phone = self.cleaned_data["phone"]
        if phone and (why := why_no_phone(phone)):
            raise ValidationError(why)
        return normalize_phone(phone) or ""

    def clean(self):
        data = super().clean()
        if not self.tenancy and data.get("name") and data.get("phone"):
            self._look_for_same(data["name"], data["phone"])
        if self.is_known and not data.get("known"):
            self.add_error("known", "Hỏi chủ sạp: có phải đang giữ một sạp khác đã đăng ký không?")
        return data

    def _look_for_same(self, name: str, phone: str) -> None:
        """Whether the book already has this name with this phone: `is_known`, None where it was not asked.

        Counted by who asks, or whoever holds a list of phones could learn who of them sells in the markets.
        """
        if not self._may_look():
            self.add_error("phone", ValidationError(TOO_MANY_LOOKS, code="often"))
            return
        self.same_person = Vendor.objects.same_person(name=name, phone=phone).first()
        self.is_known = self.same_person is not None

    def _may_look(self) -> bool:
        return allow("vendor_look", str(self.asker.pk), **LOOKS)

    @property
    def reused(self) -> Vendor | None:
        """The vendor's row to go on with, once somebody said that it is the same person."""
        return self.same_person if self.cleaned_data.get("known") == self.SAME else None


class _AccountForm(Form):
    """What both ways to an account share: the holder, and the tick for a number in use elsewhere."""

    holder = forms.CharField(
        label="Tên chủ tài khoản",
        max_length=60,
        help_text="Đúng như ứng dụng ngân hàng hiện ra. Một chữ hay nhiều chữ đều được.",
    )
    is_shared = forms.BooleanField(label="Đúng số này, hai sạp dùng chung một tài khoản", required=False)

    def __init__(self, *args, tenancy, **kwargs):
        self.tenancy, self.is_in_use = tenancy, False
        super().__init__(*args, **kwargs)
        self.fields["holder"].widget.attrs.update(autocapitalize="words", spellcheck="false")

    def refuse_used(self, bin: str, number: str) -> None:
        """A number of another stall is mostly a slip; whose it is, nobody is told."""
        self.is_in_use = PaymentAccount.objects.is_used(bin, number, but=self.tenancy)
        if self.is_in_use and not self.cleaned_data.get("is_shared"):
            self.add_error(
                "is_shared",
                "Số tài khoản này đang là của một sạp khác. Xem lại số; nếu đúng thì đánh dấu vào ô dưới đây",
            )


class TypedAccountForm(_AccountForm):
    """Bank and number, the number twice."""

    bin = forms.ChoiceField(label="Ngân hàng", choices=[])
    number = forms.CharField(
        label="Số tài khoản", max_length=40, help_text="Gõ cả khoảng trắng, dấu chấm cũng được."
    )
    number_again = forms.CharField(
        label="Gõ lại số tài khoản",
        max_length=40,
        help_text="Nhìn ứng dụng của chủ sạp mà gõ, đừng chép ô trên.",
        error_messages={"required": "Gõ số tài khoản lần thứ hai"},
    )
    field_order = ["bin", "number", "number_again", "is_shared", "holder"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["bin"].choices = [("", "Chọn ngân hàng"), *banks.choices()]
        for name in ("number", "number_again"):
            attrs = {"class": "num w-l", "inputmode": "text", "autocapitalize": "characters"}
            self.fields[name].widget.attrs.update(attrs, spellcheck="false")

    def clean_number(self):
        number = _without_gaps(self.cleaned_data["number"])
        if not re.fullmatch(r"[0-9A-Za-z]+", number):
            raise ValidationError("Số tài khoản chỉ gồm chữ số và chữ cái không dấu")
        if len(number) > 19:
            raise ValidationError(f"Số tài khoản có nhiều nhất 19 chữ cái hoặc chữ số, đang có {len(number)}")
        return number

    def clean(self):
        data = super().clean()
        again = _without_gaps(data.get("number_again", ""))
        if "number" in data and again and again.upper() != data["number"].upper():
            self.add_error("number_again", "Hai lần gõ khác nhau: xem lại từng số rồi gõ lại")
        elif "number" in data and data.get("bin"):
            self.refuse_used(data["bin"], data["number"])
        return data


def _without_gaps(text: str) -> str:
    return re.sub(r"[\s.\-]+", "", text)


class ReadAccountForm(_AccountForm):
    """The holder of an account whose code was read from a picture; the code travels sealed."""

    sealed = forms.CharField(widget=forms.HiddenInput)
    field_order = ["sealed", "is_shared", "holder"]


class PictureForm(Form):
    """A picture with the vendor's own payment code, or none where the camera read it on the page."""

    picture = forms.FileField(
        label="Ảnh mã nhận tiền của chủ sạp",
        help_text="Chụp mã của chủ sạp, hoặc chọn ảnh chụp màn hình. Ảnh đọc xong là bỏ, không lưu.",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )

    def __init__(self, *args, is_scanned=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["picture"].required = not is_scanned


class ReadAloudForm(Form):
    """The vendor has looked at the card."""

    is_read = forms.BooleanField(label="Chủ sạp đã đọc to, đúng tên và đúng 4 số cuối")


class ReplaceForm(Form):
    """Why a card no longer counts."""

    REASONS = StallCard.VoidReason
    reason = forms.ChoiceField(
        label="Vì sao phải thay?",
        choices=[
            (r.value, r.label) for r in (REASONS.LOST, REASONS.FALSE, REASONS.MISTAKE, REASONS.REPLACED)
        ],
        widget=forms.RadioSelect,
    )


def _problems() -> list[tuple[str, str]]:
    return [("", "Chọn một điều"), *FollowUp.Problem.choices]


class TrialForm(Form):
    """Whether the vendor saw the trial transfer arrive."""

    is_seen = forms.ChoiceField(
        label="Chủ sạp thấy 1.000 đ về chưa?",
        choices=[("yes", "Thấy rồi, tiền đã về"), ("no", "Chưa thấy, hẹn quay lại ngày mai")],
        widget=forms.RadioSelect,
    )
    problem = forms.ChoiceField(
        label="Vướng gì?", choices=_problems, required=False, help_text="Chỉ chọn khi chưa thấy tiền về."
    )

    def clean(self):
        data = super().clean()
        if data.get("is_seen") == "no" and data.get("problem") in ("", FollowUp.Problem.NONE):
            self.add_error("problem", "Chọn điều đang vướng, để người quay lại biết mà giúp")
        return data


class FollowUpForm(Form):
    """What was found after 7 or 30 days."""

    of_ten = forms.IntegerField(
        label="Trong 10 khách, mấy khách chuyển khoản?",
        min_value=0,
        max_value=10,
        help_text="Hỏi chủ sạp, ước chừng thôi: từ 0 đến 10.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "num w-s"}),
    )
    has_internet = forms.TypedChoiceField(
        label="Sạp có mạng để thấy tiền về không?",
        choices=[("1", "Có"), ("0", "Không")],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    problem = forms.ChoiceField(label="Vướng gì?", choices=_problems)


class LeaveForm(Form):
    """How a vendor leaves."""

    what = forms.ChoiceField(
        label="Chuyện gì xảy ra?",
        choices=[
            ("left", "Chủ sạp thôi không tham gia, hoặc sạp đổi chủ"),
            ("gone", "Sạp này không còn ở chợ nữa"),
        ],
        widget=forms.RadioSelect,
    )
    is_withdrawn = forms.BooleanField(
        label="Chủ sạp rút lại sự đồng ý lưu tên và số tài khoản",
        help_text="Sự đồng ý là của cả người: rút lại thì mọi sạp người này giữ đều dừng.",
        required=False,
    )


class StallFilterForm(Form):
    """What the list of stalls shows. Words about people come by POST and stay out of addresses."""

    q = forms.CharField(label="Tìm sạp, chủ sạp", max_length=80, required=False)
    row = forms.ChoiceField(label="Dãy", required=False)
    goods = forms.ModelChoiceField(
        Goods.objects.all(), label="Mặt hàng", required=False, empty_label="Tất cả"
    )
    stage = forms.ChoiceField(label="Còn thiếu", required=False, choices=[("", "Tất cả"), *Stage.choices])

    def __init__(self, *args, rows, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["row"].choices = [("", "Tất cả"), *((row, row) for row in rows)]
        self.fields["q"].widget = forms.TextInput(attrs={"type": "search", "spellcheck": "false"})


class PrintScopeForm(Form):
    """Which cards of a market are printed at once; what is left out stays open."""

    UNPRINTED, ALL = "unprinted", "all"

    row = forms.ChoiceField(label="Dãy", required=False)
    goods = forms.ModelChoiceField(
        Goods.objects.all(), label="Mặt hàng", required=False, empty_label="Mọi mặt hàng"
    )
    which = forms.ChoiceField(
        label="Thẻ nào",
        required=False,
        choices=[(UNPRINTED, "Chỉ thẻ chưa in"), (ALL, "Mọi thẻ, kể cả đã in")],
    )

    def __init__(self, *args, rows, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["row"].choices = [("", "Mọi dãy"), *((row, f"Dãy {row}") for row in rows)]

    @property
    def scope(self) -> dict:
        """What was chosen, as `markets.press` takes it; everything where nothing sensible was sent."""
        chosen = self.cleaned_data if self.is_valid() else {}
        return {
            "row": chosen.get("row", ""),
            "goods": chosen.get("goods"),
            "only_unprinted": chosen.get("which") != self.ALL,
        }


class PrintJobForm(Form):
    """On which sheets; each says how much paper the cards would need."""

    sheet = forms.ChoiceField(
        label="Khổ thẻ", choices=PrintJob.Sheet, widget=forms.RadioSelect, initial=PrintJob.Sheet.A6
    )

    def __init__(self, *args, papers: dict[str, int], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["sheet"].choices = [
            (value, f"{label}: {format_number(papers[value])} tờ") for value, label in PrintJob.Sheet.choices
        ]
