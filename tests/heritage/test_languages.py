"""Which language a phone is shown."""

import pytest

from heritage.languages import LONGEST, choose, preferences

ALL = {"vi", "en", "jra", "bdq"}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("en-US", "en"),
        ("en-US,en;q=0.9,vi;q=0.8", "en"),
        ("vi", "vi"),
        ("vi-VN,vi;q=0.9,en-US;q=0.8,en;q=0.7", "vi"),
        ("fr;q=0.9,en;q=0.8", "en"),
        ("fr;q=0.9,vi;q=0.3,en;q=0.8", "en"),
        ("jra", "jra"),
        ("BDQ-VN", "bdq"),
        ("en;q=0.5, jra;q=0.5", "en"),  # as dear as each other: in our order
        ("en; q=0.8 ,\tvi;q=0.7", "en"),
        ("fr, *;q=0.1", "vi"),
        ("en;q=0, *", "vi"),
        ("vi;q=0, *;q=0.5", "en"),
        ("vi;q=0", "en"),
        ("en;q=0,vi;q=0", "vi"),
        ("en-GB;q=0, en", "en"),
        ("en;q=0.4,*;q=0.5", "vi"),
        ("fr-CH, fr;q=0.9, de;q=0.7", "vi"),
        ("", "vi"),
        (";;q=,=,é,en;q=9,*;q=x", "vi"),
        ("english", "vi"),
        ("en" * 5000, "vi"),
        ("x" * LONGEST + ",en", "vi"),
    ],
)
def test_header_gives_language(header, language):
    assert choose(header, ALL) == language


def test_a_language_without_published_text_is_passed_over():
    assert choose("jra,en;q=0.8,vi;q=0.7", {"vi", "en"}) == "en"
    assert choose("jra", {"vi", "en"}) == "vi"
    assert choose("en-US", {"vi"}) == "vi"


def test_without_vietnamese_text_the_page_is_in_a_language_it_has():
    assert choose("fr", {"en", "bdq"}) == "en"
    assert choose("en;q=0", {"en"}) == "en"


def test_preferences_name_each_language_once():
    assert preferences("en, en-US;q=0.1, *;q=0") == ("en", "vi", "jra", "bdq")
