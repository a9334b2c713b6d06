"""The public page of a site: out of the content of one published edition, and what all pages share.

    page = made(edition.pk, code, asked, atlas.generation())     # kept in memory, compressed
    html = page_of(edition, code=…)                              # made anew, for a preview

The page's style is inlined, since a file of its own would cost a phone on 3G two seconds before it sees
anything; `STYLE_HASH` is what the content policy of this page allows. The page asks nothing of who reads it:
no session, no cookie, no token. It is kept only compressed (it holds no secret, so BREACH finds none).
"""

import base64
import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.safestring import mark_safe

from heritage import atlas, maps, metadata, words
from heritage.addresses import (
    correction_address,
    home_address,
    list_address,
    media_address,
    offline_address,
    plaque_address,
    site_address,
)
from heritage.models import Edition, Passage, Picture

ROOM = 1_000  # pages kept in a process, some 10 KB each
HERO_SIZES = ((1600, "(min-width:52rem)"), (960, "(min-width:30rem)"))  # a phone takes the smallest


def smaller(css: str) -> str:
    """A style sheet without its comments and needless spaces."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r" ?([{}:;,>~]) ?", r"\1", css)  # no rule of ours needs the space before a colon
    return css.replace(";}", "}").strip()


STYLE = smaller((Path(__file__).parent / "page.css").read_text(encoding="utf-8"))
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()


@dataclass(frozen=True)
class Kept:
    """A page as it lies in memory."""

    zipped: bytes
    etag: str

    @property
    def html(self) -> bytes:
        return gzip.decompress(self.zipped)


@lru_cache(maxsize=ROOM)
def made(edition_pk, code: str, asked: str, generation: str) -> Kept:
    """The page of a published edition, made once; see `page_of`. `generation` is `atlas.generation()`.

    Raises Edition.DoesNotExist where the edition is not published (any more).
    """
    html = page_of(Edition.objects.published().get(pk=edition_pk), code=code, asked=asked).encode()
    digest = hashlib.sha256(html).hexdigest()[:20]
    return Kept(gzip.compress(html, 9, mtime=0), f'"{digest}"')


def page_of(edition: Edition, *, code: str = "", asked: str = "") -> str:
    """The whole page as HTML. `code`: the plaque it was opened from; `asked`: the language wished for,
    where it is another than the edition's, so that the page says what is missing."""
    html = get_template("heritage/site.html").render(context(edition, code, asked))
    return re.sub(r">\s*\n\s*<", "><", html)  # the template's lines are for us


def context(edition: Edition, code: str, asked: str) -> dict:
    """What the template shows, all of it in the words of the page's language."""
    content, language = edition.content, edition.language
    spots = atlas.spots()
    here = spots.get(content["slug"]) or atlas.Spot(
        content["slug"], {language: content["name"]}, content["point"], parent=content["parent"]
    )
    passages = content["passages"]
    speaks = words.speaks(language)
    shown = {
        "c": content,
        "w": words.words(language),
        "wl": mark_safe(f' lang="{speaks}"') if speaks != language else "",
        "style": mark_safe(STYLE),
        "demo": settings.DEMO,
        "language": language,
        "missing": _missing(asked, language),
        "borrowed": any("lang" in row for rows in passages.values() for row in rows)
        and words.words(language)["borrowed"] % {"language": words.named(language, on=speaks)},
        "languages": _languages(here, language, code),
        "alternates": metadata.alternates(here.slug, list(here.names)),
        "list": list_address(language),
        "hero": _hero(content),
        "rank": _rank(content, language),
        "facts": _facts(content, language),
        "places": _places(content, language),
        "recordings": _recordings(content, language),
        "directions": _directions(content, language),
        "sources": [{**source, "host": _host(source["address"])} for source in content["sources"]],
        "province": maps.province(spots.values(), language=language, here=content["slug"])
        if content["point"] else None,
        "code": code,
        "host": urlsplit(settings.PUBLIC_URL).netloc,
        "approved": _approved(edition),
        "home": home_address(language),
        "correct": correction_address(content["slug"], language),
        "offline": offline_address(content["slug"], language),
        "script": static("js/heritage.js"),
        "icon": static("look/media/icon.svg"),
    }  # fmt: skip
    for name in ("lead", "story", "respect", "season", "access", "opening", "timeline"):
        shown[name] = passages.get(name, [])
    return shown | _pictures(content, language) | _family(here, spots, language) | metadata.of_page(edition)


# --- parts of the page -------------------------------------------------------------------------------------


def _languages(here, language: str, code: str) -> list[dict]:
    """Every language of this site, one tap away: (code, name, address, is it this one)."""
    return [
        {
            "code": one,
            "name": words.LANGUAGE_NAMES[one],
            "address": plaque_address(code, one) if code else site_address(here.slug, one),
            "is_here": one == language,
        }
        for one in words.LANGUAGE_NAMES
        if one in here.names or one == language
    ]


def _rank(content: dict, language: str) -> str:
    """The rank in force, with its year where it is known: "Di tích quốc gia từ 1993"."""
    if not content["rank"]:
        return ""
    ranked = [row["decided"] for row in content["decisions"] if row["rank"] == content["rank"]["name"]]
    years = [decided[:4] for decided in ranked if decided]
    since = words.words(language)["since"]
    return f"{content['rank']['name']} {since} {max(years)}" if years else content["rank"]["name"]


def _facts(content: dict, language: str) -> list[dict]:
    """Rows of “Nhìn nhanh”, only what is known: {label, label_lang, lines, small, sources}.

    `lines` and `small` hold {text, lang}; a `lang` of "" is the page's own.
    """
    w, found = words.words(language), []
    speaks = words.speaks(language)
    fixed = "" if speaks == language else speaks

    def add(label, lines, small=(), sources=(), lang=fixed, label_lang=fixed):
        given = [[_line(one, lang) for one in some if one] for some in (lines, small)]
        if given[0]:
            found.append({"label": label, "label_lang": label_lang, "lines": given[0], "small": given[1],
                          "sources": sources})  # fmt: skip

    kinds = " · ".join(kind["name"] for kind in content["kinds"])
    if content["rank"]:
        add(w["rank"], [content["rank"]["name"]], [kinds])
    else:
        add(w["kind"], [kinds])
    for row in content["decisions"]:
        when = words.day(row["decided"], language)
        details = ", ".join(filter(None, [when if row["number"] else "", row["issuer"]]))
        what = row["subject"] or (row["rank"] if len(content["decisions"]) > 1 else "")
        add(w["decision"], [row["number"] or when], [details, what], [row["source"]] if row["source"] else [])
    add(w["period"], [content["period"]], lang="")
    areas = ", ".join(words.area_name(area["name"], language) for area in content["areas"])
    before = {"text": content["former"], "lang": "" if language == "vi" else "vi", "label": w["before"]}
    where = {"text": content["address"], "lang": content.get("address_lang", "")}
    add(w["address"], [content["address"] and where, areas], [content["former"] and before])
    for row in content["passages"].get(Passage.Kind.OPENING, []):
        add(w["opening"], [row["text"]], sources=row["sources"], lang=row.get("lang", ""))
    for row in content["passages"].get(Passage.Kind.FACT, []):
        lang = row.get("lang", "")
        add(row["title"], [row["text"]], sources=row["sources"], lang=lang, label_lang=lang)
    return found


def _line(line, lang: str) -> dict:
    return line if isinstance(line, dict) else {"text": line, "lang": lang}


def _missing(asked: str, language: str) -> dict | None:
    """That the page is not in the language that was wished for, said in words nearest to it: {text, lang}."""
    if asked in {"", language}:
        return None
    speaks = words.speaks(asked)
    return {
        "lang": speaks,
        "text": words.words(asked)["not_in"] % {"language": words.named(asked, on=speaks)},
    }


def _hero(content: dict) -> dict | None:
    picture = next((one for one in content["pictures"] if one["use"] == Picture.Use.HERO), None)
    return picture and picture_of(picture, content["language"], HERO_SIZES)


def picture_of(picture: dict, language: str, sizes=()) -> dict:
    """A picture for `<picture>`: `choices` [{type, media, address}] from large to small, `plain` its JPEG.

    `sizes` are pairs of width and media query for which a larger file is worth its weight.
    """
    by_format = {}
    for file in picture["files"]:
        by_format.setdefault(file["format"], {})[file["width"]] = file
    choices = []
    for width, media in (*sizes, (0, "")):
        for name in ("avif", "webp"):
            if files := by_format.get(name):
                fitting = [one for one in files if one <= width] or [min(files)]
                file = files[max(fitting)]
                address = media_address(file["name"])
                choices.append(
                    {"type": f"image/{name}", "media": media, "address": address, "size": file["size"]}
                )
    plain = next(iter(by_format.get("jpg", {}).values()), None)
    smallest = next((one for one in choices if not one["media"]), None)
    weight = smallest["size"] if smallest else plain["size"] if plain else 0
    return picture | {
        "choices": choices,
        "plain": plain and media_address(plain["name"]),
        "weight": weight,
        "cost": words.size(weight, language),
    }


def _places(content: dict, language: str) -> dict | None:
    """The components, numbered, with their bars of ground and their points on the plan."""
    rows = content["passages"].get(Passage.Kind.COMPONENT, [])
    if not rows:
        return None
    largest = max((float(row["ha"]) for row in rows if row["ha"]), default=0)
    pictures = {
        one["component"]: picture_of(one, language) for one in content["pictures"] if one["component"]
    }
    plan, photo = _plan(content, language)
    places = []
    for number, row in enumerate(rows, start=1):
        on_plan = plan and row["x"] is not None
        places.append({
            **row,
            "number": number,
            "ha": row["ha"] and f"{words.decimal(row['ha'], language)} ha",
            "share": row["ha"] and max(2, round(100 * float(row["ha"]) / largest)),
            "at": plan.point(row["x"], row["y"]) if on_plan else None,
            "picture": pictures.get(row["id"]),
        })  # fmt: skip
    return {
        "rows": places,
        "count": words.counted(len(places), "place", language),
        "plan": plan if any(place["at"] for place in places) else None,
        "photo": photo,
    }


def _plan(content: dict, language: str) -> tuple:
    """The plan, and the picture behind its points where it is a photograph."""
    plan = content["plan"] or {}
    if "drawn" in plan:
        return maps.drawn_plan(plan["drawn"]), None
    if "picture" in plan:
        picture = picture_of(content["pictures"][plan["picture"]], language, ((960, "(min-width:30rem)"),))
        return maps.photographed_plan(picture), picture
    return None, None


def _recordings(content: dict, language: str) -> list[dict]:
    """The page's own language first."""
    return sorted(
        (
            {
                **row,
                "address": media_address(row["name"]),
                "language_name": words.initial(words.named(row["language"], on=words.speaks(language))),
                "length": words.duration(row["seconds"], language),
                "short": words.duration(row["seconds"], language, is_short=True),
                "weight": words.size(row["size"], language),
            }
            for row in content["recordings"]
        ),
        key=lambda row: row["language"] != language,
    )


def _directions(content: dict, language: str) -> dict | None:
    """Links to the phone's map app and to a map of the web; None where the place is not known."""
    if not (point := content["point"]):
        return None
    lat, lon, zoom = point["lat"], point["lon"], 16 if point["is_exact"] else 12
    return {
        "geo": f"geo:{lat:.5f},{lon:.5f}?q={lat:.5f},{lon:.5f}",
        "osm": f"https://www.openstreetmap.org/?mlat={lat:.5f}&mlon={lon:.5f}#map={zoom}/{lat:.5f}/{lon:.5f}",
        "text": f"{words.decimal(f'{lat:.5f}', language)}; {words.decimal(f'{lon:.5f}', language)}",
        "is_exact": point["is_exact"],
    }


def _pictures(content: dict, language: str) -> dict:
    """Then and now, the gallery and the infographics, each with what opening it costs."""
    by_use = {}
    for one in content["pictures"]:
        by_use.setdefault(one["use"], []).append(picture_of(one, language))
    gallery, graphics = by_use.get(Picture.Use.GALLERY, []), by_use.get(Picture.Use.INFOGRAPHIC, [])
    then, now = by_use.get(Picture.Use.THEN), by_use.get(Picture.Use.NOW)
    pair = [then[0], now[0]] if then and now else None
    return {
        "pair": pair,
        "pair_size": pair and words.size(sum(one["weight"] for one in pair), language),
        "gallery": gallery,
        "gallery_count": words.counted(len(gallery), "picture", language),
        "gallery_size": words.size(sum(one["weight"] for one in gallery), language),
        "graphics": graphics,
    }


def _family(here, spots: dict, language: str) -> dict:
    """The site it belongs to, its parts, and those near by, as links."""
    return {
        "parent": spots.get(here.parent) and _link(spots[here.parent], language),
        "parts": [_link(one, language) for one in spots.values() if one.parent == here.slug],
        "nearby": [_link(one, language, km) for one, km in atlas.nearest(here, spots)],
    }


def _link(spot, language: str, km: float | None = None) -> dict:
    """A line that leads to another site, in the language that it has."""
    speaks = spot.language(language)
    areas = ", ".join(words.area_name(name, language) for name in spot.areas)
    return {
        "name": spot.names[speaks],
        "lang": "" if speaks == language else speaks,
        "address": site_address(spot.slug, speaks),
        "small": " · ".join(filter(None, [areas, words.distance(km, language) if km is not None else ""])),
    }


def _approved(edition: Edition) -> str:
    """ "… duyệt 12-11-2026": who stands behind the words, and since when."""
    if not edition.reviewed_at:
        return ""
    day = words.day(f"{timezone.localtime(edition.reviewed_at):%Y-%m-%d}", edition.language)
    return words.words(edition.language)["approved_by"] % {
        "reader": edition.reader,
        "day": day.replace("-", "\N{NON-BREAKING HYPHEN}"),
    }


def _host(address: str) -> str:
    return urlsplit(address).netloc.removeprefix("www.")
