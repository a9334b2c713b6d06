"""Short codes that people read aloud and type: 31 letters and digits nobody mixes up, the last one a check.

31 is prime, so a sum weighted by position and taken modulo 31 has another value after any single wrong
character and after any two neighbours changed places. No database, no settings.
"""

import secrets
import unicodedata

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0 O 1 I L
MAX_LENGTH = len(ALPHABET) - 1  # beyond it a weight would be 0 and catch nothing
_VALUE = {character: number for number, character in enumerate(ALPHABET)}
_NOT_TYPED = str.maketrans("", "", " \t\r\n\u00a0\u200b-‐‑‒–—−")


def make_code(length: int = 8) -> str:
    """A random code of `length` characters, the check included; (length − 1) × 4,95 bits to guess."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(length - 1))
    return body + _check(body)


def is_valid(code: str) -> bool:
    """Whether the text is a code exactly as `make_code` writes it."""
    return (
        1 < len(code) <= MAX_LENGTH
        and all(character in _VALUE for character in code)
        and _check(code[:-1]) == code[-1]
    )


def normalize(text: str) -> str | None:
    """The code in what a person typed, or None; small and full-width letters, spaces, hyphens are fine."""
    code = _typed(text)
    return code if is_valid(code) else None


def why_invalid(text: str) -> str:
    """A Vietnamese sentence for the form, empty for a valid code."""
    code = _typed(text)
    if is_valid(code):
        return ""
    if not code:
        return "Hãy nhập mã in trên thẻ."
    wrong = list(dict.fromkeys(character for character in code if character not in _VALUE))
    if unused := [character for character in wrong if character in "0O1IL"]:
        return (
            f"Mã không dùng ký tự {', '.join(unused)}: không có số 0, số 1, chữ O, chữ I, chữ L. Xem lại mã."
        )
    if wrong:
        return f"Mã chỉ có chữ in không dấu và chữ số, không có ký tự “{wrong[0]}”. Xem lại mã."
    return "Mã chưa đúng: có thể thiếu, thừa, sai hoặc đổi chỗ một ký tự. Xem lại từng ký tự."


def _typed(text: str) -> str:
    return unicodedata.normalize("NFKC", text).upper().translate(_NOT_TYPED)


def _check(body: str) -> str:
    """The character that brings the weighted sum (1 for the check itself, 2 for its neighbour …) to 0."""
    total = sum(weight * _VALUE[character] for weight, character in enumerate(reversed(body), start=2))
    return ALPHABET[-total % len(ALPHABET)]
