"""Who waits to be asked again, in walking order, and what was found: success is use, not sign-up."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from neighborhoods import working
from neighborhoods.models import FollowUp
from neighborhoods.views.visits import ANSWERS, clock, no_group
from neighborhoods.visit_forms import FollowUpForm
from portal.accounts.gates import field_page
from portal.forms import page
from portal.privacy import openings
from portal.text import format_date

PER_PAGE = 25
ALL = "tat-ca"
WHEN = {
    "": "Tới hẹn",
    "qua-han": "Quá hạn",
    "hom-nay": "Hôm nay",
    "tuan-nay": "Từ nay đến chủ nhật",
    ALL: "Tất cả",
}


@require_safe
@field_page
def visit_followup_list(request):
    """The visits that are due, house after house; overdue, today's, this week's or all in the address."""
    groups = list(working.groups(request))
    if not groups:
        return no_group(request)
    today, here = timezone.localdate(), working.followups(request)
    counts = here.count_open_by_time(today)
    counts |= {"": counts["qua-han"] + counts["hom-nay"], ALL: counts[""]}
    when = request.GET.get("hen") if request.GET.get("hen") in WHEN else ""
    rows = here.open_in_time(when, today) if when else here.due(today)
    context = {
        "groups": groups,
        "chips": [(key, words, counts[key], key == when) for key, words in WHEN.items()],
        "has_any": counts[ALL] > 0,
        "visits": Paginator(rows.in_walking_order(), PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "neighborhoods/visit_followup_list.html", context)


@require_http_methods(ANSWERS)
@field_page
def visit_followup(request, id):
    """What was found after 7 or 30 days, and not before; who was not finished with is gone on with."""
    rows = working.followups(request).select_related(
        "resident__household", "resident__group", "step", "done_by"
    )
    visit = get_object_or_404(rows, pk=id)
    if visit.done_at:
        messages.info(request, _was_first(visit))
        return redirect("visit_followup_list")
    form = FollowUpForm(request.POST or None, visit=visit)
    if visit.is_early and not form.is_bound:
        messages.info(request, _too_early(visit))
        return redirect("visit_record", visit.resident_id)
    if visit.is_early:  # what was chosen stays on the page
        form.add_error(None, _too_early(visit))
    if form.is_valid():
        _note(request, visit, form)
        return redirect(f"{reverse('visit_start')}?xong={visit.resident_id}&hen={visit.pk}")
    openings.note(request, visit.resident)
    return page(request, "neighborhoods/visit_followup.html", {"visit": visit}, form=form)


def _note(request, visit: FollowUp, form: FollowUpForm) -> None:
    """Writes the answer, or that nobody was there; tells who was faster."""
    outcome = form.cleaned_data["outcome"]
    if outcome != form.MISSED:
        if visit.mark_done(by=request.user, outcome=outcome):
            messages.success(request, f"Đã ghi: {visit.get_outcome_display()}. Cảm ơn bạn đã quay lại.")
        else:
            messages.info(request, _was_first(visit))
        return
    if form.cleaned_data["before"] == visit.missed_count:
        visit.mark_missed()  # by whom does not matter: nobody was there
    if visit.done_at:  # a colleague met the person meanwhile
        messages.info(request, _was_first(visit))
        return
    messages.info(request, f"Đã ghi không gặp. Hẹn lại {format_date(visit.due_on)}.")


def _was_first(visit: FollowUp) -> str:
    who = f"{visit.done_by} đã ghi lượt này lúc {clock(visit.done_at)}: {visit.get_outcome_display()}"
    return f"{who}. Điều ghi trước được giữ, không ghi thêm."


def _too_early(visit: FollowUp) -> str:
    days = (visit.due_on - timezone.localdate()).days
    return (
        f"Chưa tới ngày hỏi: hẹn {format_date(visit.due_on)}, còn {days} ngày. "
        "Hỏi sớm thì chưa biết bà con tự làm được không, nên lượt này chưa ghi."
    )
