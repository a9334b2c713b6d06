"""The cashless market: where stalls stand, who holds them, which account is paid, which card hangs there."""

from markets.models.cards import FalseCardReport, StallCard, Unconfirmed
from markets.models.checks import CardCheck
from markets.models.followups import FollowUp
from markets.models.jobs import PrintJob, StallImport
from markets.models.stalls import Goods, Market, Stage, Stall
from markets.models.vendors import Overtaken, PaymentAccount, Tenancy, Vendor

__all__ = [
    "CardCheck",
    "FalseCardReport",
    "FollowUp",
    "Goods",
    "Market",
    "Overtaken",
    "PaymentAccount",
    "PrintJob",
    "Stage",
    "Stall",
    "StallCard",
    "StallImport",
    "Tenancy",
    "Unconfirmed",
    "Vendor",
]
