"""Joining a shift by its code: with an account, or as a guest with a name and a PIN for this shift only."""

import uuid

from django.db import transaction
from django.db.models import Value

from portal.accounts.models import Shift, ShiftEntry, User
from portal.codes.shortcodes import normalize
from portal.text import VnFold

MOST_GUESTS = 100  # a code that got around must not fill the database


class NameTaken(Exception):
    """The shift has a guest of this name."""


def find_shift(typed: str) -> Shift | None:
    """The shift of a code however it is typed, running or not."""
    code = normalize(typed)
    return code and Shift.objects.select_related("place__area", "team").filter(code=code).first()


def known_guest(shift: Shift, name: str) -> ShiftEntry | None:
    """The entry of the guest who has this name in the shift, accents and case aside."""
    entries = shift.entries.filter(user__is_guest=True, user__name_folded=VnFold(Value(name)))
    return entries.select_related("user").first()


def join(shift: Shift, user: User) -> ShiftEntry:
    """The user's entry in the shift; joining twice is joining once."""
    return ShiftEntry.objects.get_or_create(shift=shift, user=user)[0]


@transaction.atomic
def join_as_guest(shift: Shift, *, name: str, pin: str) -> User:
    """A new guest, working in the shift; raises NameTaken where somebody took the name a moment ago."""
    Shift.objects.select_for_update().get(pk=shift.pk)
    if known_guest(shift, name):
        raise NameTaken(name)
    guest = User(username=f"ca-{uuid.uuid4().hex}", name=name, is_guest=True)
    guest.set_unusable_password()
    guest.set_pin(pin)
    guest.save()
    join(shift, guest)
    return guest
