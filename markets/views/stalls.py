"""Stalls of the market where somebody works: the list, a new one, one with its six tasks."""

import base64

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from markets import onboarding
from markets.forms import LeaveForm, StallFilterForm, StallForm
from markets.models import FollowUp, Market, Stage, Stall
from portal.accounts import rights
from portal.accounts.gates import field_page
from portal.codes.qr import svg
from portal.forms import page
from portal.privacy import crypto, openings

PER_PAGE = 25
_SEARCHED = "stall_search"


def stall_of(request, id) -> Stall:
    """The stall with everything its pages show; 404 for one that the user does not reach."""
    return get_object_or_404(Stall.objects.visible_to(request.user).with_progress(), pk=id)


def is_overtaken(request, row) -> bool:
    """Whether the form was opened on another row, or none, than the one of now; naming none is no claim."""
    now = str(row.pk) if row else ""
    return request.POST.get("before", now) != now


def clock(at) -> str:
    """When somebody was first: `14:05, 03-02-2026`."""
    return f"{timezone.localtime(at):%H:%M, %d-%m-%Y}"


def market_here(request) -> Market | None:
    """The market at the place where the user works; None where that is another kind of place."""
    markets = Market.objects.visible_to(request.user).select_related("place")
    return markets.filter(place=request.place).first()


# --- the list ----------------------------------------------------------------------------------------------


@require_safe
@field_page
def stall_list(request):
    """Stalls of this market by row, goods and what is missing (in the address), and by words (kept apart)."""
    market = market_here(request)
    if market is None:
        return render(request, "markets/no_market.html", {"place": request.place})
    return list_page(request, market)


def list_page(request, market, *, wrong: str = "", chosen=()):
    """The list as it stands in the address and the session; `wrong` says why cards were not printed."""
    here = Stall.objects.visible_to(request.user).in_market(market).open()
    rows = list(here.order_by("row").values_list("row", flat=True).distinct())
    words = _kept_words(request)
    form = StallFilterForm({**request.GET.dict(), "q": words}, rows=rows)
    wanted = form.cleaned_data if form.is_valid() else {"q": words}
    found = _filtered(here, wanted)
    stalls = Paginator(_at(found, wanted).order_by("label").with_progress(), PER_PAGE)
    context = {
        "market": market,
        "filter": form,
        "words": words,
        "stalls": stalls.get_page(request.GET.get("page")),
        "stages": _stage_chips(found, wanted),
        "has_any": bool(rows),
        "wrong": wrong,
        "chosen": {str(pk) for pk in chosen},
        "leads": request.user.reach.holds(*rights.SHIFT_MAKERS),
    }
    return render(request, "markets/stall_list.html", context, status=422 if wrong else 200)


def _filtered(stalls, wanted: dict):
    """Everything but the stage, so that the chips can count stages."""
    stalls = stalls.search(wanted["q"]) if wanted.get("q") else stalls
    stalls = stalls.in_row(wanted["row"]) if wanted.get("row") else stalls
    return stalls.selling(wanted["goods"]) if wanted.get("goods") else stalls


def _at(stalls, wanted: dict):
    return stalls.at_stage(wanted["stage"]) if wanted.get("stage") else stalls


def _stage_chips(stalls, wanted: dict) -> list[tuple]:
    """(stage, label, count, is it this one), and first what all come to."""
    counts = stalls.count_by_stage()
    now = wanted.get("stage", "")
    chips = [("", "Tất cả", sum(counts.values()), not now)]
    return chips + [(stage.value, stage.label, counts[stage], stage == now) for stage in Stage]


@require_POST
@field_page
def stall_search(request):
    """Takes the words out of the body, so that no name stands in an address, a history or a log."""
    wanted = {name: request.POST.get(name, "") for name in ("row", "goods", "stage")}
    _keep_words(request, request.POST.get("q", "").strip()[:80])
    query = urlencode({name: value for name, value in wanted.items() if value})
    response = redirect("stall_list")
    response["Location"] += f"?{query}" if query else ""
    return response


def _keep_words(request, words: str) -> None:
    """Sealed: what somebody looks for may be a name or a number, and a session is a row in clear."""
    sealed = crypto.seal(words.encode(), _words_place(request)) if words else b""
    request.session[_SEARCHED] = base64.b64encode(sealed).decode()


def _kept_words(request) -> str:
    try:
        sealed = base64.b64decode(request.session.get(_SEARCHED, ""))
        return crypto.unseal(sealed, _words_place(request)).decode() if sealed else ""
    except crypto.SealBroken:  # the keys were changed meanwhile
        return ""


def _words_place(request) -> str:
    return f"markets.stall_search.{request.user.pk}"


# --- one stall ---------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@field_page
def stall_create(request):
    """Row, number, goods; saved at once, and on to the consent."""
    market = market_here(request)
    if market is None:
        return render(request, "markets/no_market.html", {"place": request.place})
    last = Stall.objects.in_market(market).last_opened_by(request.user)
    initial = {"row": last.row, "goods": last.goods_id} if last else {}
    form = StallForm(request.POST or None, market=market, initial=initial)
    if form.is_valid():
        try:
            stall = Stall.objects.open_new(market=market, by=request.user, **form.cleaned_data)
        except IntegrityError:  # a colleague was faster by a moment
            form.refuse_taken(form.cleaned_data["row"], form.cleaned_data["number"])
        else:
            messages.success(request, f"Đã lưu sạp {stall.label}, mã sạp {stall.code}.")
            return redirect("stall_consent", stall.pk)
    return page(request, "markets/stall_form.html", {"market": market, "last": last}, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@field_page
def stall_change(request, id):
    """Corrects row, number, goods; where a card with the old number counts, only the goods."""
    stall = stall_of(request, id)
    initial = {"row": stall.row, "number": stall.number, "goods": stall.goods_id}
    form = StallForm(request.POST or None, market=stall.market, stall=stall, initial=initial)
    if stall.card:
        for name in ("row", "number"):
            form.fields[name].disabled = True
    if form.is_valid():
        try:
            stall.correct(**form.cleaned_data)
        except IntegrityError:
            form.refuse_taken(form.cleaned_data["row"], form.cleaned_data["number"])
        else:
            messages.success(request, "Đã lưu thông tin sạp.")
            return redirect("stall_detail", stall.pk)
    return page(request, "markets/stall_form.html", {"market": stall.market, "stall": stall}, form=form)


@require_safe
@field_page
def stall_detail(request, id):
    """The six tasks of a stall, its card, and what was done."""
    stall = stall_of(request, id)
    followups = list(FollowUp.objects.of(stall.tenancy)) if stall.tenancy else []
    tasks = onboarding.tasks(stall, followups)
    card = stall.card if stall.card and stall.card.printed_at else None
    if stall.tenancy:
        openings.note(request, stall.tenancy.vendor)
    context = {
        "stall": stall,
        "tasks": tasks,
        "done_count": sum(task.state == "done" for task in tasks),
        "next": next((task for task in tasks if task.state == "now" and task.href), None),
        "card": card,
        "qr": svg(card.payload.open(), label=f"Mã VietQR của thẻ {card.serial}") if card else "",
        "log": onboarding.log(stall),
    }
    context["trail"] = [("Hôm nay", reverse("today")), (stall.market.place.name, reverse("stall_list"))]
    return render(request, "markets/stall_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@field_page
def stall_leave(request, id):
    """The vendor stops, or the stall is gone: account ends, card is void."""
    stall = stall_of(request, id)
    form = LeaveForm(request.POST or None)
    others = [tenancy.stall for tenancy in stall.tenancy.elsewhere()] if stall.tenancy else []
    if not stall.tenancy:
        form.fields["is_withdrawn"].disabled = True
    if is_overtaken(request, stall.tenancy):
        who = f"Sạp giờ do {stall.name} giữ" if stall.tenancy else "Đồng đội vừa ghi chủ sạp thôi giữ sạp"
        messages.warning(request, f"{who}, nên chưa ghi gì. Xem lại, còn đúng thì bấm lần nữa.")
        # The reason stays; a consent is withdrawn by its own person only.
        form.data = {"what": request.POST.get("what", "")}
    elif form.is_valid():
        ended = [stall, *others] if form.cleaned_data["is_withdrawn"] else [stall]
        _leave(stall, by=request.user, **form.cleaned_data)
        where = "; ".join(one.line for one in ended)
        messages.success(request, f"Đã ghi. Thẻ còn treo thì gỡ xuống: {where}.")
        return redirect("stall_list") if stall.ends_on else redirect("stall_detail", stall.pk)
    status = 409 if is_overtaken(request, stall.tenancy) else None
    context = {"stall": stall, "others": others}
    return page(request, "markets/stall_leave.html", context, form=form, status=status)


def _leave(stall: Stall, *, by, what: str, is_withdrawn: bool) -> None:
    if stall.tenancy:
        stall.tenancy.end(by=by, withdraw_consent=is_withdrawn)
    if what == "gone":
        stall.close(by=by)
