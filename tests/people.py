"""The nine kinds of visitors, all the way in: second factor done, PIN set, place chosen."""

from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.accounts import rights
from tests import builders

KINDS = [
    "anonymous",
    "guest",
    "volunteer",
    "team_lead",
    "unit_secretary",
    "province_staff",
    "auditor",
    "administrator",
    "culture_reviewer",
]


def client_of(user, *, place=None) -> Client:
    """A test client in which `user` has come all the way in."""
    client = Client()
    client.force_login(user)
    session = client.session
    if user.needs_second_factor:
        device, _ = TOTPDevice.objects.get_or_create(user=user, name="điện thoại", confirmed=True)
        session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    if place:
        session["place_id"] = place.pk
    session.save()
    return client


def one_of_each(shift) -> dict[str, Client]:
    """A client for each kind, all working at the shift's place, where their roles are held on its unit."""
    clients = {"anonymous": Client(), "guest": client_of(builders.make_shift_guest(shift=shift))}
    for kind in KINDS[2:]:
        unit = None if kind in rights.SECOND_FACTOR else shift.place.unit
        user = builders.make_user(role=kind, unit=unit, pin=builders.PIN)
        clients[kind] = client_of(user, place=shift.place)
    return clients
