"""What the market programme shows on the public start page; nothing about persons."""

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from markets.models import FollowUp, Market, Stall
from portal.indicators import LEAST, Figure


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
