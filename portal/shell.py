"""What stands around every page: menus that lead somewhere, the languages of this page, time and version."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.urls import reverse, translate_url
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.accounts import rights, sessions

VERSION = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"]


@dataclass(frozen=True)
class Entry:
    """One line of a menu: where it leads, and to whom (`leads` takes the user)."""

    label: str
    url_name: str
    icon: str = ""
    room: str = ""  # the app whose pages it stands for
    leads: Callable = lambda user: True


def works_in_the_field(user):
    """Whether field pages lead somewhere for this user."""
    return user.is_guest or any(role.kind in rights.FIELD for role in user.reach.roles)


def sees_groups(user):
    """Whether the electronic groups open for the user."""
    return works_in_the_field(user) or user.is_staff


def opens_shifts(user):
    """Whether the user may open shifts and hand out their codes."""
    return user.reach.holds(*rights.SHIFT_MAKERS)


def invites_people(user):
    """Whether the user may let others in."""
    return user.reach.holds(*rights.INVITERS)


def works_at_the_desk(user):
    """Whether the user writes, reads or publishes pages of heritage."""
    return user.reach.holds(*rights.CONTRIBUTORS, *rights.REVIEWERS, *rights.PUBLISHERS)


def is_staff(user):
    """Whether registers and reports open for the user."""
    return user.is_staff


PUBLIC = [
    Entry(_("Chợ không tiền mặt"), "market_list", room="markets"),
    Entry(_("Di tích"), "heritage_list", room="heritage.views.public"),
]
STAFF = [
    Entry("Hôm nay", "today", "home", room="portal.home.views"),
    Entry("Chợ", "stall_list", "stall", room="markets", leads=works_in_the_field),
    Entry("Tổ dân phố", "group_list", "people", room="neighborhoods", leads=sees_groups),
    Entry("Hộp gửi", "outbox", "out", room="portal.field", leads=works_in_the_field),
    Entry("Di tích", "desk_list", "rong", room="heritage", leads=works_at_the_desk),
    Entry("Ca trực", "shift_list", "clock", room="portal.accounts.views.shifts", leads=opens_shifts),
    Entry("Người", "people_list", "people", room="portal.accounts.views.people", leads=invites_people),
    Entry("Báo cáo", "market_report", "chart", room="portal.home.reporting", leads=is_staff),
    Entry("Quản trị", "admin:index", "doc", room="django.contrib.admin", leads=is_staff),
]


@dataclass(frozen=True)
class Line:
    """A menu entry as this page shows it."""

    label: str
    href: str
    icon: str
    is_here: bool


class Shell:
    """What the base templates ask of a request. Each answer is worked out only when a template asks."""

    demo = settings.DEMO
    version = VERSION

    def __init__(self, request):
        self._request = request

    @property
    def now(self):
        return timezone.localtime()

    @property
    def time(self):
        return time_format(self.now)

    @property
    def day(self):
        return date_format(self.now)

    @cached_property
    def public_menu(self):
        return [self._line(entry) for entry in PUBLIC]

    @cached_property
    def staff_menu(self):
        user = self._request.user
        return [self._line(entry) for entry in STAFF if user.is_authenticated and entry.leads(user)]

    @cached_property
    def languages(self):
        """Give (code, name, address, is it this one) of this page in each language, or nothing."""
        path = self._request.get_full_path()
        pages = [(code, name, translate_url(path, code)) for code, name in settings.LANGUAGES]
        if len({address for _code, _name, address in pages}) == 1:
            return []
        return [(code, name, address, code == get_language()) for code, name, address in pages]

    @property
    def who(self):
        """A mark of this person in this session; a tablet compares it with its ticket's."""
        return sessions.mark(self._request)

    @cached_property
    def is_practising(self):
        return sessions.is_practising(self._request)

    @cached_property
    def where(self):
        """Give where the user works today: the team or place of the shift, else a role's unit."""
        reach = self._request.user.reach
        if reach.entry:
            return reach.entry.shift.team or reach.entry.shift.place
        return reach.roles[0].unit if reach.roles else ""

    def _line(self, entry):
        match = self._request.resolver_match
        module = match.func.__module__ if match else ""
        is_here = bool(entry.room) and f"{module}.".startswith(f"{entry.room}.")
        return Line(entry.label, reverse(entry.url_name), entry.icon, is_here)


def shell(request):
    """Context processor: `shell` for the base templates."""
    return {"shell": Shell(request)}
