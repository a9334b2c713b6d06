"""What the tests of the admin share: somebody in each staff role, logged in past the second factor."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import builders


@pytest.fixture
def enter(db):
    """`enter("province_staff", unit=…)` gives a client that is logged in, with `client.user`."""

    def enter(role: str, *, unit=None) -> Client:
        client = Client()
        client.user = builders.make_user(role=role, unit=unit)
        client.force_login(client.user)
        from django_otp import DEVICE_ID_SESSION_KEY
        from django_otp.plugins.otp_totp.models import TOTPDevice

        device = TOTPDevice.objects.create(user=client.user, confirmed=True)
        session = client.session
        session[DEVICE_ID_SESSION_KEY] = device.persistent_id
        session.save()
        return client

    return enter


def at(model, page: str = "changelist", *args) -> str:
    """The address of a page of a register."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)
