"""The cashless market: where stalls stand, who holds them, which account is paid, which card hangs there."""

from markets.models.cards import FalseCardReport, StallCard
from markets.models.followups import FollowUp
from markets.models.stalls import Goods, Market, Stage, Stall
from markets.models.vendors import PaymentAccount, Tenancy, Vendor

__all__ = [
    "FalseCardReport",
    "FollowUp",
    "Goods",
    "Market",
    "PaymentAccount",
    "Stage",
    "Stall",
    "StallCard",
    "Tenancy",
    "Vendor",
]
