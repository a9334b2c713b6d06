"""The number on the identity card: what must be so, and what is only odd. No database, no settings.

Twelve digits, no check digit (Decree 137/2015, article 13; domain/field-work): three for the place where the
birth was registered (a province as numbered in 2016, from 101 another country), one for century and sex (0
and 1 for a man and a woman born in 19xx, 2 and 3 in 20xx, and so on), two for the year of birth, six without
meaning. Only the twelve digits are a rule: cards with a number that does not fit are about, so the rest is
asked about and never refused. What stands in the card's code is read in the browser: static/js/idcard.js.
"""

import re

PROVINCES = {
    *(1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37, 38, 40),
    *(42, 44, 45, 46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77, 79, 80, 82, 83),
    *(84, 86, 87, 89, 91, 92, 93, 94, 95, 96),
}
FIRST_COUNTRY = 101
SEXES = ("male", "female")  # as the digit's evenness says, and as neighborhoods.models.Resident.Sex


def tidy(text: str) -> str:
    """Twelve digits however they were typed; empty for anything else.

    >>> tidy("064 158 000 123")
    '064158000123'
    """
    digits = re.sub(r"[\s.\-]+", "", text)
    return digits if re.fullmatch(r"[0-9]{12}", digits) else ""


def birth_year(number: str) -> int:
    """The year that the number tells: 1958 for 064158000123."""
    return 1900 + 100 * (int(number[3]) // 2) + int(number[4:6])


def oddities(number: str, *, sex: str = "", year: int | None = None) -> list[str]:
    """Sentences about what does not fit, for the volunteer to look at the card again; none is an error.

    `number` is twelve digits; what is not known of the person (sex "", year None) is not compared.
    """
    found, place = [], int(number[:3])
    if place not in PROVINCES and place < FIRST_COUNTRY:
        found.append(f"Ba số đầu {number[:3]} không phải mã của tỉnh nào.")
    told = SEXES[int(number[3]) % 2]
    if sex and sex != told:
        found.append(f"Số này là của {_WORDS[told]}, mà giới tính ghi {_WORDS[sex]}.")
    if year and year != birth_year(number):
        found.append(f"Số này là của người sinh năm {birth_year(number)}, mà năm sinh ghi {year}.")
    return found


_WORDS = {"male": "nam", "female": "nữ"}
