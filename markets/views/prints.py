"""The cards of a whole market: ordered, watched, fetched. For team leads and up."""

from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from markets import press
from markets.forms import PrintJobForm, PrintScopeForm
from markets.models import PrintJob, Stall
from markets.models.jobs import SAME_IS_OPEN
from markets.views.stalls import market_here
from portal import errors, worker
from portal.accounts import rights
from portal.accounts.gates import field_page, only
from portal.forms import page
from portal.text import format_date

LATEST = 20  # former jobs in the list


def job_of(request, id) -> PrintJob:
    """The job, in a market that the user reaches; 404 for any other."""
    jobs = PrintJob.objects.visible_to(request.user).select_related("market__place", "goods", "made_by")
    return get_object_or_404(jobs, pk=id)


@require_http_methods(["GET", "HEAD", "POST"])
@field_page
@only(*rights.SHIFT_MAKERS)
def print_job_create(request):
    """Row, goods, new cards or all (in the address): how many these are, and on which sheets to print."""
    market = market_here(request)
    if market is None:
        return render(request, "markets/no_market.html", {"place": request.place})
    rows = Stall.objects.in_market(market).open().rows()
    scope_form = PrintScopeForm({"which": PrintScopeForm.UNPRINTED, **request.GET.dict()}, rows=rows)
    scope = scope_form.scope
    stalls = press.stalls_for(market, **scope)
    count, unconfirmed = stalls.count(), stalls.unconfirmed().count()
    ready = count - unconfirmed
    form = PrintJobForm(request.POST or None, papers=press.papers(ready))
    if form.is_valid() and not ready:
        form.add_error(None, "Không có thẻ nào để in: chọn dãy khác, hoặc chọn in lại thẻ đã in.")
    if form.is_valid() and (job := _order(form, market, request.user, scope)):
        return redirect("print_job_detail", job.pk)
    context = {
        "market": market,
        "scope_form": scope_form,
        "ready": ready,
        "unconfirmed": unconfirmed,
        "jobs": PrintJob.objects.visible_to(request.user).of_market(market)[:LATEST],
    }
    template = "markets/print_job_form.html" + ("#order" if request.htmx and request.method == "GET" else "")
    return page(request, template, context, form=form)


def _order(form: PrintJobForm, market, user, scope: dict) -> PrintJob | None:
    """The job, or None with the reason on the form."""
    try:
        return press.order(market, by=user, sheet=form.cleaned_data["sheet"], **scope)
    except IntegrityError:
        form.add_error(None, SAME_IS_OPEN)
        return None


@require_safe
@field_page
@only(*rights.SHIFT_MAKERS)
def print_job_detail(request, id):
    """How far the job is, what could not be printed, and its file for 24 hours."""
    return render(request, "markets/print_job_detail.html", _shown(job_of(request, id)))


@require_safe
@only(*rights.SHIFT_MAKERS)
def print_job_progress(request, id):
    """What htmx asks for every two seconds: no field page, or a screen that lies open would never lock."""
    if not request.htmx:
        return redirect("print_job_detail", id)
    return render(request, "markets/print_job_detail.html#job", _shown(job_of(request, id)))


def _shown(job: PrintJob) -> dict:
    return {"job": job, "is_stuck": job.is_open and not worker.is_alive()}


@require_safe
@field_page
@only(*rights.SHIFT_MAKERS)
def print_job_pdf(request, id):
    """The sheets as an attachment; after 24 hours they are gone."""
    job = job_of(request, id)
    if not job.is_file_there:
        return _gone(request, job)
    headers = {"Content-Disposition": f'attachment; filename="{job.file.name}"', "Cache-Control": "no-store"}
    return HttpResponse(job.file.content.open_bytes(), content_type="application/pdf", headers=headers)


def _gone(request, job: PrintJob):
    if job.is_open:
        return redirect("print_job_detail", job.pk)
    until = timezone.localtime(job.kept_until)
    advice = (
        f"Tệp chỉ giữ 24 giờ, đến {until:%H:%M}, {format_date(until.date())}. "
        "Mở trang in cả chợ, chọn “Mọi thẻ, kể cả đã in” rồi đặt lượt in mới."
    )
    return errors.answer(request, 410, "Tệp in đã được xóa", advice)
