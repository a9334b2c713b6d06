"""The shell in a real Chromium: axe and the content policy find nothing, at three widths, light and dark."""

import os
from pathlib import Path

import pytest

from tests.browser.axe import violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]
SHOTS = os.environ.get("SHOTS")  # a folder to keep pictures in, for looking at them

PAGES = {
    "home": ("/", False),
    "components": ("/components/", True),
    "form": ("/form/", True),
    "faults": ("/form/", True),
    "missing": ("/nowhere/", True),
    "missing-public": ("/nowhere/", False),
    "broken": ("/fail/broken/", False),
    "too-many": ("/fail/too-many/", False),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_and_the_policy_find_nothing(visit, volunteer, name, scheme):
    path, is_staff = PAGES[name]
    page = visit(path, user=volunteer if is_staff else None, scheme=scheme)
    if name == "faults":
        page.get_by_role("button", name="Lưu và đi tiếp").click()
    for width in (390, 1024, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{scheme}-{width}.png", full_page=True)
        assert violations(page) == []
    failed = f"status of {404 if 'missing' in name else 500 if name == 'broken' else 422}"
    assert [said for said in page.complaints if failed not in said and "429" not in said] == []
