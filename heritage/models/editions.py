"""What is published: an edition freezes what a page says in one language, and never changes again.

The desk's rows may change at any time; the public page is made of the published edition alone, so nothing
reaches it without a new approval.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Max, Q
from django.utils import timezone

from heritage.models.sites import Site
from heritage.models.texts import Language, SiteText
from portal.history import tracked
from portal.text import Folded, SortKey, matches, trigram_index


class EditionQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(site__in=Site.objects.visible_to(user))

    def published(self):
        return self.filter(state=Edition.State.PUBLISHED)

    def one_a_site(self, language: str):
        """Of each site's published editions one: in this language, else in Vietnamese, else in another."""
        order = models.Case(
            models.When(language=language, then=0), models.When(language="vi", then=1), default=2
        )
        best = self.model.objects.published().filter(site=models.OuterRef("site")).order_by(order, "language")
        return self.filter(pk=models.Subquery(best.values("pk")[:1]))

    def open(self):
        """On their way: sent, returned or approved, not yet published."""
        return self.filter(state__in=Edition.OPEN)

    def waiting_for_review(self):
        return self.filter(state=Edition.State.SENT)

    def waiting_for_publication(self):
        return self.filter(state=Edition.State.APPROVED)

    def behind_plaques(self):
        """(code, language, name) of published editions whose site has a printed plaque in use."""
        plaques = {"site__plaques__removed_at": None, "site__plaques__version__gt": 0}
        return self.published().filter(**plaques).values_list("site__plaques__code_id", "language", "name")

    def in_area(self, area: int):
        """Editions whose page says that the site lies in this commune of today."""
        return self.filter(content__areas__contains=[{"id": area}])

    def search(self, text: str):
        """By what the page says of name and places, without accents."""
        return self.filter(matches("search_folded", text))

    def of_kind(self, code: str):
        return self.filter(kinds__contains=[code])

    def send(self, site: Site, language: str, *, by, content: dict, at=None, id=None) -> "Edition":
        """Freezes the content for the culture office; what was sent before and not decided is withdrawn."""
        with transaction.atomic():
            site = Site.objects.select_for_update().get(pk=site.pk)
            same = self.filter(site=site, language=language)
            if id and (known := same.filter(pk=id).first()):
                return known
            same.open().update(state=Edition.State.WITHDRAWN)
            number = (same.aggregate(last=Max("number"))["last"] or 0) + 1
            return self.create(
                id=id or uuid.uuid4(),
                site=site,
                language=language,
                number=number,
                sent_by=by,
                sent_at=at or timezone.now(),
                **Edition.from_content(content),
            )


@tracked(
    "content", "search_text", "search_folded", "name_key", "share_card"
)  # what never changes needs no history
class Edition(models.Model):
    """One site in one language as it was sent; `content` is the dict of `heritage.content.collect`."""

    class State(models.TextChoices):
        SENT = "sent", "Chờ ngành văn hóa đọc"
        RETURNED = "returned", "Trả lại, có ý kiến"
        APPROVED = "approved", "Đã duyệt, chờ đăng"
        PUBLISHED = "published", "Đang đăng"
        REPLACED = "replaced", "Đã có bản mới hơn"
        WITHDRAWN = "withdrawn", "Đã rút"

    OPEN = (State.SENT, State.RETURNED, State.APPROVED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, models.PROTECT, verbose_name="di tích", related_name="editions")
    language = models.CharField("ngôn ngữ", max_length=3, choices=Language)
    number = models.PositiveSmallIntegerField("bản số")
    state = models.CharField("tình trạng", max_length=10, choices=State, default=State.SENT)
    content = models.JSONField("nội dung")
    name = models.CharField("tên", max_length=120)
    kinds = ArrayField(models.CharField(max_length=24), verbose_name="loại hình", default=list)
    rank = models.CharField("hạng", max_length=24, blank=True)
    search_text = models.TextField("chữ để tìm", blank=True)
    sent_at = models.DateTimeField("gửi lúc", default=timezone.now)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người gửi", related_name="+"
    )
    remarks = models.TextField("ý kiến của người duyệt", blank=True)
    reviewed_at = models.DateTimeField("đọc xong lúc", null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="người duyệt",
        related_name="+",
        null=True,
        blank=True,
    )
    reader = models.CharField("tên và nơi làm việc của người duyệt", max_length=120, blank=True)
    published_at = models.DateTimeField("đăng lúc", null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="người đăng",
        related_name="+",
        null=True,
        blank=True,
    )
    withdrawn_at = models.DateTimeField("rút lúc", null=True, blank=True)
    share_card = models.ForeignKey(
        "heritage.PictureFile",
        models.SET_NULL,
        verbose_name="ảnh khi chia sẻ",
        related_name="+",
        null=True,
        blank=True,
        editable=False,
    )
    search_folded = Folded("search_text")
    name_key = SortKey("name")

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = "bản đăng"
        verbose_name_plural = "bản đăng"
        ordering = ["-sent_at"]
        indexes = [trigram_index("search_folded", name="heritage_edition_search")]
        constraints = [
            models.UniqueConstraint(fields=["site", "language", "number"], name="heritage_edition_number"),
            models.UniqueConstraint(
                fields=["site", "language"],
                condition=Q(state="published"),
                name="heritage_edition_one_published",
                violation_error_message="Ngôn ngữ này của di tích đang có một bản đăng.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "published"])
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False) & ~Q(reader=""),
                name="heritage_edition_approved_by_whom",
                violation_error_message="Chưa có người của ngành văn hóa duyệt thì chưa đăng được.",
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False, published_by__isnull=False),
                name="heritage_edition_published_by_whom",
                violation_error_message="Bản đăng phải có người đăng và thời điểm.",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(remarks=""),
                name="heritage_edition_returned_with_remarks",
                violation_error_message="Trả lại thì ghi ý kiến để người viết biết sửa gì.",
            ),
        ]

    def __str__(self):
        return f"{self.name} ({self.get_language_display()}, bản {self.number})"

    @staticmethod
    def from_content(content: dict) -> dict:
        """The columns that lists and search need, read out of the content."""
        return {
            "content": content,
            "name": content["name"],
            "kinds": [kind["code"] for kind in content["kinds"]],
            "rank": content["rank"]["code"] if content["rank"] else "",
            "search_text": " ".join(content["search"]),
        }

    def approve(self, *, by, reader: str, remarks: str = "", at=None) -> None:
        """The culture office stands behind these words. Raises ValidationError where it is too late."""
        at = at or timezone.now()
        with transaction.atomic():
            self._step(
                {self.State.SENT}, state=self.State.APPROVED, reviewed_at=at, reviewed_by=by, reader=reader,
                remarks=remarks,
            )  # fmt: skip
            SiteText.objects.filter(
                site=self.site_id, language=self.language, changed_at__lte=self.sent_at
            ).update(state=SiteText.State.APPROVED, reader=reader, approved_at=at)

    def send_back(self, *, by, remarks: str, at=None) -> None:
        """Back to who wrote it, with what is to be mended."""
        self._step(
            {self.State.SENT}, state=self.State.RETURNED, remarks=remarks, reviewed_by=by,
            reviewed_at=at or timezone.now(),
        )  # fmt: skip

    def publish(self, *, by, at=None) -> None:
        """The page says this from now on; what it said before is kept as replaced."""
        with transaction.atomic():
            Site.objects.select_for_update().get(pk=self.site_id)
            before = type(self).objects.published().filter(site=self.site_id, language=self.language)
            before.exclude(pk=self.pk).update(state=self.State.REPLACED)
            self._step(
                {self.State.APPROVED}, state=self.State.PUBLISHED, published_by=by,
                published_at=at or timezone.now(),
            )  # fmt: skip

    def withdraw(self, *, by, at=None) -> None:
        """Off the page, or off its way to it."""
        self._step(
            {*self.OPEN, self.State.PUBLISHED}, state=self.State.WITHDRAWN, withdrawn_at=at or timezone.now()
        )

    def _step(self, expected: set, **values) -> None:
        """One step from one of the expected states; two people at once: the second is told."""
        rows = type(self).objects.filter(pk=self.pk, state__in=expected)
        if not rows.update(**values):
            self.refresh_from_db()
            raise ValidationError(
                f"Bản này vừa có người xử lý: nay là “{self.get_state_display()}”. Tải lại trang để xem."
            )
        self.refresh_from_db()
