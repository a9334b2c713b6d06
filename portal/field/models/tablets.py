"""What tablets say is still on them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.models import ExpressionWrapper, Prefetch, Q
from django.utils import timezone

from portal.field.ages import age_tag
from portal.organization.models import Place
from portal.text import clean_text, matches

TABLETS_SHOWN = timedelta(days=60)


@dataclass(frozen=True)
class Left:
    """How many slips are on a tablet still, and the age of the oldest."""

    waiting: int
    failed: int
    age: timedelta

    def at(self, now: datetime) -> dict:
        """As fields of a row; without slips there is no oldest one."""
        oldest_at = now - self.age if self.waiting or self.failed else None
        return {"waiting": self.waiting, "failed": self.failed, "oldest_at": oldest_at}


class Said:
    """How rows with `waiting`, `failed` and `oldest_at` say it."""

    @property
    def words(self) -> str:
        """`3 phiếu, 1 lỗi`."""
        return f"{self.waiting + self.failed} phiếu" + (f", {self.failed} lỗi" if self.failed else "")

    @property
    def tag(self) -> tuple[str, str]:
        """How old the oldest slip is."""
        return age_tag(self.oldest_at)


class TabletQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those somebody puts right, and those with slips on them of somebody in reach."""
        theirs = Unsent.objects.filter(author__in=get_user_model().objects.visible_to(user)).values("tablet")
        return self.filter(self._led_by(user) | Q(pk__in=theirs))

    def led_by(self, user):
        """Of places in reach, for who sees to it that they are sent."""
        return self.filter(self._led_by(user))

    def with_led(self, user):
        """Adds `is_led`."""
        return self.annotate(is_led=ExpressionWrapper(self._led_by(user), models.BooleanField()))

    @staticmethod
    def _led_by(user) -> Q:
        return Q(place__in=Place.objects.filter(user.reach.places()))

    def behind(self):
        """Tablets that last said that something was on them still, the oldest first; not what is settled."""
        waiting = self.filter(settled_at=None, told_at__gte=timezone.now() - TABLETS_SHOWN)
        return waiting.filter(Q(waiting__gt=0) | Q(failed__gt=0)).order_by("oldest_at", "device")

    def search(self, text: str):
        """By the name of who had it in hand or whose slips are on it, or its own; all for an empty text."""
        if not (device := clean_text(text).upper()):
            return self
        theirs = Unsent.objects.filter(matches("author__name_folded", text)).values("tablet")
        return self.filter(matches("user__name_folded", text) | Q(pk__in=theirs) | Q(device=device))

    def with_people(self):
        """With who had it in hand, and `unsent` with whose slips are on it, the oldest first."""
        theirs = Unsent.objects.select_related("author").order_by("oldest_at", "pk")
        return self.select_related("user", "place").prefetch_related(Prefetch("unsent", theirs))

    def tell(
        self, device: str, *, user, place, left: Left, by_author: dict[int, Left] | None = None
    ) -> "Tablet":
        """What a tablet says of itself now: of all that is on it, and of each author (key of the user)."""
        now = timezone.now()
        words = {"user": user, "place": place, "told_at": now, "settled_at": None, "settled_by": None}
        with transaction.atomic():
            row, _is_new = self.update_or_create(device=device, defaults={**words, **left.at(now)})
            row.unsent.all().delete()
            Unsent.objects.bulk_create(
                Unsent(tablet=row, author_id=author, **one.at(now))
                for author, one in (by_author or {}).items()
                if one.waiting or one.failed
            )
        return row


class Tablet(Said, models.Model):
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

    def mark_settled(self, *, by) -> bool:
        """Nobody waits for it any more, as when it is lost, until it tells again; whether it was open."""
        self.settled_at, self.settled_by = timezone.now(), by
        with transaction.atomic():
            rows = Tablet.objects.filter(pk=self.pk, settled_at=None)
            was_open = rows.update(settled_at=self.settled_at, settled_by=by) == 1
            if was_open:
                self.unsent.all().delete()
        return was_open


class UnsentQuerySet(models.QuerySet):
    def out_of_date(self):
        """Of tablets that have told nothing for so long that nobody sees them in the list."""
        return self.filter(tablet__told_at__lt=timezone.now() - TABLETS_SHOWN)


class Unsent(Said, models.Model):
    """How many of one person's slips a tablet last said were still on it."""

    tablet = models.ForeignKey(Tablet, models.CASCADE, verbose_name="máy", related_name="unsent")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người ghi", related_name="+"
    )
    waiting = models.PositiveIntegerField("phiếu chờ gửi")
    failed = models.PositiveIntegerField("phiếu lỗi")
    oldest_at = models.DateTimeField("phiếu cũ nhất từ")

    objects = UnsentQuerySet.as_manager()

    class Meta:
        verbose_name = "phiếu chưa gửi của một người"
        verbose_name_plural = "phiếu chưa gửi của từng người"
        constraints = [
            models.UniqueConstraint(fields=["tablet", "author"], name="field_unsent_once_an_author"),
            models.CheckConstraint(
                condition=Q(waiting__gt=0) | Q(failed__gt=0),
                name="field_unsent_some",
                violation_error_message="Người không còn phiếu nào trên máy thì không có dòng.",
            ),
        ]

    def __str__(self):
        return f"{self.author}: {self.words}"
