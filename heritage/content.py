"""What a page says in one language, collected from the desk's rows into one plain dict that can be frozen.

    content = collect(site, "en")     # for an edition, or the preview of a draft
    gaps = missing(site, "en")        # what the staff's page lists as missing

Shape of the dict (all texts NFC; `lang` stands beside words that are not in the page's language):

    language, slug, name, lang, tagline, period, address, address_lang: str   address_lang: "" or "vi"
    kinds: [{code, name}]            rank: {code, name} | None
    decisions: [{number, decided, issuer, rank, subject, source}]   decided: "1993-03-24", "2009" or ""
    areas: [{id, name}]              former: str, communes and districts before 2025
    point: {lat, lon, is_exact} | None     not exact: the middle of the commune
    passages: {kind: [{id, title, text, lang, sources, x, y, ha}]}  sources: numbers from 1; ha: "6.78" | None
    sources: [{title, address}]
    plan: {"drawn": slug} | {"picture": n} | None                   n: place in pictures
    pictures: [{id, use, component, alt, caption, text, credit, licence, taken, is_drawn, width, height,
                files: [{name, format, width, height, size}]}]
    recordings: [{language, name, type, seconds, size, voice, transcript}]
    parent: slug | ""
    search: [str]                    every name by which the site may be looked for
"""

from django.db.models import Prefetch

from heritage.models import Language, Passage, Picture, PictureFile, Site

# What every page should say; what is not there is left out of the page and listed for staff.
EXPECTED = {
    Passage.Kind.LEAD: "Đoạn mở đầu",
    Passage.Kind.STORY: "Đoạn kể",
    Passage.Kind.ACCESS: "Đường đi",
    Passage.Kind.OPENING: "Giờ mở cửa",
    Passage.Kind.TIMELINE: "Mốc thời gian",
}


def loaded(site: Site) -> Site:
    """The site with all that `collect` and `missing` read, in a fixed number of queries."""
    files = PictureFile.objects.defer("content")
    pictures = Picture.objects.ready().defer("original").prefetch_related("texts", Prefetch("files", files))
    return (
        Site.objects.select_related("parent")
        .prefetch_related(
            "kinds", "areas", "former_areas", "sources", "rank_decisions__rank", "rank_decisions__source",
            "texts", "passages__texts", "passages__sources", Prefetch("pictures", pictures),
            Prefetch("recordings", site.recordings.model.objects.present().defer("content")),
        )
        .get(pk=site.pk)
    )  # fmt: skip


def collect(site: Site, language: str) -> dict:
    """The content of the page, see above. Raises LookupError where the site has no text in the language."""
    site = loaded(site)
    texts = {text.language: text for text in site.texts.all()}
    if language not in texts:
        raise LookupError(f"{site.slug} has no text in {language}")
    own, vietnamese = texts[language], texts.get(Language.VI)
    numbers = {source.pk: number for number, source in enumerate(site.sources.all(), start=1)}
    decision = site.decision
    pictures = [_picture(picture, language) for picture in site.pictures.all()]
    pictures = [picture for picture in pictures if picture]
    return {
        "language": language,
        "slug": site.slug,
        "name": own.name,
        "lang": language,
        "tagline": own.tagline,
        "period": own.period,
        "address": own.address or (vietnamese.address if vietnamese else ""),
        "address_lang": "vi" if vietnamese and vietnamese.address and not own.address else "",
        "kinds": [{"code": kind.pk, "name": kind.in_language(language)} for kind in site.kinds.all()],
        "rank": {"code": decision.rank_id, "name": decision.rank.in_language(language)} if decision else None,
        "decisions": [_decision(row, language, numbers) for row in site.rank_decisions.all()],
        "areas": [{"id": area.pk, "name": area.name} for area in site.areas.all()],
        "former": site.former_names,
        "point": _point(site),
        "passages": _passages(site, language, numbers),
        "sources": [{"title": source.title, "address": source.address} for source in site.sources.all()],
        "plan": _plan(site, pictures),
        "pictures": pictures,
        "recordings": [_recording(recording) for recording in site.recordings.all()],
        "parent": site.parent.slug if site.parent else "",
        "search": _search_words(site, texts.values()),
    }


def missing(site: Site, language: str) -> list[str]:
    """What is not known, or not said, yet: Vietnamese words for the staff's page."""
    site = loaded(site)
    text = next((text for text in site.texts.all() if text.language == language), None)
    said = {
        p.kind for p in site.passages.all() if any(t.language == language and t.text for t in p.texts.all())
    }
    decision = site.decision
    pictures = list(site.pictures.all())
    gaps = {
        "Bản ngôn ngữ này": text is None,
        "Niên đại": text is not None and not text.period,
        "Loại hình": not site.kinds.all(),
        "Hạng và quyết định": decision is None,
        "Số quyết định": decision is not None and not decision.number,
        "Ngày quyết định": decision is not None and len(decision.decided) < len("1993-03-24"),
        "Xã, phường hiện nay": not site.areas.all(),
        "Tọa độ đo tại chỗ": site.latitude is None,
        "Nguồn": not site.sources.all(),
        "Ảnh đầu trang": not any(picture.use == Picture.Use.HERO for picture in pictures),
        "Ảnh chụp (đang dùng hình minh họa)": bool(pictures)
        and all(picture.is_drawn for picture in pictures),
        "Bản thu": not any(recording.language == language for recording in site.recordings.all()),
    }
    gaps |= {words: kind not in said for kind, words in EXPECTED.items()}
    return [words for words, is_missing in gaps.items() if is_missing]


def _passages(site: Site, language: str, numbers: dict) -> dict[str, list[dict]]:
    found = {}
    for passage in site.passages.all():
        texts = {text.language: text for text in passage.texts.all() if text.text or text.title}
        text = texts.get(language) or texts.get(Language.VI)
        if text is None:
            continue
        row = {"id": str(passage.pk), "title": text.title, "text": text.text}
        row["sources"] = sorted(numbers[source.pk] for source in passage.sources.all())
        if text.language != language:
            row["lang"] = text.language
        if passage.kind == Passage.Kind.COMPONENT:
            ha = passage.surface_ha
            row |= {"x": passage.x, "y": passage.y, "ha": None if ha is None else str(ha)}
        found.setdefault(passage.kind, []).append(row)
    return found


def _decision(row, language: str, numbers: dict) -> dict:
    is_english = language == Language.EN
    return {
        "number": row.number,
        "decided": row.decided,
        "issuer": (row.issuer_en or row.issuer) if is_english else row.issuer,
        "rank": row.rank.in_language(language) if row.rank else "",
        "subject": (row.subject_en or row.subject) if is_english else row.subject,
        "source": numbers.get(row.source_id),
    }


def _point(site: Site) -> dict | None:
    if site.latitude is not None:
        return {"lat": site.latitude, "lon": site.longitude, "is_exact": True}
    area = next((area for area in site.areas.all() if area.latitude is not None), None)
    return {"lat": area.latitude, "lon": area.longitude, "is_exact": False} if area else None


def _picture(picture: Picture, language: str) -> dict | None:
    """None where nobody has told in this language what is to be seen."""
    text = next((text for text in picture.texts.all() if text.language == language), None)
    if text is None or picture.language not in {"", language}:
        return None
    return {
        "id": str(picture.pk),
        "use": picture.use,
        "component": str(picture.component_id or ""),
        "alt": text.alt,
        "caption": text.caption,
        "text": text.text,
        "credit": picture.credit,
        "licence": picture.licence,
        "taken": picture.taken,
        "is_drawn": picture.is_drawn,
        "width": picture.width,
        "height": picture.height,
        "files": [
            {"name": f.name, "format": f.format, "width": f.width, "height": f.height, "size": f.size}
            for f in sorted(picture.files.all(), key=lambda f: (f.format, f.width))
        ],
    }


def _plan(site: Site, pictures: list[dict]) -> dict | None:
    if site.drawn_plan:
        return {"drawn": site.drawn_plan}
    at = next((n for n, picture in enumerate(pictures) if picture["use"] == Picture.Use.PLAN), None)
    return None if at is None else {"picture": at}


def _recording(recording) -> dict:
    return {
        "language": recording.language,
        "name": recording.name,
        "type": recording.content_type,
        "seconds": recording.seconds,
        "size": recording.size,
        "voice": recording.voice,
        "transcript": recording.transcript,
    }


def _search_words(site: Site, texts) -> list[str]:
    areas = [*site.areas.all(), *site.former_areas.all()]
    words = [site.name, site.former_names, *(area.name for area in areas)]
    return [word for word in dict.fromkeys([*words, *(text.name for text in texts)]) if word]
