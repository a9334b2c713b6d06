"""Which plaques somebody may have meant who mistyped a code."""

import re
import unicodedata

from heritage.addresses import plaque_address
from heritage.atlas import best
from heritage.models import Edition

MOST = 3  # plaques that are offered
FARTHEST = 2  # wrong, missing, needless or swapped characters


def nearest(typed: str, language: str) -> list[dict]:
    """Plaques in use whose code is nearly what was typed, the nearest first: {code, name, lang, address}.

    Only those of sites with a page; `name` is the site's in `language`, or as near to it as there is.
    """
    typed = re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", typed).upper())[:12]
    names = {}
    for code, speaks, name in Edition.objects.behind_plaques():
        names.setdefault(code, {})[speaks] = name
    near = sorted((distance(typed, code), code) for code in names if abs(len(code) - len(typed)) <= FARTHEST)
    found = []
    for far, code in near[:MOST]:
        if far <= FARTHEST:
            speaks = best(names[code], language)
            found.append(
                {"code": code, "name": names[code][speaks], "lang": speaks, "address": plaque_address(code)}
            )
    return found


def distance(one: str, other: str) -> int:
    """How many single mistakes lie between two codes: a wrong, missing or needless character, a swapped pair.

    (Optimal string alignment; https://en.wikipedia.org/wiki/Damerau–Levenshtein_distance)
    """
    before, last = [], list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        row = [i]
        for j, b in enumerate(other, start=1):
            row.append(min(last[j] + 1, row[-1] + 1, last[j - 1] + (a != b)))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                row[j] = min(row[j], before[j - 2] + 1)
        before, last = last, row
    return last[-1]
