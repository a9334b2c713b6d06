"""What the outbox does at night: a new key in time, what nobody looked at dropped, no content kept longer
than it is of use."""

from django.utils import timezone

from portal.field import applying
from portal.field.models import CLASH_KEPT, Clash, Envelope, SealingKey, Unsent
from portal.nightly import NightlyJob


def forget_contents() -> int:
    """Drops the content of slips that were finished a week ago, and of what was refused; receipts stay."""
    clashes = Clash.objects.filter(at__lt=timezone.now() - CLASH_KEPT).forget()
    return clashes + Envelope.objects.done_with().update(sealed=None)


def forget_tablets() -> int:
    """Drops whose slips lay on tablets that have not been heard of for long; the tablets stay."""
    return Unsent.objects.out_of_date().delete()[0]


NIGHTLY = [
    NightlyJob(
        "sealing_key", "Đổi khóa niêm phiếu sau 90 ngày", SealingKey.objects.renew_when_due, "Tạo {} khóa"
    ),
    NightlyJob(
        "held_envelopes", "Bỏ phiếu chờ quá 90 ngày không ai xử lý", applying.drop_given_up, "Bỏ {} phiếu"
    ),
    NightlyJob(
        "envelopes",
        "Xóa nội dung phiếu đã xong quá 7 ngày, có lưu ý thì sau khi xem",
        forget_contents,
        "Xóa nội dung {} phiếu",
    ),
    NightlyJob("unsent", "Thôi ghi phiếu của ai trên máy im quá 60 ngày", forget_tablets, "Xóa {} dòng"),
]
