"""Markets and their stalls."""

import uuid

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, Exists, Func, OuterRef, Prefetch, Q, Value
from django.utils import timezone

from portal.history import tracked
from portal.organization.models import Place
from portal.organization.trees import ends_after_start
from portal.text import matches


class Goods(models.Model):
    """What a stall sells: rau, thịt, cá, đồ khô … Reference data."""

    code = models.SlugField("mã", max_length=20, primary_key=True)
    name = models.CharField("tên", max_length=60)
    sort = models.PositiveSmallIntegerField("thứ tự", default=0)

    class Meta:
        verbose_name = "mặt hàng"
        verbose_name_plural = "mặt hàng"
        ordering = ["sort", "name"]

    def __str__(self):
        return self.name


class MarketQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(user.reach.places("place__"))

    def search(self, text: str):
        return self.filter(matches("place__name_folded", text))

    def with_counts(self):
        """Adds `stall_count` (open stalls) and `taking_count` (with a card that passed its trial)."""
        is_open = Q(stalls__ends_on=None)
        return self.annotate(
            stall_count=Count("stalls", filter=is_open, distinct=True),
            taking_count=Count(
                "stalls",
                distinct=True,
                filter=is_open & Q(stalls__cards__void_at=None, stalls__cards__tried_at__isnull=False),
            ),
        )


@tracked()
class Market(models.Model):
    """A market of the programme: at a Place, with the bank that helps, since its launch day."""

    place = models.OneToOneField(Place, models.PROTECT, verbose_name="nơi", related_name="market")
    slug = models.SlugField("đường dẫn", max_length=80, unique=True)
    partner_bin = models.CharField("ngân hàng đồng hành", max_length=6, blank=True)
    launched_on = models.DateField("ra mắt ngày", null=True, blank=True)

    objects = MarketQuerySet.as_manager()

    class Meta:
        verbose_name = "chợ"
        verbose_name_plural = "chợ"
        ordering = ["place__name_key"]

    def __str__(self):
        return self.place.name


class StallQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(user.reach.places("market__place__"))

    def in_market(self, market):
        return self.filter(market=market)

    def open(self):
        return self.filter(ends_on=None)

    def without_card(self):
        return self.exclude(Exists(_live_cards()))

    def taking_transfers(self):
        """Stalls whose card hangs there and whose trial transfer arrived."""
        return self.filter(Exists(_live_cards().filter(tried_at__isnull=False)))

    def search(self, text: str):
        """By sign, vendor, row and number (`b07`), or stall code (`GL-0423`)."""
        from markets.models.vendors import Tenancy

        held = Tenancy.objects.filter(stall=OuterRef("pk"), ends_on=None)
        named = held.filter(matches("sign_folded", text) | matches("vendor__name_folded", text))
        found = Exists(named) | Q(label__istartswith=text.strip().replace(" ", ""))
        digits = text.upper().removeprefix("GL-").strip()
        if digits.isascii() and digits.isdigit():
            found |= Q(serial=int(digits[:9]))
        return self.filter(found)

    def with_progress(self):
        """Loads what the list and the six tasks show: market, goods, tenancy with account, live card."""
        from markets.models.cards import StallCard
        from markets.models.vendors import PaymentAccount, Tenancy

        accounts = PaymentAccount.objects.filter(ends_on=None)
        tenancies = Tenancy.objects.filter(ends_on=None).select_related("vendor__consent")
        cards = StallCard.objects.filter(void_at=None)
        return self.select_related("market__place", "goods", "opened_by").prefetch_related(
            Prefetch(
                "tenancies",
                tenancies.prefetch_related(Prefetch("accounts", accounts, "open_accounts")),
                "open_tenancies",
            ),
            Prefetch("cards", cards, "live_cards"),
        )

    def open_new(self, *, market, row, number, goods, by, at=None, id=None) -> "Stall":
        """Registers a stall; the unique constraint refuses a number that is taken (IntegrityError)."""
        with transaction.atomic():
            return self.create(
                id=id or uuid.uuid4(),
                market=market,
                row=row,
                number=number,
                goods=goods,
                opened_by=by,
                opened_at=at or timezone.now(),
                starts_on=timezone.localdate(at),
            )


def _live_cards():
    from markets.models.cards import StallCard

    return StallCard.objects.filter(stall=OuterRef("pk"), void_at=None)


@tracked()
class Stall(models.Model):
    """A stall: row, number, goods. Who holds it changes with the years (`Tenancy`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    serial = models.PositiveIntegerField(
        "mã số",
        unique=True,
        editable=False,
        db_default=Func(Value("markets_stall_serial"), function="nextval"),
    )
    market = models.ForeignKey(Market, models.PROTECT, verbose_name="chợ", related_name="stalls")
    row = models.CharField("dãy", max_length=8)
    number = models.CharField("số", max_length=8)
    label = models.GeneratedField(
        expression=Func("row", "number", template="upper(%(expressions)s)", arg_joiner=" || "),
        output_field=models.CharField(max_length=16),
        db_persist=True,
        verbose_name="sạp",
    )
    goods = models.ForeignKey(Goods, models.PROTECT, verbose_name="mặt hàng", related_name="stalls")
    starts_on = models.DateField("từ ngày", default=timezone.localdate)
    ends_on = models.DateField("đến hết ngày", null=True, blank=True)
    opened_at = models.DateTimeField("đăng ký lúc", default=timezone.now)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="người đăng ký", related_name="+"
    )

    objects = StallQuerySet.as_manager()

    class Meta:
        verbose_name = "sạp"
        verbose_name_plural = "sạp"
        ordering = ["market", "label"]
        constraints = [
            ends_after_start("markets_stall_ends_after_start"),
            models.UniqueConstraint(
                fields=["market", "label"],
                condition=Q(ends_on=None),
                name="markets_stall_number_free",
                violation_error_message=(
                    "Số sạp này đã được đăng ký ở chợ. Mở sạp đó để làm tiếp, hoặc xem lại dãy và số."
                ),
            ),
        ]

    def __str__(self):
        return f"Sạp {self.label}, {self.market}"

    @property
    def code(self) -> str:
        """`GL-0423`, as it stands in the card's serial."""
        return f"GL-{self.serial:04d}"

    @property
    def tenancy(self):
        """Who holds the stall now, or None."""
        if hasattr(self, "open_tenancies"):
            return self.open_tenancies[0] if self.open_tenancies else None
        return self.tenancies.filter(ends_on=None).select_related("vendor").first()

    @property
    def card(self):
        """The card that is not void, or None."""
        if hasattr(self, "live_cards"):
            return self.live_cards[0] if self.live_cards else None
        return self.cards.filter(void_at=None).first()

    def close(self, *, by, on=None) -> None:
        """The stall is given up: its tenancy ends and its card is void."""
        day = on or timezone.localdate()
        with transaction.atomic():
            if self.tenancy:
                self.tenancy.end(by=by, on=day)
            self.ends_on = day
            self.save(update_fields=["ends_on"])
