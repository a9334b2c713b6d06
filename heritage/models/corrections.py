"""What visitors tell us is wrong; kept apart from the official text, and nothing about who told it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from heritage.models.sites import Site
from heritage.models.texts import Language
from portal.text import clean_text


class CorrectionQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(site__in=Site.objects.visible_to(user))

    def unanswered(self):
        return self.filter(state=Correction.State.NEW)

    def search(self, text: str):
        return self.filter(Q(text__icontains=clean_text(text)) | Q(site__in=Site.objects.search(text)))


class Correction(models.Model):
    """One remark from the public page, with the answer that its address shows."""

    class About(models.TextChoices):
        TEXT = "text", "Lời kể, ngày tháng, tên gọi"
        PLACE = "place", "Địa chỉ, đường đi, giờ mở cửa"
        PICTURE = "picture", "Hình ảnh, bản thu"
        TRANSLATION = "translation", "Bản dịch"
        PLAQUE = "plaque", "Tấm biển ở di tích"
        OTHER = "other", "Điều khác"

    class State(models.TextChoices):
        NEW = "new", "Chưa trả lời"
        ADOPTED = "adopted", "Đã tiếp thu"
        DECLINED = "declined", "Đã trả lời, không sửa"
        JUNK = "junk", "Không phải góp ý"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, verbose_name="di tích", related_name="corrections")
    language = models.CharField("đọc bằng", max_length=3, choices=Language)
    about = models.CharField("về", max_length=11, choices=About)
    text = models.TextField("góp ý", max_length=2000)
    at = models.DateTimeField("lúc", default=timezone.now)
    state = models.CharField("tình trạng", max_length=8, choices=State, default=State.NEW)
    answer = models.TextField("trả lời", max_length=2000, blank=True)
    answered_at = models.DateTimeField("trả lời lúc", null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="người trả lời",
        related_name="+",
        null=True,
        blank=True,
    )

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = "góp ý"
        verbose_name_plural = "góp ý"
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="new", answered_at=None, answered_by=None)
                | ~Q(state="new") & Q(answered_at__isnull=False, answered_by__isnull=False),
                name="heritage_correction_answered_who_and_when",
                violation_error_message="Trả lời thì ghi cả người và thời điểm.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["adopted", "declined"]) | ~Q(answer=""),
                name="heritage_correction_with_answer",
                violation_error_message="Viết vài lời trả lời cho người góp ý.",
            ),
        ]

    def __str__(self):
        return f"{self.site}: {self.text[:40]}"

    def close(self, *, by, state: str, answer: str = "", at=None) -> bool:
        """Answers; False where somebody was faster, and their word stays."""
        rows = type(self).objects.unanswered().filter(pk=self.pk)
        done = rows.update(state=state, answer=answer, answered_by=by, answered_at=at or timezone.now())
        self.refresh_from_db()
        return bool(done)
