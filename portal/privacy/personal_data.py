"""What privacy itself holds on people: their earlier requests. Consents are told with whose they are."""

from portal.folding import fold_ascii
from portal.privacy.masking import mask_name, mask_number
from portal.privacy.models import PersonRequest
from portal.privacy.personal import Asked, Personal, Told, traces_told


def find(asked: Asked, user):
    """Opened one after the other: names are sealed, and there are few requests."""
    rows = PersonRequest.objects.visible_to(user).exclude(name=None, contact=None)
    wanted = fold_ascii(asked.name).lower().split()
    keys = []
    for row in rows.only("pk", "name", "contact"):
        said = fold_ascii(row.clear_name()).lower()
        by_name = bool(wanted) and all(word in said for word in wanted)
        if by_name or (asked.phone and asked.phone in row.clear_contact()):
            keys.append(row.pk)
    return PersonRequest.objects.filter(pk__in=keys)


def tell(row: PersonRequest) -> Told:
    return [
        ("Yêu cầu", str(row)),
        ("Họ và tên", row.clear_name()),
        ("Liên lạc", row.clear_contact()),
        ("Lời của người đó", row.clear_words()),
        ("Kết quả", row.get_outcome_display()),
        *traces_told([row]),
    ]


def erase(row: PersonRequest, *, by) -> None:
    """The request itself stays, as proof of what was done and when."""
    PersonRequest.objects.filter(pk=row.pk).update(name=None, contact=None, words=None)


PERSONAL = [
    Personal(
        PersonRequest,
        "Yêu cầu về dữ liệu cá nhân",
        find=find,
        hint=lambda row: (mask_name(row.clear_name()), f"{row} · {mask_number(row.clear_contact())}"),
        tell=tell,
        names=lambda row: [row.clear_name(), row.clear_contact()],
        erase=erase,
        goes="Tên, liên lạc và lời viết mất hẳn. Ở lại ngày nhận, ngày trả lời, kết quả.",
        unit=lambda row: row.unit,
    )
]
