"""Pictures, infographics, recordings. Files lie in the database: worker, server and backup see the same."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from heritage.models.sites import Site
from heritage.models.texts import Language, Passage


class PictureQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(site__in=Site.objects.visible_to(user))

    def ready(self):
        """Pictures whose sizes are made."""
        return self.filter(state=Picture.State.READY)


class Picture(models.Model):
    """One picture as it was sent (private), with its sizes for the page in `files`."""

    class Use(models.TextChoices):
        HERO = "hero", "Ảnh đầu trang"
        GALLERY = "gallery", "Ảnh xem thêm"
        THEN = "then", "Xưa, của một cặp xưa và nay"
        NOW = "now", "Nay, của một cặp xưa và nay"
        PLAN = "plan", "Sơ đồ, ảnh chụp từ trên cao"
        COMPONENT = "component", "Ảnh của một hạng mục"
        INFOGRAPHIC = "infographic", "Đồ họa thông tin"

    class State(models.TextChoices):
        WAITING = "waiting", "Đang chờ"
        RUNNING = "running", "Đang làm các cỡ"
        READY = "ready", "Xong"
        FAILED = "failed", "Không làm được"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, verbose_name="di tích", related_name="pictures")
    use = models.CharField("dùng làm", max_length=11, choices=Use, default=Use.GALLERY)
    component = models.ForeignKey(
        Passage, models.SET_NULL, verbose_name="hạng mục", related_name="pictures", null=True, blank=True
    )
    language = models.CharField(
        "ngôn ngữ của đồ họa", max_length=3, choices=Language, blank=True, help_text="Chỉ đồ họa thông tin."
    )
    sort = models.PositiveSmallIntegerField("thứ tự", default=0)
    credit = models.CharField("người chụp, người vẽ", max_length=120)
    licence = models.CharField("quyền dùng", max_length=120)
    is_drawn = models.BooleanField("hình minh họa", default=False, help_text="Trang sẽ ghi rõ là hình vẽ.")
    taken = models.CharField("chụp năm", max_length=40, blank=True)
    original = models.BinaryField("tệp gốc", editable=False)
    sha256 = models.CharField("SHA-256 của tệp gốc", max_length=64, editable=False)
    width = models.PositiveIntegerField("rộng (px)", default=0)
    height = models.PositiveIntegerField("cao (px)", default=0)
    state = models.CharField("tình trạng", max_length=8, choices=State, default=State.WAITING)
    done = models.PositiveSmallIntegerField("số cỡ đã xong", default=0)
    problem = models.CharField("vì sao không làm được", max_length=240, blank=True)
    made_at = models.DateTimeField("gửi lúc", default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người gửi", related_name="+", null=True
    )

    objects = PictureQuerySet.as_manager()

    class Meta:
        verbose_name = "hình ảnh"
        verbose_name_plural = "hình ảnh"
        ordering = ["use", "sort", "made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "sha256", "use"],
                name="heritage_picture_once",
                violation_error_message="Ảnh này đã có ở đây.",
            ),
            models.CheckConstraint(
                condition=Q(use="infographic") ^ Q(language=""),
                name="heritage_picture_language_of_infographic",
                violation_error_message="Đồ họa thông tin thì chọn ngôn ngữ; ảnh khác thì để trống.",
            ),
        ]

    def __str__(self):
        return f"{self.get_use_display()} {self.sort}, {self.site}"


class PictureText(models.Model):
    """What is to be seen, by language; a picture without these words is not published in it."""

    picture = models.ForeignKey(Picture, models.CASCADE, verbose_name="hình ảnh", related_name="texts")
    language = models.CharField("ngôn ngữ", max_length=3, choices=Language)
    alt = models.CharField("lời tả cho người không nhìn thấy", max_length=240)
    caption = models.CharField("chú thích", max_length=240, blank=True)
    text = models.TextField("toàn bộ chữ trên đồ họa", blank=True)

    class Meta:
        verbose_name = "lời tả ảnh"
        verbose_name_plural = "lời tả ảnh"
        constraints = [
            models.UniqueConstraint(
                fields=["picture", "language"],
                name="heritage_picturetext_once",
                violation_error_message="Ảnh đã có lời tả trong ngôn ngữ này.",
            )
        ]

    def __str__(self):
        return self.alt


class PictureFile(models.Model):
    """One size of a picture, or a share card: public, under the hash of its bytes, for ever the same."""

    class Format(models.TextChoices):
        AVIF = "avif", "AVIF"
        WEBP = "webp", "WebP"
        JPEG = "jpg", "JPEG"

    name = models.CharField("tên tệp", max_length=40, primary_key=True)  # <hash>.<format>
    picture = models.ForeignKey(
        Picture, models.CASCADE, verbose_name="hình ảnh", related_name="files", null=True, blank=True
    )
    format = models.CharField("dạng", max_length=4, choices=Format)
    width = models.PositiveIntegerField("rộng (px)")
    height = models.PositiveIntegerField("cao (px)")
    size = models.PositiveIntegerField("cỡ (byte)")
    content = models.BinaryField("nội dung", editable=False)

    class Meta:
        verbose_name = "cỡ ảnh"
        verbose_name_plural = "cỡ ảnh"
        ordering = ["picture", "format", "width"]

    def __str__(self):
        return self.name


class Recording(models.Model):
    """A voice that tells of the site in one language; served under the hash of its bytes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, verbose_name="di tích", related_name="recordings")
    language = models.CharField("ngôn ngữ", max_length=3, choices=Language)
    name = models.CharField("tên tệp", max_length=40, unique=True)  # <hash>.mp3
    content_type = models.CharField("loại", max_length=20)
    seconds = models.PositiveSmallIntegerField("dài (giây)")
    size = models.PositiveIntegerField("cỡ (byte)")
    voice = models.CharField("giọng đọc", max_length=120, blank=True)
    transcript = models.TextField("lời ghi lại", blank=True)
    content = models.BinaryField("nội dung", editable=False)
    made_at = models.DateTimeField("gửi lúc", default=timezone.now)

    class Meta:
        verbose_name = "bản thu"
        verbose_name_plural = "bản thu"
        ordering = ["site", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "language"],
                name="heritage_recording_once",
                violation_error_message="Ngôn ngữ này đã có bản thu. Xóa bản cũ rồi gửi bản mới.",
            )
        ]

    def __str__(self):
        return f"{self.site}, {self.get_language_display()}"
