"""How the row and the number of a stall are written, typed on a form or read from a list."""

import re
import unicodedata

from django.core.exceptions import ValidationError

LONGEST = 8


def label_part(text: str) -> str:
    """A row or number as stored: capitals, no spaces or dots. ValidationError has a Vietnamese sentence."""
    plain = unicodedata.normalize("NFKC", text)  # the wide ７ of some keyboards is 7
    part = re.sub(r"[\s.]+", "", plain).upper()
    if not re.fullmatch(rf"[\w/-]{{1,{LONGEST}}}", part):
        raise ValidationError("Chỉ ghi chữ và số, ví dụ B hoặc 12A")
    return part


def stall_number(text: str) -> str:
    """7 and 07 are one stall."""
    number = label_part(text)
    return number.lstrip("0").zfill(2) if number.isdecimal() else number
