"""Saturday desks: who sat where, and how many came whose name nobody asked."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q, Sum
from django.utils import timezone

from neighborhoods.models.helps import Step
from portal.history import tracked
from portal.organization.models import Place, Team
from portal.text import matches


class DeskSessionQuerySet(models.QuerySet):
    def real(self):
        return self.filter(is_practice=False)

    def visible_to(self, user):
        return self.real().filter(user.reach.places("place__"))

    def at_places_like(self, text: str):
        return self.filter(matches("place__name_folded", text))

    def with_sums(self):
        """Adds `adult_count` and `child_count`, and loads what lists show."""
        audience = lambda one: Sum("tallies__count", filter=Q(tallies__audience=one), default=0)  # noqa: E731
        sums = {"adult_count": audience(Tally.Audience.ADULT), "child_count": audience(Tally.Audience.CHILD)}
        return self.select_related("place", "team", "opened_by").annotate(**sums)

    def open_at(self, place, *, by, team=None, on=None, is_practice=False) -> "DeskSession":
        """The session of a place on a day, today by default: the one there is, or a new one."""
        words = {"opened_by": by, "team": team}
        day = on or timezone.localdate()
        return self.get_or_create(place=place, on=day, is_practice=is_practice, defaults=words)[0]


@tracked()
class DeskSession(models.Model):
    """A desk at a place on a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    place = models.ForeignKey(Place, models.PROTECT, verbose_name="nơi", related_name="desk_sessions")
    on = models.DateField("ngày")
    team = models.ForeignKey(
        Team, models.PROTECT, verbose_name="đội", related_name="+", null=True, blank=True
    )
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người mở", related_name="+"
    )
    is_practice = models.BooleanField("tập làm", default=False, editable=False)

    objects = DeskSessionQuerySet.as_manager()

    class Meta:
        verbose_name = "buổi bàn hỗ trợ"
        verbose_name_plural = "buổi bàn hỗ trợ"
        ordering = ["-on"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "on", "is_practice"],
                name="neighborhoods_desksession_once",
                violation_error_message="Hôm nay nơi này đã mở bàn.",
            )
        ]

    def __str__(self):
        return f"{self.place}, {self.on:%d-%m-%Y}"


class TallyQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(session__in=DeskSession.objects.visible_to(user))

    def record(self, *, session, audience, by, step=None, count=1, device="", at=None, id=None) -> "Tally":
        """So many more; sent twice with the same `id` it is one. A slip is taken back by a negative count."""
        words = {
            "session": session, "audience": audience, "step": step, "count": count, "by": by,
            "device": device, "at": at or timezone.now(),
        }  # fmt: skip
        return self.get_or_create(id=id or uuid.uuid4(), defaults=words)[0]

    def sums(self) -> "dict[tuple[str | None, str], int]":
        """How many, by step and audience."""
        rows = self.order_by().values_list("step", "audience").annotate(number=Sum("count"))
        return {(step, audience): number for step, audience, number in rows}


class Tally(models.Model):
    """People helped at a desk without a name; children are only ever counted so. The table only grows."""

    append_only = True

    class Audience(models.TextChoices):
        ADULT = "adult", "Người từ 14 tuổi"
        CHILD = "child", "Trẻ dưới 14 tuổi"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(DeskSession, models.PROTECT, verbose_name="buổi", related_name="tallies")
    step = models.ForeignKey(
        Step, models.PROTECT, verbose_name="việc", related_name="+", null=True, blank=True
    )
    audience = models.CharField("ai", max_length=5, choices=Audience)
    count = models.SmallIntegerField("số người")
    at = models.DateTimeField("lúc")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người ghi", related_name="+"
    )
    device = models.CharField("máy", max_length=12, blank=True)

    objects = TallyQuerySet.as_manager()

    class Meta:
        verbose_name = "số đếm ở bàn"
        verbose_name_plural = "số đếm ở bàn"
        constraints = [
            models.CheckConstraint(
                condition=~Q(count=0) & Q(count__gte=-20, count__lte=50),
                name="neighborhoods_tally_count",
                violation_error_message="Mỗi lần ghi nhiều nhất 50 người.",
            )
        ]

    def __str__(self):
        return f"{self.session}: {self.count}"
