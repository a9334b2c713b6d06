"""The volunteer's day: who, what was done, the next one; slips put right; help without a name."""

import uuid
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from neighborhoods.models import FollowUp, HelpEvent, Household, Step
from portal.organization.models import Place
from portal.privacy.models import Opening
from tests.builders import (
    PIN,
    commune_unit,
    make_group,
    make_help,
    make_place,
    make_resident,
    make_shift,
    make_shift_guest,
    make_team,
    make_user,
)
from tests.people import client_of

pytestmark = pytest.mark.django_db
HAD, HELPED, TRIED, MISTAKE = "had", "helped", "tried", "mistake"


def text(response) -> str:
    return response.content.decode()


def page_of(name, row) -> str:
    return reverse(name, args=[row.pk])


def key_on(response) -> str:
    """The key that was made with the page."""
    return str(response.context["form"]["page"].value())


def found(client, words, **headers):
    return client.post(reverse("visit_search"), {"q": words}, headers=headers)


def note(client, resident, *, page=None, **steps):
    """Sends the page of a visit: `note(client, resident, card="had")`."""
    words = {f"step_{code}": outcome for code, outcome in steps.items()}
    return client.post(page_of("visit_record", resident), {"page": page or uuid.uuid4(), **words})


def noted(resident) -> list[tuple]:
    return list(resident.helps.order_by("step__sort", "at").values_list("step", "outcome"))


# --- who? --------------------------------------------------------------------------------------------------


def test_somebody_is_found_by_parts_of_the_name_without_accents_or_by_four_digits(field, group):
    mine = make_resident(group=group, name="Rơ Châm H’Đượm", number="064158000123")
    make_resident(group=group, name="Nguyễn Văn Khác", number="064158000124")
    for words in ("cham duom", "Đượm", "0123"):
        assert found(field, words).context["found"] == [mine]


def test_a_row_tells_people_apart_without_showing_a_number(field, group):
    house = Household.objects.create(group=group, house="12/3 Lê Lợi")
    person = make_resident(group=group, name="Siu H’Mẫu", number="064158000123", household=house)
    person.set_birth(year=1958)
    person.save()
    make_help(resident=person, step="installed")
    make_help(resident=person, step="card")
    body = text(found(field, "siu"))
    for words in ("Siu H’Mẫu, 1958", "•••• 0123", "số nhà 12/3 Lê Lợi", "Đã cài ứng dụng VNeID"):
        assert words in body
    assert "064158000123" not in body


def test_htmx_gets_the_rows_alone_and_who_has_no_script_the_whole_page(field, group):
    make_resident(group=group, name="Siu H’Mẫu")
    part = text(found(field, "siu", HX_Request="true"))
    assert part.startswith('<section class="mb" id="found"')
    assert "<html" in text(found(field, "siu"))
    assert "siu" not in "".join(str(value) for value in field.session.values())


def test_people_of_other_groups_who_left_or_were_made_up_are_not_found(field, group):
    make_resident(name="Siu Hơ Khác")
    make_resident(group=group, name="Siu Đã Đi", left_on=timezone.localdate(), left_why="moved")
    make_resident(group=group, name="Siu Bịa", is_practice=True)
    answer = found(field, "siu")
    assert answer.context["found"] == []
    assert "Người mới" in text(answer)


def test_a_search_for_a_letter_or_for_everybody_lists_nobody(field, group):
    for number in range(22):
        make_resident(group=group, name=f"Siu Đông {number}")
    assert found(field, "s").context["found"] == []
    assert found(field, "").context["found"] == []
    answer = found(field, "siu")
    assert len(answer.context["found"]) == 20
    assert "Gõ thêm chữ" in text(answer)


def test_at_a_desk_people_of_all_groups_of_the_commune_are_found_with_their_group(group, volunteer):
    desk = make_place(kind=Place.Kind.DESK, unit=group.place.unit)
    other = make_group(name="Tổ dân phố điện tử 9")
    make_resident(group=group, name="Siu Một")
    make_resident(group=other, name="Siu Hai")
    make_resident(group=make_group(place=meeting_house("Phường Quy Nhơn")), name="Siu Xa")
    client = client_of(volunteer, place=desk)
    answer = found(client, "siu")
    assert [person.name for person in answer.context["found"]] == ["Siu Hai", "Siu Một"]
    assert "Tổ dân phố điện tử 9" in text(answer)


def meeting_house(commune: str) -> Place:
    return make_place(kind=Place.Kind.MEETING_HOUSE, unit=commune_unit(commune))


def test_where_there_is_no_group_the_page_says_so(volunteer):
    client = client_of(volunteer, place=make_place(unit=volunteer.roles.get().unit))
    for name in ("visit_start", "visit_unnamed", "visit_followup_list"):
        assert "chưa có tổ dân phố điện tử" in text(client.get(reverse(name)))
    assert "chưa có tổ dân phố điện tử" in text(found(client, "siu"))


# --- what was done -----------------------------------------------------------------------------------------


def test_several_steps_of_a_visit_are_noted_at_once_with_place_team_and_device(group):
    team = make_team(unit=group.place.unit)
    guest = make_shift_guest(shift=make_shift(place=group.place, team=team))
    client, resident = client_of(guest), make_resident(group=group)
    answer = note(client, resident, card=HAD, installed=HELPED, activated=TRIED)
    assert answer["Location"] == f"{reverse('visit_start')}?xong={resident.pk}"
    assert noted(resident) == [("card", HAD), ("installed", HELPED), ("activated", TRIED)]
    event = resident.helps.get(step="card")
    assert (event.by, event.place, event.team) == (guest, group.place, team)
    assert event.device == client.cookies["may"].value


def test_without_a_shift_the_work_is_of_the_groups_own_team(field, group):
    group.team = make_team(unit=group.place.unit)
    group.save()
    resident = make_resident(group=group)
    note(field, resident, card=HAD)
    assert resident.helps.get().team == group.team


def test_a_double_tap_is_one_event_a_step(field, group):
    resident = make_resident(group=group)
    page = key_on(field.get(page_of("visit_record", resident)))
    for _ in range(2):
        note(field, resident, page=page, card=HAD, activated=HELPED)
    assert noted(resident) == [("card", HAD), ("activated", HELPED)]
    assert FollowUp.objects.count() == 2
    other = make_resident(group=group)
    note(field, other, page=page, card=HAD)
    assert noted(other) == [("card", HAD)]


def test_the_same_page_sent_with_another_answer_keeps_the_first_and_says_so(field, group):
    resident = make_resident(group=group)
    page = key_on(field.get(page_of("visit_record", resident)))
    note(field, resident, page=page, card=HAD)
    answer = field.post(page_of("visit_record", resident), {"page": page, "step_card": HELPED}, follow=True)
    assert noted(resident) == [("card", HAD)]
    assert "Có thẻ căn cước: trang này đã ghi “Đã có sẵn”" in text(answer)


def test_the_receipt_names_who_and_what_and_offers_the_next_house(field, group):
    houses = [Household.objects.create(group=group, house=house) for house in ("2", "10", "12")]
    first, now, after = (make_resident(group=group, household=house) for house in houses)
    for person in (first, after):
        make_help(resident=person, at=timezone.now() - timedelta(days=8))
    body = text(field.post(
        page_of("visit_record", now), {"page": uuid.uuid4(), "step_card": HAD}, follow=True
    ))  # fmt: skip
    assert f"Đã ghi cho {now}" in body
    assert "Có thẻ căn cước: đã có sẵn" in body
    assert f"Người kế tiếp: {after}, số nhà 12" in body


def test_a_receipt_is_of_what_the_user_noted_here_and_now_only(field, group):
    noted_by_another = make_help(resident=make_resident(group=group))
    elsewhere = make_help(resident=make_resident())
    for key in (noted_by_another.resident_id, elsewhere.resident_id, uuid.uuid4(), "abc", "\0a"):
        answer = field.get(reverse("visit_start"), {"xong": key})
        assert answer.status_code == 200
        assert "Đã ghi cho" not in text(answer)


def test_a_visit_with_nothing_chosen_is_sent_back_and_keeps_its_key(field, group):
    resident = make_resident(group=group)
    page = key_on(field.get(page_of("visit_record", resident)))
    answer = field.post(page_of("visit_record", resident), {"page": page})
    assert answer.status_code == 422
    assert "Chọn việc đã làm hôm nay" in text(answer)
    assert key_on(answer) == page


def test_what_somebody_has_is_shown_as_done_and_can_be_helped_with_again(field, group):
    resident = make_resident(group=group)
    make_help(resident=resident, step="card", outcome=HAD)
    context = field.get(page_of("visit_record", resident)).context
    assert [step.pk for step, *_ in context["had_lines"]] == ["card"]
    assert "card" not in [step.pk for step, *_ in context["open_lines"]]
    note(field, resident, card=HELPED)
    assert noted(resident) == [("card", HAD), ("card", HELPED)]


def test_a_choice_for_a_step_that_a_colleague_noted_meanwhile_is_not_lost(field, group):
    resident = make_resident(group=group)
    page = key_on(field.get(page_of("visit_record", resident)))
    make_help(resident=resident, step="card", outcome=HAD)
    note(field, resident, page=page, card=TRIED)
    assert sorted(noted(resident)) == [("card", HAD), ("card", TRIED)]


def test_who_left_while_the_page_was_open_is_not_noted_and_nothing_chosen_is_lost(field, group):
    resident, opened = make_resident(group=group), uuid.uuid4()

    def a_colleague_is_faster(execute, sql, *args):
        if 'FROM "neighborhoods_step"' in sql and resident.left_on is None:
            resident.leave(why="moved", by=make_user())
        return execute(sql, *args)

    with connection.execute_wrapper(a_colleague_is_faster):
        answer = note(field, resident, page=opened, card=HELPED)
    assert answer.status_code == 422
    assert "không còn ở tổ, nên chưa lưu gì" in text(answer)
    assert answer.context["form"]["step_card"].value() == HELPED
    assert key_on(answer) == str(opened)
    assert noted(resident) == []


def test_only_steps_in_force_are_asked_for(field, group):
    Step.objects.filter(pk="safety").update(ends_on=timezone.localdate() - timedelta(days=1))
    resident = make_resident(group=group)
    lines = field.get(page_of("visit_record", resident)).context["open_lines"]
    assert "safety" not in [step.pk for step, _ in lines]
    assert len(lines) == Step.objects.count() - 1


def test_the_page_masks_the_number_and_has_no_field_for_a_secret(field, group):
    resident = make_resident(group=group, number="064158000123", phone="0905123456", phone_kind="own")
    make_help(resident=resident)
    visit = FollowUp.objects.first()
    pages = [page_of("visit_record", resident), page_of("help_correct", resident.helps.get())]
    FollowUp.objects.update(due_on=timezone.localdate())
    pages += [page_of("visit_followup", visit), reverse("visit_start"), reverse("visit_unnamed")]
    for page in pages:
        answer = field.get(page)
        assert "064158000123" not in text(answer)
        assert "0905123456" not in text(answer)
        names = " ".join(answer.context["form"].fields).lower()
        assert not any(word in names for word in ("otp", "password", "pin", "code", "mat_khau"))
        assert 'type="password"' not in text(answer).split("lock-cover")[0]
    assert "Không ai được hỏi mã OTP, mật khẩu, mã PIN" in text(field.get(pages[0]))


def test_whose_page_is_opened_is_written_down_for_the_breach_log(field, volunteer, group):
    event = make_help(resident=make_resident(group=group), at=timezone.now() - timedelta(days=8))
    found(field, "mau")
    visit = FollowUp.objects.first()
    for name, row in (("visit_record", event.resident), ("help_correct", event), ("visit_followup", visit)):
        field.get(page_of(name, row))
    opened = Opening.objects.values_list("user", "device", "model", "row")
    device = field.cookies["may"].value
    assert list(opened) == [(volunteer.pk, device, "neighborhoods.resident", str(event.resident_id))] * 4


@pytest.mark.parametrize("name", ["visit_record", "help_correct", "visit_followup"])
def test_people_of_another_place_are_not_found(field, group, name):
    event = make_help(resident=make_resident())
    row = {"visit_record": event.resident, "help_correct": event, "visit_followup": event.followups.first()}
    assert field.get(page_of(name, row[name])).status_code == 404
    assert field.post(page_of(name, row[name]), {"page": uuid.uuid4()}).status_code == 404


def test_who_may_not_record_is_refused(group):
    resident = make_resident(group=group)
    for role in ("auditor", "culture_reviewer"):
        client = client_of(make_user(role=role, pin=PIN), place=group.place)
        assert client.get(reverse("visit_start")).status_code == 403
        assert note(client, resident, card=HAD).status_code == 403
    assert not HelpEvent.objects.exists()


# --- slips -------------------------------------------------------------------------------------------------


def correct(client, event, outcome, page=None, **options):
    return client.post(
        page_of("help_correct", event), {"page": page or uuid.uuid4(), "outcome": outcome}, **options
    )


def test_a_slip_is_put_right_by_a_new_event_that_the_log_shows(field, volunteer, group):
    event = make_help(resident=make_resident(group=group))
    answer = correct(field, event, HAD, follow=True)
    assert answer.redirect_chain == [(page_of("visit_record", event.resident), 302)]
    correction = HelpEvent.objects.get(corrects=event)
    assert (correction.outcome, correction.by, correction.at) == (HAD, volunteer, event.at)
    assert not FollowUp.objects.exists()
    for words in ("<del>Kích hoạt mức 2: vừa giúp xong</del>", "Trần Văn Thử đã sửa", "đã có sẵn"):
        assert words in text(answer)


def test_the_own_outcome_is_no_correction(field, group):
    event = make_help(resident=make_resident(group=group))
    assert correct(field, event, HELPED).status_code == 422
    assert correct(field, event, MISTAKE).status_code == 302
    assert HelpEvent.objects.standing().count() == 0


def test_who_corrects_second_learns_who_was_first_and_the_same_tap_again_nothing_of_the_kind(field, group):
    event = make_help(resident=make_resident(group=group))
    page = uuid.uuid4()
    for _ in range(2):
        assert "Đã sửa." in text(correct(field, event, HAD, page, follow=True))
    other = make_user(role="volunteer", unit=group.place.unit, pin=PIN)
    client = client_of(other, place=group.place)
    answer = text(correct(client, event, MISTAKE, follow=True))
    assert "Trần Văn Thử đã sửa lượt này lúc" in answer
    assert HelpEvent.objects.count() == 2


def test_after_thirty_days_nothing_is_corrected(field, group):
    resident = make_resident(group=group)
    old = make_help(resident=resident, at=timezone.now() - timedelta(days=31))
    fresh = make_help(resident=resident, step="card", at=timezone.now() - timedelta(days=29))
    assert "đã quá 30 ngày" in text(correct(field, old, HAD, follow=True))
    body = text(field.get(page_of("visit_record", resident)))
    assert page_of("help_correct", old) not in body
    assert page_of("help_correct", fresh) in body
    assert not HelpEvent.objects.filter(corrects=old).exists()


# --- without a name ----------------------------------------------------------------------------------------


def test_help_without_a_name_is_counted_once_however_often_it_is_sent(field, volunteer, group):
    page, sent = key_on(field.get(reverse("visit_unnamed"))), set()
    for _ in range(2):
        told = {"page": page, "group": group.pk, "steps": ["card", "activated"], "count": 3}
        said = text(field.post(reverse("visit_unnamed"), told, follow=True))
        assert ("Đã ghi 6 lượt giúp" in said) == (told["page"] not in sent)
        assert ("không ghi thêm" in said) == (told["page"] in sent)
        sent.add(page)
    events = HelpEvent.objects.values_list("step", "outcome", "resident", "by", "place")
    assert len(events) == 6
    assert set(events) == {(step, HELPED, None, volunteer.pk, group.place_id) for step in told["steps"]}
    assert not FollowUp.objects.exists()


def test_a_count_of_this_week_is_taken_back_at_once_and_no_other(field, volunteer, group):
    address, by = reverse("visit_unnamed"), {"group": group, "by": volunteer}
    steps = Step.objects.filter(pk__in=["card", "activated"])
    for _ in range(2):
        HelpEvent.objects.record_unnamed(steps=steps, count=3, page=uuid.uuid4(), **by)
    old, lately = (make_help(**by, at=timezone.now() - timedelta(days=days)) for days in (8, 6))
    body = text(field.get(address))
    assert page_of("help_correct", lately) in body
    assert page_of("help_correct", old) not in body
    assert body.count("Bỏ cả lần ghi này") == 2
    wrong = HelpEvent.objects.filter(resident=None).latest("at")
    assert "Đã bỏ 6 lượt" in text(field.post(address, {"drop": wrong.pk}, follow=True))
    for key in (wrong.pk, old.pk, "\0"):
        assert "không đổi gì thêm" in text(field.post(address, {"drop": key}, follow=True))
    standing = HelpEvent.objects.standing()
    assert (standing.count(), standing.filter(at=wrong.at).count()) == (8, 0)


def test_nobody_takes_back_what_a_colleague_counted(field, group):
    event = make_help(group=group)
    field.post(reverse("visit_unnamed"), {"drop": event.pk})
    assert HelpEvent.objects.standing().get() == event


def test_a_wrong_count_is_sent_back_with_what_was_typed(field, group):
    for wrong in ({"count": 0}, {"count": 21}, {"count": "hai"}, {"steps": []}, {"group": ""}):
        told = {"page": uuid.uuid4(), "group": group.pk, "steps": ["card"], "count": 2, **wrong}
        answer = field.post(reverse("visit_unnamed"), told)
        assert answer.status_code == 422
        assert answer.context["form"]["count"].value() == str(told["count"])
    assert not HelpEvent.objects.exists()


def test_at_a_desk_one_says_for_which_group_and_only_for_one_of_the_commune(group, volunteer):
    desk = make_place(kind=Place.Kind.DESK, unit=group.place.unit)
    other, far = make_group(), make_group(place=meeting_house("Phường Quy Nhơn"))
    client = client_of(volunteer, place=desk)
    told = {"steps": ["card"], "count": 1}
    for one, status in ((other, 302), (far, 422)):
        sent = client.post(reverse("visit_unnamed"), {**told, "page": uuid.uuid4(), "group": one.pk})
        assert sent.status_code == status
    assert HelpEvent.objects.get().group == other
    assert client.get(reverse("visit_unnamed")).context["form"]["group"].value() == other.pk


def test_who_counted_without_a_name_puts_the_own_slip_right_and_nobody_elses(field, volunteer, group):
    mine, other = make_help(group=group, by=volunteer), make_help(group=group)
    body = text(field.get(reverse("visit_unnamed")))
    assert page_of("help_correct", mine) in body
    assert page_of("help_correct", other) not in body
    assert correct(field, mine, HAD).status_code == 422  # who had it already was not helped: nothing to note
    assert correct(field, mine, MISTAKE).status_code == 302
    assert correct(field, other, MISTAKE).status_code == 404


# --- how much it costs, and two at once --------------------------------------------------------------------


def queries(client, method, *args, **kwargs) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert getattr(client, method)(*args, **kwargs).status_code in {200, 302}
    return len(asked)


def test_a_visit_asks_as_often_for_the_fortieth_as_for_the_first(field, group):
    people = [make_resident(group=group) for _ in range(3)]
    for person in people[1:]:
        for step in ("card", "registered", "approved"):
            make_help(resident=person, step=step)
    field.get(reverse("visit_start"))
    opened = {queries(field, "get", page_of("visit_record", person)) for person in people}
    sent = [
        queries(
            field, "post", page_of("visit_record", person), {"page": uuid.uuid4(), "step_installed": HELPED}
        )
        for person in people
    ]
    assert len(opened) == 1
    assert (max(opened), max(sent)) <= (11, 14)
    assert queries(field, "post", reverse("visit_search"), {"q": "mau"}) <= 15


@pytest.mark.django_db(transaction=True)
def test_two_clerks_at_once_lose_nothing_and_plan_once():
    group = make_group()
    resident = make_resident(group=group)
    clerks = [
        client_of(make_user(role="volunteer", unit=group.place.unit, pin=PIN), place=group.place)
        for _ in range(2)
    ]
    gate, answers = Barrier(2), []

    def work(client):
        gate.wait()
        answers.append(note(client, resident, activated=HELPED).status_code)
        connection.close()

    threads = [Thread(target=work, args=[client]) for client in clerks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [302, 302]
    assert noted(resident) == [("activated", HELPED)] * 2
    assert sorted(FollowUp.objects.values_list("kind", flat=True)) == ["day_30", "day_7"]
