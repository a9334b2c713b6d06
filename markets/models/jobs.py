"""Work on a whole market that takes longer than a page: printing its cards, taking in its stall list."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from markets.models.stalls import Market, Stall
from portal.privacy.models import SealedFile

SAME_IS_OPEN = "Lượt in y như vậy đang chờ hoặc đang chạy. Mở lượt đó mà chờ tệp, không cần đặt lại."
LIST_KEPT = timedelta(hours=24)  # a list that nobody took in goes
AT_ONCE = 1000  # rows in one statement


class JobQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(user.reach.places("market__place__"))


class PrintJobQuerySet(JobQuerySet):
    def open(self):
        """Jobs that wait or run."""
        return self.filter(state__in=PrintJob.OPEN)

    def of_market(self, market):
        """A market's jobs, the newest first, as the list shows them."""
        return self.filter(market=market).select_related("goods", "made_by").defer("stalls")

    def to_order_again(self, days: int = 30):
        """Jobs that failed within some days, and whose cards nobody has ordered on this sheet since."""
        later = PrintJob.objects.filter(
            Q(row="") | Q(row=OuterRef("row")),
            Q(goods=None) | Q(goods=OuterRef("goods")),
            Q(only_unprinted=False) | Q(only_unprinted=OuterRef("only_unprinted")),
            market=OuterRef("market"),
            sheet=OuterRef("sheet"),
            made_at__gt=OuterRef("made_at"),
        )
        since = timezone.now() - timedelta(days=days)
        return self.filter(state=PrintJob.State.FAILED, finished_at__gt=since).exclude(Exists(later))

    def lost(self):
        """Open jobs that no worker knows any more: theirs died too often, or was cut off."""
        key = Cast(OuterRef("pk"), models.CharField())
        known = ProcrastinateJob.objects.annotate(key=KeyTextTransform("job_id", "args"))
        known = known.filter(task_name=PrintJob.TASK, status__in=["todo", "doing"], key=key)
        return self.open().exclude(Exists(known))


class PrintJob(models.Model):
    """All cards of a market, or of a row or goods, as one PDF that is kept encrypted for 24 hours.

    Which stalls they are is written down when the work begins, so that it can be begun again: a card that
    was made by then is taken as it is, and counts as printed only when the file is there.
    """

    TASK = "print_market"
    KEPT = timedelta(hours=24)

    class Sheet(models.TextChoices):
        A6 = "a6", "Thẻ A6, bốn thẻ một tờ A4"
        TENT = "tent", "Thẻ đứng A5, hai thẻ một tờ A4"
        WALL = "wall", "Thẻ treo A4, một thẻ một tờ"

    class State(models.TextChoices):
        WAITING = "waiting", "Đang chờ"
        RUNNING = "running", "Đang in"
        DONE = "done", "Xong"
        FAILED = "failed", "Không xong"

    OPEN = (State.WAITING, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    market = models.ForeignKey(Market, models.PROTECT, verbose_name="chợ", related_name="print_jobs")
    sheet = models.CharField("khổ thẻ", max_length=5, choices=Sheet, default=Sheet.A6)
    row = models.CharField("dãy", max_length=8, blank=True)
    goods = models.ForeignKey(
        "markets.Goods", models.PROTECT, verbose_name="mặt hàng", related_name="+", null=True, blank=True
    )
    only_unprinted = models.BooleanField("chỉ thẻ chưa in", default=True)
    state = models.CharField("tình trạng", max_length=8, choices=State, default=State.WAITING)
    stalls = ArrayField(models.UUIDField(), verbose_name="những sạp phải in", null=True, blank=True)
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

    objects = PrintJobQuerySet.as_manager()

    class Meta:
        verbose_name = "lượt in cả chợ"
        verbose_name_plural = "lượt in cả chợ"
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["market", "sheet", "row", "goods", "only_unprinted"],
                condition=Q(state__in=["waiting", "running"]),
                nulls_distinct=False,
                name="markets_printjob_one_open",
                violation_error_message=SAME_IS_OPEN,
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running"], finished_at=None, file=None)
                | Q(state__in=["done", "failed"], finished_at__isnull=False),
                name="markets_printjob_finished_and_when",
                violation_error_message="Lượt in xong, hay không xong, thì ghi thời điểm; xong mới có tệp.",
            ),
        ]

    def __str__(self):
        return f"{self.market}, {timezone.localtime(self.made_at):%d-%m-%Y %H:%M}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def scope(self) -> str:
        """What is printed, in words: `Dãy B, Rau củ, chỉ thẻ chưa in`."""
        parts = [f"Dãy {self.row}" if self.row else "Mọi dãy", str(self.goods or "mọi mặt hàng")]
        return ", ".join([*parts, "chỉ thẻ chưa in"] if self.only_unprinted else parts)

    @property
    def percent(self) -> int:
        """How much of the work is behind us, cards that cannot be printed included."""
        return min(100, 100 * (self.done + len(self.problems)) // self.total) if self.total else 0

    @property
    def kept_until(self):
        return self.finished_at + self.KEPT if self.finished_at else None

    @property
    def is_file_there(self) -> bool:
        """Whether the file may be fetched: it goes after 24 hours, whenever it is cleaned away."""
        return self.file_id is not None and timezone.now() < self.kept_until

    def mark_started(self, *, stalls: list, at=None) -> None:
        """The work begins, or begins again with the stalls of the first time."""
        self.state, self.started_at = self.State.RUNNING, self.started_at or at or timezone.now()
        self.stalls = stalls if self.stalls is None else self.stalls
        self.total, self.done, self.problems = len(self.stalls), 0, []
        self.save(update_fields=["state", "started_at", "stalls", "total", "done", "problems"])

    def tell(self, *, done: int, problems: list[dict]) -> None:
        """How far the work is."""
        self.done, self.problems = done, problems
        self.save(update_fields=["done", "problems"])

    def mark_done(self, *, pdf: bytes | None, done: int, problems: list[dict], at=None) -> bool:
        """The sheets are there (None where no card could be printed); False where it was over before."""
        now = at or timezone.now()
        with transaction.atomic():
            if not type(self).objects.select_for_update().get(pk=self.pk).is_open:
                return False
            if pdf:
                self.file = SealedFile.objects.keep(
                    pdf,
                    name=f"the-sap-{self.market.slug}-{timezone.localdate(now):%d-%m-%Y}.pdf",
                    content_type="application/pdf",
                    by=self.made_by,
                    until=now + self.KEPT,
                )
            self.state, self.finished_at, self.done, self.problems = self.State.DONE, now, done, problems
            self.save(update_fields=["state", "finished_at", "done", "problems", "file"])
        return True

    def mark_failed(self, *, at=None) -> None:
        """Given up, with nothing counted as printed; a new job may be ordered."""
        rows = type(self).objects.open().filter(pk=self.pk)
        rows.update(state=self.State.FAILED, finished_at=at or timezone.now())


class StallImportQuerySet(JobQuerySet):
    def unfinished(self, market):
        """Lists of a market that are not taken in yet and still there, the newest first."""
        return self.filter(market=market, state=StallImport.State.DRAFT, file__expires_at__gt=timezone.now())

    def start(self, *, market, data: bytes, by) -> "StallImport":
        """A list that was just sent, as the table that `markets.imports` reads."""
        with transaction.atomic():
            given = self.create(market=market, made_by=by)
            given.replace_file(data, by=by)
        return given


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
    columns = models.JSONField("cột nào là gì", default=dict, blank=True)  # by the column's folded name
    goods_words = models.JSONField("chữ nào là mặt hàng gì", default=dict, blank=True)  # by the folded word
    is_filled_down = models.BooleanField("ô dãy trống là dãy của dòng trên", default=False)
    state = models.CharField("tình trạng", max_length=5, choices=State, default=State.DRAFT)
    created_count = models.PositiveIntegerField("số sạp đã tạo", default=0)
    made_at = models.DateTimeField("gửi lúc", default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người gửi", related_name="+"
    )
    done_at = models.DateTimeField("nhập lúc", null=True, blank=True)

    objects = StallImportQuerySet.as_manager()

    class Meta:
        verbose_name = "danh sách sạp nhập vào"
        verbose_name_plural = "danh sách sạp nhập vào"
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft", done_at=None) | Q(state="done", done_at__isnull=False, file=None),
                name="markets_stallimport_done_and_when",
                violation_error_message="Nhập xong thì ghi thời điểm và không giữ tệp nữa.",
            )
        ]

    def __str__(self):
        return f"{self.market}, {timezone.localtime(self.made_at):%d-%m-%Y %H:%M}"

    @property
    def is_done(self) -> bool:
        return self.state == self.State.DONE

    @property
    def is_file_there(self) -> bool:
        """Whether the list may be read: it goes after 24 hours, whenever it is cleaned away."""
        return self.file is not None and self.file.expires_at > timezone.now()

    def lock(self) -> None:
        """The row as it is now, until the end of the transaction: two clerks may work on one list."""
        self.refresh_from_db(from_queryset=type(self).objects.select_for_update())

    def replace_file(self, data: bytes, *, by, until=None) -> bool:
        """Another version of the list; what was said about columns and words stays.

        False where a colleague took the list in meanwhile: it stays as it is, without any file.
        """
        with transaction.atomic():
            self.lock()
            if self.is_done:
                return False
            before, until = self.file, until or timezone.now() + LIST_KEPT
            self.file = SealedFile.objects.keep(
                data, name="danh-sach-sap.json", content_type="application/json", by=by, until=until
            )
            self.save(update_fields=["file"])
            if before:
                before.delete()
        return True

    def learn_columns(self, columns: dict[str, str], *, is_filled_down: bool) -> None:
        """What these columns are; what a colleague said, or was said of columns that are not here, stays."""
        with transaction.atomic():
            self.lock()
            self.columns |= columns
            self.is_filled_down = is_filled_down
            self.save(update_fields=["columns", "is_filled_down"])

    def learn_words(self, words: dict[str, str]) -> None:
        """Which goods (by code) a word means; what a colleague said meanwhile stays."""
        with transaction.atomic():
            self.lock()
            self.goods_words |= words
            self.save(update_fields=["goods_words"])

    def take_in(self, stalls: list[tuple], *, by, at=None) -> None:
        """Registers all stalls, as (row, number, goods), or none: IntegrityError where a number is taken."""
        at = at or timezone.now()
        who_and_when = {"opened_by": by, "opened_at": at, "starts_on": timezone.localdate(at)}
        with transaction.atomic():
            Stall.objects.bulk_create(
                [
                    Stall(market=self.market, row=row, number=number, goods=goods, **who_and_when)
                    for row, number, goods in stalls
                ],
                batch_size=AT_ONCE,
            )
            file, self.file = self.file, None
            self.state, self.done_at, self.created_count = self.State.DONE, at, len(stalls)
            self.save(update_fields=["file", "state", "done_at", "created_count"])
            file.delete()
