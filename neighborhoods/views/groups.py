"""The electronic groups: which there are, how far each came, who lives there, and what hangs on the wall."""

from collections import Counter
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from neighborhoods import book, ladder, posters, standing
from neighborhoods.group_forms import PeopleForm
from neighborhoods.models import Group, HelpEvent, Resident
from neighborhoods.models.helps import ACTIVATED
from neighborhoods.numbers import Numbers
from portal.accounts import rights, sessions
from portal.accounts.gates import lockable, onward
from portal.organization.models import Place
from portal.text import slugify_vn, typed

PER_PAGE = 20


def group_page(view):
    """For who records field work, and for the offices that answer for it; with a PIN where one records."""

    @wraps(view)
    def gated(request, *args, **kwargs):
        records = rights.may_record(request.user)
        if not (records or request.user.reach.holds(*rights.STAFF)):
            raise PermissionDenied
        if records and not request.user.pin:
            return onward("pin_set", request)
        return view(request, *args, **kwargs)

    return lockable(gated)


def group_seen(request, id) -> Group:
    """The group with what its heading says; 404 where the user does not reach it."""
    return get_object_or_404(Group.objects.visible_to(request.user).with_place().with_count(), pk=id)


# --- the list ----------------------------------------------------------------------------------------------


@require_safe
@group_page
def group_list(request):
    """The groups in reach with done, target and people; who has only one to see is led to it."""
    seen = Group.objects.visible_to(request.user)
    if request.user.is_guest and len(only := list(seen[:2])) == 1:
        return redirect("group_detail", only[0].pk)
    q = typed(request.GET, "q")
    groups = seen.search(q).with_place().with_people().with_goal(ACTIVATED)
    order = ("place__area__parent__name_key", "place__name_key", "pk")
    page = Paginator(groups.order_by(*order), PER_PAGE).get_page(request.GET.get("page"))
    events = HelpEvent.objects.filter(group__in=[group.pk for group in page], step=ACTIVATED)
    found = {one.group: one for one in ladder.reached(events)}
    context = {
        "page": page,
        "q": q,
        "rows": [(group, ladder.Progress.of(group, found.get(group.pk))) for group in page],
        "sees_sessions": request.user.reach.holds(*rights.STAFF, *rights.SHIFT_MAKERS),
        "records": rights.may_record(request.user),
    }
    return render(request, "neighborhoods/group_list.html", context)


# --- one group ---------------------------------------------------------------------------------------------


@require_safe
@group_page
def group_detail(request, id):
    """How far a group came, its people by state and rung (in the address)."""
    return _detail(request, group_seen(request, id), request.GET, words=False)


@require_POST
@group_page
def group_people(request, id):
    """The same page searched: names and numbers come in the body. For htmx only the list."""
    group = group_seen(request, id)
    if not request.POST.get("q", "").strip():  # nothing that an address may not hold
        query = urlencode({"rung": rung} if (rung := request.POST.get("rung", "")) else {})
        address = f"{reverse('group_detail', args=[id])}?{query}#people"
        return HttpResponseClientRedirect(address) if request.htmx else HttpResponseRedirect(address)
    return _detail(request, group, request.POST, words=True)


def _detail(request, group: Group, asked, *, words: bool):
    count, today, noted = group.last_count, timezone.localdate(), book.read(group)
    opens = rights.may_record(request.user) and not sessions.is_practising(request)
    adults = count and count.adults
    lines = ladder.lines(noted, adults)
    context = {"group": group, "count": count, "opens": opens}
    context |= _people(request, noted, lines, asked, words=words)
    if request.htmx and words:
        return render(request, "neighborhoods/group_detail.html#people", context)
    use = ladder.use(noted, today)
    context |= {
        "use": use,
        "numbers": Numbers.of(noted, lines, use, adults, today),
        "is_here": is_worked_from(request, group),
        "records": opens and group.state != Group.State.CLOSED,
        "trail": _trail(group),
    }
    return render(request, "neighborhoods/group_detail.html", context)


def _people(request, noted: book.Book, lines: list[ladder.Line], asked, *, words: bool) -> dict:
    """The list, its form and its chips."""
    rungs = [line.step for line in lines if line.step.is_rung]
    form = PeopleForm(asked, rungs=rungs)
    wanted = form.cleaned_data if form.is_valid() else {}
    q, rung, state = (wanted.get(name, "") for name in ("q", "rung", "state"))
    rows = Resident.objects.visible_to(request.user).present().filter(group=noted.group)
    rows = rows.search(q) if words and q else rows
    people = standing.people(noted, rows.values_list("pk", "name", "birth_year", "last_four"), rungs)
    people = [one for one in people if not rung or rung == (one.rung.pk if one.rung else form.NO_RUNG)]
    counts = Counter(one.state for one in people)
    shown = [one for one in people if not state or one.state == state]
    return {
        "form": form,
        "q": q if words else "",
        "rung": rung,
        "state": state,
        "chips": [("", "Tất cả", len(people), not state)]
        + [(one.value, one.label, counts[one], one == state) for one in standing.State],
        "people": Paginator(shown, PER_PAGE).get_page(asked.get("page")),
    }


def _trail(group: Group) -> list[tuple[str, str]]:
    near = f"{reverse('group_list')}?{urlencode({'q': group.commune.name})}"
    return [("Hôm nay", reverse("today")), (group.commune.name, near)]


def is_worked_from(request, group: Group) -> bool:
    """Whether the field pages of this user stand at the group already, or at a desk around it."""
    chosen = None if request.user.is_guest else request.session.get("place_id")
    entry = request.user.reach.entry
    if chosen or not entry:
        return chosen == group.place_id
    place = entry.shift.place
    is_around = place.kind == Place.Kind.DESK and group.place.area.path.startswith(place.area.path)
    return place.pk == group.place_id or is_around


@require_safe
@group_page
def group_poster(request, id):
    """The sheet for the meeting house, A3: no name of anybody, no number under five."""
    group = group_seen(request, id)
    name = f"ap-phich-{slugify_vn(group.full_name)}-{timezone.localdate():%d-%m-%Y}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(posters.pdf(group), content_type="application/pdf", headers=headers)
