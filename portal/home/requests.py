"""The desk for what people ask about their own data: taken down, found in all apps, answered in time.

Names stand in no address: a search is a POST, and so is a copy, which the read log writes down.
"""

import json

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.core.serializers.json import DjangoJSONEncoder
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts import rights
from portal.accounts.gates import lockable, only
from portal.errors import too_many_requests
from portal.exports import Sheet, workbook
from portal.forms import page
from portal.history import versions
from portal.home import personal
from portal.home.request_forms import CloseForm, EraseForm, FindForm, RequestForm, refused_close
from portal.limits import allow
from portal.privacy.models import PersonRequest
from portal.registers import XLSX

ANSWERERS = ("unit_secretary", "province_staff", "administrator")  # an auditor reads the list
PER_PAGE = 25
SEARCHES = {"limit": 60, "seconds": 3600}


@lockable
@only(*rights.STAFF)
@require_safe
def request_list(request):
    """Requests that wait, the most pressing first; `?xem=dong` those that are closed."""
    wishes = PersonRequest.objects.visible_to(request.user).select_related("unit")
    is_closed = request.GET.get("xem") == "dong"
    shown = wishes.exclude(closed_at=None).order_by("-closed_at") if is_closed else wishes.open()
    context = {
        "page": Paginator(shown, PER_PAGE).get_page(request.GET.get("page")),
        "is_closed": is_closed,
        "open_count": wishes.open().count(),
        "late_count": wishes.overdue().count(),
        "may_answer": request.user.reach.holds(*ANSWERERS),
    }
    return render(request, "home/request_list.html", context)


@lockable
@only(*ANSWERERS)
@require_http_methods(["GET", "HEAD", "POST"])
def request_create(request):
    """A request that came in; the clock starts."""
    form = RequestForm(request.POST or None)
    if form.is_valid():
        unit = _unit(request.user)
        wish = PersonRequest.objects.receive(unit=unit, by=request.user, **form.cleaned_data)
        messages.success(request, f"Đã ghi. Trả lời chậm nhất ngày {wish.due_on:%d-%m-%Y}.")
        return redirect("request_detail", wish.pk)
    return page(request, "home/request_form.html", form=form)


@lockable
@never_cache
@only(*ANSWERERS)
@require_safe
def request_detail(request, id):
    """One request: its clock, the records that are this person's, what to do next."""
    return _detail(request, _wish(request, id))


@lockable
@never_cache
@only(*ANSWERERS)
@require_POST
def request_find(request, id):
    """Looks for the person in every app, in the user's reach; shown masked, to be ticked."""
    wish = _open_wish(request, id)
    if not allow("request_find", str(request.user.pk), **SEARCHES):
        return too_many_requests(request, wait=SEARCHES["seconds"])
    form = FindForm(request.POST)
    if not form.is_valid():
        return _detail(request, wish, find=form, status=422)
    chosen = {tuple(row) for row in wish.rows}
    found = [one for one in personal.find(form.asked(wish), request.user) if one.row != wish]
    for record in found:
        record.is_chosen = (record.part.label, str(record.row.pk)) in chosen
    return _detail(request, wish, find=form, found=found, is_found=True)


@lockable
@only(*ANSWERERS)
@require_POST
def request_choose(request, id):
    """These records are this person's; what somebody with a wider reach chose stays chosen."""
    wish = _open_wish(request, id)
    keys = [tuple(key.split(":", 1)) for key in request.POST.getlist("record") if ":" in key]
    records = personal.load(keys, request.user)
    seen = {record.key for record in _records(request, wish)}
    others = [tuple(row) for row in wish.rows if ":".join(row) not in seen]
    wish.choose([*others, *((record.part.label, str(record.row.pk)) for record in records)])
    messages.success(request, f"Đã ghi: {len(records)} hồ sơ là của người này.")
    return redirect("request_detail", id=id)


@lockable
@only(*ANSWERERS)
@require_POST
def request_step(request, id, step):
    """`bao-nhan`: the person knows that it came; `rut-lai`: no longer agreed, further help has no name."""
    wish = _open_wish(request, id)
    if step == "bao-nhan":
        wish.mark("acknowledged")
        messages.success(request, "Đã ghi: người đó biết yêu cầu đã tới.")
    elif step == "rut-lai":
        count = personal.withdraw(_records(request, wish), by=request.user)
        if count:
            wish.mark("withdrawn")
            words = f"Đã rút lại sự đồng ý ở {count} hồ sơ. Giúp tiếp thì không ghi tên."
            messages.success(request, words)
        else:
            messages.warning(request, "Chưa chọn hồ sơ nào có sự đồng ý để rút lại.")
    else:
        raise Http404
    return redirect("request_detail", id=id)


@lockable
@never_cache
@only(*ANSWERERS)
@require_POST
def request_copy(request, id, kind):
    """Everything that is held, as a workbook to read (`xlsx`) or as data to take along (`json`)."""
    wish = _open_wish(request, id)
    records = _records(request, wish)
    if kind not in {"xlsx", "json"}:
        raise Http404
    if not records:
        messages.warning(request, "Chưa chọn hồ sơ nào. Tìm người này trước.")
        return redirect("request_detail", id=id)
    told = personal.copy(records, to=request.user, request_id=request.id)
    wish.mark("copied")
    name = f"ban-sao-du-lieu-{timezone.localdate():%d-%m-%Y}.{kind}"
    if kind == "xlsx":
        return FileResponse(workbook(_sheets(told)), as_attachment=True, filename=name, content_type=XLSX)
    parts = [
        {"la": words, "noi_dung": [{"muc": label, "gia_tri": value} for label, value in lines]}
        for words, lines in told
    ]
    content = {"lap_luc": timezone.localtime(), "noi_giu": "Tỉnh Đoàn Gia Lai", "ho_so": parts}
    text = json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="application/json; charset=utf-8", headers=headers)


@lockable
@never_cache
@only(*ANSWERERS)
@require_http_methods(["GET", "HEAD", "POST"])
def request_erase(request, id):
    """Says what goes and what stays; POST deletes, for good."""
    wish = _open_wish(request, id)
    records = _records(request, wish)
    if not records:
        messages.warning(request, "Chưa chọn hồ sơ nào. Tìm người này trước.")
        return redirect("request_detail", id=id)
    form = EraseForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            personal.erase(records, by=request.user)
        except PermissionDenied:  # an account above one's own
            form.add_error(None, "Có tài khoản mà bạn không quản: nhờ Tỉnh Đoàn xóa. Chưa xóa gì cả.")
        else:
            wish.mark("erased")
            messages.success(request, f"Đã xóa {len(records)} hồ sơ. Số đếm vẫn như cũ.")
            return redirect("request_detail", id=id)
    return page(request, "home/request_erase.html", {"wish": wish, "records": records}, form=form)


@lockable
@only(*ANSWERERS)
@require_POST
def request_close(request, id):
    """The person has the answer."""
    wish = _open_wish(request, id)
    form = CloseForm(request.POST)
    why = refused_close(wish, form.cleaned_data["outcome"]) if form.is_valid() else ""
    if why:
        form.add_error("outcome", why)
    if not form.is_valid():
        return _detail(request, wish, close=form, status=422)
    wish.close(by=request.user, outcome=form.cleaned_data["outcome"])
    messages.success(request, "Đã đóng yêu cầu.")
    return redirect("request_list")


# --- pieces ------------------------------------------------------------------------------------------------


def _detail(request, wish, *, find=None, close=None, found=(), is_found=False, status=None):
    context = {
        "wish": wish,
        "records": _records(request, wish) if wish.is_open else [],
        "find": find or FindForm(),
        "close": close or CloseForm(),
        "found": found,
        "is_found": is_found,
        "log": _log(wish),
        "faulty": close if close and close.errors else find,
    }
    return page(request, "home/request_detail.html", context, form=context["faulty"], status=status)


def _log(wish: PersonRequest) -> list[tuple]:
    """(when, who, in words) of every step, the newest first."""
    lines = []
    for version in versions(wish):
        changes = {words for words, _before, after in version.changes if after}
        words = "Ghi yêu cầu" if version.is_first else ", ".join(sorted(changes)) or "sửa lời"
        lines.append((version.at, version.user, capfirst(words)))
    return lines


def _sheets(told):
    for number, (words, lines) in enumerate(told, start=1):
        yield Sheet(f"{number} {words}", ["Mục", "Nội dung"], lines)


def _records(request, wish: PersonRequest) -> list[personal.Record]:
    return personal.load(map(tuple, wish.rows), request.user)


def _wish(request, id) -> PersonRequest:
    wishes = PersonRequest.objects.visible_to(request.user).select_related("unit", "received_by", "stub")
    return get_object_or_404(wishes, pk=id)


def _open_wish(request, id) -> PersonRequest:
    wish = _wish(request, id)
    if not wish.is_open:
        raise PermissionDenied
    return wish


def _unit(user):
    """Whose desk it is: the unit where the user may answer, the widest first."""
    units = [role.unit for role in user.reach.roles if role.kind in ANSWERERS]
    return min(units, key=lambda unit: len(unit.path))
