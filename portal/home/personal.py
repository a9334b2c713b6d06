"""What the whole portal holds on one person: each app declares its part, the roof finds, copies and erases.

found = personal.find(Asked(name="Siu Mẫu", phone="0901234567"), user)
personal.erase(records, by=user)
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

import heritage.personal_data
import markets.personal_data
import neighborhoods.personal_data
import portal.accounts.personal_data
import portal.field.personal_data
import portal.privacy.personal_data
from portal.home.models import SavedFilter
from portal.nightly import NightlyJob
from portal.privacy import reveal
from portal.privacy.models import Campaign, Consent, PersonRequest, ReadLog
from portal.privacy.personal import GONE, Asked, Personal, Told

logger = logging.getLogger(__name__)
PARTS: list[Personal] = [
    *neighborhoods.personal_data.PERSONAL,
    *markets.personal_data.PERSONAL,
    *portal.accounts.personal_data.PERSONAL,
    *heritage.personal_data.PERSONAL,
    *portal.field.personal_data.PERSONAL,
    *portal.privacy.personal_data.PERSONAL,
]
BY_LABEL = {part.label: part for part in PARTS}
MOST = 30  # of one kind: who finds more asks more closely
LEAST = 4  # letters of a text that is looked for in logs


@dataclass
class Record:
    """One row about a person, with the part that knows it."""

    part: Personal
    row: models.Model
    is_chosen: bool = False

    @property
    def key(self) -> str:
        """As a form sends it."""
        return f"{self.part.label}:{self.row.pk}"

    @property
    def who(self) -> str:
        return self.part.hint(self.row)[0]

    @property
    def where(self) -> str:
        return self.part.hint(self.row)[1]

    @property
    def href(self) -> str:
        return self.part.href(self.row)

    @property
    def stays(self) -> str:
        return self.part.stays(self.row)

    def tell(self) -> Told:
        return [(words, value) for words, value in self.part.tell(self.row) if value not in (None, "")]


def find(asked: Asked, user) -> list[Record]:
    """Records in the user's reach that may be this person's."""
    return [Record(part, row) for part in PARTS for row in part.find(asked, user)[:MOST]]


def load(keys: Iterable[tuple[str, str]], user) -> list[Record]:
    """The records with these (label, key) that the user may see, in their order; one query a kind."""
    keys, rows = list(keys), {}
    for label in {label for label, _key in keys} & set(BY_LABEL):
        part = BY_LABEL[label]
        wanted = [key for one, key in keys if one == label and _is_key(part, key)]
        for row in part.listed(part.model.objects.visible_to(user).filter(pk__in=wanted)):
            rows[label, str(row.pk)] = Record(part, row)
    return [rows[one] for one in dict.fromkeys(keys) if one in rows]


def _is_key(part: Personal, key: str) -> bool:
    try:
        part.model._meta.pk.to_python(key)
    except ValidationError:
        return False
    return True


def of_consent(consent: Consent) -> list[Record]:
    """The records that stand on a consent."""
    return [
        Record(part, row) for part in PARTS if part.consented is not None for row in part.consented(consent)
    ]


def copy(records: list[Record], *, to, request_id: str = "") -> list[tuple[str, Told]]:
    """(what it is, everything that is held) of each record; the read log has its line of each before."""
    with transaction.atomic():
        for record in records:
            reason = ReadLog.Reason.REQUEST
            reveal.write_down(record.row, "copy", to=to, reason=reason, request_id=request_id)
        return [(record.part.words, record.tell()) for record in records]


def withdraw(records: list[Record], *, by) -> int:
    """No longer agreed, where records stand on a consent; how many did."""
    concerned = [record for record in records if record.part.withdraw]
    with transaction.atomic():
        for record in concerned:
            record.part.withdraw(record.row, by=by)
    return len(concerned)


def erase(records: list[Record], *, by) -> int:
    """Deletes what says who it is, also where it was typed along the way; counts stay. How many records."""
    with transaction.atomic():
        said = {text for record in records for text in record.part.names(record.row)}
        texts = {text for text in said if len(text) > LEAST}  # shorter ones are anybody's
        for record in records:
            record.part.erase(record.row, by=by)
        portal.accounts.personal_data.forget_typed(texts)
        portal.field.personal_data.forget_said(texts)
        _forget_in_logs(texts)
    return len(records)


def _forget_in_logs(texts: set[str]) -> None:
    """What staff did in the admin is named by the row's key; a filter kept under a person's name is gone."""
    for text in texts:
        named = LogEntry.objects.filter(Q(object_repr__icontains=text) | Q(change_message__icontains=text))
        named.update(object_repr=GONE, change_message="")
        SavedFilter.objects.filter(Q(name__icontains=text) | Q(query__icontains=text)).delete()


# --- keeping no longer than promised -----------------------------------------------------------------------


def past(part: Personal, on=None):
    """Rows whose person was last active only in campaigns whose time to keep is over on a day, today first.

    A day that lies in no campaign says nothing, and one that lies in another campaign too is kept with it.
    """
    mine = Campaign.objects.filter(programme=part.programme)
    over = mine.over(on or timezone.localdate())
    is_over, is_kept = Q(pk__in=[]), Q(pk__in=[])
    for campaign in over:
        is_over |= Q(last_on__range=(campaign.starts_on, campaign.ends_on))
    for campaign in mine.exclude(pk__in=[one.pk for one in over]):
        last = {"last_on__lte": campaign.ends_on} if campaign.ends_on else {}
        is_kept |= Q(last_on__gte=campaign.starts_on, **last)
    return part.active().filter(is_over).exclude(is_kept) if over else part.model.objects.none()


def retire(on=None) -> int:
    """Takes the names off all whose time is over, each in a transaction of its own; how many."""
    count = 0
    for part in filter(lambda part: part.active, PARTS):
        keys = list(past(part, on).order_by().values_list("pk", flat=True))
        logger.info("retention: %s of %s are over", len(keys), part.label)
        for key in keys:
            with transaction.atomic():
                part.erase(part.model.objects.get(pk=key), by=None)
        count += len(keys)
    return count


NIGHTLY = [
    NightlyJob("retention", "Xóa tên khi hết hạn giữ", retire, "Xóa tên {} người, số đếm ở lại"),
    NightlyJob(
        "request_names",
        "Xóa tên ở yêu cầu đóng quá 12 tháng",
        lambda: PersonRequest.objects.forget_names(),
        "Xóa tên ở {} yêu cầu",
    ),
]
