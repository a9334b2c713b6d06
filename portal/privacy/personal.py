"""What the portal holds on people, as each app declares it.

An app lists its part as PERSONAL in `<app>/personal_data.py`; `portal.home.personal` collects the parts,
finds a person in all of them, copies and erases. Nothing about a person may be kept that no part knows.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import models
from django.utils import timezone

from portal.history import rewrite, versions
from portal.privacy.models import Consent, Opening, ReadLog

Told = list[tuple[str, object]]  # (words, value); dates, numbers and texts as they are
GONE = "(đã xóa)"


@dataclass(frozen=True)
class Asked:
    """By what somebody is looked for; empty where it is not known. A number is of an identity or account."""

    name: str = ""
    phone: str = ""
    number: str = ""


@dataclass(frozen=True)
class Watch:
    """Whose doings are looked at: a user's, or a machine's, from one moment to before another."""

    since: datetime
    until: datetime
    user: object | None = None
    device: str = ""


@dataclass(frozen=True)
class Personal:
    """One kind of record about people, and what the law wants done with it.

    `find` takes (Asked, user) and gives rows in the user's reach; `hint` gives (masked name, what and where)
    of a row; `tell` everything that is held, in clear; `names` the texts that stand nowhere after `erase`,
    which takes `by` (None: the nightly clean-up) and keeps whatever is counted. `withdraw` takes `by`.
    `active` gives rows with `last_on`, the day of the person's last doing, for the retention of `programme`.
    `made` takes a Watch and gives (what was recorded, (key of the record, when) …), see `watched`; `shown`
    gives what a stub's page shows, masked.
    """

    model: type[models.Model]
    words: str
    find: Callable
    hint: Callable
    tell: Callable[..., Told]
    names: Callable[..., Iterable[str]]
    erase: Callable
    goes: str  # what erasing takes away, and what it leaves, for the page that asks
    stays: Callable = lambda row: ""  # the same of one row, in numbers
    unit: Callable = lambda row: None
    withdraw: Callable | None = None
    consented: Callable | None = None  # Consent → rows
    shown: Callable | None = None
    href: Callable = lambda row: ""
    programme: str = ""
    active: Callable | None = None
    made: Callable | None = None
    belongs: dict[str, str] = field(default_factory=dict)  # other models' labels → path to this one
    listed: Callable = lambda rows: rows  # loads what `hint` shows

    @property
    def label(self) -> str:
        return self.model._meta.label_lower


def watched(rows, watch: Watch, *, by: str, at: str, key: str = "pk", device: str = ""):
    """(key, moment) of the rows that a Watch recorded, by the paths to user, moment, record and machine."""
    rows = rows.filter(**{f"{at}__gte": watch.since, f"{at}__lt": watch.until})
    if watch.user:
        rows = rows.filter(**{by: watch.user})
    if watch.device:
        rows = rows.filter(**{device: watch.device}) if device else rows.none()
    return rows.order_by(at).values_list(key, at)


# --- what all parts tell -----------------------------------------------------------------------------------


def consent_told(consent: Consent | None) -> Told:
    """The consent with the words that were read and what was ticked."""
    if consent is None:
        return []
    told = [
        ("Đồng ý lúc", consent.given_at),
        ("Cách đồng ý", consent.get_how_display()),
        ("Số phiếu giấy", consent.paper_number),
        ("Lời đã đọc", f"bản {consent.notice.version}: {consent.notice.text}"),
        *(("Đồng ý cho", purpose.words) for purpose in consent.purposes.all()),
    ]
    return [*told, ("Rút lại lúc", consent.withdrawn_at)]


def history_told(row, words: str) -> Told:
    """Every version of a row, in clear."""
    return [
        (f"{words}, sửa ngày {_clock(version.at)}", f"{label}: {before or '–'} → {after or '–'}")
        for version in versions(row, is_clear=True)
        for label, before, after in version.changes
    ]


def traces_told(rows: Iterable[models.Model]) -> Told:
    """Who opened these records, and who saw a value of them whole."""
    told: Told = []
    for row in rows:
        of_row = {"model": row._meta.label_lower, "row": str(row.pk)}
        for line in Opening.objects.filter(**of_row).select_related("user").order_by("at"):
            told.append(("Hồ sơ được mở", f"{_clock(line.at)}, {line.user}"))
        for line in ReadLog.objects.filter(**of_row).select_related("user").order_by("at"):
            told.append(
                ("Số được xem đầy đủ", f"{_clock(line.at)}, {line.user}: {line.get_reason_display()}")
            )
    return told


def end_consent(consent: Consent | None, *, by) -> None:
    """No longer agreed, where somebody says so, and no number of a paper that leads to a name."""
    if consent is None:
        return
    if by and consent.withdrawn_at is None:
        consent.withdraw(by=by)
    if consent.paper_number:
        Consent.objects.filter(pk=consent.pk).update(paper_number=GONE)
    Consent.pgh_event_model.objects.filter(pgh_obj_id=consent.pk).exclude(paper_number="").update(
        paper_number=GONE
    )


def _clock(at: datetime) -> str:
    return f"{timezone.localtime(at):%H:%M %d-%m-%Y}"


__all__ = [
    "GONE",
    "Asked",
    "Personal",
    "Told",
    "Watch",
    "consent_told",
    "end_consent",
    "history_told",
    "rewrite",
    "traces_told",
    "watched",
]
