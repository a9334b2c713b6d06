"""Every published site, as the others speak of it: names, place, what lies near, what belongs to it.

Read in one query of small columns; a page is made from it once and then kept, see `heritage.pages`.
"""

from dataclasses import dataclass, field
from math import asin, cos, radians, sin, sqrt

from django.db import connection

from heritage.models import Edition, Language
from heritage.scans import GENERATION

EARTH = 6371.0  # km
NEAR = 4  # sites named at the end of a page


@dataclass
class Spot:
    """One site with a page: `names` by published language; `point` {lat, lon, is_exact} or None."""

    slug: str
    names: dict[str, str] = field(default_factory=dict)
    point: dict | None = None
    areas: list[str] = field(default_factory=list)
    parent: str = ""
    rank: str = ""
    sort: str = ""

    def language(self, wanted: str) -> str:
        """The language in which to speak of it on a page in `wanted`."""
        return best(self.names, wanted)


def best(languages, wanted: str) -> str:
    """The language that answers for `wanted`: itself, else Vietnamese, else whichever there is."""
    return next(one for one in (wanted, *Language.values) if one in languages)


def spots() -> dict[str, Spot]:
    """All published sites by slug, in Vietnamese order of their names."""
    rows = (
        Edition.objects.published()
        .order_by("site__name_key", "language")
        .values_list(
            "site__slug", "language", "name", "rank", "content__point", "content__areas", "content__parent"
        )
    )
    found = {}
    for slug, language, name, rank, point, areas, parent in rows:
        spot = found.setdefault(slug, Spot(slug, point=point, parent=parent or "", rank=rank))
        spot.names[language] = name
        spot.areas = [area["name"] for area in areas]
    return found


def generation() -> str:
    """A mark that is another one as soon as an edition is published or withdrawn: pages name other sites."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {GENERATION}")
        return str(cursor.fetchone()[0])


def distance(one: dict, other: dict) -> float:
    """Kilometres between two points {lat, lon}, on the great circle."""
    lat, other_lat = radians(one["lat"]), radians(other["lat"])
    half = (
        sin((other_lat - lat) / 2) ** 2
        + cos(lat) * cos(other_lat) * sin(radians(other["lon"] - one["lon"]) / 2) ** 2
    )
    return 2 * EARTH * asin(sqrt(half))


def nearest(spot: Spot, all_spots: dict[str, Spot]) -> list[tuple[Spot, float | None]]:
    """Other sites, nearest first, with kilometres where both were measured on site. Family is left out."""
    others = [other for other in all_spots.values() if not _is_family(spot, other)]
    if spot.point is None:
        return [(other, None) for other in others[:NEAR]]
    far = [(distance(spot.point, other.point), n, other) for n, other in enumerate(others) if other.point]
    return [(other, km if _is_measured(spot, other) else None) for km, _, other in sorted(far)[:NEAR]]


def _is_measured(one: Spot, other: Spot) -> bool:
    return one.point["is_exact"] and other.point["is_exact"]


def _is_family(one: Spot, other: Spot) -> bool:
    return one.slug == other.slug or one.parent == other.slug or other.parent == one.slug
