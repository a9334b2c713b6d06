"""What needs a hand in heritage, counted by the unit that cares for the site."""

from django.urls import reverse
from django.utils.http import urlencode

from heritage import plaques
from heritage.models import Correction, Edition, Plaque
from portal.accounts import rights
from portal.needs import Need, counted

UNIT = "site__unit__name"


def _page(name: str, roles=rights.CONTRIBUTORS, **query):
    """A page of the room, filtered; no link for who may not open it."""
    return lambda user: f"{reverse(name)}?{urlencode(query)}" if user.reach.holds(*roles) else ""


def _editions(state: str):
    return lambda user: counted(Edition.objects.visible_to(user).filter(state=state), UNIT)


def _outdated(user) -> dict[str, int]:
    found: dict[str, int] = {}
    in_use = Plaque.objects.visible_to(user).in_use().select_related("site__unit")
    for plaque, _wrong in plaques.outdated_plaques(in_use):
        found[plaque.site.unit.name] = found.get(plaque.site.unit.name, 0) + 1
    return found


NEEDS = [
    Need(
        "Mã biển đêm qua không mở được",
        "Xem trang di tích còn đăng không; còn đăng thì báo người quản máy chủ.",
        lambda user: counted(Plaque.objects.visible_to(user).unanswered(), UNIT),
        _page("plaque_list", can="khong-mo"),
        is_urgent=True,
    ),
    Need(
        "Biển mờ hoặc mất",
        "Lập bản in mới, mã giữ nguyên, rồi thay tấm biển.",
        lambda user: counted(Plaque.objects.visible_to(user).broken(), UNIT),
        _page("plaque_list", can="hong"),
    ),
    Need(
        "Biển in điều nay đã khác",
        "Hạng, tên hoặc xã đã đổi: in bản mới, mã giữ nguyên.",
        _outdated,
        _page("plaque_list", can="khac"),
    ),
    Need(
        "Biển quá 90 ngày chưa ai soi",
        "Cử đội tới quét thử và chụp một ảnh.",
        lambda user: counted(Plaque.objects.visible_to(user).due(), UNIT),
        _page("plaque_round_list", rights.FIELD),
    ),
    Need(
        "Trang di tích chờ ngành văn hóa đọc",
        "Nhắc người duyệt; bản chờ không hiện ra ngoài.",
        _editions(Edition.State.SENT),
        _page("desk_list", cho="sent"),
    ),
    Need(
        "Trang di tích bị trả lại",
        "Sửa theo ý kiến của người duyệt rồi gửi lại.",
        _editions(Edition.State.RETURNED),
        _page("desk_list", cho="returned"),
    ),
    Need(
        "Trang di tích đã duyệt, chờ đăng",
        "Tỉnh Đoàn xem lần cuối rồi đăng.",
        _editions(Edition.State.APPROVED),
        _page("desk_list", cho="approved"),
    ),
    Need(
        "Góp ý của khách chưa trả lời",
        "Đọc, trả lời vài lời; đúng thì tiếp thu và sửa ở bàn biên tập.",
        lambda user: counted(Correction.objects.visible_to(user).unanswered(), UNIT),
        _page("correction_list"),
    ),
]
