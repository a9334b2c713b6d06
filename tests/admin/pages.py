"""What the tests of the admin share: somebody of the staff at a browser, addresses of registers."""

from django.test import Client
from django.urls import reverse

from tests import builders
from tests.people import client_of


def enter(role: str, *, unit=None, **fields) -> Client:
    """A client in which `client.user`, with this role, has come all the way in; `fields` are the user's."""
    user = builders.make_user(role=role, unit=unit, **fields)
    client = client_of(user)
    client.user = user
    return client


def at(model, page: str = "changelist", *args) -> str:
    """The address of a page of a register."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)
