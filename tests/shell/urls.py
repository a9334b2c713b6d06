"""The addresses of the portal, and under /thu/ what the tests of the shell need: a form, ways to fail."""

from django import forms as django_forms
from django.conf.urls.i18n import i18n_patterns
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

import portal.urls
from portal import errors
from portal.forms import Form, page
from portal.urls import handler400, handler403, handler404, handler500  # noqa: F401

STEPS = ["Thông tin sạp", "Tài khoản nhận tiền", "In thẻ", "Dán thẻ", "Thử chuyển 1.000đ", "Theo dõi"]


class StallForm(Form):
    """Every kind of field once."""

    bank = django_forms.ChoiceField(
        label="Ngân hàng", choices=[("", "Chọn ngân hàng"), ("970418", "BIDV"), ("970405", "Agribank")]
    )
    account = django_forms.CharField(
        label="Số tài khoản", max_length=19, help_text="Gõ cả khoảng trắng, dấu chấm cũng được."
    )
    pin = django_forms.CharField(label="PIN", max_length=6, widget=django_forms.PasswordInput)
    since = django_forms.DateField(label="Ngày bán đầu tiên", required=False)
    share = django_forms.IntegerField(label="% khách chuyển khoản", min_value=0, max_value=100)
    phone = django_forms.ChoiceField(
        label="Điện thoại",
        choices=[("own", "Có máy riêng"), ("shared", "Dùng chung máy người nhà")],
        widget=django_forms.RadioSelect,
        help_text="Hỏi nhẹ nhàng.",
    )
    helped = django_forms.MultipleChoiceField(
        label="Đã giúp",
        choices=[("vneid", "Cài ứng dụng VNeID"), ("level2", "Kích hoạt mức 2")],
        widget=django_forms.CheckboxSelectMultiple,
        required=False,
    )
    picture = django_forms.FileField(label="Ảnh mã nhận tiền", required=False)
    note = django_forms.CharField(label="Ghi chú", widget=django_forms.Textarea, required=False)
    agrees = django_forms.BooleanField(label="Chủ sạp đã nghe và đồng ý", help_text="Đọc to trước khi hỏi.")

    def clean(self):
        if self.cleaned_data.get("share") == 99:
            raise django_forms.ValidationError("Sạp này đã đóng")


@login_not_required
def page_alone(request):
    return render(request, "trial/home.html")


@login_not_required
def components(request):
    stalls = Paginator(range(1, 242), 20).page(request.GET.get("page", 3))
    return render(request, "trial/components.html", {"stalls": stalls})


@login_not_required
def htmx(request):
    return render(request, "trial/htmx.html")


@login_not_required
@csrf_exempt
def form(request):
    stall = StallForm(request.POST or None, request.FILES or None)
    if stall.is_valid():
        return JsonResponse(stall.cleaned_data)
    return page(request, "trial/form.html", {"steps": STEPS}, form=stall)


@login_not_required
def own_cache(request):
    response = HttpResponse("own")
    response["Cache-Control"] = "max-age=60"
    return response


@login_not_required
@csrf_exempt
def fail(request, code):
    typed = request.POST.get("name", "")
    if code == "bad":
        raise BadRequest(typed)
    if code == "denied":
        raise PermissionDenied
    if code == "too-many":
        return errors.too_many_requests(request, wait=600)
    try:
        raise KeyError(code)
    except KeyError as error:
        raise ValueError(typed) from error


@login_not_required
def who(request):
    return HttpResponse(str(request.user))


def secret(request):
    return HttpResponse("only for who is logged in")


trial = [
    path("page/", page_alone),
    path("components/", components, name="components"),
    path("form/", form),
    path("htmx/", htmx),
    path("own-cache/", own_cache),
    path("fail/<str:code>/", fail),
    path("who/", who),
    path("secret/", secret),
    path("post-only/", login_not_required(csrf_exempt(require_POST(who)))),
    path("guarded/", login_not_required(who)),
]
both = i18n_patterns(path("thu/both/<str:code>/", fail, name="fail_both"), prefix_default_language=False)
urlpatterns = [path("thu/", include(trial)), *both, *portal.urls.urlpatterns]
