"""A queue that was saved as a file and comes back from another machine.

{"format": "gia-lai-outbox-1", "items": [{"id": "<UUID>", "sealed": "<base64>"}, …]}
"""

import base64
import json
import uuid
from collections import Counter

from portal.field.receiving import may_send, receive

FORMAT = "gia-lai-outbox-1"
MOST_ITEMS = 2000


class NotARescueFile(ValueError):
    """The sentence says what to do."""


def receive_file(data: bytes, *, by, device: str = "") -> Counter:
    """Receives each envelope of a file; how many there were of each status (200, 400, 409, 413, 429).

    429 are those past what one sender may bring in an hour. Raises NotARescueFile.
    """
    counts, items = Counter(), _items(data)
    for done, (id, raw) in enumerate(items):
        if not may_send(by):
            counts[429] = len(items) - done
            break
        counts[receive(id, raw, by=by, device=device).status if raw else 400] += 1
    return counts


def _items(data: bytes) -> list[tuple[uuid.UUID, bytes]]:
    try:
        words = json.loads(data)
        if words["format"] != FORMAT:
            raise ValueError
        items = [(uuid.UUID(item["id"]), _bytes(item["sealed"])) for item in words["items"]]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NotARescueFile(
            "Đây không phải tệp phiếu của cổng này. Chọn tệp có tên phieu-chua-gui-….json"
        ) from error
    if len(items) > MOST_ITEMS:
        raise NotARescueFile(f"Tệp có hơn {MOST_ITEMS} phiếu. Chia ra nhiều tệp rồi gửi từng tệp")
    return items


def _bytes(text: str) -> bytes:
    """Empty for what is no base64: one damaged item does not keep the others."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
