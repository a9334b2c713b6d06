"""What the pages of the 14 real sites weigh with their own drawings, and that they are whole."""

import gzip

import pytest

from heritage.addresses import site_address
from heritage.models import PictureFile
from tests.heritage.test_page import Page

pytestmark = pytest.mark.django_db
KILO = 1024
PAGE, FIRST_VIEW, HERO = 12 * KILO, 40 * KILO, 25 * KILO  # bytes on the wire


def opened(client, slug: str, language: str) -> tuple[int, Page]:
    """The page and what it weighs, as a phone gets it."""
    answer = client.get(site_address(slug, language), headers={"Accept-Encoding": "gzip, deflate, br"})
    assert answer["Content-Encoding"] == "gzip"
    return len(answer.content), Page(gzip.decompress(answer.content).decode())


def hero_size(page: Page) -> int:
    """Bytes of what a phone that reads AVIF loads for the first picture."""
    source = next(one for one in page.all("source", type="image/avif") if "media" not in one)
    return PictureFile.objects.get(name=source["srcset"].removeprefix("/tep/")).size


def dead_marks(page: Page) -> set[str]:
    """Fragments that links of the page name and no element has: numbers of sources, places on the plan."""
    targets = {found["id"] for _, found, _ in page.elements if "id" in found}
    return {a["href"][1:] for a in page.all("a") if a.get("href", "").startswith("#")} - targets


def strangers(page: Page) -> list[str]:
    """What the page would load from anywhere but here."""
    loaded = [e for tag in ("img", "source", "script", "audio") for e in page.all(tag)]
    addresses = [one.get("src") or one.get("srcset") or "" for one in loaded]
    return [one for one in addresses if one and not one.startswith(("/tep/", "/static/"))]


def test_every_page_keeps_its_budget_in_both_languages(client, fourteen):
    """HTML with its style ≤ 12 KB, with the hero ≤ 40 KB; nothing from elsewhere, nothing unknown shown."""
    weights = {}
    for slug, language in fourteen:
        weight, page = opened(client, slug, language)
        hero = hero_size(page)
        assert weight <= PAGE
        assert hero <= HERO
        assert weight + hero <= FIRST_VIEW
        assert (strangers(page), dead_marks(page)) == ([], set())
        assert page.all("link", rel="stylesheet") == []
        assert "None" not in page.html
        assert page.all("html")[0]["lang"] == language
        weights[slug, language] = weight, hero
    print("heaviest page", max(weights.values()), "heaviest first view", max(map(sum, weights.values())))
    assert len(weights) == 28
