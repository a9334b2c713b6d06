"""The site itself: what it is, how it is ranked, where it lies, and where that is written."""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q

from portal.history import tracked
from portal.organization.models import Area, Place, Unit
from portal.text import Folded, SortKey, matches, trigram_index


class Word(models.Model):
    """A term of the law with its words in our languages; staff may change the words."""

    code = models.SlugField("mã", max_length=24, primary_key=True)
    name = models.CharField("tiếng Việt", max_length=80)
    name_en = models.CharField("tiếng Anh", max_length=80)
    sort = models.PositiveSmallIntegerField("thứ tự", default=0)

    class Meta:
        abstract = True
        ordering = ["sort"]

    def __str__(self):
        return self.name

    def in_language(self, language: str) -> str:
        """English for `en`; Vietnamese for every other language, since no other has official words."""
        return self.name_en if language == "en" else self.name


class Kind(Word):
    """Di tích lịch sử, danh lam thắng cảnh …: Law on Cultural Heritage 45/2024/QH15, article 21."""

    class Meta(Word.Meta):
        verbose_name = "loại hình"
        verbose_name_plural = "loại hình"


class Rank(Word):
    """Quốc gia đặc biệt, quốc gia, cấp tỉnh, kiểm kê; UNESCO's list. The first in order is the highest."""

    class Meta(Word.Meta):
        verbose_name = "hạng"
        verbose_name_plural = "hạng"


class SiteQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Sites that the user's units care for or have on their ground, or where the running shift is.

        The culture office reads all of them.
        """
        if user.reach.holds("culture_reviewer"):
            return self
        on_ground = Site.areas.through.objects.filter(user.reach.grounds("area__"), site=OuterRef("pk"))
        return self.filter(user.reach.units("unit__") | user.reach.here("place") | Q(Exists(on_ground)))

    def search(self, text: str):
        """By name, slug, and the names of communes and districts of today and before 2025."""
        if not text.strip():
            return self
        found = matches("name_folded", text) | matches("former_names_folded", text)
        areas = Area.objects.filter(matches("name_folded", text))
        for through in (Site.areas.through, Site.former_areas.through):
            found |= Q(Exists(through.objects.filter(site=OuterRef("pk"), area__in=areas)))
        return self.filter(found)

    def in_order(self):
        return self.order_by("name_key")


@tracked("name_folded", "name_key")
class Site(models.Model):
    """A relic, a scenic spot, or living heritage. What the public reads of it is its editions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField("địa chỉ", max_length=80, unique=True, help_text="Không đổi sau khi in biển.")
    name = models.CharField("tên trong hồ sơ", max_length=160)
    kinds = models.ManyToManyField(Kind, verbose_name="loại hình", related_name="sites", blank=True)
    unit = models.ForeignKey(
        Unit, models.PROTECT, verbose_name="đơn vị chăm sóc", related_name="heritage_sites"
    )
    areas = models.ManyToManyField(
        Area, verbose_name="xã, phường hiện nay", related_name="heritage_sites", blank=True
    )
    former_areas = models.ManyToManyField(
        Area, verbose_name="xã, huyện trước 1-7-2025", related_name="former_heritage_sites", blank=True
    )
    former_names = models.CharField(
        "địa danh cũ, như hồ sơ ghi",
        max_length=200,
        blank=True,
        help_text="Ví dụ: xã Ayun Hạ, huyện Phú Thiện.",
    )
    place = models.OneToOneField(
        Place,
        models.PROTECT,
        verbose_name="nơi mở ca trực",
        related_name="heritage_site",
        null=True,
        blank=True,
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name="thuộc quần thể", related_name="parts", null=True, blank=True
    )
    latitude = models.FloatField(
        "vĩ độ", null=True, blank=True, validators=[MinValueValidator(8), MaxValueValidator(24)]
    )
    longitude = models.FloatField(
        "kinh độ", null=True, blank=True, validators=[MinValueValidator(102), MaxValueValidator(110)]
    )
    drawn_plan = models.SlugField(
        "sơ đồ vẽ", max_length=80, blank=True, help_text="Tên một hình trong heritage/data/plans, nếu có."
    )
    notes = models.TextField(
        "điều các nguồn chưa thống nhất", blank=True, help_text="Chỉ ban biên tập thấy, mỗi dòng một điều."
    )
    name_folded = Folded("name", "slug")
    former_names_folded = Folded("former_names")
    name_key = SortKey("name")

    objects = SiteQuerySet.as_manager()

    class Meta:
        verbose_name = "di tích"
        verbose_name_plural = "di tích"
        ordering = ["name_key"]
        indexes = [trigram_index("name_folded", name="heritage_site_name")]
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None)
                | Q(latitude__isnull=False, longitude__isnull=False),
                name="heritage_site_both_coordinates",
                violation_error_message="Ghi cả vĩ độ và kinh độ, hoặc để trống cả hai.",
            ),
            models.CheckConstraint(
                condition=~Q(parent=models.F("id")),
                name="heritage_site_not_its_own_part",
                violation_error_message="Di tích không thể thuộc chính nó.",
            ),
        ]

    def __str__(self):
        return self.name

    def touch_texts(self) -> None:
        """Something that every language shows has changed: all texts are drafts until approved again."""
        for text in self.texts.all():
            text.touch()

    @property
    def decision(self) -> "RankDecision | None":
        """The decision in force: the last dated one that gives a rank, of `rank_decisions` as prefetched."""
        ranked = [decision for decision in self.rank_decisions.all() if decision.rank_id]
        return max(ranked, key=lambda decision: decision.decided or "", default=None)


class Source(models.Model):
    """Where something is written: an article, a decision, a dossier, a person who told it."""

    site = models.ForeignKey(Site, models.CASCADE, verbose_name="di tích", related_name="sources")
    title = models.CharField("tên nguồn", max_length=240)
    address = models.URLField("địa chỉ", max_length=500, blank=True)
    sort = models.PositiveSmallIntegerField("thứ tự", default=0)

    class Meta:
        verbose_name = "nguồn"
        verbose_name_plural = "nguồn"
        ordering = ["sort", "pk"]

    def __str__(self):
        return self.title


is_partial_date = RegexValidator(
    r"^[12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$",
    "Ghi năm-tháng-ngày, năm-tháng, hoặc chỉ năm: 1993-03-24, 2008-11, 2009.",
)


@tracked()
class RankDecision(models.Model):
    """One decision about the site: it gives a rank, or changes something else (protection zones)."""

    site = models.ForeignKey(Site, models.CASCADE, verbose_name="di tích", related_name="rank_decisions")
    rank = models.ForeignKey(
        Rank, models.PROTECT, verbose_name="hạng", related_name="decisions", null=True, blank=True
    )
    number = models.CharField("số quyết định", max_length=60, blank=True)
    decided = models.CharField(
        "ngày quyết định",
        max_length=10,
        blank=True,
        validators=[is_partial_date],
        help_text="1993-03-24 hoặc 2009",
    )
    issuer = models.CharField("nơi ban hành", max_length=120, blank=True)
    issuer_en = models.CharField("nơi ban hành, tiếng Anh", max_length=120, blank=True)
    subject = models.CharField("về việc, nếu không phải xếp hạng", max_length=160, blank=True)
    subject_en = models.CharField("về việc, tiếng Anh", max_length=160, blank=True)
    source = models.ForeignKey(
        Source, models.SET_NULL, verbose_name="nguồn", related_name="decisions", null=True, blank=True
    )

    class Meta:
        verbose_name = "quyết định"
        verbose_name_plural = "quyết định"
        ordering = ["decided", "pk"]

    def __str__(self):
        return " ".join(filter(None, [self.number, self.decided]))
