"""What needs a hand in the markets, counted by the unit whose market it is."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from markets.models import CardCheck, FalseCardReport, FollowUp, PrintJob, StallCard
from portal.needs import Need, counted

UNIT = "stall__market__place__unit__name"


def _register(model: str, **filters) -> str:
    """The register in the admin, filtered."""
    return f"{reverse(f'admin:markets_{model}_changelist')}?{urlencode(filters)}"


def _yesterday():
    return timezone.localdate() - timedelta(days=1)


def _reports(user) -> dict[str, int]:
    found = counted(FalseCardReport.objects.visible_to(user).unhandled(), f"card__{UNIT}")
    return {unit or "Mã không có thẻ nào": count for unit, count in found.items()}


NEEDS = [
    Need(
        "Báo thẻ giả chưa ai xem",
        "Cử người tới sạp soi thẻ, rồi ghi kết quả.",
        _reports,
        lambda user: _register("falsecardreport", xong="chua"),
        is_urgent=True,
    ),
    Need(
        "Mã lạ ở sạp chưa gỡ",
        "Gọi đội trưởng của chợ: che mã lạ, hủy và thay thẻ, cùng chủ sạp báo công an.",
        lambda user: counted(CardCheck.objects.visible_to(user).alarms(), "market__place__unit__name"),
        lambda user: _register("cardcheck", con="con"),
        is_urgent=True,
    ),
    Need(
        "Lượt in cả chợ không xong",
        "Chưa thẻ nào được ghi là đã in: mở “In cả chợ” của chợ đó, đặt lại. Quá 30 ngày thì thôi nhắc.",
        lambda user: counted(PrintJob.objects.visible_to(user).to_order_again(), "market__place__unit__name"),
        lambda user: _register("printjob", can="dat-lai"),
    ),
    Need(
        "Thẻ in quá 7 ngày chưa dán",
        "Mang thẻ tới sạp dán, hoặc hủy thẻ.",
        lambda user: counted(StallCard.objects.visible_to(user).long_unposted(), UNIT),
        lambda user: _register("stallcard", tinh_trang="printed"),
    ),
    Need(
        "Thẻ quá 30 ngày chưa soi",
        "Cử người đi một vòng: mở “Soi thẻ” ở chợ đó, thẻ đến lượt xếp theo dãy.",
        lambda user: counted(CardCheck.objects.cards_due(StallCard.objects.visible_to(user)), UNIT),
        lambda user: _register("stallcard", soi="den-luot"),
    ),
    Need(
        "Sạp quá hẹn quay lại",
        "Nhắc đội của chợ: hẹn hôm nay chưa tính.",
        lambda user: counted(FollowUp.objects.visible_to(user).due(_yesterday()), f"tenancy__{UNIT}"),
        lambda user: _register("followup", xong="chua", hen_den=f"{_yesterday():%d-%m-%Y}"),
    ),
]
