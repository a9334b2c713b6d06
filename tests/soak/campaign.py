"""A Saturday of the campaign: `python -m tests.soak.campaign PORT RATE SECONDS`, the crew as JSON on stdin.

The crew is a list of volunteers at work: {session, group, residents, desk}, keys all. Seven of ten requests
read, three write; one write in ten is sent twice, as by an impatient finger. Who is behind the timetable
hurries, so that all RATE × SECONDS requests are sent however slow the portal is.

Prints JSON: {wrong, seconds, spent: {kind: [seconds …]}, written: {kind: [[key, …] …]}}, where `written` are
the writes that were acknowledged.
"""

import http.client
import json
import random
import sys
import threading
import time
import uuid
from collections import defaultdict
from itertools import count

import django

from tests.callers import Answer, Caller

HANDS = 24  # as many at once
READS = {"start": 25, "search": 20, "today": 15, "group": 10}
WRITES = {"visit": 20, "unnamed": 5, "tally": 5}
STEPS = ["installed", "activated", "health_insurance", "public_service", "safety"]
WORDS = ["nguyen", "thi", "hương", "le van", "0123", "blik"]


class Volunteer:
    """Somebody of the crew; `one` asks for one thing and says what was written by it."""

    def __init__(self, port: int, words: dict):
        from django.urls import reverse

        self.caller, self.words = Caller(port, words["session"]), words
        self.at = lambda name, *keys: reverse(name, args=keys)

    def one(self, kind: str, chance: random.Random) -> tuple[Answer, list | None]:
        """The answer, and of a write what it is to be found by."""
        reads = {
            "start": ("visit_start",), "today": ("today",), "group": ("group_detail", self.words["group"]),
        }  # fmt: skip
        if kind in reads:
            return self.caller.get(self.at(*reads[kind])), None
        if kind == "search":
            words = {"q": chance.choice(WORDS)}
            return self.caller.post(self.at("visit_search"), words, htmx=True), None
        path, words, written = getattr(self, f"_{kind}")(chance, str(uuid.UUID(int=chance.getrandbits(128))))
        answers = [
            self.caller.post(path, words, htmx=kind == "tally") for _ in range(1 + (chance.random() < 0.1))
        ]
        return max(answers, key=lambda answer: answer.status), written

    def _visit(self, chance, key: str):
        steps = chance.sample(STEPS, chance.choice([1, 1, 2]))
        person = chance.choice(self.words["residents"])
        words = {"page": key, **{f"step_{step}": chance.choice(["helped", "had"]) for step in steps}}
        return self.at("visit_record", person), words, [key, *(f"{person} {step}" for step in steps)]

    def _unnamed(self, chance, key: str):
        words = {"page": key, "group": self.words["group"], "steps": "safety", "count": 2}
        return self.at("visit_unnamed"), words, [key, "safety 0", "safety 1"]

    def _tally(self, chance, key: str):
        words = {"id": key, "session": self.words["desk"], "step": "safety", "audience": "child", "count": 1}
        return self.at("desk_tally"), words, [key]


def main(port: int, rate: int, seconds: int) -> None:
    django.setup()
    crew = [Volunteer(port, words) for words in json.load(sys.stdin)]
    kinds, weights = zip(*{**READS, **WRITES}.items(), strict=True)
    wrong, spent, written = [], defaultdict(list), defaultdict(list)
    turns, taken, began = count(), threading.Lock(), time.monotonic()
    free = list(crew)

    def work() -> None:
        while True:
            with taken:
                turn = next(turns)
                volunteer = free.pop(0) if turn < rate * seconds else None
            if volunteer is None:
                return
            time.sleep(max(0, began + turn / rate - time.monotonic()))
            chance = random.Random(turn)
            kind, start = chance.choices(kinds, weights)[0], time.monotonic()
            try:
                answer, made = volunteer.one(kind, chance)
            except (OSError, http.client.HTTPException) as error:
                wrong.append(f"{kind}: {error!r}")
            else:
                spent[kind].append(time.monotonic() - start)
                if answer.status != (302 if kind in ("visit", "unnamed") else 200):
                    wrong.append(f"{kind}: {answer.status}")
                elif made:
                    written[kind].append(made)
            with taken:
                free.append(volunteer)

    threads = [threading.Thread(target=work) for _ in range(HANDS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = {"wrong": wrong, "seconds": time.monotonic() - began, "spent": spent, "written": written}
    print(json.dumps(told))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
