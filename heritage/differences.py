"""What changed between two contents of a page (dicts of `heritage.content`), in words for the reviewer."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from heritage.models import Passage, Picture

SAME, GONE, NEW = "same", "gone", "new"
PLAIN = {
    "name": "Tên",
    "tagline": "Một dòng dưới tên",
    "period": "Niên đại",
    "address": "Địa chỉ",
    "former": "Địa danh cũ",
}


@dataclass(frozen=True)
class Change:
    """One thing that is said otherwise: `pieces` are (same | gone | new, words) in the order of reading."""

    label: str
    pieces: list[tuple[str, str]]


def between(before: dict | None, after: dict) -> list[Change]:
    """The changes from one content to another, in the order of the page; all of it where nothing was."""
    old, new = (lines(content) if content else {} for content in (before, after))
    keys = [*new, *(key for key in old if key not in new)]
    changed = [key for key in keys if old.get(key, ("", ""))[1] != new.get(key, ("", ""))[1]]
    return [
        Change((new.get(key) or old[key])[0], pieces(old.get(key, ("", ""))[1], new.get(key, ("", ""))[1]))
        for key in changed
    ]


def pieces(before: str, after: str) -> list[tuple[str, str]]:
    """Word by word what stayed, went and came."""
    a, b = (re.findall(r"\S+\s*", text) for text in (before, after))
    found = []
    for operation, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if operation == "equal":
            found.append((SAME, "".join(b[b1:b2])))
            continue
        found += [(kind, "".join(words)) for kind, words in [(GONE, a[a1:a2]), (NEW, b[b1:b2])] if words]
    return found


def lines(content: dict) -> dict[str, tuple[str, str]]:
    """Everything a content says: a key that lasts while the words change → (label, words)."""
    said = {key: (label, content[key]) for key, label in PLAIN.items() if content[key]}
    said["kinds"] = ("Loại hình", ", ".join(kind["name"] for kind in content["kinds"]))
    said["rank"] = ("Hạng", content["rank"]["name"] if content["rank"] else "")
    said["areas"] = ("Xã, phường hiện nay", ", ".join(area["name"] for area in content["areas"]))
    said["point"] = ("Vị trí trên bản đồ", _point(content["point"]))
    for number, decision in enumerate(content["decisions"], start=1):
        words = [decision[key] for key in ("number", "decided", "issuer", "rank", "subject") if decision[key]]
        said[f"decision {number}"] = (f"Quyết định {number}", ", ".join(words))
    for kind, rows in content["passages"].items():
        for number, row in enumerate(rows, start=1):
            said[row["id"]] = (f"{Passage.Kind(kind).label} {number}", _passage(row))
    for number, source in enumerate(content["sources"], start=1):
        said[f"source {number}"] = (f"Nguồn {number}", f"{source['title']} {source['address']}".strip())
    for picture in content["pictures"]:
        said[picture["id"]] = (Picture.Use(picture["use"]).label, _picture(picture))
    for recording in content["recordings"]:
        words = f"{recording['seconds']} giây. {recording['voice']} {recording['transcript']}"
        said[f"recording {recording['language']}"] = (f"Bản thu {recording['language']}", words.strip())
    return {key: (label, words) for key, (label, words) in said.items() if words}


def _point(point: dict | None) -> str:
    if not point:
        return ""
    return f"{point['lat']}, {point['lon']}{'' if point['is_exact'] else ' (gần đúng)'}"


def _passage(row: dict) -> str:
    marks = "".join(f" [{number}]" for number in row["sources"])
    place = f" (chỗ {row['x']}, {row['y']} trên sơ đồ)" if row.get("x") is not None else ""
    ha = f" ({row['ha']} ha)" if row.get("ha") else ""
    return f"{row['title'] + ': ' if row['title'] else ''}{row['text']}{ha}{place}{marks}"


def _picture(picture: dict) -> str:
    told = [picture["alt"], picture["caption"], picture["text"], picture["credit"], picture["licence"]]
    files = ", ".join(file["name"][:8] for file in picture["files"][:1])
    return " · ".join([*filter(None, told), f"tệp {files}"])
