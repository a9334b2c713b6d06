"""Purposes, the notice that is read aloud, consents and refusals.

Law 91/2025/QH15: consent is voluntary, informed, one choice a purpose, provable and withdrawable.
"""

import uuid

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from portal.history import tracked
from portal.privacy.models.logs import seen_by


class Purpose(models.Model):
    """What a person's data may be used for; each is asked, and ticked, by itself. Reference data."""

    code = models.SlugField("mã", max_length=40, primary_key=True)
    programme = models.SlugField("chương trình", max_length=20, db_index=True)
    words = models.CharField("lời hỏi", max_length=200)
    is_needed = models.BooleanField("không có thì không làm được", default=False)
    sort = models.PositiveSmallIntegerField("thứ tự", default=0)

    class Meta:
        verbose_name = "mục đích"
        verbose_name_plural = "mục đích"
        ordering = ["programme", "sort"]

    def __str__(self):
        return self.words


class NoticeQuerySet(models.QuerySet):
    def current(self, programme: str, on=None):
        """The version of the notice in force on a day (today by default), or None."""
        day = on or timezone.localdate()
        return self.filter(programme=programme, starts_on__lte=day).order_by("-version").first()


class Notice(models.Model):
    """The words read aloud before consent; a changed word is a new version. Reads in 40 seconds."""

    programme = models.SlugField("chương trình", max_length=20)
    version = models.PositiveSmallIntegerField("bản")
    text = models.TextField("lời đọc")
    starts_on = models.DateField("dùng từ")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = "lời xin đồng ý"
        verbose_name_plural = "lời xin đồng ý"
        constraints = [
            models.UniqueConstraint(fields=["programme", "version"], name="privacy_notice_version")
        ]

    def __str__(self):
        return f"{self.programme}, bản {self.version}"


class ConsentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Consents taken down by people the user sees."""
        if user.reach.is_everywhere:
            return self.all()
        return self.filter(recorded_by__in=seen_by(user))

    def record(self, *, notice, purposes, how, by, at=None, paper_number="", id=None) -> "Consent":
        """A consent to the ticked purposes (Purpose rows or codes), in one transaction."""
        with transaction.atomic():
            consent = self.create(
                id=id or uuid.uuid4(),
                notice=notice,
                how=how,
                paper_number=paper_number,
                recorded_by=by,
                given_at=at or timezone.now(),
            )
            consent.purposes.set(purposes)
        return consent


@tracked()
class Consent(models.Model):
    """One person's yes to some purposes, given once, withdrawn as a whole or asked anew."""

    class How(models.TextChoices):
        SCREEN = "screen", "Nghe đọc, đồng ý trên màn hình"
        PAPER = "paper", "Ký phiếu giấy"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    notice = models.ForeignKey(Notice, models.PROTECT, verbose_name="lời đã đọc")
    purposes = models.ManyToManyField(Purpose, verbose_name="đồng ý cho", through="ConsentPurpose")
    how = models.CharField("cách đồng ý", max_length=10, choices=How)
    paper_number = models.CharField("số phiếu giấy", max_length=40, blank=True)
    given_at = models.DateTimeField("lúc")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người ghi", related_name="+"
    )
    withdrawn_at = models.DateTimeField("rút lại lúc", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="người ghi việc rút lại",
        related_name="+",
        null=True,
        blank=True,
    )

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = "sự đồng ý"
        verbose_name_plural = "sự đồng ý"
        constraints = [
            models.CheckConstraint(
                condition=Q(how="paper", paper_number__gt="") | Q(how="screen", paper_number=""),
                name="privacy_consent_paper_number",
                violation_error_message=(
                    "Đồng ý trên giấy thì ghi số phiếu; đồng ý trên màn hình thì không có số phiếu."
                ),
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="privacy_consent_withdrawn_who_and_when",
                violation_error_message="Rút lại sự đồng ý cần cả người ghi và thời điểm.",
            ),
        ]

    def __str__(self):
        return f"{self.get_how_display()}, {timezone.localtime(self.given_at):%d-%m-%Y}"

    def withdraw(self, *, by, at=None) -> None:
        """The person no longer agrees; the row stays as proof of both."""
        self.withdrawn_at, self.withdrawn_by = at or timezone.now(), by
        self.save(update_fields=["withdrawn_at", "withdrawn_by"])


class ConsentPurpose(models.Model):
    """One ticked box."""

    consent = models.ForeignKey(Consent, models.CASCADE)
    purpose = models.ForeignKey(Purpose, models.PROTECT)

    class Meta:
        verbose_name = "mục đích đã đồng ý"
        verbose_name_plural = "mục đích đã đồng ý"
        constraints = [
            models.UniqueConstraint(fields=["consent", "purpose"], name="privacy_consentpurpose_once")
        ]

    def __str__(self):
        return self.purpose_id


class RefusalQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(user.reach.places("place__"))

    def record(self, *, notice, place, by, at=None, id=None) -> "Refusal":
        """One more; sent twice with the same `id` it is one."""
        words = {"notice": notice, "place": place, "recorded_by": by, "at": at or timezone.now()}
        return self.get_or_create(id=id or uuid.uuid4(), defaults=words)[0]


class Refusal(models.Model):
    """Somebody who did not want to be recorded was helped all the same: counted, with no name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    notice = models.ForeignKey(Notice, models.PROTECT, verbose_name="lời đã đọc")
    place = models.ForeignKey("organization.Place", models.PROTECT, verbose_name="nơi")
    at = models.DateTimeField("lúc", default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người ghi", related_name="+"
    )

    objects = RefusalQuerySet.as_manager()

    class Meta:
        verbose_name = "lượt không ghi tên"
        verbose_name_plural = "lượt không ghi tên"

    def __str__(self):
        return f"{self.place}, {timezone.localtime(self.at):%d-%m-%Y}"
