"""What the heritage programme does at night."""

from heritage.probes import probe_all
from portal.nightly import NightlyJob

NIGHTLY = [
    NightlyJob("plaque_probes", "Mở thử mọi mã biển di tích", probe_all, "{} trang không mở được"),
]
