"""A ticket: the server's word that somebody was at work somewhere, which a tablet keeps for when there is no
network.

It lies on the tablet as a token that only the server can read, and goes into every envelope: so the author of
a slip stays known, and proven, whoever sends it later, and says nothing to who finds the tablet. It is given
to who may record, is at a place and is let in all the way, and dies with the session; logging out wipes it.
"""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils import timezone

from portal.accounts import rights, sessions
from portal.accounts.gates import working_place
from portal.privacy import crypto

_PLACE, _AUTHOR = "field.ticket", "field.author"


class NoTicket(ValueError):
    """It was not made here."""


@dataclass(frozen=True)
class Ticket:
    """Who works where, from when to when; keys of the rows, moments in UTC."""

    user: int
    place: int
    device: str
    is_practice: bool
    since: datetime
    until: datetime


def issue(request, *, place=None) -> tuple[str, Ticket] | None:
    """A token for the request's user from now on, and what it says; None for who may not record here."""
    user = request.user
    if sessions.is_locked(request) or (user.needs_second_factor and not user.is_verified()):
        return None
    place = place or (working_place(request) if rights.may_record(user) and user.pin else None)
    if place is None:
        return None
    until = datetime.fromtimestamp(request.session.get("ends_at", 0), UTC)
    practises = sessions.is_practising(request)
    ticket = Ticket(user.pk, place.pk, request.device, practises, timezone.now(), until)
    return dump(ticket), ticket


def dump(ticket: Ticket) -> str:
    """The token that says this."""
    moments = [round(ticket.since.timestamp() * 1000), round(ticket.until.timestamp() * 1000)]
    words = [ticket.user, ticket.place, ticket.device, ticket.is_practice, *moments]
    return base64.urlsafe_b64encode(crypto.seal(json.dumps(words).encode(), _PLACE)).decode()


def author_token(user) -> str:
    """Names a slip's author to the server alone. It stays beside the slip on the tablet, where a ticket may
    not: nobody can write in somebody's name with it.
    """
    return base64.urlsafe_b64encode(crypto.seal(f"{user.pk:012}".encode(), _AUTHOR)).decode()


def author_of(token: str) -> int:
    """The key of the user that such a token names. Raises NoTicket."""
    try:
        return int(crypto.unseal(base64.urlsafe_b64decode(token), _AUTHOR))
    except (ValueError, TypeError) as error:  # SealBroken is a ValueError
        raise NoTicket from error


def read(token: str) -> Ticket:
    """What a token says. Raises NoTicket."""
    try:
        user, place, device, is_practice, since, until = json.loads(
            crypto.unseal(base64.urlsafe_b64decode(token), _PLACE)
        )
    except (ValueError, TypeError) as error:  # SealBroken is a ValueError
        raise NoTicket from error
    moments = (datetime.fromtimestamp(ms / 1000, UTC) for ms in (since, until))
    return Ticket(user, place, device, is_practice, *moments)
