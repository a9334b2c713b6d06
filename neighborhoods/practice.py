"""Practice (“Tập làm”): the same screens, on a group that is nowhere, with people whom the volunteer invents.

A mark in the session says that it is on. Then `request.place` is the place to practise,
`neighborhoods.working` gives its group and the volunteer's own invented people, and every page that is not
made for it leads back to the practice page, so that nobody does something real under the orange frame.
Nothing of it is ever counted: events, people and groups carry `is_practice`, and neither a consent nor a
refusal is written.
"""

from dataclasses import dataclass

from django.contrib import messages
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect

from neighborhoods.models import HelpEvent
from portal.accounts.sessions import PRACTICE, is_practising

# The modules whose pages heed practice, and the few others that are needed on the way.
ROOMS = {f"neighborhoods.views.{name}" for name in ("visits", "followups", "residents", "desks", "practice")}
ROOMS |= {f"portal.field.views.{name}" for name in ("slips", "outbox", "review", "tablets")}
PAGES = {"today", "pin_set", "kept_resend", "logout"}
ELSEWHERE = "Tập làm mới có cho việc giúp ở tổ. Việc vừa bấm là việc thật: thôi tập rồi mở lại nhé."


def start(request) -> None:
    """From now on nothing of this session counts. Forms opened before, in whatever window, are refused."""
    request.session[PRACTICE] = True
    _forget_forms(request)


def stop(request) -> None:
    """From now on everything counts. A form filled in for practice cannot be sent any more."""
    request.session.pop(PRACTICE, None)
    _forget_forms(request)


def _forget_forms(request) -> None:
    request.session.pop("kept", None)
    rotate_token(request)


def is_offered(request) -> bool:
    """Whether somebody who never recorded anything may want to practise first."""
    if is_practising(request) or request.session.get("has_recorded"):
        return False
    has_recorded = HelpEvent.objects.real().filter(by=request.user).exists()
    if has_recorded:
        request.session["has_recorded"] = True  # once and for all: asked on every visit
    return not has_recorded


class PracticeMiddleware:
    """While somebody practises, leads from pages that do not heed it to the practice page."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        is_public = not getattr(view, "login_required", True)
        if is_public or getattr(view, "is_always_open", False) or not is_practising(request):
            return None
        if view.__module__ in ROOMS or request.resolver_match.url_name in PAGES:
            return None
        messages.info(request, ELSEWHERE)
        return redirect("practice")


# --- cards to scan -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Card:
    """An invented identity card: what its code says, and what can be learned from it."""

    number: str
    name: str
    born: str  # DDMMYYYY
    sex: str
    lesson: str
    old_number: str = ""
    parents: str = ""

    @property
    def payload(self) -> str:
        """As on the cards (field-work, “Identity card QR”); since 1-7-2024 more fields follow the seventh."""
        fields = [self.number, self.old_number, self.name, self.born, self.sex, HOME, ISSUED]
        return "|".join([*fields, *([self.parents] if self.parents else [])])

    @property
    def birth(self) -> str:
        """As on the card: the year alone where the day is not known."""
        return f"{self.born[:2]}-{self.born[2:4]}-{self.born[4:]}".removeprefix("00-00-")


HOME, ISSUED = "Tổ 2, Phường Mẫu, Gia Lai", "25042021"
CARDS = [
    Card("064158000901", "Nguyễn Thị Mẫu", "13051958", "Nữ", "Thẻ thường: quét là đủ.", "123456789"),
    Card("052049000902", "Trần Văn Mẫu", "00001949", "Nam", "Chỉ có năm sinh, thẻ cũ hay gặp."),
    Card("064172000903", "Siu H’Mẫu", "02091985", "Nữ", "Số và năm sinh không khớp: xem lời nhắc."),
    Card(
        "064318000904", "Ksor Bé Mẫu", "01062018", "Nữ", "Chưa đủ 14 tuổi: chỉ đếm, không ghi tên.",
        parents="Ksor Mẫu|Rơ Châm Mẫu",
    ),
]  # fmt: skip


def is_card(number: str) -> bool:
    """Whether it is the number of a card to practise with."""
    return any(number == card.number for card in CARDS)
