"""Which tablet: a short name in a cookie, so that a lost one can be told from the others.

It says nothing about a person, and lasts a year. Help events, openings of records and sealed envelopes carry
it; `Máy 7F3KM2` stands in the foot of every field page, so that somebody can write it on the case.
"""

from collections.abc import Callable

from django.conf import settings

from portal.codes.shortcodes import is_valid, make_code

COOKIE, LENGTH = "may", 6
YEAR = 365 * 24 * 3600


class DeviceMiddleware:
    """Gives `request.device`, six characters, and on field pages the cookie to who has none.

    Public pages are left alone: they set no cookie and ask for no session.
    """

    def __init__(self, get_response: Callable):
        self.get_response = get_response

    def __call__(self, request):
        known = request.COOKIES.get(COOKIE, "")
        is_known = len(known) == LENGTH and is_valid(known)
        request.device = known if is_known else make_code(LENGTH)
        request.is_field_page = False
        response = self.get_response(request)
        if not is_known and request.is_field_page and request.user.is_authenticated:
            response.set_cookie(
                COOKIE, request.device, max_age=YEAR, secure=settings.SECURE, httponly=True, samesite="Lax"
            )
        return response

    def process_view(self, request, view, args, kwargs):
        """Field pages are those with the lock (`portal.accounts.gates.lockable`)."""
        request.is_field_page = getattr(view, "is_lockable", False)
