"""What the tests of coming in share: clients that log in, let time pass, and show a second factor."""

import time

import pytest
from django.test import Client
from django_otp.oath import totp

from portal.accounts import second_factor
from tests.builders import PASSWORD


@pytest.fixture
def enter():
    """`enter(user)` is a client that logged in with the password, as a person does."""

    def log_in(user, **headers) -> Client:
        client = Client(**headers)
        answer = client.post("/dang-nhap/", {"username": user.username, "password": PASSWORD})
        assert answer.status_code == 302, answer.content.decode()
        return client

    return log_in


@pytest.fixture
def enter_verified(enter):
    """A client that also showed the second factor."""

    def log_in(user) -> Client:
        client = enter(user)
        answer = client.post("/dang-nhap/thiet-lap/", {"token": code_of(user)})
        assert answer.status_code == 200
        return client

    return log_in


def code_of(user) -> str:
    """What the user's authenticator shows now."""
    device = second_factor.authenticator(user) or second_factor.unconfirmed(user)
    return f"{totp(device.bin_key):06d}"


def let_pass(client: Client, *, seconds: float) -> None:
    """Everything the session remembers is that much longer ago."""
    session = client.session
    for name in ("ends_at", "seen_at"):
        session[name] -= int(seconds)
    session.save()


def now() -> int:
    return int(time.time())
