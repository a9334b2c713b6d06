"""What somebody typed when the session ended or the screen locked: sealed for the same person to send again.

A kept form is a token: sealed for the user's key, with path, fields and the time in it. Files are not kept.
"""

import base64
import json
import time
from dataclasses import dataclass

from django.http import QueryDict

from portal.privacy import crypto

LARGEST = 256 * 1024  # bytes of fields; more cannot be kept
LASTS = 12 * 3600  # seconds
# Never shown again, not even to their owner.
SECRET = {"csrfmiddlewaretoken", "password", "new_password", "pin", "pin_again", "token", "kept"}


@dataclass(frozen=True)
class Kept:
    """A form as it was sent: where to, (name, value) pairs in their order, the place that was worked at."""

    path: str
    fields: list[tuple[str, str]]
    had_files: bool
    place_id: int | None

    def as_post(self) -> QueryDict:
        """The fields as `request.POST` holds them."""
        data = QueryDict(mutable=True)
        for name, value in self.fields:
            data.appendlist(name, value)
        data._mutable = False
        return data


def seal_post(request) -> str:
    """The token for this request's form; empty where there is none or too much."""
    if request.method != "POST":
        return ""
    fields = [(n, v) for n, values in request.POST.lists() if n not in SECRET for v in values]
    place_id = request.session.get("place_id")
    record = [int(time.time()), request.get_full_path(), fields, bool(request.FILES), place_id]
    clear = json.dumps(record).encode()
    if len(clear) > LARGEST:
        return ""
    return base64.urlsafe_b64encode(crypto.seal(clear, _place(request.user))).decode()


def open_kept(token: str, user) -> Kept | None:
    """What was kept, or None: nothing there, too old, or of somebody else."""
    try:
        clear = crypto.unseal(base64.urlsafe_b64decode(token), _place(user))
    except ValueError:  # SealBroken, or no base64
        return None
    at, path, fields, had_files, place_id = json.loads(clear)
    if time.time() - at > LASTS:
        return None
    return Kept(path, [tuple(pair) for pair in fields], had_files, place_id)


def _place(user) -> str:
    return f"accounts.kept.{user.pk}"
