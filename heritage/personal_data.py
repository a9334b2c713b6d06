"""What the heritage pages hold on people: what visitors wrote, where they named themselves or somebody.

Authors, readers and voices that a published page names are part of the official text, not looked for here.
"""

from django.db.models import Q
from django.urls import reverse

from heritage.models import Correction
from portal.phones import normalize_phone
from portal.privacy.personal import GONE, Asked, Personal, Told
from portal.text import clean_text


def find(asked: Asked, user):
    said = [clean_text(asked.name), asked.phone, normalize_phone(asked.phone) or "", asked.number]
    found = Q(pk__in=[])
    for text in filter(None, said):
        found |= Q(text__icontains=text) | Q(answer__icontains=text)
    return Correction.objects.visible_to(user).filter(found).select_related("site__unit")


def tell(correction: Correction) -> Told:
    return [
        ("Góp ý về", str(correction.site)),
        ("Gửi lúc", correction.at),
        ("Lời góp ý", correction.text),
        ("Trả lời", correction.answer),
    ]


def erase(correction: Correction, *, by) -> None:
    """The remark counts on, its words are gone; an answer stays an answer."""
    answer = GONE if correction.answer else ""
    Correction.objects.filter(pk=correction.pk).update(text=GONE, answer=answer)


PERSONAL = [
    Personal(
        Correction,
        "Góp ý ở trang di tích",
        find=find,
        hint=lambda correction: (
            "Lời góp ý có tên hoặc số này",
            f"{correction.site}, {correction.at:%d-%m-%Y}",
        ),
        tell=tell,
        names=lambda correction: [],
        erase=erase,
        goes="Lời góp ý và lời trả lời mất hẳn. Ở lại số đếm: di tích nào, ngày nào.",
        unit=lambda correction: correction.site.unit,
        href=lambda correction: reverse("correction_answer", args=[correction.pk]),
    )
]
