"""Markets and their stalls."""

import uuid

from django.conf import settings
from django.db import models, transaction
from django.db.models import Case, Count, Exists, Func, OuterRef, Prefetch, Q, Subquery, Value, When
from django.db.models.functions import ExtractMonth, Upper
from django.utils import timezone

from markets import banks
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

    def at_place(self, place):
        """The market there, or none: whoever works at the place may be past seeing it."""
        return self.filter(place=place)

    def search(self, text: str):
        return self.filter(matches("place__name_folded", text))

    def with_place(self):
        """Loads what the public list shows of the place: commune now and before."""
        return self.select_related("place__area", "place__former_area__parent")

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

    @property
    def in_words(self) -> str:
        """The name inside a sentence: `chợ Hoa Lư`."""
        return self.place.name[:1].lower() + self.place.name[1:]

    @property
    def partner_name(self) -> str:
        """The partner bank's short name, or nothing."""
        return banks.bank(self.partner_bin).short_name if self.partner_bin else ""


class Stage(models.TextChoices):
    """How far a stall has come; each stage names what is still missing."""

    ACCOUNT = "account", "Chưa có tài khoản"
    PRINT = "print", "Chưa in thẻ"
    POST = "post", "Chưa dán thẻ"
    TRIAL = "trial", "Chưa thử chuyển"
    TAKING = "taking", "Đang nhận tiền"
    USED = "used", "Đang dùng"  # never said before the visit after 30 days has found buyers who pay so


class StallQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(user.reach.places("market__place__"))

    def in_market(self, market):
        return self.filter(market=market)

    def open(self):
        return self.filter(ends_on=None)

    def in_row(self, row: str):
        return self.filter(row=row)

    def rows(self) -> list[str]:
        """The rows these stalls stand in."""
        return list(self.order_by("row").values_list("row", flat=True).distinct())

    def chosen(self, keys: list[str]):
        """The open stalls among ticked keys, whatever else was sent, in the order of the market."""
        return self.open().filter(pk__in=[key for key in keys if is_uuid(key)]).order_by("label")

    def selling(self, goods: Goods):
        return self.filter(goods=goods)

    def without_card(self):
        return self.exclude(Exists(_live_cards()))

    def taking_transfers(self):
        """Stalls whose card hangs there and whose trial transfer arrived."""
        return self.filter(Exists(_live_cards().filter(tried_at__isnull=False)))

    def in_use(self):
        """Stalls that take transfers, and where after 30 days some of the buyers do pay so.

        Success is use, not sign-up (domain/field-work.md: heads that were counted were gamed).
        """
        return self.taking_transfers().filter(Exists(_found_in_use()))

    def with_label(self, *, row: str, number: str):
        """The stalls that have a row and number, letter case aside."""
        return self.filter(label=Upper(Value(row + number)))

    def last_opened_by(self, user) -> "Stall | None":
        """What a volunteer registered last: the next stall is mostly beside it."""
        return self.filter(opened_by=user).order_by("-opened_at").first()

    def unconfirmed(self):
        """Stalls whose account was not read aloud and confirmed yet."""
        from markets.models.vendors import PaymentAccount

        accounts = PaymentAccount.objects.open().filter(tenancy__stall=OuterRef("pk"), confirmed_at=None)
        return self.filter(Exists(accounts))

    def with_stage(self):
        """Adds `stage_now`, the database's answer to `Stall.stage`."""
        from markets.models.vendors import PaymentAccount

        accounts = PaymentAccount.objects.filter(
            tenancy__stall=OuterRef("pk"), tenancy__ends_on=None, ends_on=None
        )
        tried = Exists(_live_cards().exclude(tried_at=None))
        steps = [("tried_at", Stage.TAKING), ("posted_at", Stage.TRIAL), ("printed_at", Stage.POST)]
        return self.annotate(
            stage_now=Case(
                When(~Exists(accounts), then=Value(Stage.ACCOUNT)),
                When(tried & Exists(_found_in_use()), then=Value(Stage.USED)),
                *(When(Exists(_live_cards().exclude(**{at: None})), then=Value(s)) for at, s in steps),
                default=Value(Stage.PRINT),
                output_field=models.CharField(),
            )
        )

    def at_stage(self, stage: str):
        return self.with_stage().filter(stage_now=stage)

    def not_at_stage(self, stage: str):
        return self.with_stage().exclude(stage_now=stage)

    def count_by_stage(self) -> dict[str, int]:
        """How many stalls stand at each stage, every stage named."""
        counts = self.with_stage().order_by().values_list("stage_now").annotate(count=Count("pk"))
        return {**dict.fromkeys(Stage.values, 0), **dict(counts)}

    def first_tried_by_month(self, year: int) -> dict[int, int]:
        """How many stalls passed their first trial transfer, by month of a year; no month without any."""
        from markets.models.cards import StallCard

        tried = StallCard.objects.filter(stall=OuterRef("pk"), tried_at__isnull=False)
        stalls = self.annotate(first_tried=Subquery(tried.order_by("tried_at").values("tried_at")[:1]))
        months = stalls.filter(first_tried__year=year).annotate(month=ExtractMonth("first_tried"))
        return dict(months.order_by().values_list("month").annotate(count=Count("pk")))

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
        stalls = self.annotate(is_found_in_use=Exists(_found_in_use()))
        return stalls.select_related("market__place", "goods", "opened_by").prefetch_related(
            Prefetch(
                "tenancies",
                tenancies.prefetch_related(Prefetch("accounts", accounts, "open_accounts")),
                "open_tenancies",
            ),
            Prefetch("cards", cards, "live_cards"),
        )

    def hold(self, keys) -> None:
        """Locks these stalls until the transaction ends, in one order: nobody waits in a ring."""
        list(self.filter(pk__in=keys).order_by("pk").select_for_update().values("pk"))

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


def is_uuid(text: str) -> bool:
    """Whether a form sent what can be a key."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _live_cards():
    from markets.models.cards import StallCard

    return StallCard.objects.filter(stall=OuterRef("pk"), void_at=None)


def _found_in_use():
    from markets.models.followups import FollowUp

    visits = FollowUp.objects.filter(tenancy__stall=OuterRef("pk"), tenancy__ends_on=None)
    return visits.filter(kind=FollowUp.Kind.DAY_30, transfer_percent__gt=0).in_time()


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
    def stage(self) -> Stage:
        if not self.tenancy or not self.tenancy.account:
            return Stage.ACCOUNT
        card = self.card
        if not card or not card.printed_at:
            return Stage.PRINT
        if not card.posted_at:
            return Stage.POST
        if not card.tried_at:
            return Stage.TRIAL
        return Stage.USED if self._is_used else Stage.TAKING

    @property
    def takes_transfers(self) -> bool:
        return self.stage in (Stage.TAKING, Stage.USED)

    @property
    def _is_used(self) -> bool:
        if hasattr(self, "is_found_in_use"):
            return self.is_found_in_use
        return type(self).objects.in_use().filter(pk=self.pk).exists()

    @property
    def name(self) -> str:
        """What people call it: the name on the sign, else row and number."""
        return self.tenancy.sign if self.tenancy else f"Sạp {self.label}"

    @property
    def key(self) -> str:
        """The primary key as a form sends it."""
        return str(self.pk)

    @property
    def short(self) -> str:
        return f"Sạp {self.label}"

    @property
    def line(self) -> str:
        """Where it is: `Sạp B07, chợ Hoa Lư`."""
        return f"Sạp {self.label}, {self.market.in_words}"

    @property
    def card(self):
        """The card that is not void, or None."""
        if hasattr(self, "live_cards"):
            return self.live_cards[0] if self.live_cards else None
        return self.cards.filter(void_at=None).first()

    def correct(self, *, row, number, goods) -> None:
        """Another row, number or goods; IntegrityError where the number is taken."""
        self.row, self.number, self.goods = row, number, goods
        with transaction.atomic():
            self.save(update_fields=["row", "number", "goods"])

    def close(self, *, by, on=None) -> None:
        """The stall is given up: its tenancy ends and its card is void."""
        day = on or timezone.localdate()
        with transaction.atomic():
            Stall.objects.hold([self.pk])
            if tenancy := self.tenancies.filter(ends_on=None).first():  # as it is now, not as it was loaded
                tenancy.end(by=by, on=day)
            self.ends_on = day
            self.save(update_fields=["ends_on"])
