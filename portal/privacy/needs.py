"""What needs a hand in what people ask about their data."""

from django.urls import reverse

from portal.needs import Need, counted
from portal.privacy.models import PersonRequest

NEEDS = [
    Need(
        "Yêu cầu về dữ liệu cá nhân quá hạn",
        "Luật định ngày trả lời: mở từng yêu cầu, làm ngay hôm nay.",
        lambda user: counted(PersonRequest.objects.visible_to(user).overdue(), "unit__name"),
        lambda user: reverse("request_list"),
        is_urgent=True,
    ),
    Need(
        "Yêu cầu về dữ liệu cá nhân đang chờ",
        "Báo đã nhận trong 2 ngày làm việc; xem, sửa 10 ngày, rút lại 15 ngày, xóa 20 ngày.",
        lambda user: counted(PersonRequest.objects.visible_to(user).in_time(), "unit__name"),
        lambda user: reverse("request_list"),
    ),
]
