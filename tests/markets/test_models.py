"""What can never be true in the market: one test a constraint, and the verbs that write it."""

from datetime import UTC, datetime, timedelta
from threading import Thread
from time import sleep

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from markets.models import (
    FalseCardReport,
    FollowUp,
    Overtaken,
    PaymentAccount,
    Stage,
    Stall,
    StallCard,
    Tenancy,
    Unconfirmed,
    Vendor,
)
from portal.privacy.models import Consent, Purpose
from tests.builders import (
    BIDV,
    make_account,
    make_card,
    make_consent,
    make_followup,
    make_market,
    make_number,
    make_ready_stall,
    make_report,
    make_stall,
    make_tenancy,
    make_user,
)

pytestmark = pytest.mark.django_db
YESTERDAY = timezone.localdate() - timedelta(days=1)


def refuses(name, act, *args, **kwargs) -> None:
    """Asserts that the database refuses, by the constraint of this name."""
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        act(*args, **kwargs)


def changed(row, **fields):
    """A write past all verbs, as a slip of the programmer would be."""
    type(row)._base_manager.filter(pk=row.pk).update(**fields)


# --- stalls ------------------------------------------------------------------------------------------------


def test_a_number_is_taken_once_among_the_open_stalls_of_a_market():
    stall = make_stall(row="b", number="07")
    refuses("markets_stall_number_free", make_stall, market=stall.market, row="B", number="07")


def test_a_closed_stall_frees_its_number():
    stall = make_stall(row="B", number="07")
    stall.close(by=stall.opened_by)
    assert make_stall(market=stall.market, row="B", number="07").label == "B07"


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (make_stall, "markets_stall_ends_after_start"),
        (make_tenancy, "markets_tenancy_ends_after_start"),
        (make_account, "markets_paymentaccount_ends_after_start"),
    ],
)
def test_nothing_ends_before_it_begins(make, name):
    refuses(name, changed, make(), ends_on=YESTERDAY)


def test_the_sentence_of_a_taken_number_says_what_to_do():
    stall = make_stall()
    again = Stall(market=stall.market, row=stall.row, number=stall.number, goods=stall.goods)
    with pytest.raises(ValidationError, match="Mở sạp đó để làm tiếp"):
        again.validate_constraints()


def test_closing_a_stall_ends_tenancy_account_and_card():
    card = make_card(state="tried")
    card.stall.close(by=card.made_by)
    card.refresh_from_db()
    assert card.state == StallCard.State.VOID
    assert not PaymentAccount.objects.open().exists()
    assert not Tenancy.objects.open().exists()


@pytest.mark.parametrize("state", ["made", "printed", "posted", "tried"])
def test_the_stage_is_the_same_in_python_and_in_the_database(state):
    stall = make_card(state=state).stall
    assert Stall.objects.at_stage(stall.stage).get() == stall


def test_a_stall_whose_vendor_left_starts_again():
    card = make_card(state="tried")
    card.account.tenancy.end(by=card.made_by)
    assert card.stall.stage == Stage.ACCOUNT == Stall.objects.with_stage().get().stage_now


def test_stalls_count_in_the_month_of_their_first_trial():
    tenancy = make_tenancy(market=make_market())
    first = make_card(account=make_account(tenancy=tenancy), state="posted")
    first.mark_tried(by=first.made_by, at=datetime(2026, 1, 31, 20, tzinfo=UTC))
    first.void(by=first.made_by, reason="lost")
    make_card(account=first.account, state="tried")
    # 20:00 UTC on 31 January is February in Vietnam.
    assert Stall.objects.first_tried_by_month(2026) == {2: 1}


# --- tenancies and accounts --------------------------------------------------------------------------------


def test_a_stall_has_one_vendor_at_a_time():
    refuses("markets_tenancy_one_open", make_tenancy, stall=make_tenancy().stall)


def test_a_vendor_may_hold_two_stalls():
    vendor = make_tenancy().vendor
    make_tenancy(vendor=vendor)
    assert vendor.tenancies.open().count() == 2


def test_a_sign_is_the_vendor_s_name_where_none_was_given():
    tenancy = Tenancy.objects.begin(
        stall=make_stall(), name="Siu Mẫu", phone="", sign="", consent=make_consent(), by=make_user()
    )
    assert tenancy.sign == "Siu Mẫu"


def test_a_tenancy_has_one_account_at_a_time():
    account = make_account()
    refuses(
        "markets_paymentaccount_one_open",
        PaymentAccount.objects.create,
        tenancy=account.tenancy, bin=BIDV, number="MAU1", holder="X", recorded_by=account.recorded_by,
    )  # fmt: skip


@pytest.mark.parametrize("what", [{}, {"number": "MAU1", "payload": "x"}])
def test_an_account_has_a_number_or_a_code_never_both_or_none(what):
    tenancy = make_tenancy()
    refuses(
        "markets_paymentaccount_number_or_code",
        PaymentAccount.objects.create,
        tenancy=tenancy, bin=BIDV, holder="X", recorded_by=tenancy.recorded_by, **what,
    )  # fmt: skip


def test_an_account_is_confirmed_by_somebody():
    account = make_account()
    refuses("markets_paymentaccount_confirmed_who_and_when", changed, account, confirmed_at=timezone.now())


def test_the_same_account_again_changes_nothing():
    card = make_card(state="tried")
    again = card.account.tenancy.replace_account(
        bin=card.bin, holder=card.account.holder, number=card.account.number.open(), by=card.made_by
    )
    card.refresh_from_db()
    assert (again, card.state) == (card.account, StallCard.State.TRIED)


def test_another_account_ends_the_first_and_voids_its_card():
    card = make_card(state="tried")
    make_account(tenancy=card.account.tenancy)
    card.refresh_from_db()
    card.account.refresh_from_db()
    assert card.void_reason == StallCard.VoidReason.NEW_ACCOUNT
    assert card.account.ends_on == timezone.localdate()


def test_an_account_that_nobody_looked_at_is_not_replaced():
    account = make_account()
    with pytest.raises(Overtaken):
        account.tenancy.replace_account(
            bin=BIDV, holder="X", number=make_number(), by=account.recorded_by, instead_of=None
        )


def test_who_left_gets_no_account():
    tenancy = make_tenancy()
    tenancy.end(by=tenancy.recorded_by)
    with pytest.raises(Overtaken):
        tenancy.replace_account(bin=BIDV, holder="X", number=make_number(), by=tenancy.recorded_by)


# --- cards -------------------------------------------------------------------------------------------------


def test_a_stall_has_one_card_that_counts():
    card = make_card()
    other = make_card()
    refuses("markets_stallcard_one_live", changed, other, stall=card.stall, version=2)


def test_a_version_is_given_once_a_stall():
    card = make_card(state="void")
    new = make_card(account=card.account)
    refuses("markets_stallcard_version_once", changed, new, version=1)


@pytest.mark.parametrize(
    ("state", "verb"), [("made", "printed"), ("made", "posted"), ("printed", "tried"), ("made", "void")]
)
def test_a_step_of_a_card_needs_who_and_when(state, verb):
    card = make_card(state=state)
    refuses(f"markets_stallcard_{verb}_who_and_when", changed, card, **{f"{verb}_at": timezone.now()})


@pytest.mark.parametrize(("state", "verb"), [("made", "posted"), ("printed", "tried")])
def test_no_step_of_a_card_comes_before_the_one_before(state, verb):
    card = make_card(state=state)
    fields = {f"{verb}_at": timezone.now(), f"{verb}_by": card.made_by}
    refuses(f"markets_stallcard_{verb}_who_and_when", changed, card, **fields)


def test_a_card_is_void_for_a_reason():
    card = make_card()
    refuses(
        "markets_stallcard_void_who_and_when", changed, card, void_at=timezone.now(), void_by=card.made_by
    )


def test_who_marks_a_step_second_changes_nothing():
    card = make_card(state="printed")
    first = card.printed_by
    StallCard.objects.get(pk=card.pk).mark_printed(by=make_user())
    card.refresh_from_db()
    assert card.printed_by == first


def test_a_void_card_stays_as_it_was_voided():
    card = make_card(state="void")
    StallCard.objects.get(pk=card.pk).void(by=make_user(), reason="false")
    card.mark_printed(by=card.made_by)
    assert (card.void_reason, card.printed_at) == ("lost", None)


def test_serial_and_code_are_never_given_twice():
    old = make_card(state="void")
    new = make_card(account=old.account)
    assert (old.serial, new.serial) == (f"{old.stall.code}-001", f"{old.stall.code}-002")
    assert old.check_code != new.check_code


def test_a_card_keeps_its_payload_when_the_account_changes():
    card = make_card(state="printed")
    payload = card.payload.open()
    make_account(tenancy=card.account.tenancy)
    assert StallCard.objects.get(pk=card.pk).payload.open() == payload


# --- visits and reports ------------------------------------------------------------------------------------


def test_a_trial_plans_the_visits_of_day_7_and_30_once():
    card = make_card(state="tried")
    day = timezone.localdate(card.tried_at)
    card.mark_tried(by=make_user())
    assert [(visit.kind, visit.due_on) for visit in FollowUp.objects.of(card.account.tenancy)] == [
        ("day_7", day + timedelta(days=7)),
        ("day_30", day + timedelta(days=30)),
    ]


def test_a_visit_of_one_kind_is_open_once():
    visit = make_followup()
    refuses("markets_followup_open_once", make_followup, tenancy=visit.tenancy, kind=visit.kind)


def test_a_visit_is_done_by_somebody():
    refuses("markets_followup_done_who_and_when", changed, make_followup(), done_at=timezone.now())


def test_a_share_is_at_most_a_hundred():
    refuses("markets_followup_percent", changed, make_followup(), transfer_percent=101)


def test_open_visits_stay_with_the_place_until_the_vendor_leaves():
    visit = make_followup()
    assert FollowUp.objects.at_place(visit.tenancy.stall.market.place).due().get() == visit
    visit.tenancy.end(by=visit.tenancy.recorded_by)
    assert not FollowUp.objects.due().exists()


def test_a_report_is_handled_with_result_person_and_moment():
    report = make_report()
    refuses(
        "markets_falsecardreport_handled_who_and_when",
        changed,
        report,
        handled_at=timezone.now(),
        outcome="true_card",
    )
    report.mark_handled(by=make_user(), outcome=FalseCardReport.Outcome.TRUE_CARD)
    report.refresh_from_db()
    assert report.outcome == "true_card"


# --- two at once -------------------------------------------------------------------------------------------


def at_once(*acts) -> list:
    """What the acts give, run in threads that start together; an exception is given like a result."""
    results = [None] * len(acts)

    def run(number, act):
        try:
            results[number] = act()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_two_clerks_who_make_a_card_get_the_same_one():
    stall = make_ready_stall()
    clerks = [make_user(), make_user()]
    make = StallCard.objects.make_for
    cards = at_once(*(lambda by=by: make(stall, by=by) for by in clerks))
    assert cards[0] == cards[1] == StallCard.objects.get()


@pytest.mark.django_db(transaction=True)
def test_an_account_that_comes_in_the_moment_of_printing_is_not_printed_unheard():
    """The printer waits for the row's lock, and what it then finds was not read aloud."""
    stall = make_ready_stall()
    by, results = stall.opened_by, []
    make = lambda: StallCard.objects.make_for(stall, by=by)  # noqa: E731
    printing = Thread(target=lambda: results.extend(at_once(make)))
    with transaction.atomic():
        stall.tenancy.replace_account(bin=BIDV, holder="X", number=make_number(), by=by)
        printing.start()
        until_somebody_waits()
    printing.join()
    assert [type(result) for result in results] == [Unconfirmed]
    assert not StallCard.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("leave", ["end", "withdraw", "close"])
def test_who_leaves_in_the_moment_of_printing_leaves_no_card_that_counts(leave):
    """The printer holds the stall; who ends the tenancy waits, and then finds the new card."""
    stall = make_ready_stall()
    tenancy, by = stall.tenancy, stall.opened_by
    acts = {
        "end": lambda: tenancy.end(by=by),
        "withdraw": lambda: make_tenancy(vendor=tenancy.vendor).end(by=by, withdraw_consent=True),
        "close": lambda: stall.close(by=by),
    }
    leaving = Thread(target=lambda: at_once(acts[leave]))
    with transaction.atomic():
        card = StallCard.objects.make_for(stall, by=by)
        leaving.start()
        until_somebody_waits()
    leaving.join()
    card.refresh_from_db()
    assert (card.state, card.void_reason) == (StallCard.State.VOID, "left")
    assert not Tenancy.objects.open().exists()


@pytest.mark.parametrize("reason", ["left", "new_account"])
def test_a_live_card_of_an_account_that_ended_is_void_and_never_given_to_the_next(reason):
    old, today = make_card(state="printed"), timezone.localdate()
    tenancy = old.account.tenancy
    changed(old.account, ends_on=today)
    if reason == "left":
        changed(tenancy, ends_on=today)
        tenancy = make_tenancy(stall=old.stall)
    account = make_account(tenancy=tenancy)
    changed(old, void_at=None, void_by=None, void_reason="")
    account.mark_confirmed(by=old.made_by)
    new = StallCard.objects.make_for(old.stall, by=old.made_by)
    old.refresh_from_db()
    assert (old.void_reason, new.account, new.version) == (reason, account, 2)


def test_who_has_left_already_takes_nothing_from_the_next_vendor():
    old = make_card()
    gone = Tenancy.objects.get(pk=old.account.tenancy_id)
    old.account.tenancy.end(by=old.made_by)
    new = make_card(account=make_account(tenancy=make_tenancy(stall=old.stall)))
    gone.end(by=old.made_by)
    new.refresh_from_db()
    assert new.state == StallCard.State.MADE


def until_somebody_waits() -> None:
    """Comes back when another connection to this database waits for a lock."""
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute(
                "select count(*) from pg_locks l join pg_stat_activity a using (pid)"
                " where not l.granted and a.datname = current_database()"
            )
            if cursor.fetchone()[0]:
                return
        sleep(0.02)
    raise AssertionError("nobody waits for the lock")


@pytest.mark.django_db(transaction=True)
def test_of_two_clerks_who_write_an_account_the_second_is_told():
    tenancy = make_tenancy()
    results = at_once(
        *(
            lambda number=number: Tenancy.objects.get(pk=tenancy.pk).replace_account(
                bin=BIDV, holder="X", number=number, by=tenancy.recorded_by, instead_of=None
            )
            for number in (make_number(), make_number())
        )
    )
    assert sorted(type(result).__name__ for result in results) == ["Overtaken", "PaymentAccount"]
    assert tenancy.accounts.count() == 1


def test_nothing_about_a_vendor_is_kept_without_a_consent():
    with pytest.raises(IntegrityError), transaction.atomic():
        Vendor.objects.create(name="Siu Mẫu")


def test_a_consent_names_the_purposes_that_were_ticked():
    consent = make_consent(purposes=["market_card"])
    assert list(consent.purposes.all()) == [Purpose.objects.get(pk="market_card")]
    assert Consent.objects.get() == consent
