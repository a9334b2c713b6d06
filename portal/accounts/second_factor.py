"""The second factor of province staff, auditors and administrators: an authenticator and recovery codes.

RFC 6238 by django-otp, which also slows down guessing. The table of recovery codes holds keyed hashes.
"""

import secrets
from base64 import b32encode

from django.db import transaction
from django_otp import verify_token
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.codes.shortcodes import ALPHABET
from portal.privacy.crypto import blind_index

CODES = 10


def authenticator(user) -> TOTPDevice | None:
    """The user's authenticator once it was confirmed by a code."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).first()


def unconfirmed(user) -> TOTPDevice:
    """The authenticator that is being set up: one until it is confirmed."""
    device = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    return device or TOTPDevice.objects.create(user=user, name="Ứng dụng xác thực", confirmed=False)


def typed_secret(device: TOTPDevice) -> str:
    """The secret for who cannot scan: base32 in groups of four."""
    secret = b32encode(device.bin_key).decode()
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def confirm(user, token: str) -> TOTPDevice | None:
    """The authenticator, now in force, when the token shows that the set-up worked."""
    device = verify_token(user, unconfirmed(user).persistent_id, _plain(token))
    if device:
        device.confirmed = True
        device.save(update_fields=["confirmed"])
    return device


def verify(user, token: str):
    """The device that took the token, or None. A token is good once."""
    plain = _plain(token)
    if plain.isdigit():
        device = authenticator(user)
    else:
        device, plain = StaticDevice.objects.filter(user=user).first(), _hashed(plain)
    return device and verify_token(user, device.persistent_id, plain)


@transaction.atomic
def new_recovery_codes(user) -> list[str]:
    """Ten codes in clear, this once; the ones before are void."""
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="Mã dự phòng")
    codes = ["".join(secrets.choice(ALPHABET[8:]) for _ in range(10)) for _ in range(CODES)]
    device.token_set.bulk_create(device.token_set.model(device=device, token=_hashed(code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def recovery_codes_left(user) -> int:
    device = StaticDevice.objects.filter(user=user).first()
    return device.token_set.count() if device else 0


def _plain(token: str) -> str:
    return "".join(character for character in token if character.isalnum()).upper()


def _hashed(code: str) -> str:
    """What the table holds: 80 bits of a keyed hash, in its 16 characters."""
    return b32encode(blind_index(code, "otp_static.token")[:10]).decode()
