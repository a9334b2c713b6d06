"""What the server does with an envelope that comes in: kept and answered, once, whatever it says."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from portal.codes.shortcodes import make_code
from portal.field import applying, sealing, tickets
from portal.field.captures import Done, all_captures
from portal.field.models import Clash, Envelope, SealingKey
from portal.privacy import crypto
from portal.privacy.models import Refusal
from tests import builders
from tests.field.envelopes import make_envelope
from tests.field.notes import KIND, NOTE, line, post, sealed, write
from tests.people import client_of

# --- once --------------------------------------------------------------------------------------------------


def test_an_envelope_is_answered_with_its_id_its_hash_and_a_receipt(client, at_work):
    id, answer = write(client, **at_work)
    row = Envelope.objects.get()
    assert answer.status_code == 200
    assert answer.json() == {
        "id": str(id), "sha256": row.sha256, "code": row.receipt, "at": answer.json()["at"],
        "state": "applied", "words": Done.words, "flag": "", "href": "",
    }  # fmt: skip
    assert (row.author, row.place, row.state) == (at_work["by"], at_work["place"], "applied")
    assert Refusal.objects.get().recorded_by == at_work["by"]


def test_an_answer_that_was_lost_is_given_again_and_nothing_is_written_twice(client, at_work):
    id, raw = make_envelope(KIND, {"words": "Một"}, **at_work)
    first = post(client, id, raw)
    again = [post(client, id, raw) for _ in range(3)]
    assert [answer.status_code for answer in again] == [200] * 3
    assert all(answer.json() == first.json() for answer in again)
    assert (Envelope.objects.count(), Refusal.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_send_at_once_make_one_row(at_work):
    id, raw = make_envelope(KIND, {"words": "Một"}, **at_work)
    clients = [client_of(at_work["by"], place=at_work["place"]) for _ in range(4)]

    def send(one):
        try:
            answer = post(one, id, raw)
            return answer.status_code, answer.json()["code"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as tabs:
        answers = list(tabs.map(send, clients))
    assert set(answers) == {(200, Envelope.objects.get().receipt)}
    assert Refusal.objects.count() == 1


def test_the_key_of_a_row_follows_from_the_slips(client, at_work):
    """So that what was applied and lost its state, as no transaction lets it, would still be one row."""
    write(client, **at_work)
    Envelope.objects.update(state="received", closed_at=None)
    assert applying.apply_envelope(Envelope.objects.get().pk).state == "applied"
    assert Refusal.objects.count() == 1


def test_what_was_sent_again_after_its_content_was_dropped_is_still_received(client, at_work):
    id, raw = make_envelope(KIND, {"words": "Một"}, **at_work)
    post(client, id, raw)
    Envelope.objects.update(sealed=None)
    assert post(client, id, raw).status_code == 200


# --- too large, too often ----------------------------------------------------------------------------------


def test_a_record_of_more_than_256_kb_is_too_large(client):
    raw = sealing.RECORD + bytes(256 * 1024)
    assert post(client, uuid.uuid4(), raw).status_code == 413


def test_a_photo_of_more_than_600_kb_is_too_large(client, at_work):
    many = sealing.PHOTO + bytes(600 * 1024 - 4)
    assert post(client, uuid.uuid4(), many).status_code == 400  # large enough, and nothing of ours
    assert post(client, uuid.uuid4(), many + b"0").status_code == 413


def test_what_says_that_it_is_too_large_is_not_read(client):
    answer = post(client, uuid.uuid4(), b"", CONTENT_LENGTH=str(600 * 1024 + 1))
    assert (answer.status_code, answer.json()) == (413, {"error": "large"})


def test_past_so_many_slips_an_hour_that_look_somebody_up_they_wait_for_a_person(
    client, at_work, monkeypatch
):
    monkeypatch.setitem(applying.LOOKS, "limit", 2)
    states = [write(client, **at_work)[1].json()["state"] for _ in range(3)]
    assert states == ["applied", "applied", "review"]
    assert Envelope.objects.stuck().get().problem == applying.OFTEN
    other = builders.make_user(role="volunteer", unit=at_work["place"].unit, pin=builders.PIN)
    assert write(client, by=other, place=at_work["place"])[1].json()["state"] == "applied"


def test_slips_that_look_nobody_up_are_not_counted(client, at_work, monkeypatch):
    monkeypatch.setitem(applying.LOOKS, "limit", 0)
    monkeypatch.setitem(all_captures(), KIND, replace(NOTE, secrets=frozenset()))
    assert write(client, **at_work)[1].json()["state"] == "applied"


# --- the same UUID, another content ------------------------------------------------------------------------


def test_another_content_under_the_same_uuid_is_refused_and_kept_as_evidence(client, at_work):
    id, first = write(client, "Một", **at_work)
    _, second = write(client, "Hai", id=id, **at_work)
    assert (second.status_code, second.json()) == (409, {"error": "clash"})
    clash = Clash.objects.get()
    assert (clash.envelope_id, clash.sent_by) == (id, at_work["by"])
    assert clash.sha256 != first.json()["sha256"]
    assert Refusal.objects.count() == 1


def test_evidence_is_kept_at_most_five_times_and_of_one_content_once(client, at_work):
    id, _ = write(client, **at_work)
    for number in range(7):
        raw = make_envelope(KIND, {"words": str(number)}, id=id, **at_work)[1]
        assert {post(client, id, raw).status_code for _ in range(2)} == {409}
    assert Clash.objects.count() == 5


def test_the_uuid_of_somebody_else_says_nothing_about_them(client, at_work, place):
    other = builders.make_user(role="volunteer", unit=place.unit, pin=builders.PIN)
    id, _ = write(client_of(other), by=other, place=place)
    _, own = write(client, id=id, **at_work)
    theirs = post(client, id, b"anything")
    assert own.json() == theirs.json() == {"error": "clash"}
    assert own.status_code == theirs.status_code == 409
    assert Envelope.objects.get().author == other


# --- nothing of ours ---------------------------------------------------------------------------------------


def test_what_was_sealed_for_an_older_key_opens_after_the_renewal(client, at_work):
    id, raw = make_envelope(KIND, {"words": "Một"}, **at_work)
    newer = SealingKey.objects.renew()
    assert SealingKey.objects.current() == newer
    assert post(client, id, raw).json()["state"] == "applied"


@pytest.mark.parametrize("at", [0, 4, 12, 200, 396, 410, -1])
def test_one_changed_byte_anywhere_is_not_ours(client, at_work, at):
    id, raw = make_envelope(KIND, {"words": "Một"}, **at_work)
    broken = bytearray(raw)
    broken[at] ^= 1
    answer = post(client, id, bytes(broken))
    assert (answer.status_code, answer.json()) == (400, {"error": "unreadable"})
    assert not Envelope.objects.exists()


def test_under_another_uuid_it_does_not_open(client, at_work):
    _id, raw = make_envelope(KIND, {"words": "Một"}, **at_work)
    assert post(client, uuid.uuid4(), raw).status_code == 400
    assert not Envelope.objects.exists()


def test_the_key_of_another_server_is_none_of_ours(client, at_work):
    _private, public = sealing.make_key()
    id = uuid.uuid4()
    raw = sealing.seal_envelope(line(**at_work), id=id, key_id=make_code(sealing.KEY_ID), public=public)
    assert post(client, id, raw).status_code == 400
    assert not Envelope.objects.exists()


@pytest.mark.parametrize("raw", [b"", b"{}", b"GLR1", b"\xff" * 500, b"GLR1" + b"A" * 8 + bytes(600)])
def test_anything_else_is_unreadable(client, raw):
    assert post(client, uuid.uuid4(), raw).status_code == 400


def foreign_ticket(by, place) -> str:
    """Of a server with other keys."""
    now = timezone.now()
    return tickets.dump(tickets.Ticket(by.pk, place.pk, "", False, now, now))


@pytest.mark.parametrize("ticket", ["", "vé giả", "AAAA", None, 7, ["x"]])
def test_a_ticket_of_nobody_is_refused_and_nothing_is_kept(client, at_work, ticket):
    id, raw = sealed(line(**at_work, ticket=ticket))
    assert post(client, id, raw).status_code == 400
    assert not Envelope.objects.exists()


def test_a_ticket_of_another_server_is_refused(client, at_work, settings):
    key, settings.FIELD_KEYS = settings.FIELD_KEYS, {"k1": bytes(32)}
    ticket = foreign_ticket(**at_work)
    settings.FIELD_KEYS = key
    id, raw = sealed(line(**at_work, ticket=ticket))
    assert post(client, id, raw).status_code == 400
    assert not Envelope.objects.exists()


def test_a_sealed_value_of_another_column_is_no_ticket(client, at_work):
    id, raw = sealed(line(**at_work, ticket=crypto.seal(b"[1]", "accounts.kept.1").hex()))
    assert post(client, id, raw).status_code == 400


@pytest.mark.parametrize(
    "changed",
    [
        {"version": -1}, {"version": 0}, {"version": 70_000}, {"version": "x"}, {"version": None},
        {"kind": "a\0b"}, {"kind": None}, {"kind": ["note"]}, {"kind": 7},
        {"at": "x"}, {"at": 10**30}, {"ticket_at": None}, {"of": 7}, {"of": "x"},
        {"of": str(uuid.UUID(int=7))},
        {"fields": [["words", "\ud800"]]}, {"fields": [["\udfff", "Một"]]},
        {"fields": None}, {"fields": [1]}, {"fields": [["a"]]}, {"fields": {"a": "b"}},
    ],
    ids=str,
)  # fmt: skip
def test_a_line_of_another_shape_is_refused_and_breaks_nothing(client, at_work, changed):
    id, raw = sealed(line(**at_work, **changed))
    assert post(client, id, raw).status_code == 400
    assert not Envelope.objects.exists()


# --- who may send ------------------------------------------------------------------------------------------


def test_who_may_not_record_sends_nothing(at_work):
    id, raw = make_envelope(KIND, {"words": "Một"}, **at_work)
    auditor = client_of(builders.make_user(role="auditor", pin=builders.PIN))
    answer = post(auditor, id, raw)
    assert (answer.status_code, answer.json()) == (403, {"error": "forbidden"})
    assert not Envelope.objects.exists()


def test_a_locked_screen_sends_what_lies_on_the_tablet(client, at_work):
    session = client.session
    session["is_locked"] = True
    session.save()
    assert write(client, **at_work)[1].status_code == 200
    assert client.get(reverse("outbox")).status_code == 423


@pytest.mark.parametrize("who", ["nobody", "ended", "revoked"])
def test_without_a_session_the_answer_is_no_receipt_and_nothing_is_kept(client, at_work, who):
    id, raw = make_envelope(KIND, {"words": "Một"}, **at_work)
    if who == "nobody":
        client.logout()
    elif who == "revoked":
        at_work["by"].revoke(by=builders.make_user(role="administrator"))
    else:
        session = client.session
        session["ends_at"] = int(timezone.now().timestamp()) - 1
        session.save()
    for answer in (post(client, id, raw), client.get(reverse("tablet_session"))):
        assert answer.status_code == (401 if who == "ended" else 302)
        assert b"csrf" not in answer.content
    assert not Envelope.objects.exists()
