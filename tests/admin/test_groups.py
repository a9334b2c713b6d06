"""Registers of the groups: what is in reach, masked numbers, what may be done with several groups at once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from neighborhoods.models import CallBack, DeskSession, FollowUp, Group, HelpEvent, Resident
from portal.privacy.models import Opening
from tests import builders
from tests.admin.pages import at, enter

pytestmark = pytest.mark.django_db
NUMBER, PHONE = "064158000123", "0312345678"


def chain(unit=None) -> dict:
    """A row of each register on a unit's ground."""
    place = builders.make_place(unit=unit or builders.commune_unit(), kind="meeting_house")
    group = builders.make_group(place=place)
    person = builders.make_resident(group=group, phone=PHONE)
    event = builders.make_help(resident=person)
    visit = FollowUp.objects.filter(resident=person).first()
    desk = DeskSession.objects.open_at(place, by=event.by)
    rows = [group, person, event, visit, desk, CallBack.objects.create(event=event)]
    return {type(row): row for row in rows}


def test_rows_of_another_commune_are_neither_listed_nor_opened():
    rows, secretary, staff = chain(builders.make_unit()), enter("unit_secretary"), enter("province_staff")
    for model, row in rows.items():
        assert secretary.get(at(model, "change", row.pk)).status_code == 404, model
        assert at(model, "change", row.pk) not in secretary.get(at(model)).text, model
        assert staff.get(at(model, "change", row.pk)).status_code == 200, model
        assert at(model, "change", row.pk) in staff.get(at(model)).text, model


@pytest.mark.parametrize("model", [Resident, HelpEvent, FollowUp, CallBack, DeskSession])
def test_what_the_field_wrote_is_changed_by_nobody_here(model):
    row, client = chain()[model], enter("administrator")
    assert client.get(at(model, "add")).status_code == 403
    assert client.post(at(model, "change", row.pk), {"name": "x"}).status_code == 403


def test_numbers_are_masked_in_list_file_and_page_and_opening_a_person_leaves_a_line():
    person = builders.make_resident(number=NUMBER, phone=PHONE)
    client = enter("province_staff")
    found = [client.get(at(Resident)).text, client.get(at(Resident, "change", person.pk)).text]
    found.append(client.get(at(Resident, "export", "csv")).getvalue().decode())
    for text in found:
        assert person.masked_number in text
        assert NUMBER not in text
        assert PHONE not in text
    assert Opening.objects.filter(row=str(person.pk)).count() == 1
    sent = client.post(at(Resident), {"tu_khoa": person.name}, follow=True)
    assert person.name in sent.text
    assert "Nguy" not in sent.redirect_chain[0][0]


def test_groups_are_given_to_a_team_that_the_user_sees():
    group, mine, far = chain()[Group], builders.make_team(), builders.make_team(unit=builders.make_unit())
    closed = builders.make_group(state="closed")
    client = enter("unit_secretary")
    ask = {"action": "set_team", "_selected_action": [group.pk, closed.pk]}
    page = client.post(at(Group), ask)
    assert (mine.name in page.text, far.name in page.text) == (True, False)
    said = page.context["said"]
    assert client.post(at(Group), {**ask, "said": said, "team": far.pk}).status_code == 422
    client.post(at(Group), {**ask, "said": said, "team": mine.pk})
    assert set(Group.objects.filter(team=mine)) == {group}


def test_groups_are_closed_and_their_people_still_counted():
    rows = chain()
    client, ask = enter("province_staff"), {"action": "close_groups", "_selected_action": rows[Group].pk}
    client.post(at(Group), {**ask, "said": client.post(at(Group), ask).context["said"]})
    assert Group.objects.get(pk=rows[Group].pk).state == "closed"
    assert HelpEvent.objects.real().count() == 1


def test_what_a_group_lacks_is_a_filter():
    bare, well = builders.make_group(), builders.make_group(adults=40, team=builders.make_team())
    for lack in ("doi", "dan-so"):
        rows = enter("province_staff").get(at(Group), {"thieu": lack}).context["cl"].result_list
        assert (bare in rows, well in rows) == (True, False)


def test_a_count_of_people_is_written_down_with_its_group():
    group, day = chain()[Group], timezone.localdate()
    inline = "denominators-0-"
    data = {
        "place": group.place_id, "kind": group.kind, "name": group.name, "state": group.state,
        "set_up_on": f"{group.set_up_on:%d-%m-%Y}", f"{inline}on": f"{day:%d-%m-%Y}", f"{inline}adults": "41",
        f"{inline}households": "12", f"{inline}source": "Danh sách của tổ trưởng", f"{inline}group": group.pk,
        "denominators-TOTAL_FORMS": "1", "denominators-INITIAL_FORMS": "0",
        "targets-TOTAL_FORMS": "0", "targets-INITIAL_FORMS": "0",
    }  # fmt: skip
    assert enter("unit_secretary").post(at(Group, "change", group.pk), data).status_code == 302
    assert group.denominator().adults == 41


def test_lists_ask_the_database_no_oftener_for_many():
    client, found = enter("province_staff"), []
    for _ in range(2):
        counts = []
        for model in chain():
            client.get(at(model))
            with CaptureQueriesContext(connection) as queries:
                client.get(at(model))
            counts.append(len(queries))
        found.append(counts)
    assert found[0] == found[1]
    assert max(found[1]) <= 20
