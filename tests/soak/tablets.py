"""Tablets with slips that were filled in without network: `python -m tests.soak.tablets PORT SECONDS`.

The tablets are JSON on stdin: {session, device, slips}, a slip is {id, kind, fields, by}, fields are pairs.
Each tablet seals its slips with the ticket and for the key it is given, and sends them by the rules of
static/js/outbox/sender.js, but that it tries again after tenths of a second. After SECONDS it gives up.

Prints a line of JSON for each slip that leaves its tablet, as it leaves: {id, sha256, code, state, tries}.
The last line is {left, failed, troubles, seconds}: slips that never left, [id, status] of those that must
not be sent again, and how often each outcome made a tablet stop and begin anew.
"""

import hashlib
import http.client
import json
import random
import sys
import threading
import time
import uuid
from base64 import b64decode
from collections import Counter
from http.cookies import SimpleCookie

from django.conf import settings

from portal.accounts.devices import COOKIE
from portal.field import sealing
from tests.callers import HEADERS

BASE = "/viec/hop-gui/"
PAUSE = 0.1, 0.4  # seconds between two tries
PATIENCE = 30  # seconds for one answer
TROUBLE = OSError, http.client.HTTPException  # how http.client says that there is no network


class Tablet:
    """One tablet in the hands of who is all the way in; `keep` takes each answer that lets a slip leave."""

    def __init__(self, port: int, words: dict, keep):
        self.port, self.slips, self.keep = port, words["slips"], keep
        self.cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: words["session"], COOKIE: words["device"]})
        self.queue, self.failed, self.tries, self.troubles = [], [], Counter(), Counter()

    def work(self, until: float) -> None:
        """Sends until everything has left."""
        while (self.slips or self.queue) and time.monotonic() < until:
            try:
                outcome = self.send()
            except TROUBLE:
                outcome = "lost"
            if outcome != "sent":
                self.troubles[outcome] += 1
                time.sleep(random.uniform(*PAUSE))

    def send(self) -> str:
        """What came of one round, in the script's words; raises one of TROUBLE. First in, first out."""
        session, troubles, outcome = self._refresh(), 0, "sent"
        if session is None:
            return "login"
        self._seal(session)
        for item in list(self.queue):
            meaning = self._deliver(item, session["csrf"])
            if meaning == "token":
                session = self._refresh()
                meaning = self._deliver(item, session["csrf"]) if session else "login"
            if meaning == "login":
                return "login"
            troubles = 0 if meaning == "gone" else troubles + 1  # two in a row are the server's
            outcome = "later" if troubles else outcome
            if troubles == 2:
                break
        return outcome

    def _refresh(self) -> dict | None:
        answer, body = self._ask("GET", "phien/")
        if answer.status >= 500:
            raise http.client.HTTPException(answer.status)
        return json.loads(body) if answer.status == 200 and _is_json(answer) else None

    def _seal(self, session: dict) -> None:
        """Once, with the first ticket; after that the tablet itself cannot read them again."""
        now, key = round(time.time() * 1000), session["key"]
        words = {"ticket": session["ticket"], "ticket_at": now, "version": 1, "place": session["place"]}
        public = b64decode(key["spki"])
        while self.slips:
            slip = self.slips.pop(0)
            line = {**words, "at": now, "kind": slip["kind"], "fields": slip["fields"]}
            id = uuid.UUID(slip["id"])
            self.queue.append(
                (slip["id"], sealing.seal_envelope(line, id=id, key_id=key["id"], public=public))
            )

    def _deliver(self, item: tuple[str, bytes], token: str) -> str:
        """gone (it has left the queue), token, login, or later."""
        id, raw = item
        self.tries[id] += 1
        headers = {"X-CSRFToken": token, "Content-Type": "application/octet-stream"}
        answer, body = self._ask("POST", f"phieu/{id}/", raw, headers)
        if answer.status in (400, 409, 413):
            self.failed.append([id, answer.status])
            self.queue.remove(item)
            return "gone"
        if answer.status == 403:
            return "token"
        if answer.status not in (200, 201):
            return "login" if answer.status < 400 or answer.status == 401 else "later"
        if not _is_json(answer):
            return "login"
        said = json.loads(body)
        if (said.get("id"), said.get("sha256")) != (id, hashlib.sha256(raw).hexdigest()):
            return "later"
        self.keep(
            {name: said[name] for name in ("id", "sha256", "code", "state")} | {"tries": self.tries[id]}
        )
        self.queue.remove(item)
        return "gone"

    def _ask(self, method: str, path: str, body: bytes | None = None, headers: dict | None = None):
        """(answer, its body); cookies come and go as in a browser."""
        cookie = "; ".join(f"{one.key}={one.value}" for one in self.cookies.values())
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, BASE + path, body, {**HEADERS, "Cookie": cookie, **(headers or {})})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self.cookies.load(line)
        return answer, text


def _is_json(answer) -> bool:
    return (answer.headers.get("Content-Type") or "").startswith("application/json")


def main(port: int, seconds: int) -> None:
    """Lets all tablets send at the same time."""
    lock, began = threading.Lock(), time.monotonic()

    def keep(receipt: dict) -> None:
        with lock:
            print(json.dumps(receipt), flush=True)

    tablets = [Tablet(port, words, keep) for words in json.load(sys.stdin)]
    threads = [threading.Thread(target=tablet.work, args=[began + seconds]) for tablet in tablets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = {
        "left": sum(len(tablet.slips) + len(tablet.queue) for tablet in tablets),
        "failed": [item for tablet in tablets for item in tablet.failed],
        "troubles": sum((tablet.troubles for tablet in tablets), Counter()),
        "seconds": time.monotonic() - began,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
