"""What machines read of a site: schema.org, OpenGraph, sitemap, and the open data exports."""

import json

from django.utils.safestring import mark_safe

from heritage.addresses import absolute, site_address
from heritage.models import Edition

SCENIC = {"scenic", "danh-lam"}  # kinds of which tourists are the first readers


def of_page(edition: Edition) -> dict:
    """Context of the page's head: title's description and `json_ld`, a data block that no policy stops."""
    content = edition.content
    lead = content["passages"].get("lead", [])
    description = (lead[0]["text"] if lead else content["tagline"])[:300]
    return {
        "description": description,
        "json_ld": mark_safe(_script_safe(json_ld(edition, description))),
        "canonical": absolute(site_address(content["slug"], edition.language)),
        "graph": _open_graph(edition, description),
    }


def alternates(slug: str, languages) -> list[dict]:
    """The page in every language it has, for hreflang; who reads none of them is sent to Vietnamese."""
    found = [{"language": one, "address": absolute(site_address(slug, one))} for one in languages]
    default = [one for one in found if one["language"] == "vi"] or found[:1]
    return [*found, {**default[0], "language": "x-default"}]


def _open_graph(edition: Edition, description: str) -> list[tuple[str, str]]:
    """What a message that carries the address shows of it."""
    content = edition.content
    return [
        ("type", "article"),
        ("title", ", ".join(filter(None, [content["name"], content["tagline"]]))),
        ("description", description),
        ("url", absolute(site_address(content["slug"], edition.language))),
    ]


def json_ld(edition: Edition, description: str) -> dict:
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
        "isAccessibleForFree": True,
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
