"""What the groups hold on people: residents who agreed to be named, with the help and visits they got."""

from django.db.models import Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Greatest, TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from neighborhoods.models import FollowUp, HelpEvent, Household, Resident
from portal.phones import normalize_phone
from portal.privacy.masking import mask_name
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
from portal.privacy.reference import NEIGHBORHOODS
from portal.text import matches

NOTHING = {
    "name": "", "phone": "", "phone_kind": "", "last_four": "", "birth_on": None, "birth_year": None,
    "household": None,
}  # fmt: skip
STAYED = {"left_on": None, "left_why": ""}


def find(asked: Asked, user):
    found = Q(pk__in=[])
    if asked.name:
        found |= matches("name_folded", asked.name)
    if asked.phone:
        found |= Q(phone=normalize_phone(asked.phone) or asked.phone)
    if asked.number:
        found |= Q(number_index=Resident._meta.get_field("number_index").digest(asked.number))
    rows = Resident.objects.visible_to(user).filter(found)
    return rows.select_related("group__place__area", "group__place__unit", "household", "consent__notice")


def hint(resident: Resident) -> tuple[str, str]:
    parts = [resident.masked_number, str(resident.birth_year or ""), str(resident.group)]
    return mask_name(resident.name), " · ".join(filter(None, parts))


def tell(resident: Resident) -> Told:
    told: Told = [
        ("Họ và tên", resident.name),
        ("Ngày sinh", resident.birth_on),
        ("Năm sinh", str(resident.birth_year or "")),
        ("Giới tính", resident.get_sex_display()),
        ("Điện thoại", resident.phone or resident.get_phone_kind_display()),
        ("Số định danh", resident.clear_number()),
        ("Tổ", resident.group.full_name),
        ("Số nhà", str(resident.household or "")),
        ("Ghi vào sổ", resident.recorded_at),
        ("Người ghi", str(resident.recorded_by)),
    ]
    if resident.left_on:
        told.append(("Thôi ở tổ", f"{resident.left_on:%d-%m-%Y}, {resident.get_left_why_display()}"))
    told += consent_told(resident.consent)
    helps = resident.helps.select_related("step", "by", "place", "team", "call_back").order_by("at")
    for one in helps:
        where = f"{timezone.localtime(one.at):%H:%M %d-%m-%Y}, {one.place}, {one.team or one.by}"
        told.append(("Lượt giúp", f"{where}: {one.step}, {one.get_outcome_display()}"))
        if call := getattr(one, "call_back", None):
            told.append(("Rút thăm gọi kiểm tra", f"{call.drawn_on:%d-%m-%Y}: {call.get_answer_display()}"))
    for visit in resident.followups.select_related("step").order_by("due_on"):
        outcome = visit.get_outcome_display() or "chưa làm"
        told.append(("Lượt hỏi lại", f"hẹn {visit.due_on:%d-%m-%Y}, {visit.step}: {outcome}"))
    return told + history_told(resident, "Hồ sơ") + traces_told([resident])


def names(resident: Resident) -> list[str]:
    return [resident.name, resident.clear_number(), resident.phone]


def withdraw(resident: Resident, *, by) -> None:
    """Nobody works with the record any more: further help has no name. It stays until it is deleted.

    Whoever had left before has withdrawn all the same and is not brought back; only what was a mistake stays
    one, as it does not count.
    """
    if resident.consent and resident.consent.withdrawn_at is None:
        resident.consent.withdraw(by=by)
    if resident.left_why != Resident.Leaving.MISTAKE:
        resident.left_why = Resident.Leaving.WITHDREW
    resident.left_on = resident.left_on or timezone.localdate()
    resident.set_number(None)  # free for who agrees anew, maybe elsewhere
    resident.save(update_fields=["left_on", "left_why", "number", "number_index", "last_four"])


def erase(resident: Resident, *, by) -> None:
    """The row stays without anything of the person, so that help and people are counted as before."""
    resident = Resident.objects.select_for_update().get(pk=resident.pk)
    end_consent(resident.consent, by=by)
    houses = {resident.household_id, *_versions(resident).values_list("household", flat=True)} - {None}
    is_slip = resident.left_why == Resident.Leaving.MISTAKE  # or what it noted would count again
    nothing = NOTHING if is_slip else NOTHING | STAYED
    for name, value in nothing.items():
        setattr(resident, name, value)
    resident.set_number(None)
    resident.anonymised_at = resident.anonymised_at or timezone.now()
    resident.save()
    rewrite(Resident, [resident.pk], **nothing)
    _erase_empty(houses)


def _versions(resident: Resident):
    return Resident.pgh_event_model.objects.filter(pgh_obj_id=resident.pk)


def _erase_empty(houses: set) -> None:
    """Deletes the houses, with their versions, where nobody of the book lives."""
    empty = houses - set(Resident.objects.filter(household__in=houses).values_list("household", flat=True))
    Household.objects.filter(pk__in=empty).delete()
    Household.pgh_event_model.objects.filter(pgh_obj_id__in=empty).delete()


def active():
    """Named residents with the day on which they were last helped, asked or written down."""
    helped = HelpEvent.objects.filter(resident=OuterRef("pk")).order_by().values("resident")
    asked = (
        FollowUp.objects.filter(resident=OuterRef("pk"), done_at__isnull=False).order_by().values("resident")
    )
    last = Greatest(
        "recorded_at",
        Coalesce(Subquery(helped.annotate(last=Max("at")).values("last")), "recorded_at"),
        Coalesce(Subquery(asked.annotate(last=Max("done_at")).values("last")), "recorded_at"),
    )
    return Resident.objects.named().filter(is_practice=False).annotate(last_on=TruncDate(last))


def consented(consent):
    return consent.residents.named()


def shown(resident: Resident) -> Told:
    """For the stub: what, never whole."""
    helps = resident.helps.standing().select_related("step").order_by("at")
    return [
        (_("Họ và tên"), mask_name(resident.name)),
        (_("Năm sinh"), str(resident.birth_year or "")),
        (_("Số định danh"), resident.masked_number),
        (_("Điện thoại"), resident.masked_phone),
        (_("Tổ"), resident.group.full_name),
        *((_("Việc đã ghi"), _help(one)) for one in helps),
    ]


def made(watch: Watch):
    residents = Resident.objects.filter(is_practice=False)
    helps = HelpEvent.objects.real().filter(resident__isnull=False)
    return [
        ("Ghi tên vào sổ", watched(residents, watch, by="recorded_by", at="recorded_at")),
        ("Ghi lượt giúp", watched(helps, watch, by="by", at="at", key="resident", device="device")),
    ]


def stays(resident: Resident) -> str:
    return f"{resident.helps.count()} lượt giúp, {resident.followups.count()} lượt hỏi lại"


def _help(event: HelpEvent) -> str:
    return f"{timezone.localtime(event.at):%d-%m-%Y}: {event.step}, {event.get_outcome_display().lower()}"


PERSONAL = [
    Personal(
        Resident,
        "Người dân trong tổ điện tử",
        find=find,
        hint=hint,
        tell=tell,
        names=names,
        erase=erase,
        goes="Tên, ngày sinh, số định danh, điện thoại, số nhà, vì sao thôi ở tổ mất hẳn, cả trong lịch sử."
        " Ở lại một dòng không tên: tổ, giới tính, ngày ghi và người ghi, lượt giúp, lượt hỏi lại.",
        stays=stays,
        unit=lambda resident: resident.group.place.unit,
        withdraw=withdraw,
        consented=consented,
        shown=shown,
        href=lambda resident: reverse("resident_detail", args=[resident.pk]),
        programme=NEIGHBORHOODS,
        active=active,
        made=made,
        listed=lambda rows: rows.select_related("group"),
    )
]
