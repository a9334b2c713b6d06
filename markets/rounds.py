"""What a round shows beside the card: whose a strange code is, whom to call, where to go next."""

import base64
import binascii
import json
import uuid
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet
from django.utils import timezone

from markets.models import CardCheck, StallCard
from markets.models.checks import StrangeCode
from portal.accounts.models import Role, Shift
from portal.organization.models import Place, Team
from portal.privacy import crypto


@dataclass(frozen=True)
class Found:
    """One code in sight: bank and last four, and what the book knows about it."""

    masked: str
    words: str
    is_own: bool = False
    serials: tuple[str, ...] = ()  # our other cards with this code
    is_old: bool = False  # none of them counts any more


@dataclass(frozen=True)
class Sight:
    """All codes of one red look, and what they are together."""

    codes: list[Found]

    @property
    def beside(self) -> list[Found]:
        """What is not the code of the card that was looked at."""
        return [code for code in self.codes if not code.is_own]

    @property
    def is_old(self) -> bool:
        """Whether nothing but cards of ours hangs there that count no more: no matter for the police."""
        return bool(self.beside) and all(code.is_old for code in self.beside)

    @property
    def has_stranger(self) -> bool:
        return not all(code.serials for code in self.beside)

    @property
    def serials(self) -> list[str]:
        return [serial for code in self.codes for serial in code.serials]


def found_codes(check: CardCheck) -> list[Found]:
    """Every code of one look, the card's own first."""
    strange = [_found(code, check) for code in check.strange_codes]
    if check.card and check.sees_own_code:
        return [
            Found(f"{check.card.bank_name} {check.card.masked}", "Mã của thẻ này, đúng sổ", True),
            *strange,
        ]
    return strange


def _found(code: StrangeCode, check: CardCheck) -> Found:
    cards = StallCard.objects.in_market(check.market).holding(code.text)
    if live := [card for card in cards if card.void_at is None]:
        stalls = ", ".join(f"{card.stall.label} ({card.serial})" for card in live)
        words = f"Mã của sạp {stalls}: có thể treo nhầm chỗ"
        return Found(code.masked, words, serials=tuple(card.serial for card in live))
    if cards:
        serials = tuple(card.serial for card in cards)
        words = f"Mã của thẻ {', '.join(serials)}, đã hết hiệu lực: gỡ thẻ đó xuống"
        return Found(code.masked, words, serials=serials, is_old=True)
    return Found(code.masked, "Mã lạ, không có trong sổ của chợ")


@dataclass(frozen=True)
class Contact:
    """Somebody to call, and by which role."""

    role: str
    name: str
    phone: str


def whom_to_call(place: Place, viewer) -> list[Contact]:
    """Who leads at a place, and the secretary of its unit; else who leads in the province.

    All have a phone, and none is the viewer. Empty where nobody's phone is on record.
    """
    shift = Shift.objects.running().filter(place=place).select_related("team__leader", "made_by").first()
    opened = (
        [("đội trưởng", shift.team and shift.team.leader), ("người mở ca", shift.made_by)] if shift else []
    )
    teams = Team.objects.today().filter(unit=place.unit_id).select_related("leader")
    leads = _callable(opened, viewer)[:1] or _callable(
        (("đội trưởng", team.leader) for team in teams), viewer
    )
    known = {contact.phone for contact in leads}
    above = _holders("bí thư", viewer, kind=Role.Kind.UNIT_SECRETARY, unit=place.unit_id)
    above = above or _holders("cán bộ Tỉnh Đoàn", viewer, kind=Role.Kind.PROVINCE_STAFF)
    return leads[:3] + [contact for contact in above[:2] if contact.phone not in known]


def _holders(words: str, viewer, **held) -> list[Contact]:
    roles = Role.objects.today().filter(**held).select_related("user").order_by("user__name_key")
    return _callable(((words, role.user) for role in roles), viewer)


def _callable(people, viewer) -> list[Contact]:
    """Of (role, person or None) those who may be rung, each once."""
    found = {
        person.phone: Contact(role, person.name, person.phone)
        for role, person in people
        if person and person != viewer and person.phone and person.is_active
    }
    return list(found.values())


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

    def as_words(self) -> dict[str, str]:
        """What a session may keep of it."""
        return {"card": str(self.card.pk), "seen": self.seen, "id": str(self.id)}


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
