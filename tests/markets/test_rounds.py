"""Checking rounds: which cards are due, what a look finds, what is kept of it and who may see that."""

import json
import random
import uuid
from datetime import timedelta
from io import BytesIO
from threading import Thread

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image, ImageFilter

from markets import rounds, vietqr
from markets.models import CardCheck, FalseCardReport, StallCard
from markets.models.checks import EVIDENCE_KEPT
from markets.needs import NEEDS
from portal.codes import qr
from portal.printing import reading
from portal.privacy.models import ReadLog, SealedFile
from portal.privacy.nightly import drop_expired_files
from tests.accounts.conftest import let_pass
from tests.builders import (
    PIN,
    commune_unit,
    make_card,
    make_hanging_card,
    make_market,
    make_number,
    make_report,
    make_shift,
    make_team,
    make_unit,
    make_user,
)
from tests.markets.conftest import at_work
from tests.people import client_of

pytestmark = pytest.mark.django_db
AGRIBANK = "970405"


def code(text: str, module: int = 8) -> Image.Image:
    rows = qr.matrix(text, "M")
    picture = Image.new("1", (len(rows), len(rows)), 1)
    picture.putdata([int(module == "0") for row in rows for module in row])
    page = Image.new("RGB", (len(rows) + 8, len(rows) + 8), "white")
    page.paste(picture.convert("RGB"), (4, 4))
    return page.resize((page.width * module, page.height * module), Image.Resampling.NEAREST)


def photo(*texts: str, change=None, exif: bool = False) -> bytes:
    """A JPEG with these codes beside each other; with `exif` it tells where and with what it was taken."""
    codes = [code(text) for text in texts]
    picture = Image.new("RGB", (600 * max(len(codes), 1), 600), (200, 190, 170))
    for number, one in enumerate(codes):
        picture.paste(one, (600 * number + 40, 40))
    out, data = BytesIO(), Image.Exif()
    if exif:
        data[0x0110], data.get_ifd(0x8825)[1] = "Máy Bí Mật", "N"
    (change(picture) if change else picture).save(out, "JPEG", quality=85, exif=data, comment=b"GPS 13.98")
    return out.getvalue()


def strange(number: str | None = None) -> str:
    return vietqr.encode(bin=AGRIBANK, account=number or make_number())


def look(client, card, *, id=None, **sent):
    """Sends one look at a card: `payload`, or `picture` as bytes."""
    if "picture" in sent:
        sent["picture"] = file(sent["picture"])
    return client.post(reverse("card_inspect", args=[card.pk]), {"id": str(id or uuid.uuid4()), **sent})


def file(data: bytes):
    out = BytesIO(data)
    out.name = "anh.jpg"
    return out


def text(response) -> str:
    return response.content.decode()


def listed(client, **query):
    return [card.serial for card in client.get(reverse("round_list"), query).context["cards"]]


def refuses(name, act, *args, **kwargs) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        act(*args, **kwargs)


@pytest.fixture
def card(market):
    return make_hanging_card(market=market)


# --- which cards are due -----------------------------------------------------------------------------------


def test_a_card_is_due_after_thirty_days_and_again_thirty_days_after_it_matched(field, market, volunteer):
    old, _young, matched, long_ago, unread = (
        make_hanging_card(market=market, days=days) for days in (31, 29, 60, 90, 40)
    )
    make_card(state="printed")
    now = timezone.now()
    for one, days in ((matched, 29), (long_ago, 31)):
        one.mark_checked(
            by=volunteer, texts=[one.payload.open()], way="camera", at=now - timedelta(days=days)
        )
    unread.mark_checked(by=volunteer, texts=[], way="photo")
    assert set(listed(field)) == {old.serial, long_ago.serial, unread.serial}


def test_the_round_goes_by_row_and_number_and_counts_what_is_done(field, market, volunteer):
    cards = [make_hanging_card(market=market, row=row) for row in ("C", "B", "B", "B")]
    other_market = make_hanging_card(row="B")
    cards[1].mark_checked(by=volunteer, texts=[cards[1].payload.open()], way="camera")
    cards[2].mark_checked(by=volunteer, texts=[strange()], way="camera")
    page = field.get(reverse("round_list"), {"row": "B"})
    assert "2 trên 3" in text(page)
    assert "1 khớp" in text(page)
    assert "1 có mã lạ" in text(page)
    assert [(row.row, row.all, row.checked, row.due) for row in page.context["rows"]] == [
        ("B", 3, 2, 2),
        ("C", 1, 0, 1),
    ]
    assert listed(field, row="B") == [cards[2].serial, cards[3].serial]
    assert listed(field) == [cards[2].serial, cards[3].serial, cards[0].serial]
    assert other_market.serial not in text(page)


def test_the_round_asks_no_more_for_more_cards(field, market):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert field.get(reverse("round_list")).status_code == 200
        return len(queries)

    for _ in range(10):
        make_report(card=make_hanging_card(market=market))
    first = asked()
    for _ in range(190):
        make_hanging_card(market=market)
    assert asked() == first <= 14


# --- one look ----------------------------------------------------------------------------------------------


def test_the_cards_own_code_matches_and_nothing_is_kept(field, card):
    answer = look(field, card, picture=photo(card.payload.open(), exif=True))
    check = CardCheck.objects.get()
    assert answer.url == reverse("check_detail", args=[check.pk])
    assert (check.result, check.way, check.code_count, check.found, check.photo) == (
        "match", "photo", 1, None, None,
    )  # fmt: skip
    assert not SealedFile.objects.exists()
    assert "Khớp" in text(field.get(answer.url))


def test_another_account_is_red_with_what_to_do_and_whom_to_call(field, card, market):
    leader = make_user(role="team_lead", unit=market.place.unit, name="Lê Đội Trưởng", phone="0912000111")
    make_shift(place=market.place, team=make_team(unit=market.place.unit, leader=leader), made_by=leader)
    page = text(field.get(look(field, card, payload=strange("MAU0000000000008812")).url))
    for words in ("Tài khoản khác", "Agribank •••• 8812", "Không nói ai gian", "Lê Đội Trưởng", "0912000111",
                  "công an phường Pleiku", "?vi=false"):  # fmt: skip
        assert words in page
    assert "MAU0000000000008812" not in page
    assert CardCheck.objects.get().result == "other"


def test_who_is_to_be_called_has_a_phone_and_is_not_the_one_who_reads(market, volunteer):
    place, unit = market.place, market.place.unit
    who = lambda viewer=volunteer: [(one.role, one.phone) for one in rounds.whom_to_call(place, viewer)]  # noqa: E731
    mute = make_user(role="team_lead", unit=unit)
    make_shift(place=place, team=make_team(unit=unit, leader=mute), made_by=mute)
    assert who() == []
    staff = make_user(role="province_staff", phone="0300000001")
    assert who() == [("cán bộ Tỉnh Đoàn", "0300000001")]
    secretary = make_user(role="unit_secretary", unit=unit, phone="0300000002")
    make_user(role="unit_secretary", unit=make_unit(), phone="0300000009")
    assert who() == [("bí thư", "0300000002")]
    leader = make_user(role="team_lead", unit=unit, phone="0300000003")
    make_team(unit=unit, leader=leader)
    assert who() == [("đội trưởng", "0300000003"), ("bí thư", "0300000002")]
    assert who(leader) == [("bí thư", "0300000002")]
    assert who(secretary) == [("đội trưởng", "0300000003"), ("cán bộ Tỉnh Đoàn", staff.phone)]


def _another_crc(payload: str) -> str:
    return payload[:-1] + ("0" if payload[-1] != "0" else "1")


@pytest.mark.parametrize("change", [_another_crc, lambda payload: payload + " ", str.lower])
def test_the_payload_is_compared_whole(field, card, change):
    look(field, card, payload=change(card.payload.open()))
    assert CardCheck.objects.get().result == "other"


def test_a_sticker_beside_the_true_code_is_red_and_both_are_named(field, card):
    picture = photo(card.payload.open(), strange("MAU0000000000008812"))
    page = text(field.get(look(field, card, picture=picture).url))
    check = CardCheck.objects.get()
    assert (check.result, check.code_count) == ("other", 2)
    assert f"{card.bank_name} {card.masked}" in page
    assert "Agribank •••• 8812" in page
    assert json.loads(check.found.open()) != [card.payload.open()]


def test_a_code_that_is_no_payment_beside_the_card_is_red_too(field, card):
    page = text(field.get(look(field, card, picture=photo(card.payload.open(), "https://example.vn/x")).url))
    assert "không phải mã VietQR" in page
    assert "example.vn" not in page


def test_what_cannot_be_read_says_how_to_try_again_and_keeps_the_card_due(field, card):
    page = text(field.get(look(field, card, picture=photo()).url))
    assert CardCheck.objects.get().result == "unreadable"
    assert "Thử thêm một lần" in page
    assert "?vi=lost" in page
    assert listed(field) == [card.serial]
    assert not SealedFile.objects.exists()


def test_a_file_that_is_no_picture_is_sent_back_and_is_no_look(field, card):
    answer = look(field, card, picture=b"%PDF-1.7")
    assert answer.status_code == 422
    assert "Lỗi:" in text(answer)
    assert not CardCheck.objects.exists()


def held_badly(payload: str, seed: int) -> bytes:
    """A tilted, blurred photo in bad light, as grainy as a cheap telephone makes it."""

    def spoil(picture):
        chance = random.Random(seed)
        picture = picture.rotate(12, expand=True, fillcolor="white").filter(ImageFilter.GaussianBlur(1))
        for _ in range(picture.width * picture.height // 5):
            at = chance.randrange(picture.width), chance.randrange(picture.height)
            picture.putpixel(at, (chance.choice((0, 255)),) * 3)
        return picture

    return photo(payload, change=spoil)


def test_a_tilted_and_blurred_photo_is_read_by_the_second_try(field, card):
    photos = (held_badly(card.payload.open(), seed) for seed in range(20))
    picture = next(one for one in photos if not reading._codes(Image.open(BytesIO(one)).convert("L")))
    look(field, card, picture=picture)
    assert CardCheck.objects.get().result == "match"


def test_a_double_tap_is_one_look(field, card):
    id = uuid.uuid4()
    first, second = (look(field, card, id=id, picture=photo(strange())) for _ in range(2))
    assert first.url == second.url
    assert CardCheck.objects.count() == SealedFile.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_the_same_moment_are_one_look():
    card, id = make_hanging_card(), uuid.uuid4()
    user, picture = make_user(), photo(strange())

    def tap():
        card.mark_checked(by=user, id=id, texts=[strange()], way="photo", photo=picture)
        connection.close()

    taps = [Thread(target=tap) for _ in range(2)]
    for one in taps:
        one.start()
    for one in taps:
        one.join()
    assert CardCheck.objects.count() == SealedFile.objects.count() == 1


def test_a_void_card_is_not_looked_at_but_its_report_is_closed(field, card, volunteer):
    make_report(card=card)
    card.void(by=volunteer, reason=StallCard.VoidReason.LOST)
    page = field.get(reverse("card_inspect", args=[card.pk]))
    assert "hết hiệu lực" in text(page)
    look(field, card, payload=card.payload.open())
    assert not CardCheck.objects.exists()
    assert "thẻ đã hủy" in text(field.get(reverse("round_list")))


# --- without choosing a card first -------------------------------------------------------------------------


def scan(client, **sent):
    if "picture" in sent:
        sent["picture"] = file(sent["picture"])
    return client.post(reverse("round_scan"), {"id": str(uuid.uuid4()), **sent})


def confirm(client, page, card):
    (guess,) = (one for one in page.context["guesses"] if one.card == card)
    return client.post(reverse("card_inspect", args=[card.pk]), {"sealed": guess.seen, "id": str(guess.id)})


def test_any_card_is_found_by_its_code_and_matches_where_somebody_says_so(field, card):
    page = scan(field, picture=photo(card.payload.open()))
    assert card.sign in text(page)
    assert card.payload.open() not in text(page)
    assert not CardCheck.objects.exists()
    confirm(field, page, card)
    check = CardCheck.objects.get()
    assert (check.card, check.result, check.way) == (card, "match", "photo")


def test_a_shared_account_asks_which_of_the_two_stalls_this_is(field, market):
    first = make_hanging_card(market=market)
    second = make_hanging_card(market=market, number=first.clear_number())
    assert second.payload.open() == first.payload.open()
    page = scan(field, payload=first.payload.open())
    assert {one.card for one in page.context["guesses"]} == {first, second}
    confirm(field, page, second)
    assert CardCheck.objects.get().card == second


def test_two_true_cards_in_one_picture_ask_which_stall_this_is_and_raise_no_alarm(field, market, card):
    neighbour = make_hanging_card(market=market)
    page = scan(field, picture=photo(card.payload.open(), neighbour.payload.open()))
    assert {one.card for one in page.context["guesses"]} == {card, neighbour}
    for one in (card, neighbour):
        assert one.sign in text(page)
        assert one.payload.open() not in text(page)
    assert not CardCheck.objects.exists()
    for one in (card, neighbour, card):
        confirm(field, page, one)
    looks = CardCheck.objects.values_list("card", "result", "code_count")
    assert set(looks) == {(card.pk, "match", 1), (neighbour.pk, "match", 1)}
    assert len(looks) == 2
    assert not SealedFile.objects.exists()


def test_after_one_of_two_cards_in_a_picture_the_other_is_one_tap_away(field, market, card):
    neighbour = make_hanging_card(market=market)
    page = scan(field, picture=photo(card.payload.open(), neighbour.payload.open()))
    first = field.get(confirm(field, page, card).url)
    assert f"Còn một mã trong ảnh: sạp {neighbour.stall.label}" in text(first)
    (left,) = first.context["rest"]
    sent = {"sealed": left.seen, "id": str(left.id)}
    second = field.get(field.post(reverse("card_inspect", args=[neighbour.pk]), sent).url)
    assert "Còn một mã" not in text(second)
    assert set(CardCheck.objects.values_list("card", "result")) == {
        (card.pk, "match"),
        (neighbour.pk, "match"),
    }


def test_a_strange_code_among_two_true_cards_is_red_and_all_three_are_named(field, market, card):
    neighbour = make_hanging_card(market=market)
    codes = [card.payload.open(), neighbour.payload.open(), strange("MAU0000000000008812")]
    page = text(field.get(scan(field, picture=photo(*codes)).url))
    assert CardCheck.objects.get().result == "other"
    for words in (f"Mã của sạp {card.stall.label}", f"Mã của sạp {neighbour.stall.label}", "•••• 8812"):
        assert words in page


def test_the_card_of_another_stall_does_not_match_here(field, market, card):
    neighbour = make_hanging_card(market=market)
    page = text(field.get(look(field, card, payload=neighbour.payload.open()).url))
    assert CardCheck.objects.get().result == "other"
    assert f"Mã của sạp {neighbour.stall.label}" in page


def test_what_was_read_is_good_for_its_reader_and_for_a_quarter_of_an_hour(field, card, volunteer):
    token = rounds.seal_seen({"texts": [card.payload.open()], "way": "camera"}, volunteer)
    assert rounds.unseal_seen(token, volunteer)["texts"] == [card.payload.open()]
    assert rounds.unseal_seen(token, make_user()) is None
    assert rounds.unseal_seen(token, volunteer, within=-1) is None
    assert rounds.unseal_seen("x", volunteer) is None
    field.post(reverse("card_inspect", args=[card.pk]), {"sealed": "x", "id": str(uuid.uuid4())})
    assert not CardCheck.objects.exists()


def test_a_code_that_no_card_has_is_red_and_stays_on_the_list_until_it_is_gone(field, market):
    answer = scan(field, picture=photo(strange("MAU0000000000008812")))
    check = CardCheck.objects.get()
    assert (check.card, check.market, check.result) == (None, market, "other")
    assert "Mã lạ" in text(field.get(answer.url))
    assert "Mã lạ chưa gỡ" in text(field.get(reverse("round_list")))
    field.post(reverse("check_removed", args=[check.pk]))
    assert "Mã lạ chưa gỡ" not in text(field.get(reverse("round_list")))
    assert "Mã lạ đã gỡ" in text(field.get(answer.url))
    again = text(field.post(reverse("check_removed", args=[check.pk]), follow=True))
    assert f"{check.by} đã ghi mã đó không còn" in again
    assert "Đã ghi: mã đó" not in again


def test_a_void_cards_code_is_named_as_such(field, card, volunteer):
    card.void(by=volunteer, reason=StallCard.VoidReason.LOST)
    page = text(field.get(scan(field, payload=card.payload.open()).url))
    assert f"Mã của thẻ {card.serial}, đã hết hiệu lực" in page
    assert "Thẻ cũ còn treo: gỡ xuống" in page
    for words in ("Không thẻ nào", "công an", "Mã lạ", "mã lạ"):
        assert words not in page


def test_an_old_card_beside_the_new_one_is_to_be_taken_down_and_the_new_one_stays(field, card, volunteer):
    card.void(by=volunteer, reason=StallCard.VoidReason.NEW_ACCOUNT)
    account = card.account.tenancy.replace_account(
        bin=AGRIBANK, holder="SIU MAU", number=make_number(), by=volunteer
    )
    new = make_card(account=account, state="posted")
    picture = photo(new.payload.open(), card.payload.open())
    page = text(field.get(look(field, new, picture=picture).url))
    assert "Thẻ cũ còn treo: gỡ xuống" in page
    assert "?vi=false" not in page
    assert "công an" not in page


def test_a_stranger_beside_an_old_card_is_named_as_a_stranger(field, card, volunteer):
    card.void(by=volunteer, reason=StallCard.VoidReason.LOST)
    picture = photo(card.payload.open(), strange("MAU0000000000008812"))
    page = text(field.get(scan(field, picture=picture).url))
    for words in ("Có mã lạ cạnh thẻ trong sổ", card.serial, "cạnh đó có mã không thẻ nào", "công an"):
        assert words in page
    assert "Thẻ cũ còn treo" not in page


def test_two_codes_in_a_free_scan_belong_to_the_one_card_among_them(field, card):
    scan(field, picture=photo(card.payload.open(), strange()))
    check = CardCheck.objects.get()
    assert (check.card, check.result, check.code_count) == (card, "other", 2)


def test_a_free_scan_that_reads_nothing_asks_for_another_picture(field, market):
    answer = scan(field, picture=photo())
    assert answer.status_code == 422
    assert "Chưa thấy mã QR nào" in text(answer)
    assert not CardCheck.objects.exists()


def test_a_card_of_another_market_is_strange_here(field, market):
    scan(field, payload=make_hanging_card().payload.open())
    assert CardCheck.objects.get().card is None


# --- evidence ----------------------------------------------------------------------------------------------


def stored() -> bytes:
    """Everything the database holds about looks and kept files, as bytes."""
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(string_agg(c::text, ''), '') from markets_cardcheck c")
        rows = cursor.fetchone()[0]
        cursor.execute("select content from privacy_sealedfile")
        return rows.encode() + b"".join(bytes(row[0]) for row in cursor.fetchall())


def test_evidence_is_encrypted_small_and_tells_nothing_of_the_telephone(field, card):
    look(field, card, picture=photo(strange("MAU0000000000008812"), exif=True))
    kept = CardCheck.objects.get().photo
    data = kept.content.open_bytes()
    assert len(data) <= 300 * 1024
    assert b"MAU0000000000008812" not in stored()
    assert data[:200] not in stored()
    for told in (b"Exif", "Máy Bí Mật".encode(), b"GPS"):
        assert told not in data
    assert not Image.open(BytesIO(data)).getexif()
    assert kept.expires_at - CardCheck.objects.get().at == EVIDENCE_KEPT


def test_the_largest_photo_becomes_evidence_of_at_most_300_kb(card, volunteer):
    noise = Image.effect_noise((4000, 3000), 90).convert("RGB")
    noise.paste(code(strange(), module=40), (200, 200))
    out = BytesIO()
    noise.save(out, "JPEG", quality=92)
    check = card.mark_checked(by=volunteer, texts=[strange()], way="photo", photo=out.getvalue())
    assert check.photo.size <= 300 * 1024


def test_evidence_opens_for_the_secretary_and_up_with_a_reason_that_is_written_down(field, card, market):
    look(field, card, picture=photo(strange("MAU0000000000008812")))
    check = CardCheck.objects.get()
    address = reverse("evidence_photo", args=[check.pk])
    secretary = make_user(role="unit_secretary", unit=market.place.unit)
    client = client_of(secretary)
    assert client.post(address).status_code == 422
    assert not ReadLog.objects.exists()
    answer = client.post(address, {"reason": "check_card"})
    assert answer["Content-Disposition"].startswith("attachment")
    assert Image.open(BytesIO(answer.content)).format == "JPEG"
    shown = client.post(reverse("reveal", args=["markets.cardcheck", check.pk, "found"]), {"reason": "audit"})
    assert "Agribank MAU0000000000008812" in text(shown)
    log = ReadLog.objects.filter(user=secretary, model="markets.cardcheck", row=str(check.pk))
    assert list(log.order_by("id").values_list("field", "reason")) == [
        ("photo", "check_card"),
        ("found", "audit"),
    ]


@pytest.mark.parametrize("role", ["volunteer", "team_lead"])
def test_evidence_stays_closed_to_the_field(card, market, role):
    user = make_user(role=role, unit=market.place.unit)
    check = card.mark_checked(by=user, texts=[strange()], way="photo", photo=photo(strange()))
    for name, args in (("evidence_photo", [check.pk]), ("reveal", ["markets.cardcheck", check.pk, "found"])):
        assert client_of(user).get(reverse(name, args=args)).status_code == 403


def test_evidence_of_elsewhere_and_a_look_without_photo_are_not_found(card, volunteer, market):
    check = card.mark_checked(by=volunteer, texts=[strange()], way="photo", photo=photo(strange()))
    bare = card.mark_checked(by=volunteer, texts=[strange()], way="camera")
    far = make_user(role="unit_secretary", unit=commune_unit("Phường Quy Nhơn"))
    near = make_user(role="unit_secretary", unit=market.place.unit)
    assert client_of(far).get(reverse("evidence_photo", args=[check.pk])).status_code == 404
    assert client_of(near).get(reverse("evidence_photo", args=[bare.pk])).status_code == 404


def test_the_register_shows_strange_codes_masked_with_the_ways_to_see_them(card, volunteer):
    red = card.mark_checked(by=volunteer, texts=[strange("MAU0000000000008812")], way="photo", photo=photo())
    card.mark_checked(by=volunteer, texts=[card.payload.open()], way="camera", at=red.at - timedelta(days=1))
    staff = client_of(make_user(role="province_staff"))
    rows = staff.get(reverse("admin:markets_cardcheck_changelist"), {"con": "con"}).context["cl"].result_list
    assert [row.pk for row in rows] == [red.pk]
    page = text(staff.get(reverse("admin:markets_cardcheck_change", args=[red.pk])))
    assert "Agribank •••• 8812" in page
    assert "MAU0000000000008812" not in page
    for name, args in (("evidence_photo", [red.pk]), ("reveal", ["markets.cardcheck", red.pk, "found"])):
        assert reverse(name, args=args) in page


def test_what_the_camera_read_gets_its_photo_once(field, card):
    look(field, card, payload=strange())
    check = CardCheck.objects.get()
    address = reverse("check_photo_add", args=[check.pk])
    assert field.post(address, {"picture": file(b"no picture")}).status_code == 422
    for words in ("Đã giữ kín ảnh làm chứng", "đã có ảnh làm chứng từ trước. Ảnh vừa gửi không giữ"):
        assert words in text(field.post(address, {"picture": file(photo(strange()))}, follow=True))
    assert SealedFile.objects.count() == 1
    check.refresh_from_db()
    assert check.photo is not None


def test_a_picture_with_an_identity_card_never_becomes_evidence(field, card):
    look(field, card, payload=strange())
    address = reverse("check_photo_add", args=[CardCheck.objects.get().pk])
    picture = photo(strange(), "001099012345|123456789|Nguyễn Thị Mẫu|01011990|Nữ|Pleiku|01012022")
    answer = field.post(address, {"picture": file(picture)})
    assert answer.status_code == 422
    assert "mã thẻ căn cước" in text(answer)
    assert not SealedFile.objects.exists()


def test_a_photo_for_a_look_that_matched_is_not_kept_and_says_so(field, card, volunteer):
    match = card.mark_checked(by=volunteer, texts=[card.payload.open()], way="camera")
    address = reverse("check_photo_add", args=[match.pk])
    page = text(field.post(address, {"picture": file(photo(strange()))}, follow=True))
    assert "không có mã lạ. Ảnh vừa gửi không giữ" in page
    assert "Đã giữ kín" not in page
    assert not SealedFile.objects.exists()


def test_the_photo_goes_after_a_year_and_the_look_stays(card, volunteer):
    at = timezone.now() - EVIDENCE_KEPT - timedelta(days=1)
    check = card.mark_checked(by=volunteer, texts=[strange()], way="photo", photo=photo(strange()), at=at)
    assert drop_expired_files() == 1
    check.refresh_from_db()
    assert check.photo is None
    assert check.found


def test_a_photo_whose_time_is_over_is_offered_to_nobody_before_it_is_cleaned_away(card, volunteer, market):
    at = timezone.now() - EVIDENCE_KEPT - timedelta(minutes=1)
    check = card.mark_checked(by=volunteer, texts=[strange()], way="photo", photo=photo(strange()), at=at)
    address = reverse("evidence_photo", args=[check.pk])
    secretary = client_of(
        make_user(role="unit_secretary", unit=market.place.unit, pin=PIN), place=market.place
    )
    assert secretary.post(address, {"reason": "audit"}).status_code == 404
    assert address not in text(secretary.get(reverse("check_detail", args=[check.pk])))
    assert not ReadLog.objects.exists()


def test_evidence_asks_for_the_pin_after_an_idle_time(card, volunteer, market):
    check = card.mark_checked(by=volunteer, texts=[strange()], way="photo", photo=photo(strange()))
    address = reverse("evidence_photo", args=[check.pk])
    secretary = client_of(make_user(role="unit_secretary", unit=market.place.unit, pin=PIN))
    assert secretary.get(address).status_code == 200
    let_pass(secretary, seconds=301)
    assert secretary.post(address, {"reason": "audit"}).status_code == 423
    answer = secretary.post(address, {"pin": PIN})
    assert answer.status_code == 302
    assert not ReadLog.objects.exists()


# --- reports, and what staff see ---------------------------------------------------------------------------


def test_a_report_arrives_in_the_round_and_is_closed_where_the_card_was_looked_at(field, card, volunteer):
    reports = [make_report(card=card) for _ in range(2)]
    make_report()
    page = text(field.get(reverse("round_list")))
    assert "2 lượt báo" in page
    answer = field.get(look(field, card, payload=card.payload.open()).url)
    assert answer.context["outcome"].initial == {"outcome": FalseCardReport.Outcome.TRUE_CARD}
    assert "Có người báo thẻ này" in text(answer)
    sent = {"outcome": "true_card", "next": answer.request["PATH_INFO"]}
    closed = field.post(reverse("reports_close", args=[card.pk]), sent)
    assert closed.url == answer.request["PATH_INFO"]
    for report in reports:
        report.refresh_from_db()
        assert (report.outcome, report.handled_by) == ("true_card", volunteer)
    assert "Có người báo thẻ giả" not in text(field.get(reverse("round_list")))
    assert FalseCardReport.objects.unhandled().count() == 1


def test_the_round_tells_how_many_reported_cards_and_strange_codes_it_does_not_show(
    field, market, volunteer, monkeypatch
):
    monkeypatch.setattr("markets.views.rounds.MOST_ABOVE", 2)
    one, two, three = (make_hanging_card(market=market) for _ in range(3))
    now = timezone.now()
    for card, hours in ((one, 1), (one, 4), (two, 2), (three, 3)):
        make_report(card=card, at=now - timedelta(hours=hours))
    for card in (one, two):
        card.mark_checked(by=volunteer, texts=[strange()], way="camera")
    page = field.get(reverse("round_list"))
    assert [(told.card, told.count) for told in page.context["reported"]] == [(one, 2), (two, 1)]
    assert text(page).count("Đây là 2 trên 3 chỗ") == 1
    field.post(reverse("reports_close", args=[one.pk]), {"outcome": "true_card"})
    page = field.get(reverse("round_list"))
    assert [told.card for told in page.context["reported"]] == [two, three]
    assert "Đây là" not in text(page)
    three.mark_checked(by=volunteer, texts=[strange()], way="camera")
    assert text(field.get(reverse("round_list"))).count("Đây là 2 trên 3 chỗ") == 1


def test_a_report_without_an_outcome_stays_open(field, card):
    make_report(card=card)
    field.post(reverse("reports_close", args=[card.pk]), {"outcome": "nonsense"})
    assert FalseCardReport.objects.unhandled().count() == 1


def test_a_strange_code_needs_a_hand_until_it_is_gone_or_the_card_found_true(card, volunteer, market):
    def waiting():
        need = next(need for need in NEEDS if need.name == "Mã lạ ở sạp chưa gỡ")
        return sum(need.find(make_user(role="province_staff")).values())

    ends = [
        lambda one, check: check.mark_removed(by=volunteer),
        lambda one, check: one.mark_checked(by=volunteer, texts=[one.payload.open()], way="camera"),
    ]
    for end in ends:
        one = make_hanging_card(market=market)
        for _ in range(2):
            check = one.mark_checked(by=volunteer, texts=[strange()], way="camera")
        one.mark_checked(by=volunteer, texts=[], way="photo")
        assert waiting() == 1
        end(one, check)
        assert waiting() == 0


def test_a_void_card_takes_no_sticker_down(field, card, volunteer):
    check = card.mark_checked(by=volunteer, texts=[strange()], way="camera")
    card.void(by=volunteer, reason=StallCard.VoidReason.FALSE)
    new = make_card(account=card.account)
    new.mark_checked(by=volunteer, texts=[new.payload.open()], way="camera")
    for stays in (True, False):
        assert ("Mã lạ chưa gỡ" in text(field.get(reverse("round_list")))) == stays
        assert CardCheck.objects.alarms().exists() == stays
        field.post(reverse("check_removed", args=[check.pk]))


def test_replacing_offers_the_reason_and_the_old_serial_stays_true_on_its_check_page(field, card, client):
    code = card.check_code_id
    page = field.get(reverse("card_replace", args=[card.stall_id]), {"vi": "false"})
    assert page.context["form"]["reason"].value() == "false"
    field.post(reverse("card_replace", args=[card.stall_id]), {"reason": "false"})
    new = StallCard.objects.make_for(card.stall, by=make_user())
    assert (new.version, new.serial != card.serial) == (card.version + 1, True)
    public = text(Client().get(reverse("card_check", args=[code])))
    assert card.serial in public
    assert "không còn hiệu lực" in public
    look(field, new, payload=new.payload.open())
    assert CardCheck.objects.get().result == "match"


# --- who sees what -----------------------------------------------------------------------------------------


def test_a_round_of_elsewhere_is_not_found(client, market, card, volunteer):
    check = card.mark_checked(by=volunteer, texts=[strange()], way="camera")
    far = make_user(role="volunteer", unit=commune_unit("Phường Quy Nhơn"), pin="246813")
    at_work(client, far, make_market(unit=commune_unit("Phường Quy Nhơn")))
    for name, pk in (("card_inspect", card.pk), ("check_detail", check.pk)):
        assert client.get(reverse(name, args=[pk])).status_code == 404
    for name, pk in (("reports_close", card.pk), ("check_removed", check.pk), ("check_photo_add", check.pk)):
        assert client.post(reverse(name, args=[pk])).status_code == 404


def test_an_auditor_makes_no_round(card):
    auditor = client_of(make_user(role="auditor", pin="246813"))
    assert auditor.get(reverse("round_list")).status_code == 403
    assert look(auditor, card, payload="x").status_code == 403


# --- what can never be true --------------------------------------------------------------------------------


def test_only_a_strange_code_belongs_to_no_card(market):
    fields = {"market": market, "way": "camera", "by": make_user()}
    refuses("names_card", CardCheck.objects.create, result="match", **fields)


def test_a_strange_code_keeps_what_was_read_and_nothing_else_does(card, volunteer):
    fields = {"market": card.stall.market, "card": card, "way": "camera", "by": volunteer}
    refuses("other_keeps_evidence", CardCheck.objects.create, result="other", **fields)
    refuses("other_keeps_evidence", CardCheck(result="match", found="[]", **fields).save)


def test_only_a_strange_code_is_taken_down_by_somebody_at_a_time(card, volunteer):
    match = card.mark_checked(by=volunteer, texts=[card.payload.open()], way="camera")
    match.mark_removed(by=volunteer)
    assert match.removed_at is None
    red = card.mark_checked(by=volunteer, texts=[strange()], way="camera")
    rows = CardCheck.objects.filter(pk__in=[match.pk, red.pk])
    refuses("removed_who", rows.update, removed_at=timezone.now())
    refuses("removed_who", rows.filter(pk=match.pk).update, removed_at=timezone.now(), removed_by=volunteer)


# --- cards found by what they say --------------------------------------------------------------------------


def test_a_card_is_found_by_its_whole_code_only(card):
    payload = card.payload.open()
    assert [one.pk for one in StallCard.objects.holding(payload)] == [card.pk]
    assert StallCard.objects.holding(payload.lower()) == []
    assert StallCard.objects.holding(payload + " ") == []


def test_cards_from_before_are_found_after_the_migration(market, settings, monkeypatch):
    from importlib import import_module

    from django.apps import apps

    cards = [make_hanging_card(market=market) for _ in range(5)]
    broken = make_card()
    StallCard.objects.update(payload_index=None)
    StallCard.objects.filter(pk=broken.pk).update(payload=b"k0.nothing that opens")
    module = import_module("markets.migrations.0006_find_cards_by_code")
    monkeypatch.setattr(module, "BATCH", 2)
    module.fill_payload_indexes(apps, None)
    for card in cards:
        assert [one.pk for one in StallCard.objects.holding(card.payload.open())] == [card.pk]
    assert StallCard.objects.get(payload_index=None).pk == broken.pk
