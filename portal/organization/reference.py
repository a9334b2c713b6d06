"""Areas before and after 1-7-2025, how they passed into each other, and the 142 units of the union.

The files in `data/` follow the resolutions of 2025 that made the new province of Gia Lai out of Gia Lai and
Bình Định: 28 districts and 373 communes until 30-6-2025, since then no districts, 135 communes and wards.

Loading adds what is missing and never changes a row: a name, an end or a centre that staff corrected stays.
"""

import csv
from datetime import date
from pathlib import Path

from portal.organization.models import Area, AreaKind, AreaSuccession, Unit

DATA = Path(__file__).parent / "data"
LAST_DAY, FIRST_DAY = date(2025, 6, 30), date(2025, 7, 1)
PROVINCE_CODE = "52"  # the new province took over the code of Bình Định
PROVINCE_UNIT = "Tỉnh Đoàn Gia Lai"


def load() -> None:
    """Adds the kinds, areas, successions and units that are not there yet; run it inside a transaction."""
    rows = (AreaKind(row["code"], row["name"], row["level"]) for row in _rows("kinds"))
    AreaKind.objects.bulk_create(rows, ignore_conflicts=True)
    kinds = {kind.name: kind for kind in AreaKind.objects.all()}
    old = _load_old_areas(kinds)
    new = _load_areas(kinds)
    Area.objects.write_paths()
    _load_successions(old, new)
    _load_units(new)
    Unit.objects.write_paths()


def _load_old_areas(kinds) -> dict[str, Area]:
    """The two provinces, 28 districts and 373 communes that ended on 30-6-2025, by code."""
    rows, dates = _rows("areas-before-2025"), {"ends_on": LAST_DAY}
    areas = _add(
        {r["province_code"]: Area(kind=kinds["Tỉnh"], name=r["province"], **dates) for r in rows}, dates
    )
    districts = {
        r["district_code"]: Area(
            kind=kinds[r["district_type"]], name=r["district"], parent=areas[r["province_code"]], **dates
        )
        for r in rows
    }
    areas |= _add(districts, dates)
    communes = {
        r["code"]: Area(kind=kinds[r["type"]], name=r["name"], parent=areas[r["district_code"]], **dates)
        for r in rows
    }
    return areas | _add(communes, dates)


def _load_areas(kinds) -> dict[str, Area]:
    """The province and its 135 communes and wards since 1-7-2025, by code."""
    dates = {"starts_on": FIRST_DAY}
    areas = _add({PROVINCE_CODE: Area(kind=kinds["Tỉnh"], name="Tỉnh Gia Lai", **dates)}, dates)
    communes = {
        row["code"]: Area(
            kind=kinds[row["type"]],
            name=row["name"],
            parent=areas[PROVINCE_CODE],
            latitude=float(row["lat"]),
            longitude=float(row["lon"]),
            surface_km2=float(row["area_km2"]),
            **dates,
        )
        for row in _rows("areas-2025")
    }
    return areas | _add(communes, dates)


def _add(wanted: dict[str, Area], dates: dict) -> dict[str, Area]:
    """Saves the areas whose code is not there yet with these dates; returns all of them by code."""
    for code, area in wanted.items():
        area.code = code
    known = Area.objects.filter(code__in=wanted, kind__level__lte=AreaKind.Level.COMMUNE, **dates)
    found = {area.code: area for area in known}
    Area.objects.bulk_create(area for code, area in wanted.items() if code not in found)
    return wanted | found


def _load_successions(old: dict[str, Area], new: dict[str, Area]) -> None:
    """Communes into communes, and both provinces into one."""
    pairs = [(row["old_code"], row["new_code"], row["how"]) for row in _rows("areas-successors")]
    provinces = [(code, PROVINCE_CODE, "whole") for code, area in old.items() if area.parent_id is None]
    AreaSuccession.objects.bulk_create(
        (
            AreaSuccession(
                predecessor=old[before],
                successor=new[after],
                on=FIRST_DAY,
                how=how.partition(",")[0],
                is_default=how != "part",
            )
            for before, after, how in [*pairs, *provinces]
        ),
        ignore_conflicts=True,
    )


def _load_units(areas: dict[str, Area]) -> None:
    """Tỉnh Đoàn, a unit for each commune, and the six that are equivalent; all since 1-7-2025."""
    kinds, dates = Unit.Kind, {"starts_on": FIRST_DAY}
    province = Unit.objects.filter(kind=kinds.PROVINCE).first() or Unit.objects.create(
        name=PROVINCE_UNIT, kind=kinds.PROVINCE, area=areas[PROVINCE_CODE], **dates
    )
    known = set(Unit.objects.filter(kind=kinds.COMMUNE).values_list("area_id", flat=True))
    units = [
        Unit(name=f"Đoàn {area.name[0].lower()}{area.name[1:]}", kind=kinds.COMMUNE, area=area)
        for code, area in areas.items()
        if code != PROVINCE_CODE and area.pk not in known
    ]
    if not Unit.objects.filter(
        kind=kinds.EQUIVALENT
    ).exists():  # they have no area and no code to know them by
        units += [Unit(name=row["name"], kind=kinds.EQUIVALENT) for row in _rows("equivalents")]
    for unit in units:
        unit.parent, unit.starts_on = province, FIRST_DAY
    Unit.objects.bulk_create(units)


def _rows(name: str) -> list[dict[str, str]]:
    with open(DATA / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
