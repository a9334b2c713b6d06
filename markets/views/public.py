"""For everybody, without login: which markets take part, and what stands behind a card."""

import re

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from markets.facts import TooManyTries, card_facts, market_facts
from markets.models import FalseCardReport, StallCard
from markets.sheets import check_address
from portal import readymade
from portal.codes.models import ShortCode
from portal.codes.shortcodes import normalize
from portal.errors import too_many_requests
from portal.limits import allow, client_address
from portal.text import typed

CHECKS = {"limit": 60, "seconds": 60}  # a whole market may share one address
REPORTS = {"limit": 10, "seconds": 3600}


@login_not_required
@require_safe
def market_list(request):
    """Markets with how many stalls take transfers; nothing about persons."""
    words = typed(request.GET, "tim")
    return readymade.page(request, "markets/market_list.html", _list_words, words, market_facts(words))


@login_not_required
@require_safe
def card_lookup(request):
    """The box for a code, as on the home page; a volunteer's card has its own page."""
    typed = request.GET.get("ma", "").strip()
    if typed and (code := normalize(typed)):
        if not allow("card_lookup", client_address(request), **CHECKS):
            return too_many_requests(request, wait=CHECKS["seconds"])
        is_badge = ShortCode.objects.filter(pk=code, purpose=ShortCode.Purpose.BADGE).exists()
        return redirect("badge_check" if is_badge else "card_check", code)
    why = typed and _why_wrong(typed)
    context = {"typed": typed, "why": why}
    return render(request, "markets/card_lookup.html", context, status=422 if why else 200)


@login_not_required
@require_safe
def card_check(request, code):
    """What stands behind the code on a card: the truth, also about void and unknown ones."""
    known = normalize(code)
    try:
        tries = {"scope": "card_check", "subject": client_address(request), **CHECKS}
        card = card_facts(known or "", tries=tries)
    except TooManyTries:
        return too_many_requests(request, wait=CHECKS["seconds"])
    if card:
        return readymade.page(request, "markets/card_check.html", _card_words, card)
    context = {"code": known or _shown(code), "why": "" if known else _why_wrong(code)}
    return render(request, "markets/card_check.html", context, status=404)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def card_report(request, code):
    """Two taps: what was seen, sent. Nothing is kept about who tells."""
    shown = normalize(code) or _shown(code)
    context = {"code": shown, "kinds": FalseCardReport.Kind, "is_sent": "xong" in request.GET}
    kind = request.POST.get("kind")
    if request.method == "POST" and kind in FalseCardReport.Kind.values:
        if not allow("card_report", client_address(request), **REPORTS):
            return too_many_requests(request, wait=REPORTS["seconds"])
        card = StallCard.objects.behind(shown)
        FalseCardReport.objects.create(card=card, code=shown, kind=kind)
        return redirect(f"{reverse('card_report', args=[shown])}?xong")
    return render(request, "markets/card_report.html", context)


def _list_words(words, markets):
    return {"words": words, "markets": markets}


def _card_words(card):
    return {"code": card.check_code_id, "card": card, "address": check_address(card)}


def _why_wrong(typed: str) -> str:
    """What is wrong with a code that cannot be one, in the language of the page."""
    if unused := [character for character in dict.fromkeys(typed.upper()) if character in "0O1IL"]:
        characters = ", ".join(unused)
        return _("Mã không dùng ký tự %(characters)s: không có số 0, số 1, chữ O, chữ I, chữ L.") % {
            "characters": characters
        }
    return _("Mã chưa đúng: có thể thiếu, thừa, sai hoặc đổi chỗ một ký tự.")


def _shown(code: str) -> str:
    """What somebody typed as a code, fit to be shown and kept: letters and digits, at most twelve."""
    return re.sub(r"[^0-9A-Z]", "", code.upper())[:12] or "-"
