"""Taking in a market board's stall list: send the file, say what its columns are, look, take in all of it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from markets import imports
from markets.import_forms import ColumnsForm, ListForm, WordsForm
from markets.models import StallImport
from markets.views.stalls import market_here
from portal.accounts import rights
from portal.accounts.gates import field_page, only
from portal.exports import xlsx
from portal.forms import page
from portal.text import format_date

STEPS = ["Gửi tệp", "Chọn cột", "Xem trước", "Nhập"]
PER_PAGE = 50
ANSWERS = ["GET", "HEAD", "POST"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATES = [("faulty", "Cần sửa"), ("new", "Sẽ tạo"), ("known", "Đã có, bỏ qua")]
EXAMPLE = [
    ("A", "1", "Rau, củ"),
    ("A", "2", "Thịt"),
    ("B", "7", "Đồ khô, gia vị"),
    ("B", "12A", "Hàng ăn, nước uống"),
]
GONE = "Tệp đã được xóa vì quá 24 giờ. Gửi lại tệp: cột và mặt hàng đã chọn vẫn còn."
OVERTAKEN = (
    "Đồng đội vừa nhập xong danh sách này nên tệp bạn gửi không giữ. Còn thiếu sạp thì gửi danh sách mới."
)


def import_page(view):
    """A field page for those who lead: what one list registers, a team works through for days."""
    return only(*rights.SHIFT_MAKERS)(field_page(view))


def import_of(request, id) -> StallImport:
    """A list of a market that the user reaches, else 404."""
    lists = StallImport.objects.visible_to(request.user).select_related("market__place", "file", "made_by")
    return get_object_or_404(lists, pk=id)


# --- the file ----------------------------------------------------------------------------------------------


@require_http_methods(ANSWERS)
@import_page
def import_create(request):
    """A list for the market where the user works; the way back to lists that are not taken in yet."""
    market = market_here(request)
    if market is None:
        return render(request, "markets/no_market.html", {"place": request.place})
    form = ListForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        given = StallImport.objects.start(market=market, data=form.table.dump(), by=request.user)
        return redirect("import_columns", given.pk)
    unfinished = StallImport.objects.visible_to(request.user).unfinished(market).select_related("made_by")
    context = {"market": market, "steps": STEPS, "unfinished": unfinished[:5]}
    return page(request, "markets/import_create.html", context, form=form)


@require_http_methods(ANSWERS)
@import_page
def import_again(request, id):
    """The corrected file: what was said about columns and words still counts."""
    given = import_of(request, id)
    if given.is_done:
        return redirect("import_check", given.pk)
    form = ListForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        table = imports.without_aside(form.table, given.columns)
        if not given.replace_file(table.dump(), by=request.user):
            messages.info(request, OVERTAKEN)
        is_new = any(key not in given.columns for key in table.keys)
        return redirect("import_columns" if is_new else "import_check", given.pk)
    context = {"market": given.market, "given": given, "steps": STEPS}
    return page(request, "markets/import_create.html", context, form=form)


@require_safe
@import_page
def import_example(request):
    """A list to fill in: four rows as they should be."""
    return _xlsx(["Dãy", "Số sạp", "Mặt hàng"], EXAMPLE, "danh-sach-sap-mau")


# --- columns and words -------------------------------------------------------------------------------------


@require_http_methods(ANSWERS)
@import_page
def import_columns(request, id):
    """What each column is, with three of its cells."""
    given = import_of(request, id)
    if stop := _not_now(request, given):
        return stop
    table = imports.table_of(given)
    columns = imports.columns_of(given, table)
    initial = {"is_filled_down": given.is_filled_down}
    form = ColumnsForm(request.POST or None, table=table, columns=columns, initial=initial)
    if form.is_valid():
        is_filled_down = form.cleaned_data["is_filled_down"]
        imports.choose_columns(given, form.chosen, is_filled_down=is_filled_down, by=request.user)
        return redirect("import_check", given.pk)
    context = {"given": given, "market": given.market, "table": table, "steps": STEPS}
    return page(request, "markets/import_columns.html", context, form=form)


def _not_now(request, given):
    """The page to go to instead: of a list that is in, or whose file is gone. Else None."""
    if given.is_done:
        return redirect("import_check", given.pk)
    if not given.is_file_there:
        messages.info(request, GONE)
        return redirect("import_again", given.pk)
    return None


@require_http_methods(ANSWERS)
@import_page
def import_check(request, id):
    """Row by row what would come of it; words for goods are explained here, once for all their rows."""
    given = import_of(request, id)
    if given.is_done:
        return render(request, "markets/import_done.html", {"given": given, "market": given.market})
    if stop := _not_now(request, given):
        return stop
    run = imports.DryRun(given)
    if run.missing:
        return redirect("import_columns", given.pk)
    form = WordsForm(request.POST or None, run=run)
    if form.is_valid():
        if form.said:
            given.learn_words(form.said)
            messages.success(request, "Đã lưu mặt hàng. Lần gửi tệp sau vẫn hiểu như vậy.")
        return redirect("import_check", given.pk)
    return _check_page(request, run, form)


def _check_page(request, run, form, *, status=None):
    counts = run.counts
    chips = [(state, label, counts[state]) for state, label in STATES]
    wanted = request.GET.get("xem", "")
    if wanted not in counts:
        wanted = next((state for state, _, count in chips if count), "")
    context = {
        "run": run,
        "given": run.given,
        "market": run.given.market,
        "steps": STEPS,
        "chips": chips,
        "wanted": wanted,
        "entries": Paginator(run.of_state(wanted), PER_PAGE).get_page(request.GET.get("page")),
    }
    return page(request, "markets/import_check.html", context, form=form, status=status)


@require_safe
@import_page
def import_errors(request, id):
    """The list as kept, with one column more that says what to mend: to be corrected and sent again."""
    given = import_of(request, id)
    if stop := _not_now(request, given):
        return stop
    run = imports.DryRun(given)
    if run.missing:
        return redirect("import_columns", given.pk)
    table = run.table.without(
        at for at, key in enumerate(run.table.keys) if key == imports.fold(imports.TO_MEND)
    )
    remarks = {entry.line.number: entry.remark for entry in run.of_state("faulty")}
    rows = ([*line.cells, remarks.get(line.number, "")] for line in table.lines)
    name = f"danh-sach-sap-can-sua-{format_date(timezone.localdate())}"
    return _xlsx([*table.headers, imports.TO_MEND], rows, name)


def _xlsx(columns, rows, name: str) -> FileResponse:
    headers = {"Cache-Control": "no-store"}
    file = xlsx(columns, rows, "Danh sách sạp")
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX, headers=headers)


# --- all of it ---------------------------------------------------------------------------------------------


@require_http_methods(ANSWERS)
@import_page
def import_apply(request, id):
    """Every stall of the list at once, or none and the page as it is now."""
    given = import_of(request, id)
    if request.method != "POST":  # the answer to a refusal was loaded anew, or turned over
        return redirect(f"{reverse('import_check', args=[given.pk])}?{request.GET.urlencode()}")
    if stop := _not_now(request, given):
        return stop
    seen, known = request.POST.get("seen", ""), request.POST.get("known", "").split()
    try:
        imports.take_in(given, by=request.user, seen=seen, known=known)
    except imports.ListChanged as changed:
        return _changed_page(request, import_of(request, id), changed.labels)
    return redirect("import_check", given.pk)


def _changed_page(request, given, labels):
    """The dry run anew, and first why nothing was done."""
    if stop := _not_now(request, given):
        return stop
    run = imports.DryRun(given)
    if run.missing:
        return redirect("import_columns", given.pk)
    if labels:
        which = f"Sạp {', '.join(labels)} vừa được đồng đội đăng ký"
    else:
        which = "Danh sách khác với lúc bạn xem"
    messages.warning(request, f"{which}, nên chưa nhập sạp nào. Xem lại rồi bấm nhập lần nữa.")
    return _check_page(request, run, WordsForm(run=run), status=409)
