"""A volunteer at work in a group, as most tests of the field pages need one."""

import pytest

from portal.accounts.models import User
from portal.field.models import Envelope
from tests.builders import PIN, make_group, make_user
from tests.field.envelopes import send
from tests.neighborhoods.slips import hours_ago
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


@pytest.fixture
def at(group, volunteer):
    """Sends a slip that the volunteer filled in two hours ago in the group; gives its envelope."""

    def send_slip(kind, fields, **more) -> Envelope:
        words = {"by": volunteer, "place": group.place, "at": hours_ago(2), **more}
        id, answer = send(kind, fields, **words)
        assert answer.status == 200
        return Envelope.objects.get(pk=id)

    return send_slip


@pytest.fixture
def leader(group):
    """The client of who puts right what others sent."""
    return client_of(make_user(role="team_lead", unit=group.place.unit, pin=PIN), place=group.place)
