"""Envelopes: sealed on the tablet for this server alone, in its browser's Web Crypto
(static/js/outbox/seal.js).

An envelope is

    4 bytes   what is inside: GLR1 a record, GLP1 a photo
    8 bytes   id of the key, ASCII
    384       a fresh AES-256 key, wrapped with RSA-OAEP (SHA-256, 3072 bits; RFC 8017)
    12        nonce
    the rest  AES-256-GCM of the content with its 16-byte tag; the additional data are the 12 bytes before the
              wrapped key and the 16 of the envelope's UUID, so that nothing sealed opens under another name

and its content is one line of JSON, a line break, and the bytes of the photo, if it is one. Who holds the
tablet cannot open it again: the fresh key is forgotten as soon as it is wrapped.
"""

import json
import uuid
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

RECORD, PHOTO = b"GLR1", b"GLP1"
MOST = {RECORD: 256 * 1024, PHOTO: 600 * 1024}  # bytes of a whole envelope
BITS, WRAPPED, KEY_ID, NONCE = 3072, 384, 8, 12
HEAD = len(RECORD) + KEY_ID
_OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)


class NotAnEnvelope(ValueError):
    """It does not open: damaged, made with another key, or nothing of ours."""


@dataclass(frozen=True)
class Content:
    """What an envelope held: its line of JSON, and the bytes of a photo."""

    words: dict
    photo: bytes = b""


def most(raw: bytes) -> int:
    """How many bytes an envelope that begins like this may have."""
    return MOST.get(raw[:4], MOST[RECORD])


def key_id(raw: bytes) -> str:
    """The id of the key it was sealed with; empty where there can be none."""
    said = raw[len(RECORD) : HEAD].decode("ascii", "replace")
    return said if said.isalnum() else ""


def make_key() -> tuple[bytes, bytes]:
    """(private, public) of a new pair, as DER: PKCS 8 and SubjectPublicKeyInfo."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private, public


def open_envelope(raw: bytes, *, id: uuid.UUID, private: bytes) -> Content:
    """The content of an envelope with this UUID. Raises NotAnEnvelope."""
    try:
        key = _loaded(private)
        body = HEAD + WRAPPED + NONCE
        wrapped, nonce = raw[HEAD : HEAD + WRAPPED], raw[HEAD + WRAPPED : body]
        clear = AESGCM(key.decrypt(wrapped, _OAEP)).decrypt(nonce, raw[body:], raw[:HEAD] + id.bytes)
        line, _, photo = clear.partition(b"\n")
        words = json.loads(line)
    except (ValueError, InvalidTag, RecursionError) as error:  # what does not unwrap or decode: ValueError
        raise NotAnEnvelope from error
    if not isinstance(words, dict) or bool(photo) != (raw[:4] == PHOTO):
        raise NotAnEnvelope
    return Content(words, photo)


@lru_cache(maxsize=8)
def _loaded(private: bytes):
    """Parsed once: checking a key takes longer than using it."""
    return serialization.load_der_private_key(private, None)


def seal_envelope(words: dict, *, id: uuid.UUID, key_id: str, public: bytes, photo: bytes = b"") -> bytes:
    """As the tablet's script does it; for tests, loads and whoever wants to read how."""
    head = (PHOTO if photo else RECORD) + key_id.encode()
    fresh, nonce = AESGCM.generate_key(256), AESGCM.generate_key(128)[:NONCE]
    clear = json.dumps(words).encode() + (b"\n" + photo if photo else b"")
    wrapped = serialization.load_der_public_key(public).encrypt(fresh, _OAEP)
    return head + wrapped + nonce + AESGCM(fresh).encrypt(nonce, clear, head + id.bytes)
