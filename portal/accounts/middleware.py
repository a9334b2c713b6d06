"""What stands between a request and a page for who is logged in."""

import pghistory.middleware
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.http import JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from portal.accounts import kept, pins, sessions
from portal.accounts.gates import address, onward, way_back


class AccountMiddleware:
    """Eight hours, second factor, lock. On a public page, who is stopped by one of them counts as nobody."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return None
        is_public = not getattr(view, "login_required", True)
        stop = self._stop(request, view)
        if stop and is_public:
            request.user = AnonymousUser()
            return None
        return stop and stop(request)

    def _stop(self, request, view):
        """The function that answers instead of the view, or None."""
        if sessions.has_ended(request):
            return end_quietly if getattr(view, "is_background", False) else end
        if getattr(view, "is_always_open", False):
            return None
        if request.user.needs_second_factor and not request.user.is_verified():
            return ask_second_factor
        if getattr(view, "is_lockable", False):
            sessions.notice_activity(request)
            request.lock_after = settings.FIELD_LOCK_AFTER if request.user.pin else None
        return pins.answer_locked if sessions.is_locked(request) else None


def end(request):
    """The session is over: to the login page, with what was being sent kept aside for the same person."""
    token = "" if sessions.is_practising(request) else kept.seal_post(request)  # sent again, it would count
    was_guest, page = request.user.is_guest, way_back(request)
    logout(request)
    if token:
        request.session["kept"] = token
        page = reverse("kept_resend")
    if was_guest:
        messages.info(request, "Ca của bạn đã hết. Hỏi đội trưởng mã ca mới, rồi vào lại bằng mã đó.")
        return redirect("shift_join")
    messages.info(request, "Phiên làm việc đã hết 8 giờ. Đăng nhập lại, bạn sẽ về đúng trang đang làm.")
    return redirect(address("login", page))


def end_quietly(request):
    """A script asks by itself: whoever is typing hears of it with the page, which keeps what was typed."""
    return JsonResponse({"error": "login"}, status=401)


def ask_second_factor(request):
    return onward("otp_verify", request)


class HtmxLoginMiddleware:
    """A redirect to a page of its own must not land inside a fragment: htmx opens it as a page."""

    WHOLE_PAGES = ("login", "shift_join", "otp_verify", "pin_set", "place_choose", "practice")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if not request.htmx or response.status_code != 302:
            return response
        path = response["Location"].partition("?")[0]
        if path not in {reverse(name) for name in self.WHOLE_PAGES}:
            return response
        if path == reverse("login") and "kept" not in request.session:
            return HttpResponseClientRedirect(address("login", way_back(request)))
        return HttpResponseClientRedirect(response["Location"])


class HistoryMiddleware(pghistory.middleware.HistoryMiddleware):
    """Says who acted and in which request, and nothing of what was asked."""

    def get_context(self, request):
        return {"user": super().get_context(request)["user"], "request": request.id}
