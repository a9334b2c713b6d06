"""All nightly jobs, in the order in which they run: each app declares its own."""

import markets.nightly
import portal.accounts.nightly
import portal.nightly
import portal.privacy.nightly

JOBS = [
    *markets.nightly.NIGHTLY,
    *portal.privacy.nightly.NIGHTLY,
    *portal.accounts.nightly.NIGHTLY,
    *portal.nightly.NIGHTLY,
]
