"""Until when the data of a programme are kept: so many months after its campaigns."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils import timezone

from portal.history import tracked
from portal.organization.trees import ends_after_start
from portal.privacy.clock import add_months


class CampaignQuerySet(models.QuerySet):
    def over(self, on: date | None = None) -> "list[Campaign]":
        """Those whose time to keep is over on a day, today by default."""
        day = on or timezone.localdate()
        return [one for one in self.exclude(ends_on=None) if one.kept_until < day]


@tracked()
class Campaign(models.Model):
    """A programme's work from–to; its people's names go so many months after its end, their counts stay."""

    programme = models.SlugField("chương trình", max_length=20)
    name = models.CharField("tên đợt", max_length=120)
    starts_on = models.DateField("từ ngày")
    ends_on = models.DateField("đến hết ngày", null=True, blank=True)
    keep_months = models.PositiveSmallIntegerField(
        "giữ thêm (tháng)",
        default=12,
        help_text="Sau từng này tháng kể từ ngày kết thúc, tên và số bị xóa, số đếm ở lại.",
    )

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = "đợt của chương trình"
        verbose_name_plural = "đợt của chương trình"
        ordering = ["programme", "-starts_on"]
        constraints = [
            ends_after_start("privacy_campaign_ends_after_start"),
            models.CheckConstraint(
                condition=Q(keep_months__lte=12),
                name="privacy_campaign_keeps_a_year",
                violation_error_message="Lời xin đồng ý hứa xóa sau mười hai tháng: không giữ lâu hơn.",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def kept_until(self) -> date | None:
        """The last day on which its people may still be named; None while it has no end."""
        return add_months(self.ends_on, self.keep_months) if self.ends_on else None
