"""At a site without network: what was kept opens by its address and by its plaque, in two languages."""

import json
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, expect

from portal.devdb import CHECKOUT
from tests.browser.conftest import SIZES, Portal, Visitor

# For each phone two sites of a commune, and one elsewhere.
FILL = """
import json, sys, django
django.setup()
from portal.accounts.models import User
from tests import builders
by, found = User.objects.get(username="canbo"), {}
for locale in sys.argv[1:]:
    area = builders.make_area(name="Xã Ngoại Tuyến Mẫu", kind="xa")
    sites = [builders.make_site(areas=[area], name=f"Thác Mẫu {name}") for name in "AB"]
    sites.append(builders.make_site(name="Thác Mẫu C"))
    builders.make_picture(site=sites[0], alts={"vi": "Thác nước", "en": "Waterfall"})
    for site in sites:
        for language in ("vi", "en"):
            builders.make_edition(site=site, language=language, by=by)
    found[locale] = [[site.slug, builders.make_plaque(site=site, printed_by=by).code_id] for site in sites]
print(json.dumps(found))
"""
RENAME = """
import sys, django
django.setup()
from heritage.models import Site
from portal.accounts.models import User
from tests import builders
site, by = Site.objects.get(slug=sys.argv[1]), User.objects.get(username="canbo")
for language, name in (("en", "New Name Falls"), ("vi", "Thác Tên Mới")):
    builders.make_edition(site=site, language=language, by=by, content={"name": name, "pictures": []})
"""


def run(portal: Portal, script: str, *arguments: str) -> str:
    command = [sys.executable, "-X", "utf8", "-c", script, *arguments]
    done = subprocess.run(
        command, env=portal.environment, cwd=CHECKOUT, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


class Line:
    """The cable between phone and portal: a port of its own, where nobody answers while it is cut.

    Playwright's `set_offline` does not reach service workers.
    """

    def __init__(self, portal: Portal):
        self.portal_port, self.port, self.ends = urlsplit(portal.address).port, 0, []
        self.mend()

    def mend(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, args=[self.listener], daemon=True).start()

    def cut(self) -> None:
        for end in [self.listener, *self.ends]:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self.ends.clear()

    def _accept(self, listener) -> None:
        with suppress(OSError):
            while True:
                near, far = listener.accept()[0], socket.create_connection(("127.0.0.1", self.portal_port))
                self.ends += [near, far]
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=[source, target], daemon=True).start()

    def _carry(self, source, target) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@pytest.fixture
def line(portal):
    line = Line(portal)
    yield line
    line.cut()


@pytest.fixture
def phone(portal, line, chromium):
    """`phone("en-US")` opens a phone in this language, at the line's far end."""
    contexts = []

    def make(locale: str) -> Visitor:
        width, height = SIZES["phone"]
        context = chromium.new_context(viewport={"width": width, "height": height}, locale=locale)
        contexts.append(context)
        guest = Visitor(context.new_page(), replace(portal, address=f"http://localhost:{line.port}"))
        guest.page.on("pageerror", lambda error: guest.complaints.append(str(error)))
        return guest

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def places(portal) -> dict:
    return json.loads(run(portal, FILL, *WORDS))


def scans(portal: Portal, code: str) -> list[tuple]:
    """By language, whether or not the worker has added them up in between."""
    return portal.rows(
        "select s.language, sum(n)::int from (select plaque_id, language, 1 as n from heritage_scan"
        " union all select plaque_id, language, count from heritage_scancount) s"
        " join heritage_plaque p on p.id = s.plaque_id where code_id = %s group by 1 order by 1",
        code,
    )


WORDS = {
    "vi-VN": ("vi", "Lưu cả 2 di tích ở Xã Ngoại Tuyến Mẫu", "Đã lưu.", "Bản đã lưu trong máy"),
    "en-US": ("en", "Save all 2 sites in Ngoại Tuyến Mẫu commune", "Saved.", "Kept on this phone"),
}


@pytest.mark.parametrize("locale", WORDS)
def test_kept_sites_open_without_network_and_renew_themselves_with_it(portal, places, line, phone, locale):
    (first, code), (_, other), (elsewhere, far) = places[locale]
    language, whole_commune, done, note = WORDS[locale]
    guest = phone(locale)
    page = guest.page
    guest.open(f"/H/{code}")
    page.locator("[data-save-offline]").click()
    choices = page.locator("button", has_text="KB")
    expect(choices).to_have_count(2)
    expect(choices.nth(1)).to_contain_text(whole_commune)
    choices.nth(1).click()
    expect(page.get_by_role("status")).to_contain_text(done)
    counted = scans(portal, code)
    assert counted == [(language, 1)]

    line.cut()
    for path in (f"/H/{code}", f"/h/{code.lower()}", f"/H/{other}"):
        guest.open(path)
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.get_by_text(note)).to_be_visible()
    guest.open(f"/di-tich/{first}/")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    guest.open(f"/h/{code}/{'en' if language == 'vi' else 'vi'}/")
    expect(page.locator("html")).to_have_attribute("lang", "en" if language == "vi" else "vi")
    assert page.locator(".hero img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    pictures = """() => caches.open("heritage-1").then((shelf) => shelf.keys())
      .then((kept) => kept.filter(({ url }) => url.includes("/tep/")).length)"""
    assert page.evaluate(pictures) == 1
    for path in (f"/H/{far}", f"/di-tich/{elsewhere}/", "/", "/healthz"):
        with pytest.raises(Error):
            guest.open(path)
    assert scans(portal, code) == counted

    line.mend()
    run(portal, RENAME, first)
    guest.open(f"/di-tich/{first}/")
    expect(page.get_by_text(note)).to_have_count(0)
    kept = "() => caches.match(location.pathname).then((answer) => answer.text())"
    deadline = time.monotonic() + 30
    while "Thác Tên Mới" not in page.evaluate(kept):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    while page.evaluate(pictures):
        assert time.monotonic() < deadline, "the replaced edition's picture stays on the phone"
        time.sleep(0.2)
    line.cut()
    guest.open(f"/h/{code}/vi/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thác Tên Mới")
    line.mend()
    guest.open(f"/H/{code}")
    expect(page.get_by_text(note)).to_have_count(0)
    assert scans(portal, code) == [(language, 2)]
    assert guest.complaints == []
