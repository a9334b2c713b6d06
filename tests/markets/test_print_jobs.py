"""A whole market's cards as a job of the worker: what is printed, what is named, who may fetch it."""

import asyncio
from collections import Counter

import pytest
from django.db import IntegrityError, connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from markets import press, sheets, tasks
from markets.models import PaymentAccount, PrintJob, StallCard
from portal.printing import reading
from portal.privacy.models import SealedFile
from tests.builders import (
    make_account,
    make_card,
    make_goods,
    make_market,
    make_stall,
    make_tenancy,
    make_user,
)


def ready_stall(market, **fields):
    """A stall whose vendor has read name and last four digits aloud."""
    sign = fields.pop("sign", "Rau sạch Mẫu")
    holder = fields.pop("holder", "SIU MAU")
    stall = make_stall(market=market, **fields)
    account = make_account(tenancy=make_tenancy(stall=stall, sign=sign), holder=holder)
    account.mark_confirmed(by=account.recorded_by)
    return stall


def work() -> None:
    """Lets a real worker do all there is, on connections of its own."""
    with app.replace_connector(app.connector.get_worker_connector()) as worker:
        asyncio.run(_work(worker))
    with connection.cursor() as cursor:  # its thread keeps a connection for the next job
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def _work(worker) -> None:
    async with worker.open_async():
        await worker.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)


def run(job: PrintJob) -> PrintJob:
    """The job as it is after the worker's function ran here."""
    press.run(job)
    return PrintJob.objects.get(pk=job.pk)


def codes(job: PrintJob) -> Counter:
    """What a phone reads from the kept file, and how often."""
    pages = reading.codes_on_pages(job.file.content.open_bytes())
    return Counter(code.content.decode() for page in pages for code in page)


def live_payloads(market) -> list[str]:
    cards = StallCard.objects.live().filter(stall__market=market)
    return [card.payload.open() for card in cards]


@pytest.fixture
def lead(db):
    return make_user(role="team_lead")


# --- what is printed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sheet", "times"), [("a6", 1), ("tent", 2), ("wall", 1)])
def test_a_worker_prints_every_card_of_the_market_once(transactional_db, sheet, times):
    market = make_market()
    for _ in range(5):
        ready_stall(market)
    job = press.order(market, by=make_user(role="team_lead"), sheet=sheet)
    work()
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.problems) == ("done", 5, 5, [])
    assert codes(job) == Counter({payload: times for payload in live_payloads(market)})
    assert StallCard.objects.in_state("printed").filter(printed_by=job.made_by).count() == 5


def test_what_is_printed_follows_row_goods_and_what_was_printed_before(lead, market):
    goods = make_goods()
    wanted = ready_stall(market, row="B", goods=goods)
    ready_stall(market, row="A", goods=goods)
    ready_stall(market, row="B", goods=make_goods())
    ready_stall(make_market(), row="B", goods=goods)
    before = ready_stall(market, row="B", goods=goods)
    sheets.print_for([before], by=lead)
    scope = {"by": lead, "sheet": "a6", "row": "B", "goods": goods}
    assert run(press.order(market, **scope)).stalls == [wanted.pk]
    again = run(press.order(market, **scope, only_unprinted=False))
    assert set(again.stalls) == {wanted.pk, before.pk}
    assert again.done == 2
    assert run(press.order(market, by=lead, sheet="a6")).done == 2


def test_stalls_without_account_are_no_part_of_a_job(lead, market):
    make_stall(market=market)
    make_tenancy(stall=make_stall(market=market))
    job = run(press.order(market, by=lead, sheet="a6"))
    assert (job.state, job.total, job.problems, job.file) == ("done", 0, [], None)


def test_cards_that_are_there_are_printed_and_not_made_anew(lead, market):
    stall = ready_stall(market)
    card = StallCard.objects.make_for(stall, by=lead)
    run(press.order(market, by=lead, sheet="a6"))
    assert list(StallCard.objects.filter(stall=stall)) == [card]
    card.refresh_from_db()
    assert card.printed_at


def test_what_cannot_be_printed_is_named_and_the_rest_is_printed(lead, market):
    good = [ready_stall(market, number=str(number)) for number in (10, 20, 30, 40, 50)]
    make_account(tenancy=make_tenancy(stall=make_stall(market=market, number="11")))
    strange = ready_stall(market, number="21", holder="SIU 漢 MAU")
    broken = ready_stall(market, number="31")
    other = make_account(tenancy=make_tenancy())
    PaymentAccount.objects.filter(tenancy__stall=broken, ends_on=None).update(number=other.number.token)
    no_bank = ready_stall(market, number="41")
    PaymentAccount.objects.filter(tenancy__stall=no_bank, ends_on=None).update(bin="000000")
    job = run(press.order(market, by=lead, sheet="a6"))
    assert (job.state, job.total, job.done) == ("done", 9, 5)
    assert [(problem["label"], problem["problem"]) for problem in job.problems] == [
        ("M11", press.UNCONFIRMED),
        ("M31", press.UNREADABLE),
        ("M41", press.UNREADABLE),
        ("M21", "Trên tờ in không có ký tự 漢 của thẻ."),
    ]
    assert sum(codes(job).values()) == 5
    assert {card.stall for card in StallCard.objects.in_state("printed")} == set(good)
    assert not StallCard.objects.filter(stall__in=[strange, broken, no_bank]).exists()


def test_words_that_the_sheet_cannot_hold_are_one_problem_among_printed_cards(lead, market, settings):
    """The address is too long for the line of the last card only: its serial has one digit more."""
    for _ in range(3):
        ready_stall(market)
    settings.PUBLIC_URL = "http://" + "w" * 120 + ".example"
    job = run(press.order(market, by=lead, sheet="a6"))
    assert (job.state, job.done, job.file) == ("done", 0, None)
    assert {problem["problem"] for problem in job.problems} == {press.UNSETTABLE}
    assert not StallCard.objects.exists()


def test_a_card_voided_while_its_market_is_printed_is_named_and_not_counted_as_printed(
    lead, market, monkeypatch
):
    stall = ready_stall(market)
    ready_stall(market)
    job = press.order(market, by=lead, sheet="a6")
    keep = press._finish

    def overtaken(*args):
        stall.card.void(by=lead, reason="lost")
        keep(*args)

    monkeypatch.setattr(press, "_finish", overtaken)
    job = run(job)
    (problem,) = job.problems
    assert problem["stall"] == str(stall.pk)
    assert "vừa hết hiệu lực" in problem["problem"]
    assert StallCard.objects.get(stall=stall).printed_at is None


def test_no_places_stay_empty_for_stalls_that_are_not_ready(lead, market):
    for number in range(60):
        stall = ready_stall(market, number=str(100 + number))
        if number % 2:
            PaymentAccount.objects.filter(tenancy__stall=stall).update(confirmed_at=None, confirmed_by=None)
    job = run(press.order(market, by=lead, sheet="a6"))
    assert len(reading.codes_on_pages(job.file.content.open_bytes())) == 8  # thirty cards


# --- once, whatever happens --------------------------------------------------------------------------------


def test_a_run_that_was_cut_off_is_begun_again_with_the_same_stalls_and_cards(lead, market, monkeypatch):
    monkeypatch.setattr(press, "CARDS_AT_ONCE", 2)
    for _ in range(5):
        ready_stall(market)
    job = press.order(market, by=lead, sheet="a6")
    with monkeypatch.context() as once:
        once.setattr(PrintJob, "tell", lambda self, **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            press.run(job)
    assert StallCard.objects.count() == 2
    assert not StallCard.objects.exclude(printed_at=None).exists()
    made = set(StallCard.objects.values_list("serial", flat=True))
    late = ready_stall(market)
    job = run(PrintJob.objects.get(pk=job.pk))
    assert (job.state, job.done, job.total) == ("done", 5, 5)
    assert late.pk not in job.stalls
    assert made < set(StallCard.objects.values_list("serial", flat=True))
    assert StallCard.objects.count() == 5
    assert codes(job) == Counter(live_payloads(market))


def test_a_job_that_is_over_stays_as_it_is(lead, market):
    """A worker may die after its work was done and before it could say so."""
    ready_stall(market)
    job = run(press.order(market, by=lead, sheet="a6"))
    tasks.print_market(str(job.pk))
    assert PrintJob.objects.get(pk=job.pk).file == job.file


def test_a_worker_that_was_held_dead_and_comes_back_keeps_no_second_file(lead, market, monkeypatch):
    ready_stall(market)
    keep = press._finish

    def twice(job, *made):
        keep(PrintJob.objects.get(pk=job.pk), *made)
        keep(job, *made)

    monkeypatch.setattr(press, "_finish", twice)
    job = run(press.order(market, by=lead, sheet="a6"))
    assert list(SealedFile.objects.all()) == [job.file]
    assert (job.state, job.done) == ("done", 1)


def test_the_same_job_twice_at_once_is_refused_and_another_one_is_not(lead, market):
    ready_stall(market)
    job = press.order(market, by=lead, sheet="a6")
    with pytest.raises(IntegrityError, match="markets_printjob_one_open"), transaction.atomic():
        press.order(market, by=make_user(), sheet="a6")
    press.order(market, by=lead, sheet="tent")
    press.order(make_market(), by=lead, sheet="a6")
    run(job)
    press.order(market, by=lead, sheet="a6")


def test_jobs_of_one_market_wait_for_each_other(lead, market):
    for place, sheet in ((market, "a6"), (market, "tent"), (make_market(), "a6")):
        press.order(place, by=lead, sheet=sheet)
    locks = Counter(ProcrastinateJob.objects.values_list("lock", flat=True))
    assert sorted(locks.values()) == [1, 2]
    assert {tuple(args) for args in ProcrastinateJob.objects.values_list("args", flat=True)} == {("job_id",)}


def test_a_job_that_no_worker_knows_any_more_has_failed_and_may_be_ordered_anew(transactional_db):
    market, lead = make_market(), make_user(role="team_lead")
    lost = press.order(market, by=lead, sheet="a6")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    known = press.order(market, by=lead, sheet="tent")
    tasks.give_up_lost_prints(timestamp=0)
    lost.refresh_from_db(), known.refresh_from_db()
    assert (lost.state, known.state) == ("failed", "waiting")
    assert ProcrastinateJob.objects.filter(status="todo").count() == 1
    press.order(market, by=lead, sheet="a6")


def test_a_job_that_stumbles_over_what_nobody_thought_of_has_failed(transactional_db, monkeypatch):
    market = make_market()
    ready_stall(market)
    job = press.order(market, by=make_user(role="team_lead"), sheet="a6")
    monkeypatch.setattr(press, "_finish", lambda *_: 1 / 0)
    work()
    job.refresh_from_db()
    assert (job.state, job.file) == ("failed", None)
    assert not StallCard.objects.exclude(printed_at=None).exists()


def test_history_names_who_ordered_the_print(transactional_db):
    market, lead = make_market(), make_user(role="team_lead")
    card = make_card()
    stall = ready_stall(market)
    press.order(market, by=lead, sheet="a6")
    work()
    events = stall.card.events.order_by("pgh_id")
    assert [event.pgh_context.metadata["user"] for event in events] == [lead.pk, lead.pk]
    assert card.printed_at is None
