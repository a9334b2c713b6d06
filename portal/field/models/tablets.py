"""What tablets say is still on them."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from portal.field.ages import age_tag
from portal.organization.models import Place
from portal.text import clean_text, matches

TABLETS_SHOWN = timedelta(days=60)


class TabletQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(place__in=Place.objects.filter(user.reach.places()))

    def behind(self):
        """Tablets that last said that something was on them still, the oldest first; not what is settled."""
        waiting = self.filter(settled_at=None, told_at__gte=timezone.now() - TABLETS_SHOWN)
        return waiting.filter(Q(waiting__gt=0) | Q(failed__gt=0)).order_by("oldest_at", "device")

    def search(self, text: str):
        """By the name of who had it in hand, or its own; all for an empty text."""
        if not (device := clean_text(text).upper()):
            return self
        return self.filter(matches("user__name_folded", text) | Q(device=device))

    def tell(self, device: str, *, user, place, waiting: int, failed: int, age: timedelta) -> "Tablet":
        """What a tablet says of itself now; `age` is that of the oldest slip on it."""
        now = timezone.now()
        words = {"user": user, "place": place, "waiting": waiting, "failed": failed, "told_at": now}
        words |= {
            "oldest_at": now - age if waiting or failed else None,
            "settled_at": None,
            "settled_by": None,
        }
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
    settled_at = models.DateTimeField("xử lý lúc", null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người xử lý", related_name="+",
        null=True, blank=True,
    )  # fmt: skip

    objects = TabletQuerySet.as_manager()

    class Meta:
        verbose_name = "máy tính bảng"
        verbose_name_plural = "máy tính bảng"
        constraints = [
            models.CheckConstraint(
                condition=Q(waiting=0, failed=0) | Q(oldest_at__isnull=False),
                name="field_tablet_oldest_while_behind",
                violation_error_message="Máy còn phiếu thì có thời điểm của phiếu cũ nhất.",
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_by=None)
                | Q(settled_at__isnull=False, settled_by__isnull=False),
                name="field_tablet_settled_by_and_at",
                violation_error_message="Máy đã xử lý thì có người và thời điểm xử lý.",
            ),
        ]

    def __str__(self):
        return f"Máy {self.device}"

    @property
    def tag(self) -> tuple[str, str]:
        """How old the oldest slip on it is."""
        return age_tag(self.oldest_at)

    def mark_settled(self, *, by) -> bool:
        """Nobody waits for it any more, as when it is lost, until it tells again; whether it was open."""
        self.settled_at, self.settled_by = timezone.now(), by
        rows = Tablet.objects.filter(pk=self.pk, settled_at=None)
        return rows.update(settled_at=self.settled_at, settled_by=by) == 1
