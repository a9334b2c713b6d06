"""What needs a hand in what tablets sent."""

from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from portal.accounts import rights
from portal.field.models import Clash, Envelope, Tablet
from portal.needs import Need, counted

LATE = timedelta(days=1)


def _leads(user) -> str:
    return reverse("review_list") if user.reach.holds(*rights.SHIFT_MAKERS) else ""


def _late_tablets(user):
    late = Q(oldest_at__lt=timezone.now() - LATE) | Q(failed__gt=0)
    return counted(Tablet.objects.led_by(user).behind().filter(late).order_by(), "place__unit__name")


def _clashes(user):
    """What came a second time with another content within two weeks: the tablet still holds it."""
    since = timezone.now() - timedelta(days=14)
    rows = Clash.objects.filter(at__gte=since, envelope__in=Envelope.objects.led_by(user))
    return counted(rows, "envelope__place__unit__name")


NEEDS = [
    Need(
        "Phiếu từ máy đang chờ người xem",
        "Mở từng phiếu, sửa chỗ sai rồi ghi vào sổ, hoặc bỏ có lý do. Người ghi không phải nhập lại.",
        lambda user: counted(Envelope.objects.led_by(user).stuck(), "place__unit__name"),
        _leads,
    ),
    Need(
        "Phiếu đã ghi, có điều cần biết",
        "Xem phiếu ghi gì, sửa trong sổ nếu cần, rồi bấm Đã xem: tới lúc đó nội dung phiếu còn giữ.",
        lambda user: counted(Envelope.objects.led_by(user).flagged(), "place__unit__name"),
        _leads,
    ),
    Need(
        "Phiếu trùng mã mà nội dung khác",
        "Máy còn giữ bản thứ hai, chưa ghi vào sổ: hỏi người gửi, so với phiếu đã ghi, thiếu gì thì ghi mới.",
        _clashes,
        _leads,
    ),
    Need(
        "Máy còn phiếu chưa gửi quá một ngày",
        "Gọi người cầm máy: tới chỗ có mạng, mở Hộp gửi, bấm Gửi ngay. Máy hỏng thì lưu phiếu thành tệp.",
        _late_tablets,
        _leads,
        is_urgent=True,
    ),
]
