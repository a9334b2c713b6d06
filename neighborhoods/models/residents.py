"""Residents who agreed to be named. Children under 14 are never here: they are tallies."""

import uuid
from datetime import date

from django.conf import settings
from django.db import models, transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.crypto import salted_hmac

from neighborhoods.models.groups import Group, Household
from portal.history import tracked
from portal.privacy.fields import BlindIndexField, SealedTextField
from portal.privacy.masking import mask_number
from portal.privacy.models import Consent
from portal.text import (
    Folded,
    PersonKey,
    VnFold,
    clean_text,
    is_spelled_alike,
    matches,
    trigram_index,
)

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

    def invented_before(self, moment):
        """Whom somebody made up to practise, until a moment, and who still has a name."""
        return self.named().filter(is_practice=True, recorded_at__lt=moment)

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

    def same_person(self, *, name: str, birth_year: int, phone: str = ""):
        """Of the same folded name and year, and phone where both have one; for “đã có chưa?” only."""
        rows = self.filter(name_folded=VnFold(models.Value(name)), birth_year=birth_year)
        return rows.filter(phone__in=["", phone]) if phone else rows

    def add(self, *, group, by, consent, id=None, at=None, **words) -> "Resident":
        """Writes somebody into the book who agreed to it, with the words that `Resident.set_words` takes.

        Raises IntegrityError where `id` or the identity number is there already. In the group for practice
        everybody is invented, and needs no consent.
        """
        row = Resident(
            id=id or uuid.uuid4(), group=group, recorded_by=by, recorded_at=at or timezone.now(),
            consent=consent, is_practice=group.is_practice,
        )  # fmt: skip
        with transaction.atomic():
            row.set_words(**words)
            row.save(force_insert=True)
        return row


WORDS = ("name", "birth_on", "birth_year", "sex", "phone_kind", "phone")
# What is known only together with the other: a number with whose phone it is, a day with its year.
PARTS = {"phone": "phone_kind", "birth_on": "birth_year"}
# What a version of the row keeps of what it does not have itself.
TRACES = {"house": "household_id", "number": "last_four"}


class Overtaken(ValueError):
    """Somebody changed the row since it was seen."""


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
        DIED = "died", "Đã qua đời"
        MISTAKE = "mistake", "Ghi nhầm, ghi trùng"
        WITHDREW = "withdrew", "Rút lại sự đồng ý"

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

    @property
    def version(self) -> str:
        """Differs from that of the row before any change; says nothing about the person."""
        number = self.number_index and bytes(self.number_index)
        words = [self.name, self.birth_on, self.birth_year, self.sex, self.phone_kind, self.phone, number]
        words += [self.household_id, self.group_id, self.left_on]
        return salted_hmac("neighborhoods.resident", repr(words)).hexdigest()[:32]

    def allows(self, purpose: str) -> bool:
        """Whether the person agreed to this purpose (its code); who is invented agrees to all."""
        return self.is_practice or self.consent.purposes.filter(pk=purpose).exists()

    # --- changes of one field, to be saved afterwards

    def set_number(self, number: str | None) -> None:
        """Twelve digits or nothing; save afterwards."""
        self.number = number or None
        self.last_four = number[-4:] if number else ""

    def set_birth(self, *, on: date | None = None, year: int | None = None) -> None:
        """A whole date, or only the year; save afterwards."""
        self.birth_on, self.birth_year = on, on.year if on else year

    def set_house(self, house: str) -> None:
        """The house of that number in the group, made where there is none; save afterwards."""
        house, own = clean_text(house), Household.objects.filter(group=self.group)
        known = own.filter(house__iexact=house).first() if house else None
        self.household = known or (own.get_or_create(group=self.group, house=house)[0] if house else None)

    def set_words(self, *, birth_on, birth_year, house, number, **words) -> None:
        """What a form says; `number` None leaves it; `words` are name, sex, phone_kind, phone."""
        self.set_birth(on=birth_on, year=birth_year)
        self.set_house(house)
        if number is not None:
            self.set_number(number)
        for name, value in words.items():
            setattr(self, name, value)

    # --- verbs

    def correct(self, *, seen: str, group: Group | None = None, **words) -> None:
        """Puts right what is known, with the words of `set_words`; another `group` is where the person moved.

        What was done stays with the group where it was done. `seen` is the version that the form was made
        of: raises Overtaken where it is another one now, IntegrityError where the number is somebody else's.
        """
        with transaction.atomic():
            row = self._locked(seen)
            row.group = group or row.group
            row.set_words(**words)
            row.save()
        self.refresh_from_db()

    def complete(self, **said) -> tuple[set[str], set[str], set[str]]:
        """Adds what nobody ever noted, of the words of `set_words`; what the book has stays.

        Gives the names of what was added, of what the book has otherwise, and of what once stood in it and
        was taken out. Raises IntegrityError where the number is somebody else's.
        """
        said = {name: value for name, value in said.items() if value}
        with transaction.atomic():
            row = self._locked(None)
            known = row._known(said.get("number"))
            noted = {name for name in said if known[name]}
            gone = row._once_known(said) - noted
            otherwise = {name for name in noted if not is_spelled_alike(said[name], known[name])}
            if known["phone"] and said.get("phone") != known["phone"]:
                otherwise |= said.keys() & {"phone_kind"}  # whose that other one is, nobody knows
            for kept in (otherwise, gone):
                kept |= {name for name, whole in PARTS.items() if name in said and whole in kept}
            added = said.keys() - noted - otherwise - gone
            if added:
                row.set_words(**known | {"number": None} | {name: said[name] for name in added})
                row.save()
        self.refresh_from_db()
        return added, otherwise - gone, gone

    def _known(self, number: str | None) -> dict:
        """What `set_words` takes, as it is now; of the number only whether it is this one."""
        words = {name: getattr(self, name) for name in WORDS}
        words["house"] = self.household.house if self.household else ""
        index = number and Resident._meta.get_field("number_index").digest(number)
        is_this = bool(index and self.number_index and bytes(self.number_index) == index)
        return words | {"number": number if is_this else self.last_four}

    def _once_known(self, names) -> set[str]:
        """Of which some version of the row, in this group, says that there was something."""
        columns = {name: TRACES.get(name, name) for name in names}
        versions = list(self.events.filter(group=self.group_id).values(*columns.values()))
        return {name for name, column in columns.items() if any(version[column] for version in versions)}

    def leave(self, *, why: str, by, seen: str | None = None, device: str = "") -> None:
        """No longer lives there, or was a mistake: then all that was noted was, in the same transaction.

        The number of who was a mistake is free again for whom it belongs to. Raises Overtaken where the row
        is no longer as it was `seen`.
        """
        from neighborhoods.models.helps import HelpEvent

        with transaction.atomic():
            row = self._locked(seen)
            row.left_on, row.left_why = timezone.localdate(), why
            if why == self.Leaving.MISTAKE:
                row.set_number(None)
                for event in row.helps.standing().select_related("group", "step", "place", "team"):
                    event.correct(outcome=HelpEvent.Outcome.MISTAKE, by=by, device=device)
            row.save()
        self.refresh_from_db()

    def come_back(self) -> None:
        """Lives there after all. What was corrected as a mistake stays corrected."""
        self.left_on, self.left_why = None, ""
        self.save(update_fields=["left_on", "left_why"])

    def _locked(self, seen: str | None) -> "Resident":
        """The row as it is now, for this transaction alone."""
        row = Resident.objects.select_for_update(of=("self",)).select_related("group").get(pk=self.pk)
        if seen is not None and row.version != seen:
            raise Overtaken
        return row
