"""The public page of a site: out of the content of one published edition, and what all pages share.

    page = made(edition.pk, code, asked, atlas.generation())     # kept in memory, compressed
    html = page_of(edition, code=…)                              # made anew, for a preview

The page's style is inlined, since a file of its own would cost a phone on 3G two seconds before it sees
anything; `POLICY` is what the content policy of this page allows for it. The page asks nothing of who reads
it: no session, no cookie, no token. It is kept only compressed (it holds no secret, so BREACH finds none).
"""

import base64
import gzip
import hashlib
import re
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils.safestring import mark_safe

from heritage import atlas, maps, metadata, parts, words
from heritage.addresses import (
    correction_address,
    home_address,
    list_address,
    offline_address,
)
from heritage.models import Edition

ROOM = 1_000  # pages kept in a process, some 10 KB each


def smaller(css: str) -> str:
    """A style sheet without its comments and needless spaces."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r" ?([{}:;,>~]) ?", r"\1", css)  # no rule of ours needs the space before a colon
    return css.replace(";}", "}").strip()


STYLE = smaller((Path(__file__).parent / "page.css").read_text(encoding="utf-8"))
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = {"style-src": [f"'{STYLE_HASH}'"]}  # beside what every page may


@dataclass(frozen=True)
class Kept:
    """A page as it lies in memory."""

    zipped: bytes
    etag: str
    is_whole: bool  # its share card was there

    @property
    def html(self) -> bytes:
        return gzip.decompress(self.zipped)


def made(edition_pk, code: str, asked: str, generation: str) -> Kept:
    """The page of a published edition, made once; see `page_of`. `generation` is `atlas.generation()`.

    While the worker still draws its share card, it is made anew every minute.
    Raises Edition.DoesNotExist where the edition is not published (any more).
    """
    kept = _made(edition_pk, code, asked, generation, 0)
    return kept if kept.is_whole else _made(edition_pk, code, asked, generation, int(time.time() // 60))


@lru_cache(maxsize=ROOM)
def _made(edition_pk, code: str, asked: str, generation: str, minute: int) -> Kept:
    edition = Edition.objects.published().get(pk=edition_pk)
    html = page_of(edition, code=code, asked=asked).encode()
    digest = hashlib.sha256(html).hexdigest()[:20]
    return Kept(gzip.compress(html, 9, mtime=0), f'"{digest}"', is_whole=edition.share_card_id is not None)


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
        "missing": parts.missing(asked, language),
        "borrowed": any("lang" in row for rows in passages.values() for row in rows)
        and words.words(language)["borrowed"] % {"language": words.named(language, on=speaks)},
        "languages": parts.languages(here, language, code),
        "alternates": metadata.alternates(here.slug, list(here.names)),
        "list": list_address(language),
        "hero": parts.hero(content),
        "rank": parts.rank(content, language),
        "facts": parts.facts(content, language),
        "places": parts.places(content, language),
        "recordings": parts.recordings(content, language),
        "directions": parts.directions(content, language),
        "sources": [{**source, "host": parts.host(source["address"])} for source in content["sources"]],
        "province": maps.province(spots.values(), language=language, here=content["slug"])
        if content["point"] else None,
        "code": code,
        "host": urlsplit(settings.PUBLIC_URL).netloc,
        "approved": parts.approved(edition),
        "home": home_address(language),
        "correct": correction_address(content["slug"], language),
        "offline": offline_address(content["slug"], language),
        "script": static("js/heritage.js"),
    }  # fmt: skip
    shown["share"] = parts.share(edition)
    for name in ("lead", "story", "respect", "season", "access", "opening", "timeline"):
        shown[name] = passages.get(name, [])
    return (
        shown
        | parts.pictures(content, language)
        | parts.family(here, spots, language)
        | metadata.of_page(edition, shown["share"])
    )
