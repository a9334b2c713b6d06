"""The list of a market's stalls, new and changed ones, and who may see them."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from markets.models import Goods, Stage, Stall, StallCard, Tenancy
from markets.views import cards
from portal.organization.models import Place
from portal.printing.reading import codes_on_pages
from tests.builders import (
    PIN,
    commune_unit,
    make_account,
    make_card,
    make_hanging_card,
    make_market,
    make_place,
    make_stall,
    make_tenancy,
    make_used,
    make_user,
)
from tests.markets.conftest import at_work

NEW = {"row": "B", "number": "7", "goods": "rau"}


def text(response) -> str:
    return response.content.decode()


def listed(field, **query) -> list[str]:
    return [stall.label for stall in field.get(reverse("stall_list"), query).context["stalls"]]


# --- a new stall -------------------------------------------------------------------------------------------


def test_a_stall_needs_no_name(field, market, volunteer):
    field.post(reverse("stall_create"), NEW)
    stall = Stall.objects.get()
    assert (stall.label, stall.market, stall.opened_by, stall.tenancy) == ("B07", market, volunteer, None)


def test_row_and_goods_of_the_last_stall_are_remembered(field, market, volunteer):
    make_stall(market=market, row="C", by=volunteer, goods=Goods.objects.get(pk="ca"))
    body = text(field.get(reverse("stall_create")))
    assert 'value="C"' in body
    assert '<option value="ca" selected' in body


@pytest.mark.parametrize("number", ["7", "07", " 7 ", "007"])
def test_a_number_taken_says_by_whom_and_when_and_leads_there(field, market, number):
    taken = make_stall(market=market, row="B", number="07", by=make_user(name="Lê Thị Minh Họa"))
    answer = field.post(reverse("stall_create"), {**NEW, "row": "b", "number": number})
    assert answer.status_code == 422
    assert "Sạp B07 đã được Lê Thị Minh Họa đăng ký ngày" in text(answer)
    assert reverse("stall_detail", args=[taken.pk]) in text(answer)


def test_the_same_number_is_free_at_another_market(field, market):
    make_stall(row="B", number="07")
    field.post(reverse("stall_create"), NEW)
    assert market.stalls.count() == 1


def test_a_closed_stall_frees_its_number(field, market, volunteer):
    make_stall(market=market, row="B", number="07").close(by=volunteer)
    field.post(reverse("stall_create"), NEW)
    assert market.stalls.open().get().label == "B07"


def test_nothing_typed_is_lost_when_something_is_missing(field):
    answer = field.post(reverse("stall_create"), {"row": "Z9", "number": "", "goods": "ca"})
    assert answer.status_code == 422
    assert 'value="Z9"' in text(answer)
    assert '<option value="ca" selected' in text(answer)


def test_goods_can_be_corrected_but_not_the_number_on_a_card_that_hangs(field, market):
    card = make_card(account=make_account(tenancy=make_tenancy(market=market)), state="posted")
    field.post(reverse("stall_change", args=[card.stall_id]), {"row": "Z", "number": "99", "goods": "ca"})
    stall = Stall.objects.get()
    assert (stall.row, stall.goods_id) == ("M", "ca")


def test_a_place_without_a_market_says_so(client, volunteer, market):
    volunteer_at = at_work(client, volunteer, market)
    session = volunteer_at.session
    session["place_id"] = make_place(unit=commune_unit(), kind=Place.Kind.DESK).pk
    session.save()
    for name in ("stall_list", "stall_create"):
        assert "không phải chợ" in text(volunteer_at.get(reverse(name)))


@pytest.mark.django_db(transaction=True)
def test_of_two_clerks_who_register_one_number_the_second_is_led_to_the_first(market):
    def register(user):
        answer = at_work(Client(), user, market).post(reverse("stall_create"), NEW)
        connection.close()
        return answer.status_code

    clerks = [make_user(role="volunteer", unit=market.place.unit, pin=PIN) for _ in range(2)]
    with ThreadPoolExecutor() as pool:
        answers = sorted(pool.map(register, clerks))
    assert answers == [302, 422]
    assert market.stalls.count() == 1


# --- who sees what -----------------------------------------------------------------------------------------

PAGES = [
    "stall_detail",
    "stall_change",
    "stall_leave",
    "stall_consent",
    "stall_vendor",
    "stall_account",
    "stall_card",
    "stall_card_pdf",
    "card_replace",
    "stall_post",
    "stall_trial",
]


@pytest.mark.parametrize("name", PAGES)
def test_a_stall_outside_one_s_area_is_not_found(field, name):
    far = make_card(
        account=make_account(tenancy=make_tenancy(market=make_market(unit=commune_unit("Xã Vĩnh Sơn")))),
        state="printed",
    )
    assert field.get(reverse(name, args=[far.stall_id])).status_code == 404


def test_an_auditor_does_not_work_in_the_field(client, market):
    auditor = make_user(role="auditor", pin=PIN)
    at_work(client, auditor, market)
    assert client.get(reverse("stall_list")).status_code in {302, 403}


# --- the list ----------------------------------------------------------------------------------------------


def test_stalls_are_found_without_accents_by_sign_vendor_number_and_code(field, market):
    make_stall(market=market, row="A", number="01")
    stall = make_stall(market=market, row="B", number="07")
    make_tenancy(stall=stall, sign="Rau sạch chị Mẫu")
    stall.tenancy.vendor.name = "Siu H’Mẫu"
    stall.tenancy.vendor.save()
    for words in ("rau sach", "siu mau", "b07", "B 07", stall.code):
        answer = field.post(reverse("stall_search"), {"q": words}, follow=True)
        assert [found.label for found in answer.context["stalls"]] == ["B07"], words


def test_what_is_searched_never_stands_in_an_address(field, market):
    make_stall(market=market)
    answer = field.post(reverse("stall_search"), {"q": "Siu", "row": "M"})
    assert answer.url == reverse("stall_list") + "?row=M"


def test_what_is_searched_stands_in_no_session_in_clear(field, market):
    make_stall(market=market)
    field.post(reverse("stall_search"), {"q": "MAU0000000000004729"})
    assert "4729" not in str(dict(field.session))
    assert "MAU0000000000004729" in text(field.get(reverse("stall_list")))


def test_the_search_stays_while_one_turns_pages_and_goes_when_emptied(field, market):
    for number in range(30):
        make_tenancy(stall=make_stall(market=market, number=str(number)), sign="Cá biển")
    make_tenancy(stall=make_stall(market=market), sign="Rau")
    field.post(reverse("stall_search"), {"q": "ca bien"})
    assert len(listed(field)) == 25
    assert len(listed(field, page="2")) == 5
    field.post(reverse("stall_search"), {"q": ""})
    assert len(listed(field, page="2")) == 6


def test_chips_count_and_filter_what_is_missing(field, market):
    for state in ("made", "printed", "posted", "tried"):
        make_card(account=make_account(tenancy=make_tenancy(market=market)), state=state)
    make_used(make_hanging_card(market=market))
    make_stall(market=market)
    shown = field.get(reverse("stall_list")).context["stages"]
    assert [(stage, count) for stage, _, count, _ in shown] == [
        ("", 6),
        *((stage.value, 1) for stage in Stage),
    ]
    for stage in Stage:
        (stall,) = field.get(reverse("stall_list"), {"stage": stage.value}).context["stalls"]
        assert stall.stage == stage


def test_an_empty_market_and_an_empty_search_say_what_to_do(field, market):
    assert "Đăng ký sạp đầu tiên" in text(field.get(reverse("stall_list")))
    make_stall(market=market)
    field.post(reverse("stall_search"), {"q": "không có ai"})
    assert "Không có sạp nào như vậy" in text(field.get(reverse("stall_list")))


def test_the_list_asks_the_database_as_often_for_200_stalls_as_for_ten(field, market):
    def queries(count):
        while market.stalls.count() < count:
            make_card(account=make_account(tenancy=make_tenancy(market=market)), state="printed")
        field.get(reverse("stall_list"))
        with CaptureQueriesContext(
            connection,
        ) as few:
            field.get(reverse("stall_list"))
        return len(few)

    assert queries(10) == queries(200) <= 16


# --- printing a selection ----------------------------------------------------------------------------------


def selected(field, *stalls):
    return field.post(reverse("card_print_selected"), {"stall": [stall.pk for stall in stalls]})


def ready(market):
    account = make_account(tenancy=make_tenancy(market=market))
    account.mark_confirmed(by=account.recorded_by)
    return account.tenancy.stall


def test_five_chosen_stalls_come_on_two_sheets_and_count_as_printed(field, market):
    stalls = [ready(market) for _ in range(5)]
    answer = selected(field, *stalls)
    assert answer["Content-Disposition"].startswith("attachment")
    codes = {code.content.decode() for page in codes_on_pages(answer.content) for code in page}
    assert codes == {card.payload.open() for card in StallCard.objects.exclude(printed_at=None)}
    assert len(codes) == 5


def test_an_account_that_comes_in_the_moment_of_printing_stops_the_selection(field, market, monkeypatch):
    stall, is_ready = ready(market), cards._is_ready

    def overtaken(stall):
        make_account(tenancy=Tenancy.objects.get(stall=stall))
        return is_ready(stall)

    monkeypatch.setattr(cards, "_is_ready", overtaken)
    answer = selected(field, stall)
    assert answer.status_code == 422
    assert "chủ sạp chưa đọc lại" in text(answer)
    assert not StallCard.objects.exists()


def test_a_stall_without_a_confirmed_account_stops_the_selection_and_is_named(field, market):
    fine, unready = ready(market), make_stall(market=market, row="X", number="01")
    answer = selected(field, fine, unready)
    assert answer.status_code == 422
    assert "Sạp X01 chưa có tài khoản" in text(answer)
    assert not StallCard.objects.exists()
    assert text(answer).count(" checked") == 2


def test_choosing_nothing_or_nonsense_is_said(field, market):
    make_stall(market=market)
    assert selected(field).status_code == 422
    answer = field.post(reverse("card_print_selected"), {"stall": ["x", str(uuid4())]})
    assert "Đánh dấu những sạp cần in" in text(answer)


def test_a_selection_takes_no_stall_of_another_market(field, market):
    make_stall(market=market)
    assert selected(field, ready(make_market())).status_code == 422


def test_more_than_forty_at_once_is_refused(field, market):
    stalls = [make_stall(market=market) for _ in range(41)]
    assert "nhiều nhất 40 thẻ, đang chọn 41" in text(selected(field, *stalls))
