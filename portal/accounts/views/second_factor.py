"""The second step of login for who sees the whole province, or changes the rules."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django_otp import login as login_device

from portal import limits
from portal.accounts import second_factor
from portal.accounts.forms import SecondFactorForm, SetupForm
from portal.accounts.gates import address, always_open, next_page, onward
from portal.codes.qr import svg
from portal.forms import page

TRIES, WAIT = 10, 15 * 60
FEW = 3  # recovery codes: time for new ones
WRONG = "Mã chưa đúng hoặc đã dùng. Chờ ứng dụng đổi sang mã mới rồi gõ lại."
TOO_OFTEN = "Gõ sai nhiều lần rồi. Chờ 15 phút rồi thử lại."


@always_open
@never_cache
@sensitive_post_parameters("token")
def otp_verify(request):
    """Asks for the authenticator's code, or a recovery code."""
    if not request.user.needs_second_factor or request.user.is_verified():
        return redirect(next_page(request))
    if second_factor.authenticator(request.user) is None:
        return onward("otp_setup", request)
    form = SecondFactorForm(request.POST or None)
    if _take(request, form, second_factor.verify):
        few = second_factor.recovery_codes_left(request.user) < FEW
        return redirect(address("otp_recovery", next_page(request)) if few else next_page(request))
    return page(request, "accounts/otp_verify.html", {"next": next_page(request)}, form=form)


@always_open
@never_cache
@sensitive_post_parameters("token")
def otp_setup(request):
    """Shows the secret to scan or type until a code proves it arrived; then the recovery codes, once."""
    if not request.user.needs_second_factor:
        raise PermissionDenied
    if second_factor.authenticator(request.user):
        return redirect("otp_recovery" if request.user.is_verified() else "otp_verify")
    form = SetupForm(request.POST or None)
    if _take(request, form, second_factor.confirm):
        return _show_codes(request)
    device = second_factor.unconfirmed(request.user)
    context = {
        "qr": svg(device.config_url, "L", label="Mã QR để thêm vào ứng dụng xác thực"),
        "secret": second_factor.typed_secret(device),
        "next": next_page(request),
    }
    return page(request, "accounts/otp_setup.html", context, form=form)


@never_cache
def otp_recovery(request):
    """How many recovery codes are left; POST makes ten new ones, and the old ones are void."""
    if not request.user.is_verified():
        raise PermissionDenied
    if request.method == "POST":
        return _show_codes(request)
    context = {"left": second_factor.recovery_codes_left(request.user), "next": next_page(request)}
    return render(request, "accounts/otp_recovery.html", context)


def _take(request, form, check) -> bool:
    """Whether the form's token passed; the session is then the verified user's, under a new key."""
    if not form.is_valid():
        return False
    if not limits.allow("otp", str(request.user.pk), limit=TRIES, seconds=WAIT):
        form.add_error("token", TOO_OFTEN)
        return False
    device = check(request.user, form.cleaned_data["token"])
    if not device:
        form.add_error("token", WRONG)
        return False
    limits.forget("otp", str(request.user.pk))
    login_device(request, device)
    request.session.cycle_key()
    return True


def _show_codes(request):
    codes = second_factor.new_recovery_codes(request.user)
    return render(request, "accounts/otp_codes.html", {"codes": codes, "next": next_page(request)})
