"""What belongs to no room: counts behind the rate limits, runs of the nightly work."""

from django.db import models
from django.db.models import Q


class RateCount(models.Model):
    """Tries of one subject in one scope since a window began; written by `portal.limits` only."""

    key = models.CharField("khóa", max_length=64, primary_key=True)  # HMAC: no address or phone in clear
    window_started_at = models.DateTimeField("bắt đầu lúc")
    count = models.PositiveIntegerField("số lần")

    class Meta:
        verbose_name = "số lần thử"
        verbose_name_plural = "số lần thử"

    def __str__(self):
        return f"{self.key[:8]}…: {self.count}"


class JobRunQuerySet(models.QuerySet):
    def newest(self):
        """The last run of each job."""
        return self.order_by("job", "-started_at").distinct("job")

    def unfinished(self):
        return self.filter(finished_at=None)


class JobRun(models.Model):
    """One run of a nightly job; written by `portal.nightly` only."""

    job = models.CharField("việc", max_length=40)
    started_at = models.DateTimeField("bắt đầu lúc")
    finished_at = models.DateTimeField("xong lúc", null=True, blank=True)
    is_ok = models.BooleanField("tốt", null=True, blank=True)
    result = models.CharField("kết quả", max_length=200, blank=True)

    objects = JobRunQuerySet.as_manager()

    class Meta:
        verbose_name = "lượt chạy hằng đêm"
        verbose_name_plural = "lượt chạy hằng đêm"
        indexes = [models.Index("job", models.F("started_at").desc(), name="portal_jobrun_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at=None, is_ok=None) | Q(finished_at__isnull=False, is_ok__isnull=False),
                name="portal_jobrun_finished_and_how",
                violation_error_message="Chạy xong thì ghi cả thời điểm và tốt hay không.",
            )
        ]

    def __str__(self):
        return f"{self.job}, {self.started_at:%d-%m-%Y %H:%M}"

    def finish(self, *, is_ok: bool, result: str, at) -> None:
        self.finished_at, self.is_ok, self.result = at, is_ok, result[:200]
        self.save(update_fields=["finished_at", "is_ok", "result"])
