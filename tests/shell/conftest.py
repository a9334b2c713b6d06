"""The tests of the shell bring their own addresses and pages; everything else is the portal's."""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests import builders


@pytest.fixture(autouse=True)
def trial_pages(settings):
    settings.ROOT_URLCONF = "tests.shell.urls"
    templates = settings.TEMPLATES[0]
    folders = [*templates["DIRS"], Path(__file__).parent / "templates"]
    settings.TEMPLATES = [{**templates, "DIRS": folders}]


@pytest.fixture
def volunteer(db):
    """Somebody who came into a running shift by its code, and has a PIN."""
    return builders.make_shift_guest(name="Trần Văn Thử")


@pytest.fixture
def visit(chromium, live_server):
    """Give a function that opens a path as a user in a new window and remembers what the console says."""
    contexts = []

    def open_page(path, *, user=None, width=1280, scheme="light"):
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        if user:
            client = Client()
            client.force_login(user)
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(live_server.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
