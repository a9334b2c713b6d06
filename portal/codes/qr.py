"""QR codes: modules as rows of bits for print, an inline SVG for pages; the addresses that are printed."""

from itertools import groupby

import qrcode
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q

QUIET_ZONE = 4  # modules of white on every side, as the standard asks
_LEVELS = {"L": ERROR_CORRECT_L, "M": ERROR_CORRECT_M, "Q": ERROR_CORRECT_Q, "H": ERROR_CORRECT_H}


def matrix(payload: str, level: str = "M") -> tuple[str, ...]:
    """The smallest code as rows of "1" (black) and "0", without quiet zone; level M on cards, H on plaques.

    Long runs of digits and capitals go in denser modes: 33 modules for a card instead of 37. Raises KeyError
    for an unknown level and ValueError for a payload that fits no code.
    """
    code = qrcode.QRCode(error_correction=_LEVELS[level], border=0)
    code.add_data(payload)
    code.make(fit=True)
    return tuple("".join("1" if black else "0" for black in row) for row in code.get_matrix())


def svg(payload: str, level: str = "M", *, label: str) -> SafeString:
    """The code as inline SVG, one unit a module, black on white in every theme; `label` says what it is."""
    rows = matrix(payload, level)
    size = len(rows) + 2 * QUIET_ZONE
    return format_html(
        '<svg class="qr" viewBox="0 0 {size} {size}" role="img" aria-label="{label}"'
        ' shape-rendering="crispEdges">'
        '<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path fill="#000" d="{path}"/></svg>',
        size=size,
        label=label,
        path=path(rows),
    )


def path(rows: tuple[str, ...]) -> str:
    """SVG path of the black modules, one unit a module, set in from the quiet zone."""
    return "".join(_run(x, y, width) for y, row in enumerate(rows) for x, width in _black_runs(row))


def public_address(path: str) -> str:
    """The whole address of a path as it is printed: always on PUBLIC_URL, whatever host was asked."""
    return f"{settings.PUBLIC_URL}/{path.lstrip('/')}"


def _black_runs(row: str):
    """(start, width) of each unbroken run of black modules."""
    at = 0
    for colour, run in groupby(row):
        width = len(list(run))
        if colour == "1":
            yield at, width
        at += width


def _run(x: int, y: int, width: int) -> str:
    return f"M{x + QUIET_ZONE} {y + QUIET_ZONE}h{width}v1h-{width}z"
