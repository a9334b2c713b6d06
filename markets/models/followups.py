"""Visits after the card hangs: is it used, or did it only look good on the day?"""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Avg, Count, Exists, F, OuterRef, Q, Subquery
from django.utils import timezone

from markets.models.vendors import Tenancy
from portal.history import tracked
from portal.text import format_date


class FollowUpQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(user.reach.places("tenancy__stall__market__place__"))

    def at_place(self, place):
        return self.filter(tenancy__stall__market__place=place)

    def at_stall(self, stall):
        return self.filter(tenancy__stall=stall)

    def told(self, *, by, on, **found):
        """What somebody wrote down on a day with just these answers: sent again it is no second visit."""
        return self.filter(done_by=by, done_at__date=on, **found)

    def of(self, tenancy):
        return self.filter(tenancy=tenancy).order_by("due_on")

    def open(self):
        return self.filter(done_at=None, tenancy__ends_on=None)

    def visits(self):
        """What was asked of vendors; trials to be made again are appointments, and nobody is asked then."""
        return self.exclude(kind=FollowUp.Kind.RETRY)

    def in_time(self):
        """Those that were done on their day or later."""
        return self.filter(FollowUp.was_in_time())

    def average_percent(self) -> tuple[int, int]:
        """How many answers there are, and what share of buyers pays by transfer on average."""
        answers = self.aggregate(count=Count("transfer_percent"), average=Avg("transfer_percent"))
        return answers["count"], round(answers["average"] or 0)

    def in_rounds(self):
        """In the order in which one walks the market, with what a list shows."""
        return self.select_related("tenancy__stall__market__place").order_by(
            "tenancy__stall__row", "tenancy__stall__label", "due_on"
        )

    def due(self, on=None):
        """Open and due by a day, today by default."""
        return self.open().filter(due_on__lte=on or timezone.localdate())

    def open_in_time(self, when: str, today):
        """Open ones: overdue (`qua-han`), due today (`hom-nay`) or until Sunday (`tuan-nay`); else all."""
        return self.open().filter(_times(today).get(when, Q()))

    def count_open_by_time(self, today) -> dict[str, int]:
        """How many `open_in_time` finds of each kind, and of all by ""; one query."""
        times = {"": Q(), **_times(today)}
        counts = {f"n{number}": Count("pk", filter=time) for number, time in enumerate(times.values())}
        return dict(zip(times, self.open().aggregate(**counts).values(), strict=True))

    def with_last_answer(self):
        """Adds `last_percent`, what the vendor said last, or None."""
        said = FollowUp.objects.filter(tenancy=OuterRef("tenancy"), transfer_percent__isnull=False)
        return self.annotate(last_percent=Subquery(said.order_by("-done_at").values("transfer_percent")[:1]))

    def latest_done(self):
        """The last visit to each stall whose vendor is still there."""
        done = self.visits().filter(done_at__isnull=False, tenancy__ends_on=None)
        last = done.order_by("tenancy", "-done_at").distinct("tenancy").values("pk")
        return FollowUp.objects.filter(pk__in=last)

    def latest_answers(self):
        """Of each stall that was asked about its buyers, the last answer."""
        return self.filter(transfer_percent__isnull=False).latest_done()

    def count_by_problem(self) -> "list[tuple[str, int]]":
        """(what was in the way, at how many), the most frequent first; nothing where nothing was."""
        told = self.exclude(problem__in=["", FollowUp.Problem.NONE]).order_by().values_list("problem")
        counts = told.annotate(count=Count("pk")).order_by("-count", "problem")
        return [(FollowUp.Problem(problem).label, count) for problem, count in counts]

    def plan(self, tenancy, *, start) -> None:
        """The visits of day 7 and day 30, once."""
        days = {FollowUp.Kind.DAY_7: 7, FollowUp.Kind.DAY_30: 30}
        for kind, count in days.items():
            self.get_or_create(tenancy=tenancy, kind=kind, defaults={"due_on": start + timedelta(days=count)})

    def plan_missing(self) -> int:
        """Visits of every stall that takes transfers and has none planned, whatever the reason; how many."""
        from markets.models.cards import StallCard

        def lacks(kind):
            return ~Exists(FollowUp.objects.filter(tenancy=OuterRef("account__tenancy"), kind=kind))

        taking = StallCard.objects.in_state(StallCard.State.TRIED).filter(account__tenancy__ends_on=None)
        before = self.count()
        for card in taking.filter(lacks(FollowUp.Kind.DAY_7) | lacks(FollowUp.Kind.DAY_30)):
            self.plan(card.account.tenancy, start=timezone.localdate(card.tried_at))
        return self.count() - before

    def plan_retry(self, tenancy, *, on, problem: str = "") -> "FollowUp":
        """Come back: the trial transfer was not seen, and why. One open appointment a stall."""
        return self.update_or_create(
            tenancy=tenancy,
            kind=FollowUp.Kind.RETRY,
            done_at=None,
            defaults={"due_on": on, "problem": problem},
        )[0]

    def close_retries(self, tenancy, *, by, at) -> None:
        """The trial was passed: nobody needs to come back for it."""
        self.filter(tenancy=tenancy, kind=FollowUp.Kind.RETRY, done_at=None).update(done_at=at, done_by=by)


def _times(today) -> dict[str, Q]:
    sunday = today + timedelta(days=6 - today.weekday())
    return {
        "qua-han": Q(due_on__lt=today),
        "hom-nay": Q(due_on=today),
        "tuan-nay": Q(due_on__range=(today, sunday)),
    }


@tracked()
class FollowUp(models.Model):
    """One visit that is due or done."""

    class Kind(models.TextChoices):
        DAY_7 = "day_7", "Theo dõi sau 7 ngày"
        DAY_30 = "day_30", "Theo dõi sau 30 ngày"
        RETRY = "retry", "Thử chuyển lại 1.000 đ"

    class Problem(models.TextChoices):
        NONE = "none", "Không vướng gì"
        NO_NETWORK = "no_network", "Mạng yếu, không thấy tiền về"
        NOT_SEEN = "not_seen", "Không nhận được thông báo tiền về"
        PREFERS_CASH = "prefers_cash", "Khách quen trả tiền mặt"
        CARD_DAMAGED = "card_damaged", "Thẻ mờ, rách, mất"
        ACCOUNT = "account", "Đổi hoặc bị khóa tài khoản"
        AFRAID = "afraid", "Sợ bị lừa, chưa yên tâm"
        OTHER = "other", "Việc khác"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenancy = models.ForeignKey(Tenancy, models.PROTECT, verbose_name="sạp", related_name="followups")
    kind = models.CharField("việc", max_length=8, choices=Kind)
    due_on = models.DateField("hẹn ngày", db_index=True)
    done_at = models.DateTimeField("làm lúc", null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="người làm",
        related_name="+",
        null=True,
        blank=True,
    )
    transfer_percent = models.PositiveSmallIntegerField(
        "khách chuyển khoản, phần trăm",
        null=True,
        blank=True,
        help_text="Trong 10 khách, mấy khách chuyển khoản?",
    )
    has_internet = models.BooleanField("sạp có mạng", null=True, blank=True)
    problem = models.CharField("vướng gì", max_length=14, choices=Problem, blank=True)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = "lượt theo dõi"
        verbose_name_plural = "lượt theo dõi"
        ordering = ["due_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None) | Q(done_at__isnull=False, done_by__isnull=False),
                name="markets_followup_done_who_and_when",
                violation_error_message="Làm xong thì ghi cả người và thời điểm.",
            ),
            models.CheckConstraint(
                condition=Q(transfer_percent=None) | Q(transfer_percent__lte=100),
                name="markets_followup_percent",
                violation_error_message="Phần trăm là số từ 0 đến 100.",
            ),
            models.UniqueConstraint(
                fields=["tenancy", "kind"],
                condition=Q(done_at=None),
                name="markets_followup_open_once",
                violation_error_message="Sạp này đã có hẹn đó.",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.tenancy}"

    @staticmethod
    def was_in_time(at: str = "") -> Q:
        """Rows that were done on their day or later; `at` leads to them, like `tenancy__followups__`.

        Before the day nobody can know what the vendor will say: use after 30 days is counted after 30 days.
        """
        return Q(**{f"{at}done_at__date__gte": F(f"{at}due_on")})

    @property
    def is_early(self) -> bool:
        """Whether it is too early to ask; a trial may be made again at any time."""
        return self.is_early_on(timezone.localdate())

    def is_early_on(self, day) -> bool:
        return self.kind != self.Kind.RETRY and self.due_on > day

    @property
    def due_tag(self) -> tuple[str, str]:
        """The look's kind of tag and its words: overdue, today, tomorrow, or the day."""
        days = (self.due_on - timezone.localdate()).days
        if days < 0:
            return "err", f"Quá hạn {-days} ngày"
        if days > 1:
            return "", f"Hẹn {format_date(self.due_on)}"
        return ("info", "Ngày mai") if days else ("warn", "Hôm nay")

    @property
    def why(self) -> str:
        """What is to be done, and what was in the way."""
        words = self.get_kind_display()
        return f"{words}, {self.get_problem_display().lower()}" if self.problem else words

    @property
    def last_of_ten(self) -> int | None:
        """Of ten buyers those who pay by transfer, as said last; on rows of `with_last_answer`."""
        return None if self.last_percent is None else round(self.last_percent / 10)

    def mark_done(self, *, by, at=None, transfer_percent=None, has_internet=None, problem="") -> bool:
        """Writes what was found; somebody who was faster keeps the word. Whether this call did it."""
        rows = FollowUp.objects.filter(pk=self.pk, done_at=None)
        done = rows.update(
            done_at=at or timezone.now(),
            done_by=by,
            transfer_percent=transfer_percent,
            has_internet=has_internet,
            problem=problem,
        )
        self.refresh_from_db()
        return bool(done)
