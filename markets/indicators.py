"""The numbers of the market programme: for everybody on the start page, for staff in the report.

Nothing here names a person. The report counts stalls as they stood at the end of a period (a stock, never
summed over months), and what happened month by month (which may be summed).
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum, UUIDField, Value
from django.db.models.functions import Coalesce, TruncMonth
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from markets.models import (
    CardCheck,
    FalseCardReport,
    FollowUp,
    Market,
    PaymentAccount,
    Stall,
    StallCard,
    Tenancy,
)
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


@dataclass(frozen=True)
class Scope:
    """What a report is about: the stalls of some markets, over a period; with a bank those that it pays."""

    markets: QuerySet
    period: Period
    bank: str = ""
    is_whole: bool = False  # the province, not narrowed: with what belongs to no market

    def stalls(self, at: str = "") -> Q:
        """Rows whose stall (`at` leads to it, like `tenancy__stall__`) belongs to it, whenever registered."""
        here = Q(**{f"{at}market__in": self.markets.order_by()})
        accounts = PaymentAccount.objects.filter(
            _in_force(self.period), bin=self.bank, tenancy__stall=OuterRef(f"{at}pk")
        )
        return here & Q(Exists(accounts)) if self.bank else here

    def registered(self, at: str = "") -> Q:
        """Of these, the rows of stalls registered in the period and not closed by its end."""
        return self.stalls(at) & self.period.holds(f"{at}opened_at") & _lasts(f"{at}ends_on", self.period)


def reached(scope: Scope) -> list[Cell]:
    """How far the stalls registered in a period came by its end, by market and bank; one query.

    A stall counts at the bank of its account; those without one at "", where each market has a cell.
    """
    period = scope.period
    every = scope.markets.values_list("pk", Value("")).annotate(**_counts())
    registered = Stall.objects.filter(scope.registered())
    registered = registered.values_list("market", Value("")).annotate(**_counts(registered=Count("pk")))
    paid = PaymentAccount.objects.filter(_in_force(period), scope.registered("tenancy__stall__"))
    paid = paid.values_list("tenancy__stall__market", "bin").annotate(**_counts(account=Count("pk")))
    cards = StallCard.objects.filter(_hangs(period), scope.registered("stall__"))
    cards = cards.values_list("stall__market", "bin").annotate(
        **_counts(
            card=Count("pk"),
            posted=Count("pk", filter=Q(posted_at__lt=period.end)),
            tried=Count("pk", filter=Q(tried_at__lt=period.end)),
        )
    )
    tried = StallCard.objects.filter(_hangs(period), scope.registered("stall__"), tried_at__lt=period.end)
    visited = tried.filter(_answered(period)).values_list("stall__market", "bin")
    is_used = Q(account__tenancy__followups__transfer_percent__gt=0)
    visited = visited.annotate(
        **_counts(asked=Count("pk", distinct=True), used=Count("pk", distinct=True, filter=is_used))
    )
    parts = [part.order_by() for part in (registered, paid, cards, visited)]
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


def months(scope: Scope) -> list[Month]:
    """Every month from the first in which something happened to the end of the period; one query."""
    period = scope.period
    opened = _monthly(Stall.objects.filter(scope.stalls(), period.holds("opened_at")), "opened_at", "opened")
    trials = StallCard.objects.filter(scope.stalls("stall__"), period.holds("tried_at"))
    tried = _monthly(trials.exclude(Exists(_earlier())), "tried_at", "tried")
    visits = FollowUp.objects.visits().filter(scope.stalls("tenancy__stall__"), period.holds("done_at"))
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


# --- the report: beside the stalls -------------------------------------------------------------------------


@dataclass(frozen=True)
class Tally:
    """People who hold stalls, what rounds found at cards, what passers-by reported of them.

    A card counts once, however often somebody looked, and a strange code that belongs to no card as one of
    its own: `cards` that were read, of them `strange` ones, of these `gone` by the end of the period.
    """

    people: int
    looks: int
    cards: int
    strange: int
    gone: int
    reports: int
    open_reports: int


def tally(scope: Scope) -> Tally:
    """What belongs to the stalls registered in a period, and what was seen in it; one query."""
    people = _one("people", Count("vendor", distinct=True), rows=_held(scope))
    here = scope.stalls("card__stall__") | Q(card=None) if scope.is_whole else scope.stalls("card__stall__")
    reports = FalseCardReport.objects.filter(here, scope.period.holds("at"))
    is_open = Q(handled_at=None) | Q(handled_at__gte=scope.period.end)
    told = _one("told", Count("pk"), Count("pk", filter=is_open), rows=reports)
    found = {what: numbers for what, *numbers in people.union(_looks(scope), told, all=True)}
    looks, cards, strange, hanging = found["looks"]
    return Tally(found["people"][0], looks, cards, strange, strange - hanging, *found["told"][:2])


def _held(scope: Scope) -> QuerySet:
    """Who holds the stalls registered in a period at its end."""
    held = Tenancy.objects.filter(_lasts("ends_on", scope.period), starts_on__lte=scope.period.last)
    return held.filter(scope.registered("stall__"))


def _looks(scope: Scope) -> QuerySet:
    """Looks in a period; of cards, or codes without one, those read, strange, and strange until its end."""
    period, result = scope.period, CardCheck.Result
    here = scope.stalls("card__stall__") if scope.bank else Q(market__in=scope.markets.order_by())
    alarms = CardCheck.objects.alarms(period.end).filter(pk=OuterRef("pk"))
    each = {"expression": Coalesce("card_id", "pk", output_field=UUIDField()), "distinct": True}
    return _one(
        "looks",
        Count("pk"),
        Count(**each, filter=~Q(result=result.UNREADABLE)),
        Count(**each, filter=Q(result=result.OTHER)),
        Count(**each, filter=Q(Exists(alarms))),
        rows=CardCheck.objects.filter(here, period.holds("at")),
    )


def _one(what: str, *counts, rows: QuerySet) -> QuerySet:
    """One line under a name with up to four counts, so that several can stand under each other."""
    four = [*counts, *[Value(0)] * (4 - len(counts))]
    by = rows.order_by().annotate(what=Value(what)).values_list("what")
    return by.annotate(**{f"n{place}": count for place, count in enumerate(four)})


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


def _answered(period: Period) -> Q:
    """Cards whose vendor was visited after 30 days, not before, and said how many buyers pay by transfer."""
    at = "account__tenancy__followups__"
    answered = {f"{at}kind": FollowUp.Kind.DAY_30, f"{at}transfer_percent__isnull": False}
    return Q(**answered, **{f"{at}done_at__lt": period.end}) & FollowUp.was_in_time(at)


def _earlier():
    """Trials that the stall passed before: a replaced card is tried again, and is no new stall."""
    return StallCard.objects.filter(stall=OuterRef("stall"), tried_at__lt=OuterRef("tried_at"))
