"""A site's page on a small phone: what it asks for, and that it is whole without script and pictures."""

import subprocess
import sys

import pytest
from playwright.sync_api import expect

from portal.devdb import CHECKOUT
from tests.browser.axe import violations

PLEI_OI = "/di-tich/plei-oi/"
PAINTED = """() => new Promise(done => new PerformanceObserver(list => {
  const paint = list.getEntriesByName("first-contentful-paint")[0];
  if (paint) done(paint.startTime);
}).observe({type: "paint", buffered: true}))"""


def test_the_page_is_painted_before_anything_else_answers(visitor):
    """One request before the first paint: pictures and script hang for ever here."""
    guest, asked = visitor("small"), []

    def answer_the_first(route):
        asked.append(route)
        if len(asked) == 1:
            route.continue_()

    guest.page.route("**/*", answer_the_first)
    guest.page.goto(guest.portal.address + PLEI_OI, wait_until="commit")
    assert guest.page.evaluate(PAINTED) > 0
    assert guest.page.get_by_role("heading", level=1).inner_text() == "Plei Ơi"
    for route in asked[1:]:
        route.abort()


def test_at_most_three_requests_and_no_cookie_until_the_visitor_scrolls(visitor):
    guest, asked = visitor("small"), []
    guest.page.on("request", lambda request: asked.append(request.url.removeprefix(guest.portal.address)))
    guest.open(PLEI_OI)
    guest.page.wait_for_load_state("networkidle")
    assert len(asked) <= 3, asked
    assert [path for path in asked if path.startswith("http")] == []
    assert guest.page.context.cookies() == []
    hero = guest.page.locator(".hero img")
    assert hero.evaluate("image => image.currentSrc").endswith(".avif")
    assert hero.evaluate("image => image.naturalWidth") == 480  # also where a pixel is three


def test_without_script_and_pictures_the_page_is_whole(visitor):
    """The plan's numbers lead to their places, what is folded opens, the other language is one tap away."""
    guest = visitor("small", script=False, quiet_about=["ERR_FAILED"])
    guest.page.route("**/tep/**", lambda route: route.abort())
    guest.open(PLEI_OI)
    guest.page.get_by_role("link", name="3. Hồ Ơi Y").click()
    expect(guest.page.locator("#d3")).to_be_in_viewport()
    guest.page.get_by_text("Nguồn tư liệu").click()
    expect(guest.page.locator("#n1")).to_be_visible()
    expect(guest.page.locator("[data-save-offline]")).to_be_hidden()
    guest.page.get_by_role("link", name="English").click()
    expect(guest.page.get_by_role("heading", name="At a glance")).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_are_accessible_at_360_px_with_everything_unfolded(visitor, dark):
    guest = visitor("small", dark=dark)
    found = []
    for path in (PLEI_OI, "/en/heritage/tay-son-thuong-dao/", "/di-tich/bien-ho/", "/di-tich/"):
        guest.open(path)
        guest.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        found += [f"{path}: {fault}" for fault in violations(guest.page)]
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert (path, guest.page.evaluate(wide)) == (path, 0)
    assert not found, "\n".join(found)


def probed(portal) -> set[tuple[str, bool]]:
    """Opens every printed code as the worker does at night: (language, whether it answered) of each."""
    order = "from heritage.probes import probe_all; probe_all()"
    shell = [sys.executable, "-X", "utf8", "manage.py", "shell", "-c", order]
    subprocess.run(shell, env=portal.environment, cwd=CHECKOUT, check=True, capture_output=True)
    return set(portal.rows("select language, is_ok from heritage_plaqueprobe"))


def test_the_nightly_round_opens_every_printed_code_and_tells_what_does_not_answer(portal):
    assert probed(portal) == {("vi", True), ("en", True)}
    name = "Plei Ơi%"
    [(key,)] = portal.rows(
        "update heritage_edition set state = 'withdrawn' where language = 'en' and state = 'published'"
        " and name like %s returning id",
        name,
    )
    try:
        assert probed(portal) == {("vi", True), ("en", True), ("en", False)}
    finally:
        portal.rows("update heritage_edition set state = 'published' where id = %s", key)
