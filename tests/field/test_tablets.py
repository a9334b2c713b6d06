"""What a tablet's scripts ask: a fresh token, a ticket for who is all the way in; what a tablet tells."""

import base64
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts import sessions
from portal.accounts.models import User
from portal.field import sealing, tickets
from portal.field.models import Envelope, SealingKey, Tablet, Unsent
from portal.privacy.models import Refusal
from tests import builders
from tests.field.envelopes import make_envelope
from tests.field.notes import KIND
from tests.people import client_of

ONE = uuid.UUID(int=1)


def session_of(client) -> dict:
    return client.get(reverse("tablet_session")).json()


# --- the token ---------------------------------------------------------------------------------------------


@pytest.fixture
def guarded(volunteer, place) -> Client:
    """A tablet whose cross-site check is on, and on which the volunteer logs in anew by hand."""
    client = Client(enforce_csrf_checks=True)
    client.get(reverse("login"))
    return client


def log_in(client, user) -> None:
    form = {"username": user.username, "password": builders.PASSWORD}
    token = client.cookies["csrftoken"].value
    answer = client.post(reverse("login"), form, headers={"X-CSRFToken": token})
    assert answer.status_code == 302


def test_a_token_of_before_the_login_is_refused_and_a_fresh_one_passes(guarded, volunteer, place):
    log_in(guarded, volunteer)
    session = guarded.session
    session["place_id"] = place.pk
    session.save()
    before = session_of(guarded)["csrf"]
    guarded.logout()
    guarded.get(reverse("login"))
    log_in(guarded, volunteer)
    id, raw = make_envelope(KIND, {"words": "Một"}, by=volunteer, place=place)
    address = reverse("envelope_receive", args=[id])

    def send(token):
        return guarded.post(
            address, raw, content_type="application/octet-stream", headers={"X-CSRFToken": token}
        )

    refused = send(before)
    assert refused.status_code == 403
    assert "json" not in refused["Content-Type"]
    assert not Envelope.objects.exists()
    assert send(session_of(guarded)["csrf"]).status_code == 200


# --- the ticket --------------------------------------------------------------------------------------------


def test_who_is_all_the_way_in_gets_ticket_key_and_parcel(client, volunteer, place):
    told = session_of(client)
    ticket = tickets.read(told["ticket"])
    assert (ticket.user, ticket.place, ticket.is_practice) == (volunteer.pk, place.pk, False)
    assert told["until"] == round(ticket.until.timestamp() * 1000) == client.session["ends_at"] * 1000
    assert told["place"] == place.pk
    assert told["pin"] == User.objects.get(pk=volunteer.pk).pin_check != ""
    assert base64.b64decode(told["key"]["spki"]) == bytes(SealingKey.objects.get().public)
    assert told["parcel"] == client.get(reverse("tablet_parcel")).json()["version"] != ""


def test_the_ticket_says_nothing_to_who_finds_the_tablet(client, volunteer):
    token = session_of(client)["ticket"]
    inside = base64.urlsafe_b64decode(token)
    assert str(volunteer.pk).encode() + b"," not in inside
    assert token != session_of(client)["ticket"]


def test_a_guest_has_a_ticket_until_the_end_of_the_shift(place, note):
    shift = builders.make_shift(place=place)
    ticket = tickets.read(session_of(client_of(builders.make_shift_guest(shift=shift)))["ticket"])
    assert abs(ticket.until - shift.ends_at) < timedelta(seconds=1)
    assert ticket.place == place.pk


def locked(place):
    client = client_of(builders.make_user(role="volunteer", unit=place.unit, pin=builders.PIN), place=place)
    session = client.session
    session["is_locked"] = True
    session.save()
    return client


def without_second_factor(place):
    client = Client()
    client.force_login(builders.make_user(role="administrator", pin=builders.PIN))
    session = client.session
    session["place_id"] = place.pk
    session.save()
    return client


def without_pin(place):
    return client_of(builders.make_user(role="volunteer", unit=place.unit), place=place)


def without_place(place):
    return client_of(builders.make_user(role="volunteer", unit=place.unit, pin=builders.PIN))


def who_records_nothing(place):
    return client_of(builders.make_user(role="auditor", pin=builders.PIN), place=place)


@pytest.mark.parametrize(
    "who", [locked, without_second_factor, without_pin, without_place, who_records_nothing]
)
def test_who_is_not_all_the_way_in_gets_a_token_and_no_ticket(place, who):
    assert set(session_of(who(place))) == {"csrf", "device"}
    assert not SealingKey.objects.exists()


def test_a_ticket_outlives_its_user_only_as_a_name(client, volunteer, place):
    """Who was revoked gets none, and what was sealed before is held apart (see `test_applying`)."""
    volunteer.revoke(by=builders.make_user(role="administrator"))
    assert client.get(reverse("tablet_session")).status_code == 302


def test_a_key_pair_is_drawn_once_and_its_private_half_lies_sealed(client):
    first, second = session_of(client)["key"], session_of(client)["key"]
    assert first == second
    key = SealingKey.objects.get()
    assert key.id == first["id"]
    private = key.private.open_bytes()
    assert sealing.open_envelope(sealed_for(key), id=ONE, private=private).words == {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT private FROM field_sealingkey")
        assert private[40:80] not in bytes(cursor.fetchone()[0])


def sealed_for(key) -> bytes:
    return sealing.seal_envelope({}, id=ONE, key_id=key.id, public=bytes(key.public))


# --- what a tablet keeps, and what it tells ----------------------------------------------------------------


def test_a_parcel_names_the_slips_of_the_place_and_nothing_where_nobody_works(client, place):
    parcel = client.get(reverse("tablet_parcel")).json()
    assert reverse("slip", args=[KIND]) in parcel["pages"]
    assert reverse("outbox") in parcel["pages"]
    empty = without_place(place).get(reverse("tablet_parcel")).json()
    assert empty == {"version": "", "pages": [], "files": []}


def test_kept_pages_name_nobody_and_hold_no_token(client, volunteer):
    for page in client.get(reverse("tablet_parcel")).json()["pages"]:
        kept = client.get(page, {"may": ""})
        assert kept.status_code == 200
        assert volunteer.name in client.get(page).text
        assert volunteer.name not in kept.text
        assert "csrfmiddlewaretoken" not in kept.text


def tell(client, **said):
    return client.post(reverse("tablet_tell"), said, content_type="application/json")


def test_a_tablet_says_what_is_still_on_it_until_nothing_is(client, volunteer, place):
    client.get(reverse("outbox"))  # gives the tablet its name
    assert tell(client, waiting=3, failed=1, age=7200).status_code == 204
    row = Tablet.objects.behind().get()
    assert (row.user, row.place, row.waiting, row.failed) == (volunteer, place, 3, 1)
    assert row.device == client.cookies["may"].value
    assert row.tag == ("warn", "2 giờ")
    tell(client, waiting=0, failed=0, age=0)
    assert not Tablet.objects.behind().exists()


def test_a_tablet_says_whose_slips_they_are_in_tokens_that_only_the_server_reads(client, volunteer, place):
    client.get(reverse("outbox"))  # gives the tablet its name
    colleague = builders.make_user(role="volunteer", unit=place.unit, pin=builders.PIN)
    mine, again = session_of(client)["by"], session_of(client)["by"]
    assert mine != again
    assert str(volunteer.pk).encode() not in base64.urlsafe_b64decode(mine)
    theirs = session_of(client_of(colleague, place=place))["by"]
    nobody = tickets.author_token(type(colleague)(pk=2**31 - 1))
    by = [
        {"by": mine, "waiting": 1, "failed": 0, "age": 7200},
        {"by": again, "waiting": 1, "failed": 1, "age": 60},
        {"by": theirs, "waiting": 0, "failed": 1, "age": 90_000},
        {"by": nobody, "waiting": 1, "failed": 0, "age": 1},
        {"by": session_of(client)["ticket"], "waiting": 1, "failed": 0, "age": 1},
        {"by": "x", "waiting": 1, "failed": 0, "age": 1},
    ]
    assert tell(client, waiting=5, failed=2, age=90_000, by=by).status_code == 204
    rows = Unsent.objects.order_by("-oldest_at")
    assert [(row.author, row.waiting, row.failed, row.tag) for row in rows] == [
        (volunteer, 2, 1, ("warn", "2 giờ")),
        (colleague, 0, 1, ("err", "1 ngày")),
    ]
    tell(client, waiting=0, failed=0, age=0, by=[])
    assert not Unsent.objects.exists()


def test_the_token_of_an_author_is_no_ticket(client, volunteer, place):
    with pytest.raises(tickets.NoTicket):
        tickets.read(session_of(client)["by"])


def test_who_practises_tells_of_the_real_slips_at_the_real_place(client, place):
    session = client.session
    session[sessions.PRACTICE] = True
    session.save()
    tell(client, waiting=1, failed=0, age=60)
    assert Tablet.objects.get().place == place


def test_a_guest_who_practises_tells_at_the_place_of_the_shift(place, note):
    guest = client_of(builders.make_shift_guest(shift=builders.make_shift(place=place)))
    session = guest.session
    session[sessions.PRACTICE] = True
    session.save()
    tell(guest, waiting=1, failed=0, age=60)
    assert Tablet.objects.get().place == place


@pytest.mark.parametrize(
    "wrong",
    [{"waiting": 1, "oldest_at": None}, {"failed": 1, "oldest_at": None}, {"settled_at": timezone.now()}],
)
def test_a_tablet_that_is_behind_says_since_when_and_who_settled_it_stands_with_when(client, wrong):
    tell(client, waiting=0, failed=0, age=0)
    with pytest.raises(IntegrityError):
        Tablet.objects.update(**wrong)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"waiting": "x", "failed": 0, "age": 0},
        {"waiting": None, "failed": 0, "age": 1},
        {"waiting": 1, "failed": 0, "age": 1, "by": [1]},
        {"waiting": 1, "failed": 0, "age": 1, "by": {"by": 1}},
        {"waiting": 1, "failed": 0, "age": 1, "by": 1},
        [1],
    ],
)
def test_what_a_tablet_tells_in_another_shape_is_refused(client, said):
    answer = client.post(reverse("tablet_tell"), said, content_type="application/json")
    assert answer.status_code == 400
    assert not Tablet.objects.exists()


def test_what_a_tablet_tells_is_cut_to_what_can_be(client):
    tell(client, waiting=10**9, failed=-5, age=10**12)
    row = Tablet.objects.get()
    assert (row.waiting, row.failed) == (10_000, 0)
    assert row.oldest_at >= timezone.now() - timedelta(days=366)


def test_the_worker_and_the_manifest_are_the_same_for_all(client, db):
    for name in ("field_worker", "field_manifest"):
        mine, theirs = client.get(reverse(name)), Client().get(reverse(name))
        assert mine.status_code == theirs.status_code == 200
        assert mine.content == theirs.content
        assert "Cookie" not in theirs.get("Vary", "")
    assert theirs.json()["scope"] == "/viec/"


# --- the slip without script -------------------------------------------------------------------------------


def test_without_script_a_slip_is_written_down_at_once_and_sent_twice_once(client, volunteer):
    address = reverse("slip", args=[KIND])
    form = {"slip": str(client.get(address).context["id"]), "words": "Một"}
    for _ in range(2):
        assert client.post(address, form).status_code == 302
    assert Refusal.objects.get().recorded_by == volunteer
    assert not Envelope.objects.exists()


def test_without_script_mistakes_come_back_on_the_page(client):
    answer = client.post(reverse("slip", args=[KIND]), {"words": ""})
    assert answer.status_code == 422
    assert "Lỗi:" in answer.text
    assert client.get(reverse("slip", args=["khong-co"])).status_code == 404


def test_a_script_that_asks_ends_no_session_so_that_what_is_being_typed_is_kept(note, volunteer, place):
    """The page itself hears that eight hours are over, and its form is kept for the same person."""
    client = client_of(volunteer, place=place)
    session = client.session
    session["ends_at"] = int(timezone.now().timestamp()) - 1
    session.save()
    assert client.get(reverse("tablet_session")).status_code == 401
    answer = client.post(reverse("slip", args=["note"]), {"words": "Chữ đang gõ"})
    assert answer["Location"].startswith(reverse("login"))
    assert client.session["kept"]
