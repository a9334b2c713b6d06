"""The camera as a reader of codes: which pages may run it, and what its component tells the script.

A page that shows `components/camera.html` stands behind `camera_page`. The script is `static/js/camera.js`.
"""

from contextlib import suppress

from csp.constants import WASM_UNSAFE_EVAL
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static

# What `make` fetches with npm, under static/: the reader for browsers that have none of their own.
READER, PROGRAM = "vendor/zxing/reader.js", "vendor/zxing/zxing_reader.wasm"

# Decorator for a view: its page may run WebAssembly. Nothing else of the policy changes.
camera_page = csp_update({"script-src": [WASM_UNSAFE_EVAL]})


def attributes() -> dict[str, str]:
    """The component's data: `home`, the origin of printed codes; `reader`, `program` where they are here."""
    words = {"home": settings.PUBLIC_URL}
    if finders.find(READER) and finders.find(PROGRAM):
        with suppress(ValueError):  # fetched after the static files were collected: not served yet
            words |= {"reader": static(READER), "program": static(PROGRAM)}
    return words
