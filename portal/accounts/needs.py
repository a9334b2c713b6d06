"""What needs a hand among the people."""

from django.urls import reverse

from portal.accounts import rights
from portal.accounts.models import User
from portal.needs import Need, counted

NEEDS = [
    Need(
        "Người được mời mà không còn đường vào",
        "Đường dẫn một lần đã hết hạn khi chưa đặt mật khẩu: tạo đường dẫn mới và trao tận tay.",
        lambda user: counted(User.objects.visible_to(user).left_outside()),
        lambda user: reverse("people_list") if user.reach.holds(*rights.INVITERS) else "",
    ),
]
