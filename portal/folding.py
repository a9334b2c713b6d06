"""Vietnamese letters without their marks, in plain Python: no Django, no database."""

import unicodedata

_BY_HAND = str.maketrans("đĐƀɃ’ʼ‘–—", "dDbB'''--")  # these have no decomposition in Unicode


def strip_marks(text: str) -> str:
    """The text with bare letters, case kept, all other characters untouched: "Đống Đa" → "Dong Da"."""
    letters = unicodedata.normalize("NFD", text.translate(_BY_HAND))
    return "".join(character for character in letters if unicodedata.category(character) != "Mn")


def fold_ascii(text: str) -> str:
    """The same in ASCII, for addresses and file names; what has no ASCII letter is dropped."""
    return strip_marks(text).encode("ascii", "ignore").decode()
