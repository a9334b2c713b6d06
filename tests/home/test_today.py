"""Today's page of a place with a group, of a desk, and of a place that is a market too."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from neighborhoods.models import FollowUp, HelpEvent, Target
from portal.organization.models import Place
from tests.builders import (
    PIN,
    make_group,
    make_help,
    make_market,
    make_place,
    make_resident,
    make_shift,
    make_shift_guest,
    make_user,
)
from tests.people import client_of

pytestmark = pytest.mark.django_db
BUSY = timedelta(minutes=30)


@pytest.fixture
def group(db):
    return make_group(name="Tổ dân phố điện tử 5", adults=200)


def today(place, **client) -> object:
    user = client.get("user") or make_user(role="volunteer", unit=place.unit, pin=PIN)
    return client_of(user, place=place).get(reverse("today"))


def text(response) -> str:
    return response.content.decode()


def target(group, people, *, days=30):
    now = timezone.localdate()
    dates = {"starts_on": now - timedelta(days=10), "ends_on": now + timedelta(days=days)}
    return Target.objects.create(group=group, step_id="activated", people=people, **dates)


def test_a_place_with_a_group_leads_to_its_visits(group):
    body = text(today(group.place))
    for name in ("visit_start", "resident_consent", "visit_unnamed"):
        assert (
            f'class="tile tile-main" href="{reverse(name)}"' in body
            or f'class="tile" href="{reverse(name)}"' in body
        )
    assert f"{group.name}, Phường Pleiku" in body
    for missing in ("Đăng ký sạp mới", reverse("desk_session")):
        assert missing not in body


def test_the_ring_counts_people_over_all_who_live_there_or_the_target_that_ends_first(group):
    for person in (make_resident(group=group), make_resident(group=group)):
        make_help(resident=person)
        make_help(resident=person)
    make_help(resident=make_resident(group=group), step="card")
    make_help(resident=make_resident())
    assert "2 người đã kích hoạt mức 2, trên 200 người" in text(today(group.place))
    target(group, 90, days=60), target(group, 40)
    body = text(today(group.place))
    assert "2 người đã kích hoạt mức 2, chỉ tiêu 40 người" in body
    assert 'stroke-dasharray="16.3 326.7"' in body


def test_where_nobody_counted_who_lives_there_the_number_stands_alone():
    group = make_group()
    make_help(resident=make_resident(group=group))
    body = text(today(group.place))
    assert '<b class="num">1</b> người đã kích hoạt mức 2. Tổ chưa ghi có bao nhiêu người.' in body


def test_the_counts_are_of_this_place_and_of_this_shift(group):
    guest = make_shift_guest(shift=make_shift(place=group.place))
    person, now = make_resident(group=group), timezone.now()
    make_help(resident=person, at=now - BUSY)
    make_help(resident=person, step="card", outcome="had", at=now - BUSY)
    make_help(group=group, at=now - BUSY)
    make_help(resident=make_resident(group=group), at=now - BUSY).correct(
        outcome=HelpEvent.Outcome.MISTAKE, by=guest
    )
    make_help(resident=make_resident(group=group), at=now - timedelta(hours=2))
    make_help(resident=make_resident(group=group), place=make_place(), at=now - BUSY)
    FollowUp.objects.filter(resident=person, kind="day_7").get().mark_done(by=guest, outcome="alone")
    shown = today(group.place, user=guest).context["helping"]
    assert (shown.times, shown.people, shown.visited, shown.activated) == (2, 1, 1, 3)


def test_visits_until_tomorrow_stand_in_walking_order_with_the_way_to_all(group):
    for days in (5, 6, 9):  # due in two days, tomorrow, two days ago
        make_help(resident=make_resident(group=group), at=timezone.now() - timedelta(days=days))
    answer = today(group.place)
    assert [visit.due_tag[1] for visit in answer.context["houses"]] == ["Ngày mai", "Quá hạn 2 ngày"]
    assert "Tất cả 6 lượt" in text(answer)


def test_a_desk_counts_the_groups_of_its_commune_and_leads_to_the_tallies(group):
    other = make_group(adults=100)
    make_help(resident=make_resident(group=other))
    desk = make_place(kind=Place.Kind.DESK, unit=group.place.unit)
    answer = today(desk)
    assert set(answer.context["groups"]) == {group, other}
    assert (answer.context["helping"].activated, answer.context["helping"].goal) == (1, 300)
    assert f'href="{reverse("desk_session")}"' in text(answer)
    alone = make_place(kind=Place.Kind.DESK, unit=make_user(role="volunteer").roles.get().unit)
    assert reverse("desk_session") in text(today(alone))


def test_a_place_that_is_a_market_too_shows_both_and_one_main_thing(group):
    make_market(place=group.place)
    body = text(today(group.place))
    for words in ("Ghi lượt giúp VNeID", "Đăng ký sạp mới", "Nhà cần quay lại", "Sạp cần quay lại"):
        assert words in body
    assert body.count("tile-main") == 1


def test_a_group_that_was_closed_or_is_elsewhere_is_not_worked_with(group):
    group.state = "closed"
    group.save()
    assert "chưa có việc của chương trình" in text(today(group.place))


def test_more_people_and_visits_cost_no_more_queries(group, django_assert_max_num_queries):
    client = client_of(make_user(role="volunteer", unit=group.place.unit, pin=PIN), place=group.place)
    for _ in range(10):
        make_help(resident=make_resident(group=group), at=timezone.now() - timedelta(days=8))
    client.get(reverse("today"))
    with django_assert_max_num_queries(17):  # one asks whether to offer practice
        client.get(reverse("today"))
