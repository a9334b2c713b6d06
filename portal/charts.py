"""Charts drawn on the server: where the parts stand, in per cent across and px down; templates write the SVG.

Without a viewBox text keeps its size on a phone. Numbers with a point are given as text: no comma slips in.
"""

from dataclasses import dataclass

BASE, TALLEST = 310, 286  # px from the top of the chart to the axis; the highest bar
LEAST_SLOTS = 6  # so that one bar alone is no wall
MOST_NAMED = 6  # slots that have room for words in half a page; of more, only some are named


@dataclass(frozen=True)
class Bar:
    """A bar on its slot of the axis, or on what already stands there."""

    x: str
    width: str
    middle: str
    y: int
    height: int

    @property
    def text_y(self) -> int:
        """Where the number above it stands."""
        return self.y - 6


def bar(slot: int, slots: int, value: float, highest: float, *, below: float = 0) -> dict:
    """The fields of a `Bar` for slot 0, 1 …; `below` is what it stands on, in the unit of its value."""
    width = 100 / max(slots, LEAST_SLOTS)
    top, foot = (BASE - round(height / (highest or 1) * TALLEST) for height in (below + value, below))
    return {
        "x": f"{width * (slot + 0.16):.2f}%",
        "width": f"{width * 0.68:.2f}%",
        "middle": f"{width * (slot + 0.5):.2f}%",
        "y": top,
        "height": foot - top,
    }


def is_named(slot: int, slots: int) -> bool:
    """Whether the slot's words stand under the axis: all of a few, else some, and always the last one."""
    return (slots - 1 - slot) % -(-slots // MOST_NAMED) == 0


def share(part: float, whole: float) -> str:
    """A width of a bar that lies on its side: `83.60%`, at most the whole."""
    return f"{min(100, 100 * part / whole) if whole else 0:.2f}%"
