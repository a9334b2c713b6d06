"""People of a group, through the pages: asked, written down, put right, gone."""

import re
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from neighborhoods import consents, ladder, nightly, personal_data, resident_forms
from neighborhoods.models import FollowUp, Group, HelpEvent, Household, Resident
from neighborhoods.models.residents import Overtaken
from neighborhoods.views.visits import SEARCHES
from portal.accounts.models import User
from portal.organization.models import Place
from portal.privacy.models import Consent, Opening, Refusal
from tests.builders import (
    PIN,
    make_area,
    make_consent,
    make_group,
    make_help,
    make_place,
    make_resident,
    make_shift,
    make_shift_guest,
    make_user,
)
from tests.people import client_of

pytestmark = pytest.mark.django_db
ALL = ["group_record", "group_number", "group_contact"]
NUMBER = "064158000123"
MRS_MAU = {
    "name": "Nguyễn Thị Mẫu", "birth_day": "13", "birth_month": "5", "birth_year": "1958", "sex": "female",
    "number": NUMBER, "phone_kind": "shared", "phone": "+84 905.123.456", "house": "12/3 Lê Lợi",
}  # fmt: skip
HTMX = {"HX-Request": "true"}


def text(response) -> str:
    return response.content.decode()


def page_of(name, row) -> str:
    return reverse(name, args=[row.pk])


def agree(client, purposes=ALL, **words):
    return client.post(reverse("resident_consent"), {"purposes": list(purposes), "how": "screen", **words})


def form_of(client, purposes=ALL, **changes) -> dict:
    """What the page for somebody new sends, after a consent: Mrs Mẫu, in the group where the client works."""
    user = User.objects.get(pk=client.session["_auth_user_id"])
    consent = make_consent(purposes=purposes, notice=consents.notice(), by=user)
    group = Group.objects.filter(place=client.session["place_id"]).first()
    hidden = {"id": uuid.uuid4(), "consent": consent.pk, "group": group.pk if group else ""}
    return {**hidden, **MRS_MAU, **changes}


def create(client, purposes=ALL, **changes):
    return client.post(reverse("resident_create"), form_of(client, purposes, **changes))


def looked(client, **changes) -> str:
    words = form_of(client, **changes)
    return text(client.post(reverse("resident_create"), {**words, "look": "1"}, headers=HTMX))


# --- consent -----------------------------------------------------------------------------------------------


def test_the_boxes_come_unticked_and_the_needed_one_is_asked_for(field):
    body = text(field.get(reverse("resident_consent")))
    assert 'value="group_contact"' in body
    assert "checked" not in body.split('name="how"')[0]
    answer = agree(field, ["group_number"])
    assert answer.status_code == 422
    assert "thì không ghi tên" in text(answer)
    assert not Consent.objects.exists()


def test_a_consent_on_paper_needs_its_number(field):
    assert agree(field, how="paper").status_code == 422
    assert agree(field, how="paper", paper_number="12/5").url == reverse("resident_create")
    assert Consent.objects.get().paper_number == "12/5"


def test_nobody_is_named_without_a_consent_of_their_own(field):
    assert field.get(reverse("resident_create")).url == reverse("resident_consent")
    create(field)
    answer = field.post(reverse("resident_create"), {**MRS_MAU, "id": uuid.uuid4(), "number": ""})
    assert answer.url == reverse("resident_consent")
    used = Resident.objects.get().consent
    answer = field.post(reverse("resident_create"), {**MRS_MAU, "id": uuid.uuid4(), "consent": used.pk})
    assert answer.url == reverse("resident_consent")
    assert Resident.objects.count() == 1


def test_the_page_sent_twice_is_one_consent_and_ticked_anew_another(field):
    shown = field.get(reverse("resident_consent"))
    page = shown.context["key"]
    assert text(shown).count(f'name="id" value="{page}"') == 2  # of the yes, and of the no
    for purposes in (ALL, ALL[::-1], ["group_record"]):
        assert agree(field, purposes, id=page).url == reverse("resident_create")
    counts = [consent.purposes.count() for consent in Consent.objects.order_by("given_at")]
    assert counts == [3, 1]
    assert len(field.session["group_consents"]) == 2


def test_consents_that_named_nobody_go_after_a_day(resident):
    long_ago = timezone.now() - timedelta(days=2)
    unused = make_consent(purposes=ALL, notice=consents.notice(), at=long_ago)
    today = make_consent(purposes=ALL, notice=consents.notice())
    vendors = make_consent(at=long_ago)
    Consent.objects.filter(pk=resident.consent_id).update(given_at=long_ago)
    assert nightly.forget_consents() == 1
    assert {one.pk for one in Consent.objects.all()} == {resident.consent_id, today.pk, vendors.pk}
    assert not Consent.pgh_event_model.objects.filter(pgh_obj_id=unused.pk).exists()


def test_a_colleagues_consent_names_nobody(field, group):
    colleague = make_user(role="volunteer", unit=group.place.unit, pin=PIN)
    agree(client_of(colleague, place=group.place))
    theirs = Consent.objects.get()
    answer = field.post(reverse("resident_create"), {**MRS_MAU, "id": uuid.uuid4(), "consent": theirs.pk})
    assert answer.url == reverse("resident_consent")


def test_who_refuses_is_counted_once_and_helped_without_a_name(field, group):
    key = uuid.uuid4()
    for _ in range(2):
        answer = field.post(reverse("resident_refuse"), {"id": key})
        assert answer.url == reverse("visit_unnamed")
    assert [refusal.place for refusal in Refusal.objects.all()] == [group.place]
    assert field.get(reverse("resident_refuse")).status_code == 405


def test_a_form_kept_over_a_new_login_still_finds_its_consent(field, volunteer, group):
    words = form_of(field)
    answer = client_of(volunteer, place=group.place).post(reverse("resident_create"), words)
    assert answer.url == page_of("visit_record", Resident.objects.get())


# --- somebody new ------------------------------------------------------------------------------------------


def test_from_the_card_to_what_was_done(field, group, volunteer):
    assert agree(field, ALL).url == reverse("resident_create")
    shown = field.get(reverse("resident_create")).context
    hidden = {name: shown["form"][name].value() for name in ("id", "group")}
    answer = field.post(reverse("resident_create"), {**MRS_MAU, **hidden, "consent": shown["given"].key})
    resident = Resident.objects.get()
    assert answer.url == page_of("visit_record", resident)
    assert (resident.name, str(resident.birth_on), resident.birth_year) == (
        "Nguyễn Thị Mẫu",
        "1958-05-13",
        1958,
    )
    assert (resident.phone_kind, resident.phone) == ("shared", "0905123456")
    assert (resident.last_four, resident.clear_number()) == ("0123", NUMBER)
    assert (resident.group, resident.household.house, resident.recorded_by) == (
        group,
        "12/3 Lê Lợi",
        volunteer,
    )
    assert set(resident.consent.purposes.values_list("pk", flat=True)) == set(ALL)
    assert not field.session["group_consents"]
    assert "Nguyễn" not in str(dict(field.session))


def test_a_double_tap_is_one_person(field):
    words = form_of(field)
    first, second = (field.post(reverse("resident_create"), words) for _ in range(2))
    assert first.url == second.url == page_of("visit_record", Resident.objects.get())


def test_what_was_not_agreed_to_is_not_asked_nor_kept(field):
    answer = create(field, ["group_record"])
    resident = Resident.objects.get()
    assert answer.status_code == 302
    assert (resident.number, resident.last_four, resident.phone, resident.phone_kind) == (None, "", "", "")
    agree(field, ["group_record"])
    body = text(field.get(reverse("resident_create")))
    assert 'name="number"' not in body
    assert 'name="phone"' not in body
    assert 'type="file"' not in body  # nobody photographs a card


def test_the_year_alone_is_enough(field):
    assert create(field, birth_day="", birth_month="").status_code == 302
    assert (Resident.objects.get().birth_on, Resident.objects.get().birth_year) == (None, 1958)


SLIPS = [
    ({"birth_day": "31", "birth_month": "2"}, "Không có ngày 31-2-1958"),
    ({"birth_month": ""}, "cả ngày và tháng"),
    ({"birth_day": NUMBER}, f"Không có ngày {NUMBER}-5-1958"),
    ({"birth_year": "58"}, "bốn chữ số"),
    ({"birth_year": "1758"}, "Xem lại năm sinh"),
    ({"birth_year": ""}, "Nhập năm sinh"),
    ({"number": "123456789"}, "12 chữ số, đang có 9"),
    ({"phone": "0123 456 7890"}, "0834567890"),
    ({"phone_kind": "none"}, "máy của mình hay dùng chung"),
    ({"name": ""}, "Nhập họ, chữ đệm và tên"),
]


def test_a_slip_is_named_and_nothing_typed_is_lost(field):
    words = form_of(field)
    for changes, sentence in SLIPS:
        answer = field.post(reverse("resident_create"), {**words, **changes})
        assert answer.status_code == 422
        assert sentence in text(answer)
        assert 'value="12/3 Lê Lợi"' in text(answer)
    assert not Resident.objects.exists()


def test_children_are_sent_to_the_count_and_never_written_down(field):
    today = timezone.localdate()
    answer = create(field, number="", birth_year=str(today.year - 10))
    assert "chỉ đếm, không ghi tên" in text(answer)
    assert reverse("desk_session") in text(answer)
    maybe = create(field, number="", birth_day="", birth_month="", birth_year=str(today.year - 14))
    assert "có thể chưa đủ 14 tuổi" in text(maybe)
    assert not Resident.objects.exists()
    on = {"birth_day": str(today.day), "birth_month": str(today.month), "birth_year": str(today.year - 14)}
    if (today.day, today.month) != (29, 2):
        assert create(field, number="", **on).status_code == 302


def test_an_odd_number_is_asked_about_once_and_then_taken(field):
    words = form_of(field, sex="male", birth_year="1985")
    answer = field.post(reverse("resident_create"), words)
    assert answer.status_code == 422
    assert "Số này là của nữ, mà giới tính ghi nam." in text(answer)
    assert "người sinh năm 1958, mà năm sinh ghi 1985" in text(answer)
    answer = field.post(reverse("resident_create"), {**words, "is_as_on_card": "on"})
    assert answer.status_code == 302
    assert Resident.objects.get().clear_number() == NUMBER


def test_at_a_desk_the_group_is_chosen(volunteer, group):
    ward = make_area(kind="phuong", name="Phường Mẫu")
    place = {"unit": group.place.unit, "kind": Place.Kind.MEETING_HOUSE}
    here = [make_group(place=make_place(area=make_area(kind="lang", parent=ward), **place)) for _ in range(2)]
    desk = make_place(kind=Place.Kind.DESK, area=ward, unit=group.place.unit)
    client = client_of(volunteer, place=desk)
    assert "Chọn tổ" in text(create(client))
    assert create(client, group=group.pk).status_code == 422  # of another ward
    assert create(client, group=here[1].pk).status_code == 302
    assert Resident.objects.get().group == here[1]


def test_people_of_one_house_share_its_row(field, group):
    create(field)
    create(field, number="", name="Trần Văn Mẫu", house="12/3 LÊ LỢI")
    assert Household.objects.get(group=group).residents.count() == 2


# --- đã có chưa? -------------------------------------------------------------------------------------------


def test_the_blind_check_says_yes_or_no_and_never_who(field, group):
    make_resident(group=group, number=NUMBER, name="Siu H’Kín", birth_year=1958)
    known = looked(field, name="Người Khác")
    assert "tìm theo 4 số cuối" in known
    assert "H’Kín" not in known
    assert "Chưa có trong sổ" in looked(field, name="Người Khác", number="064158000124")
    by_name = looked(field, name="siu h’kin", number="")
    assert "trùng tên, trùng năm sinh" in by_name
    assert "Chưa có trong sổ" in looked(field, name="siu h’kin", number="", birth_year="1959")
    assert "Chưa dò được" in looked(field, name="", number="")


def test_what_was_typed_survives_the_check_without_script(field):
    words = form_of(field)
    body = text(field.post(reverse("resident_create"), {**words, "look": "1"}))
    assert 'value="12/3 Lê Lợi"' in body
    assert 'name="birth_year" value="1958"' in body
    assert str(words["id"]) in body


def test_a_number_of_another_group_sends_to_who_sees_it(field):
    there = make_group(place=make_place(kind=Place.Kind.MEETING_HOUSE, area=make_area(name="Phường Xa")))
    make_resident(group=there, number=NUMBER, name="Siu H’Kín")
    answer = create(field)
    assert answer.status_code == 422
    assert "nhờ Tỉnh Đoàn" in text(answer)
    assert "H’Kín" not in text(answer)


def test_the_same_name_and_year_is_asked_about_and_another_person_is_taken(field, group):
    make_resident(group=group, name="Nguyễn Thị Mẫu", birth_year=1958)
    words = form_of(field, number="", phone="", phone_kind="none")
    answer = field.post(reverse("resident_create"), words)
    assert "Là người khác" in text(answer)
    assert field.post(reverse("resident_create"), {**words, "is_other": "on"}).status_code == 302


def test_who_looks_too_often_has_to_wait_and_loses_nothing(field, monkeypatch):
    monkeypatch.setitem(resident_forms.LOOKS, "limit", 1)
    looked(field)
    assert "Nghỉ tay ít phút" in looked(field)
    answer = create(field)
    assert answer.status_code == 422
    assert "Nghỉ tay ít phút" in text(answer)
    assert 'value="12/3 Lê Lợi"' in text(answer)


# --- somebody in the book ----------------------------------------------------------------------------------


@pytest.fixture
def resident(group):
    """Somebody with a number and a phone, who agreed to both."""
    row = make_resident(group=group, number=NUMBER, name="Nguyễn Thị Mẫu", sex="female", phone_kind="own")
    row.set_birth(year=1958)
    row.phone = "0905123456"
    row.save()
    row.consent.purposes.set(ALL)
    return row


def change(client, resident, **changes):
    words = {"before": resident.version, "group": resident.group_id, "name": resident.name, "sex": "female"}
    words |= {"birth_year": "1958", "phone_kind": "own", "phone": "0905123456", **changes}
    return client.post(page_of("resident_change", resident), words)


def test_the_page_masks_notes_the_opening_and_reveals_to_few(field, resident, volunteer, group):
    body = text(field.get(page_of("resident_detail", resident)))
    assert "•••• 0123" in body
    assert "•••• 3456" in body
    assert NUMBER not in body
    assert "0905123456" not in body
    assert "/kin/" not in body
    assert Opening.objects.get().row == str(resident.pk)
    secretary = make_user(role="unit_secretary", unit=group.place.unit, pin=PIN)
    theirs = text(client_of(secretary, place=group.place).get(page_of("resident_detail", resident)))
    assert reverse("reveal", args=["neighborhoods.resident", resident.pk, "number"]) in theirs


def test_who_works_elsewhere_finds_nobody(resident):
    there = make_group(place=make_place(kind=Place.Kind.MEETING_HOUSE, area=make_area(name="Phường Xa")))
    client = client_of(make_shift_guest(shift=make_shift(place=there.place)))
    for name in ("resident_detail", "resident_change", "resident_leave"):
        assert client.get(page_of(name, resident)).status_code == 404


def test_who_is_in_reach_elsewhere_is_seen_and_only_there_helped(resident, volunteer):
    near = make_group(place=make_place(kind=Place.Kind.MEETING_HOUSE, unit=volunteer.roles.get().unit))
    client = client_of(volunteer, place=near.place)
    make_help(resident=resident, by=volunteer)
    body = text(client.get(page_of("resident_detail", resident)))
    assert "Bạn đang làm ở nơi khác" in body
    assert page_of("visit_record", resident) not in body
    assert "/viec/giup/luot/" not in body
    assert "/viec/giup/hen/" not in body


def test_a_slip_is_put_right_and_an_empty_number_keeps_the_old_one(field, resident):
    assert change(field, resident, name="Nguyễn Thị Mậu", house="7").url == page_of(
        "resident_detail", resident
    )
    resident.refresh_from_db()
    assert (resident.name, resident.household.house) == ("Nguyễn Thị Mậu", "7")
    assert resident.clear_number() == NUMBER
    change(field, resident, drops_number="on")
    resident.refresh_from_db()
    assert (resident.number, resident.last_four) == (None, "")


def test_the_page_sent_as_it_came_changes_nothing(field):
    create(field)
    resident = Resident.objects.get()
    form = field.get(page_of("resident_change", resident)).context["form"]

    boxes = re.findall(r'name="(birth_[a-z]+)" value="(\d+)"', str(form["birth"]))
    shown = {
        name: form[name].value() or "" for name in ("group", "name", "sex", "phone_kind", "phone", "house")
    }
    before = resident.version
    field.post(page_of("resident_change", resident), {"before": before, **dict(boxes), **shown})
    resident.refresh_from_db()
    assert resident.version == before
    assert str(resident.birth_on) == "1958-05-13"


def test_who_was_overtaken_loses_nothing_and_overwrites_nobody(field, resident):
    old = resident.version
    change(field, resident, phone="0905999888")
    late = change(field, resident, before=old, name="Nguyễn Thị Mậu", house="9")
    assert late.status_code == 409
    assert "Đồng đội vừa sửa" in text(late)
    assert "•••• 9888" in text(late)
    assert 'value="Nguyễn Thị Mậu"' in text(late)
    resident.refresh_from_db()
    assert (resident.name, resident.phone) == ("Nguyễn Thị Mẫu", "0905999888")
    again = change(field, resident, name="Nguyễn Thị Mậu", phone="0905999888")
    assert again.status_code == 302


def test_a_number_of_somebody_else_is_refused_on_change_too(field, resident, group):
    make_resident(group=group, number="064158000124")
    answer = change(field, resident, number="064158000124")
    assert answer.status_code == 422
    assert "tìm theo 4 số cuối" in text(answer)
    assert change(field, resident, number=NUMBER).status_code == 302


def test_who_moves_takes_along_what_is_due_and_leaves_what_was_done(field, resident, group):
    near = make_group(place=make_place(kind=Place.Kind.MEETING_HOUSE, area=group.place.area))
    make_help(resident=resident)
    answer = change(field, resident, group=near.pk)
    assert answer.url == reverse("visit_start")
    resident.refresh_from_db()
    assert (resident.group, resident.household) == (near, None)
    assert HelpEvent.objects.get().group == group
    assert FollowUp.objects.at(near.place).open().count() == 2


def test_the_province_moves_somebody_to_another_commune(field, resident):
    far = make_group(place=make_place(kind=Place.Kind.MEETING_HOUSE, area=make_area(name="Phường Xa")))
    assert change(field, resident, group=far.pk).status_code == 422
    office = client_of(make_user(role="province_staff", pin=PIN), place=resident.group.place)
    assert change(office, resident, group=far.pk).status_code == 302
    resident.refresh_from_db()
    assert resident.group == far


def test_who_withdrew_leaves_the_number_to_who_agrees_anew(field, resident, volunteer):
    personal_data.withdraw(resident, by=volunteer)
    assert create(field).status_code == 302
    assert Resident.objects.with_number(NUMBER).get() != resident
    resident.refresh_from_db()
    assert (resident.number, resident.last_four) == (None, "")


def leave(client, resident, why):
    words = {"why": why, "before": Resident.objects.get(pk=resident.pk).version}
    return client.post(page_of("resident_leave", resident), words)


def test_who_moved_away_keeps_the_counts_and_can_come_back(field, resident, group):
    make_help(resident=resident)
    assert leave(field, resident, "moved").url == page_of("resident_detail", resident)
    assert "Chuyển đi nơi khác" in text(field.get(page_of("resident_detail", resident)))
    assert field.get(page_of("visit_record", resident)).status_code == 404
    assert not FollowUp.objects.open().exists()
    assert ladder.reached(HelpEvent.objects.filter(group=group))[0].people == 1
    field.post(page_of("resident_leave", resident))
    assert field.get(page_of("visit_record", resident)).status_code == 200
    assert FollowUp.objects.open().count() == 2


def test_no_page_of_a_person_writes_the_name_into_the_history_of_a_shared_tablet(field, resident):
    names = ["resident_detail", "resident_change", "resident_leave", "visit_record"]
    answers = [field.get(page_of(name, resident)) for name in names]
    answers.append(leave(field, resident, ""))
    leave(field, resident, "moved")
    answers.append(field.get(page_of("resident_leave", resident)))
    for answer in answers:
        head, _, body = text(answer).partition("</head>")
        assert resident.name in body
        assert resident.name not in head


@pytest.mark.parametrize("name", ["resident_leave", "resident_change", "visit_record"])
def test_the_title_of_a_page_that_came_back_says_once_that_it_has_a_fault(field, resident, name):
    answer = field.post(page_of(name, resident), {"before": Resident.objects.get(pk=resident.pk).version})
    title = re.search("<title>(.*?)</title>", text(answer))[1]
    assert (name, answer.status_code) == (name, 422)
    assert (title[:5], title.count("Lỗi:")) == ("Lỗi: ", 1)


@pytest.mark.parametrize(("why", "then"), [("moved", "withdrew"), ("mistake", "mistake")])
def test_who_withdrew_after_leaving_is_not_brought_back(field, resident, volunteer, why, then):
    leave(field, resident, why)
    resident.refresh_from_db()
    left_on = resident.left_on
    personal_data.withdraw(resident, by=volunteer)
    assert "Thật ra vẫn ở tổ" not in text(field.get(page_of("resident_detail", resident)))
    assert field.post(page_of("resident_leave", resident)).status_code == 403
    resident.refresh_from_db()
    assert (resident.left_on, resident.left_why) == (left_on, then)


@pytest.mark.parametrize(("why", "stays"), [("died", ""), ("mistake", "mistake")])
def test_erased_nothing_tells_of_a_phone_nor_why_somebody_left(field, resident, volunteer, why, stays):
    leave(field, resident, why)
    personal_data.erase(resident, by=volunteer)
    resident.refresh_from_db()
    assert (resident.phone_kind, resident.left_why) == ("", stays)
    versions = Resident.pgh_event_model.objects.filter(pgh_obj_id=resident.pk)
    assert set(versions.values_list("phone_kind", flat=True)) == {""}
    assert set(versions.values_list("left_why", flat=True)) == {"", stays}


def test_a_mistake_takes_back_all_that_was_noted_and_frees_the_number(field, resident, group, volunteer):
    make_help(resident=resident)
    make_help(resident=resident, step="card", outcome="had")
    event = make_help(resident=resident, step="safety")
    event.correct(outcome="had", by=event.by)
    leave(field, resident, "mistake")
    assert not HelpEvent.objects.filter(resident=resident).standing().exists()
    assert ladder.reached(HelpEvent.objects.filter(group=group)) == []
    assert not FollowUp.objects.exists()
    assert HelpEvent.objects.filter(outcome="mistake", by=volunteer).count() == 3
    make_resident(group=group, number=NUMBER)


def test_what_was_reported_is_voided_by_who_leads_alone(field, resident, group):
    make_help(resident=resident, at=timezone.now() - timedelta(days=31))
    answer = leave(field, resident, "mistake")
    assert answer.status_code == 422
    assert "nhờ đội trưởng" in text(answer)
    assert answer.context["form"]["why"].value() == "mistake"
    assert HelpEvent.objects.filter(resident=resident).standing().count() == 1
    leader = make_user(role="team_lead", unit=group.place.unit, pin=PIN)
    assert leave(client_of(leader, place=group.place), resident, "mistake").status_code == 302
    assert not HelpEvent.objects.filter(resident=resident).standing().exists()


def test_a_mistake_is_all_or_nothing(resident, volunteer):
    event, seen = make_help(resident=resident), resident.version
    with pytest.raises(Overtaken), transaction.atomic():
        resident.correct(seen="another", birth_on=None, birth_year=1958, house="", number=None)
    with pytest.raises(Resident.DoesNotExist), transaction.atomic():
        Resident(pk=uuid.uuid4()).leave(why="moved", by=volunteer)
    resident.leave(why="mistake", by=volunteer, seen=seen)
    with pytest.raises(IntegrityError), transaction.atomic():
        event.correct(outcome="had", by=volunteer)
    with pytest.raises(Overtaken), transaction.atomic():
        resident.leave(why="moved", by=volunteer, seen=seen)


def found(client, words) -> str:
    return text(client.post(reverse("visit_search"), {"q": words}, headers=HTMX))


def test_whom_a_search_names_is_written_down(field, group):
    people = [make_resident(group=group, name=f"Siu Mẫu {name}") for name in ("Ánh", "Bình")]
    found(field, "mau")
    found(field, "khongcoai")
    assert set(Opening.objects.values_list("row", flat=True)) == {str(one.pk) for one in people}
    assert Opening.objects.count() == 2


def test_who_searches_too_often_has_to_wait_and_learns_no_name(field, resident, monkeypatch):
    monkeypatch.setitem(SEARCHES, "limit", 1)
    for typed in ("mau", "m", "m"):  # what is too short finds nobody and does not count
        assert "Nghỉ tay ít phút" not in found(field, typed)
    answer = found(field, "mau")
    assert "Nghỉ tay ít phút" in answer
    assert resident.name not in answer
    assert Opening.objects.count() == 1


def test_pages_of_a_person_ask_the_database_little(field, resident, django_assert_max_num_queries):
    make_help(resident=resident)
    field.get(page_of("resident_detail", resident))
    with django_assert_max_num_queries(16):
        field.get(page_of("resident_detail", resident))
