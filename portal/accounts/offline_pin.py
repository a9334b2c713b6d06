"""A check of the PIN for a tablet without network: eight bits of a salted hash, and no more.

It has to stop who picks up a tablet, five tries at one in 256, and must not tell the PIN to who reads the
tablet's storage: of a million PINs some four thousand fit, however fast somebody counts, and the server lets
five be tried in a quarter of an hour. What it opens without network is the slips, on which nothing can be
read.
"""

import hashlib
import secrets


def offline_check(pin: str, *, salt: str = "") -> str:
    """`salt$xx`: the first byte, in hexadecimal, of SHA-256 of salt and PIN (static/js/outbox/desk.js)."""
    salt = salt or secrets.token_hex(8)
    return f"{salt}${hashlib.sha256(f'{salt}{pin}'.encode()).hexdigest()[:2]}"
