"""Call-backs: the lot, who may call, what is written down, what nobody learns by the way."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from neighborhoods import callbacks
from neighborhoods.models import CallBack, Group, HelpEvent, Resident
from portal.accounts.models import Role
from portal.privacy.models import Opening
from tests import builders
from tests.builders import make_group, make_help, make_resident, make_team, make_unit, make_user
from tests.people import client_of

pytestmark = pytest.mark.django_db
CALLERS = {"unit_secretary", "province_staff", "administrator"}


def helped(team, count: int, *, group=None, days: int = 1) -> list:
    """So many people whom the team helped."""
    group, by = group or make_group(team=team), make_user(role="volunteer", unit=team.unit)
    at = timezone.now() - timedelta(days=days)
    words = {
        "group": group,
        "recorded_by": by,
        "consent": builders.make_consent(by=by),
        "phone": "0312345678",
    }
    people = Resident.objects.bulk_create(Resident(name=f"Người {n}", **words) for n in range(count))
    words = {"group": group, "place": group.place, "team": team, "at": at, "by": by, "outcome": "helped"}
    return HelpEvent.objects.bulk_create(
        HelpEvent(resident=one, step_id="activated", **words) for one in people
    )


def drawn() -> dict:
    """How many call-backs there are, by team."""
    teams = list(CallBack.objects.values_list("event__team__name", flat=True))
    return {name: teams.count(name) for name in teams}


def client(role="unit_secretary", unit=None):
    return client_of(make_user(role=role, unit=unit))


# --- the lot ------------------------------------------------------------------------------------------------


def test_five_per_cent_of_each_team_are_drawn_and_one_at_least():
    many, few = make_team(), make_team()
    helped(many, 41)
    helped(few, 2)
    staff = make_user(role="province_staff")
    assert callbacks.draw(staff, days=7) == 4
    assert drawn() == {many.name: 3, few.name: 1}


def test_who_draws_again_draws_only_what_is_missing():
    team = make_team()
    group = make_group()
    helped(team, 20, group=group)
    helped(team, 60, group=group, days=20)
    staff = make_user(role="province_staff")
    assert [callbacks.draw(staff, days=days) for days in (7, 7, 30, 30)] == [1, 0, 3, 0]
    assert CallBack.objects.values("event__resident").distinct().count() == 4


def test_only_standing_help_to_somebody_who_is_still_there_is_drawn():
    team = make_team()
    left, gone, wrong, old = (helped(team, 1, days=days)[0] for days in (1, 1, 1, 9))
    left.resident.left_on, left.resident.left_why = timezone.localdate(), "died"
    left.resident.save()
    type(gone.resident).objects.filter(pk=gone.resident_id).update(
        name="", phone="", anonymised_at=timezone.now()
    )
    wrong.correct(outcome="mistake", by=wrong.by)
    make_help(team=team)
    make_help(resident=make_resident(), team=team, outcome="had")
    make_help(group=Group.objects.get(is_practice=True), team=team)
    assert callbacks.draw(make_user(role="province_staff"), days=7) == 0
    assert callbacks.draw(make_user(role="province_staff"), days=30) == 1
    assert CallBack.objects.get().event == old


def test_nobody_is_called_twice_for_one_visit():
    person, team = make_resident(), make_team()
    for step in ("activated", "safety", "health_book"):
        make_help(resident=person, team=team, step=step)
    assert callbacks.draw(make_user(role="province_staff"), days=7) == 1
    helped(team, 40, group=person.group)
    callbacks.draw(make_user(role="province_staff"), days=7)
    people = list(CallBack.objects.values_list("event__resident", flat=True))
    assert len(people) == len(set(people)) == 3


def test_a_secretary_draws_only_among_the_own_groups():
    near, far = make_team(), make_team(unit=make_unit())
    helped(near, 3)
    helped(far, 3, group=make_group(place=builders.make_place(unit=far.unit)))
    callbacks.draw(make_user(role="unit_secretary"), days=7)
    assert drawn() == {near.name: 1}


@pytest.mark.django_db(transaction=True)
def test_two_who_draw_at_once_draw_no_more_than_one():
    helped(make_team(), 30)
    staff = [make_user(role="province_staff") for _ in range(2)]

    def draw(user):
        count = callbacks.draw(user, days=7)
        connection.close()
        return count

    with ThreadPoolExecutor() as pool:
        assert sorted(pool.map(draw, staff)) == [0, 2]
    assert CallBack.objects.count() == 2


# --- pages --------------------------------------------------------------------------------------------------


@pytest.fixture
def call():
    """Somebody waits to be called."""
    (event,) = helped(make_team(name="Đội Một"), 1)
    callbacks.draw(make_user(role="province_staff"), days=7)
    return CallBack.objects.get(event=event)


@pytest.mark.parametrize("role", Role.Kind.values)
def test_callers_are_let_in_and_others_not(call, role):
    someone, is_caller = client(role), role in CALLERS
    assert someone.get(reverse("callback_list")).status_code == (200 if is_caller else 403)
    assert someone.get(reverse("callback_do", args=[call.pk])).status_code == (200 if is_caller else 403)
    assert someone.post(reverse("callback_draw"), {"days": "7"}).status_code == (302 if is_caller else 403)


def test_a_call_back_out_of_reach_is_a_404(call):
    far = client(unit=make_unit())
    assert far.get(reverse("callback_do", args=[call.pk])).status_code == 404
    assert call.event.resident.name not in far.get(reverse("callback_list")).text


def test_numbers_are_masked_and_opening_the_page_leaves_a_line(call):
    secretary = client()
    html = (
        secretary.get(reverse("callback_list")).text
        + secretary.get(reverse("callback_do", args=[call.pk])).text
    )
    assert call.event.resident.name not in "".join(re.findall("<title>(.*?)</title>", html))
    assert call.event.resident.phone not in html
    assert call.event.resident.masked_phone in html
    assert reverse("reveal", args=["neighborhoods.resident", call.event.resident_id, "phone"]) in html
    assert Opening.objects.filter(row=str(call.event.resident_id)).count() == 1


def test_the_first_answer_is_kept_and_a_false_one_asks_for_a_hand(call):
    page, secretary = reverse("callback_do", args=[call.pk]), client()
    assert secretary.post(page, {}).status_code == 422
    assert secretary.post(page, {"answer": "false"}).status_code == 302
    assert secretary.post(page, {"answer": "true"}, follow=True).text.count("ghi trước") == 1
    call.refresh_from_db()
    assert call.answer == "false"
    assert call.event.resident.name not in secretary.get(reverse("callback_list")).text
    found = {one.need.name: one for one in secretary.get(reverse("needs_hand")).context["waiting"]}
    need = found["Gọi kiểm tra: bà con nói không ai giúp"]
    assert (need.count, need.need.is_urgent) == (1, True)
    assert secretary.get(need.href).context["cl"].result_count == 1


def test_nobody_calls_about_the_own_help(call):
    helper = call.event.by
    builders.make_role(user=helper, kind="unit_secretary")
    own = client_of(helper)
    assert own.get(reverse("callback_do", args=[call.pk])).status_code == 404
    assert call.event.resident.name not in own.get(reverse("callback_list")).text


def test_the_button_draws_and_says_how_many_and_a_strange_choice_is_refused():
    helped(make_team(), 2)
    secretary = client()
    assert secretary.post(reverse("callback_draw"), {"days": "365"}).status_code == 422
    answers = [secretary.post(reverse("callback_draw"), {"days": "7"}, follow=True).text for _ in range(2)]
    assert "Đã rút thăm 1 lượt" in answers[0]
    assert "đã rút đủ" in answers[1]


def test_the_list_asks_the_database_no_oftener_for_many():
    secretary, found = client(), []
    for _ in range(2):
        helped(make_team(), 3)
        callbacks.draw(make_user(role="province_staff"), days=7)
        with CaptureQueriesContext(connection) as queries:
            secretary.get(reverse("callback_list"))
        found.append(len(queries))
    assert found[0] == found[1] <= 10
