"""Rate limits: shared by all workers, exact under load, without anybody's address in the table."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from portal.limits import allow, client_address, forget, forget_old
from portal.models import RateCount


def tries(number, subject="10.0.0.1", scope="pin", limit=3, seconds=60):
    return [allow(scope, subject, limit=limit, seconds=seconds) for _ in range(number)]


@pytest.mark.django_db
def test_the_limit_is_allowed_and_then_nothing():
    assert tries(5) == [True, True, True, False, False]


@pytest.mark.django_db
def test_other_subjects_and_scopes_count_apart():
    tries(4)
    assert allow("pin", "10.0.0.2", limit=3, seconds=60)
    assert allow("code", "10.0.0.1", limit=3, seconds=60)
    assert allow("pi", "n10.0.0.1", limit=3, seconds=60)


@pytest.mark.django_db
def test_a_new_window_starts_when_the_old_one_is_over():
    tries(5)
    RateCount.objects.update(window_started_at=timezone.now() - timedelta(seconds=59))
    assert tries(1) == [False]
    RateCount.objects.update(window_started_at=timezone.now() - timedelta(seconds=61))
    assert tries(4) == [True, True, True, False]


@pytest.mark.django_db
def test_refused_tries_do_not_lengthen_the_window():
    tries(3)
    began = RateCount.objects.get().window_started_at
    tries(50)
    row = RateCount.objects.get()
    assert (row.window_started_at, row.count) == (began, 4)


@pytest.mark.django_db
def test_a_forgotten_subject_starts_anew():
    tries(5)
    forget("pin", "10.0.0.1")
    assert tries(1) == [True]


@pytest.mark.django_db
def test_the_table_holds_no_address_and_old_rows_go():
    tries(1, subject="0905123456")
    assert "0905" not in RateCount.objects.get().key
    assert forget_old() == 0
    RateCount.objects.update(window_started_at=timezone.now() - timedelta(days=2))
    assert forget_old() == 1


@pytest.mark.django_db(transaction=True)
def test_many_callers_at_once_get_exactly_the_limit():
    def caller(_):
        try:
            return sum(tries(10, limit=37))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(caller, range(8))) == 37


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "address"),
    [
        (0, None, "203.0.113.7", "203.0.113.7"),
        (0, "198.51.100.1", "203.0.113.7", "203.0.113.7"),
        (0, None, "", "0.0.0.0"),
        (1, "198.51.100.1", "", "198.51.100.1"),
        (1, "6.6.6.6, 198.51.100.1", "127.0.0.1", "198.51.100.1"),
        (2, "6.6.6.6, 198.51.100.1, 10.0.0.9", "", "198.51.100.1"),
        (2, "198.51.100.1", "127.0.0.1", "0.0.0.0"),
        (1, None, "127.0.0.1", "0.0.0.0"),
        (1, "x' OR 1=1", "", "0.0.0.0"),
        (1, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::"),
        (1, "::ffff:198.51.100.1", "", "198.51.100.1"),
    ],
)
def test_the_callers_address_is_the_one_a_trusted_proxy_saw(
    rf, settings, proxies, forwarded, remote, address
):
    settings.PROXY_COUNT = proxies
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert client_address(rf.get("/", REMOTE_ADDR=remote, **headers)) == address
