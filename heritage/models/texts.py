"""What is said of a site, in rows by language. The desk works here; the public reads editions."""

import uuid

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from heritage.models.sites import Site, Source
from portal.history import tracked


class Language(models.TextChoices):
    """Languages of content, by their ISO 639 codes; only vi and en are languages of the interface."""

    VI = "vi", "Tiếng Việt"
    EN = "en", "English"
    JRA = "jra", "Jrai"
    BDQ = "bdq", "Bahnar"


@tracked()
class SiteText(models.Model):
    """The site in one language: its name there, and how far the text is. No row: the language is missing."""

    class State(models.TextChoices):
        MISSING = "missing", "Còn thiếu"
        DRAFT = "draft", "Bản nháp"
        APPROVED = "approved", "Đã duyệt"

    site = models.ForeignKey(Site, models.CASCADE, verbose_name="di tích", related_name="texts")
    language = models.CharField("ngôn ngữ", max_length=3, choices=Language)
    name = models.CharField("tên", max_length=120)
    tagline = models.CharField("một dòng dưới tên", max_length=160, blank=True)
    period = models.CharField("niên đại", max_length=160, blank=True)
    address = models.CharField("địa chỉ, thôn làng", max_length=200, blank=True)
    state = models.CharField("tình trạng", max_length=8, choices=State, default=State.DRAFT)
    reader = models.CharField("người đọc duyệt", max_length=120, blank=True)
    approved_at = models.DateTimeField("duyệt lúc", null=True, blank=True)
    changed_at = models.DateTimeField("sửa lúc", default=timezone.now)

    class Meta:
        verbose_name = "bản ngôn ngữ"
        verbose_name_plural = "bản ngôn ngữ"
        ordering = ["site", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "language"],
                name="heritage_sitetext_once",
                violation_error_message="Di tích đã có bản của ngôn ngữ này.",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | (~Q(reader="") & Q(approved_at__isnull=False)),
                name="heritage_sitetext_approved_by_whom",
                violation_error_message="Bản đã duyệt phải có tên người duyệt và thời điểm.",
            ),
        ]

    def __str__(self):
        return f"{self.name} ({self.get_language_display()})"

    def touch(self) -> None:
        """What is said was changed: the text is a draft again until somebody approves it."""
        self.state, self.reader, self.approved_at = self.State.DRAFT, "", None
        self.changed_at = timezone.now()
        self.save()


class PassageQuerySet(models.QuerySet):
    def of_kind(self, kind: str):
        return self.filter(kind=kind)


@tracked()
class Passage(models.Model):
    """One thing that is said: a paragraph, a fact, a component, an entry of the timeline."""

    class Kind(models.TextChoices):
        LEAD = "lead", "Đoạn mở đầu"
        STORY = "story", "Đoạn kể"
        RESPECT = "respect", "Ghé thăm cho phải phép"
        SEASON = "season", "Lưu ý theo mùa"
        ACCESS = "access", "Đường đi"
        OPENING = "opening", "Giờ mở cửa"
        FACT = "fact", "Thông tin nhìn nhanh"  # title: label, text: value
        COMPONENT = "component", "Hạng mục"  # title: name, text: what to see
        TIMELINE = "timeline", "Mốc thời gian"  # title: when, text: what happened

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, verbose_name="di tích", related_name="passages")
    kind = models.CharField("loại", max_length=10, choices=Kind)
    sort = models.PositiveSmallIntegerField("thứ tự", default=0)
    sources = models.ManyToManyField(Source, verbose_name="nguồn", related_name="passages", blank=True)
    # Of components only: where it stands on the plan, in thousandths of its width and height; its ground.
    x = models.PositiveSmallIntegerField("từ trái (phần nghìn)", null=True, blank=True)
    y = models.PositiveSmallIntegerField("từ trên (phần nghìn)", null=True, blank=True)
    surface_ha = models.DecimalField("diện tích (ha)", max_digits=9, decimal_places=2, null=True, blank=True)

    objects = PassageQuerySet.as_manager()

    class Meta:
        verbose_name = "đoạn"
        verbose_name_plural = "đoạn"
        ordering = ["kind", "sort", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(x=None, y=None) | Q(x__lte=1000, y__lte=1000, kind="component"),
                name="heritage_passage_place_on_plan",
                violation_error_message="Chỗ trên sơ đồ gồm hai số từ 0 đến 1000, chỉ hạng mục mới có.",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.sort}"


@tracked()
class PassageText(models.Model):
    """A passage in one language."""

    passage = models.ForeignKey(Passage, models.CASCADE, verbose_name="đoạn", related_name="texts")
    language = models.CharField("ngôn ngữ", max_length=3, choices=Language)
    title = models.CharField("tiêu đề", max_length=160, blank=True)
    text = models.TextField("nội dung", blank=True)

    class Meta:
        verbose_name = "lời của đoạn"
        verbose_name_plural = "lời của đoạn"
        constraints = [
            models.UniqueConstraint(
                fields=["passage", "language"],
                name="heritage_passagetext_once",
                violation_error_message="Đoạn này đã có lời trong ngôn ngữ này.",
            )
        ]

    def __str__(self):
        return self.title or self.text[:60]

    def write(self, *, title: str, text: str) -> bool:
        """Changes the words; True where they are new, and then the language's text is a draft again."""
        if (self.title, self.text) == (title, text):
            return False
        with transaction.atomic():
            self.title, self.text = title, text
            self.save()
            for row in SiteText.objects.filter(site=self.passage.site_id, language=self.language):
                row.touch()
        return True
