"""A value is shown whole only for a reason, to who may, within reach, and after the read log has its line."""

import pytest
from django.db import connection
from django.urls import reverse

from portal.privacy.models import ReadLog
from portal.privacy.views import PER_HOUR
from tests import builders
from tests.accounts.conftest import let_pass
from tests.admin.pages import enter

pytestmark = pytest.mark.django_db

REASON = {"reason": "owner_asks"}


@pytest.fixture
def card(db):
    vendor = builders.make_vendor(phone="0305551234")
    return builders.make_card(account=builders.make_account(tenancy=builders.make_tenancy(vendor=vendor)))


def page(row, field: str) -> str:
    return reverse("reveal", args=[row._meta.label_lower, row.pk, field])


def values(card):
    """What can be revealed: row, field, the clear text."""
    vendor, number = card.account.tenancy.vendor, card.account.clear_number()
    return [(card.account, "number", number), (card, "payload", number), (vendor, "phone", "0305551234")]


@pytest.mark.parametrize("role", ["unit_secretary", "province_staff", "auditor", "administrator"])
def test_staff_see_the_whole_value_for_a_reason_and_it_is_written_down(card, role):
    client = enter(role)
    for row, field, clear in values(card):
        answer = client.post(page(row, field), REASON)
        assert clear in answer.text
        assert "no-store" in answer["Cache-Control"]
        line = ReadLog.objects.first()
        assert (line.user, line.model, line.row) == (client.user, row._meta.label_lower, str(row.pk))
        assert (line.field, line.reason) == (field, "owner_asks")
        assert line.request_id == answer["X-Request-ID"]


def test_a_kept_code_is_revealed_by_its_account_number():
    from markets import vietqr

    payload = vietqr.encode(bin=builders.BIDV, account="MAU0000000000000777")
    account = builders.make_account(payload=payload)
    assert "MAU0000000000000777" in enter("auditor").post(page(account, "number"), REASON).text


def test_a_value_asks_for_the_pin_after_an_idle_time(card):
    client = enter("unit_secretary", pin=builders.PIN)
    address = page(card.account, "number")
    assert client.get(address).status_code == 200
    let_pass(client, seconds=301)
    answer = client.post(address, REASON)
    assert answer.status_code == 423
    assert card.account.clear_number() not in answer.text
    assert not ReadLog.objects.exists()


def test_opening_the_page_shows_and_logs_nothing(card):
    client = enter("province_staff")
    for row, field, clear in values(card):
        answer = client.get(page(row, field), REASON)
        assert answer.status_code == 200
        assert clear not in answer.text
        assert f"•••• {clear[-4:]}" in answer.text
    assert not ReadLog.objects.exists()


@pytest.mark.parametrize("reason", [None, "", "because", "check_card; name"])
def test_without_a_reason_of_the_list_nothing_is_shown(card, reason):
    row, field, clear = values(card)[0]
    answer = enter("province_staff").post(page(row, field), {"reason": reason} if reason is not None else {})
    assert answer.status_code == 422
    assert clear not in answer.text
    assert not ReadLog.objects.exists()


def test_out_of_reach_there_is_nothing_to_reveal(card):
    client = enter("unit_secretary", unit=builders.make_unit())
    for row, field, _ in values(card):
        assert client.post(page(row, field), REASON).status_code == 404
    assert not ReadLog.objects.exists()


@pytest.mark.parametrize("role", ["volunteer", "team_lead"])
def test_field_workers_reveal_nothing(card, role):
    client = enter(role, unit=builders.commune_unit())
    for row, field, _ in values(card):
        assert client.post(page(row, field), REASON).status_code == 403
    assert not ReadLog.objects.exists()


def test_somebody_not_logged_in_is_sent_to_the_login(client, card):
    assert "/dang-nhap/" in client.post(page(card, "payload"), REASON).url


@pytest.mark.parametrize(
    "path",
    ["accounts.user/1/password", "markets.vendor/1/name", "no.model/1/x", "nothing/1/x",
     "markets.paymentaccount/not-a-key/number"],
)  # fmt: skip
def test_nothing_else_can_be_named(path):
    assert enter("administrator").post(f"/kin/{path}/", REASON).status_code == 404


def test_thirty_values_an_hour_and_no_more(card):
    client = enter("province_staff")
    row, field, clear = values(card)[0]
    answers = [client.post(page(row, field), REASON) for _ in range(PER_HOUR + 1)]
    assert answers[-2].status_code == 200
    assert answers[-1].status_code == 429
    assert clear not in answers[-1].text
    assert ReadLog.objects.count() == PER_HOUR


def test_where_the_log_cannot_be_written_nothing_is_shown(card):
    client = enter("province_staff")
    client.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("alter table privacy_readlog add constraint closed check (false) not valid")
    row, field, clear = values(card)[0]
    answer = client.post(page(row, field), REASON)
    assert answer.status_code == 500
    assert clear not in answer.text


def test_the_read_log_holds_keys_and_no_value(card):
    client = enter("province_staff")
    for row, field, _ in values(card):
        client.post(page(row, field), REASON)
    told = str(list(ReadLog.objects.values()))
    for text in (card.account.clear_number(), "0305551234", card.account.tenancy.vendor.name, card.holder):
        assert text not in told


def test_the_admin_leads_to_the_page(card):
    client = enter("auditor")
    for row, field, _ in values(card):
        change = reverse(f"admin:markets_{row._meta.model_name}_change", args=[row.pk])
        assert page(row, field) in client.get(change).text
