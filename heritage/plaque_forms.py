"""Forms of plaques: a new one, where it hangs, what a round saw."""

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from heritage.models import Passage, Plaque, PlaqueCheck, Site
from portal.forms import Form
from portal.printing.reading import PictureError, evidence_jpeg

PICTURES = forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})


def _small_jpeg(picture) -> bytes:
    """The picture without place and maker, small enough to keep; empty for none."""
    if not picture:
        return b""
    try:
        return evidence_jpeg(picture.read())
    except PictureError as error:
        raise ValidationError(str(error)) from None


class PlaqueForm(Form):
    """A new plaque; its languages are those of the published pages when it is printed."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    site = forms.ModelChoiceField(label="Di tích", queryset=Site.objects.none())
    component = forms.ModelChoiceField(
        label="Hạng mục",
        queryset=Passage.objects.none(),
        required=False,
        empty_label="Cả di tích",
        help_text="Biển riêng của một điểm trong di tích.",
    )
    size = forms.ChoiceField(label="Khổ", choices=Plaque.Size.choices, initial=Plaque.Size.P2)
    material = forms.ChoiceField(label="Chất liệu", choices=Plaque.Material.choices)

    def __init__(self, *args, sites, site=None, **kwargs):
        super().__init__(*args, **{"initial": {"id": uuid.uuid4(), "site": site}, **kwargs})
        self.fields["site"].queryset = sites
        components = Passage.objects.of_kind(Passage.Kind.COMPONENT)
        self.fields["component"].queryset = components.filter(site=site) if site else components.none()
        if site is None:
            del self.fields["component"]
        self.fields["component" if site else "site"].label_from_instance = _component_name if site else str


def _component_name(passage) -> str:
    text = passage.texts.filter(language="vi").first()
    return text.title if text else str(passage)


class SpecForm(Form):
    """Size and material, as long as nothing was printed."""

    size = forms.ChoiceField(label="Khổ", choices=Plaque.Size.choices)
    material = forms.ChoiceField(label="Chất liệu", choices=Plaque.Material.choices)


class MountForm(Form):
    """Who hung it, when, on what, where."""

    mounted_on = forms.DateField(label="Ngày gắn")
    mounted_by = forms.CharField(label="Ai gắn", max_length=120, help_text="Tên đội hoặc đơn vị thi công.")
    mounted_at = forms.CharField(
        label="Gắn ở đâu, trên gì", max_length=160, help_text="Ví dụ: cổng chính, cột thép, cao 1,1 m."
    )
    latitude = forms.FloatField(label="Vĩ độ", required=False, min_value=8, max_value=24, localize=True)
    longitude = forms.FloatField(label="Kinh độ", required=False, min_value=102, max_value=110, localize=True)
    picture = forms.FileField(
        label="Ảnh tại chỗ", required=False, widget=PICTURES, help_text="Thấy cả biển và nơi gắn."
    )

    def clean_mounted_on(self):
        day = self.cleaned_data["mounted_on"]
        if day.year < 2000:
            raise ValidationError("Xem lại năm gắn biển")
        if day > timezone.localdate():
            raise ValidationError("Ngày gắn chưa tới. Gắn xong rồi hãy ghi")
        return day

    def clean_picture(self):
        return _small_jpeg(self.cleaned_data["picture"])

    def clean(self):
        data = super().clean()
        if (data.get("latitude") is None) != (data.get("longitude") is None):
            self.add_error("latitude", "Ghi cả vĩ độ và kinh độ, hoặc để trống cả hai")
        return data


class RemoveForm(Form):
    """Why it was taken down."""

    removed_why = forms.CharField(label="Vì sao gỡ", max_length=120)


class CheckForm(Form):
    """What a volunteer sees at the plaque; `code` is what the camera read there."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    result = forms.ChoiceField(
        label="Biển thế nào", choices=PlaqueCheck.Result.choices, widget=forms.RadioSelect
    )
    picture = forms.FileField(
        label="Ảnh biển",
        required=False,
        widget=PICTURES,
        help_text="Chụp thẳng, thấy cả biển. Tránh mặt người.",
    )
    note = forms.CharField(label="Ghi thêm", required=False, max_length=240)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"initial": {"id": uuid.uuid4()}, **kwargs})

    def clean_picture(self):
        return _small_jpeg(self.cleaned_data["picture"])
