"""What the server writes about itself: one line a request, and nothing a person typed.

A path may hold a code, a query what somebody looked for, the text of an exception a row of the database.
So a line names the *route* (the pattern of the address), never the path, and a traceback its places in the
code and the kinds of its exceptions, never their words.
"""

import logging
import secrets
import time
import traceback
from contextvars import ContextVar

from django.conf import settings

_request = ContextVar("request", default=None)
logger = logging.getLogger("portal.request")


class RequestLogMiddleware:
    """Gives a request an id, answers it as `X-Request-ID`, and logs method, status and milliseconds."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.id = secrets.token_hex(4)  # short, to be read aloud; never the client's own
        token, start = _request.set(request), time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request.id
            if response.status_code >= 400 or not request.path.startswith(settings.STATIC_URL):
                spent = (time.perf_counter() - start) * 1000
                logger.info("%s %s %.0fms", request.method, response.status_code, spent)
            return response
        finally:
            _request.reset(token)


class RequestFilter(logging.Filter):
    """Puts `request_id`, `user_id` and `route` ("-" by default) on a record and takes out what was typed."""

    def filter(self, record):
        request = _request.get() or getattr(record, "request", None)
        record.request_id = getattr(request, "id", "-")
        record.user_id = user_id(request)
        record.route = route(request)
        _forget_what_was_typed(record)
        return True


def user_id(request):
    """Give the key of who is logged in, or "-"; asks the database nothing that the view did not ask."""
    user = getattr(request, "_cached_user", None)  # set by django.contrib.auth once somebody looked
    return getattr(user, "pk", None) or "-"


def route(request):
    """Give the pattern behind a request, like `t/<code>`, or "-" when none fits."""
    match = getattr(request, "resolver_match", None)
    return match.route or "/" if match else "-"


def places(exc_info):
    """Give a traceback as text, with the kinds of the exceptions but without their words."""
    lines, error = [], exc_info[1]
    while error:
        lines += [f"{type(error).__module__}.{type(error).__qualname__}"]
        lines += [line.rstrip() for line in traceback.format_tb(error.__traceback__)]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(lines)


def _forget_what_was_typed(record):
    """Django names the path of a failed request, gunicorn the whole address, an exception its values."""
    if hasattr(record, "status_code"):
        record.msg, record.args = "answered %s", (record.status_code,)
    elif record.name == "gunicorn.error" and record.levelno >= logging.WARNING:
        record.msg, record.args = str(record.msg).split("%", 1)[0].strip(), ()
    if record.exc_info and record.exc_info[1]:
        record.exc_text = places(record.exc_info)
