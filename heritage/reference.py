"""What every installation has: the words of the law for kinds and ranks, and the first sites as drafts.

The words are those of the Law on Cultural Heritage 45/2024/QH15, article 21; staff may change them.

`data/sites.json` tells of 14 sites what sources say (each passage names them by number). What no source says
is left out of it by hand, what two say differently stands among the site's `notes` for the desk. Nothing of
it is approved or public. Loading adds sites that are missing and never changes a row.
"""

import json
from functools import cache
from pathlib import Path

from heritage.models import Kind, Passage, PassageText, Rank, RankDecision, Site, SiteText, Source
from portal.organization.models import Area, Unit

DATA = Path(__file__).parent / "data"
KINDS = {
    "historical": ("Di tích lịch sử", "Historical relic"),
    "artistic": ("Di tích kiến trúc nghệ thuật", "Architectural and artistic relic"),
    "archaeological": ("Di tích khảo cổ", "Archaeological relic"),
    "scenic": ("Danh lam thắng cảnh", "Scenic spot"),
    "mixed": ("Di tích hỗn hợp", "Mixed relic"),
    "intangible": ("Di sản văn hóa phi vật thể", "Intangible cultural heritage"),
}
RANKS = {
    "unesco": ("Danh sách đại diện của nhân loại (UNESCO)", "UNESCO Representative List"),
    "special_national": ("Di tích quốc gia đặc biệt", "Special national relic"),
    "national": ("Di tích quốc gia", "National relic"),
    "provincial": ("Di tích cấp tỉnh", "Provincial relic"),
    "listed": ("Di tích kiểm kê", "Inventoried relic"),
}


def load() -> None:
    """Adds the words and sites that are not there yet; what staff changed stays."""
    for model, words in ((Kind, KINDS), (Rank, RANKS)):
        rows = (
            model(code=code, name=name, name_en=name_en, sort=sort)
            for sort, (code, (name, name_en)) in enumerate(words.items(), start=1)
        )
        model.objects.bulk_create(rows, ignore_conflicts=True)
    known = set(Site.objects.values_list("slug", flat=True))
    if entries := [entry for entry in sites() if entry["slug"] not in known]:
        _load_sites(entries)


@cache
def sites() -> list[dict]:
    """The entries of data/sites.json; numbers of sources and components count from 1 within a site."""
    return json.loads((DATA / "sites.json").read_text(encoding="utf-8"))


def _load_sites(entries: list[dict]) -> None:
    """Sites one by one, what is said of them by kind of row: tests load this for every database."""
    today, former = _areas(entries)
    units = {unit.area_id: unit for unit in Unit.objects.today().filter(kind=Unit.Kind.COMMUNE)}
    province = Unit.objects.get(kind=Unit.Kind.PROVINCE)
    said = []
    for entry in sorted(entries, key=lambda entry: "parent" in entry):
        areas = [today[name] for name in entry.get("communes", []) if name in today]
        site = Site.objects.create(
            slug=entry["slug"],
            name=entry["name"],
            unit=units.get(areas[0].pk, province) if len(areas) == 1 else province,
            former_names=entry.get("former_names", ""),
            parent=Site.objects.filter(slug=entry.get("parent", "")).first(),
            drawn_plan=entry.get("plan", ""),
            notes="\n".join(entry.get("notes", [])),
        )
        site.kinds.add(*entry.get("kinds", []))
        site.areas.add(*areas)
        site.former_areas.add(
            *(former[tuple(pair)] for pair in entry.get("former", []) if tuple(pair) in former)
        )
        said.append(_said(site, entry))
    for model in (Source, SiteText, RankDecision, Passage, PassageText, Passage.sources.through):
        model.objects.bulk_create(row for rows in said for row in rows if isinstance(row, model))


def _areas(entries: list[dict]) -> tuple[dict, dict]:
    """The areas that the entries name: of today by name, of before by (commune or "", district).

    Staff may have renamed one; it is then left out here, and the words of `former_names` still name it.
    """
    names = {name for entry in entries for name in entry.get("communes", [])}
    today = {area.name: area for area in Area.objects.communes().today().filter(name__in=names)}
    pairs = {tuple(pair) for entry in entries for pair in entry.get("former", [])}
    before = Area.objects.filter(ends_on__isnull=False, name__in={pair[0] or pair[1] for pair in pairs})
    former = {("", area.name): area for area in before}
    former |= {(area.name, area.parent.name): area for area in before.select_related("parent") if area.parent}
    return today, former


def _said(site: Site, entry: dict) -> list:
    """All that is said of one site, as unsaved rows of several models."""
    sources = [Source(site=site, sort=sort, **row) for sort, row in enumerate(entry["sources"], start=1)]
    rows = [*sources, *(SiteText(site=site, language=code, **text) for code, text in entry["texts"].items())]
    for row in entry.get("decisions", []):
        source = sources[row["source"] - 1] if "source" in row else None
        rest = {name: value for name, value in row.items() if name not in {"rank", "source"}}
        rows.append(RankDecision(site=site, rank_id=row.get("rank"), source=source, **rest))
    for sort, row in enumerate(entry["passages"], start=1):
        place = {"x": row.get("x"), "y": row.get("y"), "surface_ha": row.get("ha")}
        passage = Passage(site=site, kind=row["kind"], sort=sort, **place)
        rows.append(passage)
        for language in ("vi", "en"):
            title, text = row[language] if isinstance(row[language], list) else ("", row[language])
            rows.append(PassageText(passage=passage, language=language, title=title, text=text))
        for number in row.get("sources", []):
            rows.append(Passage.sources.through(passage=passage, source=sources[number - 1]))
    return rows
