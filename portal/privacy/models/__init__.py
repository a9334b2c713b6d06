"""Consent, what is kept sealed, who saw what, and what people ask about their data."""

from portal.privacy.models.campaigns import Campaign
from portal.privacy.models.consents import Consent, ConsentPurpose, Notice, Purpose, Refusal
from portal.privacy.models.files import SealedFile
from portal.privacy.models.logs import Opening, ReadLog
from portal.privacy.models.requests import PersonRequest
from portal.privacy.models.stubs import Stub

__all__ = [
    "Campaign",
    "Consent",
    "ConsentPurpose",
    "Notice",
    "Opening",
    "PersonRequest",
    "Purpose",
    "ReadLog",
    "Refusal",
    "SealedFile",
    "Stub",
]
