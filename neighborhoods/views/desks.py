"""The desk: today's session of the place, people counted without a name, and the sessions before."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from neighborhoods import desks, working
from neighborhoods.group_forms import TallyForm
from neighborhoods.models import DeskSession, Step
from portal.accounts import rights, sessions
from portal.accounts.gates import field_page, lockable, only
from portal.organization.models import Place
from portal.text import typed

PER_PAGE = 20


def session_here(request):
    """Today's session of the place, as rows; in practice the one that is never counted."""
    here = DeskSession.objects.filter(place=request.place, on=timezone.localdate())
    return here.filter(is_practice=sessions.is_practising(request)).select_related("place", "team")


@require_http_methods(["GET", "HEAD", "POST"])
@field_page
def desk_session(request):
    """Opens today's desk by a press; then what was counted, with a button for each thing."""
    if request.place.kind != Place.Kind.DESK and not working.groups(request).exists():
        return render(request, "neighborhoods/no_desk.html", {"place": request.place})
    if request.method == "POST":
        shift, group = desks.shift_at(request.place), working.group_of(request)
        team = shift.team if shift else group and group.team
        is_practice = sessions.is_practising(request)
        DeskSession.objects.open_at(request.place, by=request.user, team=team, is_practice=is_practice)
        return redirect("desk_session")
    session = session_here(request).first()
    context = {"place": request.place, "session": session}
    if session:
        rows = desks.rows(session)
        colleagues = desks.colleagues(request.place, request.user)
        context |= {"rows": rows, "total": desks.Total.of(rows), "colleagues": colleagues}
    context["sees_sessions"] = request.user.reach.holds(*rights.STAFF, *rights.SHIFT_MAKERS)
    return render(request, "neighborhoods/desk_session.html", context)


@require_POST
@field_page
def desk_tally(request):
    """One more or one less; for htmx the line of that thing and the sums, else the page again."""
    form = TallyForm(request.POST)
    sent = form.cleaned_data if form.is_valid() else {}
    session = session_here(request).filter(pk=sent.get("session")).first()
    if session is None:
        messages.warning(request, "Trang này của buổi khác, nên chưa đếm. Đếm lại ở buổi hôm nay.")
        again = reverse("desk_session")
        return HttpResponseClientRedirect(again) if request.htmx else redirect(again)
    steps = Step.objects.valid_on(session.on)
    step = get_object_or_404(steps, pk=sent["step"]) if sent["step"] else None
    words = {"id": sent["id"], "audience": sent["audience"], "step": step, "number": sent["count"]}
    wrong = ""
    try:
        desks.count(session, by=request.user, device=request.device, **words)
    except desks.BelowZero as error:
        wrong = str(error)
    return _counted(request, session, step, wrong)


def _counted(request, session: DeskSession, step: Step | None, wrong: str):
    if not request.htmx:
        if wrong:
            messages.error(request, wrong)
        return redirect("desk_session")
    rows = desks.rows(session)
    code = step.pk if step else ""
    context = {
        "session": session,
        "row": next(row for row in rows if row.code == code),
        "total": desks.Total.of(rows),
        "wrong": wrong,
    }
    return render(request, "neighborhoods/desk_counted.html", context, status=422 if wrong else 200)


@require_safe
@lockable
@only(*rights.STAFF, *rights.SHIFT_MAKERS)
def desk_session_list(request):
    """The sessions in reach with their sums, the newest first."""
    q = typed(request.GET, "q")
    seen = DeskSession.objects.visible_to(request.user).at_places_like(q).with_sums()
    page = Paginator(seen.order_by("-on", "place__name_key"), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "neighborhoods/desk_session_list.html", {"page": page, "q": q})
