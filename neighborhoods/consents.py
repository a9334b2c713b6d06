"""What somebody agreed to, between the screen with the notice and the one on which they are named.

The session carries keys and purposes, nothing personal. A consent belongs to one person: it is good for the
next resident whom the same user names on the same day, once. In practice no consent is written at all.
"""

import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError
from django.utils import timezone

from portal.accounts.sessions import is_practising
from portal.privacy.models import Consent, Notice, Purpose, Refusal

PROGRAMME = "neighborhoods"
NUMBER, CONTACT = "group_number", "group_contact"  # purposes that allow an identity number, a phone
LASTS = timedelta(hours=12)  # as long as a form that was kept when a session ended
_SESSION_KEY = "group_consents"
_MOST = 5  # screens side by side


@dataclass(frozen=True)
class Given:
    """A yes that waits for its person; `consent` is None in practice."""

    key: str
    purposes: frozenset[str]
    consent: Consent | None


def notice(on=None) -> Notice:
    """The words to read aloud on a day, today by default."""
    return Notice.objects.current(PROGRAMME, on=on)


def purposes():
    return Purpose.objects.filter(programme=PROGRAMME)


def keep(request, *, page: str, purposes, how: str, paper_number: str) -> None:
    """Writes the consent down and remembers it until the person is named.

    `page` is the key of the page: what is sent from it twice is one consent, what was ticked anew another.
    """
    ticked = sorted(purpose.pk for purpose in purposes)
    said = f"{ticked} {how} {paper_number}"
    key = str(uuid.uuid5(uuid.UUID(page), said) if _is_key(page) else uuid.uuid4())
    if not is_practising(request):
        words = {"purposes": purposes, "how": how, "paper_number": paper_number, "by": request.user}
        with suppress(IntegrityError):  # the second of two taps
            Consent.objects.record(notice=notice(), id=key, **words)
    older = list(request.session.get(_SESSION_KEY, {}).items())[1 - _MOST :]
    request.session[_SESSION_KEY] = dict([*older, (key, ticked)])


def kept(request, key: str = "") -> Given | None:
    """The yes of this key, else the latest, that nobody was named with yet.

    A form that comes back after a new login finds its own by the key alone.
    """
    here = request.session.get(_SESSION_KEY, {})
    key = key or next(reversed(here), "")
    if is_practising(request):
        return Given(key, frozenset(here[key]), None) if key in here else None
    consent = _unused(request).filter(pk=key).first() if _is_key(key) else None
    return consent and Given(key, frozenset(consent.purposes.values_list("pk", flat=True)), consent)


def forget(request, given: Given) -> None:
    """The person was named."""
    here = request.session.get(_SESSION_KEY, {})
    request.session[_SESSION_KEY] = {key: purposes for key, purposes in here.items() if key != given.key}


def refuse(request, *, key: str) -> None:
    """Somebody does not want to be recorded: counted without a name; `key` sent twice is one."""
    if not is_practising(request):
        words = {"notice": notice(), "place": request.place, "by": request.user}
        Refusal.objects.record(id=key if _is_key(key) else None, **words)


def _unused(request):
    """Consents that the user took down for this programme today and named nobody with."""
    rows = Consent.objects.filter(notice__programme=PROGRAMME, recorded_by=request.user)
    return rows.filter(residents=None, withdrawn_at=None, given_at__gte=timezone.now() - LASTS)


def _is_key(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
