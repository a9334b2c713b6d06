"""All nightly jobs, in the order in which they run: each app declares its own."""

import heritage.nightly
import markets.nightly
import neighborhoods.nightly
import portal.accounts.nightly
import portal.field.nightly
import portal.nightly
import portal.privacy.nightly
from portal.home import personal

JOBS = [
    *markets.nightly.NIGHTLY,
    *heritage.nightly.NIGHTLY,
    *neighborhoods.nightly.NIGHTLY,
    *personal.NIGHTLY,
    *portal.privacy.nightly.NIGHTLY,
    *portal.field.nightly.NIGHTLY,
    *portal.accounts.nightly.NIGHTLY,
    *portal.nightly.NIGHTLY,
]
