"""Behind a plaque: the page of its site in the phone's language, at the scanned address itself.

No redirect, which would cost a phone on 3G two seconds, and no cookie. Browsers keep nothing of it
(`private, no-store`), so that every opening is counted and languages never mix; the server keeps the page.
"""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from heritage import scans
from heritage.addresses import INTERFACE, plaque_address
from heritage.languages import choose, preferences
from heritage.models import Edition, Plaque
from heritage.typos import nearest
from heritage.views.public import render_site
from portal.codes.shortcodes import normalize
from portal.errors import too_many_requests
from portal.limits import allow, client_address

GUESSES = {"limit": 30, "seconds": 60}  # wrong codes from one address: a bus of visitors may share it


@login_not_required
@require_safe
def plaque_page(request, code, language=""):
    """The site's published page in the phone's language, or in the one that the address names."""
    wanted = preferences(language.lower() or request.headers.get("Accept-Language", ""))
    known = normalize(code)
    found = known and scans.opened(
        known,
        wanted,
        is_scanned=request.path.startswith("/H/"),
        is_counted=scans.is_countable(request),
    )
    response = _page(request, found, known, wanted) if found else _unknown(request, code)
    response["Cache-Control"] = "private, no-store"
    return response


def _page(request, found, code, wanted):
    """The page that the server keeps; an honest one where nothing is published."""
    if found.edition is None:
        return _waiting(request, code)
    asked = "" if wanted[0] == found.language else wanted[0]
    try:
        response = render_site(request, found.edition, code=code, asked=asked, generation=found.generation)
    except Edition.DoesNotExist:  # withdrawn this very moment
        return _waiting(request, code)
    response["Content-Language"] = found.language
    response.varies_on = "Accept-Language, Accept-Encoding"
    return response


def _waiting(request, code):
    with override(_interface(request)):
        return render(request, "heritage/plaque_waiting.html", {"code": code})


def _unknown(request, code):
    with override(_interface(request)):
        return _wrong(request, code, status=404)


def _interface(request) -> str:
    """The language of the portal's own pages for this phone."""
    return choose(request.headers.get("Accept-Language", ""), set(INTERFACE))


@login_not_required
@require_safe
def plaque_lookup(request):
    """One box for the code under the plaque's QR."""
    typed = request.GET.get("ma", "").strip()[:40]
    code = normalize(typed)
    if code and Plaque.objects.filter(code=code).exists():
        return redirect(plaque_address(code, "" if get_language() == "vi" else get_language()))
    if typed:
        return _wrong(request, typed, status=422)
    return render(request, "heritage/plaque_lookup.html")


def _wrong(request, typed: str, status: int):
    """The box with what was typed, the plaques whose code is nearly that, and where other codes belong.

    Whether the code is one of another kind is not said: the links are the same for every well-formed code.
    """
    if not allow("plaque_code", client_address(request), **GUESSES):
        return too_many_requests(request, wait=GUESSES["seconds"])
    known = normalize(typed)
    context = {
        "typed": typed[:12],
        "known": known,
        "why": _("Không có biển nào mang mã này.") if known else _("Mã chưa đúng."),
        "nearest": nearest(typed, get_language()),
    }
    return render(request, "heritage/plaque_lookup.html", context, status=status)
