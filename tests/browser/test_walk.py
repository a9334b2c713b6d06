"""A walk through every page that exists: axe finds nothing, the console is silent, nothing sticks out.

Light at 390 px and dark at 1280 px for axe; the width is measured at 1024 px too. Pages in their normal
state, after an empty form was sent (errors), without any rows (empty). The admin is walked by its registry.
"""

import pytest
from django.contrib import admin
from django.urls import URLPattern, get_resolver, reverse

from tests.browser.axe import violations
from tests.browser.conftest import follow, submit

VOLUNTEER, SECRETARY, STAFF, REVIEWER, NOBODY = "tinhnguyen", "bithu", "canbo", "vanhoa", ""
NEIGHBOR = "tinhnguyen, tổ 5"  # the same volunteer at the first of the electronic groups

# Who walks where: the address's name and what stands in it → the visitor. `{…}` is filled in from the demo.
PAGES = {
    "home": NOBODY,
    "market_list": NOBODY,
    "card_lookup": NOBODY,
    "card_check {card}": NOBODY,
    "card_check {void}": NOBODY,
    "card_check AAAAAAAA": NOBODY,
    "card_report {card}": NOBODY,
    "plaque_lookup": NOBODY,
    "plaque_page AAAAAAAA": NOBODY,
    "login": NOBODY,
    "shift_join": NOBODY,
    "shift_join {shift_code}": NOBODY,
    "shift_join AAAAAAAA": NOBODY,
    "link_use never-made": NOBODY,
    "today": VOLUNTEER,
    "lock": VOLUNTEER,
    "place_choose": VOLUNTEER,
    "stall_list": VOLUNTEER,
    "stall_create": VOLUNTEER,
    "stall_detail {stall}": VOLUNTEER,
    "stall_detail {fresh}": VOLUNTEER,
    "stall_change {stall}": VOLUNTEER,
    "stall_leave {stall}": VOLUNTEER,
    "stall_consent {fresh}": VOLUNTEER,
    "stall_refuse {fresh}": VOLUNTEER,
    "stall_vendor {stall}": VOLUNTEER,
    "stall_account {stall}": VOLUNTEER,
    "stall_card {stall}": VOLUNTEER,
    "card_replace {stall}": VOLUNTEER,
    "stall_post {unposted}": VOLUNTEER,
    "stall_trial {untried}": VOLUNTEER,
    "followup_do {visit}": VOLUNTEER,
    "followup_list": VOLUNTEER,
    "round_list": VOLUNTEER,
    "round_scan": VOLUNTEER,
    "card_inspect {hanging}": VOLUNTEER,
    "check_detail {red}": VOLUNTEER,
    "check_detail {match}": VOLUNTEER,
    "evidence_photo {red}": SECRETARY,
    "badge_check {badge}": NOBODY,
    "badge_check AAAAAAAA": NOBODY,
    "badge_detail {person}": SECRETARY,
    "shift_badges {shift}": SECRETARY,
    "market_report": STAFF,
    "shift_list": SECRETARY,
    "shift_create": SECRETARY,
    "shift_detail {shift}": SECRETARY,
    "import_create": SECRETARY,
    "import_columns {list}": SECRETARY,
    "import_check {list}": SECRETARY,
    "import_again {list}": SECRETARY,
    "print_job_create": SECRETARY,
    "print_job_detail {job}": SECRETARY,
    "people_list": SECRETARY,
    "people_invite": SECRETARY,
    "people_detail {person}": SECRETARY,
    "people_reset {person}": SECRETARY,
    "people_revoke {person}": SECRETARY,
    "otp_recovery": STAFF,
    "needs_hand": STAFF,
    "nightly_list": STAFF,
    "reveal markets.paymentaccount {account} number": STAFF,
    "heritage_list": NOBODY,
    "heritage_correct {slug}": NOBODY,
    "correction_detail {told}": NOBODY,
    "plaque_round_list": VOLUNTEER,
    "plaque_check {plaque}": VOLUNTEER,
    "heritage_report": STAFF,
    "desk_list": STAFF,
    "desk_site {site}": STAFF,
    "desk_edit {site}": STAFF,
    "desk_preview {site} vi": STAFF,
    "edition_detail {sent}": REVIEWER,
    "edition_detail {published}": STAFF,
    "plaque_list": STAFF,
    "plaque_create": STAFF,
    "plaque_detail {plaque}": STAFF,
    "correction_list": STAFF,
    "correction_answer {told}": STAFF,
    "picture_list {site}": STAFF,
    "picture_add {site}": STAFF,
    "recording_add {site}": STAFF,
    "today ": NEIGHBOR,
    "visit_start": NEIGHBOR,
    "visit_record {resident}": NEIGHBOR,
    "visit_unnamed": NEIGHBOR,
    "visit_followup_list": NEIGHBOR,
    "visit_followup {return}": NEIGHBOR,
    "help_correct {help}": NEIGHBOR,
    "group_list": NEIGHBOR,
    "group_detail {group}": NEIGHBOR,
    "desk_session": NEIGHBOR,
    "resident_consent": NEIGHBOR,
    "resident_detail {resident}": NEIGHBOR,
    "resident_change {resident}": NEIGHBOR,
    "resident_leave {resident}": NEIGHBOR,
    "practice": NEIGHBOR,
    "practice_cards": NEIGHBOR,
    "stub_page {stub}": NOBODY,
    "stub_page AAAAAAAA": NOBODY,
    "desk_session_list": SECRETARY,
    "callback_list": STAFF,
    "callback_do {call}": STAFF,
    "group_report": STAFF,
    "unreached_list": STAFF,
    "team_league": STAFF,
    "request_list": STAFF,
    "request_create": STAFF,
    "request_detail {wish}": STAFF,
    "request_erase {wish}": STAFF,
    "breach": STAFF,
    "slip_list": VOLUNTEER,
    "slip vendor": VOLUNTEER,
    "slip followup": VOLUNTEER,
    "slip card_check": VOLUNTEER,
    "slip_list ": NEIGHBOR,
    "slip resident": NEIGHBOR,
    "slip help": NEIGHBOR,
    "slip unnamed": NEIGHBOR,
    "slip tally": NEIGHBOR,
    "outbox": VOLUNTEER,
    "review_list": SECRETARY,
    "review {held}": SECRETARY,
    "review {applied}": SECRETARY,
    "reveal neighborhoods.resident {resident} number": STAFF,
}
# Forms without a field: sending them does something.
DEEDS = [
    "/thoi/",
    "/dan/",
    "/thu-hoi/",
    "/khoa/",
    "/dat-lai/",
    "/ket-qua/",
    "/yeu-cau/",
    "/viec/tap-lam/",
    "/viec/ban-ho-tro/",
]
# Addresses that are no pages to look at: files, redirects, answers to a POST (walked by other tests).
NO_PAGES = {
    "visit_search", "group_people", "group_poster", "desk_tally", "resident_refuse", "resident_create",
    "callback_draw", "practice_stop", "stub_pdf", "group_report_xlsx", "unreached_list_xlsx",
    "tablet_session", "tablet_parcel", "tablet_tell", "tablet_settle", "envelope_receive", "outbox_upload",
    "review_drop", "flag_seen", "field_worker", "field_manifest",
    "team_league_xlsx", "request_find", "request_choose", "request_step", "request_copy", "request_close",
    "market_report_xlsx", "reports_close", "check_removed", "check_photo_add",
    "badge_replace", "badge_photo_remove", "badge_portrait", "badge_pdf", "badge_photo",
    "healthz", "logout", "kept_resend", "otp_verify", "otp_setup", "pin_set", "shift_close", "entry_revoke",
    "role_end", "stall_search", "card_print_selected", "account_read", "stall_card_pdf",
    "plaque_page_language", "heritage_offline", "service_worker",
    "import_example", "import_errors", "import_apply", "print_job_progress", "print_job_pdf",
    "favicon", "heritage_report_xlsx", "heritage_export", "sitemap", "robots", "heritage_site",
    "heritage_site_language",
    "desk_send", "desk_preview_page", "edition_preview", "edition_preview_page", "edition_step",
    "plaque_change", "plaque_print", "plaque_pdf", "plaque_mount", "plaque_remove", "plaque_photo",
    "plaque_check_photo",
    "media_file", "picture_detail", "picture_progress", "picture_again", "picture_replace", "picture_remove",
    "picture_original", "recording_detail", "recording_remove",
}  # fmt: skip
DEMO = {
    "card": "select check_code_id from markets_stallcard where tried_at is not null and void_at is null",
    "void": "select check_code_id from markets_stallcard where void_at > printed_at",
    "shift_code": "select s.code_id from accounts_shift s {running}",
    "shift": "select s.id from accounts_shift s {running}",
    "stall": "select stall_id from markets_stallcard c {here} and tried_at is not null and void_at is null",
    "unposted": "select stall_id from markets_stallcard c {here} and printed_at is not null"
    " and posted_at is null and void_at is null",
    "untried": "select stall_id from markets_stallcard c {here} and posted_at is not null"
    " and tried_at is null and void_at is null",
    "hanging": "select c.id from markets_stallcard c {here} and tried_at is not null and void_at is null",
    "fresh": "select s.id from markets_stall s join markets_market m on m.id = s.market_id"
    " where m.slug = 'cho-hoa-lu' and not exists (select from markets_tenancy t where t.stall_id = s.id)",
    "visit": "select f.id from markets_followup f join markets_tenancy t on t.id = f.tenancy_id"
    " join markets_stall s on s.id = t.stall_id join markets_market m on m.id = s.market_id"
    " where m.slug = 'cho-hoa-lu' and done_at is null and t.ends_on is null order by f.due_on",
    "red": "select id from markets_cardcheck where result = 'other' and photo_id is not null",
    "match": "select id from markets_cardcheck where result = 'match'",
    "list": "select id from markets_stallimport where state = 'draft' and file_id is not null",
    "job": "select id from markets_printjob where state = 'done'",
    "badge": "select code_id from accounts_badge",
    "person": "select id from accounts_user where username = 'tinhnguyen'",
    "site": "select id from heritage_site where slug = 'plei-oi'",
    "slug": "select slug from heritage_site where slug = 'plei-oi'",
    "plaque": "select p.id from heritage_plaque p join heritage_site s on s.id = p.site_id"
    " where s.slug = 'quang-truong-dai-doan-ket' and mounted_on is not null and removed_at is null",
    "sent": "select id from heritage_edition where state = 'sent'",
    "published": "select id from heritage_edition where state = 'published'",
    "told": "select id from heritage_correction where state = 'new'",
    "group": "select g.id from neighborhoods_group g {group} where {to_5}",
    "resident": "select r.id from neighborhoods_resident r join neighborhoods_group g on g.id = r.group_id"
    " {group} where {to_5} and anonymised_at is null and left_on is null and number is not null"
    " and not exists (select from neighborhoods_followup f where f.resident_id = r.id) order by r.name_key",
    "return": "select f.id from neighborhoods_followup f"
    " join neighborhoods_resident r on r.id = f.resident_id"
    " join neighborhoods_group g on g.id = r.group_id {group}"
    " where {to_5} and done_at is null and due_on <= current_date order by due_on",
    "help": "select e.id from neighborhoods_helpevent e"
    " join neighborhoods_group g on g.id = e.group_id {group}"
    " join neighborhoods_resident r on r.id = e.resident_id where {to_5} and at > now() - interval '20 days'"
    " and outcome = 'helped' and left_on is null and anonymised_at is null"
    " and not exists (select from neighborhoods_helpevent c where c.corrects_id = e.id)",
    "held": "select id from field_envelope where state = 'review' and kind = 'vendor'",
    "applied": "select id from field_envelope where state = 'applied' and kind = 'vendor'",
    "call": "select id from neighborhoods_callback where done_at is null",
    "stub": "select code_id from privacy_stub",
    "wish": "select id from privacy_personrequest where closed_at is null and kind = 'erase'",
    "account": "select id from markets_paymentaccount where number is not null and ends_on is null",
}
HERE = (
    "join markets_stall s on s.id = c.stall_id join markets_market m on m.id = s.market_id"
    " where m.slug = 'cho-hoa-lu'"
)
RUNNING = (
    "join organization_place p on p.id = s.place_id"
    " where p.name = 'Chợ Hoa Lư' and starts_at <= now() and ends_at > now()"
)


TO_5 = ("join organization_place p on p.id = g.place_id", "g.name = 'Tổ dân phố điện tử 5'")


def route_names(patterns=None) -> set[str]:
    found = set()
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLPattern):
            found.add(pattern.name)
        elif getattr(pattern, "app_name", None) != "admin":
            found |= route_names(pattern.url_patterns)
    return found


def test_the_walk_knows_every_address():
    assert route_names() == {page.split(" ")[0] for page in PAGES} | NO_PAGES


@pytest.fixture(scope="module")
def demo(portal) -> dict[str, str]:
    """One key of each kind, from the demo's rows."""
    return {
        name: str(
            portal.rows(f"{sql.format(here=HERE, running=RUNNING, group=TO_5[0], to_5=TO_5[1])} limit 1")[0][
                0
            ]
        )
        for name, sql in DEMO.items()
    }


def faults(guest, path: str) -> list[str]:
    """Opens the page and says what axe finds and whether it is wider than the window."""
    response = guest.open(path)
    assert response.status < 500, path
    return look(guest, path)


def look(guest, path: str) -> list[str]:
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    sideways = [f"{path} is wider than the window"] if guest.page.evaluate(wide) else []
    return sideways + [f"{path}: {fault}" for fault in violations(guest.page)]


def addresses(demo, visitor_name: str) -> list[str]:
    found = []
    for page, who in PAGES.items():
        name, *arguments = page.format(**demo).split()
        if who == visitor_name and name != "lock":
            found.append(reverse(name, args=arguments))
    return found


@pytest.mark.parametrize(
    "who", [NOBODY, VOLUNTEER, NEIGHBOR, SECRETARY, STAFF, REVIEWER], ids=lambda who: who or "nobody"
)
@pytest.mark.parametrize(
    ("size", "dark"),
    [
        pytest.param("phone", False, id="phone light"),
        pytest.param("desk", True, id="desk dark", marks=pytest.mark.soak),  # as long again
    ],
)
def test_every_page_is_accessible_and_silent(visitor, demo, who, size, dark):
    guest = visitor(size, dark=dark)
    if who:
        enter(guest, who)
    found = [fault for path in addresses(demo, who) for fault in faults(guest, path)]
    assert not found, "\n".join(found)


def test_no_page_sticks_out_of_a_tablet(visitor, demo):
    guest = visitor("tablet")
    enter(guest, VOLUNTEER)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    for path in addresses(demo, VOLUNTEER) + addresses(demo, NOBODY):
        guest.open(path)
        assert (path, guest.page.evaluate(wide)) == (path, 0)


def enter(guest, who: str) -> None:
    """Logs in; who has several places takes chợ Hoa Lư."""
    guest.login(who.split(",")[0])
    guest.page.wait_for_url("**/viec/hom-nay/")
    if who == NEIGHBOR:
        guest.open("/doi-noi/?q=to+dan+pho+5")
        submit(guest.page, "button[name=place]:has-text('5')")
    elif "/doi-noi/" in guest.open("/viec/sap/").url:
        submit(guest.page, "button[name=place]:has-text('Chợ Hoa Lư')")


@pytest.mark.soak  # a minute
@pytest.mark.parametrize("who", [NOBODY, VOLUNTEER, NEIGHBOR, SECRETARY], ids=lambda who: who or "nobody")
def test_forms_sent_empty_say_what_to_do_and_stay_accessible(visitor, demo, who):
    """Every form of the walk, sent as it opens: an answer below 500, and nothing for axe."""
    guest = visitor("phone")
    if who:
        enter(guest, who)
    found = []
    for path in addresses(demo, who):
        guest.open(path)
        button = "main form[method=post]:not([data-seal]) button.btn-big[type=submit]"  # a slip sends nothing
        if not guest.page.locator(button).count() or any(verb in path for verb in DEEDS):
            continue
        status = submit(guest.page, button)
        assert status < 500, path
        if status == 422:
            assert guest.page.title().startswith("Lỗi:"), path
            assert guest.page.title().count("Lỗi:") == 1, path
        found += look(guest, f"{path} sent empty")
    assert not found, "\n".join(found)


def test_empty_states_are_pages_too(visitor, portal):
    """A market without a stall, a search without a find."""
    guest = visitor("phone")
    enter(guest, VOLUNTEER)
    guest.open("/viec/sap/")
    guest.page.fill("main form [name=q]", "khong co ai ten nay")
    follow(guest.page, "main form [type=submit]")
    assert look(guest, "a search without a find") == []
    assert faults(guest, "/khong-co-trang-nay/") == []
    anybody = visitor("desk", dark=True)
    assert faults(anybody, "/khong-co-trang-nay/") == []
    assert faults(anybody, "/en/khong-co/") == []


# --- the admin ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "dark"),
    [
        pytest.param("desk", False, id="light", marks=pytest.mark.soak),  # a minute each
        pytest.param("tablet", True, id="dark", marks=pytest.mark.soak),
    ],
)
def test_every_register_is_accessible_and_breaks_no_policy(visitor, portal, size, dark):
    """Index, and list, form and history of each model."""
    guest = visitor(size, dark=dark)
    guest.login(STAFF)
    guest.page.wait_for_url("**/viec/hom-nay/")
    found = faults(guest, reverse("admin:index"))
    for model in admin.site._registry:
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found += faults(guest, reverse(f"{base}_changelist"))
        rows = portal.rows(f'select {model._meta.pk.column} from "{model._meta.db_table}" limit 1')
        for key in rows:
            found += faults(guest, reverse(f"{base}_change", args=key))
            found += [] if dark else faults(guest, reverse(f"{base}_history", args=key))
        if not dark:
            found += faults(guest, reverse(f"{base}_add"))  # 403 where staff may not add
    assert not found, "\n".join(found)
