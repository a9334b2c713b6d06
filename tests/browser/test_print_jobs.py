"""A team lead orders a market's cards, watches the worker to the end, and reads every code of the file."""

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import expect

from portal.devdb import CHECKOUT
from portal.printing import reading
from tests.browser.conftest import Portal, follow, submit
from tests.browser.test_walk import enter, look

WORKER_PATIENCE = 180_000  # ms
FILL = """
import sys, django
django.setup()
from markets.models import Market
from portal.accounts.models import User
from tests import builders
market, by = Market.objects.get(place__name="Chợ Hoa Lư"), User.objects.get(username="doitruong")
row, count = sys.argv[1], int(sys.argv[2])
for number in range(1, count + 1):
    builders.make_ready_stall(market=market, by=by, row=row, number=f"{number:04}")
last = builders.make_ready_stall(market=market, by=by, row=row, number="CHUA")
last.tenancy.accounts.update(confirmed_at=None, confirmed_by=None)
"""


def fill(portal: Portal, row: str, count: int) -> None:
    """A row of stalls ready to print, and one whose vendor did not confirm yet."""
    command = [sys.executable, "-X", "utf8", "-c", FILL, row, str(count)]
    subprocess.run(command, env=portal.environment, cwd=CHECKOUT, check=True)


def fetched(page) -> Counter:
    """What a phone reads from the downloaded file, and how often."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải tệp PDF").click()
    assert download.value.suggested_filename.startswith("the-sap-")
    pages = reading.codes_on_pages(Path(download.value.path()).read_bytes())
    return Counter(code.content for page in pages for code in page)


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.soak)])
def test_a_market_is_ordered_watched_and_read_code_by_code(visitor, portal, count):
    row = f"P{count}"
    fill(portal, row, count)
    lead = visitor("tablet")
    page = lead.page
    enter(lead, "doitruong")
    lead.open("/viec/sap/")
    follow(page, "a:has-text('In cả chợ')")
    page.get_by_label("Dãy").select_option(row)
    words = f"{count:,}".replace(",", ".")
    expect(page.get_by_role("heading", name=f"{words} thẻ sẽ in")).to_be_visible()
    expect(page.get_by_text("1 sạp chưa đọc lại tên và số cuối")).to_be_visible()
    submit(page, f"button:has-text('In {words} thẻ')")
    expect(page.get_by_text(f"Xong {words} thẻ, đã soi lại từng mã")).to_be_visible(timeout=WORKER_PATIENCE)
    expect(page.get_by_role("link", name=f"Sạp {row}CHUA")).to_be_visible()
    codes = fetched(page)
    assert len(codes) == count
    assert set(codes.values()) == {1}
    printed = portal.rows(
        "select count(*) from markets_stallcard c join markets_stall s on s.id = c.stall_id"
        " where s.row = %s and c.printed_at is not null",
        row,
    )
    assert printed == [(count,)]


def test_without_script_a_job_is_ordered_and_looked_at_again(visitor, portal):
    fill(portal, "PK", 3)
    lead = visitor("phone", script=False)
    page = lead.page
    enter(lead, "doitruong")
    lead.open("/viec/sap/in-ca-cho/")
    page.get_by_label("Dãy").select_option("PK")
    follow(page, "button:has-text('Xem số thẻ')")
    page.get_by_label("Thẻ đứng").check()
    submit(page, "button:has-text('In 3 thẻ')")
    deadline = time.monotonic() + WORKER_PATIENCE / 1000
    while not page.get_by_role("link", name="Tải tệp PDF").count() and time.monotonic() < deadline:
        page.wait_for_timeout(500)
        follow(page, "a:has-text('Xem lại')")
    assert set(fetched(page).values()) == {2}


@pytest.mark.parametrize(("size", "dark"), [("phone", False), ("desk", True)])
def test_the_pages_are_accessible_and_fit_the_window(visitor, portal, size, dark):
    fill(portal, size.upper(), 2)
    lead = visitor(size, dark=dark)
    page = lead.page
    enter(lead, "doitruong")
    lead.open(f"/viec/sap/in-ca-cho/?row={size.upper()}")
    found = look(lead, "ordering")
    submit(page, "button:has-text('In 2 thẻ')")
    expect(page.get_by_role("link", name="Tải tệp PDF")).to_be_visible(timeout=WORKER_PATIENCE)
    found += look(lead, "done")
    assert found == []
