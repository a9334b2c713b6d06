"""Sheets to print for cards on record: each is set, read back and compared before anybody gets it."""

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from markets import banks
from markets.cards import A6, TENT, WALL, CardFace, checked_sheet_pdf
from markets.models import PrintJob, Stall, StallCard
from portal.codes.qr import public_address

LAYOUTS = {PrintJob.Sheet.A6: A6, PrintJob.Sheet.TENT: TENT, PrintJob.Sheet.WALL: WALL}
AT_ONCE = 40  # cards in one request: ten sheets take less than a second


def face(card: StallCard) -> CardFace:
    """What is printed on a card, from its own row and not from what the account says today."""
    return CardFace(
        serial=card.serial,
        check_address=check_address(card),
        stall_name=card.sign,
        stall_line=card.stall.line,
        holder=card.holder,
        bank_name=banks.bank(card.bin).short_name,
        last4=card.last_four,
        payload=card.payload.open(),
        printed_on=timezone.localdate(card.printed_at),
    )


def check_address(card: StallCard) -> str:
    """Where anybody can see whether the card is real, without scheme, as it is printed."""
    return public_address(f"t/{card.check_code_id}").partition("://")[2]


def sheet(cards: Sequence[StallCard]) -> bytes:
    """The PDF of cards, checked; raises `markets.cards.CardMismatch`, and then nothing may be printed."""
    return checked_sheet_pdf([face(card) for card in cards], demo=settings.DEMO)


def print_for(stalls: Sequence[Stall], *, by, at=None) -> bytes:
    """Makes the cards that are missing, and marks all as printed once the whole sheet was found right."""
    with transaction.atomic():
        Stall.objects.hold([stall.pk for stall in stalls])
        cards = [StallCard.objects.make_for(stall, by=by, at=at) for stall in stalls]
        pdf = sheet(cards)
        for card in cards:
            card.mark_printed(by=by, at=at)
    return pdf
