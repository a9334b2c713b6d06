"""The desk's forms for pictures and recordings."""

import uuid

from django import forms

from heritage import pictures, recordings
from heritage.models import Language, Passage, Picture, Recording
from portal.forms import Form, ModelForm

PICTURES = forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})
SOUNDS = forms.FileInput(attrs={"accept": "audio/mpeg,audio/mp4,audio/x-m4a,audio/ogg,.mp3,.m4a,.ogg,.opus"})
# A body that is over the portal's limit arrives without its file.
NO_PICTURE = {"required": "Chọn một ảnh JPG, PNG hoặc WebP nhẹ hơn 15 MB"}
NO_SOUND = {"required": "Chọn một bản thu MP3, M4A hoặc OGG nhẹ hơn 10 MB"}


class PictureFileField(forms.FileField):
    """A picture; its clean value is the bytes, looked at as far as one can without decoding them."""

    def __init__(self, **kwargs):
        super().__init__(
            widget=PICTURES, error_messages=NO_PICTURE, max_length=None,
            help_text="JPG, PNG hoặc WebP, nhẹ hơn 15 MB. Nơi chụp ghi trong ảnh không được đưa lên trang.",
            **kwargs,
        )  # fmt: skip

    def clean(self, data, initial=None):
        content = super().clean(data, initial).read()
        try:
            pictures.check(content)
        except pictures.PictureError as error:
            raise forms.ValidationError(str(error)) from error
        return content


class PictureForm(ModelForm):
    """What a picture is, whose it is, and what for."""

    class Meta:
        model = Picture
        fields = ["use", "component", "language", "credit", "licence", "taken", "is_drawn"]
        help_texts = {
            "component": "Chỉ khi dùng làm ảnh của một hạng mục.",
            "credit": "Trang ghi tên này dưới ảnh.",
            "licence": "Ví dụ: tác giả cho phép dùng, có giấy; CC BY 4.0.",
            "taken": "Ví dụ: 1998, hoặc khoảng 1930.",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        components = Passage.objects.of_kind(Passage.Kind.COMPONENT).filter(site=self.instance.site)
        self.fields["component"].queryset = components.prefetch_related("texts")
        self.fields["component"].label_from_instance = component_name
        self.fields["component"].empty_label = "Cả di tích"
        self.fields["language"].required = False
        self.fields["language"].choices = [("", "Không phải đồ họa"), *Language.choices]

    def clean(self):
        data = super().clean()
        if data.get("use") != Picture.Use.COMPONENT:
            data["component"] = None
        elif not data.get("component"):
            self.add_error("component", "Chọn hạng mục trong ảnh")
        if data.get("use") != Picture.Use.INFOGRAPHIC:
            data["language"] = ""
        elif not data.get("language"):
            self.add_error("language", "Chọn ngôn ngữ của chữ trên đồ họa")
        return data


class PictureAddForm(PictureForm):
    """A new picture. `id` is made with the page, so that the form sent twice is one picture."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    file = PictureFileField(label="Ảnh")
    field_order = ["id", "file"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, initial={"id": uuid.uuid4(), "use": Picture.Use.HERO}, **kwargs)

    def _post_clean(self):
        """`pictures.add` makes the row and checks its constraints: the file is no field of the model."""


class PictureChangeForm(PictureForm):
    """What is known of a picture, and what is to be seen on it in each language."""

    class Meta(PictureForm.Meta):
        fields = [*PictureForm.Meta.fields, "sort"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.texts = {text.language: text for text in self.instance.texts.all()}
        graphic = self.instance.language
        self.languages = [Language(graphic)] if graphic else list(Language)
        for language in self.languages:
            for name, field in _word_fields(is_graphic=bool(graphic)).items():
                field.initial = getattr(self.texts.get(language), name, "")
                self.fields[f"{name}_{language}"] = field

    @property
    def words(self) -> list[tuple[Language, list]]:
        """The fields of each language."""
        names = _word_fields(is_graphic=bool(self.instance.language))
        return [(language, [self[f"{name}_{language}"] for name in names]) for language in self.languages]

    @property
    def facts(self) -> list:
        """The fields of the picture itself."""
        return [self[name] for name in self._meta.fields]

    def clean(self):
        data = super().clean()
        for language in self.languages:
            said = any(data.get(f"{name}_{language}") for name in ("caption", "text"))
            if said and not data.get(f"alt_{language}"):
                self.add_error(f"alt_{language}", f"Viết lời tả ảnh bằng {language.label}")
        return data

    def save(self):
        """The picture's facts, and the words that are new."""
        picture = super().save()
        for language in self.languages:
            words = {
                name: self.cleaned_data.get(f"{name}_{language}", "") for name in ("alt", "caption", "text")
            }
            picture.describe(language, **words)
        return picture


def _word_fields(*, is_graphic: bool) -> dict[str, forms.Field]:
    fields = {
        "alt": forms.CharField(
            label="Lời tả cho người không nhìn thấy", max_length=240, required=False,
            widget=forms.Textarea(attrs={"rows": 2}),
        ),
        "caption": forms.CharField(label="Chú thích dưới ảnh", max_length=240, required=False),
    }  # fmt: skip
    if is_graphic:
        fields["text"] = forms.CharField(
            label="Toàn bộ chữ trên đồ họa", required=False, widget=forms.Textarea(attrs={"rows": 8}),
            help_text="Người dùng máy đọc, người mạng yếu đọc phần này thay hình.",
        )  # fmt: skip
    return fields


class PictureReplaceForm(Form):
    """Another file for the same place on the page."""

    file = PictureFileField(label="Ảnh thay vào")


class RecordingForm(ModelForm):
    """Who speaks, and what is said."""

    class Meta:
        model = Recording
        fields = ["voice", "transcript"]
        help_texts = {
            "voice": "Ví dụ: bà Rơ Châm Ví Dụ, làng Mẫu. Chỉ ghi tên người đã đồng ý.",
            "transcript": "Người khiếm thính và người không bật loa đọc phần này.",
        }
        widgets = {"transcript": forms.Textarea(attrs={"rows": 10})}


class RecordingAddForm(RecordingForm):
    """A new recording, in a language that has none yet."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    file = forms.FileField(
        label="Bản thu", widget=SOUNDS, error_messages=NO_SOUND,
        help_text="MP3, M4A (AAC) hoặc OGG (Opus), nhẹ hơn 10 MB; trang chỉ tải khi khách bấm nghe.",
    )  # fmt: skip
    language = forms.ChoiceField(label="Ngôn ngữ", choices=Language)
    field_order = ["id", "file", "language"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, initial={"id": uuid.uuid4()}, **kwargs)

    def clean_file(self):
        content = self.cleaned_data["file"].read()
        try:
            recordings.read(content)
        except recordings.RecordingError as error:
            raise forms.ValidationError(str(error)) from error
        return content

    def _post_clean(self):
        """`recordings.add` makes the row and checks its constraints."""


def component_name(passage: Passage) -> str:
    """A component by its Vietnamese name."""
    titles = {text.language: text.title for text in passage.texts.all()}
    return titles.get(Language.VI) or next(filter(None, titles.values()), "Hạng mục chưa có tên")
