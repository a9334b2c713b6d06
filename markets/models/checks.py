"""Checking rounds: what a volunteer's reader found on the card, compared whole with the record."""

import json
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.utils import timezone

from markets import banks, vietqr
from markets.models.cards import StallCard
from markets.models.stalls import Market
from portal.printing.reading import evidence_jpeg
from portal.privacy.fields import SealedTextField
from portal.privacy.models import SealedFile

DUE_AFTER = timedelta(days=30)
EVIDENCE_KEPT = timedelta(days=365)  # 12 months (domain/field-work.md), then the photo goes; the row stays


@dataclass(frozen=True)
class RowProgress:
    """How far the round is in one row, or in several together."""

    row: str
    all: int
    matched: int
    strange: int

    @property
    def checked(self) -> int:
        return self.matched + self.strange

    @property
    def due(self) -> int:
        return self.all - self.matched

    @classmethod
    def together(cls, rows: "list[RowProgress]") -> "RowProgress":
        """The rows as one."""
        sums = [sum(getattr(row, name) for row in rows) for name in ("all", "matched", "strange")]
        return cls(rows[0].row if len(rows) == 1 else "", *sums)


class CardCheckQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(user.reach.places("market__place__"))

    def in_market(self, market):
        return self.filter(market=market)

    def with_photo(self, at=None):
        """Looks whose evidence may be seen: a photo whose time is over counts as gone before the night."""
        return self.exclude(photo=None).exclude(photo__expires_at__lte=at or timezone.now())

    def cards_in_round(self, cards, at=None):
        """Of `cards` those that hang there for 30 days and more."""
        return cards.filter(void_at=None, posted_at__lte=(at or timezone.now()) - DUE_AFTER)

    def cards_due(self, cards, at=None):
        """Of `cards` those that hang there and were not found true within the last 30 days.

        Each with `last_result`, what the last look at it found.
        """
        recent = self._recent(at).filter(result=CardCheck.Result.MATCH)
        last = self.filter(card=OuterRef("pk")).order_by("-at").values("result")[:1]
        due = self.cards_in_round(cards, at).exclude(Exists(recent))
        return due.annotate(last_result=Subquery(last))

    def progress(self, cards, at=None) -> list[RowProgress]:
        """What was looked at within the last 30 days, by row; one query."""
        recent = self._recent(at)
        is_true = Exists(recent.filter(result=CardCheck.Result.MATCH))
        is_strange = Exists(recent.filter(result=CardCheck.Result.OTHER))
        rows = self.cards_in_round(cards, at).annotate(is_true=is_true, is_strange=is_strange)
        counts = (
            rows.order_by("stall__row")
            .values_list("stall__row")
            .annotate(
                all=Count("pk"),
                matched=Count("pk", filter=Q(is_true=True)),
                strange=Count("pk", filter=Q(is_true=False, is_strange=True)),
            )
        )
        return [RowProgress(*line) for line in counts]

    def _recent(self, at=None):
        return self.filter(card=OuterRef("pk"), at__gt=(at or timezone.now()) - DUE_AFTER)

    def alarms(self, at=None):
        """Strange codes that may still hang there, one a card: not said to be taken down, and nobody has read
        the card since. A void card takes no sticker down. With `at`, as things stood before that moment."""
        since = CardCheck.objects.filter(card=OuterRef("card"), at__gt=OuterRef("at"))
        since = since.exclude(result=CardCheck.Result.UNREADABLE)
        hangs = Q(removed_at=None)
        if at:
            since, hangs = since.filter(at__lt=at), Q(at__lt=at) & (hangs | Q(removed_at__gte=at))
        return self.filter(hangs, result=CardCheck.Result.OTHER).exclude(Exists(since))

    def record(
        self, *, market, card, texts: list[str], way: str, by, at=None, id=None, photo: bytes | None = None
    ) -> "CardCheck":
        """One look: at a card, or at a code that no card has (`card` None). Sent twice it is one row.

        Every code in sight must be the card's own, whole. Of anything else, what was read and the photo are
        kept, sealed; of what matches or cannot be read, nothing.
        """
        at, own = at or timezone.now(), card.payload.open() if card and card.payload else None
        strange = [text for text in texts if text != own]
        found = CardCheck.Result.OTHER if strange else CardCheck.Result.MATCH
        check = CardCheck(
            id=id or uuid.uuid4(),
            market=market,
            card=card,
            result=found if texts else CardCheck.Result.UNREADABLE,
            way=way,
            code_count=len(texts),
            at=at,
            by=by,
        )
        try:
            with transaction.atomic():
                if strange:
                    check.found = json.dumps(strange, ensure_ascii=False)
                    check.photo = _evidence(photo, by=by, at=at) if photo else None
                check.save(force_insert=True)
        except IntegrityError:
            if before := self.filter(pk=check.pk).first():
                return before
            raise
        return check


def _evidence(photo: bytes, *, by, at) -> SealedFile:
    name = f"anh-soi-the-{timezone.localtime(at):%d-%m-%Y-%H%M}.jpg"
    data, until = evidence_jpeg(photo), at + EVIDENCE_KEPT
    return SealedFile.objects.keep(data, name=name, content_type="image/jpeg", by=by, until=until)


@dataclass(frozen=True)
class StrangeCode:
    """A code that was found where it does not belong; `account` is None where it pays nobody by VietQR."""

    text: str
    bank: str
    account: str | None

    @classmethod
    def of(cls, text: str) -> "StrangeCode":
        try:
            code = vietqr.decode(text)
        except vietqr.VietQRError:
            return cls(text, "", None)
        return cls(text, banks.bank(code.bin).short_name, code.account)

    @property
    def masked(self) -> str:
        """`BIDV •••• 4729`, as much as a list may show."""
        if self.account is None:
            return "Mã khác, không phải mã VietQR"
        return f"{self.bank} •••• {self.account[-4:]}"

    @property
    def clear(self) -> str:
        return self.text if self.account is None else f"{self.bank} {self.account}"


class CardCheck(models.Model):
    """One look at one card. A false one keeps what was read, and the photo, as encrypted evidence."""

    reveals = {"found": "clear_found"}  # what portal.privacy.reveal may show whole, and how it is read

    class Result(models.TextChoices):
        MATCH = "match", "Khớp"
        OTHER = "other", "Tài khoản khác"
        UNREADABLE = "unreadable", "Không đọc được"

    class Way(models.TextChoices):
        CAMERA = "camera", "Quét bằng camera"
        PHOTO = "photo", "Tải ảnh lên"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    market = models.ForeignKey(Market, models.PROTECT, verbose_name="chợ", related_name="card_checks")
    card = models.ForeignKey(
        StallCard, models.PROTECT, verbose_name="thẻ", related_name="checks", null=True, blank=True
    )
    result = models.CharField("kết quả", max_length=10, choices=Result)
    way = models.CharField("cách soi", max_length=6, choices=Way)
    code_count = models.PositiveSmallIntegerField("số mã thấy trong ảnh", default=1)
    found = SealedTextField("nội dung mã lạ", null=True)
    photo = models.OneToOneField(
        SealedFile, models.SET_NULL, verbose_name="ảnh làm chứng", related_name="+", null=True, blank=True
    )
    at = models.DateTimeField("soi lúc", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người soi", related_name="+"
    )
    removed_at = models.DateTimeField("gỡ mã lạ lúc", null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="người gỡ",
        related_name="+",
        null=True,
        blank=True,
    )

    objects = CardCheckQuerySet.as_manager()

    class Meta:
        verbose_name = "lượt soi thẻ"
        verbose_name_plural = "lượt soi thẻ"
        ordering = ["-at"]
        indexes = [models.Index(fields=["card", "result", "at"], name="markets_cardcheck_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(result="other", found__isnull=False) | ~Q(result="other") & Q(found=None),
                name="markets_cardcheck_other_keeps_evidence",
                violation_error_message="Thấy tài khoản khác thì giữ nội dung mã làm chứng.",
            ),
            models.CheckConstraint(
                condition=Q(result="other") | Q(card__isnull=False),
                name="markets_cardcheck_names_card",
                violation_error_message="Chỉ mã lạ mới không thuộc thẻ nào.",
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None)
                | Q(removed_at__isnull=False, removed_by__isnull=False, result="other"),
                name="markets_cardcheck_removed_who_and_when",
                violation_error_message="Gỡ mã lạ thì ghi cả người và thời điểm.",
            ),
        ]

    def __str__(self):
        return f"{self.card or 'Mã không thuộc thẻ nào'}: {self.get_result_display()}"

    @property
    def is_match(self) -> bool:
        return self.result == self.Result.MATCH

    @property
    def is_red(self) -> bool:
        return self.result == self.Result.OTHER

    @property
    def strange_codes(self) -> list[StrangeCode]:
        """What was read beside, over or instead of the card's own code."""
        return [StrangeCode.of(text) for text in json.loads(self.found.open())] if self.found else []

    @property
    def sees_own_code(self) -> bool:
        """Whether the card's own code was in the same picture."""
        return self.code_count > len(self.strange_codes)

    @property
    def is_photo_there(self) -> bool:
        """Whether the photo may be seen; at the end of its time it goes, whenever it is cleaned away."""
        return self.photo_id is not None and type(self).objects.with_photo().filter(pk=self.pk).exists()

    def clear_found(self) -> str:
        """The strange codes whole. For the read log's reveal only."""
        return "; ".join(code.clear for code in self.strange_codes)

    def add_photo(self, photo: bytes, *, by, at=None) -> bool:
        """A picture of what the camera had read; the first one stays. Whether this one is kept."""
        with transaction.atomic():
            row = type(self).objects.select_for_update().get(pk=self.pk)
            is_kept = row.result == self.Result.OTHER and not row.is_photo_there
            if is_kept:
                row.photo = _evidence(photo, by=by, at=at or timezone.now())
                row.save(update_fields=["photo"])
        self.refresh_from_db()
        return is_kept

    def mark_removed(self, *, by, at=None) -> bool:
        """The strange code hangs there no more; who was first keeps the word. Whether this call did it."""
        rows = type(self).objects.filter(pk=self.pk, result=self.Result.OTHER, removed_at=None)
        done = rows.update(removed_at=at or timezone.now(), removed_by=by)
        self.refresh_from_db()
        return bool(done)
