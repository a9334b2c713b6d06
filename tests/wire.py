"""The wire between a browser and the portal, for tests of what happens when it is bad.

A small HTTP proxy on the loopback address: it can be cut, lose answers after the server has worked, answer
in the server's place, or wait. Nothing of the portal knows that it is there.
"""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOST = "lost"  # the server has done its work, the answer does not arrive
HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "proxy-connection"}


@dataclass
class Instead:
    """An answer in the server's place, which never hears of the request."""

    status: int
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"


@dataclass
class Wire:
    """`fault` takes (method, path), gives None, LOST, an `Instead` or seconds; `log` is what went over."""

    port: int
    server_port: int
    is_cut: bool = False
    fault: Callable = lambda method, path: None
    log: list = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    def sent(self, part: str, method: str = "POST") -> list[str]:
        """The paths with this part that were asked for."""
        return [path for how, path in self.log if how == method and part in path]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def log_message(self, *words):
        pass

    def _pass(self):
        wire: Wire = self.server.wire
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if wire.is_cut:
            return self._hang_up()
        wire.log.append((self.command, self.path))
        fault = wire.fault(self.command, self.path)
        if isinstance(fault, Instead):
            return self._answer(fault.status, [("Content-Type", fault.content_type)], fault.body)
        if isinstance(fault, int | float):
            time.sleep(fault)
        try:
            status, headers, content = self._ask(wire, body)
        except (OSError, http.client.HTTPException):  # the server itself is away
            return self._hang_up()
        if fault == LOST or wire.is_cut:
            return self._hang_up()
        return self._answer(status, headers, content)

    do_GET = do_POST = do_HEAD = _pass

    def _ask(self, wire, body):
        connection = http.client.HTTPConnection("127.0.0.1", wire.server_port, timeout=60)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
            connection.request(self.command, self.path, body or None, {**headers, "Connection": "close"})
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def _answer(self, status, headers, content):
        try:
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in HOP:
                    self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)
        except OSError:  # who asked has gone
            self.close_connection = True

    def _hang_up(self):
        self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        pass  # a browser that hangs up is no news


@contextmanager
def wire_to(server_port: int) -> Iterator[Wire]:
    """A wire to the server at this port, until the block ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.wire = wire = Wire(server.server_address[1], server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield wire
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
