"""What the market programme shows on the public start page; nothing about persons."""

from django.utils.translation import gettext, ngettext

from markets.models import FollowUp, Market, Stall
from portal.indicators import LEAST, Figure
from portal.text import format_number


def figures() -> list[Figure]:
    """Stalls that take transfers, and what their vendors say about their buyers."""
    taking = Stall.objects.open().taking_transfers().count()
    markets = Market.objects.count()
    shown = [
        Figure(
            number=format_number(taking),
            words=gettext("sạp nhận tiền bằng mã QR"),
            detail=ngettext("ở %(count)s chợ", "ở %(count)s chợ", markets) % {"count": markets},
        )
    ]
    visits, percent = FollowUp.objects.average_percent()
    if visits >= LEAST:
        words = gettext("khách chuyển khoản, theo lời chủ sạp")
        detail = gettext("hỏi %(count)s lượt") % {"count": format_number(visits)}
        shown.append(Figure(number=f"{percent} %", words=words, detail=detail))
    return shown


def stalls_by_month(year: int) -> dict[int, int]:
    """Stalls that passed their first trial transfer, by month."""
    return Stall.objects.first_tried_by_month(year)
