"""Plaques: what was printed, where it hangs, whether it still speaks true, and who looked."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from heritage.models.sites import Site
from heritage.models.texts import Language, Passage
from portal.codes.models import ShortCode
from portal.history import tracked
from portal.privacy.models import SealedFile
from portal.text import clean_text

CHECK_EVERY = timedelta(days=90)
PHOTO_KEPT = timedelta(days=730)  # of rounds; the photo of the mounting stays with the plaque


class PlaqueQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(site__in=Site.objects.visible_to(user))

    def in_use(self):
        """Plaques that are not taken down."""
        return self.filter(removed_at=None)

    def mounted(self):
        return self.in_use().exclude(mounted_on=None)

    def not_mounted(self):
        """Printed, hanging nowhere yet."""
        return self.in_use().filter(mounted_on=None, version__gt=0)

    def with_last_look(self):
        """With `looked_at` and `looked_like`, when somebody last stood before it and what was seen."""
        last = PlaqueCheck.objects.filter(plaque=OuterRef("pk")).order_by("-at")
        return self.annotate(
            looked_at=Subquery(last.values("at")[:1]), looked_like=Subquery(last.values("result")[:1])
        )

    def due(self, at=None):
        """Mounted plaques nobody has looked at for 90 days."""
        since = (at or timezone.now()) - CHECK_EVERY
        never = Q(looked_at=None, mounted_on__lte=timezone.localdate(since))
        return self.with_last_look().mounted().filter(Q(looked_at__lte=since) | never)

    def broken(self):
        """Mounted plaques that were faded or gone when last looked at."""
        bad = [PlaqueCheck.Result.FADED, PlaqueCheck.Result.GONE]
        return self.with_last_look().mounted().filter(looked_like__in=bad)

    def unanswered(self):
        """Plaques of which a printed language did not answer in the night."""
        return self.in_use().filter(Exists(PlaqueProbe.objects.filter(plaque=OuterRef("pk"), is_ok=False)))

    def create_for(self, site: Site, *, size: str, material: str, component=None, id=None) -> "Plaque":
        """A new plaque with a code of its own; the same one where `id` was sent before."""
        with transaction.atomic():
            if id and (known := self.filter(pk=id, site=site).first()):
                return known
            return self.create(
                id=id or uuid.uuid4(),
                code=ShortCode.objects.draw(ShortCode.Purpose.PLAQUE),
                site=site,
                component=component,
                size=size,
                material=material,
            )

    def search(self, text: str):
        """By the typed code, or the site."""
        key = clean_text(text).upper()
        return (
            self.filter(Q(code__pk__startswith=key) | Q(site__in=Site.objects.search(text))) if key else self
        )


@tracked()
class Plaque(models.Model):
    """One plaque with its code for ever; a new print keeps the code and raises the version."""

    class Size(models.TextChoices):
        P1 = "150x200", "150 × 200 mm"
        P2 = "200x300", "200 × 300 mm"
        P3 = "400x600", "400 × 600 mm"

    class Material(models.TextChoices):
        ALU = "alu", "Tấm nhôm in UV, mặt mờ"
        STEEL = "steel", "Inox ăn mòn"
        STONE = "stone", "Đá khắc"
        MICA = "mica", "Mica in mặt sau"
        OTHER = "other", "Loại khác"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.OneToOneField(ShortCode, models.PROTECT, verbose_name="mã biển")
    site = models.ForeignKey(Site, models.PROTECT, verbose_name="di tích", related_name="plaques")
    component = models.ForeignKey(
        Passage, models.SET_NULL, verbose_name="hạng mục", related_name="plaques", null=True, blank=True
    )
    languages = ArrayField(
        models.CharField(max_length=3, choices=Language), verbose_name="ngôn ngữ ghi trên biển", default=list
    )
    size = models.CharField("khổ", max_length=7, choices=Size, default=Size.P2)
    material = models.CharField("chất liệu", max_length=5, choices=Material, default=Material.ALU)
    version = models.PositiveSmallIntegerField("bản in", default=0)  # 0: never printed
    printed = models.JSONField("điều in trên biển", default=dict, blank=True)  # heritage.plaques.facts
    printed_at = models.DateTimeField("in lúc", null=True, blank=True)
    printed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="người in",
        related_name="+",
        null=True,
        blank=True,
    )
    mounted_on = models.DateField("gắn ngày", null=True, blank=True)
    mounted_by = models.CharField("ai gắn", max_length=120, blank=True)
    mounted_at = models.CharField("gắn ở đâu, trên gì", max_length=160, blank=True)
    photo = models.ForeignKey(
        SealedFile, models.PROTECT, verbose_name="ảnh tại chỗ", related_name="+", null=True, blank=True
    )
    latitude = models.FloatField("vĩ độ", null=True, blank=True)
    longitude = models.FloatField("kinh độ", null=True, blank=True)
    removed_at = models.DateTimeField("gỡ lúc", null=True, blank=True)
    removed_why = models.CharField("vì sao gỡ", max_length=120, blank=True)
    made_at = models.DateTimeField("lập lúc", default=timezone.now)

    objects = PlaqueQuerySet.as_manager()

    class Meta:
        verbose_name = "biển di tích"
        verbose_name_plural = "biển di tích"
        ordering = ["site", "made_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(version=0, printed_at=None, printed_by=None)
                | Q(version__gt=0, printed_at__isnull=False, printed_by__isnull=False),
                name="heritage_plaque_printed_who_and_when",
                violation_error_message="Bản in phải có người in và thời điểm.",
            ),
            models.CheckConstraint(
                condition=Q(mounted_on=None) | (Q(version__gt=0) & ~Q(mounted_by="") & ~Q(mounted_at="")),
                name="heritage_plaque_mounted_by_whom",
                violation_error_message="Gắn biển thì ghi ai gắn, ngày nào, ở đâu; biển phải in rồi mới gắn.",
            ),
        ]

    def __str__(self):
        return f"{self.code_id}, {self.site}"

    @property
    def is_removed(self) -> bool:
        return self.removed_at is not None

    def mark_printed(self, *, by, said: dict, at=None) -> None:
        """A new print of the same code, saying what `heritage.plaques.facts` gives."""
        with transaction.atomic():
            row = type(self).objects.select_for_update().get(pk=self.pk)
            row.version, row.printed, row.languages = row.version + 1, said, said["languages"]
            row.printed_at, row.printed_by = at or timezone.now(), by
            row.save()
        self.refresh_from_db()

    def mark_mounted(self, *, on, by: str, where: str, latitude=None, longitude=None, photo=None) -> None:
        """Hangs from a day on: who hung it, on what, with a photo in place (a `SealedFile`)."""
        self.mounted_on, self.mounted_by, self.mounted_at = on, by, where
        self.latitude, self.longitude = latitude, longitude
        self.photo = photo or self.photo
        self.save()

    def mark_removed(self, *, why: str, at=None) -> None:
        """Taken down; the address goes on answering, since somebody may have a picture of the code."""
        self.removed_at, self.removed_why = at or timezone.now(), why
        self.save()


class PlaqueCheckQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(plaque__in=Plaque.objects.visible_to(user))

    def record(self, plaque, *, by, result, id=None, at=None, is_scanned=False, photo=b"", note=""):
        """What somebody saw; the same look where `id` was sent before. `photo` is a JPEG, kept sealed."""
        with transaction.atomic():
            Plaque.objects.select_for_update().get(pk=plaque.pk)
            if id and (known := self.filter(pk=id).first()):
                return known
            at = at or timezone.now()
            kept = photo and SealedFile.objects.keep(
                photo,
                name=f"bien-{plaque.code_id}.jpg",
                content_type="image/jpeg",
                by=by,
                until=at + PHOTO_KEPT,
            )
            return self.create(
                id=id or uuid.uuid4(), plaque=plaque, by=by, result=result, at=at, is_scanned=is_scanned,
                photo=kept or None, note=note,
            )  # fmt: skip


@tracked()
class PlaqueCheck(models.Model):
    """Somebody stood before the plaque and looked."""

    class Result(models.TextChoices):
        GOOD = "good", "Tốt"
        FADED = "faded", "Mờ, khó quét"
        GONE = "gone", "Mất"
        NO_SIGNAL = "no_signal", "Không có sóng"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plaque = models.ForeignKey(Plaque, models.CASCADE, verbose_name="biển", related_name="checks")
    result = models.CharField("thấy gì", max_length=9, choices=Result)
    at = models.DateTimeField("lúc", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người soi", related_name="plaque_checks"
    )
    is_scanned = models.BooleanField("đã quét đúng mã", default=False)
    photo = models.ForeignKey(
        SealedFile, models.SET_NULL, verbose_name="ảnh", related_name="+", null=True, blank=True
    )
    note = models.CharField("ghi thêm", max_length=240, blank=True)

    objects = PlaqueCheckQuerySet.as_manager()

    class Meta:
        verbose_name = "lượt soi biển"
        verbose_name_plural = "lượt soi biển"
        ordering = ["-at"]
        indexes = [models.Index(fields=["plaque", "-at"], name="heritage_plaquecheck_last")]

    def __str__(self):
        return f"{self.plaque_id}: {self.get_result_display()}"


class PlaqueProbe(models.Model):
    """What the printed address answered in a language when it was last opened at night."""

    plaque = models.ForeignKey(Plaque, models.CASCADE, verbose_name="biển", related_name="probes")
    language = models.CharField("ngôn ngữ", max_length=3, choices=Language)
    at = models.DateTimeField("lúc")
    is_ok = models.BooleanField("mở được")
    problem = models.CharField("trả lời thế nào", max_length=160, blank=True)

    class Meta:
        verbose_name = "lượt mở thử ban đêm"
        verbose_name_plural = "lượt mở thử ban đêm"
        constraints = [
            models.UniqueConstraint(fields=["plaque", "language"], name="heritage_plaqueprobe_once")
        ]

    def __str__(self):
        return f"{self.plaque_id} {self.language}"
