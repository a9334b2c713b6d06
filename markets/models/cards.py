"""The card on the stall: made, printed, posted, tried, void; and what passers-by report about it."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, Max, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from markets import banks, vietqr
from markets.models.stalls import Stall
from markets.models.vendors import PaymentAccount
from portal.codes.models import ShortCode
from portal.history import tracked
from portal.privacy.fields import BlindIndexField, SealedTextField
from portal.privacy.masking import mask_name
from portal.text import matches


def _who_and_when(verb: str, extra: Q | None = None) -> models.CheckConstraint:
    """`<verb>_at` and `<verb>_by` are both set or both empty; where set, `extra` holds."""
    empty = Q(**{f"{verb}_at": None, f"{verb}_by": None})
    done = Q(**{f"{verb}_at__isnull": False, f"{verb}_by__isnull": False})
    done = done & extra if extra else done
    return models.CheckConstraint(
        condition=empty | done,
        name=f"markets_stallcard_{verb}_who_and_when",
        violation_error_message=(
            "Các bước của thẻ phải theo thứ tự in, dán, thử; mỗi bước có người và thời điểm."
        ),
    )


class Unconfirmed(PaymentAccount.DoesNotExist):
    """The account in force was not read aloud by its vendor yet, so nothing that pays it may be printed."""


class StallCardQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(user.reach.places("stall__market__place__"))

    def live(self):
        return self.filter(void_at=None)

    def live_at(self, at):
        """Those that counted at a moment: what was seen then is compared with what hung there then."""
        return self.filter(Q(void_at=None) | Q(void_at__gt=at), made_at__lte=at)

    def in_state(self, state: str):
        """Cards whose `state` is this one, asked of the database."""
        steps = {"made": "printed_at", "printed": "posted_at", "posted": "tried_at"}
        if state == StallCard.State.VOID:
            return self.exclude(void_at=None)
        if state == StallCard.State.TRIED:
            return self.live().exclude(tried_at=None)
        came = {} if state == StallCard.State.MADE else {f"{state}_at__isnull": False}
        return self.live().filter(**came, **{steps[state]: None})

    def behind(self, code: str) -> "StallCard | None":
        """The card with a check code, void ones too, with its stall and market."""
        return self.filter(check_code=code).select_related("stall__market__place__area").first()

    def in_market(self, market):
        return self.filter(stall__market=market)

    def in_row(self, row: str):
        return self.filter(stall__row=row)

    def in_rounds(self):
        """In the order in which one walks the market, with what a list shows."""
        return self.select_related("stall").order_by("stall__row", "stall__label")

    def holding(self, payload: str) -> "list[StallCard]":
        """The cards whose code says exactly this, letter by letter; a shared account is on several."""
        index = StallCard._meta.get_field("payload_index")
        found = self.filter(payload_index=index.digest(payload)).select_related("stall")
        return [card for card in found if card.payload.open() == payload]

    def long_unposted(self, days: int = 7):
        """Cards printed more than some days ago that hang nowhere yet."""
        return self.in_state("printed").filter(printed_at__lt=timezone.now() - timedelta(days=days))

    def search(self, text: str):
        """By serial, check code, sign or vendor."""
        key = text.strip().upper()
        return self.filter(
            Q(serial__startswith=key)
            | Q(check_code_id=key)
            | matches("account__tenancy__sign_folded", text)
            | matches("account__tenancy__vendor__name_folded", text)
        )

    def mark_printed(self, *, by, at=None) -> None:
        """`StallCard.mark_printed` for many at once."""
        self.live().filter(printed_at=None).update(printed_at=at or timezone.now(), printed_by=by)

    def make_for(self, stall, *, by, at=None) -> "StallCard":
        """The stall's live card: the one there is, or a new version for the account in force.

        Two clerks at once get the same card: the stall's row is locked while it is looked for. A live card
        of an account that is not in force is void instead of given out. Raises PaymentAccount.DoesNotExist
        where there is no account, and Unconfirmed where the one in force was not read aloud: it may be newer
        than what the clerk saw.
        """
        at = at or timezone.now()
        with transaction.atomic():
            stall = Stall.objects.select_for_update().get(pk=stall.pk)
            account = PaymentAccount.objects.open().select_related("tenancy").get(tenancy__stall=stall)
            card = self.live().filter(stall=stall).select_related("account").first()
            if card and card.account_id == account.pk:
                return card
            if account.confirmed_at is None:
                raise Unconfirmed
            if card:
                is_same_vendor = card.account.tenancy_id == account.tenancy_id
                reasons = StallCard.VoidReason
                card.void(by=by, at=at, reason=reasons.NEW_ACCOUNT if is_same_vendor else reasons.LEFT)
            version = (self.filter(stall=stall).aggregate(last=Max("version"))["last"] or 0) + 1
            return self.create(
                stall=stall,
                account=account,
                version=version,
                serial=f"{stall.code}-{version:03d}",
                check_code=ShortCode.objects.draw(ShortCode.Purpose.STALL_CARD),
                payload=account.card_payload(),
                sign=account.tenancy.sign,
                holder=account.holder,
                bin=account.bin,
                last_four=account.last_four,
                made_at=at,
                made_by=by,
            )


@tracked()
class StallCard(models.Model):
    """One printed card, for ever true to what was printed on it, whatever happens to the account later."""

    reveals = {"payload": "clear_number"}  # what portal.privacy.reveal may show whole, and how it is read

    class VoidReason(models.TextChoices):
        REPLACED = "replaced", "Thay bằng thẻ mới"
        NEW_ACCOUNT = "new_account", "Đổi tài khoản"
        LEFT = "left", "Sạp thôi tham gia"
        LOST = "lost", "Mất hoặc hỏng"
        FALSE = "false", "Bị dán đè, làm giả"
        MISTAKE = "mistake", "Ghi nhầm"

    class State(models.TextChoices):
        MADE = "made", "Chưa in"
        PRINTED = "printed", "Đã in, chưa dán"
        POSTED = "posted", "Đã dán, chưa thử"
        TRIED = "tried", "Đang nhận tiền"
        VOID = "void", "Không còn hiệu lực"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    stall = models.ForeignKey(Stall, models.PROTECT, verbose_name="sạp", related_name="cards")
    account = models.ForeignKey(
        PaymentAccount, models.PROTECT, verbose_name="tài khoản", related_name="cards"
    )
    version = models.PositiveSmallIntegerField("bản")
    serial = models.CharField("số thẻ", max_length=20, unique=True)
    check_code = models.OneToOneField(ShortCode, models.PROTECT, verbose_name="mã soi thẻ")
    payload = SealedTextField("nội dung mã", null=True)
    payload_index = BlindIndexField("dấu nội dung mã", source="payload", null=True, db_index=False)
    sign = models.CharField("tên ghi trên thẻ", max_length=60)
    holder = models.CharField("chủ tài khoản", max_length=60)
    bin = models.CharField("ngân hàng", max_length=6)
    last_four = models.CharField("số cuối", max_length=4)
    made_at = models.DateTimeField("lập lúc", default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người lập", related_name="+"
    )
    printed_at = models.DateTimeField("in lúc", null=True, blank=True)
    printed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="người in",
        related_name="+",
        null=True,
        blank=True,
    )
    posted_at = models.DateTimeField("dán lúc", null=True, blank=True)
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="người dán",
        related_name="+",
        null=True,
        blank=True,
    )
    tried_at = models.DateTimeField("thử chuyển lúc", null=True, blank=True)
    tried_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="người thử",
        related_name="+",
        null=True,
        blank=True,
    )
    void_at = models.DateTimeField("hủy lúc", null=True, blank=True)
    void_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="người hủy",
        related_name="+",
        null=True,
        blank=True,
    )
    void_reason = models.CharField("lý do hủy", max_length=12, choices=VoidReason, blank=True)

    objects = StallCardQuerySet.as_manager()

    class Meta:
        verbose_name = "thẻ sạp"
        verbose_name_plural = "thẻ sạp"
        ordering = ["-made_at"]
        indexes = [models.Index(fields=["payload_index"], name="markets_stallcard_payload")]
        constraints = [
            models.UniqueConstraint(fields=["stall", "version"], name="markets_stallcard_version_once"),
            models.UniqueConstraint(
                fields=["stall"],
                condition=Q(void_at=None),
                name="markets_stallcard_one_live",
                violation_error_message="Sạp này đang có một thẻ còn hiệu lực.",
            ),
            _who_and_when("printed"),
            _who_and_when("posted", Q(printed_at__isnull=False)),
            _who_and_when("tried", Q(posted_at__isnull=False)),
            _who_and_when("void", ~Q(void_reason="")),
            models.CheckConstraint(
                condition=Q(payload__isnull=False) | Q(void_at__isnull=False, holder="", last_four=""),
                name="markets_stallcard_says_whom_it_pays",
                violation_error_message="Chỉ thẻ đã hủy, của người đã xóa tên, mới không còn nội dung mã.",
            ),
        ]

    def __str__(self):
        return self.serial

    @property
    def state(self) -> "StallCard.State":
        if self.void_at:
            return self.State.VOID
        steps = [(self.tried_at, self.State.TRIED), (self.posted_at, self.State.POSTED)]
        steps.append((self.printed_at, self.State.PRINTED))
        return next((state for at, state in steps if at), self.State.MADE)

    @property
    def is_replaced(self) -> bool:
        """Whether the stall has a card that counts, where this one does not."""
        return self.void_at is not None and self.stall.card is not None

    @property
    def bank_name(self) -> str:
        return banks.bank(self.bin).short_name

    @property
    def masked_holder(self) -> str:
        return mask_name(self.holder)

    @property
    def masked(self) -> str:
        """`•••• 4729`."""
        return f"•••• {self.last_four}" if self.last_four else ""

    def clear_number(self) -> str:
        """The whole account number that the printed code pays. For the read log's reveal only."""
        return vietqr.decode(self.payload.open()).account if self.payload else ""

    def mark_printed(self, *, by, at=None) -> None:
        """Printed for the first time; printing again changes nothing."""
        self._mark("printed", by, at)

    def mark_posted(self, *, by, at=None) -> bool:
        """Hangs where buyers see it; False where the card is void or somebody said so before."""
        return self._mark("posted", by, at)

    def mark_tried(self, *, by, at=None) -> None:
        """The vendor saw 1.000 đ arrive: the stall takes transfers; visits after 7 and 30 days are due."""
        from markets.models.followups import FollowUp

        with transaction.atomic():
            if self._mark("tried", by, at):
                FollowUp.objects.close_retries(self.account.tenancy, by=by, at=self.tried_at)
                FollowUp.objects.plan(self.account.tenancy, start=timezone.localdate(self.tried_at))

    def mark_checked(self, *, by, texts: list[str], way: str, at=None, id=None, photo: bytes | None = None):
        """Somebody read these codes at the card: the `CardCheck`, the same one where `id` was sent before.

        They are compared whole with the record. `photo` is the picture as it was sent.
        """
        from markets.models.checks import CardCheck

        market, seen = self.stall.market, {"texts": texts, "way": way, "photo": photo}
        return CardCheck.objects.record(market=market, card=self, by=by, at=at, id=id, **seen)

    def void(self, *, by, reason: str, at=None) -> None:
        """The card no longer counts; its check page says so for ever."""
        live = type(self).objects.live().filter(pk=self.pk)
        live.update(void_at=at or timezone.now(), void_by=by, void_reason=reason)
        self.refresh_from_db()

    def _mark(self, verb: str, by, at) -> bool:
        """Writes who and when once; True where this call did it, False where somebody was there before."""
        at = at or timezone.now()
        rows = type(self).objects.live().filter(pk=self.pk, **{f"{verb}_at": None})
        done = rows.update(**{f"{verb}_at": at, f"{verb}_by": by})
        self.refresh_from_db()
        return bool(done)


class FalseCardReportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Reports on cards the user sees; one on a code that no card has is the province's."""
        return self.filter(user.reach.places("card__stall__market__place__"))

    def unhandled(self):
        return self.filter(handled_at=None)

    def in_market(self, market):
        return self.filter(card__stall__market=market)

    def latest_by_card(self):
        """Of each card the latest of these reports, the newest first; `count` is how many there are of it."""
        latest = self.order_by("card_id", "-at").distinct("card_id").values("pk")
        same = self.filter(card=OuterRef("card")).order_by().values("card")
        count = Subquery(same.annotate(count=Count("pk")).values("count"))
        return FalseCardReport.objects.filter(pk__in=latest).annotate(count=count).order_by("-at")

    def mark_handled(self, *, by, outcome: str, at=None) -> int:
        """Closes those that are open, whoever was faster keeps the word; how many there were."""
        now = at or timezone.now()
        return self.unhandled().update(handled_at=now, handled_by=by, outcome=outcome)

    def search(self, text: str):
        """By the code that was told, or the card's serial."""
        key = text.strip().upper()
        return self.filter(Q(code=key) | Q(card__serial__startswith=key))


class FalseCardReport(models.Model):
    """Somebody saw a card that looks false. Keeps nothing about the person who tells."""

    class Kind(models.TextChoices):
        NAME = "name", _("Tên hiện ra khi chuyển tiền không giống tên trên thẻ")
        COVERED = "covered", _("Có mã khác dán đè hoặc đặt cạnh")
        OTHER = "other", _("Thấy lạ, nhờ người tới xem")

    class Outcome(models.TextChoices):
        TRUE_CARD = "true_card", "Thẻ thật"
        FALSE_CARD = "false_card", "Thẻ giả, đã gỡ"
        NOT_FOUND = "not_found", "Tới nơi không thấy"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    card = models.ForeignKey(
        StallCard, models.PROTECT, verbose_name="thẻ", related_name="reports", null=True, blank=True
    )
    code = models.CharField("mã được báo", max_length=12)
    kind = models.CharField("thấy gì", max_length=10, choices=Kind)
    at = models.DateTimeField("báo lúc", default=timezone.now)
    handled_at = models.DateTimeField("xem xong lúc", null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="người xem",
        related_name="+",
        null=True,
        blank=True,
    )
    outcome = models.CharField("kết quả", max_length=12, choices=Outcome, blank=True)

    objects = FalseCardReportQuerySet.as_manager()

    class Meta:
        verbose_name = "báo thẻ giả"
        verbose_name_plural = "báo thẻ giả"
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(handled_at=None, handled_by=None, outcome="")
                | Q(handled_at__isnull=False, handled_by__isnull=False) & ~Q(outcome=""),
                name="markets_falsecardreport_handled_who_and_when",
                violation_error_message="Xem xong thì ghi cả kết quả, người và thời điểm.",
            )
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.code}"

    def mark_handled(self, *, by, outcome: str, at=None) -> None:
        self.handled_at, self.handled_by, self.outcome = at or timezone.now(), by, outcome
        self.save(update_fields=["handled_at", "handled_by", "outcome"])
