"""What anybody learns about a card by its code, how a false one is reported, which markets take part."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from markets.models import FalseCardReport
from markets.views.public import CHECKS, REPORTS
from portal.accounts.models import Badge
from portal.codes.shortcodes import is_valid, make_code
from tests.builders import (
    BIDV,
    former_commune,
    make_account,
    make_card,
    make_market,
    make_tenancy,
    make_user,
    make_vendor,
)

pytestmark = pytest.mark.django_db


def text(response) -> str:
    return response.content.decode()


@pytest.fixture
def card():
    vendor = make_vendor(name="Nguyễn Thị Mẫu", phone="0905123456")
    tenancy = make_tenancy(vendor=vendor, sign="Bún cá cô Mẫu")
    return make_card(
        account=make_account(tenancy=tenancy, holder="NGUYEN THI MAU", number="MAU0000000000008136"),
        state="tried",
    )


def check(client, code, prefix="/t/"):
    return client.get(f"{prefix}{code}")


# --- a card that counts ------------------------------------------------------------------------------------


def test_a_card_shows_stall_bank_last_four_and_a_masked_name(client, card):
    body = text(check(client, card.check_code_id))
    for words in ("Bún cá cô Mẫu", card.serial, "BIDV", "•••• 8136", "NGUYEN T•• M••", "Đang hiệu lực"):
        assert words in body


def test_a_check_page_gives_away_neither_name_nor_number_nor_phone(client, card):
    body = text(check(client, card.check_code_id))
    for secret in ("NGUYEN THI MAU", "Nguyễn Thị Mẫu", "MAU0000000000008136", "0905123456", "0905 123 456"):
        assert secret not in body


@pytest.mark.parametrize("prefix", ["/t/", "/T/", "/en/t/", "/en/T/"])
@pytest.mark.parametrize("end", ["", "/"])
def test_every_form_of_the_address_answers_without_a_redirect(client, card, prefix, end):
    for code in (card.check_code_id, card.check_code_id.lower()):
        assert check(client, code + end, prefix).status_code == 200


def test_the_address_on_the_page_is_the_public_one_whatever_host_was_asked(client, card):
    body = text(client.get(f"/t/{card.check_code_id}", headers={"host": "localhost"}))
    assert f"testserver/t/{card.check_code_id}" in body


# --- cards that do not count -------------------------------------------------------------------------------


def test_an_unknown_code_tells_the_truth(client, db):
    answer = check(client, make_code())
    assert answer.status_code == 404
    assert "Không có thẻ nào mang mã này" in text(answer)


def test_a_code_with_characters_that_do_not_occur_names_them(client):
    answer = check(client, "7F3KM2QO")
    assert answer.status_code == 404
    assert "Mã không dùng ký tự O" in text(answer)


def test_a_void_card_says_since_when_and_shows_no_person(client, card):
    card.void(by=card.made_by, reason="left")
    body = text(check(client, card.check_code_id))
    assert "Thẻ này không còn hiệu lực" in body
    assert "M••" not in body
    assert "Bún cá cô Mẫu" not in body


def test_a_replaced_card_says_that_there_is_a_new_one(client, card):
    card.void(by=card.made_by, reason="lost")
    assert "Sạp đã có thẻ mới" not in text(check(client, card.check_code_id))
    make_card(account=card.account)
    assert "Sạp đã có thẻ mới" in text(check(client, card.check_code_id))


def test_a_card_that_was_never_printed_is_not_called_valid(client):
    assert "chưa được phát" in text(check(client, make_card().check_code_id))


# --- the box -----------------------------------------------------------------------------------------------


def test_the_box_takes_a_code_however_it_is_typed(client, card):
    code = card.check_code_id
    answer = client.get(reverse("card_lookup"), {"ma": f" {code[:4].lower()}-{code[4:]} "})
    assert answer.url == reverse("card_check", args=[code])


def test_the_box_leads_a_volunteers_code_to_the_volunteers_card(client):
    user = make_user(role="volunteer")
    badge = Badge.objects.make_for(user, by=user)
    answer = client.get(reverse("card_lookup"), {"ma": badge.code_id.lower()})
    assert answer.url == reverse("badge_check", args=[badge.code_id])
    assert user.name in text(client.get(answer.url))


def test_the_box_cannot_be_asked_without_end(client, db, monkeypatch):
    monkeypatch.setitem(CHECKS, "limit", 2)
    answers = [client.get(reverse("card_lookup"), {"ma": make_code()}).status_code for _ in range(3)]
    assert answers == [302, 302, 429]


def test_the_example_beside_the_box_is_a_code_that_could_be(client):
    shown = re.search("Ví dụ: (\\w+)", text(client.get(reverse("card_lookup"))))[1]
    assert is_valid(shown)


def test_the_box_says_what_is_wrong_and_keeps_what_was_typed(client):
    body = text(client.get(reverse("card_lookup"), {"ma": "7F3KM2Q0"}))
    assert "Mã không dùng ký tự 0" in body
    assert 'value="7F3KM2Q0"' in body


# --- reports -----------------------------------------------------------------------------------------------


def test_a_false_card_is_reported_in_two_taps(client, card):
    page = reverse("card_report", args=[card.check_code_id])
    assert page in text(check(client, card.check_code_id))
    answer = client.post(page, {"kind": "covered"}, follow=True)
    assert "Cảm ơn bạn đã báo" in text(answer)
    assert FalseCardReport.objects.get().card == card


def test_a_card_with_an_invented_code_can_be_reported_too(client):
    client.post("/t/gia<mao>00/bao/", {"kind": "other"})
    report = FalseCardReport.objects.get()
    assert (report.card, report.code) == (None, "GIAMAO00")


def test_a_report_of_no_known_kind_is_not_stored(client, card):
    client.post(reverse("card_report", args=[card.check_code_id]), {"kind": "x" * 300})
    assert not FalseCardReport.objects.exists()


def test_an_address_reports_and_checks_so_often_and_no_more(client, card):
    page = reverse("card_report", args=[card.check_code_id])
    answers = [client.post(page, {"kind": "other"}).status_code for _ in range(REPORTS["limit"] + 1)]
    assert answers == [302] * REPORTS["limit"] + [429]
    checks = [check(client, card.check_code_id).status_code for _ in range(CHECKS["limit"] + 1)]
    assert checks == [200] * CHECKS["limit"] + [429]


# --- markets -----------------------------------------------------------------------------------------------


def test_the_list_shows_area_now_and_before_bank_launch_and_stalls(client, card):
    market = card.stall.market
    market.launched_on, market.partner_bin = date(2023, 12, 3), BIDV
    market.save()
    market.place.former_area = former_commune("Phường Hoa Lư", "Thành phố Pleiku")
    market.place.save()
    make_card(account=make_account(tenancy=make_tenancy(market=market)), state="posted")
    body = text(client.get(reverse("market_list")))
    for words in (market.place.name, "Phường Pleiku", "Phường Hoa Lư", "BIDV", "03-12-2023", "1 trên 2 sạp"):
        assert words in body


def test_markets_are_found_without_accents(client):
    make_market(name="Chợ Hoa Lư")
    make_market(name="Chợ Phù Đổng")
    assert "Phù Đổng" not in text(client.get(reverse("market_list"), {"tim": "hoa lu"}))
    assert "Không có chợ nào như vậy" in text(client.get(reverse("market_list"), {"tim": "xyz"}))


def test_no_market_yet_says_so(client):
    assert "Chưa có chợ nào" in text(client.get(reverse("market_list")))


def test_the_list_of_markets_asks_as_often_for_200_as_for_ten(client):
    def queries(count):
        for _ in range(count):
            make_market()
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("market_list"))
        return len(asked)

    assert queries(10) == queries(190) <= 2
