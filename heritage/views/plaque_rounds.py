"""Plaque rounds: which plaques nobody has looked at for long, and what a volunteer sees there."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from heritage import plaques
from heritage.models import Plaque, PlaqueCheck
from heritage.plaque_forms import CheckForm
from heritage.views.plaques import photo_answer
from portal.accounts import rights
from portal.accounts.gates import lockable
from portal.camera import camera_page
from portal.codes.shortcodes import normalize, why_invalid
from portal.forms import page

PER_PAGE, MOST_MARKS = 30, 200
ANSWERS = ["GET", "HEAD", "POST"]


def round_page(view):
    """A page for who does field work; plaques hang far from any desk, so no place need be chosen."""

    def gated(request, *args, **kwargs):
        if not rights.may_record(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return lockable(gated)


def mounted_of(request, id) -> Plaque:
    """A mounted plaque that the user reaches, else 404."""
    return get_object_or_404(Plaque.objects.visible_to(request.user).mounted().select_related("site"), pk=id)


@require_http_methods(ANSWERS)
@round_page
@camera_page
def plaque_round_list(request):
    """Overdue plaques on a map and in a list; a scan or a typed code opens the plaque one stands at."""
    typed = request.POST.get("code", "").strip()
    wrong = ""
    if request.method == "POST":
        code = normalize(typed)
        mounted = Plaque.objects.visible_to(request.user).mounted()
        plaque = mounted.filter(code=code).first() if code else None
        if plaque:
            return redirect(f"{plaque_check_address(plaque)}?ma={code}")
        wrong = (
            why_invalid(typed)
            if not code
            else "Không có biển nào đang gắn trong địa bàn của bạn mang mã này."
        )
    rows = Plaque.objects.visible_to(request.user)
    due, all_mounted = rows.due(), rows.with_last_look().mounted()
    is_all = request.GET.get("xem") == "tat-ca"
    shown = (all_mounted if is_all else due).select_related("site")
    shown = shown.order_by(F("looked_at").asc(nulls_first=True), "mounted_on")
    context = {
        "plaques": Paginator(shown, PER_PAGE).get_page(request.GET.get("page")),
        "due_count": due.count(),
        "all_count": all_mounted.count(),
        "is_all": is_all,
        "map": plaques.on_map(shown[:MOST_MARKS]),
        "typed": typed,
        "wrong": wrong,
    }
    return render(request, "heritage/plaque_round_list.html", context, status=422 if wrong else 200)


def plaque_check_address(plaque: Plaque) -> str:
    """Where a look at this plaque is written down."""
    return redirect("plaque_check", plaque.pk).url


@require_http_methods(ANSWERS)
@round_page
@camera_page
def plaque_check(request, id):
    """One look: how the plaque is, with a photo. A scanned code that is another plaque's leads there."""
    plaque = mounted_of(request, id)
    scanned = normalize(request.POST.get("scanned", "") or request.GET.get("ma", ""))
    if scanned and scanned != plaque.code_id:
        other = Plaque.objects.visible_to(request.user).mounted().filter(code=scanned).first()
        words = f"Mã {scanned} không phải của biển này."
        messages.warning(
            request, f"{words} Đây là biển mang mã ấy." if other else f"{words} Xem lại chỗ đứng."
        )
        if other:
            return redirect(f"{plaque_check_address(other)}?ma={scanned}")
        scanned = None
    form = CheckForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        PlaqueCheck.objects.record(
            plaque,
            by=request.user,
            id=form.cleaned_data["id"],
            result=form.cleaned_data["result"],
            photo=form.cleaned_data["picture"],
            note=form.cleaned_data["note"],
            is_scanned=scanned == plaque.code_id,
        )
        messages.success(request, f"Đã ghi: biển {plaque.code_id} {_told(form.cleaned_data['result'])}.")
        return redirect("plaque_round_list")
    last = plaque.checks.select_related("by").first()
    context = {"plaque": plaque, "scanned": scanned or "", "last": last}
    return page(request, "heritage/plaque_check.html", context, form=form)


def _told(result: str) -> str:
    return {
        PlaqueCheck.Result.GOOD: "còn tốt",
        PlaqueCheck.Result.FADED: "mờ, Tỉnh Đoàn sẽ in lại",
        PlaqueCheck.Result.GONE: "đã mất, Tỉnh Đoàn sẽ làm lại",
        PlaqueCheck.Result.NO_SIGNAL: "không có sóng, khách nên lưu trang trước khi tới",
    }[result]


@require_safe
@round_page
def plaque_check_photo(request, id):
    """The photo of a look, as a file."""
    check = get_object_or_404(PlaqueCheck.objects.visible_to(request.user).select_related("photo"), pk=id)
    return photo_answer(check.photo)
