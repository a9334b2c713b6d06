"""The demo's data: invented throughout, alive on any day, loaded twice without doubling."""

import re
from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Avg
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from heritage import plaques
from heritage.models import Correction, Edition, Plaque, PlaqueCheck, ScanCount
from markets import vietqr
from markets.imports import DryRun
from markets.models import (
    CardCheck,
    FalseCardReport,
    FollowUp,
    Market,
    PaymentAccount,
    PrintJob,
    Stage,
    Stall,
    StallCard,
    StallImport,
    Vendor,
)
from neighborhoods.models import CallBack, Group, HelpEvent, Resident, Tally
from neighborhoods.models import FollowUp as HelpVisit
from portal.accounts import badges
from portal.accounts.backends import NameOrPhoneBackend
from portal.accounts.models import Badge, Role, Shift, User
from portal.field.models import Envelope, Tablet
from portal.home.models import SavedFilter
from portal.home.sample import crew, desks, grounds
from portal.organization.models import Area, Team, Unit
from portal.printing.reading import read_picture
from portal.privacy.models import PersonRequest, SealedFile
from portal.privacy.nightly import drop_expired_files
from tests.people import client_of

INVENTED = re.compile("Mẫu|Thử|Ví Dụ|Minh Họa|Thí Điểm")
VISITS = (FollowUp, HelpVisit)


def load() -> str:
    said = StringIO()
    call_command("load_demo", stdout=said)
    return said.getvalue()


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The demo, loaded once for all tests of this file: it takes seconds."""
    with django_db_blocker.unblock(), override_settings(DEMO=True), transaction.atomic():
        yield load()
        transaction.set_rollback(True)


@pytest.fixture
def demo(loaded, settings):
    """What load_demo said; what a test changes is undone after it."""
    settings.DEMO = True
    with transaction.atomic():
        yield loaded
        transaction.set_rollback(True)


def row_counts() -> dict[str, int]:
    counts = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            counts[table] = cursor.fetchone()[0]
    return counts


def test_demo_is_refused_where_demo_is_not_set(demo, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO is not set"):
        load()


def test_loading_twice_changes_no_count_and_says_the_same(demo):
    before = row_counts()
    assert load() == demo
    assert row_counts() == before
    connection.check_constraints()


def test_cho_hoa_lu_was_launched_with_bidv_and_has_about_50_stalls(demo):
    market = Market.objects.with_counts().get(slug="cho-hoa-lu")
    assert f"{market.launched_on} {market.partner_name}" == "2023-12-03 BIDV"
    assert market.stall_count in range(45, 56)
    assert (market.place.area.name, market.place.former_area.name) == ("Phường Pleiku", "Phường Hoa Lư")
    goods = Counter(market.stalls.values_list("goods", flat=True))
    assert set(goods) == {"rau", "thit", "ca", "do-kho"}


def test_stalls_stand_at_every_stage_and_most_take_transfers(demo):
    assert Market.objects.count() == 3
    for market in Market.objects.all():
        counts = market.stalls.open().count_by_stage()
        assert all(counts.values()), (market, counts)
    counts = Stall.objects.filter(market__slug="cho-hoa-lu").count_by_stage()
    assert counts[Stage.TAKING] + counts[Stage.USED] > sum(counts.values()) * 0.75


def test_about_seven_of_ten_customers_pay_by_transfer(demo):
    done = FollowUp.objects.exclude(done_at=None)
    assert 66 <= done.aggregate(share=Avg("transfer_percent"))["share"] <= 74


def test_visits_are_late_due_today_and_to_come(demo):
    today = timezone.localdate()
    visits = FollowUp.objects.open().filter(tenancy__stall__market__slug="cho-hoa-lu")
    due = list(visits.values_list("due_on", flat=True))
    assert any(day < today for day in due)
    assert today in due
    assert any(day > today for day in due)


def test_nothing_happened_in_the_future_or_before_the_market_began(demo):
    now = timezone.now()
    for card in StallCard.objects.select_related("stall__market"):
        instants = [card.made_at, card.printed_at, card.posted_at, card.tried_at, card.void_at]
        happened = [at for at in instants if at]
        assert happened == sorted(happened)
        assert max(happened) <= now
        assert timezone.localdate(card.made_at) >= card.stall.market.launched_on


def test_every_account_is_mau_and_16_digits_at_a_real_bank(demo):
    accounts = list(PaymentAccount.objects.all())
    assert len(accounts) > 60
    for account in accounts:
        assert re.fullmatch(r"MAU[0-9]{16}", account.clear_number())
        assert account.bank_name


def test_every_code_on_a_card_decodes_to_its_account(demo):
    cards = list(StallCard.objects.select_related("account"))
    assert len(cards) > 60
    for card in cards:
        read = vietqr.decode(card.payload.open())
        assert (read.bin, read.account) == (card.account.bin, card.account.clear_number())
        assert card.last_four == read.account[-4:]
    assert any(card.account.payload for card in cards)  # some vendors brought a code of their own


def test_every_vendor_is_invented_and_agreed(demo):
    vendors = Vendor.objects.select_related("consent").prefetch_related("consent__purposes")
    for vendor in vendors:
        assert INVENTED.search(vendor.name)
        purposes = {purpose.code for purpose in vendor.consent.purposes.all()}
        assert "market_card" in purposes
        assert bool(vendor.phone) <= ("market_contact" in purposes)
        assert re.fullmatch("030[0-9]{7}|", vendor.phone)  # no network has 030
    names = [vendor.name for vendor in vendors]
    assert any("H’" in name for name in names)
    assert any(name.startswith(("Đinh", "Hmưnh", "Yă")) for name in names)


def test_all_people_are_invented(demo):
    assert all(INVENTED.search(user.name) for user in User.objects.all())


def test_cards_were_lost_changed_and_covered_and_one_report_is_open(demo):
    reasons = set(StallCard.objects.exclude(void_at=None).values_list("void_reason", flat=True))
    assert reasons == {"lost", "new_account", "false", "left"}
    assert StallCard.objects.live().filter(version=2).count() >= 3
    assert FalseCardReport.objects.filter(handled_at=None).count() == 1


def test_one_card_of_a_round_was_red_and_its_evidence_is_kept(demo):
    check = CardCheck.objects.get(result=CardCheck.Result.OTHER)
    assert check.sees_own_code
    assert [code.account for code in check.strange_codes] == [desks.STICKER]
    texts = read_picture(check.photo.content.open_bytes())
    assert sorted(texts) == sorted([check.card.payload.open(), check.strange_codes[0].text])
    assert list(CardCheck.objects.alarms()) == [check]


def test_a_list_waits_with_every_kind_of_row_and_a_printed_file_can_be_fetched(demo):
    counts = DryRun(StallImport.objects.get()).counts
    assert all(counts[state] for state in ("faulty", "new", "known")), counts
    job = PrintJob.objects.get()
    assert (job.state, job.problems) == ("done", [])
    assert job.is_file_there
    assert job.done == job.total > 5


def test_a_volunteer_has_a_card_and_the_province_a_filter_that_finds_something(demo, client):
    assert badges.duty(Badge.objects.get(user__username="tinhnguyen").user)
    saved = SavedFilter.objects.select_related("user").get()
    staff = client_of(saved.user)
    found = staff.get(f"{reverse('admin:markets_stall_changelist')}?{saved.query}").context["cl"]
    assert 0 < found.result_count < Stall.objects.count() / 2


def test_what_is_kept_a_day_is_laid_out_anew_by_the_next_load(demo):
    before = timezone.now() - timedelta(days=1, minutes=1)
    SealedFile.objects.exclude(name__startswith="anh").update(expires_at=before)
    PrintJob.objects.update(finished_at=before)
    drop_expired_files()
    load()
    assert StallImport.objects.filter(file__isnull=False).count() == 1
    assert [job.is_file_there for job in PrintJob.objects.order_by("made_at")] == [False, True]


def test_five_teams_have_leaders_and_members(demo):
    teams = Team.objects.select_related("leader", "unit").prefetch_related("memberships")
    assert len(teams) == 5
    assert all(team.leader and team.memberships.count() >= 2 for team in teams)
    assert {team.unit.kind for team in teams} == {Unit.Kind.COMMUNE}


def test_each_role_has_an_account_with_password_and_pin(demo, rf):
    for username, _, kind, _ in crew.ACCOUNTS:
        user = NameOrPhoneBackend().authenticate(rf.post("/"), username, crew.PASSWORD)
        assert user.check_pin(crew.PIN)
        assert {role.kind for role in user.reach.roles} == {kind}
        assert username in demo
    assert {kind for _, _, kind, _ in crew.ACCOUNTS} == set(Role.Kind)


def test_second_factor_is_ready_for_those_who_need_it(demo):
    for username, *_ in crew.ACCOUNTS:
        user = User.objects.get(username=username)
        assert TOTPDevice.objects.filter(user=user, confirmed=True).exists() == user.needs_second_factor
        assert (f"make otp USER={username}" in demo) == user.needs_second_factor
    keys = list(TOTPDevice.objects.values_list("key", flat=True))
    assert len(set(keys)) == len(keys) == 4


def test_shifts_run_for_four_hours_and_their_codes_are_printed(demo):
    shifts = Shift.objects.running().select_related("place")
    assert {shift.place.kind for shift in shifts} == {"market", "meeting_house", "desk"}
    for shift in shifts:
        assert shift.ends_at - shift.starts_at >= timedelta(hours=4)
        assert shift.code_id in demo.replace(" ", "")


def test_next_day_opens_new_shifts_and_keeps_visits_due(demo):
    three = timedelta(days=3)  # a demo that was loaded three days ago, as the database would have it
    for shift in Shift.objects.running():
        Shift.objects.filter(pk=shift.pk).update(
            starts_at=shift.starts_at - three, ends_at=shift.ends_at - three
        )
    before = row_counts()
    due = {visits: sorted(visits.objects.open().values_list("due_on", flat=True)) for visits in VISITS}
    load()
    after = row_counts()
    assert Shift.objects.running().count() == 3
    assert after["accounts_shift"] == before["accounts_shift"] + 3
    for table in ("markets_stall", "neighborhoods_resident", "neighborhoods_desksession"):
        assert after[table] == before[table]
    for visits, days in due.items():
        moved = sorted(visits.objects.open().values_list("due_on", flat=True))
        assert moved == [day + three for day in days]
    load()
    assert row_counts() == after


def test_14_sites_are_public_in_two_languages_and_read_by_somebody_invented(demo, client):
    published = Edition.objects.published()
    assert published.count() == 28
    assert all(INVENTED.search(edition.reader) for edition in published)
    assert all(picture["is_drawn"] for edition in published for picture in edition.content["pictures"])
    page = client.get("/di-tich/plei-oi/").content.decode()
    assert "Vua Lửa" in page
    assert "MẪU" in page


def test_a_newer_version_waits_for_the_culture_office_and_one_came_back(demo):
    waiting, returned = (Edition.objects.get(state=state) for state in ("sent", "returned"))
    assert "MẪU" in str(waiting.content["passages"])
    assert (waiting.number, returned.remarks != "") == (2, True)
    assert "MẪU" not in str(Edition.objects.published().get(site=waiting.site, language="vi").content)


def test_plaques_hang_at_every_stage_and_one_is_out_of_date(demo):
    assert {plaque.version for plaque in Plaque.objects.all()} == {0, 1}
    assert Plaque.objects.not_mounted().count() == 1
    assert Plaque.objects.due().exists()
    assert {check.result for check in PlaqueCheck.objects.all()} == set(PlaqueCheck.Result.values)
    assert [
        (plaque.site.slug, wrong) for plaque, wrong in plaques.outdated_plaques(Plaque.objects.all())
    ] == [("tay-son-thuong-dao", ["hạng", "quyết định"])]
    assert Plaque.objects.mounted().filter(
        site__slug="plei-oi", component=None
    ).get().code_id in demo.replace(" ", "")


def test_scans_cover_12_weeks_and_three_visitors_wrote(demo):
    today = timezone.localdate()
    days = set(ScanCount.objects.values_list("on", flat=True))
    assert (today - min(days)).days == 84
    assert max(days) == today - timedelta(days=1)
    assert sorted(Correction.objects.values_list("state", flat=True)) == ["adopted", "declined", "new"]


# --- electronic groups -------------------------------------------------------------------------------------


def number_5() -> Group:
    return Group.objects.real().with_place().get(name=grounds.NUMBER_5)


def test_number_5_of_yen_do_is_the_first_of_pleikus_14_and_15_groups(demo):
    first, *others = Group.objects.real().with_place().order_by("set_up_on")
    assert f"{first.set_up_on} {first.full_name}" == "2023-07-13 Tổ dân phố điện tử 5, Phường Diên Hồng"
    assert (first.place.former_area.name, first.place.area.kind_id) == ("Phường Yên Đỗ", "to-dan-pho")
    assert Counter(group.kind for group in (first, *others)) == {"neighborhood": 14, "residential": 15}
    assert max(group.set_up_on.year for group in others) == 2024
    for group in (first, *others):
        former, today = group.place.former_area, group.place.area.parent
        assert former.parent.name == "Thành phố Pleiku"
        assert today in Area.objects.following(former, on=timezone.localdate())
        assert group.decision.startswith("Quyết định mẫu")
        assert group.team.decision.startswith("Quyết định mẫu")
        assert group.denominators.count() >= 3
        assert group.targets.filter(step="activated").count() >= 3
    assert {"youth", "community"} <= {group.team.kind for group in others}


def test_residents_are_invented_and_agreed_and_their_numbers_fit_nobody(demo):
    residents = list(Resident.objects.select_related("consent").prefetch_related("consent__purposes"))
    assert Counter(resident.group_id for resident in residents)[number_5().pk] == 60
    for resident in residents:
        assert INVENTED.search(resident.name)
        assert re.fullmatch("030[0-9]{7}|", resident.phone)  # no network has 030
        purposes = {purpose.code for purpose in resident.consent.purposes.all()}
        assert "group_record" in purposes
        assert bool(resident.number) == ("group_number" in purposes)
        assert bool(resident.phone) <= ("group_contact" in purposes)
    for resident in [resident for resident in residents if resident.number][:20]:
        number = resident.clear_number()  # no birthplace has 000; sex and year are as the card would say
        assert number[:6] == f"000{int(resident.sex == 'female')}{resident.birth_year % 100:02d}"
        assert len(number) == 12


def test_help_was_given_over_three_years_with_every_outcome_and_none_in_the_future(demo):
    events = HelpEvent.objects.select_related("group")
    assert {event.outcome for event in events} == set(HelpEvent.Outcome.values)
    assert any(event.resident_id is None for event in events)
    days = {timezone.localdate(event.at) for event in events}
    assert len({(day.year, day.month) for day in days}) > 36
    assert max(days) < timezone.localdate()
    assert all(timezone.localdate(event.at) >= event.group.set_up_on for event in events)
    assert events.exclude(corrects=None).count() == 2


def test_visits_of_number_5_are_late_due_today_and_to_come_at_several_doors(demo):
    visits, today = (
        list(HelpVisit.objects.at(number_5().place).open().in_walking_order()),
        timezone.localdate(),
    )
    due = {visit.due_on for visit in visits}
    assert min(due) < today < max(due)
    assert today in due
    assert len({visit.resident.household_id for visit in visits if visit.due_on <= today}) >= 3
    assert any(visit.missed_count for visit in visits)
    done = HelpVisit.objects.exclude(done_at=None)
    assert {"alone", "helped", "unused", "done"} == {visit.outcome for visit in done}


def test_desk_counted_adults_and_children_and_the_office_called_some(demo):
    sums = Tally.objects.all().sums()
    assert {audience for _, audience in sums} == {"adult", "child"}
    assert {bool(row.done_at) for row in CallBack.objects.all()} == {True, False}


def test_people_asked_about_their_data_and_one_waits_too_long(demo):
    rows = PersonRequest.objects.all()
    assert sorted(row.how for row in rows) == ["in_person"] * 4 + ["stub"]
    assert {row.due_tag[0] for row in rows} == {"err", "info", "ok"}
    assert all(INVENTED.search(row.clear_name()) for row in rows if row.how == "in_person")


def test_volunteer_is_at_the_market_and_may_change_to_number_5(demo):
    user, place = User.objects.get(username="tinhnguyen"), number_5().place
    assert client_of(user).get("/viec/sap/").context["market"].slug == "cho-hoa-lu"
    assert grounds.NUMBER_5 in client_of(user, place=place).get("/viec/hom-nay/").content.decode()


# --- slips from tablets ------------------------------------------------------------------------------------


def page_of(username: str, name: str, place) -> str:
    return client_of(User.objects.get(username=username), place=place).get(reverse(name)).text


def test_slips_of_each_state_came_from_tablets(demo):
    states = Counter(Envelope.objects.values_list("state", flat=True))
    assert states == {"applied": 4, "review": 2, "quarantine": 1, "dropped": 1}
    assert all(INVENTED.search(row.author.name) for row in Envelope.objects.with_people())
    problems = " ".join(Envelope.objects.stuck().values_list("problem", flat=True))
    for words in ("Sạp B07 đã có chủ", "12 chữ số, đang có 11", "đã bị thu hồi"):
        assert words in problems
    assert "số điện thoại" in Envelope.objects.flagged().get().flag


def test_the_volunteer_sees_own_slips_and_what_a_colleague_gave_along(demo):
    text = page_of("tinhnguyen", "outbox", number_5().place)
    for words in ("Đã ghi vào sổ", "Cần xem", "Đã bỏ", "gửi giúp Võ Thị Mẫu"):
        assert words in text


def test_the_team_lead_sees_what_waits_and_two_tablets_behind(demo):
    text = page_of("doitruong", "review_list", number_5().place)
    for words in ("Đang chờ (3)", "Tạm giữ", "Đã ghi, có điều cần biết", "2 ngày", "3 giờ"):
        assert words in text
    assert Tablet.objects.behind().count() == 2
