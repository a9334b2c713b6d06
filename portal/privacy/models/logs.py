"""Who saw what: values shown whole, and records opened. Both only grow, and hold keys, never a name."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.utils import timezone


def seen_by(user):
    """The users whose doings somebody may look at."""
    return get_user_model().objects.visible_to(user)


class LogQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What people the user sees have looked at."""
        if user.reach.is_everywhere:
            return self.all()
        return self.filter(user__in=seen_by(user))


class ReadLog(models.Model):
    """Who saw which sealed value whole, when and why: keys only, never a name or a free word.

    Every role may only insert and read; a trigger refuses update, delete and truncate (migration 0002).
    """

    append_only = True

    class Reason(models.TextChoices):
        CHECK_CARD = "check_card", "Soi thẻ nghi bị giả"
        WRONG_PAYMENT = "wrong_payment", "Khách chuyển nhầm, cần tra số"
        OWNER_ASKS = "owner_asks", "Chủ tài khoản nhờ đọc lại"
        CORRECT = "correct", "Sửa dữ liệu sai"
        REQUEST = "request", "Giải quyết yêu cầu về dữ liệu cá nhân"
        AUDIT = "audit", "Kiểm tra, giám sát"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField("lúc", default=timezone.now, db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người xem", related_name="+"
    )
    model = models.CharField("loại bản ghi", max_length=60)
    row = models.CharField("khóa bản ghi", max_length=40, db_index=True)
    field = models.CharField("ô", max_length=40)
    reason = models.CharField("lý do", max_length=20, choices=Reason)
    request_id = models.CharField("mã yêu cầu", max_length=40, blank=True)

    objects = LogQuerySet.as_manager()

    class Meta:
        verbose_name = "lượt xem dữ liệu kín"
        verbose_name_plural = "sổ xem dữ liệu kín"
        ordering = ["-at"]

    def __str__(self):
        return f"{self.model}.{self.field} {self.row}"


class Opening(models.Model):
    """Somebody opened a page with one person's data: what a lost account or tablet may have seen.

    Written by `portal.privacy.openings.note`; insert only, like the read log (migration 0005).
    """

    append_only = True

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField("lúc", default=timezone.now)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người mở", related_name="+", db_index=False
    )
    device = models.CharField("máy", max_length=12, blank=True)
    model = models.CharField("loại bản ghi", max_length=60)
    row = models.CharField("khóa bản ghi", max_length=40)
    request_id = models.CharField("mã yêu cầu", max_length=40, blank=True)

    objects = LogQuerySet.as_manager()

    class Meta:
        verbose_name = "lượt mở hồ sơ"
        verbose_name_plural = "sổ mở hồ sơ"
        ordering = ["-at"]
        indexes = [
            models.Index(fields=["user", "at"], name="privacy_opening_user"),
            models.Index(fields=["device", "at"], name="privacy_opening_device"),
            models.Index(fields=["row"], name="privacy_opening_row"),
        ]

    def __str__(self):
        return f"{self.model} {self.row}"
