"""Ready-made public pages tell the truth of this moment: to every process, about every fact they show."""

import multiprocessing
from contextlib import contextmanager
from datetime import date

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from markets.facts import card_facts, market_facts
from markets.models import Market, StallCard
from tests.builders import (
    BIDV,
    former_commune,
    make_account,
    make_card,
    make_market,
    make_stall,
    make_tenancy,
    make_user,
)

VALID, VOID = "Đang hiệu lực", "Thẻ này không còn hiệu lực"


def read(address, client=None) -> str:
    return (client or Client()).get(address).content.decode()


def page_of(card) -> str:
    return reverse("card_check", args=[card.check_code_id])


def _account(market):
    return make_account(tenancy=make_tenancy(market=market))


# --- at once -----------------------------------------------------------------------------------------------


@contextmanager
def another_process():
    """A function that reads an address in a process of its own, which keeps its own pages."""
    here, there = multiprocessing.Pipe()
    connection.close()  # a connection serves one process only
    process = multiprocessing.get_context("fork").Process(target=_serve, args=[there], daemon=True)
    process.start()

    def read_there(address):
        here.send(address)
        assert here.poll(30), "the other process does not answer"
        return here.recv()

    yield read_there
    here.send("")
    process.join(30)


def _serve(pipe) -> None:
    while address := pipe.recv():
        pipe.send(read(address))
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_void_card_is_seen_as_void_on_the_next_request_of_another_process():
    card = make_card(state="tried")
    with another_process() as read_there:
        assert all(VALID in read_there(page_of(card)) for _ in range(2))
        card.void(by=card.made_by, reason="false")
        page = read_there(page_of(card))
        assert VOID in page
        assert VALID not in page
        assert "Sạp đã có thẻ mới" not in page
        make_card(account=card.account)
        assert "Sạp đã có thẻ mới" in read_there(page_of(card))


@pytest.mark.django_db(transaction=True)
def test_a_stall_that_takes_transfers_is_counted_on_the_next_request_of_another_process():
    card = make_card(state="posted")
    with another_process() as read_there:
        assert all("0 trên 1 sạp" in read_there("/cho/") for _ in range(2))
        card.mark_tried(by=card.made_by)
        assert "1 trên 1 sạp" in read_there("/cho/")


# --- all that is shown -------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("state", StallCard.State.values)
def test_facts_say_what_the_card_itself_says(state):
    card = make_card(state=state)
    facts = card_facts(card.check_code_id)
    assert facts.state == card.state == state
    assert facts.line == card.stall.line
    for name in ("serial", "sign", "bank_name", "masked_holder", "last_four", "is_replaced", "void_at"):
        assert getattr(facts, name) == getattr(card, name)


@pytest.mark.django_db
def test_every_step_of_a_card_shows_on_its_page_at_once():
    card = make_card()
    seen = [read(page_of(card))]
    for step in (card.mark_printed, card.mark_posted, card.mark_tried):
        step(by=card.made_by)
        seen.append(read(page_of(card)))
    words = ("Thẻ này chưa được phát", "Đã in, chưa dán", "Đã dán ở sạp, chưa thử", "Đã thử chuyển")
    assert [word in page for word, page in zip(words, seen, strict=True)] == [True] * 4


@pytest.mark.django_db
def test_another_name_of_the_market_or_the_stall_shows_at_once():
    card = make_card(state="tried")
    stall, place = card.stall, card.stall.market.place
    read(page_of(card)), read("/cho/")
    stall.correct(row="Z", number="99", goods=stall.goods)
    place.name = "Chợ Đổi Tên"
    place.save()
    assert "Sạp Z99, chợ Đổi Tên" in read(page_of(card))
    assert "Chợ Đổi Tên" in read("/cho/")


@pytest.mark.django_db
def test_every_fact_of_the_list_shows_at_once():
    market = make_market(launched_on=date(2023, 12, 3))
    other = make_market()
    before = read("/cho/")
    assert "03-12-2023" in before
    market.launched_on, market.partner_bin = date(2024, 1, 5), ""
    market.save()
    market.place.former_area = former_commune("Phường Hoa Lư", "Thành phố Pleiku")
    market.place.save()
    make_stall(market=other)
    page = read("/cho/")
    for words in ("05-01-2024", "Phường Hoa Lư", "0 trên 1 sạp", '<td data-l="Ngân hàng">–</td>'):
        assert words not in before
        assert words in page


@pytest.mark.django_db
def test_words_find_the_markets_and_the_list_has_the_same_lines_with_and_without():
    markets = [make_market(name=name, partner_bin=BIDV) for name in ("Chợ Hoa Lư", "Chợ Phù Đổng")]
    make_card(account=_account(markets[0]), state="tried")
    assert market_facts("cho") == market_facts()
    assert [line.name for line in market_facts("hoa lu")] == ["Chợ Hoa Lư"]
    assert [(line.stall_count, line.taking_count) for line in market_facts()] == [(1, 1), (0, 0)]


@pytest.mark.django_db
def test_the_list_counts_as_the_register_does():
    """Stalls with old cards, a card that was not tried, a closed stall, a market without stalls."""
    market, _empty = make_market(), make_market()
    cards = [
        make_card(account=_account(market), state=state) for state in ("void", "posted", "tried", "tried")
    ]
    make_card(account=cards[0].account, state="tried")
    cards[3].stall.close(by=cards[3].made_by)
    register = {one.pk: (one.stall_count, one.taking_count) for one in Market.objects.with_counts()}
    assert {line.id: (line.stall_count, line.taking_count) for line in market_facts()} == register
    assert register[market.pk] == (3, 2)


# --- nothing of anybody ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_who_reads_first_leaves_nothing_for_who_reads_next(client):
    """Name, language, cookies and token of a volunteer who is logged in; the stranger reads the kept page."""
    card = make_card(state="tried")
    volunteer = make_user(role="volunteer", name="Trần Văn Đọc Trước")
    client.force_login(volunteer, backend="portal.accounts.backends.NameOrPhoneBackend")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    for address in (page_of(card), "/cho/"):
        first = client.get(address, headers={"accept-language": "en"})
        assert first["Cache-Control"] == "no-store, private"
        stranger = Client().get(address)
        assert not stranger.cookies
        page = stranger.content.decode()
        assert '<html lang="vi">' in page
        for secret in (volunteer.name, volunteer.username, client.session.session_key, "csrf"):
            assert secret not in page


@pytest.mark.django_db
def test_a_check_page_is_read_with_one_statement_however_often(client, django_assert_num_queries):
    card = make_card(state="tried")
    for _ in range(2):
        with django_assert_num_queries(1):  # it counts the try and reads the facts
            read(page_of(card), client)
