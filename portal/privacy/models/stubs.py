"""The slip that a person keeps: a code that leads to what is held, and to having it taken out."""

import uuid

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from portal.codes.models import ShortCode
from portal.privacy.models.consents import Consent


class StubQuerySet(models.QuerySet):
    def make_for(self, consent: Consent, *, by) -> "Stub":
        """The stub of a consent: the one there is, or a new one. Two at once get the same."""
        with transaction.atomic():
            Consent.objects.select_for_update().get(pk=consent.pk)
            found = self.filter(consent=consent).first()
            code = ShortCode.objects.draw(ShortCode.Purpose.STUB) if found is None else None
            return found or self.create(code=code, consent=consent, made_by=by)

    def behind(self, code: str) -> "Stub | None":
        """The stub with this code, with its consent."""
        return self.filter(code=code).select_related("consent__notice").first()


class Stub(models.Model):
    """A code on paper for one consent. It says no name; whoever holds the paper may ask by it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.OneToOneField(ShortCode, models.PROTECT, verbose_name="mã", related_name="stub")
    consent = models.OneToOneField(Consent, models.PROTECT, verbose_name="sự đồng ý", related_name="stub")
    made_at = models.DateTimeField("lập lúc", default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người lập", related_name="+"
    )

    objects = StubQuerySet.as_manager()

    class Meta:
        verbose_name = "phiếu giữ"
        verbose_name_plural = "phiếu giữ"

    def __str__(self):
        return self.code_id
