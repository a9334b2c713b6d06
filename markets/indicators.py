"""The numbers of the market programme: for everybody on the start page, for staff in the report.

Nothing here names a person. The report counts stalls as they stood at the end of a period (a stock, never
summed over months), and what happened month by month (which may be summed).
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, Sum, Value
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from markets.models import FollowUp, Market, PaymentAccount, Stall, StallCard, Tenancy
from portal.indicators import LEAST, Cell, Figure, Indicator, Period

# --- the start page ----------------------------------------------------------------------------------------


def figures() -> list[Figure]:
    """Stalls that take transfers, and what their vendors say about their buyers."""
    taking = Stall.objects.open().taking_transfers().count()
    markets = Market.objects.count()
    shown = [
        Figure(
            number=number_format(taking, force_grouping=True),
            words=ngettext("sạp nhận tiền bằng mã QR", "sạp nhận tiền bằng mã QR", taking),
            detail=ngettext("ở %(count)s chợ", "ở %(count)s chợ", markets) % {"count": markets},
        )
    ]
    visits, percent = FollowUp.objects.average_percent()
    if visits >= LEAST:
        words = gettext("khách chuyển khoản, theo lời chủ sạp")
        detail = gettext("hỏi %(count)s lượt") % {"count": number_format(visits, force_grouping=True)}
        share = gettext("%(percent)s %%") % {"percent": percent}
        shown.append(Figure(number=share, words=words, detail=detail))
    return shown


def stalls_by_month(year: int) -> dict[int, int]:
    """Stalls that passed their first trial transfer, by month."""
    return Stall.objects.first_tried_by_month(year)


# --- the report: how far stalls came -----------------------------------------------------------------------

FUNNEL = [
    Indicator("registered", "Đăng ký", "Sạp ghi sổ trong kỳ, tới cuối kỳ chưa nghỉ"),
    Indicator("account", "Có tài khoản", "Chủ sạp đang có tài khoản nhận tiền", of="registered"),
    Indicator("card", "Có thẻ", "Thẻ đã lập, còn hiệu lực", of="registered"),
    Indicator("posted", "Đã dán", "Thẻ treo ở sạp", of="registered"),
    Indicator("tried", "Nhận được tiền", "Chủ sạp thấy 1.000 đ chuyển thử về tới", of="registered"),
    Indicator("asked", "Đã hỏi sau 30 ngày", "Có người quay lại hỏi, chủ sạp trả lời", of="tried"),
    Indicator("used", "Đang dùng", "Sau 30 ngày vẫn có khách chuyển khoản", of="asked"),
]
CODES = [indicator.code for indicator in FUNNEL]


def stalls_at(markets, period: Period, *, bank: str = ""):
    """The stalls of the report; with a bank those whose account at the end of the period is there."""
    stalls = Stall.objects.filter(market__in=markets)
    accounts = PaymentAccount.objects.filter(_in_force(period), bin=bank, tenancy__stall=OuterRef("pk"))
    return stalls.filter(Exists(accounts)) if bank else stalls


def reached(markets, stalls, period: Period) -> list[Cell]:
    """How far the stalls registered in a period came by its end, by market and bank; one query.

    A stall counts at the bank of its account; those without one at "", where each of `markets` has a cell.
    """
    every = markets.values_list("pk", Value("")).annotate(**_counts())
    there = stalls.filter(period.holds("opened_at"), _lasts("ends_on", period))
    registered = there.values_list("market", Value("")).annotate(**_counts(registered=Count("pk")))
    accounts = PaymentAccount.objects.filter(_in_force(period), tenancy__stall__in=there)
    paid = accounts.values_list("tenancy__stall__market", "bin").annotate(**_counts(account=Count("pk")))
    cards = StallCard.objects.filter(_hangs(period), stall__in=there).annotate(
        is_asked=Exists(_visits(period)), is_used=Exists(_visits(period).filter(transfer_percent__gt=0))
    )
    tried = Q(tried_at__lt=period.end)
    carded = cards.values_list("stall__market", "bin").annotate(
        **_counts(
            card=Count("pk"),
            posted=Count("pk", filter=Q(posted_at__lt=period.end)),
            tried=Count("pk", filter=tried),
            asked=Count("pk", filter=tried & Q(is_asked=True)),
            used=Count("pk", filter=tried & Q(is_used=True)),
        )
    )
    parts = [part.order_by() for part in (registered, paid, carded)]
    return _cells(every.order_by().union(*parts, all=True))


def _counts(**counted) -> dict:
    """A column for each indicator, so that the parts can stand under each other."""
    return {f"n_{code}": counted.get(code, Value(0)) for code in CODES}


def _cells(rows) -> list[Cell]:
    """One cell for each market and bank; at "" are left the stalls that no bank has."""
    cells: dict[tuple, Counter] = {}
    for market, bank, *numbers in rows:
        cells.setdefault((market, bank), Counter()).update(dict(zip(CODES, numbers, strict=True)))
    for (market, bank), counts in cells.items():
        if bank:
            counts["registered"] = counts["account"]
            cells[market, ""].subtract(registered=counts["account"])
    return [Cell(market, bank, counts) for (market, bank), counts in cells.items()]


def vendors(stalls, period: Period) -> int:
    """People, each counted once, who hold the stalls registered in the period at its end."""
    there = stalls.filter(period.holds("opened_at"), _lasts("ends_on", period))
    held = Tenancy.objects.filter(_lasts("ends_on", period), stall__in=there, starts_on__lte=period.last)
    return held.aggregate(people=Count("vendor", distinct=True))["people"]


# --- the report: month by month ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Month:
    """What happened in one month: stalls registered, trials passed, visits, and what vendors said then.

    Of `buyers` asked about (ten a visit that got an answer), `paying` paid by transfer.
    """

    first: date
    opened: int = 0
    tried: int = 0
    visits: int = 0
    buyers: int = 0
    paying: int = 0


def months(stalls, period: Period) -> list[Month]:
    """Every month from the first in which something happened to the end of the period; one query."""
    opened = _monthly(stalls.filter(period.holds("opened_at")), "opened_at", "opened")
    trials = StallCard.objects.filter(period.holds("tried_at"), stall__in=stalls).exclude(Exists(_earlier()))
    tried = _monthly(trials, "tried_at", "tried")
    visits = FollowUp.objects.filter(period.holds("done_at"), tenancy__stall__in=stalls)
    visits = _monthly(visits, "done_at", "visits", Count("transfer_percent"), Sum("transfer_percent"))
    found: dict[date, dict] = {}
    for kind, moment, count, answers, percents in opened.union(tried, visits, all=True):
        row = found.setdefault(timezone.localdate(moment), {})
        row[kind] = count
        if kind == "visits":
            row |= {"buyers": 10 * answers, "paying": round((percents or 0) / 10)}
    calendar = _calendar(min(found), period.last) if found else []
    return [Month(first, **found.get(first, {})) for first in calendar]


def _monthly(rows, moment: str, kind: str, *answers):
    by = rows.order_by().annotate(what=Value(kind), month=TruncMonth(moment)).values_list("what", "month")
    asked, percents = answers or (Value(0), Value(0))
    return by.annotate(count=Count("pk"), answers=asked, percents=percents)


def _calendar(first: date, last: date) -> list[date]:
    """The first days of all months from one to another."""
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


# --- as things stood at the end of a day -------------------------------------------------------------------


def _lasts(field: str, period: Period) -> Q:
    """What ends on the last day is gone in its evening."""
    return Q(**{field: None}) | Q(**{f"{field}__gt": period.last})


def _in_force(period: Period) -> Q:
    """Accounts, with their tenancy."""
    return _lasts("ends_on", period) & _lasts("tenancy__ends_on", period) & Q(recorded_at__lt=period.end)


def _hangs(period: Period) -> Q:
    """Cards that were made and not void."""
    return Q(made_at__lt=period.end) & (Q(void_at=None) | Q(void_at__gte=period.end))


def _visits(period: Period):
    """The visits after 30 days to who holds the stall of a card, where the question was answered."""
    return FollowUp.objects.filter(
        tenancy=OuterRef("account__tenancy"),
        kind=FollowUp.Kind.DAY_30,
        done_at__lt=period.end,
        transfer_percent__isnull=False,
    )


def _earlier():
    """Trials that the stall passed before: a replaced card is tried again, and is no new stall."""
    return StallCard.objects.filter(stall=OuterRef("stall"), tried_at__lt=OuterRef("tried_at"))
