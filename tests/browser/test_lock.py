"""A tablet that was put down covers itself; the PIN gives back the page with everything typed."""

from tests.browser.conftest import PIN, follow, submit


def test_idle_page_covers_itself_and_keeps_what_was_typed(visitor):
    me = visitor("tablet")
    me.page.clock.install()
    me.login("tinhnguyen")
    if "/doi-noi/" in me.open("/viec/sap/moi/").url:
        submit(me.page, "button[name=place]")
    me.page.fill("[name=row]", "QX")
    me.page.clock.pause_at(me.page.evaluate("Date.now()") / 1000 + 1)  # a slow machine is not an idle person
    me.page.clock.fast_forward("04:50")
    assert me.page.locator(".lock-cover").count() == 0
    me.page.clock.fast_forward("00:12")
    cover = me.page.get_by_role("dialog", name="Máy đang khóa")
    cover.wait_for()
    assert me.page.locator("main").evaluate("element => element.inert")
    me.page.keyboard.press("Escape")
    assert cover.is_visible()
    assert me.page.evaluate("document.activeElement.name") == "pin"

    cover.get_by_label("PIN của bạn").fill("975313")
    cover.get_by_role("button", name="Mở máy").click()
    cover.get_by_text("PIN chưa đúng").wait_for()
    cover.get_by_label("PIN của bạn").fill(PIN)
    cover.get_by_role("button", name="Mở máy").click()
    cover.wait_for(state="detached")
    assert me.page.input_value("[name=row]") == "QX"
    assert not me.page.locator("main").evaluate("element => element.inert")


def test_typing_keeps_the_screen_open(visitor):
    me = visitor("tablet")
    me.page.clock.install()
    me.login("tinhnguyen")
    if "/doi-noi/" in me.open("/viec/sap/moi/").url:
        submit(me.page, "button[name=place]")
    for _ in range(4):
        me.page.clock.fast_forward("02:00")
        me.page.locator("[name=row]").press_sequentially("Q")
    assert me.page.locator(".lock-cover").count() == 0


def test_button_locks_and_the_pin_reopens_the_same_page_without_script(visitor):
    me = visitor("phone", script=False)
    me.login("tinhnguyen")
    if "/doi-noi/" in me.open("/viec/sap/").url:
        submit(me.page, "button[name=place]")
    follow(me.page, "button:has-text('Xong, khóa máy')")
    assert me.open("/viec/hom-nay/").status == 423
    me.open("/viec/sap/")
    me.page.get_by_label("PIN của bạn").fill(PIN)
    submit(me.page, "button:has-text('Mở máy')")
    assert me.page.url == f"{me.portal.address}/viec/sap/"
    assert me.page.get_by_role("button", name="Xong, khóa máy").is_visible()
