"""Somebody who is all the way in, at the other end of a real connection to a server: measures and loads."""

import http.client
import secrets
import time
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings

HEADERS = {"Host": "localhost", "Accept-Encoding": "gzip", "Accept-Language": "vi-VN,vi;q=0.9"}

KEPT = 1.0  # seconds; the server closes an idle connection after two


@dataclass(frozen=True)
class Answer:
    """What came back, and after how many seconds."""

    status: int
    seconds: float
    body: bytes


class Caller:
    """One person's browser: the session of a test client (`tests.people.client_of`) on a kept connection."""

    def __init__(self, port: int, session: str):
        self.connection, self.last = http.client.HTTPConnection("127.0.0.1", port, timeout=30), 0.0
        token = secrets.token_hex(16)  # cookie and header agree, as when a page was loaded before
        cookies = {settings.SESSION_COOKIE_NAME: session, settings.CSRF_COOKIE_NAME: token}
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self.headers = {**HEADERS, "Cookie": cookie, "X-CSRFToken": token}

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None, {})

    def post(self, path: str, words: dict | list, *, htmx: bool = False) -> Answer:
        """Sends a form; a list of pairs where a field comes several times."""
        kind = {
            "Content-Type": "application/x-www-form-urlencoded",
            **({"HX-Request": "true"} if htmx else {}),
        }
        return self._ask("POST", path, urlencode(words), kind)

    def _ask(self, method: str, path: str, body: str | None, headers: dict) -> Answer:
        start = time.perf_counter()
        if start - self.last > KEPT:
            self.connection.close()  # the next request opens it again
        self.last = start
        self.connection.request(method, path, body, {**self.headers, **headers})
        answer = self.connection.getresponse()
        text = answer.read()
        return Answer(answer.status, time.perf_counter() - start, text)


def session_of(client) -> str:
    """The session key of a test client that came all the way in."""
    return client.session.session_key
