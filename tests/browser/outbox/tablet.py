"""A tablet in tests: what is done on it, and what is looked at afterwards."""

import uuid
from itertools import count

from django.urls import reverse
from playwright.sync_api import expect

from portal.home.sample.grounds import NUMBER_5
from tests.browser.conftest import PATIENCE, PIN, submit

UNNAMED, RESIDENT = "/viec/phieu/unnamed/", "/viec/phieu/resident/"
OUTBOX = "/viec/hop-gui/"
ENVELOPE = "/hop-gui/phieu/"
NO_NETWORK = ("ERR_", "Failed to load", "FetchEvent", "net::")
_people = count(1)

ITEMS = """async () => {
  const { items, desk } = await import("/static/js/outbox/store.js");
  const all = await items.all();
  return { items: all.map(({ bytes, ...rest }) => ({ ...rest, size: bytes.byteLength })),
           work: Boolean(await desk.get("at-work")), receipts: (await desk.get("receipts")) ?? [],
           pause: (await desk.get("pause")) ?? {} };
}"""

SEND = "document.dispatchEvent(new Event('outbox-send'))"


def at_work(guest, username="tinhnguyen", place=None) -> None:
    guest.login(username)
    place = place or place_of(guest.portal, NUMBER_5)
    guest.open(f"{reverse('place_choose')}?q={place[1]}")
    submit(guest.page, f"main button[name=place][value='{place[0]}']")
    ready(guest)


def ready(guest, page=UNNAMED) -> None:
    """Waits until the tablet has kept its pages."""
    guest.open("/viec/phieu/")
    guest.page.evaluate(
        """async (page) => {
      await navigator.serviceWorker.ready;
      for (let tries = 0; tries < 200; tries++) {
        const isWhole = await caches.match("/viec/hop-gui/goi/");
        const isHere = await caches.match(page);
        if (isWhole && isHere && (await caches.keys()).length === 1) return; // only this one
        await new Promise((done) => setTimeout(done, 100));
      }
      throw new Error("nothing was kept");
    }""",
        page,
    )


def place_of(portal, group: str) -> tuple:
    return portal.rows(
        "select p.id, p.name from organization_place p join neighborhoods_group g on g.place_id = p.id"
        " where g.name = %s", group,
    )[0]  # fmt: skip


def fill_unnamed(page, number: int = 1) -> None:
    page.locator("[name=steps]").first.check()
    page.fill("[name=count]", str(number))


def save(page) -> None:
    page.get_by_role("button", name="Lưu phiếu").click()


def keep(guest, times: int = 1) -> None:
    """Fills in slips without a name while the wire is cut."""
    for number in range(times):
        guest.open(UNNAMED)
        open_lock(guest.page)
        fill_unnamed(guest.page, number % 5 + 1)
        save(guest.page)
        expect(guest.page.locator("#slip-told")).to_contain_text("chưa gửi")


def open_lock(page) -> None:
    """The PIN, where the page came from the tablet itself and is covered."""
    if page.locator(".lock-cover").count():
        page.get_by_label("PIN của bạn").fill(PIN)
        page.get_by_role("button", name="Mở máy").click()
        page.locator(".lock-cover").wait_for(state="detached")


def state(guest) -> dict:
    return guest.page.evaluate(ITEMS)


def device(guest) -> str:
    """The tablet's own name, as the server gave it."""
    return next(one["value"] for one in guest.page.context.cookies() if one["name"] == "may")


def ids(guest) -> list[str]:
    return [item["id"] for item in state(guest)["items"]]


def send_now(guest) -> None:
    """Opens the outbox and presses the button, unless all has gone by itself meanwhile."""
    guest.open(OUTBOX)
    guest.page.locator("body[data-outbox=ready]").wait_for()
    guest.page.evaluate(SEND)


def emptied(guest) -> None:
    expect(guest.page.locator("#outbox")).to_contain_text("Không còn phiếu nào chờ trên máy này.")


def until(guest, is_so) -> None:
    """Waits, with the browser at work, until something is so."""
    for _ in range(PATIENCE // 100):
        if is_so():
            return
        guest.page.wait_for_timeout(100)
    raise AssertionError("it never came to that")


def rows(portal, keys) -> list[tuple]:
    return portal.rows(
        "select e.id::text, e.state, a.username, s.username, e.at, e.flag, e.problem from field_envelope e"
        " join accounts_user a on a.id = e.author_id join accounts_user s on s.id = e.sent_by_id"
        " where e.id = any(%s) order by e.received_at", [uuid.UUID(key) for key in keys],
    )  # fmt: skip


def all_applied(portal, keys) -> None:
    assert [(row[0], row[1]) for row in rows(portal, keys)] == [(key, "applied") for key in keys]


def person() -> dict:
    """Somebody invented whom nobody has in the book."""
    number = next(_people)
    return {"name": f"Nguyễn Thị Mẫu Số {number}", "number": f"0641580{uuid.uuid4().int % 10**5:05}",
            "phone": f"03{uuid.uuid4().int % 10**8:08}"}  # fmt: skip


def fill_person(page, who: dict) -> None:
    for box in page.locator("[name=purposes]").all():
        box.check()
    page.fill("[name=name]", who["name"])
    page.fill("[name=birth_day]", "13")
    page.fill("[name=birth_month]", "5")
    page.fill("[name=birth_year]", "1958")
    page.locator("[name=sex][value=female]").check()
    page.fill("[name=number]", who["number"])
    page.locator("[name=phone_kind][value=own]").check()
    page.fill("[name=phone]", who["phone"])
    page.locator("[name^=step_][value=helped]").first.check()
