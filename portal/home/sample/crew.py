"""Who works in the demo: an account for each role, three teams, branches, hamlets; the list to print."""

import functools

from django.contrib.auth.hashers import make_password
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.accounts.models import Role, Shift, User
from portal.accounts.offline_pin import offline_check
from portal.accounts.rights import SECOND_FACTOR
from portal.organization.models import Area, Team, TeamMember, Unit

PASSWORD = "mau-2026-gialai"
PIN = "246813"
PLEIKU, AN_PHU, QUY_NHON = "Phường Pleiku", "Phường An Phú", "Phường Quy Nhơn"
DIEN_HONG = "Phường Diên Hồng"
ACCOUNTS = [
    ("tinhnguyen", "Trần Văn Thử", Role.Kind.VOLUNTEER, PLEIKU),
    ("doitruong", "Rơ Châm H’Ví Dụ", Role.Kind.TEAM_LEAD, PLEIKU),
    ("bithu", "Phạm Thị Thí Điểm", Role.Kind.UNIT_SECRETARY, PLEIKU),
    ("canbo", "Lê Thị Minh Họa", Role.Kind.PROVINCE_STAFF, ""),
    ("kiemtra", "Đặng Văn Mẫu", Role.Kind.AUDITOR, ""),
    ("quantri", "Hồ Văn Ví Dụ", Role.Kind.ADMINISTRATOR, ""),
    ("vanhoa", "Mai Thị Ví Dụ", Role.Kind.CULTURE_REVIEWER, ""),
]
# They work there too, with the same right: at the first of the electronic groups.
ALSO_AT_DIEN_HONG = {"tinhnguyen", "doitruong", "bithu"}
# Whom a volunteer is told to ring; no network has these numbers.
PHONES = {"doitruong": "0300246810", "bithu": "0300246811"}
# The leader first. Who is no account above is a member without a way in.
TEAMS = [
    ("Đội thanh niên số Mẫu Pleiku", Team.Kind.YOUTH, PLEIKU,
     ["Rơ Châm H’Ví Dụ", "Trần Văn Thử", "Võ Thị Mẫu", "Nay Thí Điểm", "Đinh Minh Họa"]),
    ("Tổ công nghệ số cộng đồng Mẫu An Phú", Team.Kind.COMMUNITY, AN_PHU,
     ["Bùi Văn Mẫu", "Ksor H’Thử", "Đỗ Thị Minh Họa"]),
    ("Đội thanh niên số Mẫu Quy Nhơn", Team.Kind.YOUTH, QUY_NHON,
     ["Huỳnh Thị Ví Dụ", "Phan Văn Thí Điểm", "Dương Thị Thử"]),
]  # fmt: skip
HAMLETS = [
    ("Tổ dân phố Mẫu 1", "to-dan-pho", PLEIKU, "Chi đoàn Mẫu tổ dân phố 1"),
    ("Làng Mẫu O", "lang", "Xã Gào", "Chi đoàn Mẫu làng O"),
    ("Thôn Mẫu 2", "thon", AN_PHU, ""),
    ("Khu phố Mẫu 3", "khu-pho", QUY_NHON, ""),
]


def unit_of(commune: str) -> Unit:
    """The union unit of a commune of today; the province's for an empty name."""
    if not commune:
        return Unit.objects.get(kind=Unit.Kind.PROVINCE)
    return Unit.objects.today().get(kind=Unit.Kind.COMMUNE, area__name=commune)


@functools.cache
def _hashed(secret: str) -> str:
    return make_password(secret)  # a third of a second each: all accounts share one


def build() -> None:
    """Users with their roles, teams, hamlets and branches."""
    add_accounts()
    for team in TEAMS:
        make_team(*team, decision="Quyết định mẫu 01")
    for name, kind, commune, branch in HAMLETS:
        unit = unit_of(commune)
        hamlet = Area.objects.create(name=name, kind_id=kind, parent=unit.area)
        if branch:
            Unit.objects.create(name=branch, kind=Unit.Kind.BRANCH, parent=unit, area=hamlet)


def make_team(name: str, kind: str, commune: str, people: list[str], *, decision: str) -> Team:
    """A team of the commune's unit; the first of its people leads it."""
    leader, *members = [_member(person) for person in people]
    team = Team.objects.create(name=name, kind=kind, unit=unit_of(commune), leader=leader, decision=decision)
    for user in members:
        TeamMember.objects.create(team=team, user=user, starts_on=timezone.localdate())
    return team


def add_accounts() -> None:
    """An account for each role; a demo of before gets those that came later."""
    known = set(User.objects.values_list("username", flat=True))
    for username, name, kind, commune in ACCOUNTS:
        if username in known:
            continue
        user = User.objects.create(
            username=username,
            name=name,
            phone=PHONES.get(username),
            password=_hashed(PASSWORD),
            pin=_hashed(PIN),
            pin_check=offline_check(PIN),
        )
        Role.objects.create(user=user, kind=kind, unit=unit_of(commune))
        if kind in SECOND_FACTOR:
            TOTPDevice.objects.create(user=user, name="Mẫu")  # its key is random, and stays
    unit = unit_of(DIEN_HONG)
    for user in User.objects.filter(username__in=ALSO_AT_DIEN_HONG).exclude(roles__unit=unit):
        Role.objects.create(user=user, kind=user.roles.first().kind, unit=unit)


def _member(name: str) -> User:
    number = User.objects.count()
    return User.objects.filter(name=name).first() or User.objects.create_user(f"doanvien{number}", name=name)


def guest(name: str, number: int) -> User:
    """Somebody who once came in by a shift code."""
    return User.objects.create(
        username=f"khach-mau-{number}",
        name=name,
        is_guest=True,
        pin=_hashed(PIN),
        pin_check=offline_check(PIN),
        password=make_password(None),
    )


def accounts_block() -> str:
    """The accounts and the shift code, for the terminal; no address in it."""
    lines = [f"Demo accounts, password {PASSWORD}, PIN {PIN}:"]
    for username, _, kind, commune in ACCOUNTS:
        also = f", {DIEN_HONG[0].lower()}{DIEN_HONG[1:]}" if username in ALSO_AT_DIEN_HONG else ""
        line = f"  {username:<11} {kind.label:<20} {unit_of(commune).name + also:<19}"
        lines.append(line + (f" code: make otp USER={username}" if kind in SECOND_FACTOR else ""))
    lines[1:] = [line.rstrip() for line in lines[1:]]
    for shift in Shift.objects.running().select_related("place").order_by("place__name_key"):
        until = f"{timezone.localtime(shift.ends_at):%H:%M}"
        code = f"{shift.code_id[:4]} {shift.code_id[4:]}"
        lines.append(f"Shift code at {shift.place}, until {until}, for /vao-ca/ without an account: {code}")
    return "\n".join(lines)
