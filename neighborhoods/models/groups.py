"""Groups, how many people live there, what is to be reached, and their houses."""

import re
import uuid
from datetime import date
from functools import reduce
from operator import or_

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone

from portal.folding import fold_ascii
from portal.history import tracked
from portal.organization.models import Place, Team
from portal.organization.trees import Dated, DatedQuerySet, ends_after_start
from portal.text import VnFold, clean_text, matches

# Where a search for groups looks.
PLACES = ("place__", "place__area__", "place__area__parent__", "place__former_area__")
SEARCHED = [f"{at}name_folded" for at in ("", *PLACES)]


class GroupQuerySet(models.QuerySet):
    def real(self):
        """Without the one where volunteers practise: whatever is counted starts here."""
        return self.filter(is_practice=False)

    def visible_to(self, user):
        """Groups at places in reach; at a desk's shift those of the commune around it."""
        return self.real().filter(user.reach.places("place__") | _around_desk(user))

    def at(self, place: Place):
        """The groups that are worked on from a place: the one that meets there; at a desk all around it."""
        if place.kind == Place.Kind.DESK:
            return self.filter(place__area__path__startswith=place.area.path, is_practice=False)
        return self.filter(place=place)

    def working(self):
        return self.exclude(state=Group.State.CLOSED)

    def search(self, text: str):
        """By name, place, ground, commune now or before 1-7-2025; each word may be of another of them."""
        found = Q()
        for word in clean_text(text).split():
            found &= reduce(or_, (matches(field, word) for field in SEARCHED))
        return self.alias(name_folded=VnFold("name")).filter(found)

    def with_place(self):
        """Loads what lists show: area and commune of today and before, unit, team.

        One table more, and the database thinks five times as long about their order.
        """
        return self.select_related(
            "place__area__kind", "place__area__parent", "place__former_area", "place__unit", "team"
        )

    def with_people(self, on=None):
        """Adds `adult_count`, the people from 14 years on as last counted by a day, or None."""
        counted = Denominator.objects.filter(group=OuterRef("pk"), on__lte=on or timezone.localdate())
        return self.annotate(adult_count=Subquery(counted.order_by("-on").values("adults")[:1]))

    def with_goal(self, step: str, on=None):
        """Adds `goal`, how many people shall come to a step (its code) by the target of a day, or None."""
        targets = Target.objects.valid_on(on or timezone.localdate()).filter(group=OuterRef("pk"), step=step)
        return self.annotate(goal=Subquery(targets.order_by("ends_on").values("people")[:1]))

    def with_count(self, on=None):
        """Adds what `last_count` gives, without a query of its own."""
        counted = Denominator.objects.filter(group=OuterRef("pk"), on__lte=on or timezone.localdate())
        words = JSONObject(**{name: name for name in ("on", "adults", "households", "smartphones", "source")})
        return self.annotate(count_words=Subquery(counted.order_by("-on").values(words=words)[:1]))


def _around_desk(user) -> Q:
    entry = user.reach.entry
    if entry is None or entry.shift.place.kind != Place.Kind.DESK:
        return Q(pk__in=[])
    return Q(place__area__path__startswith=entry.shift.place.area.path)


@tracked()
class Group(models.Model):
    """An electronic group: set up in a tổ dân phố, thôn, làng …, at the place where it meets.

    What the ground is called is the place's area with its kind; the union unit in charge is the place's.
    """

    class Kind(models.TextChoices):
        NEIGHBORHOOD = "neighborhood", "Tổ dân phố điện tử"
        RESIDENTIAL = "residential", "Khu dân cư điện tử"
        VILLAGE = "village", "Thôn, làng điện tử"

    class State(models.TextChoices):
        PREPARING = "preparing", "Đang chuẩn bị"
        WORKING = "working", "Đang hoạt động"
        CLOSED = "closed", "Đã thôi"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    place = models.OneToOneField(
        Place, models.PROTECT, verbose_name="nơi", related_name="group", help_text="Nhà sinh hoạt của tổ."
    )
    kind = models.CharField("mô hình", max_length=12, choices=Kind, default=Kind.NEIGHBORHOOD)
    name = models.CharField("tên", max_length=80, help_text="Ví dụ: Tổ dân phố điện tử 5.")
    set_up_on = models.DateField("ra mắt ngày", null=True, blank=True)
    decision = models.CharField("quyết định thành lập", max_length=80, blank=True)
    team = models.ForeignKey(
        Team,
        models.PROTECT,
        verbose_name="đội giúp",
        related_name="groups",
        null=True,
        blank=True,
        limit_choices_to={"kind__in": [Team.Kind.COMMUNITY, Team.Kind.YOUTH]},
    )
    police_liaison = models.CharField(
        "đầu mối công an", max_length=120, blank=True, help_text="Ghi chức danh, không ghi tên người."
    )
    state = models.CharField("tình trạng", max_length=10, choices=State, default=State.WORKING)
    is_practice = models.BooleanField("nơi tập làm", default=False, editable=False)

    objects = GroupQuerySet.as_manager()

    class Meta:
        verbose_name = "tổ dân phố điện tử"
        verbose_name_plural = "tổ dân phố điện tử"
        ordering = ["place__name_key"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="preparing") | Q(set_up_on__isnull=False),
                name="neighborhoods_group_set_up_on",
                violation_error_message="Tổ đang hoạt động hoặc đã thôi thì có ngày ra mắt.",
            ),
            models.UniqueConstraint(
                fields=["is_practice"],
                condition=Q(is_practice=True),
                name="neighborhoods_group_one_practice",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def full_name(self) -> str:
        """`Tổ dân phố điện tử 5, Phường Diên Hồng`."""
        return f"{self.name}, {self.commune.name}"

    @property
    def commune(self):
        """The commune or ward of today, where the place's area lies below one."""
        area = self.place.area
        return area.parent if area.kind.level > area.kind.Level.COMMUNE and area.parent_id else area

    @property
    def last_count(self) -> "Denominator | None":
        """What was counted last, of rows of `with_count`."""
        words = self.count_words
        return words and Denominator(**words | {"on": date.fromisoformat(words["on"])}, group=self)

    def denominator(self, on=None) -> "Denominator | None":
        """What was counted last by a day, today by default."""
        counted = self.denominators.filter(on__lte=on or timezone.localdate())
        return counted.order_by("-on").first()


@tracked()
class Denominator(models.Model):
    """How many live in a group, as counted on a day, and by whom it was counted."""

    group = models.ForeignKey(Group, models.CASCADE, verbose_name="tổ", related_name="denominators")
    on = models.DateField("tính đến ngày")
    adults = models.PositiveIntegerField("người từ 14 tuổi")
    households = models.PositiveIntegerField("số hộ")
    smartphones = models.PositiveIntegerField("người có điện thoại thông minh", null=True, blank=True)
    source = models.CharField("nguồn", max_length=120, help_text="Ví dụ: danh sách của tổ trưởng.")

    class Meta:
        verbose_name = "dân số của tổ"
        verbose_name_plural = "dân số của tổ"
        ordering = ["-on"]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "on"],
                name="neighborhoods_denominator_once",
                violation_error_message="Ngày này đã có số liệu của tổ.",
            ),
            models.CheckConstraint(
                condition=Q(smartphones=None) | Q(smartphones__lte=models.F("adults")),
                name="neighborhoods_denominator_smartphones",
                violation_error_message="Người có điện thoại thông minh không thể nhiều hơn số người.",
            ),
        ]

    def __str__(self):
        return f"{self.group}, {self.on:%d-%m-%Y}"


@tracked()
class Target(Dated):
    """How many people of a group shall have come to a step by the end of its dates."""

    group = models.ForeignKey(Group, models.CASCADE, verbose_name="tổ", related_name="targets")
    step = models.ForeignKey("neighborhoods.Step", models.PROTECT, verbose_name="việc")
    people = models.PositiveIntegerField("chỉ tiêu (người)")

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = "chỉ tiêu"
        verbose_name_plural = "chỉ tiêu"
        ordering = ["step", "-ends_on"]
        constraints = [
            ends_after_start("neighborhoods_target_ends_after_start"),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=False, ends_on__isnull=False),
                name="neighborhoods_target_has_dates",
                violation_error_message="Chỉ tiêu cần ngày bắt đầu và ngày kết thúc.",
            ),
            models.UniqueConstraint(
                fields=["group", "step", "ends_on"],
                name="neighborhoods_target_once",
                violation_error_message="Việc này đã có chỉ tiêu đến ngày đó.",
            ),
        ]

    def __str__(self):
        return f"{self.group}, {self.step}: {self.people}"


# Words before a number, the number with its letters and strokes, the street.
HOUSE = re.compile(
    r"(?:(?:SO NHA|NHA SO|NHA|SO|HEM)[ .:]+)?"
    r"(?P<number>[0-9]+(?:[A-Z]\b)?(?:[/-][0-9]+(?:[A-Z]\b)?)*)?"
    r"[ ,.]*(?:DUONG )?(?P<street>.*)"
)


def walking_key(house: str) -> str:
    """Houses in the order in which one walks past them: street by street, and there 2, 2A, 2/1, 10.

    Where no street is said comes first. However the street is written, it is the same one without accents.

    >>> sorted(["10", "2/1", "2A", "2"], key=walking_key)
    ['2', '2A', '2/1', '10']
    >>> sorted(["4 Lê Lợi", "1 Trần Phú", "Số nhà 12/3, đường Lê Lợi", "hẻm 9 lê lợi"], key=walking_key)
    ['4 Lê Lợi', 'hẻm 9 lê lợi', 'Số nhà 12/3, đường Lê Lợi', '1 Trần Phú']
    """
    found = HOUSE.fullmatch(fold_ascii(clean_text(house)).upper())
    ordered = f"{found['street']} {found['number'] or ''}".replace("/", "~")
    return re.sub("[0-9]+", lambda digits: digits[0].zfill(6), ordered)[:60]


@tracked()
class Household(models.Model):
    """Who lives at one house number; the name of nobody."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    group = models.ForeignKey(Group, models.PROTECT, verbose_name="tổ", related_name="households")
    house = models.CharField("số nhà", max_length=40, help_text="Ví dụ: 12/3 Lê Lợi.")
    walk_key = models.CharField(max_length=60, editable=False, db_collation="C", default="")

    class Meta:
        verbose_name = "hộ"
        verbose_name_plural = "hộ"
        ordering = ["group", "walk_key"]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "house"],
                name="neighborhoods_household_once",
                violation_error_message="Số nhà này đã có trong tổ.",
            )
        ]

    def __str__(self):
        return self.house

    def save(self, *args, **kwargs):
        self.house = clean_text(self.house)
        self.walk_key = walking_key(self.house)
        super().save(*args, **kwargs)
