"""The parts of a site's page: each function turns some of an edition's content into what the template shows.

Everything is in the words of the page's language; `content` is the dict of `heritage.content`.
"""

from urllib.parse import urlsplit

from django.utils import timezone

from heritage import atlas, maps, words
from heritage.addresses import media_address, plaque_address, site_address
from heritage.models import Edition, Passage, Picture, PictureFile

HERO_SIZES = ((1600, "(min-width:52rem)"), (960, "(min-width:30rem)"))  # a phone takes the smallest


def languages(here, language: str, code: str) -> list[dict]:
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


def rank(content: dict, language: str) -> str:
    """The rank in force, with its year where it is known: "Di tích quốc gia từ 1993"."""
    if not content["rank"]:
        return ""
    ranked = [row["decided"] for row in content["decisions"] if row["rank"] == content["rank"]["name"]]
    years = [decided[:4] for decided in ranked if decided]
    since = words.words(language)["since"]
    return f"{content['rank']['name']} {since} {max(years)}" if years else content["rank"]["name"]


def facts(content: dict, language: str) -> list[dict]:
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


def missing(asked: str, language: str) -> dict | None:
    """That the page is not in the language that was wished for, said in words nearest to it: {text, lang}."""
    if asked in {"", language}:
        return None
    speaks = words.speaks(asked)
    return {
        "lang": speaks,
        "text": words.words(asked)["not_in"] % {"language": words.named(asked, on=speaks)},
    }


def hero(content: dict) -> dict | None:
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


def places(content: dict, language: str) -> dict | None:
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


def recordings(content: dict, language: str) -> list[dict]:
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


def directions(content: dict, language: str) -> dict | None:
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


def pictures(content: dict, language: str) -> dict:
    """Then and now, the gallery and the infographics, each with what opening it costs."""
    by_use = {}
    for one in content["pictures"]:
        by_use.setdefault(one["use"], []).append(picture_of(one, language))
    gallery, graphics = by_use.get(Picture.Use.GALLERY, []), by_use.get(Picture.Use.INFOGRAPHIC, [])
    then, now = by_use.get(Picture.Use.THEN), by_use.get(Picture.Use.NOW)
    pair = [then[0], now[0]] if then and now else None
    return {
        "pair": pair,
        "credits": pair and _said_once(pair),
        "pair_size": pair and words.size(sum(one["weight"] for one in pair), language),
        "gallery": gallery,
        "gallery_count": words.counted(len(gallery), "picture", language),
        "gallery_size": words.size(sum(one["weight"] for one in gallery), language),
        "graphics": graphics,
    }


def _said_once(pictures: list[dict]) -> list[dict]:
    """The pictures whose lines differ: one hand that drew both is named once."""
    names = ("caption", "is_drawn", "credit", "taken")
    return list({tuple(one[name] for name in names): one for one in pictures}.values())


def family(here, spots: dict, language: str) -> dict:
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


def share(edition: Edition) -> dict | None:
    """The card that a message shows with the page's address, where it is drawn already."""
    if edition.share_card_id is None:
        return None
    card = PictureFile.objects.defer("content").get(pk=edition.share_card_id)
    return {
        "address": media_address(card.name),
        "cost": words.size(card.size, edition.language),
        "width": card.width,
        "height": card.height,
    }


def approved(edition: Edition) -> str:
    """ "… duyệt 12-11-2026": who stands behind the words, and since when."""
    if not edition.reviewed_at:
        return ""
    day = words.day(f"{timezone.localtime(edition.reviewed_at):%Y-%m-%d}", edition.language)
    return words.words(edition.language)["approved_by"] % {
        "reader": edition.reader,
        "day": day.replace("-", "\N{NON-BREAKING HYPHEN}"),
    }


def host(address: str) -> str:
    return urlsplit(address).netloc.removeprefix("www.")
