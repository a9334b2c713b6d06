"""Which of our languages a phone is shown: by its whole Accept-Language header, else Vietnamese."""

import re
from functools import lru_cache

from heritage.addresses import INTERFACE
from heritage.models import Language

OURS = tuple(Language.values)  # Vietnamese first: what a phone that names none of ours reads
LONGEST = 200  # characters of the header that are read; a phone sends some forty
RANGE = re.compile(
    r"\s*([a-z]{1,8}|\*)((?:-[a-z0-9]{1,8})*)\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?"
)


def choose(accept_language: str, available: set[str]) -> str:
    """The language of `available` that the header asks for most, see `preferences`; else `vi`."""
    return next((language for language in preferences(accept_language) if language in available), Language.VI)


@lru_cache(maxsize=1_000)
def preferences(accept_language: str) -> tuple[str, ...]:
    """All our languages, the most wanted first (RFC 9110, 12.5.4; looked up as in RFC 4647, 3.4).

    `en-US` asks for English. After what the header names come Vietnamese and English, then what it refuses by
    q=0: a page in a language nobody wants is still better than none. Jrai and Bahnar that it does not name
    come last. What cannot be read of the header is passed over.
    """
    asked = {}
    for part in accept_language[:LONGEST].lower().split(","):
        if found := RANGE.fullmatch(part):
            tag, regions, weight = found.groups()
            weight = float(weight or 1)
            if weight or not regions:  # who refuses en-US may still read English
                asked[tag] = max(weight, asked.get(tag, 0))
    # Below every weight that can be named, above q=0; but few read a language of content without naming it.
    unnamed = {language: 0.0001 if language in INTERFACE else -1 for language in OURS}
    return tuple(sorted(OURS, key=lambda one: -asked.get(one, asked.get("*", unnamed[one]))))
