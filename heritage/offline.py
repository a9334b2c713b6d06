"""What a phone keeps to read a site without network: its pages in every language, their pictures, recordings.

    parcel(slug) -> {"choices": [{"label", "size", "sites": [slug], "sound": bool}], "sites": [site, …],
                     "words": {what the button says when}}

    site: {"slug", "list": where this comes from, "version", "codes": [plaque codes],
           "pages": {language: address}, "notes": {language: what a kept page says of itself},
           "files": [[kept address, addresses it stands for, …]], "sounds": [address]}

A picture is kept in one size and one format, which stands for all others; the worker (static/js/sw.js) reads
this, the button (static/js/heritage.js) shows the choices. Sizes are bytes as they travel, in words.
"""

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from heritage import atlas, pages, words
from heritage.addresses import media_address, offline_address, site_address
from heritage.models import Edition, Plaque

FORMATS = ("webp", "jpg", "avif")  # whoever has a service worker can show WebP
NOTES = {
    "vi": "Bản đã lưu trong máy. Có mạng, trang sẽ mới lại.",
    "en": "Kept on this phone. It renews itself when there is network.",
}


def parcel(slug: str) -> dict:
    """The site and its neighbours in the same commune. Raises LookupError where it is not published."""
    own = list(Edition.objects.published().filter(site__slug=slug))
    if not own:
        raise LookupError(slug)
    areas = {area["id"]: area["name"] for area in own[0].content["areas"]}
    near = {area: _slugs(area) for area in areas}
    sites = _sites({slug}.union(*near.values()))
    choices = [_choice(_("Lưu di tích này"), [slug], sites)]
    if sites[slug]["sounds"]:
        choices.append(_choice(_("Lưu di tích này và lời kể"), [slug], sites, sound=True))
    for area, slugs in near.items():
        if len(slugs) > 1:
            name = words.area_name(areas[area], get_language())
            label = ngettext(
                "Lưu cả %(count)s di tích ở %(area)s", "Lưu cả %(count)s di tích ở %(area)s", len(slugs)
            ) % {"count": len(slugs), "area": name}
            choices.append(_choice(label, slugs, sites))
    for site in sites.values():
        del site["weight"], site["sound_weight"]
    said = {
        "wait": _("Đang lưu…"),
        "kept": _("Đã lưu. Không có mạng vẫn mở được, kể cả khi quét biển."),
        "drop": _("Xóa bản đã lưu"),
        "dropped": _("Đã xóa khỏi máy."),
    }
    return {"choices": choices, "sites": list(sites.values()), "words": said}


def _slugs(area: int) -> list[str]:
    found = Edition.objects.published().in_area(area).order_by("site__name_key")
    return list(dict.fromkeys(found.values_list("site__slug", flat=True)))


def _choice(label: str, slugs: list[str], sites: dict, *, sound: bool = False) -> dict:
    weight = sum(sites[slug]["weight"] + sound * sites[slug]["sound_weight"] for slug in slugs)
    return {"label": label, "size": words.size(weight, get_language()), "sites": slugs, "sound": sound}


def _sites(slugs: set[str]) -> dict[str, dict]:
    generation, found = atlas.generation(), {}
    for edition in Edition.objects.published().filter(site__slug__in=slugs).order_by("site", "language"):
        content, language = edition.content, edition.language
        slug = content["slug"]
        site = found.setdefault(slug, {
            "slug": slug, "list": offline_address(slug), "version": "", "codes": [], "pages": {}, "notes": {},
            "files": [], "sounds": [], "weight": 0, "sound_weight": 0,
        })  # fmt: skip
        site["version"] += f"{edition.pk} "
        site["pages"][language] = site_address(slug, language)
        site["notes"][language] = NOTES[words.speaks(language)]
        site["weight"] += len(pages.made(edition.pk, "", "", generation).zipped)
        for picture in content["pictures"]:
            _add_picture(site, picture)
        for recording in content["recordings"]:
            address = media_address(recording["name"])
            if address not in site["sounds"]:
                site["sounds"].append(address)
                site["sound_weight"] += recording["size"]
    plaques = Plaque.objects.filter(site__slug__in=found, version__gt=0)
    for slug, code in plaques.values_list("site__slug", "code_id"):
        found[slug]["codes"].append(code)
    return found


def _add_picture(site: dict, picture: dict) -> None:
    """The smallest file of the first format there is; pages in two languages mostly share a picture."""
    if not picture["files"]:
        return
    ordered = sorted(picture["files"], key=lambda file: (FORMATS.index(file["format"]), file["width"]))
    group = [media_address(file["name"]) for file in ordered]
    if group not in site["files"]:
        site["files"].append(group)
        site["weight"] += ordered[0]["size"]
