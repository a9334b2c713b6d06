"""The slips of a market: a whole new stall, a visit after 7 or 30 days, one look at a card."""

import uuid

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from markets.models import CardCheck, FollowUp, Market, PaymentAccount, Stall, StallCard, Tenancy
from markets.round_forms import CARD_IN_SIGHT, shows_identity_card
from markets.slip_forms import CardCheckSlipForm, FollowUpSlipForm, VendorSlipForm, notice_at
from portal.field.captures import Capture, Done, Refused, Work
from portal.forms import Form
from portal.printing.reading import read_picture
from portal.privacy.models import Consent
from portal.text import format_date

PRACTISED = "Đây là tập làm: sổ chợ không ghi gì."
NO_MARKET = "Nơi ghi phiếu này không phải một chợ trong sổ. Đổi nơi làm sang chợ, rồi ghi lại."


def in_market(work: Work) -> bool:
    """Whether the slips of a market are for where somebody works."""
    return not work.is_practice and Market.objects.at_place(work.place).exists()


def market_of(work: Work) -> Market:
    """The market of the slip; past the author's reach too, whose shift may be over."""
    market = Market.objects.at_place(work.place).select_related("place").first()
    if market is None:
        raise Refused(NO_MARKET)
    return market


def stall_there(market: Market, where: dict) -> Stall:
    """The open stall with a row and number."""
    stall = Stall.objects.in_market(market).open().with_label(**where).first()
    if stall is None:
        raise Refused(f"{market} không có sạp {where['row']}{where['number']} trong sổ. Xem lại dãy và số.")
    return stall


def _of_stall(stall: Stall) -> str:
    return reverse("stall_detail", args=[stall.pk])


def _clock(at) -> str:
    return f"{timezone.localtime(at):%H:%M, %d-%m-%Y}"


# --- a whole stall -----------------------------------------------------------------------------------------


def vendor_form(work: Work, data=None, files=None) -> Form:
    """In practice nothing is asked of it: it comes to nothing."""
    if work.is_practice:
        return Form(data)
    return VendorSlipForm(data, work=work, market=Market.objects.at_place(work.place).first())


def vendor_context(work: Work) -> dict:
    return {"notice": notice_at(work)}


def apply_vendor(work: Work, form: VendorSlipForm) -> Done:
    """Stall, consent, vendor and account, as four screens would have written them, at the moment of the slip.

    The account stays to be confirmed: the vendor reads it aloud on the card, which needs the network.
    """
    if work.is_practice:
        return Done(words=PRACTISED)
    try:
        with transaction.atomic():
            return _write_stall(work, form)
    except IntegrityError:  # a colleague, by a moment: what the book has by now is gone on with, or refused
        return _write_stall(work, form)


def _write_stall(work: Work, form: VendorSlipForm) -> Done:
    market, data = market_of(work), form.cleaned_data
    if tenancy := Tenancy.objects.filter(pk=work.key("tenancy")).select_related("stall").first():
        return _vendor_done(form, tenancy, tenancy.account, rows=[tenancy])
    stall, is_new = _stall_for(work, market, data)
    consent = Consent.objects.record(
        notice=data["notice"] or notice_at(work), purposes=data["purposes"], how=data["how"],
        paper_number=data["paper_number"], by=work.by, at=work.at, id=work.key("consent"),
    )  # fmt: skip
    tenancy = Tenancy.objects.begin(
        stall=stall, name=data["name"], phone=data["phone"], sign=data["sign"], consent=consent,
        same_as=form.reused, by=work.by, at=work.at, id=work.key("tenancy"), vendor_id=work.key("vendor"),
    )  # fmt: skip
    rows, account = [stall, consent, tenancy.vendor, tenancy], None
    if form.paid:
        account = tenancy.replace_account(by=work.by, at=work.at, id=work.key("account"), **form.paid)
        rows.append(account)
    return _vendor_done(form, tenancy, account, rows=rows, was_there=not is_new)


def _stall_for(work: Work, market: Market, data: dict) -> tuple[Stall, bool]:
    """The stall to go on with, and whether it is new. Refused where somebody holds it."""
    where = {"row": data["row"], "number": data["number"]}
    stall = Stall.objects.in_market(market).open().with_label(**where).first()
    if stall is None:
        words = {"market": market, "goods": data["goods"], "by": work.by, "at": work.at, **where}
        return Stall.objects.open_new(id=work.key("stall"), **words), True
    if held := stall.tenancy:
        on = format_date(timezone.localdate(held.recorded_at))
        who = f"Sạp {stall.label} đã có chủ trong sổ, {held.recorded_by} ghi ngày {on}"
        raise Refused(f"{who}. Xem lại dãy và số; đúng sạp đó thì mở sạp mà làm tiếp.")
    return stall, False


def _vendor_done(form, tenancy, account: PaymentAccount | None, *, rows, was_there=False) -> Done:
    stall = tenancy.stall
    left = "mời chủ sạp đọc to thẻ" if account else "ghi tài khoản nhận tiền"
    remarks = []
    if was_there:
        remarks.append(f"Sạp {stall.label} có trong sổ từ trước, chưa có chủ: chủ sạp ghi vào sạp đó")
        if stall.goods != form.cleaned_data["goods"]:
            remarks.append(f"Mặt hàng giữ như trong sổ: {stall.goods}")
    if form.is_phone_left_out:
        remarks.append(f"Sạp {stall.label}: không ghi số điện thoại, vì chủ sạp không đồng ý cho gọi lại")
    words = f"Đã ghi sạp {stall.label}, mã sạp {stall.code}. Còn lại: {left}."
    return Done(rows=rows, href=_of_stall(stall), words=words, flag=". ".join(remarks))


# --- a visit -----------------------------------------------------------------------------------------------


def followup_form(work: Work, data=None, files=None) -> Form:
    return Form(data) if work.is_practice else FollowUpSlipForm(data)


def apply_followup(work: Work, form: FollowUpSlipForm) -> Done:
    """What was found, at the visit that was due then."""
    if work.is_practice:
        return Done(words=PRACTISED)
    visit = _visit(work, form)
    is_done = visit.done_at is not None or visit.mark_done(by=work.by, at=work.at, **form.found)
    if not is_done and not _is_told(work, visit, form):  # somebody was faster by a moment
        raise Refused(_was_first(visit))
    stall = visit.tenancy.stall
    return Done(rows=[visit], href=_of_stall(stall), words=f"Đã ghi lượt theo dõi sạp {stall.label}.")


def _visit(work: Work, form: FollowUpSlipForm) -> FollowUp:
    """The one to be written down, or the one that this slip, sent before, has written down."""
    visits = FollowUp.objects.select_related("tenancy__stall", "done_by")
    visit = _visit_at(work, visits, form) if form.where else _visit_named(work, visits, form)
    if visit.kind == FollowUp.Kind.RETRY:
        raise Refused("Lượt hẹn này là để thử chuyển lại 1.000 đ. Có mạng thì mở sạp, thử chuyển rồi ghi.")
    if visit.done_at and not _is_told(work, visit, form):
        raise Refused(_was_first(visit))
    if visit.done_at is None and visit.is_early_on(work.day):
        due = format_date(visit.due_on)
        raise Refused(f"Ghi ngày {format_date(work.day)} là sớm: sạp {visit.tenancy.stall.label} hẹn {due}.")
    return visit


def _visit_named(work: Work, visits, form) -> FollowUp:
    """The visit whose page was open: of the place, or in the author's reach."""
    key = form.cleaned_data["visit"]
    here, seen = visits.at_place(work.place), visits.visible_to(work.by)
    visit = here.filter(pk=key).first() or seen.filter(pk=key).first()
    if visit is None:
        raise Refused("Không thấy lượt hẹn này ở nơi ghi phiếu. Ghi dãy và số sạp, hoặc bỏ phiếu.")
    return visit


def _visit_at(work: Work, visits, form) -> FollowUp:
    """The earliest that was due at a stall; else the next one, or the last that was done."""
    stall = stall_there(market_of(work), form.where)
    visits = visits.at_stall(stall).visits()
    visit = (
        visits.told(by=work.by, on=work.day, **form.found).first()
        or visits.open().order_by("due_on").first()
        or visits.filter(done_at__isnull=False).order_by("-done_at").first()
    )
    if visit is None:
        raise Refused(f"Sạp {stall.label} chưa có lượt hẹn nào: thử chuyển 1.000 đ xong mới có hẹn.")
    return visit


def _is_told(work: Work, visit: FollowUp, form) -> bool:
    """Whether this author has written just this down before, so that there is nothing to add."""
    return FollowUp.objects.filter(pk=visit.pk).told(by=work.by, on=work.day, **form.found).exists()


def _was_first(visit: FollowUp) -> str:
    who = f"{visit.done_by} đã ghi lượt theo dõi sạp {visit.tenancy.stall.label} lúc {_clock(visit.done_at)}"
    return f"{who}. Điều ghi trước được giữ; phiếu này thừa thì bỏ."


# --- one look at a card ------------------------------------------------------------------------------------


def card_check_form(work: Work, data=None, files=None) -> Form:
    return Form(data) if work.is_practice else CardCheckSlipForm(data, files)


def apply_card_check(work: Work, form: CardCheckSlipForm) -> Done:
    """One look, compared with the card that counted at that moment."""
    if work.is_practice:
        return Done(words=PRACTISED)
    seen, data = form.seen, form.cleaned_data
    card, stall = _card_seen(work, form)
    look = {"by": work.by, "at": work.at, "id": data["id"] or work.key("check"), **seen}
    if card:
        check = card.mark_checked(**look)
    elif seen["texts"]:
        check = CardCheck.objects.record(market=market_of(work), card=None, **look)
    else:
        raise Refused(f"Sạp {stall.label} chưa có thẻ nào còn hiệu lực trong sổ, nên không có gì để soi.")
    if check.by_id != work.by.pk:
        raise Refused("Mã của lượt soi này đã là của người khác. Soi lại thẻ, hoặc bỏ phiếu.")
    return _check_done(check, stall or (card and card.stall))


def _card_seen(work: Work, form) -> tuple[StallCard | None, Stall | None]:
    """The card that was looked at, and the stall where somebody stood, as far as known."""
    cards = StallCard.objects.select_related("stall__market__place").order_by("-version")
    if form.where:
        stall = stall_there(market_of(work), form.where)
        return cards.live_at(work.at).filter(stall=stall).first(), stall
    if key := form.cleaned_data["card"]:
        here, seen = cards.filter(stall__market__place=work.place), cards.visible_to(work.by)
        card = here.filter(pk=key).first() or seen.filter(pk=key).first()
        if card is None:
            raise Refused("Không thấy thẻ này ở nơi ghi phiếu. Ghi dãy và số sạp, hoặc bỏ phiếu.")
        if card.void_at and card.void_at <= work.at:
            raise Refused(f"Thẻ {card.serial} hết hiệu lực từ {_clock(card.void_at)}. Gỡ thẻ đó xuống.")
        return card, card.stall
    return _card_with(cards.in_market(market_of(work)).live_at(work.at), form.seen["texts"]), None


def _card_with(cards, texts: list[str]) -> StallCard | None:
    """The one card with a code that was read; None for a code of no card."""
    held = {card.pk: card for text in texts for card in cards.holding(text)}
    if len(held) > 1:
        labels = ", ".join(sorted(card.stall.label for card in held.values()))
        raise Refused(f"Mã này là của các sạp {labels}. Ghi dãy và số của sạp đã soi.")
    return next(iter(held.values()), None)


def _check_done(check: CardCheck, stall: Stall | None) -> Done:
    """In words what came of it; a strange code is something that who leads sees at once."""
    at = f"Sạp {stall.label}" if stall else str(check.market)
    done = Done(rows=[check], href=reverse("check_detail", args=[check.pk]))
    if check.is_red:
        codes = ", ".join(code.masked for code in check.strange_codes)
        done.flag = f"Mã lạ ở {at[:1].lower()}{at[1:]}: {codes}"
        done.words = f"{at}: mã không đúng sổ. Mở lượt soi, làm theo các bước."
    elif check.is_match:
        done.words = f"{at}: khớp với sổ."
    else:
        done.words = f"{at}: không đọc được mã. Thẻ mờ, rách thì thay thẻ."
    return done


def check_photo(work: Work, rows: list, jpeg: bytes) -> Done:
    """The picture of a look. Of a strange code it is kept as evidence; else it is read like any picture, and
    what it shows beside or instead of the card's own code is a look of its own.

    Raises Refused, or PictureError for what is no picture.
    """
    key = next((key for label, key in rows if label == CardCheck._meta.label_lower), None)
    if key is None:
        return Done(words=PRACTISED)
    check = CardCheck.objects.select_related("card__stall", "market__place").get(pk=key)
    texts = read_picture(jpeg)
    if shows_identity_card(texts):
        raise Refused(CARD_IN_SIGHT)
    if check.is_red:
        check.add_photo(jpeg, by=work.by, at=work.at)
        return Done(rows=[check])
    if not texts or (check.is_match and texts == [check.card.payload.open()]):
        return Done()
    look = {"texts": texts, "way": CardCheck.Way.PHOTO, "photo": jpeg, "id": uuid.uuid5(check.pk, "photo")}
    return _check_done(check.card.mark_checked(by=work.by, at=work.at, **look), check.card.stall)


CAPTURES = [
    Capture(
        code="vendor",
        title="Đăng ký sạp",
        words="Sạp mới, chủ sạp, tài khoản nhận tiền.",
        icon="plus",
        form=vendor_form,
        apply=apply_vendor,
        template="markets/slip_vendor.html",
        offered=in_market,
        context=vendor_context,
        secrets=frozenset({"phone", "account_number", "account_number_again", "payload"}),
    ),
    Capture(
        code="followup",
        title="Theo dõi sạp",
        words="Hỏi lại sau 7 và 30 ngày.",
        icon="clock",
        form=followup_form,
        apply=apply_followup,
        template="markets/slip_followup.html",
        offered=in_market,
    ),
    Capture(
        code="card_check",
        title="Soi thẻ",
        words="Quét mã trên thẻ, so với sổ.",
        icon="qr",
        form=card_check_form,
        apply=apply_card_check,
        template="markets/slip_card_check.html",
        offered=in_market,
        secrets=frozenset({"payload"}),
        photo=check_photo,
    ),
]
