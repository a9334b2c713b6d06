"""One-time links: made for a person, handed over as address or QR code, good for 72 hours and one use.

There is no e-mail and no SMS. The database keeps the SHA-256 of a 192-bit random token; the token itself is
shown once to who made it.
"""

import hashlib
import secrets
from datetime import timedelta
from itertools import chain, count

from django.db import transaction
from django.utils import timezone
from django_otp import devices_for_user

from portal.accounts.models import OneTimeLink, Role, User
from portal.codes.qr import public_address
from portal.text import slugify_vn

LASTS = timedelta(hours=72)


@transaction.atomic
def invite(
    *, name: str, phone: str | None, kind: str, unit, ends_on=None, by: User | None
) -> tuple[User, str]:
    """A new user with one role from today, and the address that lets them set a password.

    `by` is None for the first administrator only, whom nobody could have invited.
    """
    user = User.objects.create_user(_free_username(name), name=name, phone=phone)
    Role.objects.create(
        user=user, kind=kind, unit=unit, starts_on=timezone.localdate(), ends_on=ends_on, granted_by=by
    )
    return user, _issue(user, OneTimeLink.Purpose.INVITE, by or user)


@transaction.atomic
def reset(user: User, *, by: User, second_factor: bool = False) -> str:
    """The address of a new link. The password stops at once, and with it every session; so does the PIN.

    With `second_factor` the authenticator and the recovery codes go too, for who lost the phone.
    """
    user.set_unusable_password()
    user.pin = user.pin_check = ""
    user.save(update_fields=["password", "pin", "pin_check"])
    if second_factor:
        for device in devices_for_user(user, confirmed=None):
            device.delete()
    return _issue(user, OneTimeLink.Purpose.RESET, by)


def find(token: str) -> OneTimeLink | None:
    """The link behind a token while it may be used."""
    links = OneTimeLink.objects.select_related("user")
    now = timezone.now()
    return links.filter(
        token_hash=_hash(token), used_at=None, expires_at__gt=now, user__is_active=True
    ).first()


@transaction.atomic
def use(link: OneTimeLink, *, password: str, pin: str = "") -> bool:
    """Sets what the person chose; False where the link was used a moment ago."""
    if not OneTimeLink.objects.filter(pk=link.pk, used_at=None).update(used_at=timezone.now()):
        return False
    link.user.set_password(password)
    if pin:
        link.user.set_pin(pin)
    link.user.save(update_fields=["password", "pin", "pin_check"])
    return True


def _issue(user: User, purpose: str, by: User) -> str:
    now, token = timezone.now(), secrets.token_urlsafe(24)
    user.links.filter(used_at=None, expires_at__gt=now).update(expires_at=now)  # only the newest is good
    OneTimeLink.objects.create(
        user=user, purpose=purpose, token_hash=_hash(token), made_by=by, made_at=now, expires_at=now + LASTS
    )
    return public_address(f"moi/{token}/")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _free_username(name: str) -> str:
    """The name as nguyen-van-mau, with a number where it is taken."""
    base = slugify_vn(name)[:50] or "nguoi"
    alike = User.objects.filter(username__istartswith=base).values_list("username", flat=True)
    taken = {username.lower() for username in alike}
    numbered = (f"{base}-{number}" for number in count(2))
    return next(free for free in chain([base], numbered) if free not in taken)
