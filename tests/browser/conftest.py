"""The whole portal as it runs for people: gunicorn, worker, hashed files, the demo's data, a real Chromium.

The browser tests of one process share a server with a database of its own; each makes the rows that it needs.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from django_otp.oath import totp
from playwright.sync_api import expect

from portal.devdb import CHECKOUT
from tests.tables import template

GUNICORN = ["gunicorn", "portal.wsgi", "--worker-class=gthread", "--threads=8", "--no-control-socket"]
PASSWORD, PIN = "mau-2026-gialai", "246813"
PATIENCE = 30_000  # ms: a slow machine is no fault
expect.set_options(timeout=PATIENCE)
SIZES = {"small": (360, 740), "phone": (390, 844), "tablet": (1024, 768), "desk": (1280, 900)}

# Everything a page could have kept: databases, storages and caches, as one text.
EVERYTHING = """async () => {
  const told = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), document.cookie];
  const text = (value) => {
    if (value instanceof ArrayBuffer) return new TextDecoder("latin1").decode(value);
    if (typeof value !== "object" || !value) return String(value);
    return Object.entries(value).map(([name, one]) => `${name}=${text(one)}`).join("\\n");
  };
  for (const { name } of await indexedDB.databases()) {
    const opening = indexedDB.open(name);
    await new Promise((done) => { opening.onsuccess = done; });
    const database = opening.result;
    for (const store of database.objectStoreNames) {
      const all = await new Promise((done) => {
        const r = database.transaction(store).objectStore(store).getAll();
        r.onsuccess = () => done(r.result);
      });
      told.push(...all.map(text));
    }
    database.close();
  }
  for (const name of await caches.keys()) {
    const shelf = await caches.open(name);
    for (const request of await shelf.keys()) {
      if (/\\.(wasm|woff2|png)$/.test(request.url)) continue;
      told.push(request.url, await (await shelf.match(request)).text());
    }
  }
  return told.join("\\n");
}"""


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass
class Portal:
    """A running portal: its address, its database as the owner, and the file its logs go to."""

    address: str
    database: str
    log: Path
    environment: dict

    def rows(self, sql: str, *parameters) -> list[tuple]:
        with psycopg.connect(self.database, autocommit=True) as connection:
            cursor = connection.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    def second_factor(self, username: str) -> str:
        """The code the user's phone shows now; one once used is good again, as the tests log in often."""
        key = self.rows(
            "update otp_totp_totpdevice d set last_t = -1, throttling_failure_count = 0 from accounts_user u"
            " where u.id = d.user_id and u.username = %s returning d.key",
            username,
        )[0][0]
        return f"{totp(bytes.fromhex(key)):06d}"


@pytest.fixture(scope="session")
def portal(tmp_path_factory):
    """Starts it once; the log file is read by the tests at the end."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    name = f"browser{os.environ.get('TEST_DB_SUFFIX', '')}{worker}"
    admin = os.environ["DATABASE_URL"]
    database = admin.replace("/portal?", f"/{name}?", 1)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'drop database if exists "{name}" with (force)')
        connection.execute(f'create database "{name}" template {template()}')
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        folder = tmp_path_factory.mktemp("portal")
        environment = {
            **os.environ, "DATABASE_URL": database, "DEMO": "1", "PUBLIC_URL": f"http://localhost:{port}",
            "ALLOWED_HOSTS": "localhost",
        }  # fmt: skip
        environment.pop("PLAIN_STATIC", None)
        python = [sys.executable, "-X", "utf8"]
        subprocess.run([*python, "-m", "portal.demo", "prepare"], env=environment, cwd=CHECKOUT, check=True)
        server_environment = {
            **environment,
            "DATABASE_URL": database.replace("portal_owner", "portal_app", 1),
        }
        log = folder / "log"
        with log.open("wb") as output:
            run = {"env": server_environment, "cwd": CHECKOUT, "stdout": output, "stderr": output}
            server = subprocess.Popen(
                [*python, "-m", *GUNICORN, f"--bind=fd://{listener.fileno()}"],
                pass_fds=[listener.fileno()],
                **run,
            )
            worker = subprocess.Popen([*python, "manage.py", "procrastinate", "worker"], **run)
            address = f"http://localhost:{port}"
            try:
                _wait(address)
                yield Portal(address, database, log, environment)
            finally:
                for child in (server, worker):
                    child.send_signal(signal.SIGTERM)
                for child in (server, worker):
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        child.wait(20)
                    child.kill()  # a worker ends its work first, which may be a minute of pictures
                    child.wait()


def _wait(address: str) -> None:
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=5)
            return
        except OSError:
            time.sleep(0.5)
    raise AssertionError("the portal did not start")


@dataclass
class Visitor:
    """One person at one browser; `complaints` collects what the console had to say."""

    page: object
    portal: Portal
    complaints: list = field(default_factory=list)

    def open(self, path: str):
        """Loads a path of the portal and returns Playwright's response."""
        return self.page.goto(self.portal.address + path)

    def login(self, username: str) -> None:
        self.open("/dang-nhap/")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", PASSWORD)
        submit(self.page, "main form [type=submit]")
        if "/dang-nhap/ma/" in self.page.url:
            self.page.fill("main form input:not([type=hidden])", self.portal.second_factor(username))
            submit(self.page, "main form [type=submit]")
            self.page.wait_for_url(lambda url: "/dang-nhap/ma/" not in url)
            if "/dang-nhap/ma-du-phong/" in self.page.url:  # the first time it shows the recovery codes
                self.open("/viec/hom-nay/")


@pytest.fixture
def visitor(portal, chromium):
    """`visitor("tablet", script=False)` opens a new window; what its console complains of fails the test."""
    windows = []

    @contextmanager
    def closing():
        yield
        for context, _ in windows:
            context.close()

    def make(size="tablet", *, script=True, dark=False, quiet_about=()) -> Visitor:
        width, height = SIZES[size]
        context = chromium.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=script, locale="vi-VN",
            color_scheme="dark" if dark else "light", timezone_id="Asia/Ho_Chi_Minh", accept_downloads=True,
        )  # fmt: skip
        guest = Visitor(context.new_page(), portal)
        context.set_default_timeout(PATIENCE)

        def complain(text):
            if not any(word in text for word in quiet_about):
                guest.complaints.append(text)

        guest.page.on("console", lambda m: complain(m.text) if _is_complaint(m) else None)
        guest.page.on("pageerror", lambda error: complain(str(error)))
        windows.append((context, guest))
        return guest

    with closing():
        yield make
        for _, guest in windows:
            assert guest.complaints == []


@contextmanager
def next_page(page):
    """What is done inside leads to another page, or replaces #main: leaves when that is there and loaded."""
    _mark(page)
    yield
    _wait_for_unmarked(page)


def follow(page, link: str) -> None:
    """Presses the first such link or button and waits for the page behind it."""
    with next_page(page):
        page.locator(link).first.click()


def submit(page, button: str = "main form button.btn-big[type=submit]") -> int:
    """Presses the strong button of the screen, waits for what comes of it, gives the answer's status.

    What comes is another page, or the answer in the place of this one (static/js/send.js); a file leaves the
    page as it is. Not for forms of htmx: their answers have places of their own.
    """
    _mark(page)
    with page.expect_response(lambda response: response.request.method == "POST") as got:
        page.locator(button).first.click()
    if "attachment" not in got.value.headers.get("content-disposition", ""):
        _wait_for_unmarked(page)
    return got.value.status


def _mark(page) -> None:
    page.evaluate("document.getElementById('main').dataset.isBefore = ''")


def _wait_for_unmarked(page) -> None:
    page.locator("#main:not([data-is-before])").wait_for(state="attached")
    page.wait_for_load_state()


def _is_complaint(message) -> bool:
    """Errors of scripts and policies; an answer of 4xx is the test's own business."""
    return message.type == "error" and "Failed to load resource" not in message.text
