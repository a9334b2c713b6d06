"""The forms of the outbox itself: a file from another tablet, why a slip is dropped."""

from django import forms

from portal.forms import Form

MOST_BYTES = 15 * 1024 * 1024  # under FILE_UPLOAD_MAX_MEMORY_SIZE; the outbox page cuts larger queues


class RescueForm(Form):
    """A file that an outbox saved."""

    file = forms.FileField(
        label="Tệp phiếu đã lưu từ máy khác",
        help_text="Tệp có tên phieu-chua-gui-….json. Gửi hai lần cũng không bị ghi trùng.",
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
    )

    def clean_file(self):
        """Looked at before it is read: reading takes memory."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError("Tệp lớn quá 15 MB. Trên máy kia, lưu lại thành nhiều tệp nhỏ hơn.")
        return file


class DropForm(Form):
    """Why a slip is not written down."""

    REASONS = [
        ("Đã ghi ở phiếu khác", "Đã ghi ở phiếu khác"),
        ("Ghi nhầm", "Ghi nhầm, không có việc này"),
        ("Bà con không muốn ghi nữa", "Bà con không muốn ghi nữa"),
    ]
    why = forms.ChoiceField(label="Vì sao bỏ?", choices=REASONS, widget=forms.RadioSelect)
