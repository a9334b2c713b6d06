"""Logs say which route answered whom and how, and nothing that somebody typed."""

import io
import logging
import re

import pytest
from django.conf import settings
from django.test import Client

from portal.logs import RequestFilter

SECRETS = ["Nguyễn Văn Mật", "Mật", "0704", "4TZK7Q", "kin=1"]


@pytest.fixture
def log():
    """What the server's own handler writes, through the filter and the format of the settings."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RequestFilter())
    line = settings.LOGGING["formatters"]["line"]
    handler.setFormatter(logging.Formatter(line["format"], style=line["style"]))
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def client(db):
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("code", ["4TZK7Q", "bad", "denied", "too-many"])
def test_neither_path_nor_query_nor_body_nor_exception_is_logged(client, log, caplog, code):
    caplog.set_level(logging.DEBUG)
    client.post(f"/thu/fail/{code}/?kin=1", {"name": "Nguyễn Văn Mật", "number": "0704"})
    written = log.getvalue()
    assert "portal.request" in written
    for secret in SECRETS:
        assert secret not in written
        assert secret not in caplog.text


def test_an_unknown_address_is_not_logged(client, log):
    client.get("/nowhere/4TZK7Q?kin=1")
    assert re.search(r"route=- GET 404 \d+ms", log.getvalue())
    assert "4TZK7Q" not in log.getvalue()


def test_a_stranger_host_is_not_logged(client, log):
    client.get("/thu/who/", headers={"host": "4tzk7q.example"})
    assert "GET 400" in log.getvalue()
    assert "4tzk7q" not in log.getvalue()


def test_a_line_names_route_user_and_the_id_that_was_answered(client, log, volunteer):
    client.force_login(volunteer)
    response = client.get("/thu/who/?kin=1")
    assert re.fullmatch("[0-9a-f]{8}", response["X-Request-ID"])
    line = log.getvalue().strip()
    expected = (
        f"portal.request request={response['X-Request-ID']} user={volunteer.pk} route=thu/who/ GET 200 "
    )
    assert expected in line


def test_the_id_of_a_request_is_never_the_clients_own(client):
    response = client.get("/thu/who/", headers={"x-request-id": "4TZK7Q"})
    assert response["X-Request-ID"] != "4TZK7Q"


def test_a_traceback_keeps_places_and_kinds(client, log):
    client.get("/thu/fail/broken/")
    written = log.getvalue()
    assert "builtins.ValueError" in written
    assert "builtins.KeyError" in written
    assert "tests/shell/urls.py" in written


def test_the_broken_page_says_the_id_that_is_in_the_log(client, log):
    response = client.get("/thu/fail/broken/")
    assert response.status_code == 500
    assert response["X-Request-ID"] in response.content.decode()
    assert f"request={response['X-Request-ID']} user=- route=thu/fail/<str:code>/" in log.getvalue()


def test_a_record_outside_a_request_has_dashes(log):
    logging.getLogger("portal.jobs").info("nightly work done")
    assert "request=- user=- route=- nightly work done" in log.getvalue()


def test_gunicorn_tells_of_a_fault_without_the_address(log):
    logging.getLogger("gunicorn.error").error("Error handling request %s", "/t/4TZK7Q?kin=1")
    assert "Error handling request" in log.getvalue()
    assert "4TZK7Q" not in log.getvalue()


def test_the_development_server_prints_no_addresses(log, capfd):
    logging.getLogger("django.server").error('"GET /t/4TZK7Q?kin=1 HTTP/1.1" 500')
    assert "4TZK7Q" not in log.getvalue() + "".join(capfd.readouterr())
