"""Maps drawn by hand of the server: the province out of its communes' centres, and a site's plan.

Both are inline SVG of a few hundred bytes. A dot is a sub-path of length nothing with round ends, so that the
135 communes are one path; the same path with a thick pen under it is the province's shape.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from math import cos, radians
from pathlib import Path

from django.utils.safestring import SafeString, mark_safe

from heritage import words
from heritage.addresses import site_address
from portal.organization.models import Area

WIDTH, MARGIN = 340, 16
WEST, EAST, SOUTH, NORTH = 107.40, 109.40, 12.95, 14.65  # degrees; the ground of the province of today
SCALE = (WIDTH - 2 * MARGIN) / (EAST - WEST)  # px a degree of longitude
HEIGHT = round((NORTH - SOUTH) * SCALE / cos(radians((NORTH + SOUTH) / 2))) + 2 * MARGIN
PLANS = Path(__file__).parent / "data" / "plans"


@dataclass(frozen=True)
class Mark:
    """A site on the province's map, in px; `is_exact` False: the middle of its commune."""

    x: int
    y: int
    name: str
    is_exact: bool
    is_here: bool = False
    address: str = ""  # of the site's page; empty where the map leads nowhere
    lang: str = ""  # of name and page, where it is not the language that the map's own words are in


@dataclass(frozen=True)
class Province:
    """What components of the template draw: `d` is the path of all communes."""

    d: str
    marks: list[Mark]
    width: int = WIDTH
    height: int = HEIGHT


def spot(lat: float, lon: float) -> tuple[int, int]:
    """Where a place stands on the map of the province, in px from its upper left corner."""
    x = MARGIN + (lon - WEST) * SCALE
    y = MARGIN + (NORTH - lat) * SCALE / cos(radians((NORTH + SOUTH) / 2))
    return round(x), round(y)


def province(sites: Iterable, *, language: str, here: str = "") -> Province:
    """The map with all sites that have a point; `here` is the slug of the one the page speaks of.

    `sites` are `heritage.atlas.Spot`; several in one commune share its middle and are drawn as one mark.
    """
    marks = {}
    for site in sites:
        if site.point:
            place = spot(site.point["lat"], site.point["lon"])
            is_here = site.slug == here
            if is_here or place not in marks:
                speaks = site.language(language)
                lang = "" if speaks == words.speaks(language) else speaks
                address = site_address(site.slug, speaks)
                marks[place] = Mark(
                    *place, site.names[speaks], site.point["is_exact"], is_here, address, lang
                )
    last = sorted(marks.values(), key=lambda mark: mark.is_here)  # drawn last, so on top
    return Province(communes(), last)


def communes() -> str:
    """The path of the 135 communes' centres, from west to east, in relative steps."""
    rows = Area.objects.communes().today().exclude(latitude=None).values_list("latitude", "longitude")
    places = sorted({spot(lat, lon) for lat, lon in rows})
    path, x, y = [], 0, 0
    for place in places:
        dx, dy = place[0] - x, place[1] - y
        path.append(f"m{dx}{dy if dy < 0 else f' {dy}'}h0")
        x, y = place
    return "".join(path)


@dataclass(frozen=True)
class Plan:
    """A drawn plan: `drawing` is the inside of its SVG; points are laid over it in its own units."""

    width: int
    height: int
    drawing: SafeString

    def point(self, x: int, y: int) -> tuple[int, int]:
        """A component's place, from thousandths of width and height."""
        return round(x * self.width / 1000), round(y * self.height / 1000)


@cache
def drawn_plan(slug: str) -> Plan | None:
    """The plan heritage/data/plans/<slug>.svg, or None where there is none."""
    file = PLANS / f"{slug}.svg"
    if not file.is_file():
        return None
    text = file.read_text(encoding="utf-8")
    size = re.search(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', text)
    inside = text[text.index(">", size.end()) + 1 : text.rindex("</svg>")]
    return Plan(
        round(float(size[1])), round(float(size[2])), mark_safe(re.sub(r">\s+<", "><", inside).strip())
    )


def photographed_plan(picture: dict) -> Plan:
    """The frame for points over a photographed plan, 360 wide as the drawn ones are."""
    return Plan(360, round(360 * picture["height"] / (picture["width"] or 1)), SafeString())
