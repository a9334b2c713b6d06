"""The numbers of the heritage programme for everybody, on the start page."""

from django.db.models import Count, Q
from django.utils.formats import number_format
from django.utils.translation import ngettext

from heritage.models import Edition
from portal.indicators import Figure


def figures() -> list[Figure]:
    """Sites with a page, and how many of them speak English too; nothing before the first is published."""
    counted = Edition.objects.published().aggregate(
        sites=Count("site", distinct=True), english=Count("site", distinct=True, filter=Q(language="en"))
    )
    if not counted["sites"]:
        return []
    detail = ngettext("%(count)s trang có tiếng Anh", "%(count)s trang có tiếng Anh", counted["english"])
    return [
        Figure(
            number=number_format(counted["sites"], force_grouping=True),
            words=ngettext("di tích đã có trang", "di tích đã có trang", counted["sites"]),
            detail=detail % {"count": counted["english"]} if counted["english"] else "",
        )
    ]
