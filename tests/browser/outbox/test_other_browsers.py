"""The outbox in Firefox and in WebKit: filled in, cut off, opened again, sent, left behind at logout.

Neither needs a package of Python's: Firefox itself listens to Marionette, WebKitGTK's driver to WebDriver,
and both know the same commands. Playwright's own builds of both are patched; these are what people have.
"""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from urllib.parse import quote, urlsplit

import pytest
from django.urls import reverse

from portal.home.sample.grounds import NUMBER_5
from tests.browser.conftest import PASSWORD, PIN
from tests.browser.outbox.tablet import ENVELOPE, ITEMS, OUTBOX, UNNAMED, all_applied, place_of
from tests.wire import Instead, wire_to

pytestmark = pytest.mark.soak
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # so says the standard
PATIENCE = 30  # seconds
READY = """async () => {
  await navigator.serviceWorker.ready;
  const names = await caches.keys();
  return names.length === 1 && (await caches.match("/viec/hop-gui/goi/")) && true;
}"""
SAVE, LOGOUT = "form[data-seal] button[type=submit]", "form[action$='/dang-xuat/'] [type=submit]"
COVER = ".lock-cover"
COUNTED = "(number) => parseInt(document.getElementById('outbox-count').innerText) === Number(number)"


class Refused(Exception):
    """What the browser said instead of doing it."""


class Driver:
    """What a person does at a browser; `command` is the standard's own, with its arguments."""

    def evaluate(self, function: str, *words):
        """What a function of the page gives, or its promise."""
        script = f"""const words = [...arguments], done = words.pop();
          (async () => ({function})(...words))().then(
            (value) => done({{ value: value ?? null }}), (error) => done({{ error: String(error) }}));"""
        got = self.command("execute/async", script=script, args=list(words))
        if "error" in got:
            raise Refused(got["error"])
        return got["value"]

    def until(self, function: str, *words):
        """Waits until it gives something; a page that is just being left has no answer."""
        end, last = time.monotonic() + PATIENCE, None
        while time.monotonic() < end:
            try:
                if last := self.evaluate(function, *words):
                    return last
            except Refused as refused:
                last = refused
            time.sleep(0.1)
        raise AssertionError(f"it never came to that: {function} {words}: {last}; {self.shown('body')[:500]}")

    def open(self, address: str) -> None:
        self.command("url", url=address)

    def shown(self, place: str) -> str:
        return self.evaluate("(place) => document.querySelector(place)?.innerText ?? ''", place)

    def reads(self, place: str, words: str) -> None:
        self.until("(place, words) => document.querySelector(place)?.innerText.includes(words)", place, words)

    def _at(self, place: str) -> str:
        """Where it is in the middle of the window: WebKit's driver does not scroll to it by itself."""
        self.evaluate("(place) => document.querySelector(place).scrollIntoView({ block: 'center' })", place)
        return self.command("element", using="css selector", value=place)[ELEMENT]

    def press(self, place: str) -> None:
        self.command("element/click", self._at(place))

    def type(self, place: str, words: str) -> None:
        element = self._at(place)
        self.command("element/clear", element)
        self.command("element/value", element, text=words)

    def press_on(self, button: str) -> None:
        """Presses what leads to another page, or replaces #main, and waits for it."""
        self.evaluate("() => { document.getElementById('main').dataset.isBefore = ''; }")
        self.press(button)
        self.until("""() => document.readyState === "complete" &&
          document.getElementById("main") && !document.querySelector("#main[data-is-before]")""")


class Firefox(Driver):
    """Marionette: a length, a colon, a list in JSON; what geckodriver speaks to it."""

    NAMES = {
        "url": "Navigate", "execute/async": "ExecuteAsyncScript", "element": "FindElement",
        "element/click": "ElementClick", "element/clear": "ElementClear", "element/value": "ElementSendKeys",
    }  # fmt: skip

    def __init__(self, port: int):
        self.wire = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.stream, self.count = self.wire.makefile("rb"), 0
        self._read()  # its greeting
        self.version = self._ask("WebDriver:NewSession")["capabilities"]["browserVersion"]

    def command(self, name, element=None, **words):
        answer = self._ask(f"WebDriver:{self.NAMES[name]}", **words, **({"id": element} if element else {}))
        return answer.get("value")

    def _ask(self, name, **words):
        self.count += 1
        data = json.dumps([0, self.count, name, words]).encode()
        self.wire.sendall(b"%d:%s" % (len(data), data))
        _, _, error, answer = self._read()
        if error:
            raise Refused(error["message"])
        return answer

    def _read(self):
        digits = b""
        while (byte := self.stream.read(1)) not in (b":", b""):
            digits += byte
        return json.loads(self.stream.read(int(digits)))

    def quit(self):
        self._ask("Marionette:Quit", flags=["eAttemptQuit"])
        self.wire.close()


class WebKit(Driver):
    """WebDriver as it is written down, over HTTP."""

    def __init__(self, port: int):
        self.base = f"http://127.0.0.1:{port}/session"
        session = self._ask("POST", "", {"capabilities": {}})
        self.base += f"/{session['sessionId']}"
        self.version = session["capabilities"]["browserVersion"]

    def command(self, name, element=None, **words):
        return self._ask("POST", "/" + (name.replace("/", f"/{element}/") if element else name), words)

    def _ask(self, method, path, words=None):
        data = None if words is None else json.dumps(words).encode()
        request = urllib.request.Request(self.base + path, data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise Refused(error.read().decode()) from error

    def quit(self):
        self._ask("DELETE", "")


@contextmanager
def running(command, **options):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _once_open(port: int, make):
    for _ in range(PATIENCE * 10):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return make(port)
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise AssertionError("the browser did not start")


@contextmanager
def firefox(folder):
    """With a profile in this folder: closed and opened again it is a tablet that was switched off."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if not program:
        pytest.skip("no Firefox here: install the package firefox-esr")
    port, profile = _free(), folder / "profile"
    profile.mkdir(exist_ok=True)
    said = {"marionette.port": port, "datareporting.policy.dataSubmissionEnabled": False}
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in said.items()]
    (profile / "user.js").write_text("".join(lines))
    command = [program, "--marionette", "--headless", "--no-remote", "--profile", str(profile)]
    with running(command, env={**os.environ, "HOME": str(folder)}) as process:
        driver = _once_open(port, Firefox)
        yield driver
        driver.quit()
        process.wait(20)  # all is on the disk


@contextmanager
def webkit(folder):
    """MiniBrowser, which keeps nothing beyond its end while it is driven."""
    if not shutil.which("WebKitWebDriver"):
        pytest.skip("no WebKit here: install the package webkit2gtk-driver")
    environment = {**os.environ, "HOME": str(folder)}
    with ExitStack() as stack:
        if "DISPLAY" not in environment:
            if not shutil.which("Xvfb"):
                pytest.skip("WebKit needs a display: install the package xvfb")
            environment["DISPLAY"] = stack.enter_context(_display())
        port = _free()
        stack.enter_context(running(["WebKitWebDriver", f"--port={port}"], env=environment))
        driver = _once_open(port, WebKit)
        yield driver
        driver.quit()


@contextmanager
def _display():
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
    with running(command, pass_fds=[writing]):
        os.close(writing)
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"


def at_work(driver, address, place) -> None:
    driver.open(f"{address}/dang-nhap/")
    driver.type("[name=username]", "tinhnguyen")
    driver.type("[name=password]", PASSWORD)
    driver.press_on("main form [type=submit]")
    driver.open(f"{address}{reverse('place_choose')}?q={quote(place[1])}")
    driver.press_on(f"main button[name=place][value='{place[0]}']")
    driver.open(f"{address}/viec/phieu/")
    driver.until(READY)


def save(driver, address, number: int, told: str, *, is_kept=False, is_covered=False) -> None:
    """Opens the slip and saves it; what was told."""
    driver.open(address + UNNAMED)
    assert driver.evaluate("() => document.body.hasAttribute('data-kept')") is is_kept
    if is_covered:
        driver.until("(cover) => Boolean(document.querySelector(cover))", COVER)
        driver.type(f"{COVER} [name=pin]", PIN)
        driver.press(f"{COVER} form [type=submit]")
        driver.until("(cover) => !document.querySelector(cover)", COVER)
    driver.press("[name=steps]")
    driver.type("[name=count]", str(number))
    driver.press(SAVE)
    driver.reads("#slip-told", told)


def ids(driver) -> list[str]:
    return [item["id"] for item in driver.evaluate(ITEMS)["items"]]


@pytest.mark.parametrize("browser", [firefox, webkit])
def test_slips_wait_without_network_and_leave_with_it(browser, portal, tmp_path):
    kept, received = "Đã lưu trên máy – chưa gửi", "Hệ thống đã nhận lúc"
    with wire_to(urlsplit(portal.address).port) as wire, ExitStack() as stack:
        address = wire.address
        driver = stack.enter_context(browser(tmp_path))
        at_work(driver, address, place_of(portal, NUMBER_5))
        save(driver, address, 1, received)
        assert ids(driver) == []

        wire.is_cut = True
        save(driver, address, 2, kept, is_kept=True)
        driver.until(COUNTED, "1")
        if browser is firefox:
            stack.close()
            driver = stack.enter_context(browser(tmp_path))
        save(driver, address, 3, kept, is_kept=True, is_covered=browser is firefox)
        driver.until(COUNTED, "2")
        keys = ids(driver)

        wire.is_cut = False
        driver.open(address + OUTBOX)
        driver.reads("#outbox", "Không còn phiếu nào chờ trên máy này.")
        assert ids(driver) == []
        all_applied(portal, keys)

        wire.fault = lambda method, path: Instead(503) if method == "POST" and ENVELOPE in path else None
        save(driver, address, 4, kept)
        driver.press_on(LOGOUT)
        driver.reads("#outbox-banner", "Máy này còn 1 phiếu chưa gửi")
        left = driver.evaluate(ITEMS)
        assert (len(left["items"]), left["work"], left["receipts"]) == (1, False, [])
