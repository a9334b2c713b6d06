"""Electronic groups at the province's size: search, visit, group page, reports; and with ten times the rows.

Goals: 95 of 100 searches within 20 ms in the database; the group page at most 12 queries and five times a
bare view with one query (same middleware, same gunicorn, one run); a commune's report within 2 s as the first
answer of a fresh process; what stands at one key at most 1.5 times slower with ten times the rows.

The sizes are those of PROVINCES (so many times the province): by itself `0.1 1`; `PROVINCES="1 10"` goes on
to six million residents, which takes a quarter of an hour and some ten gigabytes.
"""

import json
import logging
import os
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from statistics import median, quantiles

from tests import province
from tests.bench import database, pages, report
from tests.callers import Caller, session_of

CREW, ROUNDS = 20, 8
WORDS = ["nguyen thi", "Hương", "le van hung", "ng", "blik", "0123", "khong ai ca"]
BARE = "bare view"
KEYED = ["visit begins", "search", "visit page", "visit post", "resident", "group anew", "group page"]


def run() -> None:
    """Builds and measures each size in fresh processes and prints; at the end what the rows cost."""
    found = []
    for times in os.environ.get("PROVINCES", "0.1 1").split():
        subprocess.run([sys.executable, "-m", "tests.province", times], check=True)
        command = [sys.executable, "-m", "tests.bench.groups", times]
        *lines, last = subprocess.check_output(command, text=True).splitlines()
        print("\n".join(lines), flush=True)
        found.append(json.loads(last))
    for name in KEYED:
        slower = found[-1][name] / found[0][name]
        print(f"{name:16} {slower:.2f} times slower with ten times the rows (goal ≤ 1.5)")


def measure(times: float) -> None:
    """Prints; the last line is JSON, the median in ms of each page."""
    with database(province.name_of(times), keep=True) as url:
        from django.db import connection

        logging.disable(logging.INFO)  # a line a request
        print(f"-- {times:g} × the province")
        _report()
        crew = _crew()
        _search(crew)
        medians = _pages(url, crew)
        connection.close()
        print(json.dumps(medians))


def application():
    """What gunicorn serves: the portal with two bare views of one query, for anybody and for who is in."""
    from django.contrib.auth.decorators import login_not_required
    from django.db import connection
    from django.http import HttpResponse
    from django.urls import get_resolver, path

    import portal.wsgi  # sets Django up

    def bare(request):
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from neighborhoods_step")
            return HttpResponse(f"{cursor.fetchone()[0]}")

    def bare_inside(request):
        return bare(request)

    patterns = get_resolver().url_patterns
    patterns.insert(0, path("bare/inside/", bare_inside))
    patterns.insert(0, path("bare/", login_not_required(bare)))
    return portal.wsgi.application


# --- reports: the first answer of this process -------------------------------------------------------------


def _report() -> None:
    from django.db import connection
    from django.urls import reverse

    from tests.builders import commune, make_user
    from tests.people import client_of

    client = client_of(make_user(role="province_staff", username=f"do-{time.time_ns()}"))
    address, asked = reverse("group_report"), {"dia_ban": commune().name, "bang": "to"}
    connection.close()  # the first request opens its own, as after a start
    told = f"cold {_timed(lambda: client.get(address, asked)):.2f} s (goal ≤ 2 s), "
    for name, words in {"commune report": asked, "province report": {}}.items():
        spent = []
        with connection.execute_wrapper(report.clocked(spent)):
            _timed(lambda words=words: client.get(address, words))
        times = [_timed(lambda words=words: client.get(address, words)) for _ in range(ROUNDS)]
        print(
            f"{name:16} {told}{len(spent)} queries, {sum(spent):.2f} s in the database;"
            f" p50 {median(times):.2f} s, p95 {_p95(times):.2f} s"
        )
        told = ""


def _timed(ask: Callable) -> float:
    start = time.perf_counter()
    assert ask().status_code == 200
    return time.perf_counter() - start


# --- search in the database --------------------------------------------------------------------------------


def _crew() -> list[tuple]:
    """(client of the team's leader, group) for groups all over the province, working at the meeting house."""
    from neighborhoods.models import Group
    from tests.people import client_of

    groups = list(Group.objects.real().select_related("place__unit__area", "team__leader").order_by("pk"))
    crew = []
    for group in random.Random(2026).sample(groups, CREW):
        user = group.team.leader
        user.set_pin("246813")
        user.save(update_fields=["pin", "pin_check"])
        crew.append((client_of(user, place=group.place), group))
    return crew


def _search(crew: list[tuple]) -> None:
    """The statement that a search sends, planned and run as EXPLAIN ANALYZE says: at a group, at a desk."""
    from portal.organization.models import Place

    for where in ("group", "desk"):
        times = []
        for client, group in crew:
            desk = Place.objects.filter(kind=Place.Kind.DESK, unit=group.place.unit)
            _go(client, group.place if where == "group" else desk.get())
            for words in WORDS:
                statement = _statement(client, words)
                times += [_explained(*statement) for _ in range(3)]
            _go(client, group.place)
        print(f"search at a {where:5} p50 {median(times):.1f} ms, p95 {_p95(times):.1f} ms (goal ≤ 20 ms)")


def _go(client, place) -> None:
    session = client.session
    session["place_id"] = place.pk
    session.save()


def _statement(client, words: str) -> tuple:
    """(SQL, parameters) of the search itself: the only one that looks at names or last digits."""
    from django.db import connection
    from django.urls import reverse

    sent = []

    def keep(execute, sql, params, many, context):
        sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        answer = client.post(reverse("visit_search"), {"q": words}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    found = [each for each in sent if "name_key" in each[0] and "neighborhoods_resident" in each[0]]
    assert len(found) == 1
    return found[0]


def _explained(sql: str, parameters) -> float:
    """Milliseconds of planning and running."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"explain (analyze, format json) {sql}", parameters)
        plan = cursor.fetchone()[0]
    plan = (json.loads(plan) if isinstance(plan, str) else plan)[0]
    return plan["Planning Time"] + plan["Execution Time"]


# --- pages over a real connection --------------------------------------------------------------------------


def _pages(url: str, crew: list[tuple]) -> dict[str, float]:
    """One caller at a time, page after page in turn; medians in ms."""
    people = [list(group.residents.order_by("pk").values_list("pk", flat=True)[:ROUNDS]) for _, group in crew]
    server = pages.Server(url.replace("portal_owner", "portal_app", 1), "tests.bench.groups:application()")
    names = list(_asked(crew[0][1], people[0][0]))
    found, spent = {name: [] for name in names}, dict.fromkeys(names, 0.0)
    with server as port:
        callers = [Caller(port, session_of(client)) for client, _ in crew]
        for turn in range(ROUNDS):
            for name in names:
                before = server.processor_seconds()
                for caller, (_, group), keys in zip(callers, crew, people, strict=True):
                    path, words = _asked(group, keys[turn])[name]
                    answer = caller.post(path, words, htmx=name == "search") if words else caller.get(path)
                    assert answer.status in (200, 302), (name, answer.status)
                    found[name].append(1000 * answer.seconds)
                spent[name] += server.processor_seconds() - before
    queries = _queries(*crew[0], people[0][0])
    medians = {name: median(times) for name, times in found.items()}
    for name, times in found.items():
        goals = " (goals ≤ 12 queries, ≤ 5.0)" if name == "group page" else ""
        print(
            f"{name:16} {queries.get(name, 1):2} queries; p50 {medians[name]:.1f} ms,"
            f" p95 {_p95(times):.1f} ms; {medians[name] / medians[BARE]:.1f} × the bare view{goals},"
            f" in processor time {spent[name] / spent[BARE]:.1f}"
        )
    return medians


def _asked(group, resident) -> dict[str, tuple[str, dict]]:
    """What a volunteer asks for: (path, words of a form or nothing) by name."""
    from django.urls import reverse

    done = {"page": uuid.uuid4(), "step_safety": "helped", "step_activated": "helped"}
    return {
        BARE: ("/bare/", {}),
        "bare view inside": ("/bare/inside/", {}),
        "today": (reverse("today"), {}),
        "visit begins": (reverse("visit_start"), {}),
        "search": (reverse("visit_search"), {"q": "nguyen thi"}),
        "visit page": (reverse("visit_record", args=[resident]), {}),
        "visit post": (reverse("visit_record", args=[resident]), done),
        "resident": (reverse("resident_detail", args=[resident]), {}),
        "group anew": (reverse("group_detail", args=[group.pk]), {}),  # after the visit its numbers are drawn
        "group page": (reverse("group_detail", args=[group.pk]), {}),
    }


def _queries(client, group, resident) -> dict[str, int]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = {}
    for name, (path, words) in _asked(group, resident).items():
        if not name.startswith(BARE):
            with CaptureQueriesContext(connection) as found:
                client.post(path, words) if words else client.get(path)
            counts[name] = len(found)
    return counts


def _p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]


if __name__ == "__main__":
    measure(float(sys.argv[1]))
