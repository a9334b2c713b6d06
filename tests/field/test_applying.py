"""What becomes of an envelope that was kept: written down once, or held for a person; photos, the night."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.field import applying, nightly, receiving, tickets
from portal.field.captures import Done, all_captures
from portal.field.models import HELD, Envelope, SealingKey
from portal.privacy.models import Refusal
from tests import builders
from tests.field.envelopes import make_envelope, send_photo
from tests.field.notes import BREAKS, KIND, NOTE, REFUSED, REMARK, TAKEN, WHY_NOT, line, post, sealed, write
from tests.people import client_of

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
