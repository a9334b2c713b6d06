"""What a visitor reads when something is not as it should be: what happened, and what to do now.

The four handlers are wired in `portal.urls`, `csrf_failure` in the settings. An htmx request gets a notice
for the place under the menu, everybody else a page in the frame they know.
"""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponseServerError
from django.shortcuts import render
from django.template import loader
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _


def bad_request(request, exception=None):
    """400, or 413 when more was sent than we take."""
    if isinstance(exception, RequestDataTooBig):
        heading = _("Tệp hoặc nội dung gửi lên lớn quá")
        advice = _("Chọn tệp nhỏ hơn 10 MB, hoặc chụp lại ảnh ở cỡ nhỏ hơn, rồi gửi lại.")
        return answer(request, 413, heading, advice)
    heading = _("Trang không hiểu yêu cầu này")
    advice = _(
        "Quay lại trang trước, tải lại trang rồi làm lại. Nếu bạn gõ địa chỉ bằng tay, xem lại từng chữ."
    )
    return answer(request, 400, heading, advice)


def permission_denied(request, exception=None):
    """403: logged in, but not for this."""
    heading = _("Tài khoản của bạn không mở được trang này")
    advice = _("Nếu việc của bạn cần trang này, hãy hỏi đội trưởng hoặc Tỉnh Đoàn để được giao thêm vai trò.")
    return answer(request, 403, heading, advice)


def csrf_failure(request, reason=""):
    """403: the form is older than the session, or came from elsewhere."""
    heading = _("Trang đã mở quá lâu")
    advice = _("Quay lại trang trước, tải lại trang rồi gửi lần nữa. Nội dung vừa gửi chưa được lưu.")
    return answer(request, 403, heading, advice)


def page_not_found(request, exception=None):
    """404: no such address, or nothing there that this person may see."""
    heading = _("Không tìm thấy trang này")
    advice = _("Địa chỉ có thể đã gõ nhầm, hoặc trang không còn. Xem lại từng chữ, hoặc đi từ trang đầu.")
    return answer(request, 404, heading, advice)


def method_not_allowed(request):
    """405: mostly a form's address that was opened like a page."""
    heading = _("Trang này chỉ mở được từ nút bấm")
    advice = _("Quay lại trang trước rồi bấm nút ở đó. Việc vừa rồi chưa được lưu.")
    return answer(request, 405, heading, advice)


def too_many_requests(request, exception=None, *, wait=60):
    """429: `wait` is the number of seconds after which it is worth trying again."""
    minutes = max(1, round(wait / 60))
    heading = _("Thử quá nhiều lần")
    advice = ngettext(
        "Chờ %(minutes)s phút rồi thử lại, không cần đổi mật khẩu hay mã.",
        "Chờ %(minutes)s phút rồi thử lại, không cần đổi mật khẩu hay mã.",
        minutes,
    ) % {"minutes": minutes}
    response = answer(request, 429, heading, advice)
    response["Retry-After"] = str(int(wait))
    return response


def server_error(request):
    """500: written without database, session or menu, since any of them may be what broke."""
    start = "/" if get_language() == settings.LANGUAGE_CODE else f"/{get_language()}/"
    words = {"request_id": getattr(request, "id", "-"), "start": start}
    try:
        return HttpResponseServerError(loader.render_to_string("500.html", words))
    except Exception:  # a template or a static file is missing: still say something
        return HttpResponseServerError(
            "Máy chủ gặp lỗi. Thử lại sau ít phút.\n"
            "Something broke on our side. Please try again in a few minutes.\n"
            f"Mã sự cố / Incident code: {words['request_id']}",
            content_type="text/plain; charset=utf-8",
        )


def answer(request, status, heading, advice):
    """Render an error: `heading` says what happened, `advice` what to do now.

    The frame is the public one under /en/ for everybody: staff pages speak Vietnamese.
    """
    user = getattr(request, "user", None)
    is_vietnamese = get_language() == settings.LANGUAGE_CODE
    is_staff_page = is_vietnamese and user is not None and user.is_authenticated
    words = {
        "heading": heading,
        "advice": advice,
        "base": "base_staff.html" if is_staff_page else "base.html",
        "start": "today" if is_staff_page else "home",
    }
    template = "components/notice.html" if getattr(request, "htmx", False) else "error.html"
    return render(request, template, words, status=status)


class EmptyErrorMiddleware:
    """Gives Django's empty 405 the page of `method_not_allowed`, with the methods that are allowed."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code != 405 or response.content:
            return response
        page = method_not_allowed(request)
        page["Allow"] = response["Allow"]
        return page
