"""The notice before consent: read aloud in 40 seconds, in plain words, with all the law wants said."""

import re
from datetime import date

import pytest

from portal.privacy.models import Notice, Purpose
from portal.privacy.reference import NOTICES, PURPOSES

SYLLABLES_A_MINUTE = 200  # a calm reader; 40 seconds are 133 syllables
SPELLED = {"OTP": 3, "PIN": 1}  # ô tê pê; pin
TEXTS = [pytest.param(notice.text, id=f"{notice.programme}-{notice.version}") for notice in NOTICES]
VENDORS = [notice.text for notice in NOTICES if notice.programme == "markets"]


def syllables(text: str) -> int:
    """Vietnamese is written a syllable a word; abbreviations are read by the letter, digits would be too."""
    words = re.findall(r"\w+", text)
    assert not any(word.isdigit() for word in words)
    return sum(SPELLED.get(word, 1) for word in words)


@pytest.mark.parametrize("text", TEXTS)
def test_notice_reads_aloud_in_forty_seconds(text):
    count = syllables(text)
    assert count <= 130
    assert count / SYLLABLES_A_MINUTE * 60 <= 40


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    "said",
    ["Tỉnh Đoàn Gia Lai", "xem, sửa, rút lại, xin xóa, hay khiếu nại", "Không đồng ý"],  # who, rights, free
)
def test_every_notice_says_who_asks_and_that_one_may_refuse(text, said):
    assert said in text


@pytest.mark.parametrize("text", VENDORS)
@pytest.mark.parametrize(
    "said",
    [
        "Tỉnh Đoàn Gia Lai",  # who
        "họ tên, ngân hàng và số tài khoản",  # which data
        "số điện thoại",
        "Để in thẻ nhận tiền",  # what for
        "in trên thẻ",  # what everybody sees
        "mười hai tháng",  # how long
        "xem, sửa, rút lại, xin xóa, hay khiếu nại",  # which rights
        "Không đồng ý, chúng em vẫn giúp",  # free
        "không ai được hỏi mình mã OTP, mật khẩu hay mã PIN",
    ],
)
def test_notice_says_what_vendors_must_know(text, said):
    assert said in text


@pytest.mark.parametrize("held", ["họ tên", "ngày sinh", "giới tính", "số nhà", "việc đã giúp"])
def test_the_words_to_residents_name_all_that_is_held_of_them(held):
    (notice,) = [notice.text for notice in NOTICES if notice.programme == "neighborhoods"]
    (purpose,) = [purpose.words for purpose in PURPOSES if purpose.code == "group_record"]
    assert held in notice
    assert held in purpose


@pytest.mark.parametrize("text", TEXTS)
def test_notice_has_short_sentences_and_no_office_words(text):
    sentences = re.split(r"[.;:]\s", text)
    assert max(syllables(sentence) for sentence in sentences) <= 30
    assert not re.search("chủ thể dữ liệu|xử lý dữ liệu|căn cứ|theo quy định", text, re.I)


@pytest.mark.django_db
def test_notice_in_force_is_the_newest_that_has_begun():
    first = Notice.objects.current("markets")
    assert first.version == 1
    Notice.objects.create(programme="markets", version=2, text="Lời mới.", starts_on=date(2026, 11, 1))
    assert Notice.objects.current("markets", on=date(2026, 10, 31)) == first
    assert Notice.objects.current("markets", on=date(2026, 11, 1)).version == 2
    assert Notice.objects.current("markets", on=date(2023, 11, 1)) is None


@pytest.mark.django_db
def test_card_is_needed_and_contact_is_not():
    purposes = Purpose.objects.filter(programme="markets")
    assert dict(purposes.values_list("code", "is_needed")) == {"market_card": True, "market_contact": False}
