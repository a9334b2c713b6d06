"""Forms that look, speak and check like this house: the base classes, the renderer, Vietnamese error words.

A page with a form is answered by `page`, so that a form sent back is a 422 whose title starts with "Lỗi:".
The template shows `{% include "components/error_summary.html" with form=form only %}` and then each field by
`{{ form.name.as_field_group }}`, or all of them by `{{ form }}`.
"""

from dataclasses import dataclass

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.forms.renderers import TemplatesSetting
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from portal.text import clean_text

# What a form says that looks for known people, to who does it as often as somebody with a list would.
TOO_MANY_LOOKS = (
    "Bạn đã dò trùng rất nhiều lần trong một giờ. Nghỉ tay ít phút rồi bấm lại: những gì đã gõ vẫn còn đây."
)


class Renderer(TemplatesSetting):
    """Lays out forms by our templates; set as FORM_RENDERER."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"


def page(request, template, context=None, *, form=None, status=None):
    """Render a page that holds a form (as `form`), with status 422 when the form came back with errors."""
    form = form or (context or {}).get("form")
    if status is None:
        status = 422 if form is not None and form.errors else 200
    return render(request, template, {"form": form, **(context or {})}, status=status)


class BoundField(forms.BoundField):
    """A field with the classes of the look on its widget, and its text in NFC before anything checks it."""

    @property
    def data(self):
        value = super().data
        if not isinstance(value, str) or self.is_secret:
            return value
        lines = value.splitlines() if isinstance(self.field.widget, forms.Textarea) else [value]
        return "\n".join(clean_text(line) for line in lines)

    @property
    def is_secret(self):
        """Whether what is typed stays as typed."""
        return isinstance(self.field.widget, forms.PasswordInput)

    @property
    def is_tick(self):
        """Whether this is one box to tick, whose label stands beside it."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def has_choices(self):
        """Whether each choice is a line to pick (radio buttons, boxes to tick)."""
        return isinstance(self.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)

    @property
    def anchor(self):
        """The id a link to this field leads to: of its first control."""
        return f"{self.auto_id}_0" if self.use_fieldset else self.id_for_label

    def build_widget_attrs(self, attrs, widget=None):
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        if widget.is_hidden or self.is_tick or self.has_choices:
            return attrs
        look = widget.attrs.get("class", "").split()
        if not any(name.startswith("w-") for name in look):
            look.append(_width(self.field, widget))
        attrs["class"] = " ".join(["input", *look]).strip()
        # A tablet is shared: what one person typed is never offered to the next.
        if "autocomplete" not in widget.attrs and not isinstance(widget, forms.Select):
            attrs["autocomplete"] = "off"
        if isinstance(widget, forms.DateInput) and "inputmode" not in widget.attrs:
            attrs["inputmode"] = "numeric"
        return attrs


def _width(field, widget):
    """Give the width class for what is expected: w-s 6, w-m 16, w-l 26, w-xl 34 rem, or the whole line."""
    if isinstance(widget, forms.Textarea):
        return ""
    if isinstance(widget, forms.Select | forms.FileInput):
        return "w-l"
    if isinstance(field, forms.DateField | forms.TimeField | forms.DateTimeField | forms.IntegerField):
        return "w-m num"
    longest = getattr(field, "max_length", None) or 40
    return "w-s" if longest <= 5 else "w-m" if longest <= 16 else "w-l" if longest <= 40 else "w-xl"


@dataclass(frozen=True)
class Fault:
    """One line of the error summary: what to do, and the id of the control ("" for the form as a whole)."""

    anchor: str
    message: str


class HouseForm:
    """What our forms share; mixed into `Form` and `ModelForm`."""

    bound_field_class = BoundField

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            _speak(field, str(self[name].label))
        self._bound_fields_cache.clear()  # a formset may yet put another field in a field's place

    @property
    def faults(self):
        """The lines of the error summary, in the order of the fields."""
        lines = [Fault("", message) for message in self.non_field_errors()]
        for field in self:
            anchor = "" if field.is_hidden else field.anchor
            lines += [Fault(anchor, message) for message in field.errors]
        return lines


class Form(HouseForm, forms.Form):
    """The base of every form without a model."""


class ModelForm(HouseForm, forms.ModelForm):
    """The base of every form of a model. Checks all its constraints, also those of fields it does not show.

    So what the view knows is on the instance before: `StallForm(data, instance=Stall(market=market))`.
    """

    def _post_clean(self):
        super()._post_clean()
        try:
            self.instance.validate_constraints(exclude=set(self.errors))
        except ValidationError as error:
            self._add_what_is_new(error)

    def _add_what_is_new(self, error):
        """Django has already told of constraints whose fields are all on the form."""
        told = {message for messages in self.errors.values() for message in messages}
        for name, messages in error.update_error_dict({}).items():
            for message in messages:
                if not told.intersection(message.messages):
                    self.add_error(name if name in self.fields else None, message)

    def _update_errors(self, errors):
        """Faults of fields that this form does not show belong to the form as a whole."""
        if hasattr(errors, "error_dict"):
            found = {}
            for name, messages in errors.error_dict.items():
                found.setdefault(name if name in self.fields else NON_FIELD_ERRORS, []).extend(messages)
            errors = ValidationError(found)
        super()._update_errors(errors)


# --- words -------------------------------------------------------------------------------------------------
# By the code of the error; %(label)s is the label, %(name)s the same inside a sentence. Doubled marks are
# filled in by the validator.
WORDS = {
    "required": _("Nhập %(name)s"),
    "max_length": _("%(label)s có nhiều nhất %%(limit_value)d ký tự, đang có %%(show_value)d"),
    "min_length": _("%(label)s có ít nhất %%(limit_value)d ký tự, đang có %%(show_value)d"),
    "max_value": _("%(label)s lớn nhất là %%(limit_value)s"),
    "min_value": _("%(label)s nhỏ nhất là %%(limit_value)s"),
    "max_digits": _("%(label)s có nhiều nhất %%(max)s chữ số"),
    "max_decimal_places": _("%(label)s có nhiều nhất %%(max)s chữ số sau dấu phẩy"),
    "max_whole_digits": _("%(label)s có nhiều nhất %%(max)s chữ số trước dấu phẩy"),
    "invalid_choice": _("Chọn %(name)s trong danh sách"),
    "invalid_list": _("Chọn %(name)s trong danh sách"),
    "invalid_pk_value": _("Chọn %(name)s trong danh sách"),
    "null_characters_not_allowed": _("%(label)s có ký tự không dùng được, gõ lại"),
    "unique": _("%(label)s này đã có rồi, kiểm tra lại"),
}
# The first class that fits adds to or changes the words above.
WORDS_BY_FIELD = [
    (forms.BooleanField, {"required": _("Đánh dấu vào ô “%(label)s”")}),
    (forms.FileField, {"required": _("Chọn %(name)s")}),
    (forms.DateTimeField, {"invalid": _("Gõ %(name)s theo ngày-tháng-năm giờ:phút, ví dụ 27-3-2026 07:30")}),
    (forms.DateField, {"invalid": _("Gõ %(name)s theo ngày-tháng-năm, ví dụ 27-3-1958")}),
    (forms.TimeField, {"invalid": _("Gõ %(name)s theo giờ:phút, ví dụ 07:30")}),
    (forms.DecimalField, {"invalid": _("Gõ %(name)s bằng chữ số, ví dụ 12,5")}),
    (forms.FloatField, {"invalid": _("Gõ %(name)s bằng chữ số, ví dụ 12,5")}),
    (forms.IntegerField, {"invalid": _("Gõ %(name)s bằng chữ số, không có chữ")}),
    (forms.ModelChoiceField, {"required": _("Chọn %(name)s")}),
    (forms.ChoiceField, {"required": _("Chọn %(name)s")}),
    (forms.UUIDField, {"invalid": _("Mã không đúng, mở lại trang rồi làm lại")}),
]
WORDS_FOR_FILES = {
    "invalid": _("Trang chưa nhận được tệp, chọn lại tệp"),
    "missing": _("Trang chưa nhận được tệp, chọn lại tệp"),
    "invalid_image": _("Tệp này không phải ảnh, chọn ảnh JPG hoặc PNG"),
    "empty": _("Tệp này trống, chọn tệp khác"),
    "invalid_extension": _("Chọn tệp loại %%(allowed_extensions)s"),
    "max_length": _("Tên tệp dài quá, đổi tên ngắn hơn rồi chọn lại"),
}


def _speak(field, label):
    """Put our words in place of Django's own; words that the form or the model gave stay."""
    words = dict(WORDS)
    if isinstance(field, forms.FileField):
        words |= WORDS_FOR_FILES
    words |= next((more for kind, more in WORDS_BY_FIELD if isinstance(field, kind)), {})
    stock = _stock_words(type(field))
    for code, sentence in words.items():
        if field.error_messages.get(code) is stock.get(code):
            filled = label.replace("%", "%%") if "%%" in sentence else label
            field.error_messages[code] = gettext(sentence) % {"label": filled, "name": inside(filled)}
    if isinstance(field, forms.ModelChoiceField):  # its validator has words of its own
        no_choice = field.error_messages["invalid_choice"]
        field.validate_no_null_characters = ProhibitNullCharactersValidator(message=no_choice)


def _stock_words(kind):
    words = {}
    for ancestor in reversed(kind.__mro__):
        if ancestor.__module__.startswith("django."):
            words |= getattr(ancestor, "default_error_messages", {})
    return words


def inside(label):
    """Give a label as it stands inside a sentence: "Số tài khoản" as "số tài khoản", but "PIN" as it is."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]
