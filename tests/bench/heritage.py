"""The scanned address, its page and its count, against a bare view that does one INSERT.

Goal: at least 0.8 of the bare view's requests a second; same middleware, same gunicorn, one run, as for the
other pages. A scan's commit does not wait for the disk, so it is told against a bare view of that kind too.
"""

import subprocess
import sys
from statistics import median

from tests.bench import database, pages

PLAQUES = 14
INSERT = """
INSERT INTO heritage_scan (plaque_id, "on", language, is_scanned)
VALUES ('00000000-0000-0000-0000-000000000000', current_date, 'vi', true)"""


def run() -> None:
    """Measures in a fresh process and prints."""
    subprocess.run([sys.executable, "-m", "tests.bench.heritage"], check=True)


def application():
    """What gunicorn serves: the portal with `/bare/` and `/bare/async/` beside it."""
    from django.contrib.auth.decorators import login_not_required
    from django.db import connection
    from django.http import HttpResponse
    from django.urls import get_resolver, path

    import portal.wsgi  # sets Django up

    def bare(sql):
        @login_not_required
        def view(request):
            with connection.cursor() as cursor:
                cursor.execute(sql)
            return HttpResponse("1")

        return view

    patterns = get_resolver().url_patterns
    patterns.insert(0, path("bare/", bare(INSERT)))
    patterns.insert(0, path("bare/async/", bare(f"SET LOCAL synchronous_commit = off; {INSERT}")))
    return portal.wsgi.application


def measure() -> None:
    """Prints requests a second and ratios, medians of rounds that alternate."""
    with database("bench_heritage") as url:
        from tests import builders

        codes = []
        for _ in range(PLAQUES):
            site = builders.make_site()
            for language in ("vi", "en"):
                builders.make_edition(site=site, language=language)
            codes.append(f"/H/{builders.make_plaque(site=site).code_id}")
        asked = {"one INSERT": ["/bare/"], "one INSERT, asynchronous": ["/bare/async/"], "scan": codes}
        server = pages.Server(
            url.replace("portal_owner", "portal_app", 1), "tests.bench.heritage:application()"
        )
        with server as port:
            found = {name: [] for name in asked}
            for name, paths in [*asked.items()] * pages.ROUNDS:
                found[name].append(pages.rate(port, paths))
        for name, rates in found.items():
            ratios = [scan / each for scan, each in zip(found["scan"], rates, strict=True)]
            told = f"{median(rates):.0f} requests/s, from {min(rates):.0f} to {max(rates):.0f}"
            goal = " (goal ≥ 0.80)" if name == "one INSERT" else ""
            print(f"{name}: {told}; a scan ÷ this: {median(ratios):.2f}{goal}")


if __name__ == "__main__":
    measure()
