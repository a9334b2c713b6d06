"""Volunteers' cards: under what somebody works right now, and the sheets to print.

A card is as large as a bank card (85,6 × 54 mm), ten on an A4 sheet with cut marks. The printed code is the
address in capitals, which makes fewer and larger modules; the page takes either case.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from django.utils import timezone

from portal.accounts.models import Badge, User
from portal.codes import qr
from portal.printing import reading, typesetting

SHEET = Path(__file__).parent / "typst" / "badges.typ"
ON_A_SHEET = 10
AT_ONCE = 40  # cards in one run of Typst


class BadgeMismatch(ValueError):
    """The sheet that was set does not read back as it should; nothing may be printed."""


@dataclass(frozen=True)
class Duty:
    """Under what somebody works: for whom (the most particular first), and until when in words, or ""."""

    places: list[str]
    until: str


def duty(user: User) -> Duty | None:
    """What the user works under right now: a role held today, or a shift that is running; else None."""
    if not user.is_active:
        return None
    entry, roles = user.reach.entry, user.reach.roles
    if roles:
        member = user.team_memberships.today().select_related("team").first()
        places = [member.team.name] if member and member.team.is_valid_on(timezone.localdate()) else []
        last = None if any(role.ends_on is None for role in roles) else max(role.ends_on for role in roles)
        nearest = max(roles, key=lambda role: len(role.unit.path))
        return Duty([*places, nearest.unit.name], f"{last:%d-%m-%Y}" if last else "")
    if entry:
        shift = entry.shift
        until = timezone.localtime(shift.ends_at)
        team = [shift.team.name] if shift.team else []
        return Duty([*team, shift.place.name, shift.place.unit.name], f"{until:%H:%M %d-%m-%Y}")
    return None


def address(badge: Badge) -> str:
    """Where anybody sees whether the card is good, as it is typed: without scheme, in small letters."""
    return qr.public_address(f"b/{badge.code_id}").partition("://")[2]


def sheet(badges: Sequence[Badge], *, demo: bool) -> bytes:
    """The PDF of cards of people who work now, read back and found right. Raises `BadgeMismatch`.

    Badges come with their `user`; raises ValueError where somebody does not work, or there is no card.
    """
    faces = [_face(badge) for badge in badges]
    if not faces:
        raise ValueError("Chưa chọn ai để in thẻ.")
    title = f"Thẻ {faces[0]['name']}" if len(faces) == 1 else f"Thẻ tình nguyện viên, {len(faces)} thẻ"
    parts = [faces[start : start + AT_ONCE] for start in range(0, len(faces), AT_ONCE)]
    pdf = typesetting.joined_pdf(SHEET, ({"title": title, "demo": demo, "cards": part} for part in parts))
    printed = [
        code.content.decode() for page in reading.codes_on_pages(pdf, scale=3) for code in _in_order(page)
    ]
    if printed != [payload(badge) for badge in badges]:
        raise BadgeMismatch("Mã trên tờ in không đọc lại đúng. Hãy thử in lại.")
    return pdf


def payload(badge: Badge) -> str:
    """What the printed code says."""
    return qr.public_address(f"b/{badge.code_id}").upper()


def _face(badge: Badge) -> dict:
    held = duty(badge.user)
    if held is None:
        raise ValueError(f"{badge.user.name} hôm nay không có vai trò hay ca nào.")
    rows = qr.matrix(payload(badge), "M")
    return {
        "name": badge.user.name,
        "places": held.places,
        "until": held.until,
        "code": f"{badge.code_id[:4]} {badge.code_id[4:]}",
        "address": address(badge),
        "side": len(rows) + 2 * qr.QUIET_ZONE,
        "path": qr.path(rows),
        "photo": list(badge.photo.content.open_bytes()) if badge.photo else None,
    }


def _in_order(page: list[reading.Found]) -> list[reading.Found]:
    """Codes row by row: those of a row stand on one height, give or take a millimetre."""
    by_height = sorted(page, key=lambda code: code.y)
    rows = [list(row) for _, row in groupby(by_height, key=lambda code: round(code.y / 54))]
    return [code for row in rows for code in sorted(row, key=lambda code: code.x)]
