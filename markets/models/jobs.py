"""Work on a whole market that takes longer than a page: printing its cards, taking in its stall list."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from markets.models.stalls import Market
from portal.privacy.models import SealedFile


class JobQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(user.reach.places("market__place__"))


class PrintJob(models.Model):
    """All cards of a market, or of a row or goods, as one PDF that is kept encrypted for 24 hours."""

    class Sheet(models.TextChoices):
        A6 = "a6", "Thẻ A6, bốn thẻ một tờ A4"
        TENT = "tent", "Thẻ đứng A5, hai thẻ một tờ A4"
        WALL = "wall", "Thẻ treo A4, một thẻ một tờ"

    class State(models.TextChoices):
        WAITING = "waiting", "Đang chờ"
        RUNNING = "running", "Đang in"
        DONE = "done", "Xong"
        FAILED = "failed", "Không xong"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    market = models.ForeignKey(Market, models.PROTECT, verbose_name="chợ", related_name="print_jobs")
    sheet = models.CharField("khổ thẻ", max_length=5, choices=Sheet, default=Sheet.A6)
    row = models.CharField("dãy", max_length=8, blank=True)
    goods = models.ForeignKey(
        "markets.Goods", models.PROTECT, verbose_name="mặt hàng", related_name="+", null=True, blank=True
    )
    only_unprinted = models.BooleanField("chỉ thẻ chưa in", default=True)
    state = models.CharField("tình trạng", max_length=8, choices=State, default=State.WAITING)
    total = models.PositiveIntegerField("số thẻ", default=0)
    done = models.PositiveIntegerField("đã xong", default=0)
    problems = models.JSONField("thẻ không in được", default=list, blank=True)
    file = models.OneToOneField(
        SealedFile, models.SET_NULL, verbose_name="tệp", related_name="+", null=True, blank=True
    )
    made_at = models.DateTimeField("đặt lúc", default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người đặt", related_name="+"
    )
    started_at = models.DateTimeField("bắt đầu lúc", null=True, blank=True)
    finished_at = models.DateTimeField("xong lúc", null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = "lượt in cả chợ"
        verbose_name_plural = "lượt in cả chợ"
        ordering = ["-made_at"]

    def __str__(self):
        return f"{self.market}, {timezone.localtime(self.made_at):%d-%m-%Y %H:%M}"


class StallImport(models.Model):
    """A market board's stall list on its way in: the sheet, which column is what, and what came of it."""

    class State(models.TextChoices):
        DRAFT = "draft", "Chưa nhập"
        DONE = "done", "Đã nhập"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    market = models.ForeignKey(Market, models.PROTECT, verbose_name="chợ", related_name="imports")
    file = models.OneToOneField(
        SealedFile, models.SET_NULL, verbose_name="tệp", related_name="+", null=True, blank=True
    )
    columns = models.JSONField("cột nào là gì", default=dict, blank=True)
    state = models.CharField("tình trạng", max_length=5, choices=State, default=State.DRAFT)
    created_count = models.PositiveIntegerField("số sạp đã tạo", default=0)
    made_at = models.DateTimeField("gửi lúc", default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người gửi", related_name="+"
    )
    done_at = models.DateTimeField("nhập lúc", null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = "danh sách sạp nhập vào"
        verbose_name_plural = "danh sách sạp nhập vào"
        ordering = ["-made_at"]

    def __str__(self):
        return f"{self.market}, {timezone.localtime(self.made_at):%d-%m-%Y %H:%M}"
