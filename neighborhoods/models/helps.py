"""What was done for whom: the ladder's steps, help events, visits that are due, random call-backs."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone

from neighborhoods.models.groups import Group
from neighborhoods.models.residents import Resident
from portal.history import tracked
from portal.organization.models import Place, Team
from portal.organization.trees import Dated, DatedQuerySet, ends_after_start
from portal.text import format_date

ACTIVATED = "activated"  # the step at which VNeID works: what groups are measured by


class StepQuerySet(DatedQuerySet):
    def rungs(self):
        """The steps of the ladder itself, in their order."""
        return self.filter(is_rung=True)


class Step(Dated):
    """A step of the ladder, or a thing beside it, with the dates in which it is counted. Reference data."""

    code = models.SlugField("mã", max_length=24, primary_key=True)
    name = models.CharField("tên", max_length=80)
    words = models.CharField("lời trên nút", max_length=60, help_text="Ngắn, như tình nguyện viên nói.")
    is_rung = models.BooleanField("nấc của thang", default=True)
    is_followed = models.BooleanField("hẹn hỏi lại sau 7 và 30 ngày", default=False)
    sort = models.PositiveSmallIntegerField("thứ tự", default=0)

    objects = StepQuerySet.as_manager()

    class Meta:
        verbose_name = "việc giúp"
        verbose_name_plural = "việc giúp"
        ordering = ["sort"]
        constraints = [ends_after_start("neighborhoods_step_ends_after_start")]

    def __str__(self):
        return self.name


class HelpEventQuerySet(models.QuerySet):
    def real(self):
        return self.filter(is_practice=False)

    def visible_to(self, user):
        rows = self.real()
        return rows if user.reach.is_everywhere else rows.filter(group__in=Group.objects.visible_to(user))

    def standing(self, *, of_many: bool = False):
        """Without those that were corrected, and without what only says that one was a mistake.

        With `of_many` groups PostgreSQL reads all corrections, which are few, once; without it looks each
        event up. What cannot be null is said for this: for one resident it would read them all each time.
        """
        corrections = HelpEvent.objects.filter(corrects=OuterRef("pk"))
        if of_many:
            corrections = corrections.filter(corrects__isnull=False)
        return self.exclude(outcome=HelpEvent.Outcome.MISTAKE).exclude(Exists(corrections))

    def reached(self):
        """Those after which somebody has the step: it was there, or help brought it."""
        return self.filter(outcome__in=[HelpEvent.Outcome.HAD, HelpEvent.Outcome.HELPED])

    def record(
        self, *, group, step, outcome, by, resident=None, place=None, team=None, device="", at=None, id=None,
        corrects=None,
    ) -> "HelpEvent":  # fmt: skip
        """One more event; sent twice with the same `id` it is one. Plans the visits that follow from it.

        Without a resident it is the help of somebody who is not named. `at` is when it was done.
        """
        at = at or timezone.now()
        words = {
            "group": group, "resident": resident, "step": step, "outcome": outcome, "by": by, "at": at,
            "place": place or group.place, "team": team, "device": device, "corrects": corrects,
            "is_practice": group.is_practice,
        }  # fmt: skip
        with transaction.atomic():
            event, is_new = self.get_or_create(id=id or uuid.uuid4(), defaults=words)
            if is_new and resident:
                FollowUp.objects.plan(event)
        return event

    def record_visit(
        self, done, *, page, resident, by, place=None, team=None, device="", at=None
    ) -> "list[HelpEvent]":
        """The (step, outcome) pairs of one visit, in five queries; gives their events in that order.

        `page` is the key of the page it was sent from: sent again, each step is the event that it was then.
        Raises Resident.DoesNotExist where the person left or was made anonymous meanwhile.
        """
        group = resident.group
        words = {
            "group": group, "resident": resident, "by": by, "at": at or timezone.now(),
            "place": place or group.place, "team": team, "device": device, "is_practice": group.is_practice,
        }  # fmt: skip
        events = [
            HelpEvent(id=uuid.uuid5(page, f"{resident.pk} {step.pk}"), step=step, outcome=outcome, **words)
            for step, outcome in done
        ]
        with transaction.atomic():
            Resident.objects.named().present().select_for_update().get(pk=resident.pk)
            known = self.in_bulk([event.pk for event in events])
            fresh = [event for event in events if event.pk not in known]
            self.bulk_create(fresh, ignore_conflicts=True)
            FollowUp.objects.plan(*fresh)
        return [known.get(event.pk, event) for event in events]

    def record_unnamed(
        self, *, group, steps, count: int, by, page, place=None, team=None, device="", at=None
    ) -> int:
        """So many people who are not named were helped with these steps; how many times were written.

        `page` is the key of the page it was sent from: sent twice, it is counted once, and 0 is given.
        """
        words = {
            "group": group, "by": by, "at": at or timezone.now(), "place": place or group.place, "team": team,
            "device": device, "outcome": HelpEvent.Outcome.HELPED, "is_practice": group.is_practice,
        }  # fmt: skip
        events = [
            HelpEvent(id=uuid.uuid5(page, f"{step.pk} {number}"), step=step, **words)
            for step in steps
            for number in range(count)
        ]
        with transaction.atomic():
            known = self.filter(pk__in=[event.pk for event in events]).count()
            self.bulk_create(events, ignore_conflicts=True)
        return len(events) - known

    def correct_going(self, event: "HelpEvent", *, by, device="") -> int:
        """All that was written without names in one go with an event was a mistake; how many times were.

        One go has one moment, one group and one person who wrote it.
        """
        same = {"by": event.by_id, "group": event.group_id, "at": event.at, "resident": None}
        going = self.filter(**same).standing()
        corrections = [
            HelpEvent(
                group_id=one.group_id, step_id=one.step_id, place_id=one.place_id, team_id=one.team_id,
                at=one.at, outcome=HelpEvent.Outcome.MISTAKE, corrects=one, by=by, device=device,
                is_practice=one.is_practice,
            )
            for one in going
        ]  # fmt: skip
        with transaction.atomic():
            return len(self.bulk_create(corrections))


class HelpEvent(models.Model):
    """Somebody was helped with a step, once. Never changed: a correction is a new event that points to it.

    The table only grows (a trigger sees to it); who is erased leaves events of an anonymous row.
    """

    append_only = True

    class Outcome(models.TextChoices):
        HELPED = "helped", "Vừa giúp xong"
        HAD = "had", "Đã có sẵn"
        TRIED = "tried", "Chưa xong, hẹn lại"
        MISTAKE = "mistake", "Ghi nhầm"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    group = models.ForeignKey(Group, models.PROTECT, verbose_name="tổ", related_name="helps", db_index=False)
    resident = models.ForeignKey(
        Resident,
        models.PROTECT,
        verbose_name="người dân",
        related_name="helps",
        null=True,
        blank=True,
        db_index=False,
    )
    step = models.ForeignKey(Step, models.PROTECT, verbose_name="việc", db_index=False)
    outcome = models.CharField("kết quả", max_length=8, choices=Outcome)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người giúp", related_name="+"
    )
    at = models.DateTimeField("lúc")
    received_at = models.DateTimeField("nhận lúc", default=timezone.now)
    place = models.ForeignKey(Place, models.PROTECT, verbose_name="nơi", related_name="+", db_index=False)
    team = models.ForeignKey(
        Team, models.PROTECT, verbose_name="đội", related_name="+", null=True, blank=True, db_index=False
    )
    device = models.CharField("máy", max_length=12, blank=True)
    corrects = models.OneToOneField(
        "self", models.PROTECT, verbose_name="sửa lượt", related_name="correction", null=True, blank=True
    )
    is_practice = models.BooleanField("tập làm", default=False, editable=False)

    objects = HelpEventQuerySet.as_manager()

    class Meta:
        verbose_name = "lượt giúp"
        verbose_name_plural = "lượt giúp"
        ordering = ["-at"]
        indexes = [
            models.Index(fields=["group", "step", "resident"], name="neighborhoods_help_group"),
            models.Index(fields=["resident", "at"], name="neighborhoods_help_resident"),
            models.Index(fields=["team", "at"], name="neighborhoods_help_team"),
            models.Index(fields=["at"], name="neighborhoods_help_at"),
            # Reports of the province read this and not the table: a step of everybody in a third of a second.
            models.Index(
                fields=["step", "group", "resident"],
                include=["at", "outcome", "id"],
                condition=Q(is_practice=False, outcome__in=["had", "helped"]),
                name="neighborhoods_help_reached",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(outcome="mistake") | Q(corrects__isnull=False),
                name="neighborhoods_help_mistake_corrects",
                violation_error_message="Ghi nhầm thì phải chỉ ra lượt nào.",
            ),
        ]

    def __str__(self):
        return f"{self.step}, {timezone.localtime(self.at):%d-%m-%Y}"

    def correct(self, *, outcome, by, device="", id=None) -> "HelpEvent":
        """Another outcome, or MISTAKE. Raises IntegrityError where somebody corrected it already.

        What was planned because of it and is open is taken back; what the new outcome asks for is planned.
        """
        with transaction.atomic():
            if self.resident_id:
                FollowUp.objects.take_back(self)
            return HelpEvent.objects.record(
                group=self.group, resident=self.resident, step=self.step, outcome=outcome, by=by, at=self.at,
                place=self.place, team=self.team, device=device, corrects=self, id=id,
            )  # fmt: skip


ASKED = {"alone", "helped", "unused"}  # what people can say of their use; other outcomes are no answers


def tells_of_use() -> Q:
    """Which visits tell of use: people asked 30 days after, not before; nobody who was noted by mistake.

    Who was missed on the day was due then, and may be met before the day that was set anew.
    """
    in_time = Q(missed_count__gt=0) | Q(done_at__date__gte=F("due_on"))
    is_answer = Q(kind=FollowUp.Kind.DAY_30, outcome__in=ASKED)
    return is_answer & in_time & ~Q(resident__left_why=Resident.Leaving.MISTAKE)


class FollowUpQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(resident__in=Resident.objects.visible_to(user))

    def at(self, place):
        return self.filter(resident__in=Resident.objects.at(place))

    def open(self):
        return self.filter(done_at=None, resident__left_on=None, resident__anonymised_at=None)

    def real(self):
        return self.filter(resident__is_practice=False)

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

    def in_walking_order(self):
        """House after house, group after group; who has no house number comes last."""
        order = F("resident__household__walk_key").asc(nulls_last=True)
        rows = self.select_related("resident__household", "resident__group__place", "step")
        group = ("resident__group__place__name_key", "resident__group_id")  # names are there twice
        return rows.order_by(*group, order, "resident__name_key", "due_on")

    def plan(self, *events: HelpEvent) -> None:
        """What follows from a visit's events: to ask after 7 and 30 days, or soon what was not finished.

        An appointment to finish a step ends with the step. Where an open one of the kind waits, it stays;
        each unfinished step has its own.
        """
        reached = [e for e in events if e.outcome in (HelpEvent.Outcome.HELPED, HelpEvent.Outcome.HAD)]
        if reached:
            last, steps = reached[-1], [event.step for event in reached]
            waiting = self.filter(resident=last.resident, kind=FollowUp.Kind.RETURN, step__in=steps)
            done = {"done_at": last.at, "done_by": last.by, "outcome": FollowUp.Outcome.DONE}
            waiting.filter(done_at=None).update(**done)
        planned = [visit for event in events for visit in _visits_after(event)]
        self.bulk_create(planned, ignore_conflicts=True)

    def take_back(self, event: HelpEvent) -> None:
        """Deletes what was planned because of an event and was not done, and an end that the event put to it.

        What other events of the person ask for waits in its place, where nobody was asked since.
        """
        ended = Q(kind=FollowUp.Kind.RETURN, step=event.step_id, outcome=FollowUp.Outcome.DONE)
        ended &= Q(done_at=event.at)
        taken = self.filter(Q(event=event, done_at=None) | ended, resident=event.resident_id)
        kinds = set(taken.values_list("kind", flat=True))
        taken.delete()
        others = HelpEvent.objects.filter(resident=event.resident_id).exclude(pk=event.pk).standing()
        others = list(others.select_related("step").order_by("at", "received_at")) if kinds else []
        last = {other.step_id: other for other in others}  # a step is unfinished where its last event says so
        wanted = [visit for other in others for visit in _visits_after(other) if visit.kind in kinds]
        wanted = [one for one in wanted if one.kind != FollowUp.Kind.RETURN or one.event is last[one.step_id]]
        self.bulk_create([one for one in wanted if not self._asked_since(one)], ignore_conflicts=True)

    def _asked_since(self, visit: "FollowUp") -> bool:
        """Whether a visit of the kind, to finish a step of this very step, was done after its event."""
        of_step = {"step": visit.step_id} if visit.kind == FollowUp.Kind.RETURN else {}
        return self.filter(
            resident=visit.resident_id, kind=visit.kind, done_at__gt=visit.event.at, **of_step
        ).exists()


def _visits_after(event: HelpEvent) -> "list[FollowUp]":
    """The visits that an event asks for, not saved."""
    days = {}
    if event.outcome == HelpEvent.Outcome.TRIED:
        days = {FollowUp.Kind.RETURN: 2}
    elif event.outcome == HelpEvent.Outcome.HELPED and event.step.is_followed:
        days = {FollowUp.Kind.DAY_7: 7, FollowUp.Kind.DAY_30: 30}
    words = {"resident_id": event.resident_id, "step": event.step, "event": event}
    on = timezone.localdate(event.at)
    return [FollowUp(kind=kind, due_on=on + timedelta(days=n), **words) for kind, n in days.items()]


def _times(today) -> dict[str, Q]:
    sunday = today + timedelta(days=6 - today.weekday())
    return {
        "qua-han": Q(due_on__lt=today),
        "hom-nay": Q(due_on=today),
        "tuan-nay": Q(due_on__range=(today, sunday)),
    }


@tracked()
class FollowUp(models.Model):
    """One visit that is due or done: success is use, not sign-up."""

    class Kind(models.TextChoices):
        DAY_7 = "day_7", "Hỏi lại sau 7 ngày"
        DAY_30 = "day_30", "Hỏi lại sau 30 ngày"
        RETURN = "return", "Quay lại làm tiếp"

    class Outcome(models.TextChoices):
        ALONE = "alone", "Tự làm lại được"
        HELPED = "helped", "Làm được khi có người giúp"
        UNUSED = "unused", "Chưa dùng lần nào"
        DONE = "done", "Đã làm xong"
        GONE = "gone", "Không cần nữa"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resident = models.ForeignKey(Resident, models.PROTECT, verbose_name="người dân", related_name="followups")
    kind = models.CharField("việc", max_length=8, choices=Kind)
    step = models.ForeignKey(Step, models.PROTECT, verbose_name="về", related_name="+")
    event = models.ForeignKey(
        HelpEvent, models.PROTECT, verbose_name="từ lượt giúp", related_name="followups", null=True
    )
    due_on = models.DateField("hẹn ngày", db_index=True)
    missed_count = models.PositiveSmallIntegerField("số lần không gặp", default=0)
    done_at = models.DateTimeField("làm lúc", null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người làm", related_name="+",
        null=True, blank=True,
    )  # fmt: skip
    outcome = models.CharField("kết quả", max_length=8, choices=Outcome, blank=True)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = "lượt hỏi lại"
        verbose_name_plural = "lượt hỏi lại"
        ordering = ["due_on"]
        indexes = [models.Index(fields=["done_at"], name="neighborhoods_followup_done")]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None, outcome="")
                | Q(done_at__isnull=False, done_by__isnull=False, outcome__gt=""),
                name="neighborhoods_followup_done_who_and_when",
                violation_error_message="Làm xong thì ghi cả người, thời điểm và kết quả.",
            ),
            models.UniqueConstraint(
                fields=["resident", "kind"],
                condition=Q(done_at=None) & ~Q(kind="return"),
                name="neighborhoods_followup_open_once",
                violation_error_message="Người này đã có hẹn đó.",
            ),
            models.UniqueConstraint(
                fields=["resident", "step"],
                condition=Q(done_at=None, kind="return"),
                name="neighborhoods_followup_return_once",
                violation_error_message="Người này đã có hẹn làm tiếp việc đó.",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.step}"

    @property
    def is_early(self) -> bool:
        """Whether it is too early to ask today."""
        return self.is_early_on(timezone.localdate())

    def is_early_on(self, day) -> bool:
        """Whether a day is too early to ask: before it is due nobody can know. Going on with a step never is.

        Who was not at home on the day may be met again at any time.
        """
        is_asked = self.kind != self.Kind.RETURN and not self.missed_count
        return is_asked and self.due_on > day

    @property
    def due_tag(self) -> tuple[str, str]:
        """The look's kind of tag and its words: overdue, today, tomorrow, or the day."""
        days = (self.due_on - timezone.localdate()).days
        if days < 0:
            return "err", f"Quá hạn {-days} ngày"
        if days > 1:
            return "", f"Hẹn {format_date(self.due_on)}"
        return ("info", "Ngày mai") if days else ("warn", "Hôm nay")

    def mark_done(self, *, by, outcome: str, at=None) -> bool:
        """Writes what was found; somebody who was faster keeps the word. Whether this call did it."""
        rows = FollowUp.objects.filter(pk=self.pk, done_at=None)
        done = rows.update(done_at=at or timezone.now(), done_by=by, outcome=outcome)
        self.refresh_from_db()
        return bool(done)

    def mark_missed(self, *, on=None) -> bool:
        """Nobody was at home: in three days again. Whether this call did it, and nobody was faster."""
        rows = FollowUp.objects.filter(pk=self.pk, done_at=None, missed_count=self.missed_count)
        again = (on or timezone.localdate()) + timedelta(days=3)
        done = rows.update(due_on=again, missed_count=F("missed_count") + 1)
        self.refresh_from_db()
        return bool(done)


class CallBackQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(event__in=HelpEvent.objects.visible_to(user))

    def open(self):
        """Not called yet, and the person is still there."""
        return self.filter(done_at=None, event__resident__anonymised_at=None, event__resident__left_on=None)


@tracked()
class CallBack(models.Model):
    """A help event drawn by lot: somebody from the office asks the person whether it was so."""

    class Answer(models.TextChoices):
        TRUE = "true", "Đúng là có người giúp"
        FALSE = "false", "Không có ai giúp việc đó"
        UNREACHED = "unreached", "Gọi không được"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.OneToOneField(
        HelpEvent, models.PROTECT, verbose_name="lượt giúp", related_name="call_back"
    )
    drawn_on = models.DateField("rút ngày", default=timezone.localdate)
    done_at = models.DateTimeField("gọi lúc", null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người gọi", related_name="+",
        null=True, blank=True,
    )  # fmt: skip
    answer = models.CharField("trả lời", max_length=10, choices=Answer, blank=True)

    objects = CallBackQuerySet.as_manager()

    class Meta:
        verbose_name = "lượt gọi kiểm tra"
        verbose_name_plural = "lượt gọi kiểm tra"
        ordering = ["-drawn_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None, answer="")
                | Q(done_at__isnull=False, done_by__isnull=False, answer__gt=""),
                name="neighborhoods_callback_done_who_and_when",
                violation_error_message="Gọi xong thì ghi cả người, thời điểm và câu trả lời.",
            )
        ]

    def __str__(self):
        return f"{self.drawn_on:%d-%m-%Y}"

    def mark_done(self, *, by, answer: str, at=None) -> bool:
        """Writes the answer; somebody who was faster keeps the word. Whether this call did it."""
        rows = CallBack.objects.filter(pk=self.pk, done_at=None)
        done = rows.update(done_at=at or timezone.now(), done_by=by, answer=answer)
        self.refresh_from_db()
        return bool(done)
