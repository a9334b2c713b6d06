"""What a person keeps at the roof."""

from django.conf import settings
from django.db import models


class SavedFilter(models.Model):
    """A filter of one of the admin's lists, kept under a name by one person."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name="của", related_name="saved_filters"
    )
    register = models.CharField("sổ", max_length=60)
    name = models.CharField("tên", max_length=60)
    query = models.CharField("bộ lọc", max_length=1000)

    class Meta:
        verbose_name = "bộ lọc đã lưu"
        verbose_name_plural = "bộ lọc đã lưu"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "register", "name"],
                name="home_savedfilter_name_once",
                violation_error_message="Bạn đã có bộ lọc tên này ở sổ này. Đặt tên khác.",
            )
        ]

    def __str__(self):
        return self.name
