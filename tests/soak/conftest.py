"""What several loads need: the portal as it is served."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from django.db import connection

from portal.devdb import CHECKOUT
from tests.clusters import url

GUNICORN = ["gunicorn", "portal.wsgi", "--worker-class=gthread", "--workers=2", "--threads=4"]


@pytest.fixture
def server(transactional_db):
    """gunicorn on the test database: its process and its port."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        command = [sys.executable, "-m", *GUNICORN, "--no-control-socket", f"--bind=fd://{listener.fileno()}"]
        environment = {**os.environ, "DATABASE_URL": url(connection)}
        process = subprocess.Popen(
            command, cwd=CHECKOUT, env=environment, pass_fds=[listener.fileno()], stderr=subprocess.DEVNULL
        )
        port = listener.getsockname()[1]
    for _ in range(100):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5)
            break
        except OSError:
            time.sleep(0.5)
    yield process, port
    process.send_signal(signal.SIGTERM)
    process.wait(30)
