"""The page of what needs a hand, and the page of the nightly work: who sees them, and what."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from markets.models import PrintJob, StallCard
from portal.accounts import invitations, rights
from portal.accounts.models import OneTimeLink, Role
from portal.home.nightly import JOBS
from portal.models import JobRun
from portal.nightly import run_due
from portal.privacy.models import PersonRequest
from tests.builders import (
    PASSWORD,
    commune_unit,
    make_card,
    make_followup,
    make_goods,
    make_hanging_card,
    make_market,
    make_report,
    make_stall,
    make_tenancy,
    make_unit,
    make_user,
    make_worker,
    province_unit,
)
from tests.people import client_of


@pytest.fixture
def nights(db):
    """Every nightly job has run, and the worker is there."""
    make_worker()
    run_due(JOBS)


@pytest.mark.parametrize("role", ["volunteer", "team_lead", *sorted(rights.STAFF)])
def test_todays_page_leads_staff_to_what_needs_a_hand_and_nobody_else(db, role):
    assert (reverse("needs_hand") in page(role, name="today")) == (role in rights.STAFF)


def page(role="unit_secretary", unit=None, name="needs_hand") -> str:
    return client(role, unit).get(reverse(name)).content.decode()


def client(role="unit_secretary", unit=None) -> Client:
    return client_of(make_user(role=role, unit=unit))


def card_in(unit, *, state="tried", printed_days_ago: int = 0) -> StallCard:
    stall = make_stall(market=make_market(unit=unit))
    card = make_card(tenancy=make_tenancy(stall=stall), state=state)
    StallCard.objects.filter(pk=card.pk, printed_at__isnull=False).update(
        printed_at=timezone.now() - timedelta(days=printed_days_ago, hours=1)
    )
    return card


@pytest.mark.parametrize("name", ["needs_hand", "nightly_list"])
@pytest.mark.parametrize("role", Role.Kind.values)
def test_staff_are_let_in_and_others_not(db, role, name):
    answer = client(role).get(reverse(name))
    assert answer.status_code == (200 if role in rights.STAFF else 403)


def test_where_nothing_waits_the_page_says_so(nights):
    html = page()
    assert "Không có gì phải chờ" in html
    assert 'class="due"' not in html


def test_each_sees_what_waits_in_the_own_units_and_the_province_all_of_it(nights):
    here, there = make_unit(name="Đoàn phường Đây"), make_unit(name="Đoàn phường Đó")
    for unit in (here, there, there):
        make_report(card=card_in(unit))
    assert "1 chờ" in page(unit=here)
    assert "Đoàn phường Đó" not in page(unit=here)
    html = page("province_staff")
    assert "3 chờ" in html
    assert "Đoàn phường Đó: 2 · Đoàn phường Đây</p>" in html


def test_only_what_really_waits_is_counted(nights):
    """A week for posting, from the day after for a visit, until it is handled for a report."""
    unit = make_unit()
    today = timezone.localdate()
    card_in(unit, state="printed", printed_days_ago=6)
    card_in(unit, state="posted", printed_days_ago=9)
    make_followup(tenancy=card_in(unit, state="made").account.tenancy, due_on=today)
    report = make_report(card=card_in(unit))
    report.mark_handled(by=make_user(), outcome="true_card")
    assert "Không có gì phải chờ" in page(unit=unit)
    card_in(unit, state="printed", printed_days_ago=7)
    assert "Thẻ in quá 7 ngày chưa dán" in page(unit=unit)
    tenancy = card_in(unit, state="made").account.tenancy
    make_followup(tenancy=tenancy, due_on=today - timedelta(days=1))
    assert "Sạp quá hẹn quay lại" in page(unit=unit)


def failed_job(unit, **fields) -> PrintJob:
    """Cards of one of the unit's markets that a worker gave up printing."""
    by = make_user()
    job = PrintJob.objects.create(
        **{"market": make_market(unit=unit), "sheet": "a6", "made_by": by, **fields}
    )
    job.mark_failed()
    return job


def test_a_print_job_that_failed_waits_until_its_cards_are_ordered_again(nights):
    unit, words = make_unit(), "Lượt in cả chợ không xong"
    job = failed_job(unit, row="B", goods=make_goods())
    failed_job(make_unit())
    assert words in page(unit=unit)
    assert "1 chờ" in page(unit=unit)
    assert "2 chờ" in page("province_staff")
    other = {"market": job.market, "sheet": "a6", "made_by": job.made_by}
    PrintJob.objects.create(**other, row="C")
    PrintJob.objects.create(**other, goods=make_goods())
    PrintJob.objects.create(**{**other, "sheet": "wall"})
    assert words in page(unit=unit)
    failed_job(unit, market=job.market, row="B")
    assert "1 chờ" in page(unit=unit)
    PrintJob.objects.create(**other)
    assert words not in page(unit=unit)
    PrintJob.objects.filter(state="failed").update(finished_at=timezone.now() - timedelta(days=31))
    assert words not in page("province_staff")


def test_who_was_invited_and_can_no_longer_come_in_waits_for_a_new_link(nights):
    unit, by = make_unit(), make_user()
    make_user(password=None)  # holds no role, so nobody misses a way in
    user, _address = invitations.invite(name="Mẫu", phone=None, kind="volunteer", unit=unit, by=by)
    assert "không còn đường vào" not in page(unit=unit)
    OneTimeLink.objects.update(expires_at=timezone.now())
    html = page(unit=unit)
    assert "không còn đường vào" in html
    assert "1 chờ" in page("province_staff")
    assert f'href="{reverse("people_list")}"' in html
    assert f'href="{reverse("people_list")}"' not in page("auditor")
    user.set_password(PASSWORD)
    user.save()
    assert "không còn đường vào" not in page(unit=unit)


def test_every_link_leads_to_rows_that_wait(nights):
    report, card = (
        make_report(card=card_in(make_unit())),
        card_in(make_unit(), state="printed", printed_days_ago=8),
    )
    make_followup(tenancy=card.account.tenancy, due_on=timezone.localdate() - timedelta(days=2))
    failed_job(make_unit())
    make_hanging_card(days=31, state="posted")
    PrintJob.objects.create(market=report.card.stall.market, sheet="a6", made_by=make_user())
    done = make_report(card=report.card)
    done.mark_handled(by=make_user(), outcome="true_card")
    staff = client("province_staff")
    for url in (item.href for item in staff.get(reverse("needs_hand")).context["waiting"]):
        answer = staff.get(url)
        assert answer.status_code == 200
        assert answer.context["cl"].result_count == 1, url


def test_cards_that_nobody_looked_at_for_thirty_days_wait_in_their_unit(nights):
    here, there, words = make_unit(name="Đoàn phường Đây"), make_unit(), "Thẻ quá 30 ngày chưa soi"
    make_hanging_card(days=29, market=make_market(unit=here))
    make_hanging_card(days=31, market=make_market(unit=there))
    assert words not in page(unit=here)
    card = make_hanging_card(days=31, market=make_market(unit=here))
    found = {item.need.name: item for item in client(unit=here).get(reverse("needs_hand")).context["waiting"]}
    assert found[words].parts == [("Đoàn phường Đây", 1)]
    card.mark_checked(by=make_user(), texts=[card.payload.open()], way="camera")
    assert words not in page(unit=here)


def test_the_province_alone_hears_of_the_machine(db, settings):
    make_card()
    JobRun.objects.create(
        job="attempts", started_at=timezone.now(), finished_at=timezone.now(), is_ok=False, result="Dừng"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('q', 'in cả chợ', '{}');"
            "UPDATE procrastinate_jobs SET status = 'doing'; UPDATE procrastinate_jobs SET status = 'failed'"
        )
    settings.FIELD_KEYS = {"k2": bytes(32), **settings.FIELD_KEYS}
    html = page("administrator")
    words = [
        "Việc hằng đêm không xong",
        "Chương trình nền không chạy",
        "Xóa lần đăng nhập sai cũ",
        "in cả chợ",
        "niêm bằng khóa cũ",
    ]
    assert [word for word in words if word not in html] == []
    html = page(unit=province_unit(), role="province_staff")
    assert words[0] in html
    html = page()
    assert [word for word in words if word in html] == []


@pytest.mark.parametrize(("beat_ago", "is_told"), [(timedelta(), False), (timedelta(minutes=2), True)])
def test_a_silent_worker_is_told_at_the_top_and_one_that_beats_is_not(db, beat_ago, is_told):
    make_worker(beat_ago=beat_ago)
    found = client("province_staff").get(reverse("needs_hand")).context["waiting"]
    told = [item.need.is_urgent for item in found if item.need.name == "Chương trình nền không chạy"]
    assert told == ([True] if is_told else [])


def test_the_number_of_queries_does_not_grow(nights):
    staff, unit = client("province_staff"), make_unit()

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            staff.get(reverse("needs_hand"))
        return len(queries)

    make_report(card=card_in(unit))
    few = count()
    for _ in range(12):
        make_report(card=card_in(make_unit()))
        make_followup(
            tenancy=card_in(unit, state="printed", printed_days_ago=9).account.tenancy,
            due_on=timezone.localdate() - timedelta(days=3),
        )
    assert count() == few <= 40


def test_the_nightly_page_tells_each_job_with_its_last_run(db):
    run_due(JOBS[:1])
    html = page("province_staff", name="nightly_list")
    assert [job.name for job in JOBS if job.name not in html] == []
    assert "Hẹn thêm 0 lượt" in html
    assert html.count("Không chạy") in {0, len(JOBS) - 1}  # from three in the morning on
    assert "Trong 10 phút tới" in html


def test_the_admin_leads_to_both_pages(db):
    html = client().get(reverse("admin:index")).content.decode()
    assert f'href="{reverse("needs_hand")}"' in html
    assert f'href="{reverse("nightly_list")}"' in html


def test_requests_about_data_are_told_apart_by_whether_they_are_late(nights):
    staff, today = make_user(role="province_staff"), timezone.localdate()
    words = {"kind": "see", "how": "paper", "unit": commune_unit(), "by": staff}
    PersonRequest.objects.receive(**words)
    PersonRequest.objects.receive(**words, received_on=today - timedelta(days=11))
    found = client(unit=commune_unit()).get(reverse("needs_hand")).context["waiting"]
    assert [(item.need.is_urgent, item.count, item.href) for item in found] == [
        (True, 1, reverse("request_list")), (False, 1, reverse("request_list")),
    ]  # fmt: skip
    assert client(unit=make_unit()).get(reverse("needs_hand")).context["waiting"] == []
