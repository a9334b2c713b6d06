"""The short forms of the desk: the culture office's word, and the answer to a visitor."""

from django import forms

from heritage.models import Correction
from portal.forms import Form


class ApproveForm(Form):
    """Who stands behind the words, as the page will say it."""

    reader = forms.CharField(
        label="Tên và nơi làm việc của người duyệt",
        max_length=120,
        help_text="Trang sẽ ghi đúng như vậy, ví dụ: Mai Thị Ví Dụ, Bảo tàng tỉnh.",
    )
    remarks = forms.CharField(
        label="Ý kiến kèm theo", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )


class SendBackForm(Form):
    """What is to be mended."""

    remarks = forms.CharField(label="Cần sửa gì", max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))


class AnswerForm(Form):
    """The answer to a visitor's correction."""

    state = forms.ChoiceField(
        label="Xử lý",
        choices=[choice for choice in Correction.State.choices if choice[0] != Correction.State.NEW],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label="Trả lời",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Người góp ý đọc được ở trang của góp ý. Viết ngắn, cảm ơn trước.",
    )

    def clean(self):
        data = super().clean()
        if data.get("state") in {Correction.State.ADOPTED, Correction.State.DECLINED} and not data.get(
            "answer"
        ):
            self.add_error("answer", "Viết vài lời trả lời cho người góp ý")
        return data
