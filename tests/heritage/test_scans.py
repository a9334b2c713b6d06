"""Counting: what is a scan, exactly once, never in the visitor's way."""

import threading
from datetime import UTC, date, datetime

import psycopg
import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, connections
from django.utils import timezone

from heritage import scans
from heritage.models import Scan, ScanCount
from portal.indicators import Period
from tests.builders import commune_unit, make_edition, make_plaque, make_site, make_user
from tests.clusters import url


@pytest.fixture(autouse=True)
def rested():
    """No test waits for another's pause."""
    scans._rests_until = 0
    yield
    scans._rests_until = 0


@pytest.fixture
def plaque(db):
    site = make_site()
    for language in ("vi", "en"):
        make_edition(site=site, language=language)
    return make_plaque(site=site)


def told() -> list[tuple]:
    return list(Scan.objects.order_by("pk").values_list("language", "is_scanned"))


def every(plaque, *fields):
    return dict(scans.counts([plaque.site], Period(None, date(2100, 1, 1)), *fields))


def test_scan_is_the_day_the_plaque_the_language_and_how(client, plaque):
    code = plaque.code_id
    client.get(f"/H/{code}", headers={"accept-language": "en-US"})
    client.get(f"/h/{code}")
    client.get(f"/h/{code}/en/")
    client.get(f"/H/{code.lower()}/vi/")
    assert told() == [("en", True), ("vi", False), ("en", False), ("vi", True)]
    assert {(row.plaque_id, row.on) for row in Scan.objects.all()} == {(plaque.pk, timezone.localdate())}
    assert {field.name for field in Scan._meta.fields} == {"id", "plaque", "on", "language", "is_scanned"}


def test_day_is_the_day_in_gia_lai(client, plaque, monkeypatch):
    late = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)  # half past midnight of the 21st there
    monkeypatch.setattr(timezone, "now", lambda: late)
    client.get(f"/H/{plaque.code_id}")
    assert Scan.objects.get().on == date(2026, 11, 21)


def test_what_nobody_opened_is_no_scan(client, plaque):
    page = f"/H/{plaque.code_id}"
    client.head(page)
    for headers in (
        {"sec-purpose": "prefetch"},
        {"sec-purpose": "prefetch;prerender"},
        {"purpose": "prefetch"},
        {"x-moz": "prefetch"},
        scans.probe_headers(),
    ):
        assert client.get(page, headers=headers).status_code == 200
    client.get("/h/AAAAAAAA")
    client.get(f"/di-tich/{plaque.site.slug}/")
    assert told() == []
    client.get(page, headers={scans.PROBE: "made up"})
    assert len(told()) == 1


def test_scan_of_a_site_without_a_page_counts_in_the_phone_s_language(client, db):
    bare = make_plaque()
    client.get(f"/H/{bare.code_id}", headers={"accept-language": "en"})
    assert told() == [("en", True)]


def test_folding_keeps_every_scan_once(client, plaque):
    for _ in range(3):
        client.get(f"/H/{plaque.code_id}")
    assert every(plaque) == {(): 3}
    assert scans.fold() == 3
    client.get(f"/H/{plaque.code_id}")
    client.get(f"/h/{plaque.code_id}/en/")
    assert every(plaque) == {(): 5}
    assert (scans.fold(), scans.fold()) == (2, 0)
    assert every(plaque, "language", "is_scanned") == {("vi", True): 4, ("en", False): 1}
    assert list(ScanCount.objects.order_by("count").values_list("count", flat=True)) == [1, 4]
    assert not Scan.objects.exists()


def test_weeks_begin_on_monday_and_periods_cut_them(plaque):
    for day, count in {date(2026, 11, 1): 7, date(2026, 11, 2): 3, date(2026, 11, 8): 2}.items():
        ScanCount.objects.create(plaque=plaque, on=day, language="vi", is_scanned=True, count=count)
    ScanCount.objects.create(plaque=make_plaque(), on=day, language="vi", is_scanned=True, count=99)
    weeks = scans.by_week([plaque.site], Period(date(2026, 11, 1), date(2026, 11, 8)))
    assert [(week.monday, week.count) for week in weeks] == [(date(2026, 10, 26), 7), (date(2026, 11, 2), 5)]
    cut = scans.by_week(type(plaque.site).objects.all(), Period(date(2026, 11, 3), date(2026, 11, 8)))
    assert {week.site: week.count for week in cut}[plaque.site_id] == 2


def test_small_numbers_are_the_province_s_own(db):
    province, commune = make_user(role="province_staff"), make_user(role="team_lead", unit=commune_unit())
    assert [scans.masked(number, province) for number in (0, 4, 5)] == ["0", "4", "5"]
    for user in (commune, AnonymousUser()):
        assert [scans.masked(number, user) for number in (0, 1, 4, 5)] == ["0", "dưới 5", "dưới 5", "5"]


TROUBLES = {
    "OperationalError": ("LOCK TABLE heritage_scan IN ACCESS EXCLUSIVE MODE", "SELECT 1"),
    "ProgrammingError": (
        "ALTER TABLE heritage_scan RENAME TO away",
        "ALTER TABLE away RENAME TO heritage_scan",
    ),
    "InternalError": ("SELECT 1", "SELECT 1"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_scan_that_cannot_be_counted_costs_no_visitor_the_page(
    transactional_db, client, caplog, monkeypatch, trouble
):
    """The first of them waits a moment, the others not at all, until the rest is over."""
    monkeypatch.setattr(scans, "REST", 600)  # however slow the machine is
    site = make_site()
    make_edition(site=site)
    page = f"/H/{make_plaque(site=site).code_id}"
    begin, end = TROUBLES[trouble]
    connection.close()  # a fresh one, that will not grow old on the way
    if trouble == "InternalError":
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = on")
    with psycopg.connect(url(connection)) as other:
        other.execute(begin)
        if trouble == "ProgrammingError":
            other.commit()
        for _ in range(20):
            response = client.get(page)
            assert response.status_code == 200
            assert site.name in response.content.decode()
        other.execute(end)
    warnings = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert warnings == [f"scans are not counted for {scans.REST} s: {trouble}"]
    connection.close()
    scans._rests_until = 0
    client.get(page)
    assert told() == [("vi", True)]


def test_lost_connection_costs_no_visitor_the_page(transactional_db, client):
    site = make_site()
    make_edition(site=site)
    page = f"/H/{make_plaque(site=site).code_id}"
    client.get(page)
    with psycopg.connect(url(connection), autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert client.get(page).status_code == 200


def test_folding_while_scans_arrive_loses_none(transactional_db):
    site = make_site()
    make_edition(site=site)
    code = make_plaque(site=site).code_id

    def scan():
        for _ in range(100):
            scans.opened(code, ["vi"], is_scanned=True)
        connections.close_all()

    threads = [threading.Thread(target=scan) for _ in range(3)]
    for thread in threads:
        thread.start()
    folded = 0
    while any(thread.is_alive() for thread in threads):
        folded += scans.fold()
    for thread in threads:
        thread.join()
    folded += scans.fold()
    assert folded == 300
    assert ScanCount.objects.get().count == 300
