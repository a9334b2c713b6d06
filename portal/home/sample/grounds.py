"""The demo's electronic groups: tổ 5 of the former phường Yên Đỗ, the first of all, and the others of Pleiku.

The city then had 14 tổ dân phố điện tử and 15 khu dân cư điện tử: here one in each of its 14 former wards
and two or three in each of its seven former communes, every one in the commune that stands there today. Where
tổ 5 is and since when is true; everything else of them is invented, and called Mẫu.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from neighborhoods.models import Denominator, Group, Step, Target
from portal.home.sample import crew
from portal.organization.models import Area, Place, Team

CITY = "Thành phố Pleiku"
NUMBER_5 = "Tổ dân phố điện tử 5"
FIRST_DAY = date(2023, 7, 13)  # of tổ 5; the others follow one another until November 2024
BETWEEN = timedelta(days=17)
WARDS = ["Yên Đỗ", "Hoa Lư", "Hội Thương", "Diên Hồng", "Ia Kring", "Hội Phú", "Phù Đổng", "Tây Sơn",
         "Thống Nhất", "Đống Đa", "Trà Bá", "Thắng Lợi", "Yên Thế", "Chi Lăng"]  # fmt: skip
# Thôn where most are Kinh, làng where most are Jrai.
VILLAGES = [
    ("Biển Hồ", "thon", "Thôn Mẫu 1"), ("Biển Hồ", "lang", "Làng Mẫu A"),
    ("Trà Đa", "thon", "Thôn Mẫu 3"), ("Trà Đa", "thon", "Thôn Mẫu 4"),
    ("Chư Á", "thon", "Thôn Mẫu 5"), ("Chư Á", "lang", "Làng Mẫu B"),
    ("An Phú", "thon", "Thôn Mẫu 2"), ("An Phú", "thon", "Thôn Mẫu 6"),
    ("Diên Phú", "thon", "Thôn Mẫu 7"), ("Diên Phú", "thon", "Thôn Mẫu 8"),
    ("Ia Kênh", "lang", "Làng Mẫu C"), ("Ia Kênh", "lang", "Làng Mẫu D"),
    ("Gào", "lang", "Làng Mẫu O"), ("Gào", "lang", "Làng Mẫu E"), ("Gào", "thon", "Thôn Mẫu 9"),
]  # fmt: skip
YOUTH, COMMUNITY = "Đội thanh niên số Mẫu Diên Hồng", "Tổ công nghệ số cộng đồng Mẫu Diên Hồng"
# The leader first. Trần Văn Thử has an account, and helps in Pleiku and here.
TEAMS = [
    (YOUTH, Team.Kind.YOUTH, crew.DIEN_HONG,
     ["Võ Văn Thí Điểm", "Trần Văn Thử", "Ksor Thí Điểm", "Hồ Thị Minh Họa"]),
    (COMMUNITY, Team.Kind.COMMUNITY, crew.DIEN_HONG,
     ["Phan Thị Minh Họa", "Nay H’Thử", "Dương Văn Mẫu"]),
]  # fmt: skip
DESK = "Bàn hỗ trợ VNeID phường Diên Hồng"


@dataclass(frozen=True)
class Ground:
    """Where a group is: its former commune, what its area is called today and of which kind."""

    former: str
    kind: str
    name: str

    @property
    def is_village(self) -> bool:
        return self.kind in ("thon", "lang")

    @property
    def group_name(self) -> str:
        if self.is_village:
            return f"Khu dân cư điện tử {self.name[0].lower()}{self.name[1:]}"
        return self.name.replace("Tổ dân phố", "Tổ dân phố điện tử")


def grounds() -> list[Ground]:
    """Tổ 5, then the others in the order in which they were set up."""
    wards = [
        Ground(f"Phường {name}", "to-dan-pho", f"Tổ dân phố Mẫu {turn}") for turn, name in enumerate(WARDS)
    ]
    wards[0] = Ground(wards[0].former, "to-dan-pho", "Tổ dân phố 5")
    villages = [Ground(f"Xã {former}", kind, name) for former, kind, name in VILLAGES]
    mixed = [one for pair in zip(wards[1:], villages, strict=False) for one in pair]
    return [wards[0], *mixed, *villages[len(wards) - 1 :]]


def build() -> list[Group]:
    """The groups at their meeting houses with teams, counts and targets, in the order of `grounds`."""
    own = [crew.make_team(*team, decision=f"Quyết định mẫu {turn:02d}") for turn, team in enumerate(TEAMS, 2)]
    formers = {area.name: area for area in Area.objects.communes().filter(parent__name=CITY)}
    steps = Step.objects.in_bulk()
    groups = [_set_up(ground, turn, formers[ground.former], own) for turn, ground in enumerate(grounds())]
    for turn, group in enumerate(groups):
        is_first = turn == 0
        _count(group, 214 if is_first else 52 + turn * 7 % 40, 96 if is_first else 17 + turn * 3 % 12)
        _aim(group, steps, 60 if is_first else 9)
    return groups


def desk() -> Place:
    """Where people of all the ward come to."""
    unit = crew.unit_of(crew.DIEN_HONG)
    return Place.objects.get_or_create(name=DESK, kind=Place.Kind.DESK, area=unit.area, unit=unit)[0]


def _set_up(ground: Ground, turn: int, former: Area, own: list[Team]) -> Group:
    commune = Area.objects.default_following(former, on=timezone.localdate()).get()
    unit, name = crew.unit_of(commune.name), ground.name[0].lower() + ground.name[1:]
    area, _ = Area.objects.get_or_create(name=ground.name, kind_id=ground.kind, parent=commune)
    place = Place.objects.create(
        name=f"Nhà sinh hoạt {name}", kind=Place.Kind.MEETING_HOUSE, area=area, former_area=former, unit=unit
    )
    near = Team.objects.filter(unit=unit).exclude(unit=own[0].unit).first()  # Pleiku's, An Phú's
    return Group.objects.create(
        place=place,
        kind=Group.Kind.RESIDENTIAL if ground.is_village else Group.Kind.NEIGHBORHOOD,
        name=ground.group_name,
        set_up_on=FIRST_DAY + BETWEEN * turn,
        decision=f"Quyết định mẫu {turn + 10}",
        team=near or own[ground.is_village],
        police_liaison=f"Cảnh sát khu vực, Công an {commune.name[0].lower()}{commune.name[1:]}",
    )


def _count(group: Group, adults: int, households: int) -> None:
    """As counted when it was set up, and each January since: some move in, more have a smartphone."""
    today, begin = timezone.localdate(), group.set_up_on
    days = [begin, *(date(year, 1, 10) for year in range(begin.year + 1, today.year + 1))]
    days = [day for day in days if day <= today]
    counted = [adults - 2 * back for back in reversed(range(len(days)))]
    Denominator.objects.bulk_create(
        Denominator(
            group=group, on=day, adults=number, households=households,
            smartphones=round(number * min(0.9, 0.55 + 0.06 * turn)), source="Danh sách mẫu của tổ trưởng",
        )
        for turn, (day, number) in enumerate(zip(days, counted, strict=True))
    )  # fmt: skip


def _aim(group: Group, steps: dict[str, Step], people: int) -> None:
    """How many by the end of each year: more each year, half as many with public services."""
    years = range(group.set_up_on.year, timezone.localdate().year + 1)
    Target.objects.bulk_create(
        Target(
            group=group, step=steps[code], starts_on=date(year, 1, 1), ends_on=date(year, 12, 31),
            people=round(people * turn / len(years) / part),
        )
        for turn, year in enumerate(years, 1)
        for code, part in (("activated", 1), ("public_service", 2))
    )  # fmt: skip
