"""What the heritage programme does at night."""

from heritage.models import Picture, Recording
from heritage.probes import probe_all
from portal.nightly import NightlyJob


def delete_removed() -> int:
    """Pictures and recordings that the desk removed, once no edition shows them any more."""
    return Picture.objects.delete_removed() + Recording.objects.delete_removed()


NIGHTLY = [
    NightlyJob(
        "removed_media", "Ảnh, bản thu đã xóa mà không trang nào còn dùng", delete_removed, "Bỏ {} tệp"
    ),
    NightlyJob("plaque_probes", "Mở thử mọi mã biển di tích", probe_all, "{} trang không mở được"),
]
