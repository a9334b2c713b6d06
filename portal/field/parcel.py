"""What a tablet keeps so that the field area opens without network: pages about nobody, and files.

Pages are asked for with `?may` (for the machine): without a name, a message or a token. The version tells
whether what is kept is still what the server would give: a place, practice, a day and each release change it.
"""

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.urls import reverse
from django.utils import timezone

from portal.camera import PROGRAM, READER
from portal.field.captures import Work, offered

LOOK = [
    "look/tokens.css", "look/portal.css", "look/media/icon.svg", "look/tho-cam.svg",
    "look/fonts/GiaLaiSans-Regular.woff2", "look/fonts/GiaLaiSans-Bold.woff2",
]  # fmt: skip
SCRIPTS = ["js/lock.js", "js/camera.js", "js/codes.js", "js/idcard.js"]


def pages(work: Work) -> list[str]:
    """The addresses of the pages that are kept for a place."""
    slips = [reverse("slip", args=[capture.code]) for capture in offered(work)]
    return [reverse("slip_list"), reverse("outbox"), *slips]


@cache
def files() -> list[str]:
    """The addresses of the files behind them, the camera's reader among them where it is here."""
    found = [name for name in [*LOOK, *_scripts(), READER, PROGRAM] if finders.find(name)]
    return list(dict.fromkeys(address for name in found for address in _addresses(name)))


def version(work: Work) -> str:
    """Of what is kept for a place today."""
    seen = f"{_release()} {work.place.pk} {work.is_practice} {timezone.localdate()} {pages(work)}"
    return hashlib.sha256(seen.encode()).hexdigest()[:12]


@cache
def _release() -> str:
    """Differs wherever a kept file, or a template, does."""
    seen = hashlib.sha256()
    kept = [Path(finders.find(name)) for name in [*LOOK, *_scripts()]]
    for path in [*kept, *sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))]:
        seen.update(path.read_bytes())
    return seen.hexdigest()


def _scripts() -> list[str]:
    own = sorted(Path(settings.BASE_DIR, "static/js/outbox").glob("*.js"))
    return [*SCRIPTS, *(f"js/outbox/{path.name}" for path in own)]


def _addresses(name: str) -> list[str]:
    """As pages name it, with its hash; scripts also as they import each other, without."""
    plain = settings.STATIC_URL + name
    try:
        hashed = staticfiles_storage.url(name)
    except ValueError:  # fetched after the static files were collected: not served yet
        return []
    return [hashed, plain] if name.endswith(".js") else [hashed]
