"""The six tasks of a stall, from the first hello to the visit after 30 days, through the pages."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
import qrcode
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from markets import forms, vietqr
from markets.models import FollowUp, PaymentAccount, Stall, StallCard, Tenancy, Vendor
from portal.printing.reading import codes_on_pages
from portal.privacy.models import Consent, Refusal
from tests.builders import (
    BIDV,
    PIN,
    make_account,
    make_card,
    make_consent,
    make_number,
    make_stall,
    make_tenancy,
    make_user,
    make_vendor,
)
from tests.markets.conftest import at_work

CONSENT = {"purposes": ["market_card", "market_contact"], "how": "screen"}
VENDOR = {"name": "Siu H’Mẫu", "phone": "0905 123 456", "sign": "Rau sạch chị H’Mẫu"}


def page_of(name, row):
    return reverse(name, args=[row.pk])


def typed(number, **changes):
    return {"bin": BIDV, "number": number, "number_again": number, "holder": "SIU HMAU", **changes}


def due_today(kind: str) -> FollowUp:
    """The only visit of a kind, as on its day."""
    FollowUp.objects.filter(kind=kind).update(due_on=timezone.localdate())
    return FollowUp.objects.get(kind=kind)


def text(response) -> str:
    return response.content.decode()


@pytest.fixture
def stall(market, volunteer):
    return make_stall(market=market, row="B", number="07", by=volunteer)


@pytest.fixture
def tenancy(stall):
    return make_tenancy(stall=stall, sign="Rau sạch chị H’Mẫu")


def test_a_vendor_gets_from_hello_to_the_visit_after_seven_days(field, market, volunteer):
    created = field.post(reverse("stall_create"), {"row": "b", "number": "7", "goods": "rau"})
    stall = Stall.objects.get()
    assert created.url == page_of("stall_consent", stall)
    assert field.post(created.url, CONSENT).url == page_of("stall_vendor", stall)
    assert field.post(page_of("stall_vendor", stall), VENDOR).url == page_of("stall_account", stall)
    number = make_number()
    assert "MAU0" in text(field.post(page_of("stall_account", stall), typed(number)))
    assert field.post(page_of("stall_card", stall), {"is_read": "on"}).url == page_of("stall_card", stall)
    pdf = field.get(page_of("stall_card_pdf", stall))
    assert field.post(page_of("stall_post", stall)).url == page_of("stall_trial", stall)
    field.post(page_of("stall_trial", stall), {"is_seen": "yes"})
    visit = due_today(FollowUp.Kind.DAY_7)
    field.post(page_of("followup_do", visit), {"of_ten": "7", "has_internet": "1", "problem": "none"})

    (codes,) = codes_on_pages(pdf.content)
    assert [vietqr.decode(code.content.decode()).account for code in codes] == [number]
    card = stall.cards.get()
    assert card.state == StallCard.State.TRIED
    assert card.account.confirmed_by == volunteer
    visit.refresh_from_db()
    assert (visit.transfer_percent, visit.has_internet, visit.done_by) == (70, True, volunteer)
    assert "Đang nhận tiền" in text(field.get(page_of("stall_detail", stall)))


# --- consent -----------------------------------------------------------------------------------------------


def test_consent_boxes_come_unticked(field, stall):
    body = text(field.get(page_of("stall_consent", stall)))
    assert 'value="market_card"' in body
    assert "checked" not in body.split('name="how"')[0]


def test_the_needed_purpose_is_asked_for_and_nothing_is_saved_without_it(field, stall):
    answer = field.post(page_of("stall_consent", stall), {"purposes": ["market_contact"], "how": "screen"})
    assert answer.status_code == 422
    assert "<title>Lỗi: " in text(answer)
    assert not Consent.objects.exists()


def test_a_consent_on_paper_needs_its_number(field, stall):
    answer = field.post(page_of("stall_consent", stall), {"purposes": ["market_card"], "how": "paper"})
    assert answer.status_code == 422
    field.post(
        page_of("stall_consent", stall),
        {"purposes": ["market_card"], "how": "paper", "paper_number": "12/HL"},
    )
    assert Consent.objects.get().paper_number == "12/HL"


def test_who_refuses_is_counted_without_a_name_and_helped(field, stall, market):
    answer = field.post(page_of("stall_refuse", stall), follow=True)
    assert "Đã cộng một lượt" in text(answer)
    assert "Vẫn giúp được" in text(answer)
    assert Refusal.objects.get().place == market.place
    assert not Vendor.objects.exists()


def test_a_refusal_sent_twice_or_loaded_again_is_one_and_the_next_vendor_another(field, stall):
    for vendors in (1, 2):
        asked = text(field.get(page_of("stall_consent", stall)))
        sent = {"id": re.search('name="id" value="([^"]+)"', asked)[1]}
        for _ in range(2):
            answer = field.post(page_of("stall_refuse", stall), sent)
            assert answer.url == page_of("stall_refuse", stall)
        assert "Vẫn giúp được" in text(field.get(answer.url))
        assert "Đã cộng một lượt" not in text(field.get(answer.url))
        assert Refusal.objects.count() == vendors


def test_nobody_is_named_before_the_consent(field, stall):
    assert field.get(page_of("stall_vendor", stall)).url == page_of("stall_consent", stall)
    assert field.get(page_of("stall_account", stall)).url == page_of("stall_consent", stall)


def test_a_phone_is_asked_only_where_the_vendor_agreed_to_be_called(field, stall):
    field.post(page_of("stall_consent", stall), {"purposes": ["market_card"], "how": "screen"})
    assert 'name="phone"' not in text(field.get(page_of("stall_vendor", stall)))
    field.post(page_of("stall_vendor", stall), VENDOR)
    assert Vendor.objects.get().phone == ""


def test_a_consent_that_was_given_is_not_asked_again_unless_wanted(field, stall):
    field.post(page_of("stall_consent", stall), CONSENT)
    assert field.get(page_of("stall_consent", stall)).url == page_of("stall_vendor", stall)
    assert field.get(page_of("stall_consent", stall) + "?lai").status_code == 200


# --- vendor ------------------------------------------------------------------------------------------------


def known_vendor():
    consent = make_consent(purposes=["market_card", "market_contact"])
    return make_vendor(name="Siu H’Mẫu", phone="0905123456", consent=consent)


def test_whether_a_vendor_is_known_is_answered_without_any_data(field, stall):
    field.post(page_of("stall_consent", stall), CONSENT)
    known = known_vendor()
    make_tenancy(vendor=known, sign="Bún của người khác")
    asked = {**VENDOR, "name": "siu h'mau", "look": "1"}
    answer = text(field.post(page_of("stall_vendor", stall), asked))
    assert "Đã có người cùng tên" in answer
    assert "Bún của người khác" not in answer
    assert Vendor.objects.count() == 1


def test_who_asks_whether_many_people_are_known_is_asked_to_rest(field, stall, monkeypatch):
    """Saving asks the same question, so it counts too; the next volunteer asks on."""
    monkeypatch.setitem(forms.LOOKS, "limit", 2)
    field.post(page_of("stall_consent", stall), CONSENT)
    known_vendor()
    look = {**VENDOR, "look": "1"}
    assert "Đã có người cùng tên" in text(field.post(page_of("stall_vendor", stall), look))
    assert field.post(page_of("stall_vendor", stall), VENDOR).status_code == 422
    tired = field.post(page_of("stall_vendor", stall), look, HTTP_HX_REQUEST="true")
    assert "Nghỉ tay ít phút" in text(tired)
    assert "Đã có người" not in text(tired)
    sent = field.post(page_of("stall_vendor", stall), {**VENDOR, "known": "same"})
    assert sent.status_code == 422
    assert forms.TOO_MANY_LOOKS in text(sent)
    assert VENDOR["sign"] in text(sent)
    assert stall.tenancy is None
    colleague = at_work(
        Client(), make_user(role="volunteer", unit=stall.market.place.unit, pin=PIN), stall.market
    )
    colleague.post(page_of("stall_consent", stall), CONSENT)
    assert "Đã có người cùng tên" in text(colleague.post(page_of("stall_vendor", stall), look))


def test_a_name_without_a_phone_may_be_saved_however_often(field, market, monkeypatch):
    monkeypatch.setitem(forms.LOOKS, "limit", 0)
    stall = make_stall(market=market)
    field.post(page_of("stall_consent", stall), CONSENT)
    field.post(page_of("stall_vendor", stall), {**VENDOR, "phone": ""})
    assert stall.tenancy.vendor.name == VENDOR["name"]


def test_htmx_gets_only_the_answer_whether_a_vendor_is_known(field, stall):
    field.post(page_of("stall_consent", stall), CONSENT)
    answer = text(field.post(page_of("stall_vendor", stall), {**VENDOR, "look": "1"}, HTTP_HX_REQUEST="true"))
    assert "Chưa có trong sổ" in answer
    assert "<html" not in answer


def test_the_same_person_holds_a_second_stall_after_somebody_said_so(field, stall):
    field.post(page_of("stall_consent", stall), CONSENT)
    known = known_vendor()
    assert field.post(page_of("stall_vendor", stall), VENDOR).status_code == 422
    field.post(page_of("stall_vendor", stall), {**VENDOR, "known": "same"})
    assert stall.tenancy.vendor == known
    known.refresh_from_db()
    assert known.consent.recorded_by.name == "Trần Văn Thử"


def test_another_person_of_the_same_name_and_phone_is_another_row(field, stall):
    field.post(page_of("stall_consent", stall), CONSENT)
    known = known_vendor()
    field.post(page_of("stall_vendor", stall), {**VENDOR, "known": "other"})
    assert stall.tenancy.vendor != known


def test_a_wrong_phone_keeps_everything_typed(field, stall):
    field.post(page_of("stall_consent", stall), CONSENT)
    answer = text(field.post(page_of("stall_vendor", stall), {**VENDOR, "phone": "0165 123 4567"}))
    assert "0351234567" in answer
    assert "Rau sạch chị H’Mẫu" in answer


def test_a_second_clerk_who_names_the_vendor_later_is_told_so(field, stall, volunteer):
    field.post(page_of("stall_consent", stall), CONSENT)
    tenancy = Tenancy.objects.begin(
        stall=stall, name="Ksor Mẫu", phone="", sign="", consent=make_consent(), by=volunteer
    )
    answer = field.post(page_of("stall_vendor", stall), {**VENDOR, "known": "other"}, follow=True)
    assert "Ksor Mẫu" in text(answer)
    assert stall.tenancies.get() == tenancy


# --- account -----------------------------------------------------------------------------------------------


def picture(*payloads):
    sheet = Image.new("L", (900 * len(payloads), 900), 255)
    for at, payload in enumerate(payloads):
        code = qrcode.make(payload, box_size=10, border=4).get_image().convert("L")
        sheet.paste(code, (at * 900 + 50, 50))
    file = BytesIO()
    sheet.save(file, "PNG")
    return SimpleUploadedFile("ma.png", file.getvalue(), "image/png")


def read(field, stall, *payloads):
    return field.post(page_of("account_read", stall), {"picture": picture(*payloads)})


def sealed_in(answer) -> str:
    return answer.context["form"].initial["sealed"]


def test_two_different_numbers_are_not_saved_and_stay_on_the_screen(field, tenancy):
    number = make_number()
    answer = field.post(page_of("stall_account", tenancy.stall), typed(number, number_again="MAU1"))
    assert answer.status_code == 422
    assert number in text(answer)
    assert not PaymentAccount.objects.exists()


def test_spaces_and_dots_in_a_number_do_not_matter(field, tenancy):
    field.post(
        page_of("stall_account", tenancy.stall), typed("MAU0.0000 0012", number_again="mau0 000 00012")
    )
    assert tenancy.account.number.open() == "MAU000000012"


def test_too_long_a_number_is_refused_with_its_length(field, tenancy):
    answer = field.post(page_of("stall_account", tenancy.stall), typed("0" * 21))
    assert "nhiều nhất 19 chữ cái hoặc chữ số, đang có 21" in text(answer)


def test_the_number_is_shown_whole_only_in_answer_to_the_one_who_typed_it(field, tenancy):
    number = make_number()
    answer = text(field.post(page_of("stall_account", tenancy.stall), typed(number)))
    assert " ".join(number[at : at + 4] for at in range(0, len(number), 4)) in answer
    for name in ("stall_account", "stall_detail", "stall_card"):
        assert number not in text(field.get(page_of(name, tenancy.stall)))
    assert number not in str(dict(field.session))


def test_a_number_in_use_elsewhere_needs_a_tick_and_names_nobody(field, tenancy):
    number = make_number()
    make_account(number=number, tenancy=make_tenancy(sign="Bún của người khác"))
    answer = field.post(page_of("stall_account", tenancy.stall), typed(number))
    assert answer.status_code == 422
    assert "Bún của người khác" not in text(answer)
    field.post(page_of("stall_account", tenancy.stall), typed(number, is_shared="on"))
    assert tenancy.account.number.open() == number


def test_a_number_in_use_as_a_kept_code_is_found_too(field, tenancy):
    number = make_number()
    make_account(payload=vietqr.encode(bin=BIDV, account=number, purpose="Ca"))
    assert "đang là của một sạp khác" in text(
        field.post(page_of("stall_account", tenancy.stall), typed(number))
    )


def test_a_plain_code_in_a_picture_becomes_its_number(field, tenancy):
    number = make_number()
    answer = read(field, tenancy.stall, vietqr.encode(bin=BIDV, account=number))
    assert number[-4:] in text(answer)
    assert number not in text(answer)
    field.post(page_of("account_read", tenancy.stall), {"sealed": sealed_in(answer), "holder": "SIU HMAU"})
    assert tenancy.account.number.open() == number


def test_a_code_of_the_bank_is_kept_unchanged(field, tenancy):
    payload = vietqr.encode(bin=BIDV, account=make_number(), purpose="Rau sach")
    answer = read(field, tenancy.stall, payload)
    field.post(page_of("account_read", tenancy.stall), {"sealed": sealed_in(answer), "holder": "SIU HMAU"})
    assert tenancy.account.payload.open() == payload
    assert tenancy.account.number is None


def test_a_code_with_an_amount_is_refused(field, tenancy):
    answer = read(field, tenancy.stall, vietqr.encode(bin=BIDV, account=make_number(), amount=50000))
    assert answer.status_code == 422
    assert "có sẵn số tiền" in text(answer)


def test_two_codes_in_one_picture_are_refused(field, tenancy):
    codes = [vietqr.encode(bin=BIDV, account=make_number()) for _ in range(2)]
    assert "nhiều mã QR" in text(read(field, tenancy.stall, *codes))


def test_a_picture_without_a_payment_code_is_refused_with_a_sentence(field, tenancy):
    assert read(field, tenancy.stall, "https://example.vn").status_code == 422
    nothing = SimpleUploadedFile("x.png", b"not a picture", "image/png")
    assert field.post(page_of("account_read", tenancy.stall), {"picture": nothing}).status_code == 422


def test_a_code_sealed_for_one_stall_does_not_open_at_another(field, tenancy, market):
    answer = read(field, tenancy.stall, vietqr.encode(bin=BIDV, account=make_number()))
    other = make_tenancy(stall=make_stall(market=market))
    sent = {"sealed": sealed_in(answer), "holder": "SIU HMAU"}
    assert field.post(page_of("account_read", other.stall), sent).url == page_of("stall_account", other.stall)
    assert other.account is None


def test_an_account_that_a_colleague_wrote_meanwhile_is_not_overwritten(field, account):
    answer = field.post(page_of("stall_account", account.tenancy.stall), typed(make_number()), follow=True)
    assert "Đồng đội vừa ghi" in text(answer)
    assert account.tenancy.account == account


def test_another_account_voids_the_card_that_hangs(field, market):
    card = make_card(
        account=make_account(tenancy=make_tenancy(stall=make_stall(market=market))), state="tried"
    )
    field.post(page_of("stall_account", card.stall), typed(make_number(), before=card.account_id))
    card.refresh_from_db()
    assert card.void_reason == StallCard.VoidReason.NEW_ACCOUNT
    assert "Chưa in thẻ" in text(field.get(page_of("stall_detail", card.stall)))


# --- card --------------------------------------------------------------------------------------------------


@pytest.fixture
def account(tenancy):
    return make_account(tenancy=tenancy)


def test_no_card_is_made_before_the_vendor_read_it_aloud(field, account):
    answer = field.post(page_of("stall_card", account.tenancy.stall), {"is_read": ""})
    assert answer.status_code == 422
    assert not StallCard.objects.exists()


def test_the_pdf_comes_as_an_attachment_that_nobody_keeps(field, account):
    stall = account.tenancy.stall
    assert field.get(page_of("stall_card_pdf", stall)).url == page_of("stall_card", stall)
    field.post(page_of("stall_card", stall), {"is_read": "on"})
    answer = field.get(page_of("stall_card_pdf", stall))
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Cache-Control"] == "no-store"


def test_a_card_can_be_printed_again_and_stays_the_same(field, account):
    stall = account.tenancy.stall
    for _ in range(2):
        field.post(page_of("stall_card", stall), {"is_read": "on"})
    assert stall.cards.get().version == 1
    assert (
        field.get(page_of("stall_card_pdf", stall)).content
        == field.get(page_of("stall_card_pdf", stall)).content
    )


def test_a_card_that_cannot_say_what_is_on_record_is_not_printed(field, tenancy):
    make_account(tenancy=tenancy, holder="李明")
    answer = field.post(page_of("stall_card", tenancy.stall), {"is_read": "on"})
    assert answer.status_code == 409
    assert "không có ký tự" in text(answer)
    assert not StallCard.objects.exists()


def test_a_lost_card_is_void_and_the_next_has_another_number_and_code(field, account):
    old = make_card(account=account, state="tried")
    field.post(page_of("card_replace", old.stall), {"reason": "lost"})
    field.post(page_of("stall_card", old.stall), {"is_read": "on"})
    new = old.stall.card
    old.refresh_from_db()
    assert old.state == StallCard.State.VOID
    assert (new.version, new.serial[-3:]) == (2, "002")
    assert new.check_code != old.check_code


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("card_replace", {"reason": "false"}),
        ("stall_post", {}),
        ("stall_trial", {"is_seen": "no", "problem": "no_network"}),
    ],
)
def test_a_page_of_the_card_before_does_nothing_to_the_card_of_now(field, account, name, sent):
    old = make_card(account=account, state="posted")
    page = field.get(page_of(name, old.stall))
    old.void(by=old.made_by, reason="lost")
    new = make_card(account=account, state="printed" if name == "stall_post" else "posted")
    state = new.state
    if name != "stall_post":  # a card that hangs already has no button
        assert f'name="before" value="{old.pk}"' in text(page)
    answer = field.post(page_of(name, old.stall), {**sent, "before": str(old.pk)})
    assert answer.status_code == 409
    assert f"giờ là {new.serial}" in text(answer)
    assert f'name="before" value="{new.pk}"' in text(answer)
    for value in sent.values():
        assert re.search(f'value="{value}"[^>]* (checked|selected)', text(answer))
    new.refresh_from_db()
    assert new.state == state
    assert not FollowUp.objects.exists()


def test_who_hangs_a_card_second_is_told_who_was_first(field, account):
    card = make_card(account=account, state="printed")
    card.mark_posted(by=make_user(name="Nay Thí Điểm"))
    said = text(field.post(page_of("stall_post", card.stall), {"before": str(card.pk)}, follow=True))
    assert "Nay Thí Điểm đã ghi dán thẻ" in said
    assert f"Đã dán thẻ {card.serial}" not in said


def test_steps_do_not_open_before_their_turn(field, account):
    stall = account.tenancy.stall
    assert field.post(page_of("stall_post", stall)).url == page_of("stall_detail", stall)
    assert field.post(page_of("stall_trial", stall), {"is_seen": "yes"}).url == page_of("stall_detail", stall)
    assert not StallCard.objects.exists()


# --- trial and visits --------------------------------------------------------------------------------------


def test_a_trial_that_nobody_saw_is_an_appointment_for_tomorrow(field, account):
    card = make_card(account=account, state="posted")
    asked = page_of("stall_trial", card.stall)
    assert field.post(asked, {"is_seen": "no"}).status_code == 422
    for _ in range(2):
        field.post(asked, {"is_seen": "no", "problem": "no_network"})
    retry = FollowUp.objects.get()
    assert (retry.kind, retry.due_on, retry.problem) == (
        FollowUp.Kind.RETRY,
        timezone.localdate() + timedelta(days=1),
        FollowUp.Problem.NO_NETWORK,
    )


def test_a_trial_that_succeeds_closes_the_appointment_and_plans_two_visits(field, account):
    card = make_card(account=account, state="posted")
    field.post(page_of("stall_trial", card.stall), {"is_seen": "no", "problem": "no_network"})
    field.post(page_of("stall_trial", card.stall), {"is_seen": "yes"})
    assert [visit.kind for visit in FollowUp.objects.open()] == [FollowUp.Kind.DAY_7, FollowUp.Kind.DAY_30]


def test_a_visit_that_a_colleague_wrote_keeps_the_colleague_s_word(field, account, volunteer):
    card = make_card(account=account, state="tried")
    visit = FollowUp.objects.get(kind=FollowUp.Kind.DAY_7)
    assert visit.mark_done(by=card.made_by, transfer_percent=20, has_internet=True, problem="none")
    assert not visit.mark_done(by=volunteer, transfer_percent=90)
    sent = {"of_ten": "9", "has_internet": "1", "problem": "none"}
    said = text(field.post(page_of("followup_do", visit), sent, follow=True))
    assert f"{card.made_by} đã ghi lượt theo dõi này" in said
    visit.refresh_from_db()
    assert (visit.transfer_percent, visit.done_by) == (20, card.made_by)


@pytest.mark.parametrize("of_ten", ["", "11", "-1", "bảy"])
def test_a_share_outside_zero_to_ten_is_asked_again(field, account, of_ten):
    make_card(account=account, state="tried")
    visit = due_today(FollowUp.Kind.DAY_7)
    sent = {"of_ten": of_ten, "has_internet": "1", "problem": "none"}
    assert field.post(page_of("followup_do", visit), sent).status_code == 422
    assert field.post(page_of("followup_do", visit), {**sent, "of_ten": "10"}).status_code == 302


@pytest.mark.parametrize("kind", [FollowUp.Kind.DAY_7, FollowUp.Kind.DAY_30])
def test_a_vendor_is_not_asked_before_the_day_and_what_was_typed_stays(field, account, kind):
    card = make_card(account=account, state="tried")
    visit = FollowUp.objects.get(kind=kind)
    page = field.get(page_of("followup_do", visit), follow=True)
    assert page.redirect_chain == [(page_of("stall_detail", card.stall), 302)]
    sent = field.post(page_of("followup_do", visit), {"of_ten": "8", "problem": "other"})
    for answer in (page, sent):
        assert f"Chưa tới ngày hỏi: sạp hẹn {visit.due_on:%d-%m-%Y}" in text(answer)
    assert sent.status_code == 422
    assert (sent.context["form"]["of_ten"].value(), sent.context["form"]["problem"].value()) == ("8", "other")
    visit.refresh_from_db()
    assert visit.done_at is None
    assert page_of("followup_do", visit) not in text(field.get(page_of("stall_detail", card.stall)))


def test_a_visit_is_the_next_task_on_its_day_and_not_before(field, account):
    card = make_card(account=account, state="tried")
    assert field.get(page_of("stall_detail", card.stall)).context["next"] is None
    FollowUp.objects.filter(kind=FollowUp.Kind.DAY_7).update(due_on=timezone.localdate())
    assert field.get(page_of("stall_detail", card.stall)).context["next"].number == 6


# --- leaving -----------------------------------------------------------------------------------------------


def test_consent_that_is_withdrawn_ends_all_stalls_of_the_person_and_the_page_says_so(field, market):
    vendor = make_vendor()
    here, there, far = (
        make_card(account=make_account(tenancy=make_tenancy(stall=stall, vendor=vendor)), state="tried")
        for stall in (
            make_stall(market=market, row="B", number="1"),
            make_stall(market=market, row="C", number="2"),
            make_stall(row="K", number="3"),
        )
    )
    somebody = make_card(account=make_account(tenancy=make_tenancy(market=market)), state="tried")
    page = text(field.get(page_of("stall_leave", here.stall)))
    assert there.stall.line in page
    assert far.stall.line in page
    assert somebody.stall.line not in page
    sent = {"what": "left", "is_withdrawn": "on"}
    said = text(field.post(page_of("stall_leave", here.stall), sent, follow=True))
    for card in (here, there, far):
        assert card.stall.line in said
    assert Consent.objects.get(vendors=vendor).withdrawn_at is not None
    assert [card.pk for card in StallCard.objects.live()] == [somebody.pk]
    assert [tenancy.pk for tenancy in Tenancy.objects.open()] == [somebody.account.tenancy_id]
    assert not PaymentAccount.objects.open().filter(tenancy__vendor=vendor).exists()


def test_who_leaves_one_stall_keeps_the_others(field, market):
    vendor = make_vendor()
    here, there = (make_tenancy(stall=make_stall(market=market), vendor=vendor) for _ in range(2))
    field.post(page_of("stall_leave", here.stall), {"what": "left"})
    assert list(Tenancy.objects.open()) == [there]
    vendor.consent.refresh_from_db()
    assert vendor.consent.withdrawn_at is None


def test_a_page_of_the_vendor_before_does_not_end_the_vendor_of_now(field, tenancy):
    stall = tenancy.stall
    assert f'name="before" value="{tenancy.pk}"' in text(field.get(page_of("stall_leave", stall)))
    tenancy.end(by=tenancy.recorded_by)
    now = make_tenancy(stall=stall, sign="Trái cây cô Mẫu")
    sent = {"what": "gone", "is_withdrawn": "on", "before": str(tenancy.pk)}
    answer = field.post(page_of("stall_leave", stall), sent)
    assert answer.status_code == 409
    assert "Sạp giờ do Trái cây cô Mẫu giữ" in text(answer)
    assert f'name="before" value="{now.pk}"' in text(answer)
    assert answer.context["form"]["what"].value() == "gone"
    assert not answer.context["form"]["is_withdrawn"].value()
    assert list(Tenancy.objects.open()) == [now]
    stall.refresh_from_db()
    assert stall.ends_on is None


def test_who_leaves_ends_account_and_card_and_may_withdraw_the_consent(field, account):
    card = make_card(account=account, state="tried")
    field.post(page_of("stall_leave", card.stall), {"what": "left", "is_withdrawn": "on"})
    card.refresh_from_db()
    consent = account.tenancy.vendor.consent
    consent.refresh_from_db()
    assert card.void_reason == StallCard.VoidReason.LEFT
    assert consent.withdrawn_at is not None
    assert card.stall.tenancy is None
    assert not FollowUp.objects.open().exists()


def test_a_stall_that_changes_hands_is_onboarded_anew(field, account):
    card = make_card(account=account, state="tried")
    stall = card.stall
    field.post(page_of("stall_leave", stall), {"what": "left"})
    assert page_of("stall_consent", stall) in text(field.get(page_of("stall_detail", stall)))
    field.post(page_of("stall_consent", stall), CONSENT)
    field.post(page_of("stall_vendor", stall), VENDOR)
    assert stall.tenancy.vendor.name == VENDOR["name"]
    assert stall.tenancies.count() == 2
