"""The demo's start: what it says when it cannot, and its keys."""

import base64
import os
import socket
import stat
import subprocess
import sys

import pytest

from portal import demo


def start(**environment) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "portal.demo"],
        env={**os.environ, **environment},
        cwd=demo.CHECKOUT,
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_taken_port_is_one_sentence_and_a_failure():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        answer = start(PORT=str(port))
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"Port {port} cannot be used")
    assert f"PORT={port + 1} make demo" in answer.stderr
    assert answer.stderr.count("\n") == 1


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1"])
def test_impossible_port_is_one_sentence_and_a_failure(port):
    answer = start(PORT=port)
    assert answer.returncode == 1
    assert answer.stderr == f"PORT must be a number from 1 to 65535, not “{port}”.\n"


def test_keys_are_made_once_for_this_user_alone(tmp_path):
    file = tmp_path / "demo.env"
    keys = demo._keys(file)
    assert demo._keys(file) == keys
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["demo.env"]
    assert len(base64.b64decode(keys["BLIND_INDEX_KEY"])) == 32
    assert demo._keys(tmp_path / "other.env") != keys
