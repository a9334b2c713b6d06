"""What django-axes keeps of a failed login: a key for the account, the address, a number. Nothing typed.

Set as AXES_HANDLER and AXES_USERNAME_CALLABLE.
"""

from copy import copy

from axes.handlers.database import AxesDatabaseHandler
from django.http import QueryDict

from portal.accounts.backends import find_user
from portal.privacy.crypto import blind_index
from portal.text import clean_text


def account_key(request, credentials=None) -> str:
    """One key for all spellings of an account, and one for each unknown name.

    A keyed hash in both cases: people type their password into the wrong box, and nobody may read from the
    table which accounts exist.
    """
    source = credentials if credentials and "username" in credentials else request.POST
    typed = str(source.get("username") or "").replace("\0", "")
    user = find_user(typed)
    clear = f"user {user.pk}" if user else f"name {clean_text(typed).lower()}"
    return blind_index(clear, "axes.account").hex()


class ForgetfulHandler(AxesDatabaseHandler):
    """Counts failures in the database without body, query, browser or path of the request."""

    def user_login_failed(self, sender, credentials, request=None, **kwargs):
        if request is None:
            return
        bare = copy(request)
        bare.GET = bare.POST = QueryDict()
        bare.axes_user_agent = bare.axes_http_accept = bare.axes_path_info = ""
        # The key needs the name that was typed, so it goes in with the credentials, already without password.
        super().user_login_failed(sender, credentials, bare, **kwargs)
        for name in ("axes_locked_out", "axes_credentials", "axes_failures_since_start"):
            setattr(request, name, getattr(bare, name))
