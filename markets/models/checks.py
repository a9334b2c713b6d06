"""Checking rounds: what a volunteer's reader found on the card, compared whole with the record."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from markets.models.cards import StallCard
from portal.privacy.fields import SealedTextField
from portal.privacy.models import SealedFile

DUE_AFTER = timedelta(days=30)


class CardCheckQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(user.reach.places("card__stall__market__place__"))

    def cards_due(self, cards, at=None):
        """Of `cards` those that hang there and were not found true within the last 30 days."""
        since = (at or timezone.now()) - DUE_AFTER
        recent = self.filter(card=OuterRef("pk"), result=CardCheck.Result.MATCH, at__gt=since)
        return cards.filter(void_at=None, posted_at__lte=since).exclude(Exists(recent))


class CardCheck(models.Model):
    """One look at one card. A false one keeps what was read, and the photo, as encrypted evidence."""

    class Result(models.TextChoices):
        MATCH = "match", "Khớp"
        OTHER = "other", "Tài khoản khác"
        UNREADABLE = "unreadable", "Không đọc được"

    class Way(models.TextChoices):
        CAMERA = "camera", "Quét bằng camera"
        PHOTO = "photo", "Tải ảnh lên"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    card = models.ForeignKey(StallCard, models.PROTECT, verbose_name="thẻ", related_name="checks")
    result = models.CharField("kết quả", max_length=10, choices=Result)
    way = models.CharField("cách soi", max_length=6, choices=Way)
    code_count = models.PositiveSmallIntegerField("số mã thấy trong ảnh", default=1)
    found = SealedTextField("nội dung mã lạ", null=True)
    photo = models.OneToOneField(
        SealedFile, models.PROTECT, verbose_name="ảnh làm chứng", related_name="+", null=True, blank=True
    )
    at = models.DateTimeField("soi lúc", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người soi", related_name="+"
    )

    objects = CardCheckQuerySet.as_manager()

    class Meta:
        verbose_name = "lượt soi thẻ"
        verbose_name_plural = "lượt soi thẻ"
        ordering = ["-at"]
        indexes = [models.Index(fields=["card", "result", "at"], name="markets_cardcheck_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(result="other", found__isnull=False) | ~Q(result="other") & Q(found=None),
                name="markets_cardcheck_other_keeps_evidence",
                violation_error_message="Thấy tài khoản khác thì giữ nội dung mã làm chứng.",
            )
        ]

    def __str__(self):
        return f"{self.card}: {self.get_result_display()}"
