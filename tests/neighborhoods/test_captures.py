"""The slips of a group: what was filled in without network stands in the book once, as it was."""

import re
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from neighborhoods.models import DeskSession, FollowUp, Group, HelpEvent, Household, Resident, Tally
from neighborhoods.resident_forms import LOOKS
from portal.field import applying
from portal.field.models import Envelope
from portal.organization.models import Place
from portal.privacy.models import Consent, Refusal
from tests.builders import (
    make_help,
    make_place,
    make_resident,
    make_shift,
    make_shift_guest,
    make_user,
)
from tests.field.envelopes import send
from tests.neighborhoods.slips import DEVICE, MRS_MAU, NUMBER, mrs_mau, slip, text
from tests.people import client_of

pytestmark = pytest.mark.django_db


# --- somebody in the book ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "who",
    [{"number": "064 158 000 123"}, {"name": "nguyen thi mau", "birth_year": "1958"}],
)
def test_somebody_in_the_book_is_found_by_number_or_by_name_and_year(at, group, volunteer, who):
    resident = make_resident(group=group, name="Nguyễn Thị Mẫu", birth_year=1958, number=NUMBER)
    row = at("help", {**who, "step_activated": "helped"})
    event = HelpEvent.objects.get()
    assert (row.state, row.flag, event.resident) == ("applied", "", resident)
    assert (event.by, event.at, event.device) == (volunteer, row.at, DEVICE)


def test_a_scanned_card_finds_who_did_not_let_the_number_be_kept(at, group):
    resident = make_resident(group=group, name="Nguyễn Thị Mẫu", birth_year=1958)
    scanned = {"number": NUMBER, "name": "Nguyễn Thị Mẫu", "birth_year": "1958"}
    assert at("help", {**scanned, "step_card": "had"}).state == "applied"
    assert resident.helps.count() == 1
    resident.set_number("064158000999")
    resident.save()
    assert "Chưa thấy số này" in at("help", {**scanned, "step_card": "had"}).problem


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ({}, "Ghi số định danh, hoặc họ tên và năm sinh"),
        ({"number": NUMBER}, "Chưa thấy số này trong sổ ở đây"),
        ({"number": "0641"}, "đang có 4"),
        ({"name": "Ksor Mẫu"}, "Nhập năm sinh"),
        ({"name": "Ksor Mẫu", "birth_year": "1958"}, "Chưa thấy ai tên này"),
        ({"name": "Siu Mẫu", "birth_year": "1970"}, "Có nhiều người trùng tên"),
        ({"resident": uuid.uuid4()}, "không còn trong sổ ở đây"),
    ],
)
def test_who_is_not_found_waits_with_a_sentence_that_says_what_to_do(at, group, who, said):
    for _ in range(2):
        make_resident(group=group, name="Siu Mẫu", birth_year=1970)
    row = at("help", {**who, "step_card": "had"})
    assert row.state == "review"
    assert said in row.problem
    assert not HelpEvent.objects.exists()


def test_who_was_not_found_is_named_again_on_the_page(at, group, volunteer, leader):
    resident = make_resident(group=group, name="Nguyễn Thị Mẫu", birth_year=1958, number=NUMBER)
    row = at("help", {"number": "064158000124", "step_card": "had"})
    page = reverse("review", args=[row.pk])
    again = {"number": "", "name": "Nguyễn Thị Mẫu", "birth_year": "1958", "step_card": "had"}
    assert "Chưa thấy số này" in text(leader.post(page, again))  # an empty number stays as it was
    assert leader.post(page, again | {"drops_number": "on"}).status_code == 302
    event = resident.helps.get()
    assert (event.by, event.at) == (volunteer, row.at)


def test_what_got_through_before_the_network_was_lost_is_not_doubled(at, field, group):
    resident = make_resident(group=group)
    address = reverse("visit_record", args=[resident.pk])
    body = text(field.get(address))
    assert 'data-slip="help"' in body
    page = re.search(r'name="page" value="([^"]+)"', body)[1]
    words = {"page": page, "resident": resident.pk, "step_card": "had", "step_activated": "helped"}
    assert field.post(address, words).status_code == 302
    assert at("help", words).state == "applied"
    assert resident.helps.count() == 2


def test_an_earlier_press_with_another_outcome_stands_and_a_remark_says_so(at, group, field):
    resident, page = make_resident(group=group), uuid.uuid4()
    words = {"page": page, "resident": resident.pk, "step_card": "had"}
    field.post(reverse("visit_record", args=[resident.pk]), words | {"step_activated": "tried"})
    row = at("help", words | {"step_activated": "helped"})
    assert row.state == "applied"
    assert row.flag.endswith("điều ghi trước được giữ: Kích hoạt mức 2 là “Chưa xong, hẹn lại”")
    assert resident.helps.get(step="activated").outcome == "tried"


def test_a_step_that_was_touched_by_mistake_can_be_taken_back(at, field, group):
    known = make_resident(group=group, number="052049000902")
    for code in ("resident", "help"):
        body = text(field.get(slip(code)))
        assert re.search(r'name="step_card" value=""[^>]* checked', body)
    at("help", {"number": "052049000902", "step_card": "", "step_activated": "helped"})
    assert known.helps.get().step_id == "activated"


def test_somebody_at_another_place_is_not_helped_from_here(group):
    guest = make_shift_guest(shift=make_shift(place=group.place))
    other = make_resident(number=NUMBER)
    for who in ({"resident": other.pk}, {"number": NUMBER}):
        id, _ = send("help", {**who, "step_card": "had"}, by=guest, place=group.place)
        assert Envelope.objects.get(pk=id).state == "review"
    assert not HelpEvent.objects.exists()


def test_at_a_desk_people_of_the_groups_of_the_commune_are_found(group, volunteer):
    desk = make_place(kind=Place.Kind.DESK, area=group.place.area)
    resident = make_resident(group=group, number=NUMBER)
    send("help", {"number": NUMBER, "step_card": "had"}, by=volunteer, place=desk)
    assert resident.helps.get().place == desk


# --- without a name ----------------------------------------------------------------------------------------


def test_help_without_a_name_is_counted_once(at, group, volunteer):
    row = at("unnamed", {"group": group.pk, "steps": ["card", "activated"], "count": "3"})
    Envelope.objects.update(state="received", closed_at=None)
    applying.apply_envelope(row.pk)
    assert HelpEvent.objects.filter(resident=None).count() == 6
    assert set(HelpEvent.objects.values_list("by", "at", "device")) == {(volunteer.pk, row.at, DEVICE)}


def test_an_unnamed_count_that_got_through_is_not_doubled(at, field, group):
    page = re.search(r'name="page" value="([^"]+)"', text(field.get(reverse("visit_unnamed"))))[1]
    words = {"page": page, "group": group.pk, "steps": ["card"], "count": "2"}
    field.post(reverse("visit_unnamed"), words)
    assert at("unnamed", words).state == "applied"
    assert HelpEvent.objects.count() == 2


# --- a desk ------------------------------------------------------------------------------------------------


def test_a_desk_is_opened_on_the_day_of_the_slip(at, group, volunteer):
    yesterday = timezone.now() - timedelta(days=1)
    for count in ("4", "20"):
        row = at("tally", {"audience": "child", "step": "safety", "count": count}, at=yesterday)
        assert (row.state, row.problem) == ("applied", "")
    session = DeskSession.objects.get()
    assert (session.place, session.on) == (group.place, timezone.localdate(yesterday))
    assert set(session.tallies.values_list("count", "audience", "step", "by")) == {
        (4, "child", "safety", volunteer.pk), (20, "child", "safety", volunteer.pk),
    }  # fmt: skip
    assert {tally.at for tally in session.tallies.all()} == {row.at}


def test_a_press_that_got_through_is_not_doubled_and_one_less_takes_one_back(at, field, group, volunteer):
    now = timezone.now()
    session = DeskSession.objects.open_at(group.place, by=volunteer)
    words = {"session": session.pk, "id": uuid.uuid4(), "step": "card", "audience": "adult", "count": "1"}
    assert "data-slip" in text(field.get(reverse("desk_session")))
    field.post(reverse("desk_tally"), words)
    assert at("tally", words, at=now).state == "applied"
    assert Tally.objects.count() == 1
    less = words | {"id": uuid.uuid4(), "count": "-1"}
    assert at("tally", less, at=now).state == "applied"
    below = at("tally", less | {"id": uuid.uuid4()}, at=now)
    assert (below.state, below.problem) == ("review", "Chưa đếm ai ở ô này, nên không bớt được.")


def test_a_session_of_another_place_is_not_counted_in_until_somebody_looks(at, group, volunteer, leader):
    other = DeskSession.objects.open_at(make_place(kind=Place.Kind.DESK), by=volunteer)
    words = {"session": other.pk, "id": uuid.uuid4(), "step": "", "audience": "adult", "count": "1"}
    row = at("tally", words)
    assert (row.state, Tally.objects.count()) == ("review", 0)
    body = text(leader.get(reverse("review", args=[row.pk])))
    assert str(other.pk) not in body
    leader.post(reverse("review", args=[row.pk]), {"audience": "adult", "step": "", "count": "1"})
    assert Tally.objects.get().session.place == group.place


@pytest.mark.parametrize("count", ["0", "21", "-2", "nhiều"])
def test_a_wild_count_waits_for_a_person(at, count):
    assert at("tally", {"audience": "adult", "step": "", "count": count}).state == "review"


# --- asked again -------------------------------------------------------------------------------------------


@pytest.fixture
def visit(group):
    """A visit that was due three days ago."""
    event = make_help(resident=make_resident(group=group), at=timezone.now() - timedelta(days=10))
    return FollowUp.objects.get(event=event, kind="day_7")


def test_what_was_found_is_noted_with_who_and_when(at, visit, volunteer, field):
    body = text(field.get(reverse("visit_followup", args=[visit.pk])))
    assert 'data-slip="visit_followup"' in body
    assert f'name="visit" value="{visit.pk}"' in body
    row = at("visit_followup", {"visit": visit.pk, "before": "0", "outcome": "alone"})
    visit.refresh_from_db()
    assert (row.state, row.flag) == ("applied", "")
    assert (visit.outcome, visit.done_by, visit.done_at) == ("alone", volunteer, row.at)


def test_who_was_not_at_home_is_due_three_days_after_and_once(at, visit):
    words = {"visit": visit.pk, "before": "0", "outcome": "missed"}
    rows = [at("visit_followup", words) for _ in range(2)]
    visit.refresh_from_db()
    assert {row.state for row in rows} == {"applied"}
    assert visit.missed_count == 1
    assert visit.due_on == timezone.localdate(rows[0].at) + timedelta(days=3)


def test_a_colleague_who_was_first_keeps_the_word_and_a_remark_says_so(at, visit, volunteer):
    visit.mark_done(by=make_user(), outcome="unused")
    row = at("visit_followup", {"visit": visit.pk, "before": "0", "outcome": "alone"})
    visit.refresh_from_db()
    assert (visit.outcome, row.flag) == (
        "unused",
        "Đồng đội đã ghi lượt hẹn này trước: điều ghi trước được giữ",
    )
    FollowUp.objects.filter(pk=visit.pk).update(done_by=volunteer, outcome="alone")  # as if by the lost press
    assert at("visit_followup", {"visit": visit.pk, "before": "0", "outcome": "alone"}).flag == ""


def test_a_visit_too_early_or_unknown_is_not_noted(at, visit, leader):
    FollowUp.objects.filter(pk=visit.pk).update(due_on=timezone.localdate() + timedelta(days=1))
    words = {"before": "0", "outcome": "alone"}
    early = at("visit_followup", {"visit": visit.pk, **words})
    assert (early.state, "Chưa tới ngày hỏi" in early.problem) == ("review", True)
    unknown = [at("visit_followup", {"visit": key, **words}) for key in (uuid.uuid4(), "x", "")]
    for row in unknown:
        assert (row.state, "Lượt hẹn này không còn" in row.problem) == ("review", True)
    for row in (early, *unknown):
        assert leader.get(reverse("review", args=[row.pk])).status_code == 200


# --- practice ----------------------------------------------------------------------------------------------


def test_practice_goes_to_the_group_of_practice_and_counts_nowhere(at, group, leader):
    slips = {
        "resident": mrs_mau(group),  # from the page that was kept for a real place
        "help": {"number": NUMBER, "step_installed": "helped"},
        "unnamed": {"group": group.pk, "steps": ["card"], "count": "2"},
        "tally": {"audience": "child", "step": "", "count": "1"},
    }
    for kind, fields in slips.items():
        row = at(kind, fields, practice=True)
        assert (row.state, row.problem, row.href) == ("applied", "", ""), kind
    practice = Group.objects.get(is_practice=True)
    assert (Resident.objects.get().group, Resident.objects.get().is_practice) == (practice, True)
    assert set(HelpEvent.objects.values_list("group", "is_practice")) == {(practice.pk, True)}
    assert (HelpEvent.objects.count(), HelpEvent.objects.real().count()) == (5, 0)
    assert DeskSession.objects.get().is_practice
    assert set(Household.objects.values_list("group", flat=True)) == {practice.pk}
    assert not Consent.objects.exists()
    assert not Refusal.objects.exists()
    assert not Resident.objects.visible_to(leader.get(reverse("today")).wsgi_request.user).exists()


def test_who_practises_gets_the_slips_under_the_orange_frame(field):
    field.post(reverse("practice"))
    body = text(field.get(reverse("slip_list")))
    for code in ("resident", "help", "unnamed", "tally"):
        assert slip(code) in body
        assert "practising" in text(field.get(slip(code)))
    answer = field.post(slip("unnamed"), {"slip": uuid.uuid4(), "steps": ["card"], "count": "1"})
    assert answer.status_code == 302, text(answer)
    assert HelpEvent.objects.get().is_practice


# --- without script ----------------------------------------------------------------------------------------

ONLINE = {
    "resident": MRS_MAU,
    "help": {"number": "052049000902", "step_card": "had"},
    "unnamed": {"steps": ["card"], "count": "1"},
    "tally": {"audience": "adult", "step": "", "count": "1"},
}


@pytest.mark.parametrize("code", ONLINE)
def test_without_script_a_slip_is_an_ordinary_form_and_a_double_tap_is_one(field, group, code):
    known = make_resident(group=group, number="052049000902")
    body = text(field.get(slip(code)))
    assert f'data-slip="{code}"' in body
    id = re.search(r'name="slip" value="([^"]+)"', body)[1]
    words = {"slip": id, "group": group.pk, **ONLINE[code]}
    for _ in range(2):
        answer = field.post(slip(code), words)
        assert answer.status_code == 302, text(answer)
        assert not [told for told in field.get(answer.url).context["messages"] if told.level_tag == "warning"]
    assert Resident.objects.exclude(pk=known.pk).count() == (code == "resident")
    counted = HelpEvent.objects.count() + Tally.objects.count()
    assert counted == (2 if code == "resident" else 1)


WRONG = {
    "resident": ({"name": "Siu Mẫu", "birth_year": "58"}, ["Siu Mẫu", "Năm sinh gồm bốn chữ số"]),
    "help": ({"name": "Ksor Mẫu", "birth_year": "1958"}, ["Ksor Mẫu", "Chưa thấy ai tên này"]),
    "unnamed": ({"steps": ["card"], "count": "77"}, ["77", "lớn nhất là 20"]),
    "tally": ({"count": "33"}, ["33", "Ghi từ 1 đến 20 người"]),
}


@pytest.mark.parametrize("code", WRONG)
def test_what_does_not_fit_comes_back_with_what_was_typed(field, group, code):
    words, said = WRONG[code]
    answer = field.post(
        slip(code), {"slip": uuid.uuid4(), "group": group.pk, **ONLINE[code], "number": "", **words}
    )
    assert answer.status_code == 422
    for sentence in said:
        assert sentence in text(answer)


@pytest.mark.parametrize("code", ONLINE)
def test_the_kept_page_names_nobody_and_carries_no_key_but_the_slips(field, volunteer, group, code):
    make_resident(group=group, name="Nguyễn Thị Mẫu")
    body = text(field.get(slip(code), {"may": ""}))
    assert volunteer.name not in body
    assert "Nguyễn Thị Mẫu" not in body
    for name in ("page", "id", "resident", "session"):
        assert not re.search(rf'name="{name}" value="[^"]', body)


def test_looking_for_numbers_over_and_over_is_stopped_on_the_page(field, group, monkeypatch):
    monkeypatch.setitem(LOOKS, "limit", 2)
    for _ in range(3):
        answer = field.post(slip("help"), {"number": NUMBER, "step_card": "had"})
    assert "dò trùng rất nhiều lần" in text(answer)


def test_slips_are_offered_where_the_work_is(field, volunteer):
    here = text(field.get(slip("resident").removesuffix("resident/")))
    assert all(slip(code) in here for code in ONLINE)
    assert "visit_followup" not in here
    market = make_place(unit=volunteer.reach.roles[0].unit)
    elsewhere = client_of(volunteer, place=market)
    assert {elsewhere.get(slip(code)).status_code for code in ONLINE} == {404}
