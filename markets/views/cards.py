"""The last four tasks of a stall: look at the card and print it, hang it, try it, come back."""

from datetime import timedelta

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from markets import onboarding, sheets
from markets.cards import CardMismatch
from markets.forms import FollowUpForm, ReadAloudForm, ReplaceForm, TrialForm
from markets.models import FollowUp, PaymentAccount, Stall, Unconfirmed
from markets.views.stalls import clock, is_overtaken, list_page, market_here, stall_of
from portal.accounts.gates import field_page
from portal.codes.qr import svg
from portal.forms import page
from portal.text import format_date

ANSWERS = ["GET", "HEAD", "POST"]


@require_http_methods(ANSWERS)
@field_page
def stall_card(request, id):
    """The card to look at. The vendor reads it aloud; then it is made, checked and offered."""
    stall = stall_of(request, id)
    account = stall.tenancy.account if stall.tenancy else None
    if account is None:
        messages.info(request, "Chưa có tài khoản nhận tiền thì chưa có thẻ để xem.")
        return redirect("stall_detail", stall.pk)
    form = ReadAloudForm(request.POST or None)
    wrong = ""
    if is_overtaken(request, account):  # another one was read aloud
        messages.warning(
            request, "Đồng đội vừa ghi tài khoản khác cho sạp. Xem lại thẻ, mời chủ sạp đọc lại."
        )
        return redirect("stall_card", stall.pk)
    if form.is_valid():
        try:
            with transaction.atomic():
                if account.confirmed_at is None:
                    account.mark_confirmed(by=request.user)
                sheets.print_for([stall], by=request.user)
        except (CardMismatch, PaymentAccount.DoesNotExist) as error:
            wrong = _sentence(error)
        else:
            messages.success(request, "Thẻ đã được soi lại, đúng mã và đúng tên. Tải tệp về để in.")
            return redirect("stall_card", stall.pk)
    context = {
        "stall": stall,
        "account": account,
        "steps": onboarding.STEPS,
        "wrong": wrong,
    }
    context["qr"] = svg(_payload(stall, account), label=f"Mã VietQR của sạp {stall.label}")
    status = 409 if wrong else None
    return page(request, "markets/stall_card.html", context, form=form, status=status)


def _payload(stall, account) -> str:
    return stall.card.payload.open() if stall.card else account.card_payload()


def _sentence(error: Exception) -> str:
    if isinstance(error, CardMismatch):
        return str(error)
    if isinstance(error, Unconfirmed):
        return (
            "Đồng đội vừa ghi tài khoản khác cho sạp, chủ sạp chưa đọc lại. Mở lại sạp, mời chủ sạp đọc to."
        )
    return "Đồng đội vừa bỏ tài khoản của sạp này, nên chưa in được thẻ. Mở lại sạp để xem."


@require_safe
@field_page
def stall_card_pdf(request, id):
    """The sheet of the stall's card, set and checked anew each time and kept nowhere."""
    stall = stall_of(request, id)
    if stall.card is None or stall.card.printed_at is None:
        messages.info(request, "Thẻ chưa được soi và in. Làm bước này trước đã.")
        return redirect("stall_card", stall.pk)
    try:
        return _attachment(sheets.sheet([stall.card]), f"the-{stall.card.serial}")
    except CardMismatch as error:
        return render(request, "markets/print_refused.html", {"stall": stall, "wrong": error}, status=409)


@require_POST
@field_page
def card_print_selected(request):
    """One PDF with the cards of the ticked stalls; all of them, or none and the reason."""
    market = market_here(request)
    if market is None:
        return redirect("stall_list")
    chosen = request.POST.getlist("stall")
    stalls = list(Stall.objects.visible_to(request.user).in_market(market).chosen(chosen).with_progress())
    wrong = _why_not(stalls)
    if not wrong:
        try:
            pdf = sheets.print_for(stalls, by=request.user)
            return _attachment(pdf, f"the-sap-{len(stalls)}-{timezone.localdate():%d-%m-%Y}")
        except (CardMismatch, PaymentAccount.DoesNotExist) as error:
            wrong = _sentence(error)
    return list_page(request, market, wrong=wrong, chosen=chosen)


def _why_not(stalls) -> str:
    """Why these cannot be printed together, or nothing."""
    if not stalls:
        return "Đánh dấu những sạp cần in thẻ rồi bấm in."
    if len(stalls) > sheets.AT_ONCE:
        return f"Mỗi lần in nhiều nhất {sheets.AT_ONCE} thẻ, đang chọn {len(stalls)}."
    unready = [stall.label for stall in stalls if not _is_ready(stall)]
    if unready:
        return f"Sạp {', '.join(unready)} chưa có tài khoản được chủ sạp xác nhận: bỏ chọn rồi in lại."
    return ""


def _is_ready(stall) -> bool:
    account = stall.tenancy.account if stall.tenancy else None
    return account is not None and account.confirmed_at is not None


def _attachment(pdf: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


@require_http_methods(ANSWERS)
@field_page
def card_replace(request, id):
    """The card does not count any more; the next one has a new number and a new check code.

    `vi` in the address is the reason that who leads here has seen.
    """
    stall = stall_of(request, id)
    if stall.card is None:
        messages.info(request, "Sạp này không có thẻ nào còn hiệu lực để thay.")
        return redirect("stall_detail", stall.pk)
    form = ReplaceForm(request.POST or None, initial={"reason": request.GET.get("vi")})
    if is_overtaken(request, stall.card):
        _warn_of_new_card(request, stall.card)
        return page(request, "markets/card_replace.html", {"stall": stall}, form=form, status=409)
    if form.is_valid():
        stall.card.void(by=request.user, reason=form.cleaned_data["reason"])
        messages.success(request, f"Thẻ {stall.card.serial} không còn hiệu lực. Gỡ thẻ cũ, in thẻ mới.")
        return redirect("stall_card", stall.pk)
    return page(request, "markets/card_replace.html", {"stall": stall}, form=form)


def _warn_of_new_card(request, card) -> None:
    now = f"Thẻ của sạp giờ là {card.serial}, không phải thẻ bạn vừa xem"
    messages.warning(request, f"{now}, nên chưa ghi gì. Xem lại, còn đúng thì bấm lần nữa.")


# --- hang it, try it, come back ----------------------------------------------------------------------------


@require_http_methods(ANSWERS)
@field_page
def stall_post(request, id):
    """The card hangs where buyers see it."""
    stall = stall_of(request, id)
    card = stall.card
    if card is None or card.printed_at is None:
        messages.info(request, "In thẻ xong rồi mới dán.")
        return redirect("stall_detail", stall.pk)
    context = {"stall": stall, "steps": onboarding.STEPS}
    if is_overtaken(request, card):
        _warn_of_new_card(request, card)
        return render(request, "markets/stall_post.html", context, status=409)
    if request.method == "POST":
        _record_posting(request, card)
        return redirect("stall_trial", stall.pk)
    return render(request, "markets/stall_post.html", context)


def _record_posting(request, card) -> None:
    if card.mark_posted(by=request.user):
        messages.success(request, f"Đã dán thẻ {card.serial}. Việc kế tiếp: thử chuyển 1.000 đ.")
    elif card.void_at:
        messages.warning(
            request, f"{card.void_by} vừa hủy thẻ {card.serial}, nên không ghi đã dán. Gỡ thẻ xuống."
        )
    else:
        when = clock(card.posted_at)
        messages.info(
            request, f"{card.posted_by} đã ghi dán thẻ {card.serial} lúc {when}. Không cần ghi lại."
        )


@require_http_methods(ANSWERS)
@field_page
def stall_trial(request, id):
    """A transfer of 1.000 đ that the vendor sees arrive, or an appointment for tomorrow with the reason."""
    stall = stall_of(request, id)
    card = stall.card
    if card is None or card.posted_at is None:
        messages.info(request, "Dán thẻ xong rồi mới thử chuyển.")
        return redirect("stall_detail", stall.pk)
    form, context = TrialForm(request.POST or None), {"stall": stall, "steps": onboarding.STEPS}
    if is_overtaken(request, card):
        _warn_of_new_card(request, card)
        return page(request, "markets/stall_trial.html", context, form=form, status=409)
    if form.is_valid():
        _record_trial(request, stall, **form.cleaned_data)
        return redirect("stall_detail", stall.pk)
    return page(request, "markets/stall_trial.html", context, form=form)


def _record_trial(request, stall, *, is_seen: str, problem: str) -> None:
    if is_seen == "yes":
        stall.card.mark_tried(by=request.user)
        messages.success(request, f"Sạp {stall.label} đã nhận được tiền qua mã. Hẹn hỏi lại sau 7 ngày.")
        return
    tomorrow = timezone.localdate() + timedelta(days=1)
    FollowUp.objects.plan_retry(stall.tenancy, on=tomorrow, problem=problem)
    messages.info(request, "Đã hẹn ngày mai quay lại thử chuyển.")


@require_http_methods(ANSWERS)
@field_page
def followup_do(request, id):
    """What was found after 7 or 30 days, and not before; a retry is done by trying again."""
    visits = FollowUp.objects.visible_to(request.user)
    visit = get_object_or_404(visits.select_related("tenancy__stall__market__place"), pk=id)
    stall = visit.tenancy.stall
    if visit.done_at:
        messages.info(request, _was_first(visit))
        return redirect("stall_detail", stall.pk)
    if visit.kind == FollowUp.Kind.RETRY:
        return redirect("stall_trial", stall.pk)
    form = FollowUpForm(request.POST or None)
    if visit.is_early and not form.is_bound:
        messages.info(request, _too_early(visit))
        return redirect("stall_detail", stall.pk)
    if visit.is_early:  # what was typed stays on the page
        form.add_error(None, _too_early(visit))
    if form.is_valid():
        found = form.cleaned_data
        percent = found["of_ten"] * 10
        is_mine = visit.mark_done(
            by=request.user,
            transfer_percent=percent,
            has_internet=found["has_internet"],
            problem=found["problem"],
        )
        if is_mine:
            messages.success(request, f"Đã ghi lượt theo dõi sạp {stall.label}. Cảm ơn bạn đã quay lại.")
        else:
            messages.info(request, _was_first(visit))
        return redirect("stall_detail", stall.pk)
    context = {"visit": visit, "stall": stall, "steps": onboarding.STEPS}
    return page(request, "markets/followup_do.html", context, form=form)


def _was_first(visit: FollowUp) -> str:
    who = f"{visit.done_by} đã ghi lượt theo dõi này lúc {clock(visit.done_at)}"
    return f"{who}. Điều ghi trước được giữ, không ghi thêm."


def _too_early(visit: FollowUp) -> str:
    days = (visit.due_on - timezone.localdate()).days
    return (
        f"Chưa tới ngày hỏi: sạp hẹn {format_date(visit.due_on)}, còn {days} ngày. "
        "Hỏi sớm thì chưa biết khách có quen trả bằng mã không, nên lượt này chưa ghi."
    )
