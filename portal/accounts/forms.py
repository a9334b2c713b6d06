"""What people type to come in, and to let others in."""

from datetime import datetime

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone

from portal.accounts import pins, rights
from portal.accounts.models import Role, User
from portal.codes.shortcodes import normalize, why_invalid
from portal.forms import Form
from portal.organization.models import Place, Team, Unit
from portal.phones import normalize_phone, why_no_phone
from portal.printing.portraits import portrait_jpeg
from portal.printing.reading import PictureError
from portal.privacy.models import Consent


class PinField(forms.CharField):
    """Six digits, typed unseen. `is_new` refuses what is guessed first."""

    def __init__(self, *, label: str = "PIN của bạn", is_new: bool = False, **kwargs):
        attrs = {"inputmode": "numeric", "maxlength": pins.LENGTH, "autocomplete": "off", "class": "num w-m"}
        validators = [pins.refuse_trivial] if is_new else []
        super().__init__(
            label=label, strip=True, widget=forms.PasswordInput(attrs), validators=validators, **kwargs
        )


class NewPinForm(Form):
    """A PIN and the same again."""

    pin = PinField(
        is_new=True, help_text="6 chữ số, đừng dùng ngày sinh. Chỉ mình bạn biết, không ai được hỏi số này."
    )
    pin_again = PinField(label="Gõ lại PIN của bạn")

    def clean(self):
        data = super().clean()
        if "pin" in data and "pin_again" in data and data["pin"] != data["pin_again"]:
            self.add_error("pin_again", "Hai lần gõ PIN chưa giống nhau, gõ lại.")
        return data


# --- coming in ---------------------------------------------------------------------------------------------


class LoginForm(Form):
    username = forms.CharField(
        label="Số điện thoại hoặc tên đăng nhập",
        max_length=60,
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label="Mật khẩu",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password", "class": "w-l"}),
    )


class SecondFactorForm(Form):
    """The six digits of the authenticator, or one of the recovery codes."""

    token = forms.CharField(
        label="Mã xác thực",
        max_length=20,
        help_text="6 chữ số trên ứng dụng xác thực. Không có máy bên mình thì gõ một mã dự phòng.",
        widget=forms.TextInput(
            {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class SetupForm(Form):
    """The first six digits of a new authenticator."""

    token = forms.CharField(
        label="Mã xác thực",
        max_length=10,
        help_text="Ứng dụng đổi mã sau mỗi 30 giây.",
        widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "numeric", "class": "num w-m"}),
    )


class PasswordForm(NewPinForm):
    """A first or new password, and a PIN for who works in the field."""

    password = forms.CharField(
        label="Mật khẩu mới",
        max_length=200,
        strip=False,
        help_text="Ít nhất 10 ký tự. Một câu ngắn có dấu cách thì dễ nhớ mà khó đoán.",
        widget=forms.PasswordInput({"autocomplete": "new-password", "class": "w-l"}),
    )
    password_again = forms.CharField(
        label="Gõ lại mật khẩu mới",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password", "class": "w-l"}),
    )
    field_order = ("password", "password_again", "pin", "pin_again")

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        if not user.reach.holds(*rights.FIELD):
            del self.fields["pin"], self.fields["pin_again"]

    def clean_password(self):
        validate_password(self.cleaned_data["password"], self.user)
        return self.cleaned_data["password"]

    def clean(self):
        data = super().clean()
        if "password" in data and data.get("password_again") not in (None, data["password"]):
            self.add_error("password_again", "Hai lần gõ mật khẩu chưa giống nhau, gõ lại.")
        return data


# --- joining a shift ---------------------------------------------------------------------------------------


class CodeForm(Form):
    code = forms.CharField(
        label="Mã ca",
        max_length=20,
        help_text="8 chữ và số, in trên tờ giấy hoặc màn hình của đội trưởng.",
        widget=forms.TextInput({"autocapitalize": "characters", "spellcheck": "false", "class": "num w-m"}),
    )

    def clean_code(self):
        if sentence := why_invalid(self.cleaned_data["code"]):
            raise ValidationError(sentence.replace("in trên thẻ", "ca"))
        return normalize(self.cleaned_data["code"])


class GuestForm(Form):
    """Who wants to join."""

    name = forms.CharField(
        label="Họ và tên của bạn", max_length=80, help_text="Đủ họ tên, có dấu, như trên thẻ đoàn viên."
    )

    def clean_name(self):
        return a_name(self.cleaned_data["name"])


class NewGuestForm(NewPinForm):
    name = forms.CharField(max_length=80, widget=forms.HiddenInput, validators=[])
    field_order = ("name", "pin", "pin_again")

    def clean_name(self):
        return a_name(self.cleaned_data["name"])


class KnownGuestForm(Form):
    name = forms.CharField(max_length=80, widget=forms.HiddenInput)
    pin = PinField()


# --- letting others in -------------------------------------------------------------------------------------


class ShiftForm(Form):
    """A shift of one day at one place. `cleaned_data` has the instants starts_at and ends_at."""

    place = forms.ModelChoiceField(Place.objects.none(), label="Nơi làm việc", empty_label="Chọn nơi")
    team = forms.ModelChoiceField(
        Team.objects.none(), label="Đội", required=False, empty_label="Không ghi đội"
    )
    day = forms.DateField(label="Ngày", help_text="Ngày-tháng-năm, ví dụ 22-11-2026.")
    start = forms.TimeField(label="Từ giờ", help_text="Ví dụ 07:00.")
    end = forms.TimeField(label="Đến giờ", help_text="Ví dụ 11:00.")
    note = forms.CharField(label="Phân công", max_length=120, required=False, help_text="Ví dụ: dãy B và C.")

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = Place.objects.visible_to(user)
        self.fields["team"].queryset = Team.objects.visible_to(user).today()

    def clean(self):
        data = super().clean()
        if not {"day", "start", "end"} <= data.keys():
            return data
        if data["end"] <= data["start"]:
            self.add_error("end", "Giờ kết thúc phải sau giờ bắt đầu, trong cùng một ngày.")
            return data
        zone = timezone.get_current_timezone()
        data["starts_at"] = datetime.combine(data["day"], data["start"], zone)
        data["ends_at"] = datetime.combine(data["day"], data["end"], zone)
        if data["ends_at"] <= timezone.now():
            self.add_error("end", "Ca này đã qua rồi, xem lại ngày và giờ.")
        return data


class RoleForm(Form):
    """A role on a unit, that this user may give."""

    kind = forms.ChoiceField(label="Vai trò")
    unit = forms.ModelChoiceField(Unit.objects.none(), label="Đơn vị", empty_label="Chọn đơn vị")
    ends_on = forms.DateField(
        label="Đến hết ngày", required=False, help_text="Ngày-tháng-năm. Bỏ trống nếu chưa biết."
    )

    def __init__(self, *args, giver: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.giver = giver
        given = set().union(*(rights.GIVES.get(role.kind, set()) for role in giver.reach.roles))
        self.fields["kind"].choices = [choice for choice in Role.Kind.choices if choice[0] in given]
        self.fields["unit"].queryset = Unit.objects.visible_to(giver).today()

    def clean_ends_on(self):
        day = self.cleaned_data["ends_on"]
        if day and day < timezone.localdate():
            raise ValidationError("Ngày này đã qua rồi, xem lại.")
        return day

    def clean(self):
        data = super().clean()
        if {"kind", "unit"} <= data.keys() and not rights.may_give(self.giver, data["kind"], data["unit"]):
            self.add_error("unit", "Bạn chưa giao được vai trò này ở đơn vị này. Chọn đơn vị khác.")
        return data


class InviteForm(RoleForm):
    """A new person and their first role."""

    name = forms.CharField(label="Họ và tên", max_length=80, help_text="Đủ họ tên, có dấu.")
    phone = forms.CharField(
        label="Số điện thoại",
        max_length=20,
        required=False,
        help_text="Để đăng nhập. Người không có điện thoại thì đăng nhập bằng tên.",
        widget=forms.TextInput({"inputmode": "tel", "class": "num w-m"}),
    )
    field_order = ("name", "phone", "kind", "unit", "ends_on")

    def clean_name(self):
        return a_name(self.cleaned_data["name"])

    def clean_phone(self):
        typed = self.cleaned_data["phone"]
        if not typed:
            return None
        if sentence := why_no_phone(typed):
            raise ValidationError(sentence)
        phone = normalize_phone(typed)
        if User.objects.filter(phone=phone).exists():
            raise ValidationError(
                "Số này đã có tài khoản. Tìm người đó trong danh sách để giao thêm vai trò; nếu không thấy, "
                "nhờ Tỉnh Đoàn."
            )
        return phone


class ResetForm(Form):
    second_factor = forms.BooleanField(
        label="Bỏ cả ứng dụng xác thực và mã dự phòng (người này mất điện thoại)", required=False
    )


class PhotoForm(Form):
    """A portrait for a badge, and the yes of who is on it. `cleaned_data["photo"]` is the small JPEG."""

    photo = forms.FileField(
        label="Ảnh chân dung",
        help_text="Một người, nhìn thẳng, thấy rõ mặt. JPG, PNG hoặc WebP, nhẹ hơn 12 MB.",
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp"}),
        error_messages={"required": "Chọn ảnh chân dung, nhẹ hơn 12 MB"},  # a heavier one does not arrive
    )
    is_agreed = forms.BooleanField(
        label="Người trong ảnh đã nghe đọc lời trên và đồng ý",
        error_messages={"required": "Không có lời đồng ý thì không dùng ảnh: thẻ vẫn in được, không có ảnh"},
    )
    how = forms.ChoiceField(
        label="Đồng ý bằng cách nào", choices=Consent.How, widget=forms.RadioSelect, initial="screen"
    )
    paper_number = forms.CharField(
        label="Số phiếu giấy", max_length=40, required=False, help_text="Chỉ ghi khi người đó ký phiếu giấy."
    )

    def clean_photo(self):
        try:
            return portrait_jpeg(self.cleaned_data["photo"].read())
        except PictureError as error:
            raise ValidationError(str(error)) from None

    def clean(self):
        data = super().clean()
        if data.get("how") == Consent.How.SCREEN:
            data["paper_number"] = ""
        elif data.get("how") and not data.get("paper_number"):
            self.add_error("paper_number", "Nhập số phiếu giấy người đó đã ký")
        return data


def a_name(text: str) -> str:
    """The name; raises ValidationError where it has no letters."""
    if not any(character.isalpha() for character in text):
        raise ValidationError("Ghi họ và tên bằng chữ.")
    return text
