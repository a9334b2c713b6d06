"""How long a session lasts and when it is locked. Times are whole seconds since 1970, kept in the session."""

import time
from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.utils.crypto import salted_hmac

GRACE = 4 * 3600  # an ended session is still recognised, only to keep what its owner was typing
SAVE_EVERY = 30  # seconds: activity is not written on every request
PRACTICE = "is_practising"  # begun and ended by neighborhoods.practice


@receiver(user_logged_in)
def begin(sender, request, user, **kwargs) -> None:
    """The end is fixed at login, however busy the session: eight hours, for a guest the end of the shift."""
    now = time.time()
    ends_at = now + settings.SESSION_LENGTH
    if user.reach.last_moment:
        ends_at = min(ends_at, user.reach.last_moment.timestamp())
    request.session.update({"ends_at": int(ends_at), "seen_at": int(now)})
    request.session.pop("is_locked", None)
    request.session.pop(PRACTICE, None)
    request.session.set_expiry(datetime.fromtimestamp(int(ends_at) + GRACE, UTC))


def has_ended(request) -> bool:
    """Whether the session of a logged-in user is over; a guest's is, when the shift was closed or left."""
    if time.time() >= request.session.get("ends_at", 0):
        return True
    return request.user.is_guest and request.user.reach.entry is None


def is_practising(request) -> bool:
    """Whether whoever is logged in practises: what is recorded now is invented, and counted nowhere."""
    session = getattr(request, "session", {})  # a page made without a request has none
    return request.user.is_authenticated and bool(session.get(PRACTICE))


def mark(request) -> str:
    """Twelve characters that are the same for one person in one session, and tell nothing else."""
    who = f"{request.user.pk}.{request.session.session_key}"
    return salted_hmac("accounts.sessions.mark", who).hexdigest()[:12]


def lock(request) -> None:
    """From now on only the PIN, or logging out, leads on."""
    request.session["is_locked"] = True


def unlock(request) -> None:
    request.session.pop("is_locked", None)
    request.session["seen_at"] = int(time.time())


def is_locked(request) -> bool:
    return bool(request.session.get("is_locked"))


def notice_activity(request) -> None:
    """A lockable page was asked for: locks after the idle time, else remembers when (twice a minute)."""
    idle = time.time() - request.session.get("seen_at", 0)
    if idle >= settings.FIELD_LOCK_AFTER and request.user.pin:
        lock(request)
    elif idle >= SAVE_EVERY:
        request.session["seen_at"] = int(time.time())
