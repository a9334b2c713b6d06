"""What belongs to no room: counts behind the rate limits."""

from django.db import models


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
