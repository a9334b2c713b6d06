"""What needs a hand in the electronic groups, counted by the unit whose ground it is."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from neighborhoods.models import CallBack, FollowUp, Group
from portal.needs import Need, counted

AT_LAST = 30  # days for which a false answer is told


def _register(model: str, **filters) -> str:
    """The register in the admin, filtered."""
    return f"{reverse(f'admin:neighborhoods_{model}_changelist')}?{urlencode(filters)}"


def _day(ago: int):
    return timezone.localdate() - timedelta(days=ago)


def _false(user) -> dict[str, int]:
    calls = CallBack.objects.visible_to(user).filter(answer=CallBack.Answer.FALSE)
    return counted(calls.filter(done_at__date__gte=_day(AT_LAST)), "event__group__place__unit__name")


def _overdue(user) -> dict[str, int]:
    visits = FollowUp.objects.visible_to(user).real().due(_day(1))
    return counted(visits, "resident__group__place__unit__name")


def _lacking(user, **what) -> dict[str, int]:
    return counted(Group.objects.visible_to(user).working().filter(**what), "place__unit__name")


NEEDS = [
    Need(
        "Gọi kiểm tra: bà con nói không ai giúp",
        f"Hỏi lại đội cho rõ rồi sửa lượt ghi sai. Nhắc trong {AT_LAST} ngày từ hôm gọi.",
        _false,
        lambda user: _register("callback", tra_loi="false", goi_tu=f"{_day(AT_LAST):%d-%m-%Y}"),
        is_urgent=True,
    ),
    Need(
        "Quá hẹn quay lại tổ dân phố",
        "Nhắc đội của tổ: hẹn hôm nay chưa tính.",
        _overdue,
        lambda user: _register("followup", xong="chua", hen_den=f"{_day(1):%d-%m-%Y}"),
    ),
    Need(
        "Tổ dân phố chưa có đội giúp",
        "Chọn các tổ trong danh sách, giao cho một đội.",
        lambda user: _lacking(user, team=None),
        lambda user: _register("group", thieu="doi"),
    ),
    Need(
        "Tổ dân phố chưa có dân số",
        "Hỏi tổ trưởng số người từ 14 tuổi, ghi vào tổ cùng ngày và nguồn.",
        lambda user: _lacking(user, denominators=None),
        lambda user: _register("group", thieu="dan-so"),
    ),
]
