"""What the server does with an envelope: kept and answered first, applied after, once, whatever happens."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from portal.codes.shortcodes import make_code
from portal.field import applying, nightly, receiving, sealing, tickets
from portal.field.captures import Done, all_captures
from portal.field.models import HELD, Clash, Envelope, SealingKey
from portal.privacy import crypto
from portal.privacy.models import Refusal
from tests import builders
from tests.field.envelopes import make_envelope, send_photo
from tests.field.notes import BREAKS, KIND, NOTE, REFUSED, REMARK, TAKEN, WHY_NOT, post, write
from tests.people import client_of


@pytest.fixture
def at_work(volunteer, place) -> dict:
    """Who fills in, and where."""
    return {"by": volunteer, "place": place}


def sealed(words: dict, *, id=None, key=None, photo=b"") -> tuple[uuid.UUID, bytes]:
    """An envelope with this line of JSON, whatever it says."""
    id, key = id or uuid.uuid4(), key or SealingKey.objects.current()
    return id, sealing.seal_envelope(words, id=id, key_id=key.id, public=bytes(key.public), photo=photo)


def line(by, place, **changed) -> dict:
    """What a tablet writes into an envelope now, with changes."""
    now = timezone.now()
    ticket = tickets.Ticket(by.pk, place.pk, "7F3KM2", False, now, now + timedelta(hours=8))
    ms = round(now.timestamp() * 1000)
    words = {"ticket": tickets.dump(ticket), "ticket_at": ms, "at": ms, "kind": KIND, "version": 1}
    return words | {"place": place.pk, "fields": [["words", "Bà con bận"]]} | changed


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


# --- one that fails keeps nobody up ------------------------------------------------------------------------


def test_the_third_of_twenty_is_held_and_the_others_are_written_down(client, at_work):
    said = ["Bà con bận"] * 20
    said[2] = REFUSED
    answers = [write(client, words, **at_work)[1] for words in said]
    assert [answer.status_code for answer in answers] == [200] * 20
    assert [answer.json()["state"] for answer in answers] == ["applied"] * 2 + ["review"] + ["applied"] * 17
    assert Refusal.objects.count() == 19
    assert Envelope.objects.stuck().get().problem == WHY_NOT


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (REFUSED, WHY_NOT),
        (TAKEN, applying.TAKEN),
        ("", "lời ghi"),
        ("Dài hơn hai mươi chữ cái thì không được", "Lời ghi"),
    ],
)
def test_what_cannot_be_written_down_is_held_with_the_sentence_that_says_why(client, at_work, words, problem):
    _id, answer = write(client, words, **at_work)
    row = Envelope.objects.get()
    assert (answer.status_code, row.state) == (200, "review")
    assert problem in row.problem
    assert not Refusal.objects.exists()
    assert row.open().words["fields"] == [["words", words]]


def test_a_slip_at_which_the_portal_breaks_waits_and_is_tried_five_times(client, at_work):
    id, answer = write(client, BREAKS, **at_work)
    assert (answer.status_code, answer.json()["state"]) == (200, "received")
    assert not Refusal.objects.exists()
    for tries in range(1, applying.MOST_TRIES):
        assert (Envelope.objects.get().tries, Envelope.objects.get().state) == (tries, "received")
        Envelope.objects.update(received_at=timezone.now() - applying.STALE)
        assert applying.apply_waiting() == 0
    row = Envelope.objects.get(pk=id)
    assert (row.state, row.problem) == ("review", applying.BROKEN)


def test_what_a_killed_server_left_is_written_down_by_the_worker(at_work):
    id, raw = make_envelope(KIND, {"words": "Một"}, **at_work)
    kept = {"device": "", "by": at_work["by"]}
    receiving._keep(id, raw, "0" * 64, **kept)
    assert applying.apply_waiting() == 0  # who received it a moment ago may yet be at it
    Envelope.objects.update(received_at=timezone.now() - applying.STALE)
    assert applying.apply_waiting() == 1
    assert Refusal.objects.get().recorded_by == at_work["by"]


def test_a_remark_is_kept_with_what_was_written_down_and_told_to_the_author(client, at_work):
    _id, answer = write(client, REMARK, **at_work)
    assert Envelope.objects.flagged().get().flag == answer.json()["flag"] == "Sạp này có hai người bán."


def test_who_posts_under_a_colleagues_uuid_writes_nothing_that_the_envelope_takes_for_its_own(
    client, at_work, place
):
    other = builders.make_user(role="volunteer", unit=place.unit, pin=builders.PIN)
    id, raw = make_envelope(KIND, {"words": "Một"}, **at_work)
    form = {"slip": str(id), "words": "Hai"}
    assert client_of(other, place=place).post(reverse("slip", args=[KIND]), form).status_code == 302
    assert post(client, id, raw).json()["state"] == "applied"
    rows = dict(Refusal.objects.values_list("recorded_by", "pk"))
    assert set(rows) == {other.pk, at_work["by"].pk}
    assert Envelope.objects.get().rows == [["privacy.refusal", str(rows[at_work["by"].pk])]]


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


# --- pages older and newer than the portal -----------------------------------------------------------------


@pytest.fixture
def second_version(monkeypatch, note):
    """Today's notes call `words` what the kept page of yesterday called `said`."""

    def upgrade(data):
        data["words"] = data.pop("said", [""])[0]

    monkeypatch.setitem(all_captures(), KIND, replace(NOTE, version=2, upgrades={1: upgrade}))


def test_a_page_older_than_the_release_is_understood(second_version, client, at_work):
    id, raw = make_envelope(KIND, {"said": "Lời cũ"}, version=1, **at_work)
    assert post(client, id, raw).json()["state"] == "applied"


def test_a_page_newer_than_the_server_waits_for_a_person(second_version, client, at_work):
    id, raw = make_envelope(KIND, {"words": "Lời mới"}, version=3, **at_work)
    assert post(client, id, raw).json()["state"] == "review"
    assert Envelope.objects.get().problem == applying.UNKNOWN_SLIP


def test_a_slip_that_nobody_knows_waits_for_a_person(client, at_work):
    id, raw = make_envelope("gone", {"words": "Lời"}, **at_work)
    assert post(client, id, raw).json()["state"] == "review"
    assert Envelope.objects.get().title == "Phiếu loại khác"


# --- who, where, when --------------------------------------------------------------------------------------


def test_an_author_who_was_revoked_meanwhile_is_held_apart(client, at_work, place):
    gone = builders.make_user(role="volunteer", unit=place.unit, pin=builders.PIN)
    id, raw = make_envelope(KIND, {"words": "Một"}, by=gone, place=place)
    gone.revoke(by=builders.make_user(role="administrator"))
    assert post(client, id, raw).json()["state"] == "quarantine"
    row = Envelope.objects.get()
    assert (row.author, row.problem) == (gone, applying.REVOKED)
    assert not Refusal.objects.exists()


@pytest.mark.parametrize("end", ["over", "closed"])
def test_what_was_filled_in_during_a_shift_is_written_down_after_it(place, note, leader, end):
    shift = builders.make_shift(place=place, made_by=leader)
    guest = builders.make_shift_guest(shift=shift)
    id, raw = make_envelope(KIND, {"words": "Một"}, by=guest, place=place)
    if end == "closed":
        shift.close(by=leader)
    else:
        shift.starts_at, shift.ends_at = (timezone.now() - timedelta(hours=hours) for hours in (5, 1))
        shift.save()
    answer = post(client_of(leader, place=place), id, raw)  # the guest is out: a colleague sends it
    assert answer.json()["state"] == "applied"
    row = Envelope.objects.get()
    assert (row.author, row.sent_by) == (guest, leader)
    assert Refusal.objects.get().recorded_by == guest


@pytest.mark.parametrize("ahead", [timedelta(days=1), timedelta(days=-400)])
def test_a_tablet_whose_clock_is_wrong_gives_the_right_moment(client, at_work, ahead):
    at = timezone.now() - timedelta(minutes=3)
    write(client, at=at, clock_ahead=ahead, **at_work)
    row = Envelope.objects.get()
    assert abs(row.at - at) < timedelta(seconds=1)
    assert not row.is_clock_odd
    assert abs(Refusal.objects.get().at - at) < timedelta(seconds=1)


@pytest.mark.parametrize(("moved", "is_late"), [(timedelta(hours=3), True), (timedelta(days=-2), False)])
def test_a_clock_that_was_moved_in_between_is_marked(client, at_work, moved, is_late):
    words = line(**at_work)
    words["at"] += round(moved.total_seconds() * 1000)
    id, raw = sealed(words)
    before = timezone.now()
    assert post(client, id, raw).json()["state"] == "applied"
    row = Envelope.objects.get()
    assert row.is_clock_odd
    since = tickets.read(words["ticket"]).since
    assert before <= row.at <= timezone.now() if is_late else row.at == since


def test_a_slip_that_comes_a_month_late_waits_for_a_person(client, at_work):
    """Within its session, as the ticket says; but a copied ticket must not be good for ever."""
    at = timezone.now() - applying.LATEST - timedelta(hours=9)
    late, _ = write(client, at=at, until=at + timedelta(hours=1), **at_work)
    at += timedelta(days=2)
    early, _ = write(client, at=at, until=at + timedelta(hours=1), **at_work)
    assert Envelope.objects.get(pk=late).problem == applying.LATE
    assert Envelope.objects.get(pk=early).state == "applied"


def test_what_was_filled_in_after_the_session_waits_for_a_person(client, at_work):
    at = timezone.now()
    write(client, at=at, until=at - timedelta(minutes=1), **at_work)
    assert (Envelope.objects.get().state, Envelope.objects.get().problem) == (
        "review", applying.AFTER_SESSION,
    )  # fmt: skip


def test_a_page_of_one_place_saved_at_another_waits_for_a_person(client, at_work):
    write(client, opened_at=builders.make_place(), **at_work)
    assert Envelope.objects.get().problem == applying.ELSEWHERE


def test_what_was_sealed_in_practice_is_nowhere(client, at_work):
    write(client, practice=True, **at_work)
    assert Envelope.objects.get().is_practice
    assert Refusal.objects.get().place.is_practice


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


# --- photos ------------------------------------------------------------------------------------------------


@pytest.fixture
def photos(monkeypatch, note):
    """Notes take photos; what they took."""
    taken = []

    def keep(work, rows, photo):
        taken.append((rows, photo))
        return Done()

    monkeypatch.setitem(all_captures(), KIND, replace(NOTE, photo=keep))
    return taken


def test_a_photo_that_came_first_waits_for_its_slip(photos, client, at_work):
    id, raw = make_envelope(KIND, {"words": "Một"}, **at_work)
    photo, answer = send_photo(b"JPEG", of=id, **at_work)
    assert (answer.status, answer.words["state"]) == (200, "received")
    post(client, id, raw)
    assert Envelope.objects.get(pk=photo).state == "applied"
    assert photos == [([["privacy.refusal", str(Refusal.objects.get().pk)]], b"JPEG")]


def test_a_photo_whose_slip_never_came_is_held_after_a_while(photos, at_work):
    photo, _ = send_photo(b"JPEG", of=uuid.uuid4(), **at_work)
    for days, state in ((1, "received"), (8, "review")):
        Envelope.objects.update(received_at=timezone.now() - timedelta(days=days))
        applying.apply_waiting()
        assert Envelope.objects.get(pk=photo).state == state


def test_a_slip_that_comes_late_still_gets_its_photo(photos, client, at_work):
    id, raw = make_envelope(KIND, {"words": "Một"}, **at_work)
    photo, _ = send_photo(b"JPEG", of=id, **at_work)
    Envelope.objects.update(received_at=timezone.now() - timedelta(days=8))
    applying.apply_waiting()
    post(client, id, raw)
    assert Envelope.objects.get(pk=photo).state == "applied"


def test_the_photo_of_somebody_elses_slip_is_not_hung_on_it(photos, client, at_work, place):
    other = builders.make_user(role="volunteer", unit=place.unit)
    id, _ = write(client, **at_work)
    _photo, answer = send_photo(b"JPEG", of=id, by=other, place=place)
    assert answer.words["state"] == "received"
    assert photos == []


# --- at night ----------------------------------------------------------------------------------------------


def test_the_key_is_renewed_after_90_days_and_no_sooner(db):
    key = SealingKey.objects.current()
    assert SealingKey.objects.renew_when_due() == 0
    SealingKey.objects.update(made_at=timezone.now() - timedelta(days=91))
    assert SealingKey.objects.renew_when_due() == 1
    assert SealingKey.objects.current() != key
    assert SealingKey.objects.count() == 2


def test_what_was_written_down_keeps_its_content_for_a_week_and_what_waits_keeps_it(client, at_work):
    done, _ = write(client, **at_work)
    held, _ = write(client, REFUSED, **at_work)
    assert nightly.forget_contents() == 0
    week = timezone.now() - timedelta(days=7, minutes=1)
    Envelope.objects.update(received_at=week)
    Envelope.objects.filter(pk=done).update(closed_at=week)
    assert nightly.forget_contents() == 1
    assert Envelope.objects.get(pk=done).sealed is None
    assert Envelope.objects.get(pk=held).sealed is not None


def test_what_nobody_looked_at_in_90_days_is_dropped_with_its_photos_and_then_forgotten(
    photos, client, at_work
):
    id, _ = write(client, REFUSED, **at_work)
    photo, _ = send_photo(b"JPEG", of=id, **at_work)
    young, _ = write(client, REFUSED, **at_work)
    old = timezone.now() - HELD - timedelta(minutes=1)
    Envelope.objects.exclude(pk=young).update(received_at=old)
    assert applying.drop_given_up() == 1
    assert Envelope.objects.get(pk=young).state == "review"
    row = Envelope.objects.get(pk=id)
    assert (row.state, row.problem, row.closed_by) == ("dropped", applying.GIVEN_UP, None)
    assert Envelope.objects.get(pk=photo).state == "dropped"
    Envelope.objects.exclude(pk=young).update(closed_at=old)
    assert nightly.forget_contents() == 2
    assert applying.drop_given_up() == 0


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
