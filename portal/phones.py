"""Vietnamese mobile numbers, however they are written. No database, no settings.

Soft rules: ten digits, 0 and one of 3 5 7 8 9; +84, spaces and dots are fine. The 11-digit numbers of before
15-9-2018 are not changed silently on a form: `modern_phone` says what such a number is now.
"""

import re

_MODERN = re.compile(r"0[35789][0-9]{8}")
# Decision 798/QĐ-BTTTT of 2018: the first four digits became three.
_NEW_STARTS = {
    **{f"016{n}": f"03{n}" for n in "23456789"},
    **{"0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078"},
    **{"0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082"},
    **{"0186": "056", "0188": "058", "0199": "059"},
}


def normalize_phone(text: str) -> str | None:
    """0xxxxxxxxx for a mobile number in any spelling, or None.

    >>> normalize_phone("+84 905.123.456")
    '0905123456'
    """
    digits = _digits(text)
    return digits if _MODERN.fullmatch(digits) else None


def modern_phone(text: str) -> str | None:
    """What an 11-digit number of before 2018 is now, or None for any other text."""
    digits = _digits(text)
    start = _NEW_STARTS.get(digits[:4])
    return start + digits[4:] if start and len(digits) == 11 else None


def why_no_phone(text: str) -> str:
    """A Vietnamese sentence for the form, empty for a good number."""
    if normalize_phone(text):
        return ""
    if modern := modern_phone(text):
        return f"Đây là số 11 chữ số đã đổi từ năm 2018. Số bây giờ có phải {modern}? Nếu phải, gõ số đó."
    return "Số di động có 10 chữ số, bắt đầu bằng 03, 05, 07, 08 hoặc 09."


def _digits(text: str) -> str:
    """The digits with a leading 0; empty when something else than digits and marks is in it."""
    plain = re.sub(r"[\s.\-()]", "", text)
    if not re.fullmatch(r"\+?[0-9]+", plain):
        return ""
    if plain.startswith("+84"):
        return "0" + plain[3:].removeprefix("0")
    if plain.startswith("84") and len(plain) in {11, 12}:
        return "0" + plain[2:]
    return plain
