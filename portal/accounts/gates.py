"""Decorators for views: who may open the page, from where the work is done, and what the lock covers.

What a person may not *do* answers 403; what a person may not *see* is not found (`.visible_to(user)`, 404).
`portal.accounts.middleware` reads the marks.
"""

from functools import wraps

from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from portal.accounts import kept, rights, sessions
from portal.organization.models import Place


def lockable(view):
    """Mark: asks for the PIN after FIELD_LOCK_AFTER idle seconds."""
    view.is_lockable = True
    return view


def always_open(view):
    """Mark: answers also who still owes the second factor, and whose screen is locked."""
    view.is_always_open = True
    return view


def background(view):
    """Mark: asked by a script and not by a person; open as `always_open`, and ends no session."""
    view.is_background = True
    return always_open(view)


def only(*kinds: str):
    """Lets in who holds one of the roles today (`rights.SHIFT_MAKERS` …); 403 for others."""

    def decorate(view):
        @wraps(view)
        def gated(request, *args, **kwargs):
            if not request.user.reach.holds(*kinds):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return gated

    return decorate


def field_page(view):
    """A page of field work: needs a right to record, a PIN, and a place, given as `request.place`."""

    @wraps(view)
    def gated(request, *args, **kwargs):
        if not rights.may_record(request.user):
            raise PermissionDenied
        if not request.user.pin:
            return onward("pin_set", request)
        request.place = working_place(request)
        if request.place is None:
            return onward("place_choose", request)
        return view(request, *args, **kwargs)

    return lockable(gated)


def working_place(request) -> Place | None:
    """Where the user works now: a guest at the shift, others where they chose, else at the shift.

    Who practises is where nothing is counted.
    """
    if sessions.is_practising(request):
        return Place.objects.get(is_practice=True)
    user, entry = request.user, request.user.reach.entry
    chosen = None if user.is_guest else request.session.get("place_id")
    if chosen and (place := Place.objects.visible_to(user).filter(pk=chosen).first()):
        return place
    return entry.shift.place if entry else None


def onward(url_name: str, request):
    """Redirect to a page that must come first and knows the way back; a form that was sent is kept."""
    if token := kept.seal_post(request):
        request.session["kept"] = token
        return redirect(address(url_name, reverse("kept_resend")))
    return redirect(address(url_name, way_back(request)))


def address(url_name: str, page: str) -> str:
    """The page's address with `page` as the way back."""
    return f"{reverse(url_name)}?{urlencode({'next': page})}"


def way_back(request) -> str:
    """The page to return to: for htmx the page around the fragment."""
    page = request.htmx.current_url_abs_path if getattr(request, "htmx", False) else None
    return page or request.get_full_path()


def next_page(request, default: str = "today") -> str:
    """Where `next` of the query or form leads, when that is an address of ours; else the default page."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    # No host is allowed but none: a path is all we ever write.
    if target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return target
    return reverse(default)
