"""The shell in a real Chromium: axe and the content policy find nothing, at three widths, light and dark."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import submit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]
SAVE = "button:has-text('Lưu và đi tiếp')"
SHOTS = os.environ.get("SHOTS")  # a folder to keep pictures in, for looking at them

PAGES = {
    "page": ("/thu/page/", False),
    "components": ("/thu/components/", True),
    "form": ("/thu/form/", True),
    "faults": ("/thu/form/", True),
    "missing": ("/nowhere/", True),
    "missing-public": ("/nowhere/", False),
    "broken": ("/thu/fail/broken/", False),
    "too-many": ("/thu/fail/too-many/", False),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_and_the_policy_find_nothing(visit, volunteer, name, scheme):
    path, is_staff = PAGES[name]
    page = visit(path, user=volunteer if is_staff else None, scheme=scheme)
    if name == "faults":
        submit(page, SAVE)
    for width in (390, 1024, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{scheme}-{width}.png", full_page=True)
        assert violations(page) == []
    expected = {
        "missing": "404",
        "missing-public": "404",
        "broken": "500",
        "faults": "422",
        "too-many": "429",
    }
    status = expected.get(name, "no status")
    assert [said for said in page.complaints if f"status of {status}" not in said] == []


def test_axe_names_the_rule_and_the_element(visit):
    """The other tests believe in an empty list: here it is not empty."""
    page = visit("/thu/page/")
    page.evaluate("document.querySelector('main h1').insertAdjacentHTML('afterend', '<button></button>')")
    assert violations(page) == ["button-name (critical): <button></button>"]


def test_htmx_fills_its_place_and_tells_of_faults_under_the_menu(visit, volunteer):
    page = visit("/thu/htmx/", user=volunteer)
    page.get_by_role("link", name="Tải").click()
    page.locator("#place", has_text="Trần Văn Thử").wait_for()
    page.get_by_role("link", name="Hỏng").click()
    page.locator("#notice [role=alert]", has_text="Thử quá nhiều lần").wait_for()
    expect(page.locator("#place")).to_have_text("Trần Văn Thử")
    assert [said for said in page.complaints if "429" not in said] == []
    assert page.locator("style").count() == 0


def test_without_script_links_and_forms_work_all_the_same(chromium, live_server):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(live_server.url + "/thu/form/")
    submit(page, SAVE)
    page.get_by_role("link", name="Nhập số tài khoản").click()
    expect(page).to_have_url(re.compile("#id_account$"))
    expect(page.locator("#id_account:focus, #id_account:target")).to_have_count(1)
    context.close()
