"""What tablets say is still on them."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from portal.organization.models import Place

TABLETS_SHOWN = timedelta(days=60)


class TabletQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(place__in=Place.objects.filter(user.reach.places()))

    def behind(self):
        """Tablets that last said that something was on them still, the oldest first."""
        since = timezone.now() - TABLETS_SHOWN
        return self.filter(Q(waiting__gt=0) | Q(failed__gt=0), told_at__gte=since).order_by("oldest_at")

    def tell(self, device: str, *, user, place, waiting: int, failed: int, age: timedelta) -> "Tablet":
        """What a tablet says of itself now; `age` is that of the oldest slip on it."""
        now = timezone.now()
        words = {"user": user, "place": place, "waiting": waiting, "failed": failed, "told_at": now}
        words["oldest_at"] = now - age if waiting or failed else None
        return self.update_or_create(device=device, defaults=words)[0]


class Tablet(models.Model):
    """What a tablet last said was still on it, and who had it in hand."""

    device = models.CharField("máy", max_length=12, primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người cầm", related_name="+"
    )
    place = models.ForeignKey(Place, models.PROTECT, verbose_name="nơi", related_name="+")
    waiting = models.PositiveIntegerField("phiếu chờ gửi", default=0)
    failed = models.PositiveIntegerField("phiếu lỗi", default=0)
    oldest_at = models.DateTimeField("phiếu cũ nhất từ", null=True, blank=True)
    told_at = models.DateTimeField("báo lúc")

    objects = TabletQuerySet.as_manager()

    class Meta:
        verbose_name = "máy tính bảng"
        verbose_name_plural = "máy tính bảng"

    def __str__(self):
        return f"Máy {self.device}"

    @property
    def tag(self) -> tuple[str, str]:
        """How old the oldest slip on it is."""
        age = timezone.now() - self.oldest_at
        if age >= timedelta(days=1):
            return "err", f"{age.days} ngày"
        return ("warn", f"{age.seconds // 3600} giờ") if age.seconds >= 3600 else ("info", "Dưới 1 giờ")
