"""Envelopes as they came in, the keys they are sealed for, and what tablets say is still on them."""

from portal.field.models.envelopes import CLASH_KEPT, HELD, MOST_CLASHES, Clash, Envelope, make_receipt
from portal.field.models.keys import SealingKey
from portal.field.models.tablets import Left, Tablet, Unsent

__all__ = [
    "CLASH_KEPT",
    "HELD",
    "MOST_CLASHES",
    "Clash",
    "Envelope",
    "Left",
    "SealingKey",
    "Tablet",
    "Unsent",
    "make_receipt",
]
