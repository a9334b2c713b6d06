"""What the markets hold on people: vendors, with the stalls they held, accounts, cards and visits."""

from django.db.models import Exists, F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Greatest, TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from markets.models import (
    CardCheck,
    FollowUp,
    PaymentAccount,
    PrintJob,
    StallCard,
    StallImport,
    Tenancy,
    Vendor,
)
from portal.folding import fold_ascii
from portal.phones import normalize_phone
from portal.privacy.masking import mask_name
from portal.privacy.models import SealedFile
from portal.privacy.personal import (
    Asked,
    Personal,
    Told,
    Watch,
    consent_told,
    end_consent,
    history_told,
    rewrite,
    traces_told,
    watched,
)
from portal.privacy.reference import MARKETS
from portal.text import matches


def find(asked: Asked, user):
    """By name, name on the sign or holder of an account; by phone; by an account number, kept codes too."""
    found = Q(pk__in=[])
    if asked.name:
        held = Tenancy.objects.filter(vendor=OuterRef("pk"))
        holder = PaymentAccount.objects.filter(
            tenancy__vendor=OuterRef("pk"), holder__iexact=_printed(asked.name)
        )
        found |= matches("name_folded", asked.name) | Exists(held.filter(matches("sign_folded", asked.name)))
        found |= Exists(holder)
    if asked.phone:
        found |= Q(phone=normalize_phone(asked.phone) or asked.phone)
    if asked.number:
        index = PaymentAccount._meta.get_field("number_index").digest(asked.number)
        found |= Exists(PaymentAccount.objects.filter(tenancy__vendor=OuterRef("pk"), number_index=index))
    return Vendor.objects.visible_to(user).exclude(name="").filter(found).select_related("consent__notice")


def _printed(name: str) -> str:
    """As banks write a holder: capitals without accents."""
    return fold_ascii(name).upper()


def hint(vendor: Vendor) -> tuple[str, str]:
    tenancies = vendor.tenancies.select_related("stall__market__place")
    stalls = "; ".join(f"sạp {one.stall.label}, {one.stall.market}" for one in tenancies)
    numbers = {account.masked for account in _accounts(vendor)}
    return mask_name(vendor.name), " · ".join(filter(None, [vendor.masked_phone, *sorted(numbers), stalls]))


def tell(vendor: Vendor) -> Told:
    told: Told = [("Họ và tên", vendor.name), ("Điện thoại", vendor.phone), *consent_told(vendor.consent)]
    for one in vendor.tenancies.select_related("stall__market__place", "recorded_by"):
        until = f"đến {one.ends_on:%d-%m-%Y}" if one.ends_on else "đến nay"
        where = f"{one.stall}, từ {one.starts_on:%d-%m-%Y} {until}"
        told += [("Giữ sạp", where), ("Tên ghi trên thẻ", one.sign), ("Người ghi", str(one.recorded_by))]
        told += history_told(one, "Việc giữ sạp")
    for account in _accounts(vendor):
        told += [
            ("Tài khoản", f"{account.bank_name} {account.clear_number()}"),
            ("Chủ tài khoản", account.holder),
        ]
        told += history_told(account, "Tài khoản")
    cards = _cards(vendor)
    for card in cards:
        told.append(("Thẻ", f"{card.serial}: {card.state.label}"))
        told += history_told(card, "Thẻ")
    for visit in FollowUp.objects.filter(tenancy__vendor=vendor).order_by("due_on"):
        answer = (
            f", khách chuyển khoản {visit.transfer_percent}%" if visit.transfer_percent is not None else ""
        )
        told.append((visit.get_kind_display(), f"hẹn {visit.due_on:%d-%m-%Y}{answer}"))
    for look in CardCheck.objects.filter(card__in=cards).order_by("at"):
        told.append(("Soi thẻ", f"{timezone.localtime(look.at):%H:%M %d-%m-%Y}: {look.get_result_display()}"))
    told += history_told(vendor, "Hồ sơ")
    return told + traces_told([vendor, *vendor.tenancies.all(), *_accounts(vendor), *cards])


def names(vendor: Vendor) -> list[str]:
    signs = [tenancy.sign for tenancy in vendor.tenancies.all()]
    accounts = [text for one in _accounts(vendor) for text in (one.holder, one.clear_number())]
    return [vendor.name, vendor.phone, *signs, *accounts]


def withdraw(vendor: Vendor, *, by) -> None:
    """All stalls end, cards are void; a stall goes on without a name."""
    for tenancy in vendor.tenancies.open():
        tenancy.end(by=by, withdraw_consent=True)
    vendor.consent.refresh_from_db()
    if vendor.consent.withdrawn_at is None:
        vendor.consent.withdraw(by=by)


def erase(vendor: Vendor, *, by) -> None:
    """Rows stay, empty, so that stalls, cards and visits are counted as before."""
    if by:
        withdraw(vendor, by=by)
    said = [text for text in names(vendor) if text]
    tenancies = list(vendor.tenancies.values_list("pk", flat=True))
    accounts = [account.pk for account in _accounts(vendor)]
    cards = [card.pk for card in _cards(vendor)]
    _drop_files(vendor, cards, said)
    StallCard.objects.filter(pk__in=cards).update(
        payload=None, payload_index=None, sign="", holder="", last_four=""
    )
    rewrite(StallCard, cards, sign="", holder="", last_four="")
    PaymentAccount.objects.filter(pk__in=accounts).update(
        number=None, number_index=None, payload=None, holder=""
    )
    rewrite(PaymentAccount, accounts, holder="")
    Tenancy.objects.filter(pk__in=tenancies).update(sign="")
    rewrite(Tenancy, tenancies, sign="")
    Vendor.objects.filter(pk=vendor.pk).update(name="", phone="")
    rewrite(Vendor, [vendor.pk], name="", phone="")
    end_consent(vendor.consent, by=by)


def _drop_files(vendor: Vendor, cards: list, said: list[str]) -> None:
    """Sheets with the vendor's card, pictures of it, and lists on their way in that name the vendor."""
    stalls = list(vendor.tenancies.values_list("stall", flat=True))
    files = set(PrintJob.objects.filter(stalls__overlap=stalls).values_list("file", flat=True))
    files |= set(CardCheck.objects.filter(card__in=cards).values_list("photo", flat=True))
    folded = [fold_ascii(text).lower() for text in said]
    for given in StallImport.objects.filter(file__isnull=False, market__stalls__in=stalls).distinct():
        content = fold_ascii(given.file.content.open()).lower()
        if any(text in content for text in folded):
            files.add(given.file_id)
    SealedFile.objects.filter(pk__in=files - {None}).only("pk").delete()


def _accounts(vendor: Vendor) -> list[PaymentAccount]:
    return list(PaymentAccount.objects.filter(tenancy__vendor=vendor).order_by("recorded_at"))


def _cards(vendor: Vendor) -> list[StallCard]:
    return list(StallCard.objects.filter(account__tenancy__vendor=vendor).order_by("made_at"))


def active():
    """Vendors who left every stall, with the day of the last one's end or visit."""
    held = Tenancy.objects.filter(vendor=OuterRef("pk"))
    asked = FollowUp.objects.filter(tenancy__vendor=OuterRef("pk"), done_at__isnull=False)
    ended = held.order_by().values("vendor").annotate(last=Max("ends_on")).values("last")
    visited = (
        asked.order_by().values("tenancy__vendor").annotate(last=Max(TruncDate("done_at"))).values("last")
    )
    rows = Vendor.objects.exclude(name="").exclude(Exists(held.filter(ends_on=None)))
    rows = rows.alias(given_on=TruncDate("consent__given_at"))
    return rows.annotate(
        last_on=Greatest(
            F("given_on"),
            Coalesce(Subquery(ended), F("given_on")),
            Coalesce(Subquery(visited), F("given_on")),
        )
    )


def shown(vendor: Vendor) -> Told:
    told: Told = [(_("Họ và tên"), mask_name(vendor.name)), (_("Điện thoại"), vendor.masked_phone)]
    told += [(_("Sạp"), str(one.stall)) for one in vendor.tenancies.select_related("stall__market__place")]
    return told + [(_("Tài khoản"), str(account)) for account in _accounts(vendor)]


def made(watch: Watch):
    vendors = {"by": "recorded_by", "at": "recorded_at"}
    return [
        ("Ghi chủ sạp", watched(Tenancy.objects.all(), watch, key="vendor", **vendors)),
        ("Ghi tài khoản", watched(PaymentAccount.objects.all(), watch, key="tenancy__vendor", **vendors)),
    ]


def href(vendor: Vendor) -> str:
    tenancy = vendor.tenancies.order_by("-starts_on").first()
    return reverse("stall_detail", args=[tenancy.stall_id]) if tenancy else ""


def unit(vendor: Vendor):
    tenancy = vendor.tenancies.select_related("stall__market__place__unit").order_by("-starts_on").first()
    return tenancy.stall.market.place.unit if tenancy else None


def stays(vendor: Vendor) -> str:
    visits = FollowUp.objects.filter(tenancy__vendor=vendor).count()
    return f"{vendor.tenancies.count()} lần giữ sạp, {len(_cards(vendor))} thẻ, {visits} lượt quay lại"


PERSONAL = [
    Personal(
        Vendor,
        "Tiểu thương",
        find=find,
        hint=hint,
        tell=tell,
        names=names,
        erase=erase,
        goes="Tên, điện thoại, tên trên thẻ, tài khoản, nội dung mã mất hẳn, cả trong lịch sử sửa; thẻ còn"
        " treo bị hủy. Ở lại những dòng không tên: sạp nào, từ ngày nào, thẻ số mấy, lượt quay lại.",
        stays=stays,
        unit=unit,
        withdraw=withdraw,
        consented=lambda consent: consent.vendors.exclude(name=""),
        shown=shown,
        href=href,
        programme=MARKETS,
        active=active,
        made=made,
        belongs={
            "markets.paymentaccount": "tenancy__vendor",
            "markets.stallcard": "account__tenancy__vendor",
        },
    )
]
