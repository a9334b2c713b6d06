"""A whole market's cards as a job of the worker: what is printed, what is named, who may fetch it."""

import asyncio
import hashlib
import time
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from markets import press, sheets, tasks
from markets.models import PaymentAccount, PrintJob, StallCard, Tenancy
from markets.models.jobs import SAME_IS_OPEN
from portal import nightly
from portal.home.nightly import JOBS
from portal.printing import reading
from portal.privacy.models import SealedFile
from tests.builders import (
    PIN,
    commune_unit,
    make_account,
    make_card,
    make_goods,
    make_market,
    make_ready_stall,
    make_stall,
    make_tenancy,
    make_user,
    make_worker,
)
from tests.people import client_of


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
        make_ready_stall(market=market)
    job = press.order(market, by=make_user(role="team_lead"), sheet=sheet)
    work()
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.problems) == ("done", 5, 5, [])
    assert codes(job) == Counter({payload: times for payload in live_payloads(market)})
    assert StallCard.objects.in_state("printed").filter(printed_by=job.made_by).count() == 5


def test_what_is_printed_follows_row_goods_and_what_was_printed_before(lead, market):
    goods = make_goods()
    wanted = make_ready_stall(market=market, row="B", goods=goods)
    make_ready_stall(market=market, row="A", goods=goods)
    make_ready_stall(market=market, row="B", goods=make_goods())
    make_ready_stall(market=make_market(), row="B", goods=goods)
    before = make_ready_stall(market=market, row="B", goods=goods)
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


def test_a_stall_that_vanished_is_named_and_does_not_stop_the_others(lead, market):
    stall, gone = make_ready_stall(market=market), uuid.uuid4()
    job = press.order(market, by=lead, sheet="a6")
    PrintJob.objects.filter(pk=job.pk).update(stalls=[gone, stall.pk])
    job = run(PrintJob.objects.get(pk=job.pk))
    assert (job.state, job.done) == ("done", 1)
    assert [problem["stall"] for problem in job.problems] == [str(gone)]
    client = client_of(make_user(role="province_staff", pin=PIN), place=market.place)
    page = client.get(reverse("print_job_detail", args=[job.pk])).content.decode()
    assert "Một sạp không còn trong sổ" in page
    assert str(gone) not in page


def test_cards_that_are_there_are_printed_and_not_made_anew(lead, market):
    stall = make_ready_stall(market=market)
    card = StallCard.objects.make_for(stall, by=lead)
    run(press.order(market, by=lead, sheet="a6"))
    assert list(StallCard.objects.filter(stall=stall)) == [card]
    card.refresh_from_db()
    assert card.printed_at


def test_what_cannot_be_printed_is_named_and_the_rest_is_printed(lead, market):
    good = [make_ready_stall(market=market, number=str(number)) for number in (10, 20, 30, 40, 50)]
    make_account(tenancy=make_tenancy(stall=make_stall(market=market, number="11")))
    strange = make_ready_stall(market=market, number="21", holder="SIU 漢 MAU")
    broken = make_ready_stall(market=market, number="31")
    other = make_account(tenancy=make_tenancy())
    PaymentAccount.objects.filter(tenancy__stall=broken, ends_on=None).update(number=other.number.token)
    no_bank = make_ready_stall(market=market, number="41")
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
        make_ready_stall(market=market)
    settings.PUBLIC_URL = "http://" + "w" * 120 + ".example"
    job = run(press.order(market, by=lead, sheet="a6"))
    assert (job.state, job.done, job.file) == ("done", 0, None)
    assert {problem["problem"] for problem in job.problems} == {press.UNSETTABLE}
    assert not StallCard.objects.exists()


def test_a_card_voided_while_its_market_is_printed_is_named_and_not_counted_as_printed(
    lead, market, monkeypatch
):
    stall = make_ready_stall(market=market)
    make_ready_stall(market=market)
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


def test_an_account_that_comes_while_a_job_runs_is_named_and_not_printed(lead, market, monkeypatch):
    good, late = make_ready_stall(market=market), make_ready_stall(market=market)
    ready = press._ready

    def overtaken(*args):
        for stall in ready(*args):
            if stall == late:
                make_account(tenancy=Tenancy.objects.get(stall=stall), by=lead)
            yield stall

    monkeypatch.setattr(press, "_ready", overtaken)
    job = run(press.order(market, by=lead, sheet="a6"))
    assert (job.done, [one["problem"] for one in job.problems]) == (1, [press.UNCONFIRMED])
    assert [card.stall for card in StallCard.objects.all()] == [good]


def test_no_places_stay_empty_for_stalls_that_are_not_ready(lead, market):
    for number in range(60):
        stall = make_ready_stall(market=market, number=str(100 + number))
        if number % 2:
            PaymentAccount.objects.filter(tenancy__stall=stall).update(confirmed_at=None, confirmed_by=None)
    job = run(press.order(market, by=lead, sheet="a6"))
    assert len(reading.codes_on_pages(job.file.content.open_bytes())) == 8  # thirty cards


# --- once, whatever happens --------------------------------------------------------------------------------


def test_a_run_that_was_cut_off_is_begun_again_with_the_same_stalls_and_cards(lead, market, monkeypatch):
    monkeypatch.setattr(press, "CHUNK", 2)
    for _ in range(5):
        make_ready_stall(market=market)
    job = press.order(market, by=lead, sheet="a6")
    with monkeypatch.context() as once:
        once.setattr(PrintJob, "tell", lambda self, **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            press.run(job)
    assert StallCard.objects.count() == 2
    assert not StallCard.objects.exclude(printed_at=None).exists()
    made = set(StallCard.objects.values_list("serial", flat=True))
    late = make_ready_stall(market=market)
    job = run(PrintJob.objects.get(pk=job.pk))
    assert (job.state, job.done, job.total) == ("done", 5, 5)
    assert late.pk not in job.stalls
    assert made < set(StallCard.objects.values_list("serial", flat=True))
    assert StallCard.objects.count() == 5
    assert codes(job) == Counter(live_payloads(market))


def test_a_job_that_is_over_stays_as_it_is(lead, market):
    """A worker may die after its work was done and before it could say so."""
    make_ready_stall(market=market)
    job = run(press.order(market, by=lead, sheet="a6"))
    tasks.print_market(str(job.pk))
    assert PrintJob.objects.get(pk=job.pk).file == job.file


def test_a_worker_that_was_held_dead_and_comes_back_keeps_no_second_file(lead, market, monkeypatch):
    make_ready_stall(market=market)
    keep = press._finish

    def twice(job, *made):
        keep(PrintJob.objects.get(pk=job.pk), *made)
        keep(job, *made)

    monkeypatch.setattr(press, "_finish", twice)
    job = run(press.order(market, by=lead, sheet="a6"))
    assert list(SealedFile.objects.all()) == [job.file]
    assert (job.state, job.done) == ("done", 1)


def test_the_same_job_twice_at_once_is_refused_and_another_one_is_not(lead, market):
    make_ready_stall(market=market)
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
    make_ready_stall(market=market)
    job = press.order(market, by=make_user(role="team_lead"), sheet="a6")
    monkeypatch.setattr(press, "_finish", lambda *_: 1 / 0)
    work()
    job.refresh_from_db()
    assert (job.state, job.file) == ("failed", None)
    assert not StallCard.objects.exclude(printed_at=None).exists()


def test_history_names_who_ordered_the_print(transactional_db):
    market, lead = make_market(), make_user(role="team_lead")
    card = make_card()
    stall = make_ready_stall(market=market)
    press.order(market, by=lead, sheet="a6")
    work()
    events = stall.card.events.order_by("pgh_id")
    assert [event.pgh_context.metadata["user"] for event in events] == [lead.pk, lead.pk]
    assert card.printed_at is None


# --- the pages ---------------------------------------------------------------------------------------------


@pytest.fixture
def enter(client, market):
    """Lets somebody of the market's unit in, at work in the market."""

    def come_in(user=None, **fields):
        user = user or make_user(role="team_lead", unit=market.place.unit, pin=PIN, **fields)
        client.force_login(user, backend="portal.accounts.backends.NameOrPhoneBackend")
        session = client.session
        session.update({"place_id": market.place_id})
        session.save()
        return client

    return come_in


def page_of(job: PrintJob, name: str = "print_job_detail") -> str:
    return reverse(name, args=[job.pk])


def test_the_page_says_how_many_cards_and_sheets_before_anything_is_ordered(enter, market):
    goods = make_goods()
    for number in range(6):
        make_ready_stall(market=market, row="B", number=str(number + 1), goods=goods)
    make_ready_stall(market=market, row="C")
    make_account(tenancy=make_tenancy(stall=make_stall(market=market, row="B", goods=goods)))
    client = enter()
    text = client.get(reverse("print_job_create"), {"row": "B", "goods": goods.pk}).content.decode()
    assert "6 thẻ sẽ in" in text
    assert "1 sạp chưa đọc lại tên và số cuối" in text
    for papers in ("tờ A4: 2 tờ<", "tờ A4: 3 tờ<", "một tờ: 6 tờ<"):
        assert papers in text
    assert PrintJob.objects.count() == 0
    fragment = client.get(reverse("print_job_create"), {"row": "C"}, headers={"HX-Request": "true"})
    assert fragment.content.decode().startswith('<section class="panel mb" id="order"')
    assert "1 thẻ sẽ in" in fragment.content.decode()


def test_an_order_prints_what_the_address_says_and_leads_to_its_progress(enter, market):
    wanted = make_ready_stall(market=market, row="B")
    make_ready_stall(market=market, row="C")
    client = enter()
    response = client.post(reverse("print_job_create") + "?row=B&which=all", {"sheet": "tent"})
    job = PrintJob.objects.get()
    assert response["Location"] == page_of(job)
    assert (job.row, job.sheet, job.only_unprinted, job.total) == ("B", "tent", False, 1)
    assert "data-hx-trigger" in client.get(page_of(job)).content.decode()
    assert run(job).stalls == [wanted.pk]


def test_the_same_order_again_gets_a_sentence_and_no_second_job(enter, market):
    make_ready_stall(market=market)
    client = enter()
    for status in (302, 422):
        response = client.post(reverse("print_job_create"), {"sheet": "a6"})
        assert response.status_code == status
    assert SAME_IS_OPEN in response.content.decode()
    assert PrintJob.objects.count() == 1


def test_nothing_to_print_is_refused_with_a_sentence(enter, market):
    make_account(tenancy=make_tenancy(stall=make_stall(market=market)))
    response = enter().post(reverse("print_job_create"), {"sheet": "a6"})
    assert response.status_code == 422
    assert "Không có thẻ nào để in" in response.content.decode()
    assert not PrintJob.objects.exists()


def test_the_page_follows_a_job_to_its_file_and_names_what_was_left_out(enter, market):
    make_ready_stall(market=market)
    stall = make_stall(market=market)
    make_account(tenancy=make_tenancy(stall=stall))
    client = enter()
    client.post(reverse("print_job_create"), {"sheet": "a6"})
    job = PrintJob.objects.get()
    asked = {"headers": {"HX-Request": "true"}}
    waiting = client.get(page_of(job, "print_job_progress"), **asked).content.decode()
    assert "Đang chờ tới lượt" in waiting
    assert 'data-hx-trigger="every 2s"' in waiting
    assert client.get(page_of(job, "print_job_pdf"))["Location"] == page_of(job)
    job = run(job)
    done = client.get(page_of(job, "print_job_progress"), **asked).content.decode()
    assert "every 2s" not in done
    assert page_of(job, "print_job_pdf") in done
    assert f'href="{reverse("stall_detail", args=[stall.pk])}"' in done
    assert press.UNCONFIRMED in done
    assert "Xong, tải được" in client.get(reverse("print_job_create")).content.decode()
    file = client.get(page_of(job, "print_job_pdf"))
    assert file["Content-Disposition"].startswith('attachment; filename="the-sap-')
    assert file["Cache-Control"] == "no-store"
    assert hashlib.sha256(file.content).hexdigest() == job.file.sha256
    assert client.get(page_of(job, "print_job_progress"))["Location"] == page_of(job)


def test_watching_a_job_does_not_keep_the_screen_unlocked(enter, market):
    client = enter()
    job = press.order(market, by=make_user(), sheet="a6")
    client.get(page_of(job))
    session = client.session
    session["seen_at"] = int(time.time()) - 200
    session.save()
    client.get(page_of(job, "print_job_progress"), headers={"HX-Request": "true"})
    assert client.session["seen_at"] < time.time() - 100
    client.get(page_of(job))
    assert client.session["seen_at"] > time.time() - 100


def test_who_leads_no_team_neither_orders_nor_fetches(enter, market, volunteer):
    job = run(press.order(market, by=make_user(), sheet="a6"))
    client = enter(volunteer)
    asked = [page_of(job), page_of(job, "print_job_pdf"), page_of(job, "print_job_progress")]
    assert {client.get(address).status_code for address in asked} == {403}
    assert client.get(reverse("print_job_create")).status_code == 403
    assert client.post(reverse("print_job_create"), {"sheet": "a6"}).status_code == 403


def test_jobs_of_a_market_out_of_reach_are_not_there(enter, market):
    far = make_market(unit=commune_unit("Phường Quy Nhơn"))
    make_ready_stall(market=far)
    job = run(press.order(far, by=make_user(), sheet="a6"))
    client = enter()
    asked = {"headers": {"HX-Request": "true"}}
    for name in ("print_job_detail", "print_job_pdf"):
        assert client.get(page_of(job, name)).status_code == 404
    assert client.get(page_of(job, "print_job_progress"), **asked).status_code == 404
    assert page_of(job) not in client.get(reverse("print_job_create")).content.decode()


# --- the file ----------------------------------------------------------------------------------------------


def test_the_file_lies_encrypted_in_its_row(lead, market):
    stall = make_ready_stall(market=market)
    job = run(press.order(market, by=lead, sheet="a6"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM privacy_sealedfile WHERE id = %s", [job.file_id])
        stored = bytes(cursor.fetchone()[0])
    clear = job.file.content.open_bytes()
    assert clear.startswith(b"%PDF")
    assert b"%PDF" not in stored
    assert b"GL-" not in stored
    assert stall.tenancy.account.clear_number().encode() not in stored
    assert len(stored) >= len(clear)


def test_after_24_hours_the_file_is_refused_at_once_and_deleted_at_night(enter, market):
    make_ready_stall(market=market)
    job = run(press.order(market, by=make_user(), sheet="a6"))
    client = enter()
    past = timezone.now() - timedelta(hours=24, seconds=1)
    PrintJob.objects.update(finished_at=past)
    SealedFile.objects.update(expires_at=past + PrintJob.KEPT)
    for left in (1, 0):
        response = client.get(page_of(job, "print_job_pdf"))
        assert response.status_code == 410
        assert "Tệp chỉ giữ 24 giờ" in response.content.decode()
        assert "tệp đã xóa sau 24 giờ" in client.get(page_of(job)).content.decode()
        assert SealedFile.objects.count() == left
        nightly.run_due(JOBS)
    assert PrintJob.objects.get(pk=job.pk).file is None


def test_who_waits_for_a_job_hears_that_no_worker_is_there(enter, market):
    make_ready_stall(market=market)
    job, client = press.order(market, by=make_user(), sheet="a6"), enter()
    stuck, pages = "Chương trình nền của máy chủ không chạy", ("print_job_detail", "print_job_progress")

    def told() -> list[bool]:
        asked = [client.get(page_of(job, name), headers={"HX-Request": "true"}) for name in pages]
        return [stuck in answer.content.decode() for answer in asked]

    assert told() == [True, True]
    make_worker()
    assert told() == [False, False]
    run(job)
    assert stuck not in client.get(page_of(job)).content.decode()


def test_every_page_asks_the_same_number_of_queries_however_many_there_are(
    enter, market, django_assert_max_num_queries
):
    for _ in range(4):
        make_ready_stall(market=market)
    lead = make_user()
    for sheet in ("a6", "tent", "wall"):
        job = run(press.order(market, by=lead, sheet=sheet, only_unprinted=False))
    client = enter()
    client.get(reverse("print_job_create"))
    with django_assert_max_num_queries(14):
        client.get(reverse("print_job_create"))
    with django_assert_max_num_queries(8):
        client.get(page_of(job))
