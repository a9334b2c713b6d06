"""Every address × every kind of visitor: what GET answers, and whether POST is let in.

The tables are the whole policy in one place; an address that is missing from them fails. Rows of the admin
come from its registry. Addresses of objects are asked for twice: inside the visitors' area, and outside it,
where who does not see the whole province gets 404.
"""

import pytest
from django.contrib.admin import site
from django.db import transaction
from django.urls import URLPattern, get_resolver, reverse

from markets import press, vietqr
from markets.imports import read_list
from markets.models import StallImport
from portal.accounts.models import Badge
from tests import builders
from tests.people import KINDS, one_of_each

# One letter for each of KINDS (anonymous guest volunteer team_lead unit_secretary province_staff auditor
# administrator): k 200 · t to the login · r on to another page · x 403 · n 404 · m 405 · c 409 · g 410 ·
# v 422 (a form with mistakes) · l 423 (locked). Columns: GET, POST; then the same for what lies outside
# the area.
TABLE = {
    "today": "tkkkkkkk tmmmmmmm",
    "needs_hand": "txxxkkkk txxxmmmm",
    "nightly_list": "txxxkkkk txxxmmmm",
    "market_report": "txxxkkkk txxxmmmm",
    "market_report_xlsx": "txxxkkkk txxxmmmm",
    "healthz": "kkkkkkkk mmmmmmmm",
    "login": "krrrrrrr kkkkkkkk",
    "logout": "mmmmmmmm rrrrrrrr",
    "kept_resend": "trrrrrrr trrrrrrr",
    "otp_verify": "trrrrrrr trrrrrrr",
    "otp_setup": "txxxxrrr txxxxrrr",
    "otp_recovery": "txxxxkkk txxxxkkk",
    "lock": "trrrrrrr tlllllll",
    "pin_set": "trrrrrrr trrrrrrr",
    "link_use token": "gggggggg gggggggg gggggggg gggggggg",
    "shift_join": "kkkkkkkk vvvvvvvv",
    "shift_join code": "kkkkkkkk kkrrrrrr kkkkkkkk kkrrrrrr",
    "shift_list": "txxkkkxk txxkkkxk",
    "shift_create": "txxkkkxk txxkkkxk",
    "shift_detail id": "txxkkkxk txxkkkxk txxnnkxk txxnnkxk",
    "shift_close id": "tmmmmmmm txxrrrxr tmmmmmmm txxnnrxr",
    "entry_revoke entry_id id": "tmmmmmmm txxrrrxr tmmmmmmm txxnnrxr",
    "shift_badges id": "txxkkkxk txxvvvxv txxnnkxk txxnnvxv",
    "place_choose": "txkkkkxk txnnnnxn",
    "people_list": "txxxkkxk txxxkkxk",
    "people_invite": "txxxkkxk txxxkkxk",
    "people_detail id": "txxxkkxk txxxkkxk txxxnkxk txxxnkxk",
    "people_reset id": "txxxkkxk txxxkkxk txxxnkxk txxxnkxk",
    "people_revoke id": "txxxkkxk txxxrrxr txxxnkxk txxxnrxr",
    "badge_detail id": "txxkkkxk txxkkkxk txxnnkxk txxnnkxk",
    "badge_replace id": "tmmmmmmm txxrrrxr tmmmmmmm txxnnrxr",
    "badge_photo_remove id": "tmmmmmmm txxrrrxr tmmmmmmm txxnnrxr",
    "badge_portrait id": "txxkkkxk txxmmmxm txxnnkxk txxmmmxm",
    "badge_pdf id": "txxrrrxr txxkkkxk txxnnrxr txxnnkxk",
    "badge_photo code": "kkkkkkkk mmmmmmmm kkkkkkkk mmmmmmmm",
    "role_end id": "tmmmmmmm txxxrrxr tmmmmmmm txxxnrxr",
    "reveal field key label": "txxxkkkk txxxvvvv txxxnkkk txxxnvvv",
    "stall_list": "tkkkkkxk tmmmmmmm",
    "stall_search": "tmmmmmmm trrrrrxr",
    "stall_create": "tkkkkkxk tkkkkkxk",
    "card_print_selected": "tmmmmmmm tvvvvvxv",
    "print_job_create": "txxkkkxk txxkkkxk",
    "print_job_detail id": "txxkkkxk tmmmmmmm txxnnkxk tmmmmmmm",
    "print_job_progress id": "txxrrrxr tmmmmmmm txxrrrxr tmmmmmmm",
    "print_job_pdf id": "txxrrrxr tmmmmmmm txxnnrxr tmmmmmmm",
    "import_create": "txxkkkxk txxkkkxk",
    "import_example": "txxkkkxk tmmmmmmm",
    "import_check id": "txxkkkxk txxkkkxk txxnnkxk txxnnkxk",
    "import_columns id": "txxkkkxk txxkkkxk txxnnkxk txxnnkxk",
    "import_again id": "txxkkkxk txxkkkxk txxnnkxk txxnnkxk",
    "import_errors id": "txxkkkxk tmmmmmmm txxnnkxk tmmmmmmm",
    "import_apply id": "txxrrrxr txxcccxc txxnnrxr txxnncxc",
    "stall_detail id": "tkkkkkxk tmmmmmmm tnnnnkxk tmmmmmmm",
    "stall_change id": "tkkkkkxk tkkkkkxk tnnnnkxk tnnnnkxk",
    "stall_leave id": "tkkkkkxk tkkkkkxk tnnnnkxk tnnnnkxk",
    "stall_consent id": "trrrrrxr trrrrrxr tnnnnrxr tnnnnrxr",
    "stall_refuse id": "tkkkkkxk trrrrrxr tnnnnkxk tnnnnrxr",
    "stall_vendor id": "tkkkkkxk trrrrrxr tnnnnkxk tnnnnrxr",
    "stall_account id": "tkkkkkxk tkkkkkxk tnnnnkxk tnnnnkxk",
    "account_read id": "tmmmmmmm tvvvvvxv tmmmmmmm tnnnnvxv",
    "stall_card id": "tkkkkkxk tkkkkkxk tnnnnkxk tnnnnkxk",
    "stall_card_pdf id": "tkkkkkxk tmmmmmmm tnnnnkxk tmmmmmmm",
    "card_replace id": "tkkkkkxk tkkkkkxk tnnnnkxk tnnnnkxk",
    "stall_post id": "tkkkkkxk trrrrrxr tnnnnkxk tnnnnrxr",
    "stall_trial id": "tkkkkkxk tkkkkkxk tnnnnkxk tnnnnkxk",
    "round_list": "tkkkkkxk tmmmmmmm",
    "round_scan": "tkkkkkxk tkkkkkxk",
    "card_inspect id": "tkkkkkxk tkkkkkxk tnnnnkxk tnnnnkxk",
    "reports_close id": "tmmmmmmm trrrrrxr tmmmmmmm tnnnnrxr",
    "check_detail id": "tkkkkkxk tmmmmmmm tnnnnkxk tmmmmmmm",
    "check_removed id": "tmmmmmmm trrrrrxr tmmmmmmm tnnnnrxr",
    "check_photo_add id": "tmmmmmmm tvvvvvxv tmmmmmmm tnnnnvxv",
    "evidence_photo id": "txxxkkkk txxxvvvv txxxnkkk txxxnvvv",
    "followup_list": "tkkkkkxk tmmmmmmm",
    "followup_do id": "tkkkkkxk tkkkkkxk tnnnnkxk tnnnnkxk",
    "home": "kkkkkkkk mmmmmmmm",
    "badge_check code": "kkkkkkkk mmmmmmmm kkkkkkkk mmmmmmmm",
    "market_list": "kkkkkkkk mmmmmmmm",
    "card_lookup": "kkkkkkkk mmmmmmmm",
    "card_report code": "kkkkkkkk kkkkkkkk kkkkkkkk kkkkkkkk",
    "card_check code": "kkkkkkkk mmmmmmmm kkkkkkkk mmmmmmmm",
}
# Changelist, add, change, history, delete.
ADMIN = {
    "accounts.role": "txxxkkkk txxxxxxx txxxkkkk txxxkkkk txxxxxxx",
    "accounts.shift": "txxxkkkk txxxxxxx txxxkkkk txxxkkkk txxxxxxx",
    "accounts.user": "txxxkkkk txxxxxxx txxxkkkk txxxkkkk txxxxxxx",
    "markets.cardcheck": "txxxkkkk txxxxxxx txxxnkkk txxxnkkk txxxnxxx",
    "markets.falsecardreport": "txxxkkkk txxxxxxx txxxkkkk txxxkkkk txxxxxxx",
    "markets.followup": "txxxkkkk txxxxxxx txxxkkkk txxxkkkk txxxxxxx",
    "markets.goods": "txxxkkkk txxxxkxk txxxkkkk txxxkkkk txxxxxxk",
    "markets.market": "txxxkkkk txxxkkxk txxxkkkk txxxkkkk txxxxxxk",
    "markets.paymentaccount": "txxxkkkk txxxxxxx txxxkkkk txxxkkkk txxxxxxx",
    "markets.stall": "txxxkkkk txxxxxxx txxxkkkk txxxkkkk txxxxxxx",
    "markets.stallcard": "txxxkkkk txxxxxxx txxxkkkk txxxkkkk txxxxxxx",
    "markets.vendor": "txxxkkkk txxxxxxx txxxkkkk txxxkkkk txxxxxxx",
    "organization.area": "txxxkkkk txxxxkxk txxxkkkk txxxkkkk txxxxxxx",
    "organization.areakind": "txxxkkkk txxxxkxk txxxkkkk txxxkkkk txxxxxxk",
    "organization.place": "txxxkkkk txxxkkxk txxxkkkk txxxkkkk txxxxxxk",
    "organization.team": "txxxkkkk txxxkkxk txxxkkkk txxxkkkk txxxxxxk",
    "organization.unit": "txxxkkkk txxxxkxk txxxkkkk txxxkkkk txxxxxxx",
    "privacy.consent": "txxxkkkk txxxxxxx txxxnkkk txxxnkkk txxxnxxx",
    "privacy.notice": "txxxkkkk txxxxkxk txxxkkkk txxxkkkk txxxxxxx",
    "privacy.purpose": "txxxkkkk txxxxkxk txxxkkkk txxxkkkk txxxxxxx",
    "privacy.readlog": "txxxkkkk txxxxxxx txxxnnnn txxxnnnn txxxnnnn",
    "privacy.refusal": "txxxkkkk txxxxxxx txxxkkkk txxxkkkk txxxxxxx",
}


def letter(response) -> str:
    """One letter for an answer; an answer that is not in the list fails loudly."""
    if response.status_code == 302:
        return "t" if response["Location"].startswith("/dang-nhap/?") else "r"
    letters = {200: "k", 403: "x", 404: "n", 405: "m", 409: "c", 410: "g", 422: "v", 423: "l"}
    return letters[response.status_code]


def routes(patterns=None) -> list[URLPattern]:
    """Every address of the portal outside the admin."""
    found = []
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLPattern):
            found.append(pattern)
        elif getattr(pattern, "app_name", None) != "admin":
            found += routes(pattern.url_patterns)
    return found


def key(route: URLPattern) -> str:
    """The route's name and what it takes: `shift_join`, `shift_join code`."""
    return " ".join([route.name, *sorted(route.pattern.regex.groupindex)])


def world(place) -> dict[str, dict]:
    """One of everything at a place: what stands in the addresses, by route."""
    shift = builders.make_shift(place=place)
    stall = builders.make_stall(market=builders.make_market(place=place))
    tenancy = builders.make_tenancy(stall=stall)
    account = builders.make_account(tenancy=tenancy)
    card = builders.make_card(account=account, state="posted")
    person = builders.make_user(role="volunteer", unit=place.unit)
    entry = builders.make_shift_guest(shift=shift).shift_entries.get()
    followup = builders.make_followup(tenancy=tenancy)
    ids = {route: {"id": stall.pk} for route in map(key, routes()) if route.endswith(" id")}
    ids |= {route: {"id": shift.pk} for route in ids if route.startswith("shift_")}
    ids |= {route: {"id": person.pk} for route in ids if route.startswith("people_")}
    sheet = read_list("Dãy,Số\nB,7\n".encode(), "a.csv").dump()
    given = StallImport.objects.start(market=stall.market, data=sheet, by=person)
    builders.make_ready_stall(market=stall.market)
    job = press.order(stall.market, by=person, sheet="a6")
    strange = vietqr.encode(bin=builders.BIDV, account="MAU0000000000000001")
    check = card.mark_checked(by=person, texts=[strange], way="photo", photo=builders.make_photo())
    ids |= {route: {"id": given.pk} for route in ids if route.startswith("import_")}
    ids |= {route: {"id": job.pk} for route in ids if route.startswith("print_job_")}
    badge = Badge.objects.make_for(person, by=person)
    badge.give_photo(builders.make_photo(), consent=builders.make_consent(), by=person)
    ids |= {route: {"id": check.pk} for route in ids if route.startswith(("check_", "evidence_"))}
    ids |= {route: {"id": person.pk} for route in ids if route.startswith("badge_")}
    return ids | {
        "card_inspect id": {"id": card.pk},
        "reports_close id": {"id": card.pk},
        "badge_check code": {"code": badge.code_id},
        "badge_photo code": {"code": badge.code_id},
        "card_check code": {"code": card.check_code_id},
        "card_report code": {"code": card.check_code_id},
        "entry_revoke entry_id id": {"id": shift.pk, "entry_id": entry.pk},
        "followup_do id": {"id": followup.pk},
        "link_use token": {"token": "never-made"},
        "reveal field key label": {"label": "markets.paymentaccount", "key": account.pk, "field": "number"},
        "role_end id": {"id": person.roles.get().pk},
        "shift_join code": {"code": shift.code_id},
        "admin": {
            "accounts.role": person.roles.get().pk,
            "accounts.shift": shift.pk,
            "accounts.user": person.pk,
            "markets.falsecardreport": builders.make_report(card=card).pk,
            "markets.followup": followup.pk,
            "markets.market": stall.market_id,
            "markets.paymentaccount": account.pk,
            "markets.stall": stall.pk,
            "markets.stallcard": card.pk,
            "markets.vendor": tenancy.vendor_id,
            "organization.place": place.pk,
            "organization.team": builders.make_team(unit=place.unit).pk,
            "organization.unit": place.unit_id,
            "privacy.consent": tenancy.vendor.consent_id,
            "privacy.refusal": builders.make_refusal(place=place).pk,
        },
    }


def answers(clients, route: str, ids: dict, method: str) -> str:
    """The letters of all kinds for one address; whatever a request did is undone."""
    address = reverse(route.split(" ")[0], kwargs=ids.get(route))
    letters = ""
    for kind in KINDS:
        client, cookies = clients[kind], clients[kind].cookies.copy()
        with transaction.atomic():
            letters += letter(getattr(client, method)(address))
            transaction.set_rollback(True)
        client.cookies = cookies
    return letters


@pytest.fixture
def worlds(db):
    """A client for each kind, what stands inside their area, and what stands outside it."""
    place = builders.make_place()
    elsewhere = builders.make_place(unit=builders.commune_unit("Phường Quy Nhơn"))
    inside, outside = world(place), world(elsewhere)
    return one_of_each(builders.make_shift(place=place)), inside, outside


def test_every_address_is_in_the_table():
    assert {key(route) for route in routes()} == set(TABLE)


@pytest.mark.parametrize(("method", "column"), [("get", 0), ("post", 1)])
def test_every_address_answers_as_the_table_says(worlds, method, column):
    clients, inside, outside = worlds
    for route, expected in TABLE.items():
        columns = expected.split()
        found = {"inside": answers(clients, route, inside, method)}
        wanted = {"inside": columns[column]}
        if route in outside:
            found["outside"] = answers(clients, route, outside, method)
            wanted["outside"] = columns[column + 2]
        assert (route, found) == (route, wanted)


def test_the_public_addresses_are_these():
    """Closed by default: what answers without a login is a short list."""
    public = {route for route, expected in TABLE.items() if expected[0] != "t"}
    assert public == {
        "badge_check code",
        "badge_photo code",
        "card_check code",
        "card_lookup",
        "card_report code",
        "healthz",
        "home",
        "link_use token",
        "login",
        "logout",
        "market_list",
        "shift_join",
        "shift_join code",
    }


# --- the admin: changelist, add, change, history, delete of every registered model -------------------------


def admin_pages(site_model, pk) -> dict[str, str]:
    """The five pages of a model's register."""
    base = f"admin:{site_model._meta.app_label}_{site_model._meta.model_name}_"
    names = {"changelist": [], "add": [], "change": [pk], "history": [pk], "delete": [pk]}
    return {name: reverse(base + name, args=arguments) for name, arguments in names.items()}


def admin_answers(clients, model, pk) -> str:
    """For each of the five pages the letters of all kinds."""
    columns = []
    for address in admin_pages(model, pk).values():
        columns.append("".join(letter(clients[kind].get(address)) for kind in KINDS))
    return " ".join(columns)


def test_every_register_of_the_admin_answers_as_the_table_says(worlds):
    clients, inside, outside = worlds
    assert {model._meta.label_lower for model in site._registry} == set(ADMIN)
    for model in site._registry:
        label = model._meta.label_lower
        pk = inside["admin"].get(label) or model._default_manager.values_list("pk", flat=True).first()
        assert (label, admin_answers(clients, model, pk or 0)) == (label, ADMIN[label])
        if label in outside["admin"]:
            far = answers_of_change(clients, model, outside["admin"][label])
            assert (label, far) == (label, "txxxnkkk")


def answers_of_change(clients, model, pk) -> str:
    """The letters of all kinds for the page of one row."""
    address = admin_pages(model, pk)["change"]
    return "".join(letter(clients[kind].get(address)) for kind in KINDS)
