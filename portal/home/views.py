"""The roof: what everybody sees first, what who works here sees first, and whether the machine is well."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import FileResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from heritage import listing
from markets.models import Market
from neighborhoods import practice
from portal import worker
from portal.accounts import rights
from portal.accounts.gates import lockable, working_place
from portal.home import figures, work
from portal.organization.models import Place

ICON = settings.BASE_DIR / "static" / "look" / "media" / "icon.svg"


@login_not_required
@require_safe
def home(request):
    """The public start: what there is, counted now."""
    today = timezone.localdate()
    context = {
        "today": today,
        "figures": figures.all_figures(),
        "chart": figures.stalls_by_month(today),
        "sites": listing.newest(get_language(), 3),
    }
    return render(request, "home/home.html", context)


@lockable
@require_safe
def today(request):
    """Where somebody works now and with whom, who waits to be visited again, and how far the market is."""
    now = timezone.localtime()
    request.place = place = working_place(request)
    shift = work.shift_at(place) if place else None
    market = Market.objects.filter(place=place).select_related("place").first() if place else None
    visits, visit_count = work.visits(request.user, place, now.date()) if market else ([], 0)
    groups = work.groups_here(request)
    houses, house_count = work.house_visits(request, now.date()) if groups else ([], 0)
    context = {
        "hello": work.hello(request.user.name, place, now),
        "place": place,
        "shift": shift,
        "colleagues": work.colleagues(shift, request.user) if shift else [],
        "may_record": rights.may_record(request.user),
        "may_see_needs": request.user.reach.holds(*rights.STAFF),
        "may_open_shifts": request.user.reach.holds(*rights.SHIFT_MAKERS),
        "market": market,
        "visits": visits,
        "visit_count": visit_count,
        "heritage": work.heritage(request.user),
        "undone": work.undone(market) if market else [],
        "progress": work.progress(market, work.since(shift)) if market else None,
        "groups": groups,
        "offers_practice": bool(groups) and practice.is_offered(request),
        "is_desk": place is not None and place.kind == Place.Kind.DESK,
        "houses": houses,
        "house_count": house_count,
        "helping": work.helping(groups, place, work.since(shift)) if groups else None,
    }
    return render(request, "home/today.html", context)


@login_not_required
@require_safe
def favicon(request):
    """The icon browsers ask for where a page names none, as the heritage page does to spare a request."""
    headers = {"Cache-Control": "public, max-age=604800"}
    return FileResponse(ICON.open("rb"), content_type="image/svg+xml", headers=headers)


@login_not_required
@require_safe
def healthz(request):
    """Whether database and worker are well: 503 without the database, since then nothing works."""
    try:
        is_alive = worker.is_alive()
    except DatabaseError:
        return JsonResponse({"database": "down", "worker": "unknown"}, status=503)
    return JsonResponse({"database": "ok", "worker": "ok" if is_alive else "silent"})
