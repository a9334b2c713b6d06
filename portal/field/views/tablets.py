"""What a tablet's scripts ask and bring; nothing here is a page."""

import json
from contextlib import suppress
from datetime import timedelta
from functools import cache

from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from portal.accounts import rights, sessions
from portal.accounts.gates import background, working_place
from portal.accounts.models import User
from portal.field import parcel, receiving, sealing, tickets
from portal.field.captures import Work
from portal.field.models import Left, SealingKey, Tablet
from portal.organization.models import Place

MOST_TOLD, MOST_TOKENS = 10_000, 1000
MOST_AGE = 3600 * 24 * 365  # seconds


def work_now(request, *, id=None) -> Work:
    """The request's own work, at `request.place`."""
    return Work(
        by=request.user, place=request.place, at=timezone.now(), id=id, device=request.device,
        is_practice=sessions.is_practising(request),
    )  # fmt: skip


@background
@never_cache
@require_safe
def tablet_session(request):
    """Before each sending: a fresh token; for who is all the way in also a ticket, the key, what to keep."""
    answer = {"csrf": get_token(request), "device": request.device}
    made = tickets.issue(request)
    if made:
        token, ticket = made
        request.place = working_place(request)
        key = SealingKey.objects.current()
        answer |= {
            "ticket": token,
            "by": tickets.author_token(request.user),
            "until": round(ticket.until.timestamp() * 1000),
            "place": ticket.place,
            "practice": ticket.is_practice,
            "who": sessions.mark(request),
            "key": {"id": key.id, "spki": key.spki},
            "pin": request.user.pin_check,
            "parcel": parcel.version(work_now(request)),
        }
    return JsonResponse(answer)


@background
@require_POST
def envelope_receive(request, id):
    """One envelope, as it is, in the body. A locked screen lets it through: it shows nothing."""
    if not rights.may_record(request.user):
        return JsonResponse({"error": "forbidden"}, status=403)
    if int(request.META.get("CONTENT_LENGTH") or 0) > max(sealing.MOST.values()):
        return JsonResponse({"error": "large"}, status=413)
    if not receiving.may_send(request.user):
        return JsonResponse({"error": "often"}, status=429, headers={"Retry-After": "600"})
    answer = receiving.receive(id, request.body, by=request.user, device=request.device)
    return JsonResponse(answer.words, status=answer.status)


@background
@require_POST
def tablet_tell(request):
    """How much is still on the tablet, since when and whose; for who looks after tablets."""
    try:
        told = json.loads(request.body)
        left, by_author = _left(told), _by_author(told.get("by", []))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return JsonResponse({"error": "unreadable"}, status=400)
    if place := _place_by_rights(request):
        Tablet.objects.tell(request.device, user=request.user, place=place, left=left, by_author=by_author)
    return HttpResponse(status=204)


def _left(told: dict) -> Left:
    """What can be of {"waiting", "failed", "age" in seconds}."""
    waiting, failed = (min(max(int(told[name]), 0), MOST_TOLD) for name in ("waiting", "failed"))
    return Left(waiting, failed, timedelta(seconds=min(max(int(told["age"]), 0), MOST_AGE)))


def _by_author(told: list[dict]) -> dict[int, Left]:
    """By the key of each author, who has a new token each time that a tablet asks; what names nobody is left
    out.
    """
    found = {}
    for one in told[:MOST_TOKENS]:
        with suppress(tickets.NoTicket):
            author, left = tickets.author_of(str(one["by"])), _left(one)
            if before := found.get(author):
                sums = (before.waiting + left.waiting, before.failed + left.failed)
                left = Left(*sums, max(before.age, left.age))
            found[author] = left
    there = User.objects.filter(pk__in=found).values_list("pk", flat=True)
    return {author: found[author] for author in there}


def _place_by_rights(request):
    """Where the user works when nobody practises: who practises has real slips on the tablet all the same.

    For who practises as `working_place` finds it else.
    """
    if not sessions.is_practising(request):
        return working_place(request)
    user, entry = request.user, request.user.reach.entry
    chosen = None if user.is_guest else request.session.get("place_id")
    place = Place.objects.visible_to(user).filter(pk=chosen).first() if chosen else None
    return place or (entry.shift.place if entry else None)


@background
@never_cache
@require_safe
def tablet_parcel(request):
    """What to keep of the place where somebody works now."""
    request.place = working_place(request) if rights.may_record(request.user) else None
    if request.place is None:
        return JsonResponse({"version": "", "pages": [], "files": []})
    work = work_now(request)
    return JsonResponse(
        {"version": parcel.version(work), "pages": parcel.pages(work), "files": parcel.files()}
    )


# --- the app -----------------------------------------------------------------------------------------------


def _same_for_all(answer):
    answer["Cache-Control"] = "no-cache"
    answer.varies_on = "Accept-Encoding"
    return answer


@login_not_required
@require_safe
def field_worker(request):
    """The service worker of the field area; it stands in it, so that it answers for nothing else."""
    return _same_for_all(HttpResponse(_worker(), content_type="text/javascript; charset=utf-8"))


@cache
def _worker() -> bytes:
    with open(finders.find("js/outbox-sw.js"), "rb") as file:
        return file.read()


@login_not_required
@require_safe
def field_manifest(request):
    """The installable app: it opens at today's work and ends where the field area ends."""
    icon = {"src": static("look/media/icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    pngs = [
        {"src": static(f"look/media/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png",
         "purpose": "any maskable"}
        for size in (192, 512)
    ]  # fmt: skip
    words = {
        "id": reverse("today"),
        "name": "Thanh niên số Gia Lai",
        "short_name": "Thanh niên số",
        "lang": "vi",
        "start_url": reverse("today"),
        "scope": "/viec/",
        "display": "standalone",
        "background_color": "#FFFFFF",
        "theme_color": "#093F78",
        "icons": [icon, *pngs],
        "shortcuts": [
            {"name": "Phiếu không cần mạng", "url": reverse("slip_list")},
            {"name": "Hộp gửi", "url": reverse("outbox")},
        ],
    }
    return _same_for_all(JsonResponse(words, content_type="application/manifest+json"))
