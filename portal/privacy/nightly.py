"""What leaves at night because it was kept for a while only."""

from portal.nightly import NightlyJob
from portal.privacy.models import SealedFile


def drop_expired_files() -> int:
    """Deletes downloads whose time is over, without reading them."""
    return SealedFile.objects.expired().only("pk").delete()[1].get(SealedFile._meta.label, 0)


NIGHTLY = [NightlyJob("files", "Xóa tệp tải về quá hạn", drop_expired_files, "Xóa {} tệp")]
