"""What machines read of a site: schema.org, OpenGraph, sitemap, and the open data exports."""

import json

from django.utils.safestring import mark_safe

from heritage.addresses import absolute, site_address
from heritage.models import Edition


def of_page(edition: Edition, card: dict | None) -> dict:
    """Context of the page's head; `json_ld` goes into a data block, which no content policy stops."""
    content = edition.content
    lead = content["passages"].get("lead", [])
    description = (lead[0]["text"] if lead else content["tagline"])[:300]
    return {
        "description": description,
        "json_ld": mark_safe(_script_safe(json_ld(edition, description, card))),
        "canonical": absolute(site_address(content["slug"], edition.language)),
        "graph": _open_graph(edition, description, card),
    }


def alternates(slug: str, languages) -> list[dict]:
    """The page in every language it has, for hreflang; who reads none of them is sent to Vietnamese."""
    found = [{"language": one, "address": absolute(site_address(slug, one))} for one in languages]
    default = [one for one in found if one["language"] == "vi"] or found[:1]
    return [*found, {**default[0], "language": "x-default"}]


def _open_graph(edition: Edition, description: str, card: dict | None) -> list[tuple[str, str]]:
    """What a message that carries the address shows of it."""
    content = edition.content
    image = card and [
        ("image", absolute(card["address"])),
        ("image:width", card["width"]),
        ("image:height", card["height"]),
    ]
    return [
        *(image or []),
        ("type", "article"),
        ("title", ", ".join(filter(None, [content["name"], content["tagline"]]))),
        ("description", description),
        ("url", absolute(site_address(content["slug"], edition.language))),
    ]


def json_ld(edition: Edition, description: str, card: dict | None = None) -> dict:
    """The site as schema.org's LandmarksOrHistoricalBuildings and TouristAttraction."""
    content = edition.content
    data = {
        "@context": "https://schema.org",
        "@type": ["LandmarksOrHistoricalBuildings", "TouristAttraction"],
        "@id": absolute(site_address(content["slug"])),
        "url": absolute(site_address(content["slug"], edition.language)),
        "name": content["name"],
        "description": description,
        "inLanguage": edition.language,
        **({"image": absolute(card["address"])} if card else {}),
    }
    if content["areas"] or content["address"]:
        data["address"] = {
            "@type": "PostalAddress",
            "addressCountry": "VN",
            "addressRegion": "Gia Lai",
            **({"addressLocality": content["areas"][0]["name"]} if content["areas"] else {}),
            **({"streetAddress": content["address"]} if content["address"] else {}),
        }
    if content["point"] and content["point"]["is_exact"]:
        point = content["point"]
        data["geo"] = {"@type": "GeoCoordinates", "latitude": point["lat"], "longitude": point["lon"]}
    return data


def _script_safe(data: dict) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
