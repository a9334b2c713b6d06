"""Checking rounds: which cards are due, one look at a card, what to do when it is not the card's code."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from markets import rounds
from markets.models import CardCheck, FalseCardReport, StallCard
from markets.models.checks import RowProgress
from markets.round_forms import EvidenceForm, LookForm, OutcomeForm
from markets.views.stalls import clock, market_here
from portal.accounts.gates import field_page, lockable, next_page
from portal.camera import camera_page
from portal.errors import too_many_requests
from portal.forms import page
from portal.limits import allow
from portal.privacy import reveal
from portal.privacy.forms import ReasonForm
from portal.privacy.views import PER_HOUR

ANSWERS = ["GET", "HEAD", "POST"]
PER_PAGE = 25
MOST_ABOVE = 20
_REST = "round_rest"  # in the session: the guesses of one picture, their codes sealed
OUTCOMES = {
    CardCheck.Result.MATCH: FalseCardReport.Outcome.TRUE_CARD,
    CardCheck.Result.OTHER: FalseCardReport.Outcome.FALSE_CARD,
}


def card_of(request, id) -> StallCard:
    """The card with its stall and market; 404 for one that the user does not reach."""
    cards = StallCard.objects.visible_to(request.user).select_related("stall__market__place__area")
    return get_object_or_404(cards, pk=id)


def check_of(request, id) -> CardCheck:
    """The look with its card and market; 404 for one that the user does not reach."""
    checks = CardCheck.objects.visible_to(request.user)
    checks = checks.select_related("market__place__area", "card__stall__market__place", "by", "removed_by")
    return get_object_or_404(checks, pk=id)


@require_safe
@field_page
def round_list(request):
    """Cards of this market that are due, in walking order; above them what was reported and is still open."""
    market = market_here(request)
    if market is None:
        return render(request, "markets/no_market.html", {"place": request.place})
    cards = StallCard.objects.visible_to(request.user).in_market(market)
    rows = CardCheck.objects.progress(cards)
    chosen = [row for row in rows if row.row == request.GET.get("row")]
    due = CardCheck.objects.cards_due(cards.in_row(chosen[0].row) if chosen else cards).in_rounds()
    alarms = CardCheck.objects.visible_to(request.user).in_market(market).alarms()
    reports = FalseCardReport.objects.visible_to(request.user).in_market(market).unhandled()
    context = {
        "market": market,
        "rows": rows,
        "all_rows": RowProgress.together(rows),
        "now": RowProgress.together(chosen or rows),
        "row": chosen[0].row if chosen else "",
        "cards": Paginator(due, PER_PAGE).get_page(request.GET.get("page")),
        "reported": _first(reports.latest_by_card().select_related("card__stall")),
        "alarms": _first(alarms.select_related("card__stall").order_by("-at")),
    }
    return render(request, "markets/round_list.html", context)


def _first(rows) -> Page:
    """As many as a list above a list may show, and how many there are."""
    return Paginator(rows, MOST_ABOVE).page(1)


# --- one look ----------------------------------------------------------------------------------------------


@require_http_methods(ANSWERS)
@field_page
def card_inspect(request, id):
    """Reads the code at one stall and compares it whole with the record."""
    card = card_of(request, id)
    if "sealed" in request.POST:
        return _inspect_sealed(request, card)
    form = _look_form(request)
    if card.void_at is None and form.is_valid():
        check = card.mark_checked(by=request.user, id=form.cleaned_data["id"], **form.seen)
        return redirect("check_detail", check.pk)
    return _inspect_page(request, card, form)


def _look_form(request) -> LookForm:
    # Letter by letter, past the field of a form, which would tidy it up.
    scanned = request.POST.get("payload", "")
    return LookForm(request.POST or None, request.FILES or None, scanned=scanned)


def _inspect_sealed(request, card):
    """After a look without a chosen card, somebody said that it was at this stall."""
    seen, form = rounds.unseal_seen(request.POST["sealed"], request.user), LookForm(request.POST, scanned="-")
    if seen is None or not form.is_valid() or card.void_at:
        messages.error(request, "Trang đã cũ. Quét lại mã trên thẻ.")
        return redirect("card_inspect", card.pk)
    check = card.mark_checked(by=request.user, id=form.cleaned_data["id"], **seen)
    _take_from_rest(request, check)
    return redirect("check_detail", check.pk)


@camera_page
def _inspect_page(request, card, form):
    reports = card.reports.unhandled().order_by("-at")
    context = {"card": card, "stall": card.stall, "reports": reports, "outcome": OutcomeForm()}
    return page(request, "markets/card_inspect.html", context, form=form)


@require_http_methods(ANSWERS)
@field_page
def round_scan(request):
    """A look without choosing a card first: finds the card by its code among the live ones of the market."""
    market = market_here(request)
    if market is None:
        return render(request, "markets/no_market.html", {"place": request.place})
    form = _look_form(request)
    if form.is_valid() and not form.seen["texts"]:
        form.add_error("picture", "Chưa thấy mã QR nào trong ảnh. Chụp gần hơn, thẳng và đủ sáng.")
    if not form.is_valid():
        return _scan_page(request, market, form)
    live = StallCard.objects.visible_to(request.user).in_market(market).live()
    if guesses := rounds.guesses(form.seen, live, request.user):
        two = len(form.seen["texts"]) > 1
        if two:
            request.session[_REST] = {"guesses": [one.as_words() for one in guesses]}
        return render(request, "markets/round_found.html", {"market": market, "guesses": guesses, "two": two})
    cards = [card for text in form.seen["texts"] for card in live.holding(text)]
    card = cards[0] if len(cards) == 1 else None
    look = {"by": request.user, "id": form.cleaned_data["id"], **form.seen}
    check = CardCheck.objects.record(market=market, card=card, **look)
    return redirect("check_detail", check.pk)


@camera_page
def _scan_page(request, market, form):
    return page(request, "markets/round_scan.html", {"market": market}, form=form)


def _take_from_rest(request, check) -> None:
    """One code of a picture was looked at: the others are offered beside what came of it."""
    before = request.session.get(_REST, {}).get("guesses", [])
    left = [one for one in before if one["seen"] != request.POST["sealed"]]
    if len(left) < len(before):
        request.session[_REST] = {"of": str(check.pk), "guesses": left}


def _rest(request, check) -> list[rounds.Guess]:
    """The other cards in the picture of this look, while what was read is good."""
    rest = request.session.get(_REST, {})
    if rest.get("of") != str(check.pk):
        return []
    keys = [one["card"] for one in rest["guesses"]]
    cards = StallCard.objects.visible_to(request.user).live().filter(pk__in=keys).select_related("stall")
    found = {str(card.pk): card for card in cards}
    return [
        rounds.Guess(found[one["card"]], one["seen"], one["id"])
        for one in rest["guesses"]
        if one["card"] in found and rounds.unseal_seen(one["seen"], request.user)
    ]


# --- what came of it ---------------------------------------------------------------------------------------


@require_safe
@field_page
def check_detail(request, id):
    """Green, red or not readable, what to do now, and the way to the next card."""
    return _check_page(request, check_of(request, id), EvidenceForm())


def _check_page(request, check, form):
    reports = check.card.reports.unhandled().order_by("-at") if check.card else []
    outcome = OutcomeForm(initial={"outcome": OUTCOMES.get(check.result)})
    context = {
        "check": check,
        "card": check.card,
        "sight": rounds.Sight(rounds.found_codes(check)) if check.is_red else None,
        "contacts": rounds.whom_to_call(check.market.place, request.user) if check.is_red else [],
        "rest": _rest(request, check),
        "police": rounds.police(check.market.place),
        "reports": reports,
        "outcome": outcome,
        "next": rounds.next_due(check, request.user),
        "sees_evidence": request.user.has_perm("markets.reveal_cardcheck"),
    }
    return page(request, "markets/check_detail.html", context, form=form)


@require_POST
@field_page
def check_removed(request, id):
    """The strange code was covered or taken down."""
    check = check_of(request, id)
    if check.mark_removed(by=request.user):
        messages.success(request, "Đã ghi: mã đó không còn ở sạp. Soi lại thẻ một lần cho chắc.")
    elif check.removed_at:
        who = f"{check.removed_by} đã ghi mã đó không còn lúc {clock(check.removed_at)}"
        messages.info(request, f"{who}. Không cần ghi lại.")
    else:
        messages.info(request, "Lượt soi này không có mã lạ, nên không ghi gì.")
    return redirect("check_detail", check.pk)


@require_POST
@field_page
def check_photo_add(request, id):
    """A picture for a strange code that the camera had read."""
    check = check_of(request, id)
    form = EvidenceForm(request.POST, request.FILES)
    if not form.is_valid():
        return _check_page(request, check, form)
    if check.add_photo(form.cleaned_data["picture"], by=request.user):
        messages.success(request, "Đã giữ kín ảnh làm chứng.")
    elif check.is_red:
        messages.info(request, "Lượt soi này đã có ảnh làm chứng từ trước. Ảnh vừa gửi không giữ.")
    else:
        messages.info(request, "Lượt soi này không có mã lạ. Ảnh vừa gửi không giữ.")
    return redirect("check_detail", check.pk)


@require_POST
@field_page
def reports_close(request, id):
    """What passers-by reported about this card was looked into."""
    card, form = card_of(request, id), OutcomeForm(request.POST)
    if form.is_valid():
        count = card.reports.mark_handled(by=request.user, **form.cleaned_data)
        messages.success(request, f"Đã ghi kết quả, khép {count} lượt báo của sạp {card.stall.label}.")
    else:
        messages.error(request, "Chọn một kết quả rồi bấm lại.")
    return redirect(next_page(request, "round_list"))


@lockable
@never_cache
@require_http_methods(ANSWERS)
def evidence_photo(request, id):
    """GET asks for the reason; POST sends the picture, and the read log has its line before."""
    if not request.user.has_perm("markets.reveal_cardcheck"):
        raise PermissionDenied
    check = get_object_or_404(CardCheck.objects.visible_to(request.user).with_photo(), pk=id)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return page(request, "markets/evidence_photo.html", {"check": check}, form=form)
    if not allow("reveal", str(request.user.pk), limit=PER_HOUR, seconds=3600):
        return too_many_requests(request, wait=3600)
    reveal.write_down(check, "photo", to=request.user, request_id=request.id, **form.cleaned_data)
    headers = {
        "Content-Disposition": f'attachment; filename="{check.photo.name}"',
        "Cache-Control": "no-store",
    }
    content = check.photo.content.open_bytes()
    return HttpResponse(content, content_type=check.photo.content_type, headers=headers)
