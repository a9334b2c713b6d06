"""What is published as open data: GeoJSON, CSV and Dublin Core, for who builds on it.

Only what the pages say leaves here. A position that was not measured on site is the middle of a commune and
says so (`is_exact`), so that nobody mistakes it for the site's own.
"""

import json
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from django.utils import timezone

from heritage.addresses import INTERFACE, absolute, list_address, site_address
from heritage.models import Edition
from portal.exports import csv_rows

COLUMNS = [
    "id", "language", "name", "tagline", "kinds", "rank", "decisions", "period", "address", "communes",
    "communes_before_2025", "latitude", "longitude", "is_exact", "part_of", "published", "page",
]  # fmt: skip
PUBLISHER = "Tỉnh Đoàn Gia Lai"


def editions() -> Iterable[Edition]:
    """All published editions, in order of their sites' names."""
    return Edition.objects.published().order_by("site__name_key", "language").defer("search_text")


def row(edition: Edition) -> list:
    """One edition as a line of the table, in the order of COLUMNS."""
    content, point = edition.content, edition.content["point"] or {}
    decisions = (" ".join(filter(None, [one["number"], one["decided"]])) for one in content["decisions"])
    return [
        content["slug"],
        edition.language,
        content["name"],
        content["tagline"],
        "; ".join(kind["name"] for kind in content["kinds"]),
        content["rank"]["name"] if content["rank"] else "",
        "; ".join(decisions),
        content["period"],
        content["address"],
        "; ".join(area["name"] for area in content["areas"]),
        content["former"],
        point.get("lat"),
        point.get("lon"),
        {True: "true", False: "false"}.get(point.get("is_exact"), ""),
        content["parent"],
        _day(edition),
        absolute(site_address(content["slug"], edition.language)),
    ]


def as_csv() -> Iterator[str]:
    """Lines of a CSV file, one edition each."""
    return csv_rows(COLUMNS, map(row, editions()))


def as_geojson() -> str:
    """A FeatureCollection (RFC 7946), one feature an edition; without a point its geometry is null."""
    features = []
    for edition in editions():
        properties = dict(zip(COLUMNS, row(edition), strict=True))
        lat, lon = properties.pop("latitude"), properties.pop("longitude")
        geometry = None if lat is None else {"type": "Point", "coordinates": [round(lon, 5), round(lat, 5)]}
        identity = f"{properties['id']}/{edition.language}"
        features.append({"type": "Feature", "id": identity, "geometry": geometry, "properties": properties})
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def as_dublin_core() -> str:
    """One record an edition in the fifteen elements of Dublin Core (ISO 15836-1)."""
    records = "\n".join(_record(edition) for edition in editions())
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">\n{records}\n</metadata>\n'
    )


def _record(edition: Edition) -> str:
    content = edition.content
    lead = content["passages"].get("lead", [])
    place = ", ".join([*(area["name"] for area in content["areas"]), "Gia Lai", "Việt Nam"])
    elements = [
        ("identifier", absolute(site_address(content["slug"], edition.language))),
        ("title", content["name"]),
        ("description", lead[0]["text"] if lead else content["tagline"]),
        *(("subject", kind["name"]) for kind in content["kinds"]),
        ("coverage", place),
        ("coverage", content["period"]),
        ("type", "Text"),
        ("format", "text/html"),
        ("language", edition.language),
        ("date", _day(edition)),
        ("creator", PUBLISHER),
        ("contributor", edition.reader),
        ("publisher", PUBLISHER),
        *(("source", source["address"] or source["title"]) for source in content["sources"]),
        ("relation", content["parent"] and absolute(site_address(content["parent"]))),
    ]
    lines = (f"<dc:{name}>{escape(text)}</dc:{name}>" for name, text in elements if text)
    return f"<record>{''.join(lines)}</record>"


# --- for search engines ------------------------------------------------------------------------------------


def sitemap() -> str:
    """Every page of a site in every language, each with its others (sitemaps.org, hreflang of Google)."""
    by_site, published = {}, Edition.objects.published().order_by("site__name_key", "language")
    for edition in published.select_related("site").defer("content", "search_text"):
        by_site.setdefault(edition.site.slug, []).append(edition)
    entries = [_entry(absolute(list_address(language))) for language in INTERFACE]
    for slug, its in by_site.items():
        addresses = {one.language: absolute(site_address(slug, one.language)) for one in its}
        entries += [_entry(addresses[one.language], _day(one), addresses) for one in its]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        f' xmlns:xhtml="http://www.w3.org/1999/xhtml">\n{"".join(entries)}</urlset>\n'
    )


def _entry(address: str, changed: str = "", languages: dict | None = None) -> str:
    others = "".join(
        f'<xhtml:link rel="alternate" hreflang="{code}" href={quoteattr(other)}/>'
        for code, other in (languages or {}).items()
    )
    when = f"<lastmod>{changed}</lastmod>" if changed else ""
    return f"<url><loc>{escape(address)}</loc>{when}{others}</url>\n"


def robots() -> str:
    """Search engines read everything public but the plaques' addresses: opening one counts as a visit."""
    return f"User-agent: *\nDisallow: /h/\nDisallow: /H/\n\nSitemap: {absolute('/sitemap.xml')}\n"


def _day(edition: Edition) -> str:
    return f"{timezone.localtime(edition.published_at):%Y-%m-%d}"
