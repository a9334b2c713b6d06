"""Residents who agreed to be named. Children under 14 are never here: they are tallies."""

import uuid
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from neighborhoods.models.groups import Group, Household
from portal.history import tracked
from portal.privacy.fields import BlindIndexField, SealedTextField
from portal.privacy.masking import mask_number
from portal.privacy.models import Consent
from portal.text import Folded, PersonKey, clean_text, matches, trigram_index

LEAST_AGE = 14  # years; who is younger is counted, not registered


class ResidentQuerySet(models.QuerySet):
    def named(self):
        """Without those who were made anonymous, whose row only carries their counts."""
        return self.filter(anonymised_at=None)

    def visible_to(self, user):
        """Residents of the groups in reach; never those that somebody invented for practice."""
        rows = self.named().filter(is_practice=False)
        return rows if user.reach.is_everywhere else rows.filter(group__in=Group.objects.visible_to(user))

    def at(self, place):
        """Those of the groups that are worked on from a place."""
        return self.named().filter(group__in=Group.objects.at(place), is_practice=False)

    def practised_by(self, user):
        """The invented ones that a user made while practising: nobody else sees them."""
        return self.named().filter(is_practice=True, recorded_by=user)

    def present(self):
        """Those who have not left."""
        return self.filter(left_on=None)

    def search(self, text: str):
        """By parts of the name without accents; four digits are the last of the number."""
        text = clean_text(text)
        if len(text) == 4 and text.isascii() and text.isdigit():
            return self.filter(last_four=text)
        return self.filter(matches("name_folded", text))

    def with_rung(self):
        """Adds `rung`, the name of the highest rung of the ladder that each has come to, or None."""
        from neighborhoods.models.helps import HelpEvent

        events = HelpEvent.objects.filter(resident=OuterRef("pk"), step__is_rung=True).standing().reached()
        return self.annotate(rung=Subquery(events.order_by("-step__sort").values("step__name")[:1]))

    def with_number(self, number: str):
        """Whoever has this identity number, by blind index, in whatever group."""
        index = Resident._meta.get_field("number_index")
        return self.filter(number_index=index.digest(number))


@tracked("recorded_at")
class Resident(models.Model):
    """A person of a group. Made anonymous, the row stays for the counts and says nothing about anybody."""

    # What portal.privacy.reveal may show whole, and how it is read.
    reveals = {"number": "clear_number", "phone": "clear_phone"}

    class Sex(models.TextChoices):
        MALE = "male", "Nam"
        FEMALE = "female", "Nữ"

    class PhoneKind(models.TextChoices):
        OWN = "own", "Máy của mình"
        SHARED = "shared", "Dùng chung máy người nhà"
        NONE = "none", "Không có điện thoại"

    class Leaving(models.TextChoices):
        MOVED = "moved", "Chuyển đi nơi khác"
        DIED = "died", "Đã mất"
        MISTAKE = "mistake", "Ghi nhầm, ghi trùng"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    group = models.ForeignKey(Group, models.PROTECT, verbose_name="tổ", related_name="residents")
    household = models.ForeignKey(
        Household, models.PROTECT, verbose_name="hộ", related_name="residents", null=True, blank=True
    )
    name = models.CharField("họ, chữ đệm và tên", max_length=80, blank=True)
    birth_on = models.DateField("ngày sinh", null=True, blank=True)
    birth_year = models.PositiveSmallIntegerField("năm sinh", null=True, blank=True)
    sex = models.CharField("giới tính", max_length=6, choices=Sex, blank=True)
    phone_kind = models.CharField("điện thoại", max_length=6, choices=PhoneKind, blank=True)
    phone = models.CharField("số điện thoại", max_length=15, blank=True)
    number = SealedTextField("số định danh", null=True)
    number_index = BlindIndexField("dấu số định danh", source="number", null=True, db_index=False)
    last_four = models.CharField("4 số cuối", max_length=4, blank=True, editable=False)
    consent = models.ForeignKey(
        Consent,
        models.PROTECT,
        verbose_name="sự đồng ý",
        related_name="residents",
        null=True,
        blank=True,
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người ghi", related_name="+"
    )
    recorded_at = models.DateTimeField("ghi lúc", default=timezone.now)
    left_on = models.DateField("thôi ở tổ từ ngày", null=True, blank=True)
    left_why = models.CharField("vì sao", max_length=8, choices=Leaving, blank=True)
    anonymised_at = models.DateTimeField("xóa tên lúc", null=True, blank=True, editable=False)
    is_practice = models.BooleanField("tập làm", default=False, editable=False)
    name_folded = Folded("name")
    name_key = PersonKey("name")

    objects = ResidentQuerySet.as_manager()

    class Meta:
        verbose_name = "người dân"
        verbose_name_plural = "người dân"
        ordering = ["name_key"]
        indexes = [
            trigram_index("name_folded", name="neighborhoods_resident_name"),
            models.Index(fields=["group", "name_key"], name="neighborhoods_resident_order"),
            models.Index(fields=["group", "last_four"], name="neighborhoods_resident_last4"),
            models.Index(fields=["phone"], name="neighborhoods_resident_phone", condition=~Q(phone="")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["number_index"],
                condition=Q(is_practice=False),
                name="neighborhoods_resident_number_once",
                violation_error_message="Số này đã có trong sổ. Tìm người đó theo 4 số cuối để ghi tiếp.",
            ),
            models.CheckConstraint(
                condition=Q(anonymised_at__isnull=False) | Q(name__gt=""),
                name="neighborhoods_resident_named",
                violation_error_message="Ghi họ và tên.",
            ),
            models.CheckConstraint(
                condition=Q(anonymised_at__isnull=False) | Q(is_practice=True) | Q(consent__isnull=False),
                name="neighborhoods_resident_consent",
                violation_error_message="Chưa có sự đồng ý thì không ghi tên.",
            ),
            models.CheckConstraint(
                condition=Q(anonymised_at=None)
                | Q(name="", phone="", last_four="", number=None, number_index=None, birth_on=None,
                    birth_year=None, household=None),
                name="neighborhoods_resident_anonymous",
                violation_error_message="Đã xóa tên thì không còn gì của người đó.",
            ),
            models.CheckConstraint(
                condition=Q(left_on=None, left_why="") | Q(left_on__isnull=False, left_why__gt=""),
                name="neighborhoods_resident_left_when_and_why",
                violation_error_message="Thôi ở tổ cần cả ngày và lý do.",
            ),
            models.CheckConstraint(
                condition=~Q(phone_kind="none") | Q(phone=""),
                name="neighborhoods_resident_no_phone",
                violation_error_message="Không có điện thoại thì không ghi số.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.name or "(đã xóa tên)"

    @property
    def masked_number(self) -> str:
        """`•••• 0123`, or nothing."""
        return f"•••• {self.last_four}" if self.last_four else ""

    @property
    def masked_phone(self) -> str:
        return mask_number(self.phone)

    def clear_number(self) -> str:
        """The whole identity number. For the read log's reveal only."""
        return self.number.open() if self.number else ""

    def clear_phone(self) -> str:
        return self.phone

    def set_number(self, number: str | None) -> None:
        """Twelve digits or nothing; save afterwards."""
        self.number = number or None
        self.last_four = number[-4:] if number else ""

    def set_birth(self, *, on: date | None = None, year: int | None = None) -> None:
        """A whole date, or only the year; save afterwards."""
        self.birth_on, self.birth_year = on, on.year if on else year
