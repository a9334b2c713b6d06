"""Check page and market list against a bare view with one query: same middleware, same gunicorn, one run.

Goal: at least half of the bare view's requests a second. One worker with four threads on a loopback port,
four connections kept open; rounds alternate, so that what else the machine does falls on all alike. Pages are
asked for again and again, each card in its turn; made anew (a query keeps `portal.readymade` from keeping
them) is told apart, without a goal.
"""

import http.client
import itertools
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

from tests.bench import database

ROUNDS, SECONDS, CONNECTIONS = 21, 0.7, 4  # short ones: a neighbour's burst falls on a page and its base
MARKETS, STALLS = 10, 15
GOALS = ("check page", "market list")
GUNICORN = ["gunicorn", "--worker-class=gthread", "--threads=4"]
PHONE = {"Host": "localhost", "Accept-Encoding": "gzip, br", "Accept-Language": "vi-VN,vi;q=0.9,en;q=0.8"}
PORTAL = ["--workers=1", "--no-control-socket", "--log-level=warning", "--keep-alive=30"]


def run() -> None:
    """Measures in a fresh process and prints."""
    subprocess.run([sys.executable, "-m", "tests.bench.pages"], check=True)


def application():
    """What gunicorn serves: the portal with `/bare/` beside it."""
    from django.contrib.auth.decorators import login_not_required
    from django.db import connection
    from django.http import HttpResponse
    from django.urls import get_resolver, path

    import portal.wsgi  # sets Django up

    @login_not_required
    def bare(request):
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from markets_goods")
            return HttpResponse(f"{cursor.fetchone()[0]}")

    get_resolver().url_patterns.insert(0, path("bare/", bare))
    return portal.wsgi.application


def measure() -> None:
    with database("bench_pages") as url:
        from tests import builders

        cards = []
        for _ in range(MARKETS):
            market = builders.make_market()
            for _ in range(STALLS):
                tenancy = builders.make_tenancy(market=market)
                card = builders.make_card(account=builders.make_account(tenancy=tenancy), state="tried")
                cards.append(f"/t/{card.check_code_id}")
        pages = {"bare view": ["/bare/"], "check page": cards, "market list": ["/cho/"]}
        for name in GOALS:
            pages[f"{name}, made anew"] = [f"{path}?anew" for path in pages[name]]
        server = Server(url.replace("portal_owner", "portal_app", 1))
        with server as port:
            found = {name: [] for name in pages}
            spent = dict.fromkeys(pages, 0.0)
            for name, paths in [*pages.items()] * ROUNDS:
                before = server.processor_seconds()
                found[name].append(rate(port, paths))
                spent[name] += server.processor_seconds() - before
        cost = {name: spent[name] / sum(found[name]) for name in pages}
        bare = found.pop("bare view")
        print(f"bare view: {median(bare):.0f} requests/s, {_told(bare)}")
        for name, rates in found.items():
            ratio = median(each / base for each, base in zip(rates, bare, strict=True))
            told = f"{median(rates):.0f} requests/s, {_told(rates)}"
            goal = " (goal ≥ 0.50)" if name in GOALS else ""
            processor = cost["bare view"] / cost[name]
            print(f"{name}: {told}, ratio {ratio:.2f}{goal}, in the server's processor time {processor:.2f}")


class Server:
    """gunicorn on a free port of the loopback, answering; ended on leaving."""

    def __init__(self, url: str, application: str = "tests.bench.pages:application()"):
        self.application = application
        self.environment = {
            **os.environ, "DATABASE_URL": url, "ALLOWED_HOSTS": "localhost", "PROXY_COUNT": "1",
        }  # fmt: skip
        self.log = tempfile.TemporaryFile()  # noqa: SIM115, lives as long as the server

    def __enter__(self) -> int:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            command = [sys.executable, "-m", *GUNICORN, self.application, *PORTAL]
            self.process = subprocess.Popen(
                [*command, f"--bind=fd://{listener.fileno()}"],
                env=self.environment,
                pass_fds=[listener.fileno()],
                stderr=self.log,
            )
            port = listener.getsockname()[1]
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if (
                    _ask(http.client.HTTPConnection("127.0.0.1", port, timeout=5), "/bare/", "10.0.0.1")
                    == 200
                ):
                    return port
            except OSError:
                time.sleep(0.3)
        self.log.seek(0)
        raise AssertionError(f"the portal did not start: {self.log.read()[-2000:].decode()}")

    def processor_seconds(self) -> float:
        """What gunicorn's workers have used so far; says the same on a busy machine as on a quiet one."""
        pid = self.process.pid
        workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ticks = [Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split() for worker in workers]
        return sum(int(one[11]) + int(one[12]) for one in ticks) / os.sysconf("SC_CLK_TCK")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


_address = itertools.count(1)


def rate(port: int, paths: list[str]) -> float:
    """Requests a second of four callers; each request comes from an address of its own, as buyers do."""
    counts, end = [0] * CONNECTIONS, time.monotonic() + SECONDS

    def call(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        while time.monotonic() < end:
            at = next(_address)
            path = paths[at % len(paths)]
            status = _ask(connection, path, f"10.{at >> 16 & 255}.{at >> 8 & 255}.{at & 255}")
            assert status == 200, f"{path} answered {status}"
            counts[number] += 1
        connection.close()

    threads = [threading.Thread(target=call, args=[number]) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def _ask(connection, path: str, address: str) -> int:
    connection.request("GET", path, headers={**PHONE, "X-Forwarded-For": address})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _told(rates: list[float]) -> str:
    return f"from {min(rates):.0f} to {max(rates):.0f}"


if __name__ == "__main__":
    measure()
