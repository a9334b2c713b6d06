"""The six tasks of a stall, from the first hello to the visits after 30 days, and what was done when."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from markets.models import CardCheck, FollowUp, Stage, Stall, StallCard
from portal.privacy.models import Consent
from portal.text import format_date

PROGRAMME = "markets"
CONTACT = "market_contact"  # the purpose that allows to keep a phone number
STEPS = ["Thông tin sạp", "Tài khoản nhận tiền", "In thẻ", "Dán thẻ", "Thử chuyển 1.000 đ", "Theo dõi"]
_SESSION_KEY = "market_consents"


# --- consent between two screens ---------------------------------------------------------------------------


def keep_consent(session, stall: Stall, consent: Consent) -> None:
    """Remembers the consent just given at a stall until the vendor is named: keys, nothing personal."""
    session[_SESSION_KEY] = {**session.get(_SESSION_KEY, {}), str(stall.pk): str(consent.pk)}


def kept_consent(session, stall: Stall) -> Consent | None:
    """The consent given at the stall and not yet used for a vendor."""
    key = session.get(_SESSION_KEY, {}).get(str(stall.pk))
    return Consent.objects.filter(pk=key, vendors=None, withdrawn_at=None).first() if key else None


def forget_consent(session, stall: Stall) -> None:
    session[_SESSION_KEY] = {k: v for k, v in session.get(_SESSION_KEY, {}).items() if k != str(stall.pk)}


def allows_contact(consent: Consent) -> bool:
    return consent.purposes.filter(pk=CONTACT).exists()


# --- the six tasks -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """One line of the list; `state` is done, now, todo or lock, as the look names them."""

    number: int
    title: str
    detail: str
    href: str
    state: str
    remark: str = ""

    @property
    def call(self) -> str:
        """What the button says: `Làm tiếp: dán thẻ`."""
        return f"Làm tiếp: {self.title[:1].lower()}{self.title[1:]}"


_NOW = {Stage.ACCOUNT: 2, Stage.PRINT: 3, Stage.POST: 4, Stage.TRIAL: 5, Stage.TAKING: 6, Stage.USED: 6}
_PAGES = ["stall_change", "stall_account", "stall_card", "stall_post", "stall_trial"]


def tasks(stall: Stall, followups: list[FollowUp]) -> list[Task]:
    """The six tasks of a stall loaded by `with_progress`; `followups` are those of its tenancy."""
    now = _NOW[stall.stage]
    details = [_stall_line(stall), _account_line(stall), *_card_lines(stall.card), _visits_line(followups)]
    return [
        Task(
            number=number,
            title=title,
            detail=detail,
            href=_href(number, stall, followups, now),
            state=_state(number, now, followups),
            remark=_remark(number, now, followups),
        )
        for number, (title, detail) in enumerate(zip(STEPS, details, strict=True), start=1)
    ]


def _next_visit(followups: list[FollowUp]) -> FollowUp | None:
    return next((visit for visit in followups if visit.done_at is None), None)


def _state(number: int, now: int, followups: list[FollowUp]) -> str:
    if number == now == 6:
        visit = _next_visit(followups)
        return "done" if visit is None else "now" if visit.due_on <= timezone.localdate() else "todo"
    if number == now:
        return "now"
    return "done" if number < now else "lock" if number == 6 else "todo"


def _remark(number: int, now: int, followups: list[FollowUp]) -> str:
    if number != 6:
        return ""
    if now < 6:
        return "Mở sau khi thử xong"
    visit = _next_visit(followups)
    return f"Hẹn {format_date(visit.due_on)}" if visit else ""


def _href(number: int, stall: Stall, followups: list[FollowUp], now: int) -> str:
    if number == 2 and not stall.tenancy:
        return reverse("stall_consent", args=[stall.pk])
    if number < 6:
        return reverse(_PAGES[number - 1], args=[stall.pk]) if number <= now else ""
    visit = _next_visit(followups) if now == 6 else None
    return reverse("followup_do", args=[visit.pk]) if visit and not visit.is_early else ""


def _stall_line(stall: Stall) -> str:
    return f"Dãy {stall.row}, số {stall.number} · {stall.goods.name}"


def _account_line(stall: Stall) -> str:
    if not stall.tenancy:
        return "Xin phép chủ sạp, ghi tên và tài khoản"
    account = stall.tenancy.account
    if not account:
        return f"Đã ghi tên {stall.tenancy.vendor.name}, còn thiếu tài khoản"
    return f"{account.bank_name} · số cuối {account.last_four} · chủ tài khoản {account.holder}"


def _card_lines(card: StallCard | None) -> list[str]:
    printed = posted = tried = ""
    if card and card.printed_at:
        printed = f"{card.serial}, in {_day(card.printed_at)}, bản {card.version}"
    if card and card.posted_at:
        posted = f"Dán {_day(card.posted_at)}"
    if card and card.tried_at:
        tried = f"Chủ sạp thấy tiền về {_day(card.tried_at)}"
    return [
        printed or "Xem thẻ, chủ sạp đọc to tên và 4 số cuối",
        posted or "Dán chỗ khách dễ thấy, cao ngang tầm mắt",
        tried or "Chủ sạp đọc tên người nhận và 4 số cuối",
    ]


def _visits_line(followups: list[FollowUp]) -> str:
    if visit := _next_visit(followups):
        return f"{visit.get_kind_display()}: hẹn {format_date(visit.due_on)}"
    if followups:
        return "Đã hỏi đủ các lần"
    return "Hỏi lại sau 7 và 30 ngày: sạp có đang dùng mã không"


def _day(at: datetime) -> str:
    return format_date(timezone.localdate(at))


# --- the log -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """Something was done."""

    at: datetime
    by: str
    words: str


def log(stall: Stall) -> list[Entry]:
    """What was done at the stall, the latest first."""
    entries = [Entry(stall.opened_at, stall.opened_by.name, "Đăng ký sạp")]
    for tenancy in stall.tenancies.select_related("vendor__consent__recorded_by", "recorded_by"):
        consent = tenancy.vendor.consent
        entries.append(Entry(consent.given_at, consent.recorded_by.name, "Chủ sạp đồng ý"))
        entries.append(Entry(tenancy.recorded_at, tenancy.recorded_by.name, "Ghi chủ sạp"))
        if consent.withdrawn_at:
            entries.append(Entry(consent.withdrawn_at, consent.withdrawn_by.name, "Rút lại sự đồng ý"))
        entries += _account_entries(tenancy)
    for card in stall.cards.select_related("printed_by", "posted_by", "tried_by", "void_by"):
        entries += _card_entries(card)
    done = FollowUp.objects.filter(tenancy__stall=stall, done_at__isnull=False).select_related("done_by")
    entries += [Entry(visit.done_at, visit.done_by.name, visit.get_kind_display()) for visit in done]
    looks = CardCheck.objects.filter(card__stall=stall).select_related("by")
    entries += [
        Entry(look.at, look.by.name, f"Soi thẻ: {look.get_result_display().lower()}") for look in looks
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _account_entries(tenancy) -> list[Entry]:
    entries = []
    for account in tenancy.accounts.select_related("recorded_by", "confirmed_by"):
        words = f"Ghi tài khoản {account.bank_name}"
        entries.append(Entry(account.recorded_at, account.recorded_by.name, words))
        if account.confirmed_at:
            words = "Chủ sạp xác nhận tài khoản"
            entries.append(Entry(account.confirmed_at, account.confirmed_by.name, words))
    return entries


def _card_entries(card: StallCard) -> list[Entry]:
    steps = [
        (card.printed_at, card.printed_by, f"In thẻ bản {card.version}"),
        (card.posted_at, card.posted_by, "Dán thẻ"),
        (card.tried_at, card.tried_by, "Thử chuyển, tiền đã về"),
        (card.void_at, card.void_by, f"Hủy thẻ bản {card.version}: {card.get_void_reason_display()}"),
    ]
    return [Entry(at, by.name, words) for at, by, words in steps if at]
