"""What a round shows beside the card: whose a strange code is, whom to call, where to go next."""

import base64
import binascii
import json
import uuid
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet
from django.utils import timezone

from markets.models import CardCheck, StallCard
from portal.accounts.models import Shift
from portal.organization.models import Place, Team
from portal.privacy import crypto


@dataclass(frozen=True)
class Found:
    """One code in sight: bank and last four, and what the book knows about it."""

    masked: str
    words: str
    is_own: bool = False


def found_codes(check: CardCheck) -> list[Found]:
    """Every code of one look, the card's own first."""
    strange = [Found(code.masked, _whose(code.text, check)) for code in check.strange_codes]
    if check.card and check.sees_own_code:
        return [
            Found(f"{check.card.bank_name} {check.card.masked}", "Mã của thẻ này, đúng sổ", True),
            *strange,
        ]
    return strange


def _whose(text: str, check: CardCheck) -> str:
    cards = StallCard.objects.in_market(check.market).holding(text)
    if live := [card for card in cards if card.void_at is None]:
        stalls = ", ".join(f"{card.stall.label} ({card.serial})" for card in live)
        return f"Mã của sạp {stalls}: có thể treo nhầm chỗ"
    if cards:
        serials = ", ".join(card.serial for card in cards)
        return f"Mã của thẻ {serials}, đã hết hiệu lực: gỡ thẻ đó xuống"
    return "Mã lạ, không có trong sổ của chợ"


@dataclass(frozen=True)
class Contact:
    """Somebody to call; `phone` may be empty."""

    role: str
    name: str
    phone: str


def whom_to_call(place: Place) -> list[Contact]:
    """Who leads the shift that runs at a place, else the teams of its unit."""
    shift = Shift.objects.running().filter(place=place).select_related("team__leader", "made_by").first()
    if shift:
        leader = shift.team and shift.team.leader
        role, person = ("Đội trưởng", leader) if leader else ("Người mở ca", shift.made_by)
        return [Contact(role, person.name, person.phone or "")]
    teams = Team.objects.today().filter(unit=place.unit_id).exclude(leader=None).select_related("leader")
    return [Contact("Đội trưởng", team.leader.name, team.leader.phone or "") for team in teams[:3]]


def police(place: Place) -> str:
    """Whom the team lead and the vendor tell: `công an phường Pleiku`."""
    return f"công an {place.area.name[:1].lower()}{place.area.name[1:]}"


def next_due(check: CardCheck, user) -> StallCard | None:
    """The next card to look at, going on in the row, else from the first one."""
    cards = StallCard.objects.visible_to(user).in_market(check.market)
    due = CardCheck.objects.cards_due(cards).in_rounds()
    if check.card is None:
        return due.first()
    due, here = due.exclude(pk=check.card_id), check.card.stall
    later = Q(stall__row=here.row, stall__label__gt=here.label) | Q(stall__row__gt=here.row)
    return due.filter(later).first() or due.first()


@dataclass(frozen=True)
class Guess:
    """A card whose code was read before anybody said at which stall: `seen` is that code, sealed."""

    card: StallCard
    seen: str
    id: uuid.UUID = field(default_factory=uuid.uuid4)  # of the look that is made of it


def guesses(seen: dict, cards: QuerySet, user) -> list[Guess]:
    """The cards among `cards` that were seen, where every code in sight is one of theirs; else nothing.

    In a market two true cards come into one picture. Each is looked at with its own code alone: what hangs
    beside it hangs at a neighbour's, unless somebody says that it doesn't.
    """
    found = {text: cards.holding(text) for text in seen["texts"]}
    if not all(found.values()):
        return []
    sealed = {text: seal_seen({**seen, "texts": [text]}, user) for text in found}
    return [Guess(card, sealed[text]) for text, held in found.items() for card in held]


# --- what was read, between two screens --------------------------------------------------------------------


def seal_seen(seen: dict, user) -> str:
    """A code that was read before anybody said at which stall: sealed, for a field of the next form."""
    words = json.dumps({"text": seen["texts"][0], "way": seen["way"], "at": timezone.now().timestamp()})
    return base64.urlsafe_b64encode(crypto.seal(words.encode(), _place(user))).decode()


def unseal_seen(token: str, user, *, within: float = 900) -> dict | None:
    """What `seal_seen` sealed for this user within so many seconds, else None."""
    try:
        words = json.loads(crypto.unseal(base64.urlsafe_b64decode(token), _place(user)))
    except (crypto.SealBroken, binascii.Error, ValueError):
        return None
    if timezone.now().timestamp() - words["at"] > within:
        return None
    return {"texts": [words["text"]], "way": words["way"]}


def _place(user) -> str:
    return f"markets.round_scan.{user.pk}"
