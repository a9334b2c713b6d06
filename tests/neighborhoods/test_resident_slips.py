"""The slip of somebody new: in the book once, as it was, with what somebody should know about it."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from unittest.mock import Mock

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from neighborhoods.captures import LEFT
from neighborhoods.models import DeskSession, FollowUp, HelpEvent, Household, Resident, Tally
from neighborhoods.resident_forms import ELSEWHERE
from neighborhoods.slip_forms import ResidentSlip
from portal.field import applying, contents, receiving
from portal.field.models import Envelope
from portal.field.nightly import forget_contents
from portal.organization.models import Place
from portal.privacy.models import Consent, Notice, Opening
from tests.builders import (
    PIN,
    make_group,
    make_place,
    make_resident,
    make_shift,
    make_shift_guest,
    make_team,
    make_user,
)
from tests.field.envelopes import make_envelope, send
from tests.neighborhoods.slips import ALL, BIRTH, DEVICE, MRS_MAU, NUMBER, PHONE, mrs_mau, slip, text
from tests.people import client_of

pytestmark = pytest.mark.django_db


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
