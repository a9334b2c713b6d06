"""A volunteer at work in a group, as most tests of the field pages need one."""

import pytest

from portal.accounts.models import User
from tests.builders import PIN, make_group, make_user
from tests.people import client_of


@pytest.fixture
def group(db):
    return make_group(name="Tổ dân phố điện tử 5")


@pytest.fixture
def volunteer(group) -> User:
    """Holds the role on the unit of the group and has a PIN."""
    return make_user(role="volunteer", unit=group.place.unit, pin=PIN, name="Trần Văn Thử")


@pytest.fixture
def field(volunteer, group):
    """A client that is logged in and has chosen the place of the group."""
    return client_of(volunteer, place=group.place)
