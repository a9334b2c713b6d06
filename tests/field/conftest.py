"""The outbox with one slip more, a place, and who works there."""

from copy import deepcopy
from pathlib import Path

import pytest

from portal.field.captures import all_captures
from tests import builders
from tests.field.notes import KIND, NOTE
from tests.people import client_of


@pytest.fixture
def note(monkeypatch, settings):
    """The portal takes notes, too."""
    monkeypatch.setitem(all_captures(), KIND, NOTE)
    templates = deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"] = [*templates[0]["DIRS"], Path(__file__).parent / "templates"]
    settings.TEMPLATES = templates


@pytest.fixture
def place(db, note):
    return builders.make_place()


@pytest.fixture
def volunteer(place):
    return builders.make_user(role="volunteer", unit=place.unit, pin=builders.PIN)


@pytest.fixture
def leader(place):
    return builders.make_user(role="team_lead", unit=place.unit, pin=builders.PIN)


@pytest.fixture
def client(volunteer, place):
    """The volunteer's own tablet."""
    return client_of(volunteer, place=place)


@pytest.fixture
def desk(leader, place):
    """The team lead's."""
    return client_of(leader, place=place)


@pytest.fixture
def at_work(volunteer, place) -> dict:
    """Who fills in, and where."""
    return {"by": volunteer, "place": place}
