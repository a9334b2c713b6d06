"""A volunteer at work in a market, as most tests of the field pages need one."""

import pytest

from portal.accounts.models import User
from tests.builders import PIN, make_market, make_user


@pytest.fixture
def market(db):
    return make_market(name="Chợ Hoa Lư")


@pytest.fixture
def volunteer(market) -> User:
    """Holds the role on the unit of the market and has a PIN."""
    return make_user(role="volunteer", unit=market.place.unit, pin=PIN, name="Trần Văn Thử")


@pytest.fixture
def field(client, volunteer, market):
    """A client that is logged in and has chosen the market."""
    return at_work(client, volunteer, market)


def at_work(client, user, market):
    """`client` as `user` in `market`."""
    client.force_login(user, backend="portal.accounts.backends.NameOrPhoneBackend")
    session = client.session
    session["place_id"] = market.place_id
    session.save()
    return client
