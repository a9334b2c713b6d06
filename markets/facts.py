"""What the public pages say, as plain values: each page is made of these and of nothing else.

One statement each, see `portal.readymade`. What a fact is called, and how it is worded, is the models'.
"""

from datetime import date, datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef

from markets.models import Market, Stall, StallCard
from portal.organization.models import Place
from portal.readymade import GIVEN, ask

# `Market.objects.with_counts()` counts each stall anew for each of its cards: 26 ms for 10,000 stalls,
# this 9 ms. Here a stall has one row, since at most one of its cards is not void.
MARKETS = """
WITH counts AS (
  SELECT stall.market_id, count(*) AS stalls, count(card.id) AS taking
  FROM markets_stall stall
  LEFT JOIN markets_stallcard card
    ON card.stall_id = stall.id AND card.void_at IS NULL AND card.tried_at IS NOT NULL
  WHERE stall.ends_on IS NULL
  GROUP BY stall.market_id
)
SELECT market.id, place.name, area.name, former.name, district.name, partner_bin, launched_on,
  coalesce(counts.stalls, 0), coalesce(counts.taking, 0)
FROM markets_market market
JOIN organization_place place ON place.id = market.place_id
JOIN organization_area area ON area.id = place.area_id
LEFT JOIN organization_area former ON former.id = place.former_area_id
LEFT JOIN organization_area district ON district.id = former.parent_id
LEFT JOIN counts ON counts.market_id = market.id
ORDER BY place.name_key
"""


class TooManyTries(Exception):
    """Somebody looked for more cards than one person looks at."""


class CardFacts(NamedTuple):
    """All that the check page says about one card. Speaks like a `StallCard`."""

    check_code_id: str
    serial: str
    sign: str
    holder: str  # shown masked only
    bin: str
    last_four: str
    printed_at: datetime | None
    posted_at: datetime | None
    tried_at: datetime | None
    void_at: datetime | None
    label: str  # of the stall
    place_name: str  # of the market
    stall_has_card: bool  # one that counts

    State = StallCard.State
    state = StallCard.state
    bank_name = StallCard.bank_name
    masked_holder = StallCard.masked_holder
    line = Stall.line

    @property
    def market(self) -> Market:
        """As far as it is named here."""
        return Market(place=Place(name=self.place_name))

    @property
    def is_replaced(self) -> bool:
        """Whether the stall has a card that counts, where this one does not."""
        return self.void_at is not None and self.stall_has_card


class MarketFacts(NamedTuple):
    """A line of the public list."""

    id: int
    name: str
    area: str
    former_area: str | None
    former_district: str | None
    partner_bin: str
    launched_on: date | None
    stall_count: int
    taking_count: int

    partner_name = Market.partner_name


def card_facts(code: str, *, tries: dict | None = None) -> CardFacts | None:
    """What stands behind a check code, void cards too.

    `tries` counts this one in the same statement, see `portal.readymade.ask`; raises TooManyTries.
    """
    rows = ask(_card, code, tries=tries)
    if rows is None:
        raise TooManyTries
    return CardFacts(*rows[0]) if rows else None


def market_facts(words: str = "") -> tuple[MarketFacts, ...]:
    """The markets in whose name all words are found, in the order of their names."""
    with connection.cursor() as cursor:
        cursor.execute(MARKETS)
        lines = tuple(MarketFacts(*row) for row in cursor)
    if not words:
        return lines
    found = set(Market.objects.search(words).values_list("pk", flat=True))
    return tuple(line for line in lines if line.id in found)


def _card():
    live = StallCard.objects.live().filter(stall=OuterRef("stall"))
    own = CardFacts._fields[: CardFacts._fields.index("label")]
    cards = StallCard.objects.filter(check_code=GIVEN).order_by()
    return cards.values_list(*own, "stall__label", "stall__market__place__name", Exists(live))
