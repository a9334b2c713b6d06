"""What the accounts hold on people: who works, or worked, with the portal; and what they have in hand."""

import json
from collections.abc import Iterable

from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django_otp import devices_for_user

from portal.accounts import kept, rights
from portal.accounts.models import Badge, OneTimeLink, User
from portal.folding import fold_ascii
from portal.phones import normalize_phone
from portal.privacy.masking import mask_name
from portal.privacy.models import Opening, ReadLog
from portal.privacy.personal import (
    Asked,
    Personal,
    Told,
    consent_told,
    end_consent,
    history_told,
    rewrite,
    traces_told,
)
from portal.text import matches

NAMELESS = "Người đã xóa tên"
# What a session keeps that somebody typed, sealed so that nobody can look into it: a search lost is no harm.
TYPED = ("searches", "stall_search")


def find(asked: Asked, user):
    found = Q(pk__in=[])
    if asked.name:
        found |= matches("name_folded", asked.name)
    if asked.phone:
        found |= Q(phone=normalize_phone(asked.phone) or asked.phone)
    return User.objects.visible_to(user).exclude(name=NAMELESS).filter(found)


def hint(person: User) -> tuple[str, str]:
    role = person.roles.today().select_related("unit").first()
    works = str(role) if role else "Vào bằng mã ca" if person.is_guest else "Đã thôi"
    return mask_name(person.name), " · ".join(filter(None, [person.masked_phone, works]))


def tell(person: User) -> Told:
    told: Told = [
        ("Họ và tên", person.name),
        ("Tên đăng nhập", person.username),
        ("Điện thoại", person.phone or ""),
        ("Tài khoản có từ", person.joined_at),
        ("Thu hồi", person.revoked_at),
    ]
    for role in person.roles.select_related("unit"):
        told.append(("Vai trò", f"{role}, {role.starts_on or ''} – {role.ends_on or ''}"))
    for member in person.team_memberships.select_related("team"):
        told.append(("Trong đội", f"{member.team}, {member.starts_on or ''} – {member.ends_on or ''}"))
    for entry in person.shift_entries.select_related("shift__place"):
        told.append(("Ca trực", str(entry.shift)))
    if badge := Badge.objects.filter(user=person).select_related("consent__notice").first():
        photo = "có ảnh" if badge.photo_id else "không có ảnh"
        told += [("Thẻ tình nguyện viên", f"mã {badge.code_id}, {photo}"), *consent_told(badge.consent)]
    told += [("Bộ lọc đã lưu", saved.name) for saved in person.saved_filters.all()]
    for log, words in ((Opening, "Đã mở hồ sơ"), (ReadLog, "Đã xem số đầy đủ")):
        told.append((f"{words} (lượt)", log.objects.filter(user=person).count()))
    return told + history_told(person, "Tài khoản") + traces_told([person])


def names(person: User) -> list[str]:
    return [person.name, person.phone or ""]


def erase(person: User, *, by) -> None:
    """The account ends and says no name; what it recorded stays, by nobody that can be named.

    Raises PermissionDenied for an account that `by` may not manage.
    """
    if by and not rights.may_manage(by, person):
        raise PermissionDenied
    if person.is_active:
        person.revoke(by=by or person)
    for role in person.roles.filter(ends_on=None):
        role.end()
    if badge := Badge.objects.filter(user=person).first():
        badge.take_photo_back(by=by or person)
        end_consent(badge.consent, by=by)
    OneTimeLink.objects.filter(user=person).delete()
    person.saved_filters.all().delete()
    for device in devices_for_user(person, confirmed=None):
        device.delete()
    nobody = {"name": NAMELESS, "phone": None, "username": f"xoa-{person.pk}"}
    User.objects.filter(pk=person.pk).update(**nobody, pin="", password="!")
    rewrite(User, [person.pk], **nobody)


def forget_typed(texts: Iterable[str]) -> int:
    """Takes out of all sessions what names one of these; how many were touched.

    What was kept to be sent again is opened for who typed it; other sealed words go as they are.
    """
    folded = [fold_ascii(text).lower() for text in texts]
    users = list(User.objects.filter(is_active=True).order_by("-last_login").only("pk"))
    touched = 0
    for session in Session.objects.filter(expire_date__gt=timezone.now()):
        data = session.get_decoded()
        left = {name: value for name, value in data.items() if not _names(name, value, folded, users)}
        if left != data:
            session.session_data = Session.objects.encode(left)
            session.save(update_fields=["session_data"])
            touched += 1
    return touched


def _names(key: str, value, folded: list[str], users: list[User]) -> bool:
    if key in TYPED:
        return True
    if key == "kept":
        opened = next(filter(None, (kept.open_kept(value, user) for user in users)), None)
        value = opened.fields if opened else ""
    said = fold_ascii(json.dumps(value, ensure_ascii=False, default=str)).lower()
    return any(text in said for text in folded)


PERSONAL = [
    Personal(
        User,
        "Người làm việc với cổng",
        find=find,
        hint=hint,
        tell=tell,
        names=names,
        erase=erase,
        goes="Tài khoản bị thu hồi; tên, điện thoại, tên đăng nhập, ảnh thẻ mất hẳn. Ở lại những việc người"
        " này đã ghi, không tên.",
        unit=lambda person: role.unit if (role := person.roles.select_related("unit").first()) else None,
        href=lambda person: reverse("people_detail", args=[person.pk]),
    )
]
