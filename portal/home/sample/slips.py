"""What came from tablets in the demo: slips of each state, and two tablets that still hold some.

Sealed and received as from a tablet: yesterday's work without network, sent this morning.
"""

import uuid
from datetime import datetime, timedelta

from django.utils import timezone

from markets.models import Market, StallCard
from neighborhoods.models import Group
from portal.accounts.models import User
from portal.field import applying, receiving, sealing, tickets
from portal.field.models import Envelope, Left, SealingKey, Tablet
from portal.home.sample import crew, grounds
from portal.home.sample.stories import HOA_LU, instant
from portal.organization.models import Place

OWN, BORROWED = "MAU7K3", "MAU4P9"  # the tablets in the team's hands
BEHIND = [
    (BORROWED, "Võ Thị Mẫu", {"Võ Thị Mẫu": (2, timedelta(days=2)), "Nay Thí Điểm": (1, timedelta(hours=5))}),
    ("MAU8T2", "Nay Thí Điểm", {"Nay Thí Điểm": (1, timedelta(hours=3))}),
]
GONE = "Lý Thị Thí Điểm"  # came in by a code, was sent away the same day
TAKEN = {"row": "B", "number": "7", "goods": "rau", "purposes": ["market_card"], "how": "screen",
         "name": "Rah Lan H’Thử"}  # fmt: skip
WITHOUT_PHONE = {"row": "B", "number": "17", "goods": "rau", "purposes": ["market_card"], "how": "screen",
                 "name": "Kpă H’Minh Họa", "phone": "0300000017"}  # fmt: skip
ELEVEN = {"purposes": ["group_record", "group_number"], "how": "screen", "name": "Nguyễn Thị Ví Dụ",
          "birth_day": "2", "birth_month": "9", "birth_year": "1958", "sex": "female",
          "house": "40 đường Mẫu", "number": "00015800001", "step_installed": "helped"}  # fmt: skip
NO_SUCH_STALL = {"row": "B", "number": "99", "of_ten": "7", "has_internet": "1", "problem": "none"}


def lay() -> None:
    """Sends the slips once; the tablets tell at each load, so that they stay as far behind."""
    market = Market.objects.select_related("place").get(slug=HOA_LU).place
    if not Envelope.objects.exists():
        _send_all(market, Group.objects.real().get(name=grounds.NUMBER_5).place)
    for device, holder, authors in BEHIND:
        people = {user.name: user for user in User.objects.filter(name__in=authors)}
        left = Left(sum(n for n, _age in authors.values()), 0, max(age for _n, age in authors.values()))
        by_author = {people[name].pk: Left(n, 0, age) for name, (n, age) in authors.items()}
        Tablet.objects.tell(device, user=people[holder], place=market, left=left, by_author=by_author)


def _send_all(market: Place, house: Place) -> None:
    """The volunteer's own, a colleague's that the volunteer sent, one of somebody who was sent away."""
    own, leader = (User.objects.get(username=name) for name in ("tinhnguyen", "doitruong"))
    colleague = User.objects.filter(name="Võ Thị Mẫu").first()
    cards = StallCard.objects.filter(stall__market__place=market, stall__row="D")
    first, second, third = cards.in_state(StallCard.State.TRIED).order_by("stall__label")[:3]
    _send("card_check", {"payload": first.payload.open()}, by=own, place=market, hour=8)
    _send("vendor", WITHOUT_PHONE, by=own, place=market, hour=9)
    _send("vendor", TAKEN, by=own, place=market, hour=10)
    wrong = _send("followup", NO_SUCH_STALL, by=own, place=market, hour=11)
    applying.drop(wrong, by=leader, why="Ghi nhầm")
    helped = {"group": house.group.pk, "steps": ["installed", "activated"], "count": "2"}
    _send("unnamed", helped, by=own, place=house, hour=14)
    _send("resident", {"group": house.group.pk, **ELEVEN}, by=own, place=house, hour=15)
    theirs = {"payload": second.payload.open()}
    _send("card_check", theirs, by=colleague, place=market, hour=16, device=BORROWED, sent_by=own)
    gone = crew.guest(GONE, User.objects.filter(is_guest=True).count())
    gone.revoke(by=leader)
    theirs = {"payload": third.payload.open()}
    _send("card_check", theirs, by=gone, place=market, hour=17, device=BORROWED, sent_by=leader)


def _send(
    kind: str, fields: dict, *, by, place: Place, hour: int, device: str = OWN, sent_by=None
) -> uuid.UUID:
    """One slip of yesterday, received now; its UUID."""
    at = instant(timezone.localdate() - timedelta(days=1), hour, 12)
    id, key = uuid.uuid5(uuid.NAMESPACE_URL, f"{kind} {hour}"), SealingKey.objects.current()
    words = _line(kind, fields, by=by, place=place, at=at, device=device)
    raw = sealing.seal_envelope(words, id=id, key_id=key.id, public=bytes(key.public))
    receiving.receive(id, raw, by=sent_by or by, device=OWN)
    return id


def _line(kind: str, fields: dict, *, by, place: Place, at: datetime, device: str) -> dict:
    """What a tablet writes into an envelope."""
    since = at - timedelta(minutes=20)
    ticket = tickets.Ticket(by.pk, place.pk, device, False, since, since + timedelta(hours=8))
    pairs = [
        [name, str(text)]
        for name, texts in fields.items()
        for text in (texts if isinstance(texts, list) else [texts])
    ]
    clock = {"ticket_at": round(since.timestamp() * 1000), "at": round(at.timestamp() * 1000)}
    words = {"ticket": tickets.dump(ticket), "kind": kind, "version": 1, "place": str(place.pk)}
    return {**words, **clock, "fields": pairs}
