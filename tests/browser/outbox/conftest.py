"""A tablet at the end of a wire that can be cut."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import PATIENCE, SIZES, Visitor
from tests.browser.outbox.tablet import NO_NETWORK, at_work
from tests.wire import wire_to


@pytest.fixture(scope="module")
def line(portal):
    with wire_to(urlsplit(portal.address).port) as wire:
        yield wire


@pytest.fixture
def wire(line):
    """Whole at the beginning of each test."""
    line.is_cut, line.fault = False, lambda method, path: None
    line.log.clear()
    return line


@pytest.fixture
def tablet(visitor, portal, wire):
    """`tablet("doitruong")`: one of its own, at work at tổ 5, with all kept that no network needs."""

    def make(username="tinhnguyen", size="tablet") -> Visitor:
        guest = visitor(size, quiet_about=NO_NETWORK)
        guest.portal = replace(portal, address=wire.address)
        at_work(guest, username)
        return guest

    return make


@pytest.fixture(scope="module")
def shared(portal, chromium, line):
    """The same of `tinhnguyen` for all tests that leave the session as it is: coming in takes seconds."""
    line.is_cut, (width, height) = False, SIZES["tablet"]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh",
        accept_downloads=True,
    )  # fmt: skip
    context.set_default_timeout(PATIENCE)
    guest = Visitor(context.new_page(), replace(portal, address=line.address))
    guest.page.on("pageerror", lambda error: guest.complaints.append(str(error)))
    at_work(guest)
    yield guest
    context.close()


@pytest.fixture
def guest(shared, wire):
    """The shared tablet, empty, on the page of the slips."""
    shared.complaints.clear()
    shared.page.set_viewport_size(dict(zip(("width", "height"), SIZES["tablet"], strict=True)))
    shared.open("/viec/phieu/")
    shared.page.evaluate("""async () => {
      const { items, desk } = await import("/static/js/outbox/store.js");
      for (const item of await items.all()) await items.drop(item);
      for (const key of ["pause", "receipts", "told"]) await desk.set(key, undefined);
    }""")
    yield shared
    for page in shared.page.context.pages:
        if page != shared.page:
            page.close()
    assert shared.complaints == []
