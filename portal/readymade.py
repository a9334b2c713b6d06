"""Public pages that are made once and then served ready-made, until one of their facts is another.

A page here is a function of its address, its language and its *facts*: plain values that the view reads from
the database on every request, in one statement. What was made for the same facts is the same page, so nothing
has to be thrown away when a row changes: the next request, in whatever process, has other facts and asks for
another page. Facts are either all that the page says (a card), or the key and version of something that
raises its version with every change (a heritage site).

Nothing of one visitor reaches another: a page is made without the request that asked for it, for a visitor
without session, cookies or name. The time in the foot is filled in on each answer. Each process keeps the
pages asked for last, in memory: at most `ROOM`, some 5 KB each.
"""

from collections.abc import Callable, Hashable
from functools import cache, lru_cache

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.urls import resolve
from django.utils.translation import get_language

from portal.limits import allow_and_read
from portal.shell import Shell

ROOM = 1_000  # pages
GIVEN = "\0given"  # no column holds a NUL, so nothing else can be meant
TIME, DAY = "{{readymade time}}", "{{readymade day}}"  # no page says this: Django would have filled it in


class Frame(Shell):
    """The shell of a page that is to be kept: its time and day stay open."""

    time, day = TIME, DAY


def page(request: HttpRequest, template: str, words: Callable, *facts: Hashable) -> HttpResponse:
    """Answer 200 with `template` rendered with the context `words(*facts)`, kept for the next who asks.

    `words` is a function of a module, so that it is the same one each time. It sees no request; it may ask
    the database for what belongs to a version among the facts. Addresses with a query are made anew each
    time, so that nobody fills the room with what one visitor looked for, and so is everything under DEBUG,
    where templates change. Messages wait for a page that is not kept. Raises ImproperlyConfigured for a page
    with a form that posts, whose token is one visitor's.
    """
    query = request.META.get("QUERY_STRING", "")
    make = _made.__wrapped__ if query or settings.DEBUG else _made
    body = make(template, words, facts, request.path, query, get_language())
    shell = Shell(request)
    return HttpResponse(
        body.replace(TIME.encode(), shell.time.encode()).replace(DAY.encode(), shell.day.encode())
    )


def ask(
    question: Callable[[], QuerySet], given: str = "", *, tries: dict | None = None
) -> list[tuple] | None:
    """Give the rows of `question()`, a `values_list` whose SQL Django writes only the first time: writing it
    takes longer than answering it. `GIVEN` in a condition on text stands for what this request gives.

    `question` is a function of a module. Rows come as the driver reads them, without Django's converters:
    not for sealed or JSON columns. With `tries`, the arguments of `portal.limits.allow`, a try is counted in
    the same statement, and the answer is None where it was one too many.
    """
    statement, values = _written(question)
    values = [given if value == GIVEN else value for value in values]
    if tries:
        return allow_and_read(statement, values, **tries)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


@cache
def _written(question) -> tuple[str, tuple]:
    return question().query.sql_with_params()


@lru_cache(maxsize=ROOM)
def _made(template, words, facts, path, query, language) -> bytes:
    """The page as anybody sees it; `language` is the one that is active."""
    anybody = HttpRequest()
    anybody.method, anybody.path, anybody.path_info = "GET", path, path
    anybody.META["QUERY_STRING"], anybody.GET = query, QueryDict(query)
    anybody.user, anybody.resolver_match = AnonymousUser(), resolve(path)
    body = render_to_string(template, {**words(*facts), "shell": Frame(anybody)}, anybody)
    if "CSRF_COOKIE" in anybody.META:
        raise ImproperlyConfigured(f"{template} has a form that posts, so it cannot be kept for everybody.")
    return body.encode()
