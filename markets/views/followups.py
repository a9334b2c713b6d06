"""Who waits for somebody to come back, in walking order, and what vendors say about their buyers."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from markets.models import FollowUp
from markets.views.stalls import market_here
from portal.accounts.gates import field_page

PER_PAGE = 25
ALL = "tat-ca"
WHEN = {
    "": "Tới hẹn",
    "qua-han": "Quá hạn",
    "hom-nay": "Hôm nay",
    "tuan-nay": "Từ nay đến chủ nhật",
    ALL: "Tất cả",
}


@require_safe
@field_page
def followup_list(request):
    """The visits of this market that are due, by row; overdue, today's, this week's or all in the address."""
    market = market_here(request)
    if market is None:
        return render(request, "markets/no_market.html", {"place": request.place})
    today = timezone.localdate()
    here = FollowUp.objects.visible_to(request.user).at_place(market.place)
    counts = here.count_open_by_time(today)
    counts |= {"": counts["qua-han"] + counts["hom-nay"], ALL: counts[""]}
    when = request.GET.get("hen") if request.GET.get("hen") in WHEN else ""
    visits = here.open_in_time(when, today) if when else here.due(today)
    visits = visits.in_rounds().with_last_answer()
    asked, percent = here.latest_answers().average_percent()
    context = {
        "market": market,
        "chips": [(key, words, counts[key], key == when) for key, words in WHEN.items()],
        "has_any": counts[ALL] > 0,
        "visits": Paginator(visits, PER_PAGE).get_page(request.GET.get("page")),
        "today": today,
        "asked": asked,
        "of_ten": percent / 10,
        "problems": here.latest_done().count_by_problem(),
    }
    return render(request, "markets/followup_list.html", context)
