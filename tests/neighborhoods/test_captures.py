"""The slips of a group: what was filled in without network stands in the book once, as it was."""

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from unittest.mock import Mock

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from neighborhoods.captures import LEFT
from neighborhoods.models import DeskSession, FollowUp, Group, HelpEvent, Household, Resident, Tally
from neighborhoods.resident_forms import ELSEWHERE, LOOKS
from neighborhoods.slip_forms import ResidentSlip
from portal.field import applying, contents, receiving
from portal.field.models import Envelope
from portal.field.nightly import forget_contents
from portal.organization.models import Place
from portal.privacy.models import Consent, Notice, Opening, Refusal
from tests.builders import (
    PIN,
    make_group,
    make_help,
    make_place,
    make_resident,
    make_shift,
    make_shift_guest,
    make_team,
    make_user,
)
from tests.field.envelopes import make_envelope, send
from tests.people import client_of

pytestmark = pytest.mark.django_db
ALL = ["group_record", "group_number", "group_contact"]
NUMBER = "064158000123"
MRS_MAU = {
    "purposes": ALL, "how": "screen", "name": "Nguyễn Thị Mẫu", "birth_day": "13", "birth_month": "5",
    "birth_year": "1958", "sex": "female", "number": NUMBER, "phone_kind": "shared",
    "phone": "+84 905.123.456", "house": "12/3 Lê Lợi", "step_activated": "helped", "step_card": "had",
}  # fmt: skip
DEVICE, PHONE = "7F3KM2", "0905123456"
BIRTH = {"birth_year", "birth_on"}


def text(response) -> str:
    return response.content.decode()


def slip(code: str) -> str:
    return reverse("slip", args=[code])


def hours_ago(hours: float):
    return timezone.now() - timedelta(hours=hours)


@pytest.fixture
def at(group, volunteer):
    """Sends a slip that the volunteer filled in two hours ago in the group; gives its envelope."""

    def send_slip(kind, fields, **more) -> Envelope:
        words = {"by": volunteer, "place": group.place, "at": hours_ago(2), **more}
        id, answer = send(kind, fields, **words)
        assert answer.status == 200
        return Envelope.objects.get(pk=id)

    return send_slip


def mrs_mau(group, **changes) -> dict:
    return {**MRS_MAU, "group": group.pk, **changes}


@pytest.fixture
def leader(group):
    """The client of who puts right what others sent."""
    return client_of(make_user(role="team_lead", unit=group.place.unit, pin=PIN), place=group.place)


# --- somebody new ------------------------------------------------------------------------------------------


def test_somebody_new_is_written_down_with_consent_and_visit_of_the_author_and_the_moment(
    at, group, volunteer
):
    row = at("resident", mrs_mau(group))
    assert (row.state, row.problem, row.flag) == ("applied", "", "")
    resident, consent = Resident.objects.get(), Consent.objects.get()
    assert (resident.group, resident.recorded_by, resident.consent) == (group, volunteer, consent)
    assert (resident.clear_number(), resident.phone, str(resident.household)) == (
        NUMBER, "0905123456", "12/3 Lê Lợi",
    )  # fmt: skip
    assert set(consent.purposes.values_list("pk", flat=True)) == set(ALL)
    events = HelpEvent.objects.all()
    assert {(event.step_id, event.outcome) for event in events} == {("activated", "helped"), ("card", "had")}
    told = {(event.by, event.device, event.place, event.at) for event in events}
    assert told == {(volunteer, DEVICE, group.place, row.at)}
    assert {consent.given_at, resident.recorded_at} == {row.at}
    due = FollowUp.objects.get(kind="day_7").due_on
    assert due == timezone.localdate(row.at) + timedelta(days=7)
    assert [kind for kind, _ in row.rows] == ["neighborhoods.resident"] + ["neighborhoods.helpevent"] * 2
    assert row.href == reverse("resident_detail", args=[resident.pk])


def test_an_envelope_received_or_applied_twice_is_one_person(group, volunteer):
    id, raw = make_envelope("resident", mrs_mau(group), by=volunteer, place=group.place)
    for _ in range(2):
        assert receiving.receive(id, raw, by=volunteer).words["state"] == "applied"
    Envelope.objects.update(state="received", closed_at=None)
    assert applying.apply_envelope(id).flag == ""
    assert (Resident.objects.count(), Consent.objects.count(), HelpEvent.objects.count()) == (1, 1, 2)


def test_the_same_card_on_two_tablets_is_one_person_two_visits_and_a_remark(at, group):
    at("resident", mrs_mau(group))
    other = {"step_card": "", "step_activated": "", "step_installed": "helped"}
    row = at("resident", mrs_mau(group, name="NGUYỄN THỊ MẪU", **other), device="9HJK2P")
    resident = Resident.objects.get()
    assert row.state == "applied"
    assert row.flag.startswith("Trùng số với người đã có trong sổ: đã ghi thêm lượt giúp")
    assert set(resident.helps.values_list("device", "step")) == {
        (DEVICE, "activated"), (DEVICE, "card"), ("9HJK2P", "installed"),
    }  # fmt: skip
    assert Consent.objects.count() == 1


def test_the_same_card_without_a_step_writes_nothing_and_says_so(at, group):
    at("resident", mrs_mau(group))
    row = at("resident", mrs_mau(group, step_card="", step_activated=""))
    assert (row.state, row.flag) == ("applied", "Trùng số với người đã có trong sổ: không ghi thêm người")
    assert (Resident.objects.count(), HelpEvent.objects.count()) == (1, 2)


def test_what_the_book_lacks_comes_out_of_a_second_slip_and_nothing_is_overwritten(at, group):
    at("resident", mrs_mau(group, phone_kind="", phone="", house="", birth_day="", birth_month="", sex=""))
    row = at("resident", mrs_mau(group))
    resident = Resident.objects.get()
    assert (resident.phone, resident.phone_kind, str(resident.household), resident.sex) == (
        "0905123456", "shared", "12/3 Lê Lợi", "female",
    )  # fmt: skip
    assert resident.birth_on.isoformat() == "1958-05-13"
    assert row.words == "Đã ghi vào sổ, bổ sung thêm: ngày sinh, giới tính, điện thoại, số nhà."
    assert "khác" not in row.flag
    other = {"phone": "0912345678", "house": "14 Lê Lợi", "birth_year": "1959", "is_as_on_card": "on"}
    row = at("resident", mrs_mau(group, name="NGUYỄN  THỊ MẪU", **other))
    resident.refresh_from_db()
    assert (resident.phone, str(resident.household), resident.birth_year) == (
        "0905123456", "12/3 Lê Lợi", 1958,
    )  # fmt: skip
    assert row.flag.endswith("Giữ như trong sổ; phiếu ghi khác: ngày sinh, điện thoại, số nhà")


def test_of_whose_phone_was_refused_once_a_second_slip_tells_and_writes_nothing(at, group):
    at("resident", mrs_mau(group, purposes=["group_record", "group_number"], phone_kind="", phone=""))
    row = at("resident", mrs_mau(group))
    assert Resident.objects.get().phone == ""
    assert row.flag.endswith("Phiếu này bà con đồng ý ghi điện thoại, lần trước thì không, nên chưa ghi")


def test_what_was_taken_out_of_the_book_does_not_come_back_with_an_older_slip(at, group):
    at("resident", mrs_mau(group))
    resident = Resident.objects.get()
    words = {"name": resident.name, "birth_on": resident.birth_on, "birth_year": 1958, "sex": "female"}
    resident.correct(seen=resident.version, **words, phone_kind="", phone="", house="", number=None)
    row = at("resident", mrs_mau(group))
    resident.refresh_from_db()
    assert (resident.phone, resident.phone_kind, resident.household) == ("", "", None)
    assert row.flag.endswith("Trước đã bỏ khỏi sổ, nên không ghi lại: điện thoại, số nhà")


def test_who_left_meanwhile_is_not_touched(at, group, monkeypatch):
    at("resident", mrs_mau(group, house=""))
    resident = Resident.objects.get()
    find = ResidentSlip._refuse_known_number

    def leaves(form, number):
        found = find(form, number)
        resident.leave(why="moved", by=resident.recorded_by)
        return found

    monkeypatch.setattr(ResidentSlip, "_refuse_known_number", leaves)
    row = at("resident", mrs_mau(group, step_card="", step_activated=""))
    assert (row.state, row.problem) == ("review", LEFT)
    resident.refresh_from_db()
    assert resident.household is None


@pytest.mark.django_db(transaction=True)
def test_two_slips_that_fill_two_gaps_at_the_same_moment_fill_both():
    group = make_group()
    users = [make_user(role="volunteer", unit=group.place.unit, pin=PIN) for _ in range(2)]
    for turn in range(5):
        number = f"06415800012{turn}"
        resident = make_resident(group=group, number=number, name=f"Mẫu {turn}", birth_year=1958)
        gaps = {"sex": "female", "house": ""}, {"sex": "", "house": "12/3 Lê Lợi"}
        words = {
            "number": number,
            "name": f"Mẫu {turn}",
            "phone_kind": "",
            "phone": "",
            "is_as_on_card": "on",
        }
        sealed = [
            make_envelope("resident", mrs_mau(group, **words, **gap), by=user, place=group.place)
            for user, gap in zip(users, gaps, strict=True)
        ]

        def receive(number: int, sealed=sealed) -> str:
            try:
                return receiving.receive(*sealed[number], by=users[number]).words["state"]
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(receive, range(2))) == ["applied", "applied"]
        resident.refresh_from_db()
        assert (resident.sex, str(resident.household)) == ("female", "12/3 Lê Lợi")


def test_the_house_of_another_group_is_told_and_not_written_down(at, group, volunteer):
    desk = make_place(kind=Place.Kind.DESK, area=group.place.area)
    other = make_group(place=make_place(kind=Place.Kind.MEETING_HOUSE, area=group.place.area))
    at("resident", mrs_mau(group, house=""))
    row = at("resident", mrs_mau(other), place=desk)
    assert (Resident.objects.get().household, Household.objects.count()) == (None, 0)
    assert row.flag.endswith("phiếu ghi khác: tổ, số nhà")


@pytest.mark.parametrize(
    ("book", "slip", "added", "otherwise"),
    [
        ({}, {"phone_kind": "none"}, {"phone_kind"}, set()),
        ({"phone_kind": "none"}, {"phone_kind": "own", "phone": PHONE}, set(), {"phone_kind", "phone"}),
        ({"phone_kind": "own"}, {"phone_kind": "own", "phone": PHONE}, {"phone"}, set()),
        ({"phone": PHONE}, {"phone_kind": "none"}, set(), {"phone_kind"}),
        ({"phone": PHONE}, {"phone_kind": "own", "phone": PHONE}, {"phone_kind"}, set()),
        ({"phone": PHONE}, {"phone_kind": "own", "phone": "0912345678"}, set(), {"phone_kind", "phone"}),
        ({"name": "Nguyễn Hoà"}, {"name": "NGUYỄN HÒA"}, set(), set()),
        ({"name": "Nguyễn Lân"}, {"name": "Nguyễn Lan"}, set(), {"name"}),
        ({"name": "Đào Văn Đạt"}, {"name": "Dào Văn Dạt"}, set(), {"name"}),
        ({"birth_year": 1958}, {"birth_year": 1957, "birth_on": date(1957, 5, 13)}, set(), BIRTH),
        ({"number": NUMBER}, {"number": "064158000124"}, set(), {"number"}),
        ({}, {"number": NUMBER}, {"number"}, set()),
    ],
)  # fmt: skip
def test_what_the_book_does_not_say_yet_is_added(group, book, slip, added, otherwise):
    row = make_resident(group=group, **{"phone": "", "phone_kind": "", "birth_year": None, "sex": ""} | book)
    assert row.complete(**slip) == (added, otherwise, set())
    for name in added - {"number"}:
        assert getattr(row, name) == slip[name]
    assert row.clear_number() == (book.get("number") or slip.get("number", ""))


def test_who_leads_reads_a_slip_with_a_remark_without_its_secrets_until_it_was_seen(at, group, leader):
    at("resident", mrs_mau(group))
    row = at("resident", mrs_mau(group, phone="0912345678", house="14 Lê Lợi"))
    page = reverse("review", args=[row.pk])
    assert page in text(leader.get(reverse("review_list")))
    week = timezone.now() - timedelta(days=8)
    Envelope.objects.update(closed_at=week)
    forget_contents()
    body = text(leader.get(page))
    for said in ("14 Lê Lợi", "13-05-1958", "Nữ", "•••• 5678", f"•••• {NUMBER[-4:]}", "Vừa giúp xong"):
        assert said in body
    assert NUMBER not in body
    assert "0912345678" not in body
    assert Opening.objects.filter(model="field.envelope", row=str(row.pk)).exists()
    assert "Lời xin phép" not in body
    leader.post(reverse("flag_seen", args=[row.pk]))
    assert "14 Lê Lợi" not in text(leader.get(page))
    forget_contents()
    assert Envelope.objects.get(pk=row.pk).sealed is None


def test_a_slip_that_breaks_its_form_and_has_a_remark_still_has_a_page(at, group, leader, monkeypatch):
    at("resident", mrs_mau(group))
    row = at("resident", mrs_mau(group))
    monkeypatch.setattr(contents, "_told", Mock(side_effect=KeyError))
    answer = leader.get(reverse("review", args=[row.pk]))
    assert answer.status_code == 200
    assert row.receipt in text(answer)


def test_nobody_else_reads_what_was_written_down(at, group, volunteer):
    row = at("resident", mrs_mau(group))
    body = text(client_of(volunteer, place=group.place).get(reverse("review", args=[row.pk])))
    assert row.receipt in body
    assert "12/3 Lê Lợi" not in body


@pytest.mark.parametrize("moment", ["_refuse_known_number", "_is_told_apart"])
def test_who_is_written_down_while_a_slip_is_looked_through_is_the_same_person(
    at, group, monkeypatch, moment
):
    look, others = getattr(ResidentSlip, moment), []

    def meanwhile(form, *words):
        if not others:
            others.append(make_resident(group=group, number=NUMBER, name=MRS_MAU["name"], birth_year=1958))
        return look(form, *words)

    if moment == "_is_told_apart":
        make_resident(group=group, name=MRS_MAU["name"], birth_year=1958)
    monkeypatch.setattr(ResidentSlip, moment, meanwhile)
    row = at("resident", mrs_mau(group))
    assert (row.state, row.problem) == ("applied", "")
    assert row.flag.startswith("Trùng số")
    assert others[0].helps.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_card_on_two_tablets_at_the_same_moment_is_one_person():
    group = make_group()
    users = [make_user(role="volunteer", unit=group.place.unit, pin=PIN) for _ in range(2)]
    steps = {"step_card": "", "step_activated": ""}, {"step_card": "", "step_activated": ""}
    steps[0]["step_installed"], steps[1]["step_safety"] = "helped", "helped"
    sealed = [
        make_envelope("resident", mrs_mau(group, **more), by=user, place=group.place)
        for user, more in zip(users, steps, strict=True)
    ]

    def receive(number: int) -> str:
        try:
            return receiving.receive(*sealed[number], by=users[number]).words["state"]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        states = list(pool.map(receive, range(2)))
    assert states == ["applied", "applied"], [row.problem for row in Envelope.objects.all()]
    assert Resident.objects.get().helps.count() == 2
    assert sorted(bool(row.flag) for row in Envelope.objects.all()) == [False, True]
    assert Consent.objects.count() == 1


def test_a_number_that_is_known_elsewhere_waits_for_a_person(at, group):
    make_resident(number=NUMBER)
    row = at("resident", mrs_mau(group))
    assert row.state == "review"
    assert ELSEWHERE in row.problem
    assert Resident.objects.count() == 1


def test_a_child_waits_for_a_person_with_the_sentence(at, group, leader):
    year = timezone.localdate().year - 8
    row = at("resident", mrs_mau(group, birth_year=str(year), number=""))
    assert row.state == "review"
    assert "Chưa đủ 14 tuổi thì không ghi tên, chỉ đếm" in row.problem
    assert "Chưa đủ 14 tuổi: chỉ đếm" in text(leader.get(reverse("review", args=[row.pk])))
    assert not Resident.objects.exists()


def test_who_was_too_young_on_the_day_of_the_slip_is_only_counted(at, group):
    today = timezone.localdate()
    born = today.replace(year=today.year - 14, day=min(today.day, 28))
    words = mrs_mau(group, birth_day=born.day, birth_month=born.month, birth_year=born.year, number="")
    before = timezone.now() - timedelta(days=today.day - born.day + 1)
    row = at("resident", words, at=before)
    assert (row.state, "Chưa đủ 14 tuổi" in row.problem) == ("review", True)
    assert at("resident", words, at=timezone.now()).state == "applied"


def test_a_consent_keeps_the_notice_whose_words_stood_on_the_kept_page(at, field, group):
    read = Notice.objects.current("neighborhoods")
    assert f'name="notice" value="{read.pk}"' in text(field.get(slip("resident"), {"may": ""}))
    words = {"programme": "neighborhoods", "version": read.version + 1, "text": "Lời mới."}
    Notice.objects.create(**words, starts_on=timezone.localdate() - timedelta(days=1))
    at("resident", mrs_mau(group, notice=read.pk))
    assert Consent.objects.get().notice == read


def test_what_an_old_phone_is_now_is_not_said_where_slips_are_listed(at, group):
    row = at("resident", mrs_mau(group, phone="01675123456"))
    assert (row.state, "đã đổi từ năm 2018" in row.problem) == ("review", True)
    assert "5123456" not in row.problem


def test_what_nobody_agreed_to_is_neither_kept_nor_looked_up_and_a_remark_says_so(at, group):
    make_resident(number=NUMBER)  # elsewhere
    row = at("resident", mrs_mau(group, purposes=["group_record"]))
    assert row.state == "applied"
    assert row.flag == "Bà con không đồng ý ghi số định danh và số điện thoại, nên phần đó trên phiếu đã bỏ"
    resident = Resident.objects.get(group=group)
    assert (resident.last_four, resident.number, resident.phone, resident.phone_kind) == ("", None, "", "")


def test_without_the_needed_consent_nobody_is_named(at, group):
    row = at("resident", mrs_mau(group, purposes=["group_number"]))
    assert row.state == "review"
    assert "ghi ở phiếu “Giúp không ghi tên”" in row.problem


def test_an_odd_number_waits_until_somebody_says_that_it_is_as_on_the_card(at, group):
    row = at("resident", mrs_mau(group, sex="male"))
    assert row.state == "review"
    assert "Số này là của nữ" in row.problem
    assert at("resident", mrs_mau(group, sex="male", is_as_on_card="on")).state == "applied"


def test_a_namesake_is_told_apart_by_a_person_and_author_and_moment_stay(at, group, volunteer, leader):
    make_resident(group=group, name="Nguyễn Thị Mẫu", birth_year=1958)
    row = at("resident", mrs_mau(group))
    assert (row.state, Resident.objects.count()) == ("review", 1)
    shown = leader.get(reverse("review", args=[row.pk]))
    assert "Là người khác, ghi mới" in text(shown)
    answer = leader.post(reverse("review", args=[row.pk]), mrs_mau(group, number="", phone="", is_other="on"))
    assert answer.status_code == 302, text(answer)
    row.refresh_from_db()
    resident = Resident.objects.get(pk=row.rows[0][1])
    assert (row.state, resident.recorded_by, resident.recorded_at) == ("applied", volunteer, row.at)
    kept = (resident.clear_number(), resident.phone)  # though the page does not show them
    assert kept == (NUMBER, "0905123456")
    assert {event.by for event in resident.helps.all()} == {volunteer}


def test_a_namesake_may_be_the_one_who_is_there(at, group, leader):
    known = make_resident(group=group, name="Nguyễn Thị Mẫu", birth_year=1958)
    row = at("resident", mrs_mau(group, number=""))
    leader.post(reverse("review", args=[row.pk]), mrs_mau(group, number="", is_same="on"))
    row.refresh_from_db()
    assert (row.state, Resident.objects.count(), known.helps.count()) == ("applied", 1, 2)
    assert row.flag.startswith("Người đã có trong sổ")


def test_the_page_that_puts_a_slip_right_shows_neither_number_nor_phone(at, group, leader):
    make_resident(group=group, name="Nguyễn Thị Mẫu", birth_year=1958)
    held = [at("resident", mrs_mau(group)), at("help", {"number": NUMBER, "step_card": "had"})]
    for row in held:
        assert row.state == "review", row.problem
        body = text(leader.get(reverse("review", args=[row.pk])))
        assert NUMBER not in body
        assert f"•••• {NUMBER[-4:]}" in body
        assert NUMBER not in row.problem
        assert not re.search(r"123.?456\b", body)
    assert "•••• .456" in text(leader.get(reverse("review", args=[held[0].pk])))  # the last four, as typed


def test_the_group_is_one_of_the_place(at):
    row = at("resident", mrs_mau(make_group()))
    assert (row.state, Resident.objects.count()) == ("review", 0)
    assert "Chọn tổ trong danh sách" in row.problem


def test_what_was_filled_in_during_a_shift_is_written_down_after_it(group):
    team = make_team(unit=group.place.unit)
    shift = make_shift(place=group.place, team=team)
    guest = make_shift_guest(shift=shift)
    shift.close(by=shift.made_by)
    known = make_resident(group=group, number="052049000902")
    slips = {
        "resident": mrs_mau(group),
        "help": {"number": "052049000902", "step_card": "had"},
        "unnamed": {"group": group.pk, "steps": ["card"], "count": "2"},
        "tally": {"audience": "adult", "step": "", "count": "3"},
    }
    sent_by = make_user(role="volunteer", unit=group.place.unit, pin=PIN)
    for kind, fields in slips.items():
        id, _ = send(kind, fields, by=guest, place=group.place, sent_by=sent_by)
        row = Envelope.objects.get(pk=id)
        assert (row.state, row.problem) == ("applied", ""), kind
    assert {(event.by, event.team) for event in HelpEvent.objects.all()} == {(guest, team)}
    assert (known.helps.count(), HelpEvent.objects.filter(resident=None).count()) == (1, 2)
    assert (Tally.objects.get().by, DeskSession.objects.get().team) == (guest, team)


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
