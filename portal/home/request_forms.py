"""What somebody at the desk types: a request that came, whom to look for, how it ended."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from portal.forms import Form
from portal.privacy.models import PersonRequest
from portal.privacy.personal import Asked
from portal.text import clean_text, format_date


def _choices(kinds, *without):
    return [(value, label) for value, label in kinds.choices if value not in without]


class RequestForm(Form):
    """A request as it came in, face to face or on paper."""

    kind = forms.ChoiceField(
        label="Người đó xin gì?", choices=PersonRequest.Kind.choices, widget=forms.RadioSelect
    )
    how = forms.ChoiceField(
        label="Tới bằng cách nào?",
        choices=_choices(PersonRequest.How, PersonRequest.How.STUB),
        widget=forms.RadioSelect,
    )
    name = forms.CharField(label="Họ và tên", max_length=80, help_text="Niêm kín, chỉ để trả lời.")
    contact = forms.CharField(
        label="Liên lạc", max_length=80, help_text="Điện thoại, hoặc số nhà và tổ. Niêm kín."
    )
    words = forms.CharField(
        label="Lời của người đó", max_length=300, required=False, widget=forms.Textarea({"rows": 3})
    )
    received_on = forms.DateField(
        label="Nhận ngày", help_text="Hạn trả lời tính từ ngày này.", initial=timezone.localdate
    )

    def clean_received_on(self):
        day = self.cleaned_data["received_on"]
        if day > timezone.localdate():
            raise ValidationError("Ngày nhận không thể sau hôm nay.")
        return day


class FindForm(Form):
    """Whom to look for; with nothing typed, by the name and contact that the request itself keeps."""

    name = forms.CharField(label="Họ và tên", max_length=80, required=False)
    phone = forms.CharField(label="Điện thoại", max_length=20, required=False)
    number = forms.CharField(label="Số căn cước hoặc số tài khoản", max_length=20, required=False)

    def asked(self, wish: PersonRequest) -> Asked:
        """What was typed, or else what the request says."""
        typed = {name: clean_text(text) for name, text in self.cleaned_data.items()}
        typed["number"] = typed["number"].replace(" ", "")
        if any(typed.values()):
            return Asked(**typed)
        return Asked(name=wish.clear_name(), phone=wish.clear_contact())


class EraseForm(Form):
    """Deleting cannot be taken back."""

    is_checked = forms.BooleanField(
        label="Đã gặp mặt và xem giấy tờ: đúng là người này, và chính họ muốn xóa."
    )


class CloseForm(Form):
    outcome = forms.ChoiceField(
        label="Kết quả", choices=PersonRequest.Outcome.choices, widget=forms.RadioSelect
    )


def refused_close(wish: PersonRequest, outcome: str) -> str:
    """Why the request cannot be closed so; empty where it can."""
    if outcome != PersonRequest.Outcome.DONE:
        return ""
    needs = {
        "see": ("copied_at", "Chưa lấy bản sao cho người đó xem."),
        "copy": ("copied_at", "Chưa lấy bản sao."),
        "withdraw": ("withdrawn_at", "Chưa ghi việc rút lại sự đồng ý."),
        "object": ("withdrawn_at", "Chưa ghi việc rút lại sự đồng ý."),
        "erase": ("erased_at", "Chưa xóa dữ liệu."),
    }
    step, why = needs.get(wish.kind, ("received_on", ""))
    return "" if getattr(wish, step) else f"{why} Làm xong rồi hãy đóng, hạn là {format_date(wish.due_on)}."
