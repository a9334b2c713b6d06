"""How often pages that are opened all day ask the database, their frame and session included."""

import pytest
from django.urls import reverse

from markets.models import CardCheck
from portal.accounts.models import Badge
from portal.home.nightly import JOBS
from portal.nightly import run_due
from tests import builders
from tests.people import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages() -> dict:
    """The addresses by name, with rows behind each, and the place in which one works."""
    run_due(JOBS)
    card, by = builders.make_hanging_card(), builders.make_user()
    builders.make_report(card=card)
    builders.make_hanging_card(market=card.stall.market)  # the next one of the round
    check = CardCheck.objects.record(
        market=card.stall.market, card=card, texts=["MẪU"], way=CardCheck.Way.CAMERA, by=by
    )
    badge = Badge.objects.make_for(builders.make_user(role="volunteer"), by=by)
    args = {
        "badge_detail": badge.user_id,
        "badge_check": badge.code_id,
        "check_detail": check.pk,
        "card_inspect": card.pk,
    }
    found = {name: reverse(name, args=[arg]) for name, arg in args.items()}
    return found | {"nightly_list": reverse("nightly_list"), "place": card.stall.market.place_id}


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("badge_detail", 12),
        ("badge_check", 10),
        ("check_detail", 14),
        ("card_inspect", 8),
        ("nightly_list", 6),
    ],
)
def test_a_page_asks_no_more_than_was_measured(pages, name, most, django_assert_max_num_queries):
    client = client_of(builders.make_user(role="province_staff", pin=builders.PIN))
    session = client.session
    session["place_id"] = pages["place"]
    session.save()
    assert client.get(pages[name]).status_code == 200
    with django_assert_max_num_queries(most):
        client.get(pages[name])
