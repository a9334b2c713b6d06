"""The keys that tablets seal for."""

import base64
import uuid
from datetime import timedelta

from django.db import models
from django.utils import timezone

from portal.codes.shortcodes import make_code
from portal.field import sealing
from portal.privacy.fields import Clear, SealedTextField

KEY_LASTS = timedelta(days=90)  # then tablets seal for a new one; the old one goes on opening


class SealingKeyQuerySet(models.QuerySet):
    def current(self) -> "SealingKey":
        """The key to seal for: the newest; made where there is none."""
        newest = self.order_by("-made_at").first()
        return newest or self.renew()

    def renew(self) -> "SealingKey":
        """A new key, from now on the one that tablets seal for; two at once do no harm."""
        private, public = sealing.make_key()
        key = SealingKey(uid=uuid.uuid4(), id=make_code(sealing.KEY_ID), public=public)
        key.private = Clear(private)
        key.save(force_insert=True)
        return key

    def renew_when_due(self) -> int:
        """For the nightly work: a new key where the newest is old; how many were made."""
        newest = self.order_by("-made_at").first()
        if newest and newest.made_at > timezone.now() - KEY_LASTS:
            return 0
        self.renew()
        return 1


class SealingKey(models.Model):
    """A pair of keys: tablets seal with the public half, the private one lies sealed with FIELD_KEYS."""

    uid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    id = models.CharField("mã", max_length=sealing.KEY_ID, unique=True)
    public = models.BinaryField("khóa công khai")
    private = SealedTextField("khóa riêng")
    made_at = models.DateTimeField("tạo lúc", default=timezone.now)

    objects = SealingKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "khóa niêm phiếu"
        verbose_name_plural = "khóa niêm phiếu"

    def __str__(self):
        return self.id

    @property
    def spki(self) -> str:
        """The public half as base64 of its DER, as Web Crypto takes it."""
        return base64.b64encode(bytes(self.public)).decode()
