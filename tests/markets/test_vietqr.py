"""VietQR payloads: the published examples, and what must never be accepted."""

import json
import string
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from markets import vietqr
from markets.banks import BANKS
from markets.vietqr import VietQRError, crc, decode, encode
from portal.folding import strip_marks

EXAMPLES = json.loads((Path(__file__).parent / "vietqr-examples.json").read_text(encoding="utf-8"))["vectors"]
ASCII = "".join(map(chr, range(128)))
PRINTABLE = "".join(map(chr, range(32, 127)))
PLAIN = encode(bin="970418", account="MAU0123456789012345")


def examples(*kinds):
    return [pytest.param(one, id=one["id"]) for one in EXAMPLES if one["kind"] in kinds]


def sealed(body):
    """A payload with a right CRC, whatever its fields say."""
    return body + "6304" + crc(body + "6304")


def code(*, version="000201", init="010211", bank="0006970418", number="0104MAU1", service="0208QRIBFTTA",
         guid="0010A000000727", currency="5303704", country="5802VN", more=""):  # fmt: skip
    receiver = bank + number
    account = f"{guid}01{len(receiver):02}{receiver}{service}"
    return sealed(f"{version}{init}38{len(account):02}{account}{currency}{country}{more}")


# --- the published examples --------------------------------------------------------------------------------


def test_all_published_examples_are_here():
    kinds = [one["kind"] for one in EXAMPLES]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "encode": 12, "decode": 7, "crc": 1, "reject": 7, "encode-refuses": 1,
    }  # fmt: skip


@pytest.mark.parametrize("one", examples("encode"))
def test_an_example_is_written_to_the_letter(one):
    assert encode(**one["input"]) == one["payload"]


@pytest.mark.parametrize("one", examples("decode"))
def test_an_example_is_read_in_full(one):
    read = decode(one["payload"])
    assert {name: getattr(read, name) for name in one["expect"]} == one["expect"]


@pytest.mark.parametrize("one", examples("reject"))
def test_a_bad_example_is_refused(one):
    with pytest.raises(VietQRError):
        decode(one["payload"])


@pytest.mark.parametrize("one", examples("crc"))
def test_the_crc_is_the_published_one(one):
    assert crc(one["input"]) == one["expect"]


def test_a_long_purpose_is_read_but_never_written():
    [one] = [one for one in EXAMPLES if one["kind"] == "encode-refuses"]
    read = decode(one["payload"])
    assert len(read.additional["08"]) == 26
    with pytest.raises(VietQRError, match="nhiều nhất là 25"):
        encode(bin=read.bin, account=read.account, amount=read.amount, purpose=read.additional["08"])


# --- there and back ----------------------------------------------------------------------------------------

texts = st.text(PRINTABLE, min_size=1, max_size=25)
orders = st.fixed_dictionaries(
    {
        "bin": st.sampled_from(sorted(BANKS)),
        "account": st.text(string.ascii_letters + string.digits, min_size=1, max_size=19),
        "service": st.sampled_from(["QRIBFTTA", "QRIBFTTC"]),
        "amount": st.none() | st.integers(1, 10**13 - 1).map(str),
    },
    optional={name: texts for name in vietqr.ADDITIONAL},
).filter(lambda order: sum(len(order[name]) + 4 for name in vietqr.ADDITIONAL if name in order) <= 99)


@given(orders)
def test_what_was_written_is_read_back(order):
    read = decode(encode(**order))
    assert (read.bin, read.account, read.service, read.amount) == tuple(
        order[name] for name in ("bin", "account", "service", "amount")
    )
    assert read.additional == {id: order[name] for name, id in vietqr.ADDITIONAL.items() if name in order}
    assert read.init == ("12" if order["amount"] else "11")


@given(st.text("aàảãáạăằâầđĐêềôồơờưừỳýÝ Ƀ", min_size=1, max_size=25))
def test_the_purpose_is_folded_and_then_stays(purpose):
    folded = decode(encode(bin="970418", account="1", purpose=purpose)).additional["08"]
    assert folded.isascii()
    assert folded == strip_marks(purpose) == strip_marks(folded)


def test_a_purpose_in_either_unicode_form_gives_the_same_code():
    written = [encode(bin="970418", account="1", purpose=p) for p in ("Rau Đà Lạt", "Rau Đà Lạt")]
    assert written[0] == written[1]


def test_an_amount_may_be_a_number():
    assert encode(bin="970418", account="1", amount=1000) == encode(bin="970418", account="1", amount="1000")


# --- one changed character ---------------------------------------------------------------------------------


def changes(payload):
    for at, old in enumerate(payload):
        for new in ASCII:
            in_crc = at >= len(payload) - 4
            if new != old and not (in_crc and new.upper() == old):
                yield payload[:at] + new + payload[at + 1 :]


def test_no_single_changed_character_is_accepted():
    payload = encode(bin="970403", account="0011012345678", amount="180000", bill="NPS", purpose="don hang")
    for changed in changes(payload):
        with pytest.raises(VietQRError):
            decode(changed)


@given(orders, st.data())
def test_no_single_change_anywhere_in_any_code_is_accepted(order, data):
    payload = encode(**order)
    at = data.draw(st.integers(0, len(payload) - 1))
    new = data.draw(st.sampled_from(ASCII))
    changed = payload[:at] + new + payload[at + 1 :]
    if changed[:-4] + changed[-4:].upper() != payload:
        with pytest.raises(VietQRError):
            decode(changed)


def test_a_change_beside_vietnamese_letters_is_refused():
    for changed in changes(code(more="6215" + "0811Rau Đà Lạt!" + "6405Phở Đ")):
        with pytest.raises(VietQRError):
            decode(changed)


# --- tolerated ---------------------------------------------------------------------------------------------


def test_a_crc_in_small_letters_is_read():
    payload = encode(bin="970403", account="0011012345678")
    assert payload.endswith("9E6F")
    assert decode(payload[:-4] + payload[-4:].lower()) == decode(payload)


@pytest.mark.parametrize(
    "more",
    ["8003046", "9903abc", "6407vi Phở!", "62080804Phở!", "54041000", "52045411", "5904QUAN", "6006PLEIKU"],
)
def test_other_fields_of_the_standard_are_read(more):
    assert decode(code(more=more)).account == "MAU1"


def test_fields_may_stand_in_any_order():
    account = "0010A00000072701180006970418" + "0104MAU1" + "0208QRIBFTTA"
    read = decode(sealed("000201" + "5802VN" + f"38{len(account):02}{account}" + "5303704" + "010211"))
    assert (read.bin, read.account) == ("970418", "MAU1")


# --- refused -----------------------------------------------------------------------------------------------


def test_the_builder_of_bad_codes_makes_a_good_one():
    assert decode(code()) == decode(encode(bin="970418", account="MAU1"))


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (code(version="000202"), "phiên bản"),
        (code(version=""), "mở đầu"),
        (code(version="", init="010211000201"), "mở đầu"),
        (code(init="010213"), "kiểu mã"),
        (code(init=""), "thiếu trường 01"),
        (code(init="010212"), "số tiền"),
        (code(guid="0010A000000728"), "NAPAS"),
        (code(guid="0010a000000727"), "NAPAS"),
        (code(guid=""), "trường 00"),
        (code(bank="0006970499"), "ngân hàng nào"),
        (code(bank="000597041"), "6 chữ số"),
        (code(bank="0006٩٧٠٤١٨"), "6 chữ số"),
        (code(bank=""), "38.01"),
        (code(number="0104MẪU"), "Độ dài"),
        (code(number="0103MẪU"), "tài khoản"),
        (code(number="0120" + "1" * 20), "tài khoản"),
        (code(number="0103１２３"), "tài khoản"),
        (code(number="0103 12"), "tài khoản"),
        (code(number=""), "38.01"),
        (code(number="01031230101" + "1"), "lặp"),
        (code(service="0206QRPUSH"), "Dịch vụ"),
        (code(service="0208qribftta"), "Dịch vụ"),
        (code(service=""), "ba phần"),
        (code(service="0208QRIBFTTA0301x"), "ba phần"),
        (code(currency="5303840"), "loại tiền"),
        (code(currency=""), "thiếu trường 53"),
        (code(country="5802US"), "quốc gia"),
        (code(country="5802vn"), "quốc gia"),
        (code(country=""), "thiếu trường 58"),
        (code(more="5802VN"), "lặp"),
        (code(more="540500000"), "bằng 0"),
        (code(more="54041.00"), "Số tiền"),
        (code(more="5403١٢٣"), "Số tiền"),
        (code(more="5414" + "1" * 14), "Số tiền"),
        (code(more="520354a"), "52"),
        (code(more="5926" + "A" * 26), "59"),
        (code(more="5904PHỞ!"), "59"),
        (code(more="6016" + "A" * 16), "60"),
        (code(more="620908041234x"), "trường 62"),
        (code(more="62100801108012"), "trường 62 bị lặp"),
        (code(more="62040801"), "trường 62"),
        (code(more="6404abc"), "Độ dài"),
        (code(more="8000"), "trường 80"),
        (code(more="80٠1a"), "mã trường"),
        (code(more="2603abc"), "trường 26"),
        (code(more="6304ABCD"), "lặp"),
        (sealed("0002010102115303704" + "5802VN"), "38"),
        (PLAIN + "x", "thừa"),
        (PLAIN + "\n", "không đọc được"),
        (" " + PLAIN, "không khớp"),
        (PLAIN[:-8], "thiếu mã kiểm tra"),
        (PLAIN[:-8] + "6303" + PLAIN[-3:], "thiếu mã kiểm tra"),
        (PLAIN[:-4] + "+" + PLAIN[-3:], "thiếu mã kiểm tra"),
        (PLAIN[:-4] + " " + PLAIN[-3:], "thiếu mã kiểm tra"),
        (PLAIN[:-4] + "0x" + PLAIN[-2:], "thiếu mã kiểm tra"),
        ("", "Chưa có"),
        (None, "Chưa có"),
        (b"000201", "Chưa có"),
        ("\ud800" + PLAIN, "không đọc được"),
    ],
)
def test_a_bad_code_is_refused_by_name(bad, why):
    with pytest.raises(VietQRError, match=why):
        decode(bad)


def test_a_short_crc_is_refused_even_when_its_value_is_right():
    payload = next(p for n in range(999) if (p := encode(bin="970418", account=str(n)))[-4] == "0")
    assert decode(payload)
    with pytest.raises(VietQRError):
        decode(payload[:-4] + payload[-3:])
    with pytest.raises(VietQRError):
        decode(payload[:-4] + " " + payload[-3:])


@given(st.text() | st.text().map(lambda text: text + "6304FFFF"))
@example("\ud800\udfff")
@settings(max_examples=300)
def test_junk_is_refused_and_never_breaks_the_reader(text):
    with pytest.raises(VietQRError):
        decode(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
@settings(max_examples=300)
def test_junk_with_a_right_crc_is_refused_too(text):
    for payload in (sealed(text), sealed("000201010211" + text)):
        with pytest.raises(VietQRError):
            decode(payload)


@pytest.mark.parametrize(
    "wrong",
    [
        {"bin": "970499"},
        {"bin": "97041"},
        {"bin": "９７０４１８"},
        {"bin": "970418\n"},
        {"bin": 970418},
        {"account": ""},
        {"account": "1" * 20},
        {"account": "12 34"},
        {"account": "MẪU1"},
        {"account": "١٢٣"},
        {"account": "123\n"},
        {"account": 123},
        {"account": None},
        {"service": "QRPUSH"},
        {"service": ""},
        {"service": []},
        {"amount": "0"},
        {"amount": 0},
        {"amount": ""},
        {"amount": -5},
        {"amount": True},
        {"amount": 1000.0},
        {"amount": "1.000"},
        {"amount": "1 000"},
        {"amount": "١٠٠٠"},
        {"amount": "1" * 14},
        {"purpose": ""},
        {"purpose": "a" * 26},
        {"purpose": "tiền rau ☺"},
        {"purpose": "dòng\nmới"},
        {"purpose": "１２"},
        {"purpose": "\ud800"},
        {"purpose": "\u0301"},
        {"purpose": 5},
        {"bill": "hóa đơn"},
        {"store": ""},
        {"reference": "x" * 26},
        {"terminal": "\t"},
        {"bill": "1" * 25, "store": "2" * 25, "reference": "3" * 25, "terminal": "4" * 25},
    ],
)
def test_what_the_standard_does_not_allow_is_not_written(wrong):
    with pytest.raises(VietQRError):
        encode(**{"bin": "970418", "account": "MAU1", **wrong})


@given(st.dictionaries(st.sampled_from(["account", "service", "amount", *vietqr.ADDITIONAL]), st.text()))
def test_what_is_written_can_always_be_read(wild):
    try:
        payload = encode(**{"bin": "970418", "account": "1", **wild})
    except VietQRError:
        return
    assert decode(payload).account == wild.get("account", "1")


def test_reading_and_writing_need_no_django():
    program = "import sys, markets.vietqr; sys.exit(any(name.startswith('django') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
