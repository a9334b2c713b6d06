"""The settings' values from the environment; a missing one fails with a sentence that says what to do."""

import os
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def required(name: str, what_for: str) -> str:
    """The value of the variable `name`; raises ImproperlyConfigured with a sentence where it is missing."""
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(
            f"The environment variable {name} is missing: {what_for} See “Going to production” in README.md."
        )
    return value


def flag(name: str) -> bool:
    """True where the variable says yes (1, true, yes, on)."""
    return os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}


def database(url: str) -> dict:
    """Django's DATABASES entry for a libpq address.

    >>> database("postgres://app@/portal?host=/run/pg")["HOST"]
    '/run/pg'
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            "DATABASE_URL must look like postgres://user:password@host:5432/name (PostgreSQL 15 or newer)."
        )
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or parts.hostname or "",
        "PORT": str(parts.port or options.pop("port", "")),
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def keyring(value: str) -> dict[str, bytes]:
    """Keys by id from `id:base64,id:base64`; each 32 bytes; the first one encrypts, all of them decrypt."""
    import base64
    import binascii

    keys = {}
    for item in filter(None, (part.strip() for part in value.split(","))):
        key_id, _, encoded = item.partition(":")
        try:
            keys[key_id] = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            keys[key_id] = b""
        if len(keys[key_id]) != 32 or not key_id.isalnum() or len(key_id) > 8:
            raise ImproperlyConfigured(
                "FIELD_KEYS must be like k2:BASE64,k1:BASE64: keys of 32 bytes, ids of letters and digits."
            )
    if not keys:
        raise ImproperlyConfigured("FIELD_KEYS is empty: it must hold at least one key, like k1:BASE64.")
    return keys
