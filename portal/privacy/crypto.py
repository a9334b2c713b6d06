"""AES-256-GCM for single values, and a keyed hash that finds equal ones.

A sealed value is `key id, ".", 12 random bytes, ciphertext, 16-byte tag`. The additional data names table,
column and row, so a value copied to another row or column does not open there (NIST SP 800-38D).
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings


class SealBroken(ValueError):
    """The value was made with an unknown key, for another place, or was changed."""


def seal(clear: bytes, place: str) -> bytes:
    """Encrypts `clear` for `place` (such as `markets_paymentaccount.number.<uuid>`) with the newest key."""
    key_id, key = next(iter(settings.FIELD_KEYS.items()))
    nonce = os.urandom(12)
    return key_id.encode() + b"." + nonce + AESGCM(key).encrypt(nonce, clear, place.encode())


def unseal(sealed: bytes, place: str) -> bytes:
    """The clear bytes; raises SealBroken where key, place or content do not fit."""
    key_id, _, rest = bytes(sealed).partition(b".")
    key = settings.FIELD_KEYS.get(key_id.decode("ascii", "replace"))
    if key is None:
        raise SealBroken(f"no key {key_id!r} in FIELD_KEYS")
    try:
        return AESGCM(key).decrypt(rest[:12], rest[12:], place.encode())
    except (InvalidTag, ValueError) as error:  # ValueError: too short to be a sealed value
        raise SealBroken(f"cannot open {place}") from error


def blind_index(clear: str, purpose: str) -> bytes:
    """32 bytes, equal for equal values of one purpose and meaningless without the key."""
    return hmac.new(settings.BLIND_INDEX_KEY, f"{purpose}\0{clear}".encode(), hashlib.sha256).digest()
