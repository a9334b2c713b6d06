"""The slips of a market: what is filled in without network becomes rows, once, in their author's name."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.template import Context, Template
from django.urls import reverse
from django.utils import timezone

from markets import vietqr
from markets.models import CardCheck, FollowUp, Goods, PaymentAccount, Stall, Tenancy, Vendor
from portal.field import applying, receiving
from portal.field.captures import Work, all_captures, offered
from portal.field.models import Envelope
from portal.organization.models import Place
from portal.privacy.models import Consent, Notice
from tests.builders import (
    BIDV,
    make_account,
    make_card,
    make_consent,
    make_followup,
    make_market,
    make_number,
    make_place,
    make_shift,
    make_shift_guest,
    make_stall,
    make_tenancy,
    make_user,
    make_vendor,
)
from tests.field.envelopes import make_envelope, send, send_photo
from tests.markets.test_rounds import file, photo
from tests.people import client_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def then():
    """An hour ago, in whole milliseconds, as a tablet tells it."""
    return (timezone.now() - HOUR).replace(microsecond=0)


def vendor(**fields) -> dict:
    """What is filled in for a new stall; a field that is None is left away."""
    filled = {
        "row": "B", "number": "12", "goods": Goods.objects.first().pk, "purposes": ["market_card"],
        "how": "screen", "name": "Nguyễn Thị Mẫu", "sign": "Rau cô Mẫu", **fields,
    }  # fmt: skip
    return {name: value for name, value in filled.items() if value is not None}


def typed(number=None, **fields) -> dict:
    number = number or make_number()
    account = {"bin": BIDV, "account_number": number, "account_number_again": number}
    return {**account, "holder": "NGUYEN THI MAU", **fields}


def answers(**fields) -> dict:
    return {"of_ten": "7", "has_internet": "1", "problem": "none", **fields}


def envelope(id) -> Envelope:
    return Envelope.objects.get(pk=id)


def apply_again(id) -> None:
    """As if the server had died after writing and before it knew."""
    row = envelope(id)
    capture, work = all_captures()[row.kind], applying.work_of(row)
    form = capture.form(work, applying.fields_of(row.open().words))
    assert form.is_valid(), form.errors
    capture.apply(work, form)


def text(response) -> str:
    return response.content.decode()


def due_visit(market, *, days=0, **fields) -> FollowUp:
    tenancy = make_tenancy(stall=make_stall(market=market, row="B", number="12"))
    return make_followup(tenancy=tenancy, due_on=timezone.localdate() + timedelta(days=days), **fields)


def hanging(market, at="12", **fields):
    """A card that hangs at B12 since forty days."""
    stall = make_stall(market=market, row="B", number=at)
    card = make_card(account=make_account(tenancy=make_tenancy(stall=stall), **fields), state="tried")
    type(card).objects.filter(pk=card.pk).update(made_at=timezone.now() - timedelta(days=40))
    card.refresh_from_db()
    return card


def strange() -> str:
    return vietqr.encode(bin="970405", account=make_number())


# --- which are offered -------------------------------------------------------------------------------------


def test_slips_of_a_market_are_offered_there_and_nowhere_else(market, volunteer):
    def codes(place, **more):
        work = Work(by=volunteer, place=place, at=timezone.now(), id=uuid.uuid4(), **more)
        return {capture.code for capture in offered(work)} & {"vendor", "followup", "card_check"}

    assert codes(market.place) == {"vendor", "followup", "card_check"}
    assert codes(make_place(kind=Place.Kind.DESK)) == codes(market.place, is_practice=True) == set()


@pytest.mark.parametrize("kind", ["vendor", "followup", "card_check"])
def test_practice_writes_nothing(kind, market, volunteer):
    id, _ = send(kind, {"row": "B"}, by=volunteer, place=market.place, practice=True)
    assert envelope(id).state == "applied"
    assert not Stall.objects.exists()
    assert not CardCheck.objects.exists()


def test_a_page_names_the_slip_that_it_is_sealed_as():
    words = 'data-slip="vendor" data-version="1" data-title="Đăng ký sạp" data-place=""'
    assert Template('{% slip_of "vendor" %}').render(Context()) == words
    with pytest.raises(KeyError):
        Template('{% slip_of "vendors" %}').render(Context())


def test_a_slip_of_a_place_without_market_waits_for_a_person(market, volunteer):
    desk = make_place(kind=Place.Kind.DESK, unit=market.place.unit)
    id, _ = send("vendor", vendor(), by=volunteer, place=desk)
    assert envelope(id).state == "review"
    assert "không phải một chợ" in envelope(id).problem


def test_a_slip_that_was_opened_at_another_place_waits_for_a_person(market, volunteer):
    other = make_market().place
    id, _ = send("vendor", vendor(), by=volunteer, place=market.place, opened_at=other)
    assert envelope(id).problem == applying.ELSEWHERE
    assert not Stall.objects.exists()


# --- a whole stall -----------------------------------------------------------------------------------------


def test_a_new_stall_is_written_down_whole(market, volunteer):
    at, number = then(), make_number()
    id, answer = send("vendor", vendor(**typed(number)), by=volunteer, place=market.place, at=at)
    assert answer.words["state"] == "applied"
    stall = Stall.objects.get()
    tenancy, account = stall.tenancy, stall.tenancy.account
    consent = tenancy.vendor.consent
    assert (stall.label, stall.market, tenancy.sign) == ("B12", market, "Rau cô Mẫu")
    assert {p.pk for p in consent.purposes.all()} == {"market_card"}
    assert account.clear_number() == number
    assert account.confirmed_at is None
    assert {stall.opened_by, consent.recorded_by, tenancy.recorded_by, account.recorded_by} == {volunteer}
    assert {stall.opened_at, consent.given_at, tenancy.recorded_at, account.recorded_at} == {at}
    assert envelope(id).href == reverse("stall_detail", args=[stall.pk])
    assert not envelope(id).flag


def test_the_account_may_come_later(market, volunteer):
    id, _ = send("vendor", vendor(), by=volunteer, place=market.place)
    assert envelope(id).state == "applied"
    assert Stall.objects.get().tenancy.account is None


@pytest.mark.parametrize("is_plain", [True, False])
def test_a_scanned_code_is_kept_as_it_was_read(is_plain, market, volunteer):
    number = make_number()
    code = vietqr.encode(bin=BIDV, account=number, **({} if is_plain else {"store": "Rau  sach"}))
    fields = vendor(payload=code, holder="NGUYEN THI MAU")
    id, _ = send("vendor", fields, by=volunteer, place=market.place)
    assert envelope(id).state == "applied", envelope(id).problem
    assert PaymentAccount.objects.get().card_payload() == code


def test_received_or_applied_twice_it_is_one_stall(market, volunteer):
    fields = vendor(phone="0905123456", purposes=["market_card", "market_contact"], **typed())
    id, raw = make_envelope("vendor", fields, by=volunteer, place=market.place)
    for _ in range(2):
        assert receiving.receive(id, raw, by=volunteer).status == 200
    apply_again(id)
    counts = [model.objects.count() for model in (Stall, Tenancy, Vendor, Consent, PaymentAccount)]
    assert counts == [1, 1, 1, 1, 1]


def test_what_was_filled_in_within_a_shift_counts_after_it(market):
    shift = make_shift(place=market.place)
    guest = make_shift_guest(shift=shift)
    id, raw = make_envelope("vendor", vendor(**typed()), by=guest, place=market.place, at=then())
    shift.close(by=shift.made_by)
    assert not Stall.objects.visible_to(type(guest).objects.get(pk=guest.pk)).exists()
    receiving.receive(id, raw, by=make_user())
    assert envelope(id).state == "applied"
    assert Stall.objects.get().opened_by == guest


def test_a_stall_without_a_vendor_is_gone_on_with(market, volunteer):
    stall = make_stall(market=market, row="B", number="12")
    goods = Goods.objects.exclude(pk=stall.goods_id).last().pk
    id, _ = send("vendor", vendor(goods=goods), by=volunteer, place=market.place)
    assert Stall.objects.get() == stall
    assert stall.tenancy.recorded_by == volunteer
    flag = envelope(id).flag
    assert "có trong sổ từ trước" in flag
    assert flag.endswith(f". Mặt hàng giữ như trong sổ: {stall.goods}")


def test_a_consent_keeps_the_notice_whose_words_stood_on_the_kept_page(field, market, volunteer):
    read = Notice.objects.current("markets")
    page = text(field.get(reverse("slip", args=["vendor"]), {"may": ""}))
    assert f'name="notice" value="{read.pk}"' in page
    words = {"programme": "markets", "version": read.version + 1, "text": "Lời mới."}
    Notice.objects.create(**words, starts_on=timezone.localdate())
    send("vendor", vendor(notice=read.pk), by=volunteer, place=market.place)
    assert Consent.objects.get().notice == read


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("is_held", "state"), [(False, "applied"), (True, "review")])
def test_a_stall_that_a_colleague_opens_at_the_same_moment_is_like_one_that_was_there(is_held, state):
    market = make_market()
    user = make_user(role="volunteer", unit=market.place.unit)
    id, raw = make_envelope("vendor", vendor(), by=user, place=market.place)

    def receive():
        try:
            return receiving.receive(id, raw, by=user).words["state"]
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            stall = make_stall(market=market, row="B", number="12")
            if is_held:
                make_tenancy(stall=stall)
            answer = pool.submit(receive)
            wait_for_who_waits()
        assert answer.result() == state
    assert Stall.objects.get() == stall
    told = envelope(id).problem if is_held else envelope(id).flag
    assert ("đã có chủ trong sổ" if is_held else "có trong sổ từ trước") in told


def wait_for_who_waits() -> None:
    """Until somebody waits for this transaction."""
    blocked = "SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))"
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(blocked)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


def test_a_stall_that_somebody_holds_waits_and_is_mended_on_the_page(field, market, volunteer):
    at, number = then(), make_number()
    make_tenancy(stall=make_stall(market=market, row="B", number="12"))
    id, _ = send("vendor", vendor(**typed(number)), by=volunteer, place=market.place, at=at)
    assert envelope(id).state == "review"
    assert "Sạp B12 đã có chủ trong sổ" in envelope(id).problem
    response = field.get(reverse("review", args=[id]))
    assert response.status_code == 200
    assert "Rau cô Mẫu" in text(response)
    assert number not in text(response)
    assert f"•••• {number[-4:]}" in text(response)

    leader = make_user(role="team_lead", unit=market.place.unit, pin="246813")
    mended = vendor(row="B", number="13", **typed("", account_number="", account_number_again=""))
    response = client_of(leader, place=market.place).post(reverse("review", args=[id]), mended)
    stall = Stall.objects.get(label="B13")
    assert response.url == reverse("stall_detail", args=[stall.pk])
    assert envelope(id).closed_by == leader
    assert (stall.opened_by, stall.opened_at) == (volunteer, at)
    assert stall.tenancy.account.clear_number() == number


def test_a_mended_slip_that_is_still_wrong_says_so(field, market, volunteer):
    make_tenancy(stall=make_stall(market=market, row="B", number="12"))
    id, _ = send("vendor", vendor(), by=volunteer, place=market.place)
    response = field.post(reverse("review", args=[id]), vendor(name="Tên Mới Gõ"))
    assert "đã có chủ trong sổ" in text(response)
    assert "Tên Mới Gõ" in text(response)
    assert envelope(id).state == "review"


def test_a_scanned_code_that_cannot_be_used_is_given_up_on_the_page(field, market, volunteer):
    code = vietqr.encode(bin=BIDV, account=make_number(), amount=1000)
    id, _ = send("vendor", vendor(payload=code, holder="A"), by=volunteer, place=market.place)
    assert "có sẵn số tiền" in envelope(id).problem
    page = text(field.get(reverse("review", args=[id])))
    assert code not in page
    assert "Chưa có tài khoản, ghi sau" in page
    field.post(reverse("review", args=[id]), vendor(account="later", payload=""))
    assert envelope(id).state == "applied"
    assert not PaymentAccount.objects.exists()


def test_a_code_and_another_number_are_not_guessed_at(market, volunteer):
    code = vietqr.encode(bin=BIDV, account=make_number())
    id, _ = send("vendor", vendor(payload=code, **typed()), by=volunteer, place=market.place)
    assert "hai tài khoản khác nhau" in envelope(id).problem
    id, _ = send("vendor", vendor(payload=code, account="typed", **typed()), by=volunteer, place=market.place)
    assert envelope(id).state == "applied"


def test_an_account_of_another_stall_needs_a_tick(field, market, volunteer):
    number = make_number()
    make_account(number=number, bin=BIDV)
    id, _ = send("vendor", vendor(**typed(number)), by=volunteer, place=market.place)
    assert envelope(id).state == "review"
    assert "của một sạp khác" in envelope(id).problem
    assert 'name="is_shared"' in text(field.get(reverse("review", args=[id])))
    again = {"account_number": "", "account_number_again": "", "is_shared": "on"}
    field.post(reverse("review", args=[id]), vendor(**typed(number, **again)))
    assert envelope(id).state == "applied"


def test_a_phone_is_kept_only_with_leave_to_call(market, volunteer):
    id, _ = send("vendor", vendor(phone="0905123456"), by=volunteer, place=market.place)
    assert Vendor.objects.get().phone == ""
    assert "không ghi số điện thoại" in envelope(id).flag
    both = ["market_card", "market_contact"]
    send("vendor", vendor(phone="0905 123 456", purposes=both, number="13"), by=volunteer, place=market.place)
    assert Vendor.objects.filter(phone="0905123456").count() == 1


def test_a_held_slip_shows_no_phone_and_keeps_it(field, market, volunteer):
    make_tenancy(stall=make_stall(market=market, row="B", number="12"))
    both = ["market_card", "market_contact"]
    id, _ = send("vendor", vendor(phone="0905123456", purposes=both), by=volunteer, place=market.place)
    page = text(field.get(reverse("review", args=[id])))
    assert "0905123456" not in page
    assert "•••• 3456" in page
    field.post(reverse("review", args=[id]), vendor(number="13", phone="", purposes=both))
    assert Vendor.objects.filter(phone="0905123456").count() == 1


def test_what_an_old_phone_is_now_is_not_said_where_slips_are_listed(market, volunteer):
    both = ["market_card", "market_contact"]
    id, _ = send("vendor", vendor(phone="01675123456", purposes=both), by=volunteer, place=market.place)
    assert "đã đổi từ năm 2018" in envelope(id).problem
    assert "5123456" not in envelope(id).problem


def test_somebody_the_book_knows_is_asked_about(field, market, volunteer):
    known = make_vendor(name="Nguyễn Thị Mẫu", phone="0905123456", consent=make_consent())
    fields = vendor(phone="0905123456", purposes=["market_card", "market_contact"])
    id, _ = send("vendor", fields, by=volunteer, place=market.place)
    assert envelope(id).state == "review"
    assert "Hỏi chủ sạp" in envelope(id).problem
    assert 'name="known"' in text(field.get(reverse("review", args=[id])))
    field.post(reverse("review", args=[id]), {**fields, "known": "same"})
    assert Stall.objects.get().tenancy.vendor == known


def test_without_consent_nothing_is_written_down(market, volunteer):
    for purposes in ([], ["market_contact"]):
        id, _ = send("vendor", vendor(purposes=purposes), by=volunteer, place=market.place)
        assert envelope(id).state == "review"
    assert not Stall.objects.exists()
    assert not Consent.objects.exists()


def test_without_script_the_page_writes_a_stall_down_at_once(field, market, volunteer):
    page = field.get(reverse("slip", args=["vendor"]))
    assert page.status_code == 200
    assert page.context["notice"].text in text(page)
    assert "không bắt buộc" in text(page)
    assert 'data-label="last3"' in text(page)
    sent = {**vendor(**typed()), "slip": str(page.context["id"])}
    for _ in range(2):
        response = field.post(reverse("slip", args=["vendor"]), sent)
        assert response.url == reverse("stall_detail", args=[Stall.objects.get().pk])
    assert PaymentAccount.objects.get().recorded_by == volunteer


def test_bad_input_comes_back_with_what_was_typed(field, market):
    sent = vendor(**typed(account_number_again="khac"), paper_number="", how="paper")
    response = field.post(reverse("slip", args=["vendor"]), sent)
    assert response.status_code == 422
    assert "Hai lần gõ khác nhau" in text(response)
    assert "Nhập số phiếu giấy" in text(response)
    assert sent["account_number"] in text(response)
    assert "Rau cô Mẫu" in text(response)
    assert not Stall.objects.exists()


def test_a_code_read_before_a_fault_comes_back_letter_by_letter(field, market):
    code = vietqr.encode(bin=BIDV, account=make_number(), store="Rau  sach")
    response = field.post(reverse("slip", args=["vendor"]), vendor(payload=code, name="", holder="A"))
    assert response.status_code == 422
    assert f'value="{code}"' in text(response)


def test_a_tablet_may_keep_the_page(field, market):
    for slip in ("vendor", "followup", "card_check"):
        response = field.get(reverse("slip", args=[slip]), {"may": ""})
        assert response.status_code == 200
        assert "Trần Văn Thử" not in text(response)


# --- a visit -----------------------------------------------------------------------------------------------


def test_the_visit_due_at_a_stall_is_done(market, volunteer):
    at, visit = then(), due_visit(market, days=-3)
    make_followup(tenancy=visit.tenancy, kind="day_30", due_on=timezone.localdate())
    id, raw = make_envelope(
        "followup", answers(row="b", number="12"), by=volunteer, place=market.place, at=at
    )
    for _ in range(2):
        receiving.receive(id, raw, by=volunteer)
    apply_again(id)
    visit.refresh_from_db()
    assert (visit.done_by, visit.done_at, visit.transfer_percent) == (volunteer, at, 70)
    assert FollowUp.objects.open().count() == 1
    assert envelope(id).href == reverse("stall_detail", args=[visit.tenancy.stall_id])


def test_the_page_of_a_visit_saves_its_slip_by_its_key(field, market, volunteer):
    visit = due_visit(market)
    page = text(field.get(reverse("followup_do", args=[visit.pk])))
    assert 'data-slip="followup"' in page
    assert f'name="visit" value="{visit.pk}"' in page
    id, _ = send("followup", answers(visit=visit.pk), by=volunteer, place=market.place)
    visit.refresh_from_db()
    assert envelope(id).state == "applied"
    assert visit.done_by == volunteer


def test_a_visit_of_another_market_is_refused(market, volunteer):
    visit = due_visit(make_market(place=make_place(unit=None)))
    guest = make_shift_guest(shift=make_shift(place=market.place))
    id, _ = send("followup", answers(visit=visit.pk), by=guest, place=market.place)
    visit.refresh_from_db()
    assert envelope(id).state == "review"
    assert visit.done_at is None


@pytest.mark.parametrize(
    ("days", "fields", "words"),
    [
        (2, {"number": "12"}, "là sớm: sạp B12 hẹn"),
        (0, {"number": "99"}, "không có sạp B99"),
        (0, {"number": "12", "kind": "retry"}, "chưa có lượt hẹn nào"),
    ],
)
def test_what_cannot_be_a_visit_waits_with_a_sentence(days, fields, words, market, volunteer):
    kind = {"kind": fields.pop("kind")} if "kind" in fields else {}
    due_visit(market, days=days, **kind)
    id, _ = send("followup", answers(row="B", **fields), by=volunteer, place=market.place)
    assert envelope(id).state == "review"
    assert words in envelope(id).problem
    assert not FollowUp.objects.filter(done_at__isnull=False).exists()


def test_who_was_first_at_a_visit_keeps_the_word(market, volunteer):
    visit, other = due_visit(market), make_user(name="Người Tới Trước")
    visit.mark_done(by=other, transfer_percent=20, has_internet=False, problem="afraid")
    for where in ({"row": "B", "number": "12"}, {"visit": visit.pk}):
        id, _ = send("followup", answers(**where), by=volunteer, place=market.place)
        assert envelope(id).state == "review"
        assert "Người Tới Trước đã ghi" in envelope(id).problem
    visit.refresh_from_db()
    assert (visit.done_by, visit.transfer_percent) == (other, 20)


def test_what_came_online_before_its_slip_is_not_refused(market, volunteer):
    visit = due_visit(market)
    visit.mark_done(by=volunteer, transfer_percent=70, has_internet=True, problem="none")
    id, _ = send("followup", answers(visit=visit.pk), by=volunteer, place=market.place)
    assert envelope(id).state == "applied"


def test_an_early_visit_is_judged_by_the_day_of_the_slip(market, volunteer):
    visit = due_visit(market, days=0)
    yesterday = timezone.now() - timedelta(days=1)
    id, _ = send("followup", answers(row="B", number="12"), by=volunteer, place=market.place, at=yesterday)
    visit.refresh_from_db()
    assert envelope(id).state == "review"
    assert visit.done_at is None


def test_without_script_the_page_writes_a_visit_down(field, market, volunteer):
    visit, address = due_visit(market), reverse("slip", args=["followup"])
    response = field.post(address, answers(row="B", number="", of_ten="11"))
    assert response.status_code == 422
    assert "Nhập số sạp" in text(response)
    assert 'value="11"' in text(response)
    assert field.post(address, answers(row="B", number="12")).status_code == 302
    visit.refresh_from_db()
    assert visit.done_by == volunteer


# --- one look at a card ------------------------------------------------------------------------------------


def test_a_code_that_is_the_cards_own_matches(market, volunteer):
    at, card = then(), hanging(market)
    fields = {"row": "B", "number": "12", "payload": card.payload.open()}
    id, raw = make_envelope("card_check", fields, by=volunteer, place=market.place, at=at)
    for _ in range(2):
        receiving.receive(id, raw, by=volunteer)
    apply_again(id)
    check = CardCheck.objects.get()
    assert (check.card, check.result, check.by, check.at) == (card, "match", volunteer, at)
    assert not envelope(id).flag


def test_a_strange_code_is_told_to_who_leads_at_once(market, volunteer):
    card, code = hanging(market), strange()
    fields = {"row": "B", "number": "12", "payload": code}
    id, _ = send("card_check", fields, by=volunteer, place=market.place)
    check = CardCheck.objects.get()
    assert check.card == card
    assert check.is_red
    assert [one.text for one in check.strange_codes] == [code]
    assert "Mã lạ ở sạp B12" in envelope(id).flag
    assert not envelope(id).flag.endswith(".")  # others put it in a sentence
    assert code not in envelope(id).flag
    leader = make_user(role="team_lead", unit=market.place.unit, pin="246813")
    assert "Mã lạ ở sạp B12" in text(client_of(leader, place=market.place).get(reverse("review_list")))


def test_a_code_alone_finds_its_card(market, volunteer):
    card = hanging(market)
    send("card_check", {"payload": card.payload.open()}, by=volunteer, place=market.place)
    assert CardCheck.objects.get().card == card
    id, _ = send("card_check", {"payload": strange()}, by=volunteer, place=market.place)
    assert CardCheck.objects.get(card=None).is_red
    assert "Mã lạ ở chợ Hoa Lư" in envelope(id).flag


def test_a_code_on_two_cards_asks_for_the_stall(field, market, volunteer):
    number = make_number()
    cards = [hanging(market, stall, number=number) for stall in ("12", "13")]
    id, _ = send("card_check", {"payload": cards[0].payload.open()}, by=volunteer, place=market.place)
    assert "của các sạp B12, B13" in envelope(id).problem
    field.post(reverse("review", args=[id]), {"row": "B", "number": "13"})
    assert CardCheck.objects.get().card == cards[1]
    assert CardCheck.objects.get().is_match


def test_a_card_that_was_replaced_since_is_compared_as_it_was(market, volunteer):
    card = hanging(market)
    at = then()
    fields = {"row": "B", "number": "12", "payload": card.payload.open()}
    card.void(by=volunteer, reason="lost")
    id, _ = send("card_check", fields, by=volunteer, place=market.place, at=at)
    assert CardCheck.objects.get().is_match
    assert not envelope(id).flag


def test_nothing_readable_needs_a_tick_and_a_stall(market, volunteer):
    hanging(market)
    for fields in ({"row": "B", "number": "12"}, {"is_unreadable": "on"}, {"row": "B", "payload": "x"}):
        id, _ = send("card_check", fields, by=volunteer, place=market.place)
        assert envelope(id).state == "review"
    fields = {"row": "B", "number": "12", "is_unreadable": "on"}
    id, _ = send("card_check", fields, by=volunteer, place=market.place)
    assert envelope(id).state == "applied"
    assert CardCheck.objects.get().result == "unreadable"


def test_a_stall_without_a_card_has_nothing_to_look_at_but_strange_codes(market, volunteer):
    make_stall(market=market, row="B", number="12")
    where = {"row": "B", "number": "12"}
    id, _ = send("card_check", {**where, "is_unreadable": "on"}, by=volunteer, place=market.place)
    assert "chưa có thẻ nào còn hiệu lực" in envelope(id).problem
    id, _ = send("card_check", {**where, "payload": strange()}, by=volunteer, place=market.place)
    assert "Mã lạ ở sạp B12" in envelope(id).flag


def test_the_page_of_a_card_saves_its_slip_with_the_looks_own_key(field, market, volunteer):
    card, own = hanging(market), uuid.uuid4()
    page = text(field.get(reverse("card_inspect", args=[card.pk])))
    assert 'data-slip="card_check"' in page
    assert f'name="card" value="{card.pk}"' in page
    sent = {"id": str(own), "payload": card.payload.open()}
    field.post(reverse("card_inspect", args=[card.pk]), sent)  # arrived, and the answer was lost
    id, _ = send("card_check", {**sent, "card": card.pk}, by=volunteer, place=market.place)
    assert envelope(id).state == "applied"
    assert CardCheck.objects.get().pk == own


def test_pressing_the_button_without_a_picture_is_no_look(field, market, volunteer):
    card = hanging(market)
    assert 'name="picture" value' not in text(field.get(reverse("card_inspect", args=[card.pk])))
    pressed = {"id": uuid.uuid4(), "card": card.pk}
    id, _ = send("card_check", pressed, by=volunteer, place=market.place)
    assert envelope(id).state == "review"
    assert "Quét mã, chụp ảnh thẻ" in envelope(id).problem
    assert not CardCheck.objects.exists()
    id, _ = send("card_check", {**pressed, "picture": "1"}, by=volunteer, place=market.place)  # one follows
    assert envelope(id).state == "applied"


def test_the_key_of_somebody_elses_look_is_refused(market, volunteer):
    card, own = hanging(market), uuid.uuid4()
    card.mark_checked(by=make_user(), texts=[], way="camera", id=own)
    fields = {"id": own, "card": card.pk, "payload": card.payload.open()}
    id, _ = send("card_check", fields, by=volunteer, place=market.place)
    assert envelope(id).state == "review"
    assert CardCheck.objects.count() == 1


def test_a_card_of_another_market_is_refused(market):
    card = hanging(make_market())
    guest = make_shift_guest(shift=make_shift(place=market.place))
    fields = {"card": card.pk, "payload": card.payload.open()}
    id, _ = send("card_check", fields, by=guest, place=market.place)
    assert envelope(id).state == "review"
    assert not CardCheck.objects.exists()


def test_an_identity_card_is_not_looked_at(market, volunteer):
    hanging(market)
    fields = {"row": "B", "number": "12", "payload": "064158000123|123456789|Nguyễn Thị Mẫu|13051958|Nữ|Tổ 2"}
    id, _ = send("card_check", fields, by=volunteer, place=market.place)
    assert envelope(id).state == "review"
    assert not CardCheck.objects.exists()


@pytest.mark.parametrize("is_first", [True, False])
def test_a_photo_comes_to_its_look_before_or_after(is_first, market, volunteer):
    card, id, code = hanging(market), uuid.uuid4(), strange()
    fields = {"row": "B", "number": "12", "payload": code}
    here = {"by": volunteer, "place": market.place}
    sent = send_photo(photo(code), of=id, **here)[0] if is_first else None
    assert not sent or envelope(sent).state == "received"
    send("card_check", fields, id=id, **here)
    sent = sent or send_photo(photo(code), of=id, **here)[0]
    assert envelope(sent).state == "applied"
    check = CardCheck.objects.get()
    assert check.card == card
    assert check.is_photo_there


def test_a_photo_that_is_no_picture_waits_for_a_person(market, volunteer):
    hanging(market)
    fields = {"row": "B", "number": "12", "payload": strange()}
    id, _ = send("card_check", fields, by=volunteer, place=market.place)
    sent, _ = send_photo(b"\xff\xd8 not a picture", of=id, by=volunteer, place=market.place)
    assert envelope(sent).state == "review"
    assert "không phải ảnh" in envelope(sent).problem
    assert not CardCheck.objects.get().is_photo_there


def test_a_photo_shows_what_the_camera_could_not_read(market, volunteer):
    card, code = hanging(market), strange()
    fields = {"row": "B", "number": "12", "is_unreadable": "on"}
    for codes, result in (([card.payload.open()], "match"), ([card.payload.open(), code], "other")):
        id, _ = send("card_check", fields, by=volunteer, place=market.place)
        sent, _ = send_photo(photo(*codes), of=id, by=volunteer, place=market.place)
        assert CardCheck.objects.exclude(result="unreadable").latest("at").result == result
    assert "Mã lạ ở sạp B12" in envelope(sent).flag
    assert CardCheck.objects.get(result="other").is_photo_there


def test_a_photo_of_a_card_that_matches_is_not_kept(market, volunteer):
    card = hanging(market)
    fields = {"row": "B", "number": "12", "payload": card.payload.open()}
    id, _ = send("card_check", fields, by=volunteer, place=market.place)
    sent, _ = send_photo(photo(card.payload.open()), of=id, by=volunteer, place=market.place)
    assert envelope(sent).state == "applied"
    assert not CardCheck.objects.get().is_photo_there


def test_without_script_the_page_writes_a_look_down(field, market):
    card, address, code = hanging(market), reverse("slip", args=["card_check"]), strange()
    response = field.post(address, {"row": "B", "number": "12"})
    assert response.status_code == 422
    assert "Quét mã, chụp ảnh thẻ" in text(response)
    assert 'value="12"' in text(response)
    sent = {"row": "B", "number": "12", "photo": file(photo(code))}
    response = field.post(address, sent)
    check = CardCheck.objects.get()
    assert response.url == reverse("check_detail", args=[check.pk])
    assert check.card == card
    assert check.is_red
    assert check.is_photo_there
    assert check.way == "photo"
    response = field.post(address, {"row": "B", "number": "12", "photo": file(b"no picture")})
    assert response.status_code == 422
    assert CardCheck.objects.count() == 1


def test_a_held_look_shows_no_code_and_keeps_it(field, market, volunteer):
    card = hanging(market)
    code = card.payload.open()
    id, _ = send(
        "card_check", {"row": "B", "number": "99", "payload": code}, by=volunteer, place=market.place
    )
    page = text(field.get(reverse("review", args=[id])))
    assert code not in page
    assert f"Mã đã quét: Đang giữ •••• {code[-4:]}" in page
    field.post(reverse("review", args=[id]), {"row": "B", "number": "12", "payload": ""})
    assert CardCheck.objects.get().is_match
