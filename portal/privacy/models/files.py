"""Files that are kept encrypted, in the database."""

import hashlib
import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from portal.privacy.fields import Clear, SealedTextField


class SealedFileQuerySet(models.QuerySet):
    def keep(self, data: bytes, *, name: str, content_type: str, by, until=None, id=None) -> "SealedFile":
        """Encrypts and stores the bytes; `until` is when the nightly clean-up may drop them."""
        return self.create(
            id=id or uuid.uuid4(),
            name=name,
            content_type=content_type,
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            content=Clear(data),
            made_by=by,
            expires_at=until,
        )

    def expired(self, at=None):
        return self.filter(expires_at__lte=at or timezone.now())


class SealedFile(models.Model):
    """A file that is kept encrypted, in the database, so that worker, server and backup see the same one.

    It has no address of its own: views of its owner send it as an attachment, after asking for the right.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("tên tệp", max_length=120)
    content_type = models.CharField("loại", max_length=60)
    size = models.PositiveIntegerField("cỡ (byte)")
    sha256 = models.CharField("SHA-256", max_length=64)
    content = SealedTextField("nội dung")
    made_at = models.DateTimeField("lúc", default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người tạo", related_name="+"
    )
    expires_at = models.DateTimeField("giữ đến lúc", null=True, blank=True, db_index=True)

    objects = SealedFileQuerySet.as_manager()

    class Meta:
        verbose_name = "tệp kín"
        verbose_name_plural = "tệp kín"

    def __str__(self):
        return self.name
