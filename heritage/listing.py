"""The list of all published sites: searched without accents, narrowed by kind and rank, with their map."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.utils.translation import get_language

from heritage import atlas, maps, parts, words
from heritage.addresses import site_address
from heritage.models import Edition, Kind, Picture, Rank
from portal.text import typed

PAGE = 24


@dataclass(frozen=True)
class Asked:
    """What a visitor looks for; empty text for what is not asked."""

    words: str = ""
    kind: str = ""
    rank: str = ""
    page: str = ""

    @classmethod
    def of(cls, parameters) -> "Asked":
        """Read out of the address: `tim`, `loai`, `hang`, `page`."""
        given = (typed(parameters, name) for name in ("tim", "loai", "hang", "page"))
        return cls(*given)

    @property
    def is_narrowed(self) -> bool:
        return bool(self.words or self.kind or self.rank)


def context(asked: Asked, generation: str) -> dict:
    """What the list's template shows, in the active language; `generation` is `atlas.generation()`."""
    language = get_language()
    found = Edition.objects.published().one_a_site(language).search(asked.words)
    if asked.kind:
        found = found.of_kind(asked.kind)
    if asked.rank:
        found = found.filter(rank=asked.rank)
    page = Paginator(found.order_by("name_key").defer("search_text"), PAGE).get_page(asked.page)
    spots = atlas.spots()
    kinds = {kind for site in Edition.objects.published().values_list("kinds", flat=True) for kind in site}
    return {
        "asked": asked,
        "page": page,
        "cards": [card(edition, language) for edition in page],
        "total": len(spots),
        "kinds": _options(Kind, kinds, language),
        "ranks": _options(Rank, {spot.rank for spot in spots.values()}, language),
        "province": maps.province(spots.values(), language=language) if spots else None,
    }


def newest(language: str, count: int) -> list[dict]:
    """The sites published last, for the start page."""
    return [
        card(edition, language)
        for edition in Edition.objects.published().one_a_site(language).order_by("-published_at")[:count]
    ]


def card(edition: Edition, language: str) -> dict:
    """One site in the list: name, where it leads, rank, communes of today and before, its picture."""
    content = edition.content
    hero = next((one for one in content["pictures"] if one["use"] == Picture.Use.HERO), None)
    return {
        "name": content["name"],
        "lang": "" if edition.language == language else edition.language,
        "address": site_address(content["slug"], edition.language),
        "tagline": content["tagline"],
        "rank": content["rank"] and content["rank"]["name"],
        "areas": ", ".join(words.area_name(area["name"], language) for area in content["areas"]),
        "former": content["former"],
        "picture": hero and parts.picture_of(hero, language),
    }


def _options(model, codes: set, language: str) -> list[tuple[str, str]]:
    """Only what some published site has: (code, words)."""
    return [(row.pk, row.in_language(language)) for row in model.objects.filter(pk__in=codes)]
