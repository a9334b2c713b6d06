"""Scans: day, plaque, language, printed or typed address; nothing else is ever written.

A scan is one inserted row, so that no visitor waits for another's; `ScanCount` holds the rows added up.
"""

from django.db import models

from heritage.models.plaques import Plaque
from heritage.models.texts import Language


class Scan(models.Model):
    """One opening of a plaque's address, until it is added up."""

    # Without a constraint: its check locks the plaque's row, so visitors would wait for whoever edits it.
    plaque = models.ForeignKey(
        Plaque, models.CASCADE, verbose_name="biển", related_name="+", db_index=False, db_constraint=False
    )
    on = models.DateField("ngày")
    language = models.CharField("ngôn ngữ", max_length=3, choices=Language)
    is_scanned = models.BooleanField("quét mã")

    class Meta:
        verbose_name = "lượt quét"
        verbose_name_plural = "lượt quét"

    def __str__(self):
        return f"{self.plaque_id} {self.on}"


class ScanCount(models.Model):
    """Openings of a plaque on a day in a language, by the printed address or another."""

    plaque = models.ForeignKey(Plaque, models.CASCADE, verbose_name="biển", related_name="scan_counts")
    on = models.DateField("ngày")
    language = models.CharField("ngôn ngữ", max_length=3, choices=Language)
    is_scanned = models.BooleanField("quét mã")
    count = models.PositiveIntegerField("số lượt")

    class Meta:
        verbose_name = "số lượt quét"
        verbose_name_plural = "số lượt quét"
        constraints = [
            models.UniqueConstraint(
                fields=["plaque", "on", "language", "is_scanned"], name="heritage_scancount_once"
            )
        ]

    def __str__(self):
        return f"{self.plaque_id} {self.on}: {self.count}"
