"""Every address × every kind of visitor: what GET answers, and whether POST is let in.

The tables are the whole policy in one place; an address that is missing from them fails. Rows of the admin
come from its registry. Addresses of objects are asked for twice: inside the visitors' area, and outside it,
where who does not see the whole province gets 404.
"""

from datetime import date, timedelta

import pytest
from django.contrib.admin import site
from django.db import transaction
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from heritage import recordings
from heritage.models import Correction, PlaqueCheck
from markets import press, vietqr
from markets.imports import read_list
from markets.models import StallImport
from neighborhoods.models import CallBack, DeskSession
from portal.accounts.models import Badge
from portal.field.models import Left, Tablet
from portal.privacy.models import Campaign, PersonRequest, Stub
from tests import builders
from tests.field.envelopes import send
from tests.heritage import sounds
from tests.people import KINDS, one_of_each

# One letter for each of KINDS (anonymous guest volunteer team_lead unit_secretary province_staff auditor
# administrator culture_reviewer): k 200 · t to the login · r on to another page · x 403 · n 404 · m 405 ·
# b 400 · c 409 · g 410 · v 422 (a form with mistakes) · l 423 (locked). Columns: GET, POST; then the same for
# what lies outside the area.
TABLE = {
    "today": "tkkkkkkkk tmmmmmmmm",
    "needs_hand": "txxxkkkkx txxxmmmmx",
    "nightly_list": "txxxkkkkx txxxmmmmx",
    "market_report": "txxxkkkkx txxxmmmmx",
    "market_report_xlsx": "txxxkkkkx txxxmmmmx",
    "healthz": "kkkkkkkkk mmmmmmmmm",
    "favicon": "kkkkkkkkk mmmmmmmmm",
    "login": "krrrrrrrr kkkkkkkkk",
    "logout": "mmmmmmmmm rrrrrrrrr",
    "kept_resend": "trrrrrrrr trrrrrrrr",
    "otp_verify": "trrrrrrrr trrrrrrrr",
    "otp_setup": "txxxxrrrr txxxxrrrr",
    "otp_recovery": "txxxxkkkk txxxxkkkk",
    "lock": "trrrrrrrr tllllllll",
    "pin_set": "trrrrrrrr trrrrrrrr",
    "link_use token": "ggggggggg ggggggggg ggggggggg ggggggggg",
    "shift_join": "kkkkkkkkk vvvvvvvvv",
    "shift_join code": "kkkkkkkkk kkrrrrrrr kkkkkkkkk kkrrrrrrr",
    "shift_list": "txxkkkxkx txxkkkxkx",
    "shift_create": "txxkkkxkx txxkkkxkx",
    "shift_detail id": "txxkkkxkx txxkkkxkx txxnnkxkx txxnnkxkx",
    "shift_close id": "tmmmmmmmm txxrrrxrx tmmmmmmmm txxnnrxrx",
    "entry_revoke entry_id id": "tmmmmmmmm txxrrrxrx tmmmmmmmm txxnnrxrx",
    "shift_badges id": "txxkkkxkx txxvvvxvx txxnnkxkx txxnnvxvx",
    "place_choose": "txkkkkxkx txnnnnxnx",
    "people_list": "txxxkkxkx txxxkkxkx",
    "people_invite": "txxxkkxkx txxxkkxkx",
    "people_detail id": "txxxkkxkx txxxkkxkx txxxnkxkx txxxnkxkx",
    "people_reset id": "txxxkkxkx txxxkkxkx txxxnkxkx txxxnkxkx",
    "people_revoke id": "txxxkkxkx txxxrrxrx txxxnkxkx txxxnrxrx",
    "badge_detail id": "txxkkkxkx txxkkkxkx txxnnkxkx txxnnkxkx",
    "badge_replace id": "tmmmmmmmm txxrrrxrx tmmmmmmmm txxnnrxrx",
    "badge_photo_remove id": "tmmmmmmmm txxrrrxrx tmmmmmmmm txxnnrxrx",
    "badge_portrait id": "txxkkkxkx txxmmmxmx txxnnkxkx txxmmmxmx",
    "badge_pdf id": "txxrrrxrx txxkkkxkx txxnnrxrx txxnnkxkx",
    "badge_photo code": "kkkkkkkkk mmmmmmmmm kkkkkkkkk mmmmmmmmm",
    "role_end id": "tmmmmmmmm txxxrrxrx tmmmmmmmm txxxnrxrx",
    "reveal field key label": "txxxkkkkx txxxvvvvx txxxnkkkx txxxnvvvx",
    "stall_list": "tkkkkkxkx tmmmmmmmm",
    "stall_search": "tmmmmmmmm trrrrrxrx",
    "stall_create": "tkkkkkxkx tkkkkkxkx",
    "card_print_selected": "tmmmmmmmm tvvvvvxvx",
    "print_job_create": "txxkkkxkx txxkkkxkx",
    "print_job_detail id": "txxkkkxkx tmmmmmmmm txxnnkxkx tmmmmmmmm",
    "print_job_progress id": "txxrrrxrx tmmmmmmmm txxrrrxrx tmmmmmmmm",
    "print_job_pdf id": "txxrrrxrx tmmmmmmmm txxnnrxrx tmmmmmmmm",
    "import_create": "txxkkkxkx txxkkkxkx",
    "import_example": "txxkkkxkx tmmmmmmmm",
    "import_check id": "txxkkkxkx txxkkkxkx txxnnkxkx txxnnkxkx",
    "import_columns id": "txxkkkxkx txxkkkxkx txxnnkxkx txxnnkxkx",
    "import_again id": "txxkkkxkx txxkkkxkx txxnnkxkx txxnnkxkx",
    "import_errors id": "txxkkkxkx tmmmmmmmm txxnnkxkx tmmmmmmmm",
    "import_apply id": "txxrrrxrx txxcccxcx txxnnrxrx txxnncxcx",
    "stall_detail id": "tkkkkkxkx tmmmmmmmm tnnnnkxkx tmmmmmmmm",
    "stall_change id": "tkkkkkxkx tkkkkkxkx tnnnnkxkx tnnnnkxkx",
    "stall_leave id": "tkkkkkxkx tkkkkkxkx tnnnnkxkx tnnnnkxkx",
    "stall_consent id": "trrrrrxrx trrrrrxrx tnnnnrxrx tnnnnrxrx",
    "stall_refuse id": "tkkkkkxkx trrrrrxrx tnnnnkxkx tnnnnrxrx",
    "stall_vendor id": "tkkkkkxkx trrrrrxrx tnnnnkxkx tnnnnrxrx",
    "stall_account id": "tkkkkkxkx tkkkkkxkx tnnnnkxkx tnnnnkxkx",
    "account_read id": "tmmmmmmmm tvvvvvxvx tmmmmmmmm tnnnnvxvx",
    "stall_card id": "tkkkkkxkx tkkkkkxkx tnnnnkxkx tnnnnkxkx",
    "stall_card_pdf id": "tkkkkkxkx tmmmmmmmm tnnnnkxkx tmmmmmmmm",
    "card_replace id": "tkkkkkxkx tkkkkkxkx tnnnnkxkx tnnnnkxkx",
    "stall_post id": "tkkkkkxkx trrrrrxrx tnnnnkxkx tnnnnrxrx",
    "stall_trial id": "tkkkkkxkx tkkkkkxkx tnnnnkxkx tnnnnkxkx",
    "round_list": "tkkkkkxkx tmmmmmmmm",
    "round_scan": "tkkkkkxkx tkkkkkxkx",
    "card_inspect id": "tkkkkkxkx tkkkkkxkx tnnnnkxkx tnnnnkxkx",
    "reports_close id": "tmmmmmmmm trrrrrxrx tmmmmmmmm tnnnnrxrx",
    "check_detail id": "tkkkkkxkx tmmmmmmmm tnnnnkxkx tmmmmmmmm",
    "check_removed id": "tmmmmmmmm trrrrrxrx tmmmmmmmm tnnnnrxrx",
    "check_photo_add id": "tmmmmmmmm tvvvvvxvx tmmmmmmmm tnnnnvxvx",
    "evidence_photo id": "txxxkkkkx txxxvvvvx txxxnkkkx txxxnvvvx",
    "followup_list": "tkkkkkxkx tmmmmmmmm",
    "followup_do id": "tkkkkkxkx tkkkkkxkx tnnnnkxkx tnnnnkxkx",
    "heritage_report": "txxxkkkkk txxxmmmmm",
    "heritage_report_xlsx": "txxxkkkkk txxxmmmmm",
    "heritage_export kind": "kkkkkkkkk mmmmmmmmm kkkkkkkkk mmmmmmmmm",
    "sitemap": "kkkkkkkkk mmmmmmmmm",
    "robots": "kkkkkkkkk mmmmmmmmm",
    "media_file name": "kkkkkkkkk mmmmmmmmm kkkkkkkkk mmmmmmmmm",
    "service_worker": "kkkkkkkkk mmmmmmmmm",
    "plaque_page code": "kkkkkkkkk mmmmmmmmm kkkkkkkkk mmmmmmmmm",
    "plaque_page_language code language": "kkkkkkkkk mmmmmmmmm kkkkkkkkk mmmmmmmmm",
    "desk_list": "txxkkkxkk tmmmmmmmm",
    "desk_site id": "txxkkkxkk tmmmmmmmm txxnnkxkk tmmmmmmmm",
    "desk_edit id": "txxkkkxkx txxkkkxkx txxnnkxkx txxnnkxkx",
    "desk_send id language": "tmmmmmmmm txxrrrxrx tmmmmmmmm txxnnrxrx",
    "desk_preview id language": "txxkkkxkk tmmmmmmmm txxnnkxkk tmmmmmmmm",
    "desk_preview_page id language": "txxkkkxkk tmmmmmmmm txxnnkxkk tmmmmmmmm",
    "picture_list id": "txxkkkxkk tmmmmmmmm txxnnkxkk tmmmmmmmm",
    "picture_add id": "txxkkkxkx txxkkkxkx txxnnkxkx txxnnkxkx",
    "recording_add id": "txxkkkxkx txxkkkxkx txxnnkxkx txxnnkxkx",
    "picture_detail id": "txxkkkxkx txxkkkxkx txxnnkxkx txxnnkxkx",
    "picture_progress id": "txxrrrxrx tmmmmmmmm txxrrrxrx tmmmmmmmm",
    "picture_again id": "tmmmmmmmm txxrrrxrx tmmmmmmmm txxnnrxrx",
    "picture_replace id": "tmmmmmmmm txxvvvxvx tmmmmmmmm txxnnvxvx",
    "picture_remove id": "tmmmmmmmm txxrrrxrx tmmmmmmmm txxnnrxrx",
    "picture_original id": "txxkkkxkx tmmmmmmmm txxnnkxkx tmmmmmmmm",
    "recording_detail id": "txxkkkxkx txxkkkxkx txxnnkxkx txxnnkxkx",
    "recording_remove id": "tmmmmmmmm txxrrrxrx tmmmmmmmm txxnnrxrx",
    "edition_detail id": "txxkkkxkk tmmmmmmmm txxnnkxkk tmmmmmmmm",
    "edition_preview id": "txxkkkxkk tmmmmmmmm txxnnkxkk tmmmmmmmm",
    "edition_preview_page id": "txxkkkxkk tmmmmmmmm txxnnkxkk tmmmmmmmm",
    "edition_step id step": "tmmmmmmmm txxxxrxrx tmmmmmmmm txxnnrxrx",
    "plaque_list": "txxkkkxkx tmmmmmmmm",
    "plaque_create": "txxkkkxkx txxkkkxkx",
    "plaque_detail id": "txxkkkxkx tmmmmmmmm txxnnkxkx tmmmmmmmm",
    "plaque_change id": "tmmmmmmmm txxrrrxrx tmmmmmmmm txxnnrxrx",
    "plaque_print id": "tmmmmmmmm txxrrrxrx tmmmmmmmm txxnnrxrx",
    "plaque_pdf id kind": "txxkkkxkx tmmmmmmmm txxnnkxkx tmmmmmmmm",
    "plaque_mount id": "tmmmmmmmm txxvvvxvx tmmmmmmmm txxnnvxvx",
    "plaque_remove id": "tmmmmmmmm txxvvvxvx tmmmmmmmm txxnnvxvx",
    "plaque_photo id": "txxnnnxnx tmmmmmmmm txxnnnxnx tmmmmmmmm",
    "plaque_round_list": "tkkkkkxkx tvvvvvxvx",
    "plaque_check id": "tkkkkkxkx tkkkkkxkx tnnnnkxkx tnnnnkxkx",
    "plaque_check_photo id": "tkkkkkxkx tmmmmmmmm tnnnnkxkx tmmmmmmmm",
    "correction_list": "txxkkkxkx tmmmmmmmm",
    "correction_answer id": "txxkkkxkx txxkkkxkx txxnnkxkx txxnnkxkx",
    "correction_detail id": "kkkkkkkkk mmmmmmmmm kkkkkkkkk mmmmmmmmm",
    "heritage_correct slug": "kkkkkkkkk kkkkkkkkk kkkkkkkkk kkkkkkkkk",
    "heritage_offline slug": "kkkkkkkkk mmmmmmmmm kkkkkkkkk mmmmmmmmm",
    "plaque_lookup": "kkkkkkkkk mmmmmmmmm",
    "heritage_list": "kkkkkkkkk mmmmmmmmm",
    "heritage_site slug": "kkkkkkkkk mmmmmmmmm kkkkkkkkk mmmmmmmmm",
    "heritage_site_language language slug": "kkkkkkkkk mmmmmmmmm kkkkkkkkk mmmmmmmmm",
    "breach": "txxxxkkkx txxxxvvvx",
    "callback_do id": "txxxkkxkx txxxvvxvx txxxnkxkx txxxnvxvx",
    "callback_draw": "txxxmmxmx txxxvvxvx",
    "callback_list": "txxxkkxkx txxxmmxmx",
    "desk_session": "tkkkkkxkx trrrrrxrx",
    "desk_session_list": "txxkkkkkx tmmmmmmmm",
    "desk_tally": "tmmmmmmmm trrrrrxrx",
    "group_detail id": "tkkkkkkkx tmmmmmmmm tnnnnkkkx tmmmmmmmm",
    "group_list": "trkkkkkkx tmmmmmmmm",
    "group_people id": "tmmmmmmmm trrrrrrrx tmmmmmmmm tnnnnrrrx",
    "group_poster id": "tkkkkkkkx tmmmmmmmm tnnnnkkkx tmmmmmmmm",
    "group_report": "txxxkkkkx txxxmmmmx",
    "group_report_xlsx": "txxxkkkkx txxxmmmmx",
    "help_correct id": "tkkkkkxkx tkkkkkxkx tnnnnnxnx tnnnnnxnx",
    "practice": "tkkkkkxkx trrrrrxrx",
    "practice_cards": "tkkkkkxkx tmmmmmmmm",
    "practice_stop": "tmmmmmmmm trrrrrxrx",
    "request_choose id": "txxxmmxmx txxxrrxrx txxxmmxmx txxxnrxrx",
    "request_close id": "txxxmmxmx txxxvvxvx txxxmmxmx txxxnvxvx",
    "request_copy id kind": "txxxmmxmx txxxrrxrx txxxmmxmx txxxnrxrx",
    "request_create": "txxxkkxkx txxxkkxkx",
    "request_detail id": "txxxkkxkx txxxmmxmx txxxnkxkx txxxmmxmx",
    "request_erase id": "txxxrrxrx txxxrrxrx txxxnrxrx txxxnrxrx",
    "request_find id": "txxxmmxmx txxxkkxkx txxxmmxmx txxxnkxkx",
    "request_list": "txxxkkkkx txxxmmmmx",
    "request_step id step": "txxxmmxmx txxxrrxrx txxxmmxmx txxxnrxrx",
    "resident_change id": "tkkkkkxkx tkkkkkxkx tnnnnkxkx tnnnnkxkx",
    "resident_consent": "tkkkkkxkx tkkkkkxkx",
    "resident_create": "trrrrrxrx trrrrrxrx",
    "resident_detail id": "tkkkkkxkx tmmmmmmmm tnnnnkxkx tmmmmmmmm",
    "resident_leave id": "tkkkkkxkx tkkkkkxkx tnnnnkxkx tnnnnkxkx",
    "resident_refuse": "tmmmmmmmm trrrrrxrx",
    "stub_page code": "kkkkkkkkk kkkkkkkkk kkkkkkkkk kkkkkkkkk",
    "stub_pdf id": "tkkkkkxkx tmmmmmmmm tnnnnkxkx tmmmmmmmm",
    "team_league": "txxxkkkkx txxxmmmmx",
    "team_league_xlsx": "txxxkkkkx txxxmmmmx",
    "unreached_list": "txxxkkkkx txxxmmmmx",
    "unreached_list_xlsx": "txxxkkkkx txxxmmmmx",
    "visit_followup id": "tkkkkkxkx tkkkkkxkx tnnnnnxnx tnnnnnxnx",
    "visit_followup_list": "tkkkkkxkx tmmmmmmmm",
    "visit_record id": "tkkkkkxkx tkkkkkxkx tnnnnnxnx tnnnnnxnx",
    "visit_search": "tmmmmmmmm tkkkkkxkx",
    "visit_start": "tkkkkkxkx tmmmmmmmm",
    "visit_unnamed": "tkkkkkxkx tkkkkkxkx",
    "slip_list": "tkkkkkxkx tmmmmmmmm",
    "slip code": "tkkkkkxkx tvvvvvxvx tkkkkkxkx tvvvvvxvx",
    "outbox": "tkkkkkxkx tmmmmmmmm",
    "outbox_upload": "tmmmmmmmm tvvvvvxvx",
    "tablet_session": "tkkkkkkkk tmmmmmmmm",
    "tablet_parcel": "tkkkkkkkk tmmmmmmmm",
    "tablet_tell": "tmmmmmmmm tbbbbbbbb",
    "envelope_receive id": "tmmmmmmmm tcccccxcx tmmmmmmmm tcccccxcx",
    "review_list": "txxkkkxkx tmmmmmmmm",
    "review id": "tnnkkkxkx tnnvvvxvx tnnnnkxkx tnnnnvxvx",
    "review_drop id": "tmmmmmmmm tnnrrrxrx tmmmmmmmm tnnnnrxrx",
    "flag_seen id": "tmmmmmmmm txxrrrxrx tmmmmmmmm txxnnrxrx",
    "tablet_settle device": "tmmmmmmmm txxrrrxrx tmmmmmmmm txxnnrxrx",
    "field_worker": "kkkkkkkkk mmmmmmmmm",
    "field_manifest": "kkkkkkkkk mmmmmmmmm",
    "home": "kkkkkkkkk mmmmmmmmm",
    "badge_check code": "kkkkkkkkk mmmmmmmmm kkkkkkkkk mmmmmmmmm",
    "market_list": "kkkkkkkkk mmmmmmmmm",
    "card_lookup": "kkkkkkkkk mmmmmmmmm",
    "card_report code": "kkkkkkkkk kkkkkkkkk kkkkkkkkk kkkkkkkkk",
    "card_check code": "kkkkkkkkk mmmmmmmmm kkkkkkkkk mmmmmmmmm",
}
# Changelist, add, change, history, delete.
ADMIN = {
    "accounts.role": "txxxkkkkx txxxxxxxx txxxkkkkx txxxkkkkx txxxxxxxx",
    "accounts.shift": "txxxkkkkx txxxxxxxx txxxkkkkx txxxkkkkx txxxxxxxx",
    "accounts.user": "txxxkkkkx txxxxxxxx txxxkkkkx txxxkkkkx txxxxxxxx",
    "heritage.correction": "txxxkkkkx txxxxxxxx txxxkkkkx txxxkkkkx txxxxxxxx",
    "heritage.edition": "txxxkkkkx txxxxxxxx txxxkkkkx txxxkkkkx txxxxxxxx",
    "heritage.kind": "txxxkkkkx txxxxkxkx txxxkkkkx txxxkkkkx txxxxxxxx",
    "heritage.picture": "txxxkkkkx txxxxxxxx txxxkkkkx txxxkkkkx txxxxxxxx",
    "heritage.plaque": "txxxkkkkx txxxxxxxx txxxkkkkx txxxkkkkx txxxxxxxx",
    "heritage.rank": "txxxkkkkx txxxxkxkx txxxkkkkx txxxkkkkx txxxxxxxx",
    "heritage.site": "txxxkkkkx txxxkkxkx txxxkkkkx txxxkkkkx txxxxxxxx",
    "markets.cardcheck": "txxxkkkkx txxxxxxxx txxxnkkkx txxxnkkkx txxxnxxxx",
    "markets.falsecardreport": "txxxkkkkx txxxxxxxx txxxkkkkx txxxkkkkx txxxxxxxx",
    "markets.followup": "txxxkkkkx txxxxxxxx txxxkkkkx txxxkkkkx txxxxxxxx",
    "markets.goods": "txxxkkkkx txxxxkxkx txxxkkkkx txxxkkkkx txxxxxxkx",
    "markets.market": "txxxkkkkx txxxkkxkx txxxkkkkx txxxkkkkx txxxxxxkx",
    "markets.paymentaccount": "txxxkkkkx txxxxxxxx txxxkkkkx txxxkkkkx txxxxxxxx",
    "markets.printjob": "txxxkkkkx txxxxxxxx txxxkkkkx txxxkkkkx txxxxxxxx",
    "markets.stall": "txxxkkkkx txxxxxxxx txxxkkkkx txxxkkkkx txxxxxxxx",
    "markets.stallcard": "txxxkkkkx txxxxxxxx txxxkkkkx txxxkkkkx txxxxxxxx",
    "markets.vendor": "txxxkkkkx txxxxxxxx txxxkkkkx txxxkkkkx txxxxxxxx",
    "neighborhoods.callback": "txxxkkkkx txxxxxxxx txxxkkkkx txxxkkkkx txxxxxxxx",
    "neighborhoods.desksession": "txxxkkkkx txxxxxxxx txxxkkkkx txxxkkkkx txxxxxxxx",
    "neighborhoods.followup": "txxxkkkkx txxxxxxxx txxxkkkkx txxxkkkkx txxxxxxxx",
    "neighborhoods.group": "txxxkkkkx txxxkkxkx txxxkkkkx txxxkkkkx txxxxxxxx",
    "neighborhoods.helpevent": "txxxkkkkx txxxxxxxx txxxkkkkx txxxkkkkx txxxxxxxx",
    "neighborhoods.resident": "txxxkkkkx txxxxxxxx txxxkkkkx txxxkkkkx txxxxxxxx",
    "neighborhoods.step": "txxxkkkkx txxxxkxkx txxxkkkkx txxxkkkkx txxxxxxxx",
    "organization.area": "txxxkkkkx txxxxkxkx txxxkkkkx txxxkkkkx txxxxxxxx",
    "organization.areakind": "txxxkkkkx txxxxkxkx txxxkkkkx txxxkkkkx txxxxxxkx",
    "organization.place": "txxxkkkkx txxxkkxkx txxxkkkkx txxxkkkkx txxxxxxkx",
    "organization.team": "txxxkkkkx txxxkkxkx txxxkkkkx txxxkkkkx txxxxxxkx",
    "organization.unit": "txxxkkkkx txxxxkxkx txxxkkkkx txxxkkkkx txxxxxxxx",
    "privacy.campaign": "txxxkkkkx txxxxkxkx txxxkkkkx txxxkkkkx txxxxxxxx",
    "privacy.consent": "txxxkkkkx txxxxxxxx txxxnkkkx txxxnkkkx txxxnxxxx",
    "privacy.notice": "txxxkkkkx txxxxkxkx txxxkkkkx txxxkkkkx txxxxxxxx",
    "privacy.opening": "txxxkkkkx txxxxxxxx txxxnkkkx txxxnkkkx txxxnxxxx",
    "privacy.personrequest": "txxxkkkkx txxxxxxxx txxxkkkkx txxxkkkkx txxxxxxxx",
    "privacy.purpose": "txxxkkkkx txxxxkxkx txxxkkkkx txxxkkkkx txxxxxxxx",
    "privacy.readlog": "txxxkkkkx txxxxxxxx txxxnnnnx txxxnnnnx txxxnnnnx",
    "privacy.refusal": "txxxkkkkx txxxxxxxx txxxkkkkx txxxkkkkx txxxxxxxx",
}


def letter(response) -> str:
    """One letter for an answer; an answer that is not in the list fails loudly."""
    if response.status_code == 302:
        return "t" if response["Location"].startswith("/dang-nhap/?") else "r"
    letters = {200: "k", 400: "b", 403: "x", 404: "n", 405: "m", 409: "c", 410: "g", 422: "v", 423: "l"}
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


def heritage_world(place) -> dict[str, dict]:
    """A site at the place, published in Vietnamese, sent in English, with all that hangs on it."""
    site = builders.make_site(unit=place.unit, place=place, areas=[place.area])
    edition = builders.make_edition(site=site)
    builders.make_edition(site=site, language="en", state="sent")
    plaque = builders.make_plaque(site=site)
    check = PlaqueCheck.objects.record(
        plaque, by=builders.make_user(), result="good", photo=builders.make_photo()
    )
    picture = builders.make_picture(site=site)
    recording = recordings.add(site, sounds.mp3(), language="vi")
    correction = Correction.objects.create(site=site, language="vi", about="text", text="Sai năm.")
    ids = {"desk_": site, "edition_": edition, "plaque_": plaque, "picture_": picture}
    ids |= {"recording_": recording, "correction_": correction}
    found = {}
    for route in map(key, routes()):
        row = next((row for prefix, row in ids.items() if route.startswith(prefix)), None)
        if row and "id" in route.split(" ")[1:]:
            found[route] = {"id": row.pk}
    for route in ("desk_send", "desk_preview", "desk_preview_page"):
        found[f"{route} id language"] = {"id": site.pk, "language": "vi"}
    return found | {
        "picture_list id": {"id": site.pk},
        "picture_add id": {"id": site.pk},
        "recording_add id": {"id": site.pk},
        "edition_step id step": {"id": edition.pk, "step": "rut"},
        "plaque_pdf id kind": {"id": plaque.pk, "kind": "in"},
        "plaque_check_photo id": {"id": check.pk},
        "heritage_correct slug": {"slug": site.slug},
        "heritage_offline slug": {"slug": site.slug},
        "heritage_site slug": {"slug": site.slug},
        "heritage_site_language language slug": {"slug": site.slug, "language": "jra"},
        "heritage_export kind": {"kind": "csv"},
        "media_file name": {"name": picture.files.get().name},
        "plaque_page code": {"code": plaque.code_id},
        "plaque_page_language code language": {"code": plaque.code_id, "language": "en"},
        "admin": {
            "heritage.site": site.pk,
            "heritage.edition": edition.pk,
            "heritage.picture": picture.pk,
            "heritage.plaque": plaque.pk,
            "heritage.correction": correction.pk,
        },
    }


def group_world(place) -> dict[str, dict]:
    """A group that meets at the place, somebody who was helped there, and a wish of that person."""
    group = builders.make_group(place=place, adults=40)
    resident = builders.make_resident(group=group, number=f"0001580{place.pk:05}"[:12])
    event = builders.make_help(resident=resident)
    visit = resident.followups.get(kind="day_7")
    visit.due_on = timezone.localdate()
    visit.save(update_fields=["due_on"])
    call = CallBack.objects.create(event=builders.make_help(resident=resident, step="card"))
    stub = Stub.objects.make_for(resident.consent, by=resident.recorded_by)
    wish = PersonRequest.objects.receive(
        kind="see", how="in_person", by=builders.make_user(), unit=place.unit, name="Nguyễn Thị Mẫu"
    )
    Campaign.objects.create(programme="markets", name="Đợt mẫu", starts_on=date(2023, 12, 1))
    ids = {"group_": group, "resident_": resident, "request_": wish, "visit_record": resident}
    ids |= {"visit_followup": visit, "help_correct": event, "callback_": call, "stub_pdf": resident}
    found = {}
    for route in map(key, routes()):
        row = next((row for prefix, row in ids.items() if route.startswith(prefix)), None)
        if row and "id" in route.split(" ")[1:]:
            found[route] = {"id": row.pk}
    return found | {
        "stub_page code": {"code": stub.code_id},
        "request_copy id kind": {"id": wish.pk, "kind": "json"},
        "request_step id step": {"id": wish.pk, "step": "bao-nhan"},
        "admin": {
            "neighborhoods.group": group.pk,
            "neighborhoods.resident": resident.pk,
            "neighborhoods.helpevent": event.pk,
            "neighborhoods.followup": visit.pk,
            "neighborhoods.callback": call.pk,
            "neighborhoods.desksession": DeskSession.objects.open_at(place, by=call.event.by).pk,
            "privacy.personrequest": wish.pk,
        },
    }


def outbox_world(place, person) -> dict[str, dict]:
    """A slip that waits for somebody, sent from the place, and a tablet that holds one still."""
    id, answer = send("vendor", {}, by=person, place=place)
    assert answer.words["state"] == "review"
    routes = ("envelope_receive", "review", "review_drop", "flag_seen")
    left = Left(1, 0, timedelta(days=2))
    tablet = Tablet.objects.tell(f"P{place.pk}", user=person, place=place, left=left)
    found = {f"{route} id": {"id": id} for route in routes} | {"slip code": {"code": "vendor"}}
    return found | {"tablet_settle device": {"device": tablet.pk}}


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
    heritage = heritage_world(place)
    groups = group_world(place)
    admin = heritage.pop("admin") | groups.pop("admin")
    return (
        ids
        | heritage
        | groups
        | outbox_world(place, person)
        | {
            "card_inspect id": {"id": card.pk},
            "reports_close id": {"id": card.pk},
            "badge_check code": {"code": badge.code_id},
            "badge_photo code": {"code": badge.code_id},
            "card_check code": {"code": card.check_code_id},
            "card_report code": {"code": card.check_code_id},
            "entry_revoke entry_id id": {"id": shift.pk, "entry_id": entry.pk},
            "followup_do id": {"id": followup.pk},
            "link_use token": {"token": "never-made"},
            "reveal field key label": {
                "label": "markets.paymentaccount",
                "key": account.pk,
                "field": "number",
            },
            "role_end id": {"id": person.roles.get().pk},
            "shift_join code": {"code": shift.code_id},
            "admin": admin
            | {
                "accounts.role": person.roles.get().pk,
                "accounts.shift": shift.pk,
                "accounts.user": person.pk,
                "markets.falsecardreport": builders.make_report(card=card).pk,
                "markets.followup": followup.pk,
                "markets.market": stall.market_id,
                "markets.paymentaccount": account.pk,
                "markets.printjob": job.pk,
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
    )


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


@pytest.mark.parametrize(
    ("method", "column"),
    [("get", 0), pytest.param("post", 1, marks=pytest.mark.soak)],  # a minute more
)
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
        "favicon",
        "field_manifest",
        "field_worker",
        "healthz",
        "correction_detail id",
        "heritage_correct slug",
        "heritage_export kind",
        "heritage_list",
        "heritage_offline slug",
        "heritage_site slug",
        "heritage_site_language language slug",
        "media_file name",
        "plaque_lookup",
        "plaque_page code",
        "plaque_page_language code language",
        "robots",
        "service_worker",
        "sitemap",
        "stub_page code",
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


@pytest.mark.soak  # a minute
def test_every_register_of_the_admin_answers_as_the_table_says(worlds):
    clients, inside, outside = worlds
    assert {model._meta.label_lower for model in site._registry} == set(ADMIN)
    for model in site._registry:
        label = model._meta.label_lower
        pk = inside["admin"].get(label) or model._default_manager.values_list("pk", flat=True).first()
        assert (label, admin_answers(clients, model, pk or 0)) == (label, ADMIN[label])
        if label in outside["admin"]:
            far = answers_of_change(clients, model, outside["admin"][label])
            assert (label, far) == (label, "txxxnkkkx")


def answers_of_change(clients, model, pk) -> str:
    """The letters of all kinds for the page of one row."""
    address = admin_pages(model, pk)["change"]
    return "".join(letter(clients[kind].get(address)) for kind in KINDS)
