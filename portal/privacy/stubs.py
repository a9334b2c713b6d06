"""The slip that a person takes home: A6, with a code and no name."""

from pathlib import Path

from portal.codes import qr
from portal.printing import typesetting
from portal.privacy import clock
from portal.privacy.models import Stub

SHEET = Path(__file__).parent / "typst" / "stub.typ"


def grouped(code: str) -> str:
    """`7F3K M2Q7`: four by four, as one reads aloud."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def address(stub: Stub) -> str:
    """The page that the printed code leads to."""
    return qr.public_address(f"phieu/{stub.code_id}/")


def pdf(stub: Stub, *, office: str, demo: bool) -> bytes:
    """The slip; `office` is where to ask, never a person."""
    rows = qr.matrix(address(stub), "M")
    return typesetting.pdf(
        SHEET,
        {
            "title": f"Phiếu giữ {grouped(stub.code_id)}",
            "demo": demo,
            "code": grouped(stub.code_id),
            "address": address(stub).partition("://")[2],
            "office": office,
            "days": {kind: clock.DAYS[kind] for kind in ("see", "withdraw", "erase")},
            "side": len(rows) + 2 * qr.QUIET_ZONE,
            "path": qr.path(rows),
        },
    )
