"""What waits for a person: who sees it, puts it right, drops it; author and moment stay the tablet's."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from portal.field import applying, nightly
from portal.field.captures import all_captures
from portal.field.models import Envelope, Left, Tablet, Unsent
from portal.field.models.tablets import TABLETS_SHOWN
from portal.field.needs import NEEDS
from portal.field.views import review
from portal.forms import TOO_MANY_LOOKS
from portal.privacy.models import Opening, Refusal
from tests import builders
from tests.field.envelopes import send, send_photo
from tests.field.notes import BREAKS, KIND, REFUSED, REMARK, WHY_NOT
from tests.people import client_of

FAR = "Phường Quy Nhơn"


def held(by, place, words=REFUSED, **more) -> Envelope:
    id, answer = send(KIND, {"words": words, **more.pop("fields", {})}, by=by, place=place, **more)
    assert answer.status == 200
    return Envelope.objects.get(pk=id)


@pytest.fixture
def slip(volunteer, place) -> Envelope:
    """Of the volunteer, an hour ago; it could not be written down."""
    return held(volunteer, place, at=timezone.now() - timedelta(hours=1))


@pytest.fixture
def stranger(place):
    user = builders.make_user(role="volunteer", unit=place.unit, pin=builders.PIN)
    return client_of(user, place=place)


def page_of(row) -> str:
    return reverse("review", args=[row.pk])


# --- the list ----------------------------------------------------------------------------------------------


def test_who_leads_sees_what_waits_with_the_reason(desk, slip, volunteer, place):
    text = desk.get(reverse("review_list")).text
    for words in (slip.receipt, volunteer.name, place.name, WHY_NOT):
        assert words in text


def test_a_volunteer_has_no_list(client, slip):
    assert client.get(reverse("review_list")).status_code == 403


def test_what_waits_elsewhere_is_not_in_the_list(desk, volunteer):
    far = builders.make_place(unit=builders.commune_unit(FAR))
    row = held(volunteer, far)
    assert row.receipt not in desk.get(reverse("review_list")).text
    assert desk.get(page_of(row)).status_code == 404


@pytest.mark.parametrize("name", ["review_list", "outbox"])
def test_more_slips_ask_no_more_questions(desk, leader, place, name):
    """25 rows, each of another author, with a remark and a tablet to it."""

    def grow(count):
        for number in range(count):
            author = builders.make_user(role="volunteer", unit=place.unit)
            held(author, place, sent_by=leader)
            held(author, place, REMARK, sent_by=leader)
            left = Left(1, 0, timedelta(hours=number))
            device, theirs = f"{author.pk:06d}", {author.pk: left, leader.pk: left}
            Tablet.objects.tell(device, user=author, place=place, left=left, by_author=theirs)

    def queries():
        with CaptureQueriesContext(connection) as seen:
            assert desk.get(reverse(name)).status_code == 200
        return len(seen)

    grow(2)
    few = queries()
    grow(23)
    assert queries() == few


def test_tablets_that_still_hold_slips_are_listed_oldest_first(desk, volunteer, place):
    for device, hours in (("NEWNEW", 1), ("OLDOLD", 50)):
        Tablet.objects.tell(device, user=volunteer, place=place, left=Left(2, 0, timedelta(hours=hours)))
    far = builders.make_place(unit=builders.commune_unit(FAR))
    Tablet.objects.tell("FARFAR", user=volunteer, place=far, left=Left(1, 0, timedelta()))
    text = desk.get(reverse("review_list")).text
    assert text.index("OLDOLD") < text.index("NEWNEW")
    assert "2 ngày" in text
    assert "FARFAR" not in text


def test_a_tablet_says_whose_slips_are_on_it_oldest_first(desk, volunteer, place):
    one, two = (
        builders.make_user(role="volunteer", unit=place.unit, name=name) for name in ("Rơ Châm Đạt", "Siu Bé")
    )
    theirs = {one.pk: Left(1, 0, timedelta(hours=3)), two.pk: Left(1, 1, timedelta(days=2))}
    left = Left(2, 1, timedelta(days=2))
    Tablet.objects.tell("MANY22", user=volunteer, place=place, left=left, by_author=theirs)
    text = " ".join(strip_tags(table_of(desk)).split())
    assert text.index(volunteer.name) < text.index("Siu Bé: 2 phiếu, 1 lỗi") < text.index("Đạt: 1 phiếu ")
    assert "MANY22" in table_of(desk, q="siu be")
    assert "MANY22" not in table_of(desk, q="nobody")
    Tablet.objects.tell("MANY22", user=volunteer, place=place, left=Left(1, 0, timedelta()))
    assert "Siu Bé" not in table_of(desk)


def test_a_tablet_elsewhere_is_seen_where_whose_slips_are_on_it(desk, place):
    far = builders.make_place(unit=builders.commune_unit(FAR))
    holder = builders.make_user(role="volunteer", unit=far.unit)
    mine = builders.make_user(role="volunteer", unit=place.unit)
    left = Left(1, 0, timedelta(days=1))
    Tablet.objects.tell("LENT22", user=holder, place=far, left=left, by_author={mine.pk: left})
    address = reverse("tablet_settle", args=["LENT22"])
    assert "LENT22" in table_of(desk)
    assert address not in table_of(desk)  # that is for who leads there
    assert desk.post(address).status_code == 404
    there = builders.make_user(role="team_lead", unit=far.unit, pin=builders.PIN)
    client_of(there, place=far).post(address)
    assert Tablet.objects.get().settled_by == there
    assert not Unsent.objects.exists()


def test_whose_slips_lie_on_a_silent_tablet_is_forgotten(volunteer, place):
    left = Left(1, 0, timedelta(days=1))
    for device in ("SILENT", "SPOKEN"):
        Tablet.objects.tell(device, user=volunteer, place=place, left=left, by_author={volunteer.pk: left})
    Tablet.objects.filter(pk="SILENT").update(told_at=timezone.now() - TABLETS_SHOWN - timedelta(minutes=1))
    assert nightly.forget_tablets() == 1
    assert Unsent.objects.get().tablet_id == "SPOKEN"


def test_a_remark_that_nobody_has_seen_needs_a_hand(desk, leader, volunteer, place):
    row = held(volunteer, place, REMARK)
    need = next(one for one in NEEDS if one.name == "Phiếu đã ghi, có điều cần biết")
    assert sum(need.find(leader).values()) == 1
    desk.post(reverse("flag_seen", args=[row.pk]))
    assert not need.find(leader)


def test_a_lost_tablet_is_settled_until_it_tells_again(desk, client, leader, volunteer, place):
    told = {"user": volunteer, "place": place, "left": Left(2, 0, timedelta(days=3))}
    Tablet.objects.tell("GONE77", **told)
    address = reverse("tablet_settle", args=["GONE77"])
    assert client.post(address).status_code == 403
    assert desk.post(address)["Location"] == reverse("review_list")
    row = Tablet.objects.get()
    assert row.settled_by == leader
    assert "GONE77" not in table_of(desk)
    assert row.mark_settled(by=volunteer) is False
    assert Tablet.objects.get().settled_by == leader
    Tablet.objects.tell("GONE77", **told)
    assert "GONE77" in table_of(desk)


def test_a_tablet_elsewhere_is_not_found(desk, volunteer):
    far = builders.make_place(unit=builders.commune_unit(FAR))
    Tablet.objects.tell("FARFAR", user=volunteer, place=far, left=Left(1, 0, timedelta()))
    assert desk.post(reverse("tablet_settle", args=["FARFAR"])).status_code == 404


def table_of(desk, **asked) -> str:
    """The list from the tablets on; what was just said stands above."""
    return desk.get(reverse("review_list"), asked).text.split('id="tab-h"')[1]


def test_who_looks_for_a_name_a_receipt_or_a_tablet_finds_it(desk, place):
    one, two = (
        builders.make_user(role="volunteer", unit=place.unit, name=name) for name in ("Rơ Châm Đạt", "Siu Bé")
    )
    mine, theirs = held(one, place, device="AAAAAA"), held(two, place, sent_from="CCCCCC")
    for user, device in ((one, "AAAAAA"), (two, "CCCCCC")):
        Tablet.objects.tell(device, user=user, place=place, left=Left(1, 0, timedelta()))

    def found(q):
        answer = desk.get(reverse("review_list"), {"q": q})
        return [row.pk for row in answer.context["stuck"]], [row.pk for row in answer.context["tablets"]]

    first, second = ([mine.pk], ["AAAAAA"]), ([theirs.pk], ["CCCCCC"])
    assert found("ro cham dat") == found("aaaaaa") == first
    assert found("Siu Bé") == found("CCCCCC") == second
    assert found(mine.receipt) == found(mine.code.lower()) == (first[0], [])
    assert found("nobody") == ([], [])
    assert found("") == ([mine.pk, theirs.pk], ["AAAAAA", "CCCCCC"])


def test_each_list_has_pages_of_its_own(desk, volunteer, place, monkeypatch):
    monkeypatch.setattr(review, "PER_PAGE", 1)
    now = timezone.now()
    rows = [held(volunteer, place, at=now - timedelta(days=days)) for days in (2, 3, 1)]
    flags = [held(volunteer, place, REMARK, at=now - timedelta(hours=hours)) for hours in (1, 2)]
    for device, hours in (("NEWNEW", 1), ("OLDOLD", 50)):
        Tablet.objects.tell(device, user=volunteer, place=place, left=Left(2, 0, timedelta(hours=hours)))
    answer = desk.get(reverse("review_list"), {"page": "2", "tabs": "2"})
    assert list(answer.context["stuck"]) == [rows[0]]
    assert list(answer.context["flagged"]) == [flags[1]]
    assert [row.pk for row in answer.context["tablets"]] == ["NEWNEW"]
    assert 'href="?page=2&amp;tabs=2&amp;flags=2"' in answer.text
    assert 'href="?page=2&amp;tabs=1"' in answer.text


def test_the_list_costs_the_same_number_of_questions(desk, slip, django_assert_num_queries):
    desk.get(reverse("review_list"))
    with django_assert_num_queries(8):
        desk.get(reverse("review_list"), {"q": "a"})


def test_what_waits_shows_how_long(desk, volunteer, place):
    held(volunteer, place, at=timezone.now() - timedelta(days=3, hours=1))
    assert "3 ngày" in desk.get(reverse("review_list")).text


# --- one slip ----------------------------------------------------------------------------------------------


def test_what_was_put_right_is_written_down_by_the_author_at_the_moment_of_the_tablet(
    desk, leader, slip, volunteer
):
    page = desk.get(page_of(slip))
    assert page.status_code == 200
    assert REFUSED in page.text
    assert desk.post(page_of(slip), {"words": "Đúng rồi"}).status_code == 302
    row, written = Envelope.objects.get(), Refusal.objects.get()
    assert (row.state, row.closed_by, row.author, row.at) == ("applied", leader, volunteer, slip.at)
    assert (written.recorded_by, written.at) == (volunteer, slip.at)


def test_what_is_still_wrong_stays_held_and_says_so(desk, slip):
    answer = desk.post(page_of(slip), {"words": REFUSED})
    assert WHY_NOT in answer.text
    assert "20" in desk.post(page_of(slip), {"words": "x" * 21}).text
    assert Envelope.objects.get().state == "review"
    assert not Refusal.objects.exists()


def test_two_who_put_it_right_write_it_down_once(desk, client, slip):
    assert desk.post(page_of(slip), {"words": "Một"}).status_code == 302
    assert client.post(page_of(slip), {"words": "Hai"}).status_code == 200
    assert Refusal.objects.count() == 1


def test_a_volunteer_puts_right_what_is_their_own(client, slip):
    assert client.get(page_of(slip)).status_code == 200
    assert client.post(page_of(slip), {"words": "Một"})["Location"] == reverse("outbox")
    assert Envelope.objects.get().state == "applied"


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_others_filled_in_is_not_found(stranger, slip, method):
    assert getattr(stranger, method)(page_of(slip)).status_code == 404
    assert stranger.post(reverse("review_drop", args=[slip.pk]), {"why": "Ghi nhầm"}).status_code == 404
    assert stranger.post(reverse("flag_seen", args=[slip.pk])).status_code == 403


def test_who_opens_a_slip_leaves_a_trace(desk, leader, slip):
    desk.get(page_of(slip))
    line = Opening.objects.get(model="field.envelope")
    assert (line.user, line.row) == (leader, str(slip.pk))


def test_a_secret_is_never_shown_and_stays_when_left_empty(desk, volunteer, place):
    row = held(volunteer, place, fields={"number": "9704180001234"})
    page = desk.get(page_of(row)).text
    assert "9704180001234" not in page
    assert "•••• 1234" in page
    again = desk.post(page_of(row), {"words": REFUSED, "number": ""}).text
    assert "9704180001234" not in again
    assert applying.fields_of(Envelope.objects.get().open().words)["number"] == "9704180001234"


def test_a_slip_is_dropped_only_with_a_reason(desk, leader, slip):
    address = reverse("review_drop", args=[slip.pk])
    for form in ({}, {"why": "Không thích"}):
        assert desk.post(address, form)["Location"] == page_of(slip)
        assert Envelope.objects.get().state == "review"
    desk.post(address, {"why": "Ghi nhầm"})
    row = Envelope.objects.get()
    assert (row.state, row.problem, row.closed_by) == ("dropped", "Ghi nhầm", leader)
    assert not Refusal.objects.exists()


def test_what_was_written_down_is_not_dropped_after(desk, volunteer, place):
    row = held(volunteer, place, "Một")
    desk.post(reverse("review_drop", args=[row.pk]), {"why": "Ghi nhầm"})
    assert Envelope.objects.get().state == "applied"
    assert Refusal.objects.exists()


def test_a_photo_goes_with_its_slip(desk, slip, volunteer, place):
    photo, _ = send_photo(b"JPEG", of=slip.pk, by=volunteer, place=place)
    desk.post(reverse("review_drop", args=[slip.pk]), {"why": "Ghi nhầm"})
    row = Envelope.objects.get(pk=photo)
    assert (row.state, row.problem) == ("dropped", applying.PARENT_DROPPED)


def test_what_was_typed_instead_of_a_secret_stays_when_something_else_is_wrong(desk, volunteer, place):
    row = held(volunteer, place, fields={"number": "9704180001234"})
    again = desk.post(page_of(row), {"words": REFUSED, "number": "9704189999"}).text
    assert 'value="9704189999"' in again
    assert "•••• 1234" in again


def test_who_tries_too_often_is_asked_to_rest_and_loses_nothing(desk, slip, monkeypatch):
    monkeypatch.setitem(review.LOOKS, "limit", 1)
    desk.post(page_of(slip), {"words": REFUSED})
    answer = desk.post(page_of(slip), {"words": "Đúng rồi", "number": "123"})
    assert answer.status_code == 422
    assert TOO_MANY_LOOKS in answer.text
    assert 'value="Đúng rồi"' in answer.text
    assert 'value="123"' in answer.text
    assert not Refusal.objects.exists()


def test_where_the_portal_breaks_the_page_says_so_and_loses_nothing(desk, slip):
    answer = desk.post(page_of(slip), {"words": BREAKS})
    assert answer.status_code == 422
    assert applying.BROKEN in answer.text
    assert BREAKS in answer.text
    assert Envelope.objects.get().state == "review"
    assert not Refusal.objects.exists()


def test_what_was_one_of_too_many_is_looked_up_by_a_try_and_not_by_opening_it(
    desk, volunteer, place, monkeypatch
):
    monkeypatch.setitem(applying.LOOKS, "limit", 0)
    row = held(volunteer, place, "x" * 21)
    text = desk.get(page_of(row)).text
    assert applying.OFTEN in text
    assert "Lời ghi: " not in text
    assert desk.post(page_of(row), {"words": "Một"}).status_code == 302


def test_a_reason_is_said_once_by_the_form_and_beside_it_what_the_form_does_not_know(desk, volunteer, place):
    now = timezone.now()
    banner = "<b>Chưa ghi vào sổ</b>"
    assert banner not in desk.get(page_of(held(volunteer, place, ""))).text
    assert banner in desk.get(page_of(held(volunteer, place))).text
    late = held(volunteer, place, "", at=now, until=now - timedelta(minutes=1))
    assert applying.AFTER_SESSION in desk.get(page_of(late)).text


@pytest.mark.parametrize("words", ["Một", REFUSED])
def test_the_way_back_leads_where_one_came_from(desk, client, volunteer, place, words):
    row = held(volunteer, place, words)
    assert f'<a class="back" href="{reverse("review_list")}">' in desk.get(page_of(row)).text
    text = client.get(page_of(row)).text
    assert f'<a class="back" href="{reverse("outbox")}">' in text
    assert "Hộp gửi</a>" in text


# --- held apart --------------------------------------------------------------------------------------------


@pytest.fixture
def apart(place):
    """Of somebody who was revoked before it came."""
    gone = builders.make_user(role="volunteer", unit=place.unit, pin=builders.PIN)
    gone.revoke(by=builders.make_user(role="administrator"))
    return held(gone, place, "Một", sent_by=builders.make_user(role="volunteer", unit=place.unit))


def test_only_who_leads_sees_and_settles_what_is_held_apart(desk, stranger, apart, leader):
    assert stranger.get(page_of(apart)).status_code == 404
    assert applying.REVOKED in desk.get(page_of(apart)).text
    desk.post(page_of(apart), {"words": "Một"})
    row = Envelope.objects.get()
    assert (row.state, row.closed_by) == ("applied", leader)
    assert Refusal.objects.get().recorded_by == apart.author


def test_who_was_let_in_again_does_not_settle_what_is_held_apart(apart, place):
    type(apart.author).objects.filter(pk=apart.author_id).update(
        is_active=True, revoked_at=None, revoked_by=None
    )
    client = client_of(apart.author, place=place)
    assert client.get(page_of(apart)).status_code == 403
    assert client.post(reverse("review_drop", args=[apart.pk]), {"why": "Ghi nhầm"}).status_code == 403
    assert not Opening.objects.filter(model="field.envelope").exists()


# --- remarks -----------------------------------------------------------------------------------------------


def test_a_remark_is_listed_until_somebody_saw_it(desk, volunteer, place):
    row = held(volunteer, place, REMARK)
    assert row.flag in desk.get(reverse("review_list")).text
    assert desk.post(reverse("flag_seen", args=[row.pk])).status_code == 302
    assert row.flag not in desk.get(reverse("review_list")).text
    seen = Envelope.objects.get().flag_seen_at
    desk.post(reverse("flag_seen", args=[row.pk]))
    assert Envelope.objects.get().flag_seen_at == seen


def test_a_remark_elsewhere_is_not_found(desk, volunteer):
    row = held(volunteer, builders.make_place(unit=builders.commune_unit(FAR)), REMARK)
    assert desk.post(reverse("flag_seen", args=[row.pk])).status_code == 404


# --- one's own outbox --------------------------------------------------------------------------------------


def test_the_outbox_lists_what_came_from_ones_own_hands(client, stranger, slip):
    assert slip.receipt in client.get(reverse("outbox")).text
    assert slip.receipt not in stranger.get(reverse("outbox")).text


@pytest.mark.parametrize("words", ["Một", REFUSED])
def test_the_page_of_what_is_finished_says_what_came_of_it(client, desk, volunteer, place, words):
    row = held(volunteer, place, words)
    if row.state == "review":
        desk.post(reverse("review_drop", args=[row.pk]), {"why": "Ghi nhầm"})
    text = client.get(page_of(row)).text
    row.refresh_from_db()
    assert row.get_state_display() in text
    assert row.words in text
    assert "<form" not in text.split("<main", 1)[1].split("</main", 1)[0]


def test_a_clash_is_among_what_needs_a_hand(leader, volunteer, place):
    """The tablet keeps the second content, so somebody has to hear of it."""
    id, _ = send(KIND, {"words": "Một"}, by=volunteer, place=place)
    send(KIND, {"words": "Hai"}, by=volunteer, place=place, id=id)
    found = next(need for need in NEEDS if "trùng mã" in need.name)
    assert sum(found.find(leader).values()) == 1
    assert found.href(leader) == reverse("review_list")
    assert found.find(builders.make_user(role="team_lead", unit=builders.make_unit())) == {}


def test_a_held_slip_that_breaks_its_own_form_is_said_and_can_be_dropped(desk, volunteer, place, monkeypatch):
    id, _ = send(KIND, {"words": REFUSED}, by=volunteer, place=place)

    def broken(work, data, files=None):
        raise RuntimeError

    monkeypatch.setitem(all_captures(), KIND, replace(all_captures()[KIND], form=broken))
    page = desk.get(reverse("review", args=[id]))
    assert page.status_code == 200
    assert applying.BROKEN in page.content.decode()
    desk.post(reverse("review_drop", args=[id]), {"why": "Ghi nhầm"})
    assert Envelope.objects.get(pk=id).state == Envelope.State.DROPPED
