"""Pictures, infographics, recordings. Files lie in the database: worker, server and backup see the same."""

import uuid

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from heritage.models.sites import Site
from heritage.models.texts import Language, Passage, SiteText


class MediaQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(site__in=Site.objects.visible_to(user))

    def present(self):
        """What was not removed: the desk works with these, and the next edition is made of them."""
        return self.filter(removed_at=None)

    def delete_removed(self) -> int:
        """Deletes what was removed and no page shows any more, for the nightly job. Gives their number."""
        gone = [
            row for row in self.filter(removed_at__isnull=False).select_related("site") if not row.is_shown
        ]
        return sum(bool(row.delete()) for row in gone)


class Media(models.Model):
    """What goes with the words of a site. Once removed, it stays as long as an edition shows it."""

    removed_at = models.DateTimeField("xóa lúc", null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def shown_as(self) -> dict:
        """How an edition's content names it."""
        raise NotImplementedError

    @property
    def is_shown(self) -> bool:
        """Whether an edition that is published, or may yet be, shows it."""
        editions = self.site.editions
        return (editions.published() | editions.open()).filter(content__contains=self.shown_as).exists()

    def remove(self, *, at=None) -> None:
        """Away from the desk at once, with its bytes; from the page with the next edition."""
        with transaction.atomic():
            Site.objects.select_for_update().get(pk=self.site_id)  # no edition is sent or published meanwhile
            if self.is_shown:
                self.removed_at = at or timezone.now()
                self.save(update_fields=["removed_at"])
            else:
                self.delete()


class PictureQuerySet(MediaQuerySet):
    def ready(self):
        """Pictures whose sizes are made."""
        return self.present().filter(state=Picture.State.READY)

    def light(self):
        """Without the originals, which weigh up to 15 MB each."""
        return self.defer("original")

    def lost(self):
        """Pictures that wait or run but that no worker knows any more: theirs died too often."""
        key = Cast(OuterRef("pk"), models.CharField())
        known = ProcrastinateJob.objects.annotate(key=KeyTextTransform("picture_id", "args"))
        known = known.filter(task_name=Picture.TASK, status__in=["todo", "doing"], key=key)
        return self.filter(state__in=Picture.OPEN).exclude(Exists(known))


class Picture(Media):
    """One picture as it was sent (private), with its sizes for the page in `files`."""

    TASK = "make_picture_sizes"

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

    OPEN = (State.WAITING, State.RUNNING)

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
                fields=["site", "sha256", "use", "language"],
                condition=Q(removed_at=None),
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

    @property
    def is_open(self) -> bool:
        """Whether its sizes are still being made."""
        return self.state in self.OPEN

    @property
    def shown_as(self) -> dict:
        return {"pictures": [{"id": str(self.pk)}]}

    def mark_started(self) -> None:
        """The work begins, or begins again from nothing."""
        self.files.all().delete()
        self.state, self.done, self.problem = self.State.RUNNING, 0, ""
        self.save(update_fields=["state", "done", "problem"])

    def tell(self, *, done: int) -> None:
        """How many files are made."""
        self.done = done
        self.save(update_fields=["done"])

    def mark_ready(self) -> None:
        self.state = self.State.READY
        self.save(update_fields=["state"])

    def mark_failed(self, problem: str) -> None:
        """No files, and why."""
        self.files.all().delete()
        self.state, self.problem = self.State.FAILED, problem
        self.save(update_fields=["state", "problem"])

    def describe(self, language: str, *, alt: str, caption: str = "", text: str = "") -> bool:
        """What is to be seen, in a language; without alt text it is not published in it. True where new.

        As with every word of the site, the language's text is then a draft until somebody approves it.
        """
        new = {"alt": alt, "caption": caption, "text": text}
        old = PictureText.objects.filter(picture=self, language=language).values(*new).first()
        if new == (old or {"alt": "", "caption": "", "text": ""}):
            return False
        with transaction.atomic():
            if any(new.values()):
                PictureText.objects.update_or_create(picture=self, language=language, defaults=new)
            else:
                PictureText.objects.filter(picture=self, language=language).delete()
            for row in SiteText.objects.filter(site=self.site_id, language=language):
                row.touch()
        return True


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

    # <hash>.<format>; the same bytes may belong to two pictures: one site's hero, another's gallery.
    name = models.CharField("tên tệp", max_length=40, db_index=True)
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
        constraints = [
            models.UniqueConstraint(
                fields=["name", "picture"], nulls_distinct=False, name="heritage_picturefile_once"
            )
        ]

    def __str__(self):
        return self.name


class Recording(Media):
    """A voice that tells of the site in one language; served under the hash of its bytes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, verbose_name="di tích", related_name="recordings")
    language = models.CharField("ngôn ngữ", max_length=3, choices=Language)
    name = models.CharField("tên tệp", max_length=40, db_index=True)  # <hash>.mp3
    content_type = models.CharField("loại", max_length=20)
    seconds = models.PositiveSmallIntegerField("dài (giây)")
    size = models.PositiveIntegerField("cỡ (byte)")
    voice = models.CharField("giọng đọc", max_length=120, blank=True)
    transcript = models.TextField("lời ghi lại", blank=True)
    content = models.BinaryField("nội dung", editable=False)
    made_at = models.DateTimeField("gửi lúc", default=timezone.now)

    objects = MediaQuerySet.as_manager()

    class Meta:
        verbose_name = "bản thu"
        verbose_name_plural = "bản thu"
        ordering = ["site", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "language"],
                condition=Q(removed_at=None),
                name="heritage_recording_once",
                violation_error_message="Ngôn ngữ này đã có bản thu. Xóa bản cũ rồi gửi bản mới.",
            )
        ]

    def __str__(self):
        return f"{self.site}, {self.get_language_display()}"

    @property
    def shown_as(self) -> dict:
        return {"recordings": [{"name": self.name}]}

    @property
    def length(self) -> str:
        """In words: 3 phút 12 giây."""
        minutes, seconds = divmod(self.seconds, 60)
        parts = [f"{minutes} phút" if minutes else "", f"{seconds} giây" if seconds or not minutes else ""]
        return " ".join(filter(None, parts))
