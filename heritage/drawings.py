"""Our own drawings, which hold the place of photographs until there are some; a page marks them “minh họa”.

`data/drawings/<name>.svg` are drawn by hand, flat, in the colours of the look; `data/sites.json` says which
site shows which, and in words what is to be seen. Writing all sizes of all of them takes minutes, so they lie
in the checkout, in `data/drawings/made`; `manage.py make_drawings` makes those anew whose SVG has changed.
"""

import hashlib
import json
from io import BytesIO
from pathlib import Path

import typst
from django.db import transaction
from PIL import Image

from heritage import pictures
from heritage.models import Passage, Picture, PictureFile, PictureText, Site
from heritage.reference import DATA, sites
from portal.organization.models import Unit

DRAWN = DATA / "drawings"
MADE = DRAWN / "made"
SUMS = MADE / "drawn-from.json"  # {name: SHA-256 of the SVG that was drawn}
CREDIT, LICENCE = "Tỉnh Đoàn Gia Lai", "CC BY 4.0"
WIDTH = 1600  # px; the SVG are 960 × 720


def load() -> int:
    """Gives its drawings to each site that has no picture at all; how many sites got some."""
    bare = Site.objects.filter(pictures=None, slug__in=[entry["slug"] for entry in sites()])
    entries = {entry["slug"]: entry for entry in sites()}
    for site in bare:
        with transaction.atomic():
            for entry in entries[site.slug]["pictures"]:
                _load(site, entry)
    return len(bare)


def _load(site: Site, entry: dict) -> None:
    component = None
    if number := entry.get("component"):
        component = site.passages.of_kind(Passage.Kind.COMPONENT)[number - 1 : number].first()
    picture = pictures.add(
        site, (MADE / f"{entry['drawing']}.webp").read_bytes(), use=entry["use"], component=component,
        credit=CREDIT, licence=LICENCE, by=None, is_drawn=True,
    )  # fmt: skip
    PictureText.objects.bulk_create(
        PictureText(picture=picture, language=language, alt=entry[language]) for language in ("vi", "en")
    )
    PictureFile.objects.bulk_create(_file(path, picture) for path in MADE.glob(f"{entry['drawing']}-[0-9]*"))
    picture.mark_ready()


def _file(path: Path, picture: Picture) -> PictureFile:
    content, width = path.read_bytes(), int(path.stem.rpartition("-")[2])
    name = f"{hashlib.sha256(content).hexdigest()[:32]}{path.suffix}"
    return PictureFile(
        name=name, picture=picture, format=path.suffix[1:], width=width,
        height=round(picture.height * width / picture.width), size=len(content), content=content,
    )  # fmt: skip


# --- by hand, after an SVG has changed ---------------------------------------------------------------------


def changed() -> list[str]:
    """Names of drawings whose sizes are not made of the SVG as it is now."""
    known = json.loads(SUMS.read_text()) if SUMS.exists() else {}
    return sorted(path.stem for path in DRAWN.glob("*.svg") if known.get(path.stem) != _sum(path))


def make(name: str) -> list[int]:
    """Writes all sizes of a drawing into the checkout, as the worker would; gives their weights in bytes."""
    use = next(one["use"] for entry in sites() for one in entry["pictures"] if one["drawing"] == name)
    MADE.mkdir(exist_ok=True)
    for path in (*MADE.glob(f"{name}-[0-9]*"), *MADE.glob(f"{name}.webp")):
        path.unlink()
    with transaction.atomic():  # its rows are of no use
        site = Site.objects.create(slug="hinh-ve", name=name, unit=Unit.objects.get(kind=Unit.Kind.PROVINCE))
        picture = pictures.add(site, _pixels(name), use=use, credit=CREDIT, licence=LICENCE, by=None)
        pictures.make_sizes(picture)
        (MADE / f"{name}.webp").write_bytes(picture.original)
        files = list(picture.files.all())
        for file in files:
            (MADE / f"{name}-{file.width}.{file.format}").write_bytes(file.content)
        transaction.set_rollback(True)
    known = json.loads(SUMS.read_text()) if SUMS.exists() else {}
    known[name] = _sum(DRAWN / f"{name}.svg")
    SUMS.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    return [file.size for file in files]


def _pixels(name: str) -> bytes:
    """The drawing as WebP without loss."""
    page = f'#set page(width: 960pt, height: auto, margin: 0pt)\n#image("{name}.svg", width: 100%)'
    png = typst.compile(page.encode(), root=str(DRAWN), format="png", ppi=72 * WIDTH / 960)
    out = BytesIO()
    Image.open(BytesIO(png)).convert("RGB").save(out, "WebP", lossless=True, quality=100, method=6)
    return out.getvalue()


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
