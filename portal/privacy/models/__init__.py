"""Consent, what is kept sealed, who saw what, and what people ask about their data."""

from portal.privacy.models.consents import Consent, ConsentPurpose, Notice, Purpose, Refusal
from portal.privacy.models.files import SealedFile
from portal.privacy.models.logs import Opening, ReadLog

__all__ = [
    "Consent",
    "ConsentPurpose",
    "Notice",
    "Opening",
    "Purpose",
    "ReadLog",
    "Refusal",
    "SealedFile",
]
