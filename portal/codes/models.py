"""Every short code ever given out, so that none is given twice, even after its card is gone."""

from django.db import IntegrityError, models, transaction

from portal.codes.shortcodes import make_code


class ShortCodeQuerySet(models.QuerySet):
    def draw(self, purpose: str) -> "ShortCode":
        """A new code that was never used before; tries again on the rare clash."""
        while True:
            try:
                with transaction.atomic():
                    return self.create(code=make_code(), purpose=purpose)
            except IntegrityError:
                continue


class ShortCode(models.Model):
    """One code of `portal.codes.shortcodes`: 8 characters, the last one checks the others."""

    class Purpose(models.TextChoices):
        STALL_CARD = "stall_card", "Thẻ sạp"
        SHIFT = "shift", "Ca trực"
        BADGE = "badge", "Thẻ tình nguyện viên"
        PLAQUE = "plaque", "Biển di tích"
        STUB = "stub", "Phiếu giữ của người dân"

    code = models.CharField("mã", max_length=12, primary_key=True)
    purpose = models.CharField("dùng cho", max_length=20, choices=Purpose)
    made_at = models.DateTimeField("lúc", auto_now_add=True)

    objects = ShortCodeQuerySet.as_manager()

    class Meta:
        verbose_name = "mã ngắn"
        verbose_name_plural = "mã ngắn"

    def __str__(self):
        return self.code
