"""What may be filled in without network: each app lists its slips as CAPTURES in `<app>/captures.py`.

A slip is a form of its own, on a page that says nothing about anybody, so that a tablet may keep it. What was
filled in comes back as the fields of that form, in an envelope or, where there is network but no script, by
an ordinary POST; both are applied here alike, with the author and the moment at hand. Found like `admin.py`:
nothing in here imports a programme.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib import import_module

from django.apps import apps
from django.forms import BaseForm
from django.http import QueryDict
from django.utils import timezone
from django.utils.module_loading import module_has_submodule

from portal.organization.models import Place

# Of a phone number in an envelope; what the number is now would stand in the clear where slips are listed.
OLD_PHONE = "Số 11 chữ số này đã đổi từ năm 2018: hỏi lại, rồi gõ số bây giờ"


class Refused(ValueError):
    """It cannot be written down as it is; the sentence says what to do."""


@dataclass
class Work:
    """Who records, where, with which tablet, and when it was; `id` is the slip's UUID."""

    by: object
    place: Place
    at: datetime
    id: uuid.UUID
    device: str = ""
    is_practice: bool = False
    is_later: bool = False  # comes out of an envelope: nobody waits for the answer

    def key(self, name: str) -> uuid.UUID:
        """The key of a row that comes of this slip: the same each time, and the author's own.

        Whoever knows the UUID of a colleague's slip makes other keys of it than the colleague does.
        """
        return uuid.uuid5(self.id, f"{self.by.pk} {name}")

    @property
    def day(self) -> date:
        """The day of the slip, by which is judged what was due, too early or in force."""
        return timezone.localdate(self.at)


@dataclass
class Done:
    """What came of a slip: the rows, the page to look at, and what somebody should know about it.

    `words` are sentences; `flag` may be several, without the last full stop: it stands inside others.
    """

    rows: list = field(default_factory=list)
    href: str = ""
    words: str = "Đã ghi vào sổ."
    flag: str = ""


@dataclass(frozen=True)
class Capture:
    """A slip: its page, its form, what becomes of it.

    `form` takes (Work, data or None, files or None) and gives a form; `apply` takes (Work, valid form) and
    gives Done, or raises Refused. `offered` takes Work and says whether it is for this place. `version` rises
    when fields change their meaning; `upgrades` has, for each older version, what makes the next one out of
    the fields. `secrets` are fields never shown back. `photo` takes (Work, the rows' keys of the slip, JPEG
    bytes).
    """

    code: str
    title: str
    words: str
    icon: str
    form: Callable[..., BaseForm]
    apply: Callable[[Work, BaseForm], Done]
    template: str = "field/slip.html"
    offered: Callable[[Work], bool] = lambda work: True
    context: Callable[[Work], dict] = lambda work: {}
    has_page: bool = True
    version: int = 1
    upgrades: Mapping[int, Callable[[QueryDict], None]] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    photo: Callable | None = None

    def upgraded(self, data: QueryDict, version: int) -> QueryDict:
        """The fields of a page that is older than the portal, as today's form wants them."""
        data = data.copy()
        for older in range(version, self.version):
            self.upgrades[older](data)
        return data


def label_by(form: BaseForm, **ways: str) -> None:
    """Which fields the tablet shows of a sealed slip, and how: plain, initials, last3, people."""
    for name, way in ways.items():
        form.fields[name].widget.attrs["data-label"] = way


@cache
def all_captures() -> dict[str, Capture]:
    """Every slip there is, by code."""
    found = []
    for config in apps.get_app_configs():
        if module_has_submodule(config.module, "captures") and config.name != "portal.field":
            found += import_module(f"{config.name}.captures").CAPTURES
    return {capture.code: capture for capture in found}


def offered(work: Work) -> list[Capture]:
    """The slips with a page that are for this place, in their order."""
    return [one for one in all_captures().values() if one.has_page and one.offered(work)]
