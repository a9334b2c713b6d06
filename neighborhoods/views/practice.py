"""Practice: what it is, on and off, and the invented cards to scan."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from neighborhoods import practice as practising
from portal.accounts import rights
from portal.accounts.gates import lockable
from portal.codes.qr import svg


@require_http_methods(["GET", "HEAD", "POST"])
@lockable
def practice(request):
    """Five lines about it; POST begins. Nobody needs a place for it."""
    _refuse_who_records_nothing(request)
    if request.method == "POST":
        practising.start(request)
        return redirect("visit_start")
    return render(request, "neighborhoods/practice.html", {"cards": len(practising.CARDS)})


@require_POST
@lockable
def practice_stop(request):
    """Back to what counts."""
    _refuse_who_records_nothing(request)
    practising.stop(request)
    messages.success(request, "Thôi tập. Từ bây giờ việc ghi vào là việc thật.")
    return redirect("today")


@require_safe
@lockable
def practice_cards(request):
    """Four invented identity cards, to be scanned from another screen or from paper."""
    _refuse_who_records_nothing(request)
    cards = [(card, svg(card.payload, label=f"Mã QR thẻ mẫu, {card.name}")) for card in practising.CARDS]
    return render(request, "neighborhoods/practice_cards.html", {"cards": cards})


def _refuse_who_records_nothing(request) -> None:
    if not rights.may_record(request.user):
        raise PermissionDenied
