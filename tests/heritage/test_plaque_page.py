"""What stands behind a plaque: the page at the scanned address, in the phone's language."""

import gzip

import pytest
from django.urls import reverse

from heritage.models import Scan
from heritage.typos import distance, nearest
from portal.codes.models import ShortCode
from portal.codes.shortcodes import ALPHABET, is_valid
from tests.builders import make_edition, make_plaque, make_site

pytestmark = pytest.mark.django_db


def published(*languages: str):
    """A plaque of a site that is published in these languages."""
    site = make_site()
    for language in languages:
        make_edition(site=site, language=language)
    return make_plaque(site=site)


def language_of(response) -> str:
    """What the page says of itself, which must be what its header says."""
    language = response.content.decode().split('<html lang="', 1)[1].split('"', 1)[0]
    assert response["Content-Language"] == language
    return language


def test_each_phone_gets_its_language_at_the_printed_address(client):
    plaque = published("vi", "en", "jra")
    phones = {"en-US": "en", "vi": "vi", "fr;q=0.9,en;q=0.8": "en", "jra": "jra", "fr": "vi", "bdq": "vi"}
    for _ in range(3):  # alternating: what is kept never mixes
        for header, expected in phones.items():
            response = client.get(f"/H/{plaque.code_id}", headers={"accept-language": header})
            assert response.status_code == 200
            assert language_of(response) == expected
            assert plaque.site.editions.get(language=expected).name in response.content.decode()
            assert response["Cache-Control"] == "private, no-store"
            assert response["Vary"] == "Accept-Language, Accept-Encoding"
            assert not response.cookies


def test_compressed_page_is_the_same_page(client):
    plaque = published("vi", "en")
    for header in ("en", "vi"):
        plain = client.get(f"/h/{plaque.code_id}", headers={"accept-language": header})
        zipped = client.get(
            f"/h/{plaque.code_id}", headers={"accept-language": header, "accept-encoding": "br, gzip"}
        )
        assert zipped["Content-Encoding"] == "gzip"
        assert gzip.decompress(zipped.content) == plain.content
        assert language_of(plain) == header


def test_language_in_the_address_wins_and_says_what_is_missing(client):
    plaque = published("vi", "en")
    for language, shown in {"en": "en", "vi": "vi", "bdq": "vi"}.items():
        response = client.get(f"/h/{plaque.code_id}/{language}/", headers={"accept-language": "en"})
        assert language_of(response) == shown
    assert "chưa có tiếng Bahnar" in response.content.decode()


def test_typed_code_may_be_small_and_spaced(client):
    plaque = published("vi")
    code = plaque.code_id
    for typed in (code.lower(), f"{code[:4]}-{code[4:]}", f"{code[:4]}%20{code[4:].lower()}", f"{code}/"):
        response = client.get(f"/h/{typed}")
        assert response.status_code == 200
        assert plaque.site.name in response.content.decode()


def test_capitals_open_the_language_and_the_box(client):
    plaque = published("vi", "en")
    assert language_of(client.get(f"/H/{plaque.code_id}/EN", headers={"accept-language": "vi"})) == "en"
    for address in ("/H", "/H/", "/h", "/h/"):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert 'name="ma"' in answer.content.decode()


def test_a_phone_that_refuses_both_reads_vietnamese_without_a_word(client):
    plaque = published("vi", "en")
    answer = client.get(f"/h/{plaque.code_id}", headers={"accept-language": "en;q=0,vi;q=0"})
    assert language_of(answer) == "vi"
    assert "chưa có tiếng" not in answer.content.decode()


def test_new_edition_is_on_the_page_at_once(client):
    plaque = published("vi")
    make_edition(site=make_site(name="Hàng xóm mẫu"))
    client.get(f"/H/{plaque.code_id}")
    make_edition(site=plaque.site, content={"name": "Tên mới mẫu"})
    assert "Tên mới mẫu" in client.get(f"/H/{plaque.code_id}").content.decode()
    make_edition(site=plaque.site, language="en")
    assert f"/h/{plaque.code_id}/en/" in client.get(f"/H/{plaque.code_id}").content.decode()


def test_withdrawn_page_falls_back_to_another_language_then_to_an_honest_one(client):
    plaque = published("vi", "en")
    english, vietnamese = plaque.site.editions.order_by("language")
    english.withdraw(by=english.sent_by)
    assert language_of(client.get(f"/H/{plaque.code_id}", headers={"accept-language": "en"})) == "vi"
    vietnamese.withdraw(by=english.sent_by)
    for header, words in {"en": "en", "vi": "đang biên soạn"}.items():
        response = client.get(f"/H/{plaque.code_id}", headers={"accept-language": header})
        assert response.status_code == 200
        assert words in response.content.decode()
        assert plaque.site.name not in response.content.decode()


def test_removed_plaque_still_opens_its_page(client):
    plaque = published("vi")
    plaque.removed_at = plaque.made_at
    plaque.save()
    assert plaque.site.name in client.get(f"/H/{plaque.code_id}").content.decode()


def test_one_statement_serves_a_kept_page(client, django_assert_num_queries):
    plaque = published("vi")
    client.get(f"/H/{plaque.code_id}")
    with django_assert_num_queries(1):
        client.get(f"/H/{plaque.code_id}")
    assert Scan.objects.count() == 2


def test_mistyped_code_offers_the_plaque_that_was_meant(client):
    plaque, other = published("vi", "en"), published("vi")
    code = plaque.code_id
    wrong = next(f"{code[:3]}{x}{code[4:]}" for x in ALPHABET if x != code[3])
    swapped = next(
        text for i in range(7) if (text := code[:i] + code[i + 1] + code[i] + code[i + 2 :]) != code
    )
    for typed in (wrong, swapped, code[:-1], f"{code}X", f"{code[:2]}0{code[3:]}"):
        response = client.get(f"/h/{typed}", headers={"accept-language": "en"})
        page = response.content.decode()
        assert response.status_code == 404
        assert f'href="/h/{code}"' in page
        assert plaque.site.editions.get(language="en").name in page
        assert other.code_id not in page


def test_only_plaques_that_hang_and_speak_are_offered():
    shown, removed, unpublished, unprinted = published("vi"), published("vi"), make_plaque(), published("vi")
    type(removed).objects.filter(pk=removed.pk).update(removed_at=removed.made_at)
    type(unprinted).objects.filter(pk=unprinted.pk).update(
        version=0, printed_at=None, printed_by=None, mounted_on=None
    )
    for plaque in (removed, unpublished, unprinted):
        assert plaque.code_id not in {found["code"] for found in nearest(plaque.code_id, "vi")}
    assert nearest(shown.code_id, "vi")[0]["code"] == shown.code_id


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [("ABCD", "ABCD", 0), ("ABCD", "ABXD", 1), ("ABCD", "ACBD", 1), ("ABCD", "ABD", 1), ("ABCD", "AXBCD", 1),
     ("ABCD", "BADC", 2), ("", "AB", 2), ("ABCD", "WXYZ", 4)],
)  # fmt: skip
def test_distance_counts_single_mistakes(one, other, far):
    assert distance(one, other) == distance(other, one) == far


def test_codes_of_other_things_look_like_codes_nobody_has(client):
    shift = ShortCode.objects.draw(ShortCode.Purpose.SHIFT).code
    nobody = ShortCode.objects.draw(ShortCode.Purpose.PLAQUE).code
    pages = [client.get(f"/h/{code}") for code in (shift, nobody)]
    assert {page.status_code for page in pages} == {404}
    first, second = (
        page.content.decode().replace(code, "") for page, code in zip(pages, (shift, nobody), strict=True)
    )
    assert first == second
    assert reverse("shift_join", args=[shift]) in pages[0].content.decode()


def test_guessing_codes_ends_after_thirty(client):
    statuses = [client.get("/h/AAAAAAAA").status_code for _ in range(31)]
    assert statuses == [404] * 30 + [429]
    plaque = published("vi")
    assert client.get(f"/H/{plaque.code_id}").status_code == 200  # who scans is not stopped


def test_box_leads_to_the_page_without_script(client):
    plaque = published("vi", "en")
    assert client.get("/h/").status_code == 200
    assert client.get("/h/", {"ma": plaque.code_id.lower()})["Location"] == f"/h/{plaque.code_id}"
    assert client.get("/en/h/", {"ma": plaque.code_id})["Location"] == f"/h/{plaque.code_id}/en/"
    wrong = client.get("/h/", {"ma": f"{plaque.code_id[:-1]}*"})
    assert wrong.status_code == 422
    assert f'href="/h/{plaque.code_id}"' in wrong.content.decode()
    assert not is_valid("AAAAAAA*")
