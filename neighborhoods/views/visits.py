"""The volunteer's day: who, what was done, the next one; slips put right; help without a name."""

from datetime import timedelta
from itertools import groupby
from operator import attrgetter

from django.contrib import messages
from django.db import IntegrityError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from neighborhoods import practice, visits, working
from neighborhoods.models import HelpEvent, Resident, Step
from neighborhoods.visit_forms import CorrectForm, DropForm, SearchForm, UnnamedForm, VisitForm
from portal.accounts.gates import field_page
from portal.forms import page
from portal.limits import allow
from portal.organization.models import Place
from portal.privacy import openings

ANSWERS = ["GET", "HEAD", "POST"]
LEFT = "Đồng đội vừa ghi là người này không còn ở tổ, nên chưa lưu gì. Vẫn giúp thì ghi ở “Không ghi tên”"
UNNAMED_SHOWN = timedelta(days=7)
MOST_UNNAMED_SHOWN = 60  # times; a go that is cut off here is taken back whole all the same
MOST_DUE = 6  # on the page where one begins; the others are one tap away


def no_group(request):
    """The page of a place where there is no group to work with."""
    return render(request, "neighborhoods/no_group.html", {"place": request.place})


def has_groups(request) -> bool:
    """Whether one works with several groups, so that rows say of which they are."""
    return request.place.kind == Place.Kind.DESK


def clock(at) -> str:
    """When somebody was first: `14:05, 03-02-2026`."""
    return f"{timezone.localtime(at):%H:%M, %d-%m-%Y}"


# --- who? --------------------------------------------------------------------------------------------------


@require_safe
@field_page
def visit_start(request):
    """Search, the visits that are due in walking order, and the two ways for who is not in the book."""
    return start_page(request)


@require_POST
@field_page
def visit_search(request):
    """Whom the words fit: the list alone for htmx, the whole page without script. Words stay in the body."""
    form = SearchForm(request.POST)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    is_short = len(words) < visits.LEAST_LETTERS
    is_often = not is_short and not allow("visit_search", str(request.user.pk), **SEARCHES)
    found = [] if is_often else visits.search(request, words)
    openings.note_all(request, found[: visits.MOST_FOUND])
    context = {
        "words": words,
        "is_often": is_often,
        "found": found[: visits.MOST_FOUND],
        "has_more": len(found) > visits.MOST_FOUND,
        "is_short": is_short,
        "has_groups": has_groups(request),
    }
    if request.htmx:
        return render(request, "neighborhoods/visit_start.html#found", context)
    return start_page(request, form=form, **context)


SEARCHES = {"limit": 300, "seconds": 3600}  # thirty people an hour, each looked for in ten strokes


def start_page(request, *, form=None, **found):
    """Where a visit begins, with what was found; on top the visit that was just noted, and the next."""
    groups = list(working.groups(request))
    if not groups:
        return no_group(request)
    due = working.followups(request).due().in_walking_order()
    resident, events = visits.just_done(request)
    context = {
        "groups": groups,
        "has_groups": has_groups(request),
        "offers_practice": practice.is_offered(request),
        "form": form or SearchForm(),
        "due": list(due[: MOST_DUE + 1]),
        "most_due": MOST_DUE,
        "resident": resident,
        "events": events,
        "missed": visits.just_missed(request, resident) if resident else None,
        "next": visits.next_visit(request, resident) if resident else None,
    }
    return render(request, "neighborhoods/visit_start.html", {**context, **found})


# --- what was done -----------------------------------------------------------------------------------------


@require_http_methods(ANSWERS)
@field_page
def visit_record(request, id):
    """One person: what to go on with, each step with three answers, what was done before."""
    resident = working.resident_of(request, id)
    form = VisitForm(request.POST or None, steps=list(Step.objects.today()))
    if form.is_valid():
        words = {"place": request.place, "team": working.team_of(request, resident.group)}
        words |= {"page": form.cleaned_data["page"], "by": request.user, "device": request.device}
        try:
            noted = HelpEvent.objects.record_visit(form.done, resident=resident, **words)
        except Resident.DoesNotExist:
            form.add_error(None, LEFT)
        else:
            _tell_of_others(request, form.done, noted)
            return redirect(f"{reverse('visit_start')}?xong={resident.pk}")
    openings.note(request, resident)
    log = visits.log(resident)
    had = visits.steps_had(log)
    context = {
        "resident": resident,
        "open_lines": [line for line in form.lines() if line[0].pk not in had],
        "had_lines": [(*line, had[line[0].pk]) for line in form.lines() if line[0].pk in had],
        "followups": list(resident.followups.open().select_related("step").order_by("due_on")),
        "log": log,
        "since": timezone.now() - visits.CORRECTABLE,
    }
    return page(request, "neighborhoods/visit_record.html", context, form=form)


def _tell_of_others(request, done, noted) -> None:
    """Where the same page was sent before with another answer, that one stands."""
    for (step, outcome), event in zip(done, noted, strict=True):
        if event.outcome != outcome:
            words = f"{step.words}: trang này đã ghi “{event.get_outcome_display()}” từ lần bấm trước"
            messages.warning(request, f"{words}. Muốn đổi thì mở lại người đó, bấm Ghi nhầm.")


@require_http_methods(ANSWERS)
@field_page
def help_correct(request, id):
    """Puts a slip right by a new event; who was faster keeps the word."""
    event = _event_of(request, id)
    back = redirect("visit_record", event.resident_id) if event.resident_id else redirect("visit_unnamed")
    form = CorrectForm(request.POST or None, event=event)
    if visits.is_corrected(event) and not _is_sent_again(form, event):
        messages.info(request, _was_corrected(event))
        return back
    if event.at < timezone.now() - visits.CORRECTABLE:
        messages.error(
            request, "Lượt này đã quá 30 ngày, số của tháng đó đã báo cáo, nên không sửa được nữa."
        )
        return back
    if form.is_valid():
        words = {"outcome": form.cleaned_data["outcome"], "id": form.cleaned_data["page"]}
        try:
            event.correct(by=request.user, device=request.device, **words)
        except IntegrityError:  # a colleague was faster by a moment
            messages.info(request, _was_corrected(_event_of(request, id)))
        else:
            messages.success(request, "Đã sửa. Lượt cũ vẫn còn trong nhật ký, không tính nữa.")
        return back
    if event.resident_id:
        openings.note(request, event.resident)
    return page(request, "neighborhoods/help_correct.html", {"event": event}, form=form)


def _event_of(request, id) -> HelpEvent:
    """An event of a person here, or one without a name that the user noted here; 404 else."""
    events = HelpEvent.objects.select_related("step", "by", "resident", "group__place", "correction__by")
    event = get_object_or_404(events.exclude(outcome=HelpEvent.Outcome.MISTAKE), pk=id)
    if event.resident_id:
        event.resident = working.resident_of(request, event.resident_id)
    else:
        get_object_or_404(
            working.groups(request), pk=event.group_id if event.by_id == request.user.pk else None
        )
    return event


def _is_sent_again(form, event) -> bool:
    """Whether it was this very page that corrected the event: a second tap changes nothing and says so."""
    return form.is_valid() and event.correction.pk == form.cleaned_data["page"]


def _was_corrected(event: HelpEvent) -> str:
    correction = event.correction
    when = clock(correction.received_at)
    return f"{correction.by} đã sửa lượt này lúc {when}: {correction.get_outcome_display()}. Không ghi thêm."


# --- without a name ----------------------------------------------------------------------------------------


@require_http_methods(ANSWERS)
@field_page
def visit_unnamed(request):
    """Help counted without a name; what the user counted in a week stands below, to be put right at once."""
    groups = working.groups(request)
    if not groups:
        return no_group(request)
    mine = HelpEvent.objects.filter(by=request.user, resident=None, group__in=groups).standing()
    mine = mine.filter(at__gte=timezone.now() - UNNAMED_SHOWN).select_related("step", "group")
    if "drop" in request.POST:
        return _drop_going(request, mine)
    mine = list(mine.order_by("-at", "step__sort")[:MOST_UNNAMED_SHOWN])
    initial = {"group": groups[0].pk if len(groups) == 1 else mine and mine[0].group_id}
    form = UnnamedForm(request.POST or None, groups=groups, steps=Step.objects.today(), initial=initial)
    if form.is_valid():
        told = form.cleaned_data
        words = {name: told[name] for name in ("group", "steps", "count", "page")}
        times = HelpEvent.objects.record_unnamed(
            **words, by=request.user, place=request.place, device=request.device,
            team=working.team_of(request, told["group"]),
        )  # fmt: skip
        if times:
            messages.success(request, f"Đã ghi {times} lượt giúp, không ghi tên ai.")
        else:
            messages.info(request, "Trang này đã ghi từ lần bấm trước, không ghi thêm.")
        return redirect("visit_unnamed")
    goings = [list(going) for _, going in groupby(mine, key=attrgetter("at", "group_id"))]
    context = {"groups": groups, "goings": goings}
    return page(request, "neighborhoods/visit_unnamed.html", context, form=form)


def _drop_going(request, mine):
    """All that was counted in one go; `drop` is the key of one of its events. A second tap finds nothing."""
    form = DropForm(request.POST)
    event = mine.filter(pk=form.cleaned_data["drop"]).first() if form.is_valid() else None
    try:
        times = HelpEvent.objects.correct_going(event, by=request.user, device=request.device) if event else 0
    except IntegrityError:  # the other of two taps was faster by a moment
        times = 0
    told = (
        f"Đã bỏ {times} lượt, không tính nữa." if times else "Lần ghi này đã bỏ trước đó, không đổi gì thêm."
    )
    messages.info(request, told)
    return redirect("visit_unnamed")
