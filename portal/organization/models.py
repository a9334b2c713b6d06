"""Where things are and who is in charge: areas, union units, teams, places. All dated, with successors."""

from django.conf import settings
from django.db import models
from django.db.models import Q, Subquery
from django.db.models.functions import Greatest

from portal.history import tracked
from portal.organization.succession import ALONE, following, following_any, preceding
from portal.organization.trees import Dated, DatedQuerySet, DatedTree, TreeQuerySet, ends_after_start
from portal.text import Folded, SortKey, matches, trigram_index


class AreaKind(models.Model):
    """Tỉnh, huyện, phường, thôn, làng, tổ dân phố, khu phố …: which words there are is data."""

    class Level(models.IntegerChoices):
        PROVINCE = 1, "Cấp tỉnh"
        DISTRICT = 2, "Cấp huyện (trước 1-7-2025)"
        COMMUNE = 3, "Cấp xã"
        HAMLET = 4, "Dưới cấp xã"

    code = models.SlugField("mã", max_length=20, primary_key=True)
    name = models.CharField("tên", max_length=60)
    level = models.PositiveSmallIntegerField("cấp", choices=Level)

    class Meta:
        verbose_name = "loại địa bàn"
        verbose_name_plural = "loại địa bàn"
        ordering = ["level", "name"]

    def __str__(self):
        return self.name


class AreaQuerySet(TreeQuerySet):
    def communes(self):
        return self.filter(kind__level=AreaKind.Level.COMMUNE)

    def as_fine_as(self, area: "Area"):
        """Communes for a commune, district or province; what lies below a commune for what lies below one."""
        own = AreaKind.objects.filter(pk=area.kind_id).values("level")  # in the same query
        return self.filter(kind__level=Greatest(Subquery(own), AreaKind.Level.COMMUNE))

    def search(self, text: str):
        """Areas of any time by a part of their name, without accents: `dak po`, `huyện Đăk Pơ`."""
        return self.filter(matches("name_folded", text))

    def following(self, area: "Area", *, on):
        """What stands on a day where `area` stood: phường Hoa Lư, today → phường Pleiku. One query."""
        return following(self.as_fine_as(area), area.path, on)

    def default_following(self, area: "Area", *, on):
        """One commune for each old one, to take when only the old commune is known. One query."""
        return following(self.as_fine_as(area), area.path, on, only_default=True)

    def preceding(self, area: "Area", *, on):
        """What `area` consisted of on an earlier day: phường Pleiku, 3-12-2023. One query."""
        return preceding(self.as_fine_as(area), area.path, on)

    def known_as(self, text: str, *, on):
        """Communes of a day by any name their ground ever had: `huyện Đăk Pơ` → xã Đak Pơ … One query."""
        return following_any(self.communes(), self.model.objects.search(text), on)


@tracked()
class Area(DatedTree):
    """A piece of ground with a name from one day to another. A code is unique only with its dates."""

    code = models.CharField("mã", max_length=10, blank=True, db_index=True)
    name = models.CharField("tên", max_length=120)
    kind = models.ForeignKey(AreaKind, models.PROTECT, verbose_name="loại")
    latitude = models.FloatField("vĩ độ điểm giữa", null=True, blank=True)
    longitude = models.FloatField("kinh độ điểm giữa", null=True, blank=True)
    surface_km2 = models.FloatField("diện tích (km²)", null=True, blank=True)
    name_folded = Folded("name")
    name_key = SortKey("name")

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = "địa bàn"
        verbose_name_plural = "địa bàn"
        ordering = ["name_key"]
        indexes = [
            models.Index(fields=["path"], name="organization_area_path"),
            trigram_index("name_folded", name="organization_area_name"),
        ]
        constraints = [ends_after_start("organization_area_ends_after_start")]

    def __str__(self):
        return f"{self.name} (đến {self.ends_on:%d-%m-%Y})" if self.ends_on else self.name


class AreaSuccession(models.Model):
    """`predecessor` passed into `successor` on a day."""

    class How(models.TextChoices):
        WHOLE = "whole", "Toàn bộ"
        PART = "part", "Một phần"

    predecessor = models.ForeignKey(Area, models.CASCADE, verbose_name="trước", related_name="passings")
    successor = models.ForeignKey(Area, models.CASCADE, verbose_name="sau", related_name="origins")
    on = models.DateField("từ ngày")
    how = models.CharField("phần", max_length=5, choices=How)
    is_default = models.BooleanField("lấy khi chỉ biết tên xã cũ", default=False)

    class Meta:
        verbose_name = "kế thừa địa bàn"
        verbose_name_plural = "kế thừa địa bàn"
        constraints = [
            models.UniqueConstraint(
                fields=["predecessor", "successor", "on"],
                name="organization_areasuccession_once",
                violation_error_message="Việc kế thừa này đã được ghi.",
            ),
            models.UniqueConstraint(
                fields=["predecessor", "on"],
                condition=Q(is_default=True),
                name="organization_areasuccession_one_default",
                violation_error_message="Mỗi địa bàn cũ chỉ có một nơi kế thừa mặc định.",
            ),
            models.CheckConstraint(
                condition=~Q(how="whole") | Q(is_default=True),
                name="organization_areasuccession_whole_is_default",
                violation_error_message="Nơi nhận toàn bộ là nơi kế thừa mặc định.",
            ),
        ]

    def __str__(self):
        return f"{self.predecessor} → {self.successor}"


class UnitQuerySet(TreeQuerySet):
    def visible_to(self, user):
        return self.filter(user.reach.units())

    def search(self, text: str):
        return self.filter(matches("name_folded", text))

    def following(self, unit: "Unit", *, on):
        """Units that carry on a day what `unit` carried; itself while it is open. One query."""
        return following(self, unit.path, on, start=ALONE)

    def preceding(self, unit: "Unit", *, on):
        """Units of an earlier day that have since passed into `unit`. One query."""
        return preceding(self, unit.path, on, start=ALONE)


@tracked()
class Unit(DatedTree):
    """An organisation of the union: province, commune-level, equivalent, branch."""

    class Kind(models.TextChoices):
        PROVINCE = "province", "Cấp tỉnh"
        COMMUNE = "commune", "Cấp xã"
        EQUIVALENT = "equivalent", "Tương đương cấp xã"
        BRANCH = "branch", "Chi đoàn"

    name = models.CharField("tên", max_length=160)
    kind = models.CharField("loại", max_length=12, choices=Kind)
    area = models.ForeignKey(
        Area, models.PROTECT, verbose_name="địa bàn", related_name="units", null=True, blank=True
    )
    name_folded = Folded("name")
    name_key = SortKey("name")

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = "đơn vị"
        verbose_name_plural = "đơn vị"
        ordering = ["name_key"]
        indexes = [
            models.Index(fields=["path"], name="organization_unit_path"),
            trigram_index("name_folded", name="organization_unit_name"),
        ]
        constraints = [ends_after_start("organization_unit_ends_after_start")]

    def __str__(self):
        return self.name


class UnitSuccession(models.Model):
    """A closed unit's people, stalls and groups move to its successor; history stays."""

    predecessor = models.ForeignKey(Unit, models.CASCADE, verbose_name="trước", related_name="passings")
    successor = models.ForeignKey(Unit, models.CASCADE, verbose_name="sau", related_name="origins")
    on = models.DateField("từ ngày")

    class Meta:
        verbose_name = "kế thừa đơn vị"
        verbose_name_plural = "kế thừa đơn vị"
        constraints = [
            models.UniqueConstraint(
                fields=["predecessor", "successor"], name="organization_unitsuccession_once"
            )
        ]

    def __str__(self):
        return f"{self.predecessor} → {self.successor}"


class TeamQuerySet(DatedQuerySet):
    def visible_to(self, user):
        return self.filter(user.reach.units("unit__"))


@tracked()
class Team(Dated):
    """A digital team: kind, unit, decision, leader, members, from–to."""

    class Kind(models.TextChoices):
        COMMUNITY = "community", "Tổ công nghệ số cộng đồng"
        YOUTH = "youth", "Đội thanh niên số"
        PUBLIC_SERVICE = "public_service", "Đội hỗ trợ dịch vụ công"

    name = models.CharField("tên", max_length=160)
    kind = models.CharField("loại", max_length=16, choices=Kind)
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name="đơn vị", related_name="teams")
    decision = models.CharField("quyết định thành lập", max_length=80, blank=True)
    leader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="đội trưởng",
        related_name="teams_led",
        null=True,
        blank=True,
    )

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = "đội"
        verbose_name_plural = "đội"
        ordering = ["name"]
        constraints = [ends_after_start("organization_team_ends_after_start")]

    def __str__(self):
        return self.name


@tracked()
class TeamMember(Dated):
    """A person in a team from–to."""

    team = models.ForeignKey(Team, models.CASCADE, verbose_name="đội", related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="thành viên", related_name="team_memberships"
    )

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = "thành viên đội"
        verbose_name_plural = "thành viên đội"
        constraints = [
            ends_after_start("organization_teammember_ends_after_start"),
            models.UniqueConstraint(
                fields=["team", "user"],
                condition=Q(ends_on=None),
                name="organization_teammember_open_once",
                violation_error_message="Người này đang ở trong đội.",
            ),
        ]

    def __str__(self):
        return f"{self.user}, {self.team}"


class PlaceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Places of the user's units and areas, or of the user's shift; never a place to practise."""
        return self.filter(user.reach.places(), is_practice=False)

    def search(self, text: str):
        return self.filter(matches("name_folded", text))


@tracked()
class Place(models.Model):
    """A spot that shifts and programmes point to: market, desk, meeting house, heritage site."""

    class Kind(models.TextChoices):
        MARKET = "market", "Chợ"
        DESK = "desk", "Bàn hỗ trợ"
        MEETING_HOUSE = "meeting_house", "Nhà sinh hoạt cộng đồng"
        HERITAGE = "heritage", "Di tích"
        OTHER = "other", "Nơi khác"

    name = models.CharField("tên", max_length=120)
    kind = models.CharField("loại", max_length=16, choices=Kind)
    area = models.ForeignKey(Area, models.PROTECT, verbose_name="địa bàn hiện nay", related_name="places")
    former_area = models.ForeignKey(
        Area,
        models.PROTECT,
        verbose_name="địa bàn trước 1-7-2025",
        related_name="former_places",
        null=True,
        blank=True,
        help_text="Để đọc số liệu cũ theo phường, xã, huyện cũ.",
    )
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name="đơn vị phụ trách", related_name="places")
    is_practice = models.BooleanField("nơi tập làm", default=False, editable=False)
    name_folded = Folded("name")
    name_key = SortKey("name")

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = "nơi làm việc"
        verbose_name_plural = "nơi làm việc"
        ordering = ["name_key"]
        indexes = [trigram_index("name_folded", name="organization_place_name")]

    def __str__(self):
        return self.name
