"""Coming in and going out: password, one-time link, lock, PIN, and what was being typed in between."""

from datetime import timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from portal import errors, limits
from portal.accounts import invitations, kept, pins, sessions
from portal.accounts.attempts import account_key
from portal.accounts.forms import LoginForm, NewPinForm, PasswordForm
from portal.accounts.gates import always_open, next_page
from portal.forms import page

BACKEND = "portal.accounts.backends.NameOrPhoneBackend"


@login_not_required
@always_open
@never_cache
@sensitive_post_parameters("password")
def login(request):
    """Name or phone and password; beside it the way in by a shift's code."""
    if request.method != "POST" and _is_in(request.user):
        return redirect(next_page(request))
    form = LoginForm(request.POST or None)
    if form.is_valid():
        user = auth.authenticate(request, **form.cleaned_data)
        if user:
            auth.login(request, user)
            return redirect(next_page(request))
        form.add_error(None, "Tên đăng nhập hoặc mật khẩu chưa đúng. Xem lại chữ hoa, chữ thường rồi gõ lại.")
    return page(request, "accounts/login.html", {"next": next_page(request)}, form=form)


def locked_out(request, original_response, credentials):
    """429 after too many wrong passwords for one account from one address (called by django-axes)."""
    cooloff = timedelta(hours=settings.AXES_COOLOFF_TIME)
    tries = AccessAttempt.objects.filter(
        username=account_key(request, credentials), ip_address=limits.client_address(request)
    )
    last = tries.order_by("-attempt_time").values_list("attempt_time", flat=True).first() or timezone.now()
    response = render(request, "accounts/locked_out.html", {"until": last + cooloff}, status=429)
    response["Retry-After"] = str(int((last + cooloff - timezone.now()).total_seconds()))
    return response


@login_not_required
@always_open
@require_POST
def logout(request):
    """Out, and back to the entrance for the next person."""
    auth.logout(request)
    messages.success(request, "Bạn đã đăng xuất. Máy sẵn sàng cho người khác.")
    return redirect("login")


@never_cache
def kept_resend(request):
    """What was being sent when the session ended, for the same person to send now."""
    form = kept.open_kept(request.session.get("kept", ""), request.user)
    if form is None:
        request.session.pop("kept", None)
        return redirect("today")
    if form.place_id:
        request.session.setdefault("place_id", form.place_id)
    return render(request, "accounts/kept_resend.html", {"kept": form})


@always_open
@never_cache
@sensitive_post_parameters("pin")
@require_http_methods(["GET", "POST"])
def lock(request):
    """POST locks the screen ("Xong, khóa máy"); POST with a PIN opens it; the script gets no pages."""
    onward = _page_before(request)
    if not request.user.pin:
        return redirect("pin_set")
    if not request.accepts("text/html"):
        return _lock_for_script(request)
    if request.method == "POST" and "pin" in request.POST:
        fault = pins.try_pin(request.user, request.POST["pin"])
        if fault:
            return pins.lock_page(request, fault=fault, onward=onward)
        sessions.unlock(request)
        return redirect(onward)
    if request.method == "POST":
        sessions.lock(request)
    elif not sessions.is_locked(request):
        return redirect(onward)
    return pins.lock_page(request, onward=onward)


def _lock_for_script(request):
    """For js/lock.js: GET says that somebody is typing, POST brings a PIN. 204, or 422 and 423 with why."""
    if request.method == "POST":
        fault = pins.try_pin(request.user, request.POST.get("pin", ""))
        if fault:
            return JsonResponse({"fault": fault}, status=422)
        sessions.unlock(request)
        return HttpResponse(status=204)
    sessions.notice_activity(request)
    return HttpResponse(status=423 if sessions.is_locked(request) else 204)


@never_cache
@sensitive_post_parameters("pin", "pin_again")
def pin_set(request):
    """The own PIN, before the first field page; who forgets it gets a one-time link."""
    if request.user.pin:
        messages.info(request, "Bạn đã có PIN. Quên PIN thì nhờ người phụ trách tạo đường dẫn đặt lại.")
        return redirect(next_page(request))
    form = NewPinForm(request.POST or None)
    if form.is_valid():
        request.user.set_pin(form.cleaned_data["pin"])
        request.user.save(update_fields=["pin", "pin_check"])
        messages.success(request, "Đã lưu PIN của bạn. Rời máy là màn hình khóa, gõ PIN để mở lại.")
        return redirect(next_page(request))
    return page(request, "accounts/pin_set.html", {"next": next_page(request)}, form=form)


@login_not_required
@never_cache
@sensitive_post_parameters()
def link_use(request, token):
    """The page behind an invitation or reset: set a password, and be in."""
    if not limits.allow("link", limits.client_address(request), limit=60, seconds=900):
        return errors.too_many_requests(request, wait=900)
    link = invitations.find(token)
    if link is None:
        return render(request, "accounts/link_dead.html", status=410)
    form = PasswordForm(request.POST or None, user=link.user)
    if form.is_valid():
        if not invitations.use(
            link, password=form.cleaned_data["password"], pin=form.cleaned_data.get("pin", "")
        ):
            return render(request, "accounts/link_dead.html", status=410)
        auth.login(request, link.user, backend=BACKEND)
        messages.success(request, f"Chào {link.user.name}. Mật khẩu đã lưu, lần sau bạn đăng nhập bằng nó.")
        return redirect("today")
    return page(request, "accounts/link_use.html", {"link": link}, form=form)


def _is_in(user) -> bool:
    return user.is_authenticated and (not user.needs_second_factor or user.is_verified())


def _page_before(request) -> str:
    """Where the PIN leads back to: `next`, else the page whose button locked the screen."""
    if "next" not in request.POST and "next" not in request.GET:
        referer = request.META.get("HTTP_REFERER", "")
        host = request.get_host()
        if url_has_allowed_host_and_scheme(referer, {host}, require_https=request.is_secure()):
            path = "/" + referer.partition("://")[2].partition("/")[2]
            return reverse("today") if path == reverse("lock") else path
    return next_page(request)
