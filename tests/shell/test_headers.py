"""Every answer carries the content policy and the other headers; pages of logged-in people stay nowhere."""

import pytest
from django.test import Client

ANSWERS = {
    "/": 200,
    "/thu/secret/": 302,
    "/thu/fail/bad/": 400,
    "/thu/fail/denied/": 403,
    "/nowhere/": 404,
    "/thu/post-only/": 405,
    "/thu/fail/too-many/": 429,
    "/thu/fail/broken/": 500,
    "/static/look/portal.css": 200,
    "/quan-tri/": 302,
}


@pytest.fixture
def client(db):
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(("path", "status"), ANSWERS.items())
def test_every_answer_carries_policy_and_headers(client, settings, path, status):
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    response = client.get(path)
    assert response.status_code == status
    policy = response["Content-Security-Policy"]
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'"} <= set(policy.split("; "))
    assert "unsafe" not in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=(self)" in response["Permissions-Policy"]


def test_a_refused_host_and_a_refused_form_carry_them_too(client):
    strict = Client(enforce_csrf_checks=True)
    for response, status in (
        (client.get("/", headers={"host": "stranger.example"}), 400),
        (strict.post("/thu/guarded/", {"name": "x"}), 403),
    ):
        assert response.status_code == status
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert response["X-Content-Type-Options"] == "nosniff"


def test_pages_of_logged_in_people_are_stored_nowhere(client, volunteer):
    client.force_login(volunteer)
    for path in ("/thu/secret/", "/thu/who/", "/nowhere/"):
        assert client.get(path)["Cache-Control"] == "no-store, private"


def test_pages_of_nobody_and_static_files_may_be_stored(client, settings, volunteer):
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    assert "Cache-Control" not in client.get("/").headers
    client.force_login(volunteer)
    assert "no-store" not in client.get("/static/look/portal.css")["Cache-Control"]


def test_a_view_keeps_its_own_caching(client, volunteer):
    client.force_login(volunteer)
    assert client.get("/thu/own-cache/")["Cache-Control"] == "max-age=60"
