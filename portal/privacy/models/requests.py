"""What people ask about their own data, with the days in which the law wants it done."""

import uuid

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from portal.history import tracked
from portal.organization.models import Unit
from portal.privacy import clock
from portal.privacy.fields import SealedTextField
from portal.privacy.models.stubs import Stub

NAME_KEPT = 12  # months after closing, to answer a complaint; then the name goes


class PersonRequestQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Requests at the units in reach."""
        return self.filter(user.reach.units("unit__"))

    def open(self):
        return self.filter(closed_at=None)

    def overdue(self, on=None):
        """Open ones whose answer, or whose acknowledgement, should have gone out before a day."""
        return self.open().filter(_is_late(on))

    def in_time(self, on=None):
        """Open ones that are not overdue."""
        return self.open().exclude(_is_late(on))

    def receive(
        self, *, kind, how, unit, by=None, name="", contact="", words="", stub=None, received_on=None, id=None
    ) -> "PersonRequest":  # fmt: skip
        """A request that came in, with its terms; who asks and how to be reached are sealed.

        One made by a stub's page is there at once for the person to see, so it is acknowledged as it comes.
        """
        day = received_on or timezone.localdate()
        return self.create(
            id=id or uuid.uuid4(),
            kind=kind,
            how=how,
            unit=unit,
            stub=stub,
            name=name or None,
            contact=contact or None,
            words=words or None,
            received_on=day,
            received_by=by,
            acknowledge_by=clock.acknowledge_by(day),
            due_on=clock.due_on(kind, day),
            acknowledged_at=timezone.now() if stub else None,
        )

    def forget_names(self, on=None) -> int:
        """Takes the names out of requests that were closed long ago; how many."""
        day = clock.add_months(on or timezone.localdate(), -NAME_KEPT)
        named = Q(name__isnull=False) | Q(contact__isnull=False) | Q(words__isnull=False)
        return self.filter(named, closed_at__date__lt=day).update(name=None, contact=None, words=None)


def _is_late(on) -> Q:
    day = on or timezone.localdate()
    return Q(due_on__lt=day) | Q(acknowledged_at__isnull=True, acknowledge_by__lt=day)


@tracked()
class PersonRequest(models.Model):
    """One person asks: see, correct, withdraw, delete … The history keeps every step, never the name."""

    reveals = {"name": "clear_name", "contact": "clear_contact", "words": "clear_words"}

    class Kind(models.TextChoices):
        SEE = "see", "Xem dữ liệu về mình"
        COPY = "copy", "Nhận bản sao"
        CORRECT = "correct", "Sửa cho đúng"
        WITHDRAW = "withdraw", "Rút lại sự đồng ý"
        OBJECT = "object", "Phản đối, hạn chế việc dùng"
        ERASE = "erase", "Xóa dữ liệu"
        COMPLAIN = "complain", "Khiếu nại"

    class How(models.TextChoices):
        IN_PERSON = "in_person", "Gặp mặt"
        PAPER = "paper", "Đơn giấy"
        STUB = "stub", "Bằng phiếu giữ"

    class Outcome(models.TextChoices):
        DONE = "done", "Đã làm đúng như yêu cầu"
        NOTHING = "nothing", "Không giữ gì về người này"
        REFUSED = "refused", "Không làm được, đã nói rõ lý do"
        TAKEN_BACK = "taken_back", "Người đó rút lại yêu cầu"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("xin gì", max_length=10, choices=Kind)
    how = models.CharField("tới bằng cách nào", max_length=10, choices=How)
    unit = models.ForeignKey(
        Unit, models.PROTECT, verbose_name="đơn vị giải quyết", related_name="person_requests"
    )
    stub = models.ForeignKey(
        Stub, models.PROTECT, verbose_name="phiếu giữ", related_name="requests", null=True, blank=True
    )
    name = SealedTextField("họ và tên", null=True)
    contact = SealedTextField("liên lạc", null=True)
    words = SealedTextField("lời của người đó", null=True)
    received_on = models.DateField("nhận ngày")
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người nhận", related_name="+",
        null=True, blank=True,
    )  # fmt: skip
    acknowledge_by = models.DateField("báo đã nhận, chậm nhất ngày")
    due_on = models.DateField("trả lời chậm nhất ngày", db_index=True)
    rows = models.JSONField("dữ liệu của người này", default=list, blank=True)  # [["app.model", "key"], …]
    acknowledged_at = models.DateTimeField("báo đã nhận lúc", null=True, blank=True)
    copied_at = models.DateTimeField("đưa bản sao lúc", null=True, blank=True)
    withdrawn_at = models.DateTimeField("rút lại lúc", null=True, blank=True)
    erased_at = models.DateTimeField("xóa lúc", null=True, blank=True)
    closed_at = models.DateTimeField("đóng lúc", null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người đóng", related_name="+",
        null=True, blank=True,
    )  # fmt: skip
    outcome = models.CharField("kết quả", max_length=10, choices=Outcome, blank=True)

    objects = PersonRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "yêu cầu về dữ liệu cá nhân"
        verbose_name_plural = "yêu cầu về dữ liệu cá nhân"
        ordering = ["due_on", "received_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None, outcome="")
                | Q(closed_at__isnull=False, closed_by__isnull=False, outcome__gt=""),
                name="privacy_personrequest_closed_who_and_when",
                violation_error_message="Đóng yêu cầu thì ghi cả người, thời điểm và kết quả.",
            ),
            models.CheckConstraint(
                condition=Q(how="stub", stub__isnull=False) | ~Q(how="stub") & Q(received_by__isnull=False),
                name="privacy_personrequest_who_received",
                violation_error_message="Yêu cầu có người nhận, hoặc tới từ một phiếu giữ.",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, nhận {self.received_on:%d-%m-%Y}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def due_tag(self) -> tuple[str, str]:
        """The look's kind of tag and its words: what the clock says today."""
        if not self.is_open:
            return "ok", "Đã đóng"
        today = timezone.localdate()
        if self.due_on < today:
            return "err", f"Quá hạn {(today - self.due_on).days} ngày"
        if self.acknowledged_at is None and self.acknowledge_by <= today:
            return (
                ("err", "Chưa báo đã nhận")
                if self.acknowledge_by < today
                else ("warn", "Báo đã nhận hôm nay")
            )
        days = (self.due_on - today).days
        return ("warn" if days <= 3 else "info"), (f"Còn {days} ngày" if days else "Hạn hôm nay")

    def clear_name(self) -> str:
        return self.name.open() if self.name else ""

    def clear_contact(self) -> str:
        return self.contact.open() if self.contact else ""

    def clear_words(self) -> str:
        return self.words.open() if self.words else ""

    def mark(self, step: str, *, at=None) -> None:
        """`acknowledged`, `copied`, `withdrawn` or `erased`: done now; the first time keeps the word."""
        rows = type(self).objects.open().filter(pk=self.pk, **{f"{step}_at": None})
        rows.update(**{f"{step}_at": at or timezone.now()})
        self.refresh_from_db()

    def choose(self, rows: list[tuple[str, str]]) -> None:
        """These records are this person's, as somebody checked face to face."""
        self.rows = [list(row) for row in rows]
        self.save(update_fields=["rows"])

    def close(self, *, by, outcome: str, at=None) -> bool:
        """Answered; somebody who was faster keeps the word. Whether this call did it.

        Where the data were deleted, nothing of what the person wrote stays either, but the sealed name.
        """
        with transaction.atomic():
            rows = type(self).objects.open().filter(pk=self.pk)
            done = rows.update(closed_at=at or timezone.now(), closed_by=by, outcome=outcome)
            if done and self.erased_at:
                type(self).objects.filter(pk=self.pk).update(words=None)
        self.refresh_from_db()
        return bool(done)
