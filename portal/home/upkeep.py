"""Pages for staff about what keeps the house running: what needs a hand, and the nightly work."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal import nightly
from portal.accounts import rights
from portal.accounts.gates import lockable, only
from portal.home import needs
from portal.home.breach import WATCHERS
from portal.home.nightly import JOBS


@lockable
@only(*rights.STAFF)
@require_safe
def needs_hand(request):
    """Everything that waits for a person, among what the user sees."""
    may_watch = request.user.reach.holds(*WATCHERS)
    context = {"waiting": needs.waiting(request.user), "may_watch": may_watch}
    return render(request, "home/needs.html", context)


@lockable
@only(*rights.STAFF)
@require_safe
def nightly_list(request):
    """Every nightly job: its last run, what came of it, when it runs again."""
    return render(request, "home/nightly_list.html", {"states": nightly.states(JOBS)})
