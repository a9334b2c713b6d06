"""Vendors, the stalls they hold from–to, and the accounts that are paid."""

import uuid

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from markets import banks, vietqr
from markets.models.stalls import Stall, is_uuid
from portal.history import tracked
from portal.organization.trees import Dated, DatedQuerySet, ends_after_start
from portal.privacy.fields import BlindIndexField, SealedTextField
from portal.privacy.masking import last_four, mask_name, mask_number
from portal.privacy.models import Consent
from portal.text import Folded, PersonKey, matches, trigram_index

ANY = object()  # whatever account was there before


class Overtaken(Exception):
    """Somebody else changed it since it was looked at."""


class VendorQuerySet(models.QuerySet):
    def visible_to(self, user):
        if user.reach.is_everywhere:
            return self.all()
        held = Tenancy.objects.filter(vendor=OuterRef("pk")).filter(
            user.reach.places("stall__market__place__")
        )
        return self.filter(Exists(held))

    def search(self, text: str):
        return self.filter(matches("name_folded", text))

    def same_person(self, *, name: str, phone: str):
        """Vendors of the same folded name and phone: for “đã có chưa?”, never for showing."""
        from portal.text import VnFold

        return self.filter(name_folded=VnFold(models.Value(name)), phone=phone) if phone else self.none()


@tracked()
class Vendor(models.Model):
    """A person who sells. Nothing about a vendor is kept without a consent."""

    reveals = {"phone": "clear_phone"}  # what portal.privacy.reveal may show whole, and how it is read

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("họ và tên", max_length=80)
    phone = models.CharField("điện thoại", max_length=15, blank=True)
    consent = models.ForeignKey(Consent, models.PROTECT, verbose_name="sự đồng ý", related_name="vendors")
    name_folded = Folded("name")
    name_key = PersonKey("name")

    objects = VendorQuerySet.as_manager()

    class Meta:
        verbose_name = "tiểu thương"
        verbose_name_plural = "tiểu thương"
        ordering = ["name_key"]
        indexes = [
            trigram_index("name_folded", name="markets_vendor_name"),
            models.Index(fields=["name_key"], name="markets_vendor_order"),
            models.Index(fields=["phone"], name="markets_vendor_phone"),
        ]

    def __str__(self):
        return self.name or "(đã xóa tên)"

    @property
    def masked_phone(self) -> str:
        return mask_number(self.phone)

    def clear_phone(self) -> str:
        return self.phone


class TenancyQuerySet(DatedQuerySet):
    def open(self):
        return self.filter(ends_on=None)

    def begin(
        self, *, stall, name, phone, sign, consent, by, same_as=None, at=None, id=None, vendor_id=None
    ) -> "Tenancy":
        """A vendor takes a stall. `same_as` is the vendor's row where there is one; the new consent counts.

        Raises IntegrityError where somebody else holds the stall.
        """
        at = at or timezone.now()
        with transaction.atomic():
            vendor = same_as or Vendor(id=vendor_id or uuid.uuid4())
            vendor.name, vendor.phone, vendor.consent = name, phone, consent
            vendor.save()
            return self.create(
                id=id or uuid.uuid4(),
                stall=stall,
                vendor=vendor,
                sign=sign or name[:60],
                recorded_by=by,
                recorded_at=at,
                starts_on=timezone.localdate(at),
            )


@tracked()
class Tenancy(Dated):
    """A vendor holds a stall from–to, under the name on the sign."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    stall = models.ForeignKey(Stall, models.PROTECT, verbose_name="sạp", related_name="tenancies")
    vendor = models.ForeignKey(Vendor, models.PROTECT, verbose_name="tiểu thương", related_name="tenancies")
    sign = models.CharField("tên ghi trên thẻ", max_length=60)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người ghi", related_name="+"
    )
    recorded_at = models.DateTimeField("ghi lúc", default=timezone.now)
    sign_folded = Folded("sign")

    objects = TenancyQuerySet.as_manager()

    class Meta:
        verbose_name = "việc giữ sạp"
        verbose_name_plural = "việc giữ sạp"
        indexes = [trigram_index("sign_folded", name="markets_tenancy_sign")]
        constraints = [
            ends_after_start("markets_tenancy_ends_after_start"),
            models.UniqueConstraint(
                fields=["stall"],
                condition=Q(ends_on=None),
                name="markets_tenancy_one_open",
                violation_error_message="Sạp này đang có chủ. Mở sạp để làm tiếp.",
            ),
        ]

    def __str__(self):
        return f"{self.sign}, {self.stall}"

    @property
    def account(self):
        """The account in force, or None."""
        if hasattr(self, "open_accounts"):
            return self.open_accounts[0] if self.open_accounts else None
        return self.accounts.filter(ends_on=None).first()

    def replace_account(
        self, *, bin, holder, by, number=None, payload=None, at=None, id=None, instead_of=ANY
    ) -> "PaymentAccount":
        """The account to be paid from now on; a different one before it ends and its card becomes void.

        `instead_of` is the account, or None, that was there when somebody looked; raises Overtaken where it
        no longer is, or where the vendor has left.
        """
        at = at or timezone.now()
        day = timezone.localdate(at)
        with transaction.atomic():
            Stall.objects.select_for_update().get(pk=self.stall_id)
            before = self.accounts.filter(ends_on=None).first()
            if before and before.is_same(bin=bin, number=number, payload=payload, holder=holder):
                return before
            has_left = not type(self).objects.open().filter(pk=self.pk).exists()
            if has_left or (instead_of is not ANY and before != instead_of):
                raise Overtaken
            if before:
                before.ends_on = day
                before.save(update_fields=["ends_on"])
                card = self.stall.cards.filter(void_at=None).first()
                if card:
                    card.void(by=by, at=at, reason=card.VoidReason.NEW_ACCOUNT)
            return PaymentAccount.objects.create(
                id=id or uuid.uuid4(),
                tenancy=self,
                bin=bin,
                holder=holder,
                number=number,
                payload=payload,
                recorded_by=by,
                recorded_at=at,
                starts_on=day,
            )

    def correct(self, *, name, phone, sign) -> None:
        """What was misspelt. A card that hangs keeps its own words until it is replaced."""
        self.vendor.name, self.vendor.phone, self.sign = name, phone, sign or name[:60]
        with transaction.atomic():
            self.vendor.save(update_fields=["name", "phone"])
            self.save(update_fields=["sign"])

    def elsewhere(self):
        """The other stalls that the same vendor holds now, as tenancies."""
        held = type(self).objects.open().filter(vendor=self.vendor_id).exclude(pk=self.pk)
        return held.select_related("stall__market__place").order_by("stall__market", "stall__label")

    def end(self, *, by, on=None, withdraw_consent: bool = False) -> None:
        """The vendor leaves the stall, or no longer takes part: account ends, card is void.

        Consent is the person's, not the stall's: where it is withdrawn, all stalls of the vendor end.
        Waits for a card that is being made, and voids it too. Where this one has ended, it stays as it was.
        """
        now = timezone.now()
        with transaction.atomic():
            others = [other.stall_id for other in self.elsewhere()] if withdraw_consent else []
            Stall.objects.hold([self.stall_id, *others])
            if type(self).objects.open().filter(pk=self.pk).exists():
                self._end(by=by, day=on or timezone.localdate(), now=now)
            if withdraw_consent and self.vendor.consent.withdrawn_at is None:
                self.vendor.consent.withdraw(by=by, at=now)
            for other in self.elsewhere() if withdraw_consent else []:
                other.end(by=by, on=on)

    def _end(self, *, by, day, now) -> None:
        for card in self.stall.cards.filter(void_at=None):
            card.void(by=by, at=now, reason=card.VoidReason.LEFT)
        self.accounts.filter(ends_on=None).update(ends_on=day)
        self.ends_on = day
        self.save(update_fields=["ends_on"])


class PaymentAccountQuerySet(DatedQuerySet):
    def visible_to(self, user):
        return self.filter(user.reach.places("tenancy__stall__market__place__"))

    def open(self):
        return self.filter(ends_on=None, tenancy__ends_on=None)

    def is_used(self, bin: str, number: str, *, but: "Tenancy") -> bool:
        """Whether another open account pays to this number, also one whose own code was kept."""
        others = self.open().exclude(tenancy=but)
        if others.with_number(bin, number).exists():
            return True
        kept = others.filter(bin=bin, payload__isnull=False)
        return any(account.clear_number().upper() == number.upper() for account in kept)

    def seen(self, key: str) -> "PaymentAccount | None":
        """The account a form was opened on, by the key it sends back; None for none or nonsense."""
        return self.filter(pk=key).first() if is_uuid(key) else None

    def with_number(self, bin: str, number: str):
        """Accounts of any tenancy with this number, by blind index."""
        index = PaymentAccount._meta.get_field("number_index")
        return self.filter(bin=bin, number_index=index.digest(number))


@tracked()
class PaymentAccount(Dated):
    """Where the money goes: bank and number, or the vendor's own code kept unchanged; never both."""

    reveals = {"number": "clear_number"}  # what portal.privacy.reveal may show whole, and how it is read

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenancy = models.ForeignKey(Tenancy, models.PROTECT, verbose_name="việc giữ sạp", related_name="accounts")
    bin = models.CharField("ngân hàng", max_length=6)
    number = SealedTextField("số tài khoản", null=True)
    number_index = BlindIndexField("dấu số tài khoản", source="number", null=True)
    payload = SealedTextField("mã có sẵn", null=True)
    holder = models.CharField(
        "chủ tài khoản", max_length=60, help_text="Đúng như ứng dụng ngân hàng hiện ra."
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người ghi", related_name="+"
    )
    recorded_at = models.DateTimeField("ghi lúc", default=timezone.now)
    confirmed_at = models.DateTimeField("chủ sạp xác nhận lúc", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="người nghe xác nhận",
        related_name="+",
        null=True,
        blank=True,
    )

    objects = PaymentAccountQuerySet.as_manager()

    class Meta:
        verbose_name = "tài khoản nhận tiền"
        verbose_name_plural = "tài khoản nhận tiền"
        constraints = [
            ends_after_start("markets_paymentaccount_ends_after_start"),
            models.CheckConstraint(
                # Once its owner was erased, an account that is over has neither.
                condition=Q(number__isnull=False, payload=None)
                | Q(number=None, payload__isnull=False)
                | Q(number=None, payload=None, holder="", ends_on__isnull=False),
                name="markets_paymentaccount_number_or_code",
                violation_error_message="Tài khoản có số, hoặc có mã in sẵn; không có cả hai.",
            ),
            models.UniqueConstraint(
                fields=["tenancy"],
                condition=Q(ends_on=None),
                name="markets_paymentaccount_one_open",
                violation_error_message="Sạp này đã có tài khoản nhận tiền.",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="markets_paymentaccount_confirmed_who_and_when",
                violation_error_message="Xác nhận cần cả người nghe và thời điểm.",
            ),
        ]

    def __str__(self):
        return f"{self.bank_name} {self.masked}"

    @property
    def bank_name(self) -> str:
        return banks.bank(self.bin).short_name

    @property
    def masked(self) -> str:
        """`•••• 4729`, or nothing where its owner was erased."""
        return mask_number(self.clear_number())

    @property
    def masked_holder(self) -> str:
        return mask_name(self.holder)

    @property
    def last_four(self) -> str:
        return last_four(self.clear_number())

    def clear_number(self) -> str:
        """The whole number, also of a kept code. For the card and the read log's reveal only."""
        if self.number:
            return self.number.open()
        return vietqr.decode(self.payload.open()).account if self.payload else ""

    def card_payload(self) -> str:
        """What the card's code says: the kept code unchanged, or one made of bank and number."""
        return (
            self.payload.open() if self.payload else vietqr.encode(bin=self.bin, account=self.number.open())
        )

    def is_same(self, *, bin, number, payload, holder) -> bool:
        mine = (self.number.open() if self.number else None, self.payload.open() if self.payload else None)
        return (self.bin, self.holder, *mine) == (bin, holder, number, payload)

    def mark_confirmed(self, *, by, at=None) -> None:
        """The vendor looked at the card and read name and last four digits aloud."""
        self.confirmed_at, self.confirmed_by = at or timezone.now(), by
        self.save(update_fields=["confirmed_at", "confirmed_by"])
