"""Plaques: what one says, the file for the print shop, the proof, and which plaques say something untrue.

What is printed comes from the published editions and is written down with the plaque, so that a later change
of rank, name or commune shows which plaques now lie. Every file is rendered and read back before it is given.
"""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from heritage import maps
from heritage.models import Edition, Language, Plaque
from portal.codes import qr
from portal.codes.qr import public_address
from portal.printing import reading, typesetting

TEMPLATE = Path(__file__).parent / "typst" / "plaque.typ"
BLEED, SLUG = 3, 10  # mm of colour beyond the cut; mm of paper beyond it, for the marks
A4 = (210, 297)
PRINTED = {  # what stands on the plaque, and how it is called
    "hạng": lambda said: said["rank"],
    "tên": lambda said: _titles(said),
    "xã, phường": lambda said: said["areas"],
    "quyết định": lambda said: said["decision"],
}


@dataclass(frozen=True)
class Measures:
    """A plaque's trim in mm, and the side of its code's white box (37 modules: 29 and the quiet zone)."""

    width: int
    height: int
    code: float


MEASURES = {
    Plaque.Size.P1: Measures(150, 200, 60 / 29 * 37),
    Plaque.Size.P2: Measures(200, 300, 100 / 29 * 37),
    Plaque.Size.P3: Measures(400, 600, 200 / 29 * 37),
}


class Unpublished(ValueError):
    """The site has no published page yet, so no plaque may lead there."""


class PlaqueMismatch(ValueError):
    """What would be printed is not what is on record; the sentence says what to do."""


def address(code: str) -> str:
    """What the code on the plaque says: in capitals, which need fewer modules; /H/ marks it as scanned."""
    return public_address(f"H/{code}").upper()


def published(sites) -> dict:
    """The published contents of these sites, {site: {language: content}}; one query."""
    found: dict = {}
    editions = Edition.objects.published().filter(site__in=sites).only("site_id", "language", "content")
    for edition in editions:
        found.setdefault(edition.site_id, {})[edition.language] = edition.content
    return found


def facts(plaque: Plaque, contents: dict | None = None, languages=Language.values) -> dict:
    """What the plaque has to say today, out of the published editions: plain values, kept with the print.

    names, taglines, part: by language; rank: [vi, en] or []; areas, decision: str; languages: [code];
    is_told: whether there is a voice to listen to.
    `contents` are the site's of `published`, where the caller has them; only of `languages`. Raises
    `Unpublished`.
    """
    contents = published([plaque.site_id]).get(plaque.site_id, {}) if contents is None else contents
    if Language.VI not in contents:
        raise Unpublished("Di tích chưa có trang tiếng Việt đang đăng. Duyệt và đăng trang rồi hãy in biển.")
    vietnamese = contents[Language.VI]
    order = [one for one in Language.values if one in contents and one in languages]
    part = _component(plaque, {language: contents[language] for language in order})
    decision = next((row for row in reversed(vietnamese["decisions"]) if row["rank"]), None)
    ranks = [contents[language]["rank"] for language in ("vi", "en") if language in order]
    return {
        "names": {language: contents[language]["name"] for language in order},
        "taglines": {language: contents[language]["tagline"] for language in order},
        "rank": [rank["name"] for rank in ranks if rank],
        "areas": ", ".join(area["name"] for area in vietnamese["areas"][:2]),
        "decision": _decision(decision),
        "part": part,
        "languages": order,
        "is_told": any(contents[language]["recordings"] for language in order),
    }


def _component(plaque: Plaque, contents: dict) -> dict:
    """The component's name by language; empty for a plaque of the whole site."""
    key = str(plaque.component_id or "")
    return {
        language: row["title"]
        for language, content in contents.items()
        for row in content["passages"].get("component", [])
        if row["id"] == key and row.get("lang", language) == language
    }


def _decision(decision: dict | None) -> str:
    if not decision or not decision["number"]:
        return ""
    return ", ".join(filter(None, [f"Quyết định {decision['number']}", decision["decided"][:4]]))


def outdated(plaque: Plaque, contents: dict | None = None) -> list[str]:
    """What the printed plaque says otherwise than the published page: Vietnamese words, empty when true."""
    if not plaque.version:
        return []
    try:
        now = facts(plaque, contents, plaque.printed["languages"])
    except Unpublished:
        return ["trang đã rút xuống"]
    return [words for words, read in PRINTED.items() if read(plaque.printed) != read(now)]


def outdated_plaques(plaques) -> list[tuple[Plaque, list[str]]]:
    """Of printed plaques those that now say something untrue, each with what; two queries."""
    rows = list(plaques.exclude(version=0))
    contents = published({plaque.site_id for plaque in rows})
    found = [(plaque, outdated(plaque, contents.get(plaque.site_id, {}))) for plaque in rows]
    return [(plaque, wrong) for plaque, wrong in found if wrong]


def on_map(plaques) -> maps.Province:
    """Plaques on the map of the province: where they hang, else their site, else its commune's middle."""
    marks = {}
    for plaque in plaques.prefetch_related("site__areas"):
        if found := _point(plaque):
            place = maps.spot(*found[:2])
            marks.setdefault(place, maps.Mark(*place, f"{plaque.site}, {plaque.code_id}", found[2]))
    return maps.Province(maps.communes(), list(marks.values()))


def _point(plaque: Plaque) -> tuple[float, float, bool] | None:
    """Latitude, longitude, and whether they were measured."""
    for row in (plaque, plaque.site):
        if row.latitude is not None:
            return row.latitude, row.longitude, True
    area = next((area for area in plaque.site.areas.all() if area.latitude is not None), None)
    return (area.latitude, area.longitude, False) if area else None


# --- the file ----------------------------------------------------------------------------------------------


def print_pdf(plaque: Plaque) -> bytes:
    """The file for the print shop, checked: trim, 3 mm bleed, crop marks. Raises `PlaqueMismatch`."""
    measures = MEASURES[plaque.size]
    page = (measures.width + 2 * SLUG, measures.height + 2 * SLUG)
    pdf = _checked(plaque, plaque.printed, page=page, scale=1, is_proof=False)
    return typesetting.boxed(pdf, trim=SLUG, bleed=SLUG - BLEED)


def proof_pdf(plaque: Plaque, said: dict) -> bytes:
    """An A4 sheet to read and sign, checked; `said` is what `facts` gives. Raises `PlaqueMismatch`."""
    measures = MEASURES[plaque.size]
    scale = min(1, 170 / measures.width, 232 / measures.height)
    return _checked(plaque, said, page=A4, scale=scale, is_proof=True)


def _checked(plaque: Plaque, said: dict, *, page, scale: float, is_proof: bool) -> bytes:
    pdf = typesetting.pdf(TEMPLATE, _data(plaque, said, page, scale, is_proof))
    codes = reading.codes_on_pages(pdf)
    if [[code.content.decode() for code in one] for one in codes] != [[address(plaque.code_id)]]:
        raise PlaqueMismatch("Mã trên tờ in không đọc lại được đúng. Tờ này chưa được đưa ra; báo Tỉnh Đoàn.")
    printed = _letters(reading.text_in_boxes(pdf, [(0, 0, *page)])[0][0])
    for words in [said["names"]["vi"], plaque.code_id, said["areas"], said["decision"]]:
        if _letters(words) not in printed:
            raise PlaqueMismatch(f"Trên tờ in thiếu “{words}”. Tờ này chưa được đưa ra; báo Tỉnh Đoàn.")
    return pdf


def _data(plaque: Plaque, said: dict, page, scale: float, is_proof: bool) -> dict:
    measures = MEASURES[plaque.size]
    rows = qr.matrix(address(plaque.code_id), "H")
    main, small = _titles(said)
    return {
        "title": f"Biển di tích {plaque.code_id}, bản {plaque.version or 'thử'}",
        "demo": settings.DEMO,
        "page": page,
        "width": measures.width,
        "height": measures.height,
        "code_side": measures.code,
        "scale": scale,
        "is_proof": is_proof,
        "size": plaque.get_size_display(),
        "main": main,
        "small": small,
        "rank": said["rank"],
        "address": public_address("h/").partition("://")[2],
        "code": plaque.code_id,
        "is_told": said.get("is_told", False),
        "languages": " · ".join(Language(language).label for language in said["languages"]),
        "where": " · ".join(filter(None, [said["areas"], said["decision"]])),
        "side": len(rows) + 2 * qr.QUIET_ZONE,
        "path": qr.path(rows),
    }


def _titles(said: dict) -> tuple[str, list[dict]]:
    """The large name, and the lines under it: other names, else the taglines, each with its language."""
    names = said["part"] or said["names"]
    main = names.get("vi") or said["names"]["vi"]
    small = [{"lang": code, "text": name} for code, name in names.items() if name != main]
    if said["part"]:
        small.insert(0, {"lang": "vi", "text": said["names"]["vi"]})
    taglines = [{"lang": code, "text": said["taglines"].get(code, "")} for code in ("vi", "en")]
    return main, [line for line in small or taglines if line["text"]]


def _letters(text: str) -> str:
    """Text as it is compared: NFC, without what only sets it."""
    return re.sub(r"[\s·\u200b]", "", unicodedata.normalize("NFC", text))
