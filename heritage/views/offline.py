"""Reading without network: what a phone keeps of a site, and the worker that keeps it."""

from functools import cache

from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.http import Http404, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from heritage import offline


@login_not_required
@require_safe
def heritage_offline(request, slug):
    """What there is to keep, with its size, before anything is kept."""
    try:
        answer = JsonResponse(offline.parcel(slug))
    except LookupError:
        raise Http404 from None
    answer["Cache-Control"] = "no-cache"
    answer.varies_on = "Accept-Encoding"
    return answer


@login_not_required
@require_safe
def service_worker(request):
    """The worker stands at the root, since the scanned address does; browsers ask for it anew each day."""
    answer = HttpResponse(_worker(), content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    answer.varies_on = "Accept-Encoding"
    return answer


@cache
def _worker() -> bytes:
    with open(finders.find("js/sw.js"), "rb") as file:
        return file.read()
