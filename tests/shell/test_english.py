"""Public pages under /en/ are English throughout, and lead to the same page in the other language."""

import io
import re
from html.parser import HTMLParser

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from markets.models import FollowUp
from markets.views.public import REPORTS
from portal import catalogue
from portal.codes.shortcodes import make_code
from portal.home import personal
from portal.privacy.models import Stub
from portal.shell import Shell
from tests.builders import (
    former_commune,
    make_account,
    make_card,
    make_followup,
    make_help,
    make_market,
    make_resident,
    make_team,
    make_tenancy,
    make_user,
    make_vendor,
)

# Elements without an end, and attributes that are read to people; `value` holds what they typed.
VOID = {"meta", "link", "img", "input", "br", "path", "circle", "rect", "line", "use"}
SPOKEN = {"alt", "aria-label", "title", "placeholder", "data-l"}
MONEY = re.compile(r"\d đ\b")


class Words(HTMLParser):
    """What a page says outside elements that are marked as Vietnamese, and where it leads."""

    def __init__(self, html: str):
        super().__init__()
        self.said, self.open, self.language, self.alternates, self.switch = [], [], "", {}, {}
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang")
        if tag == "link" and given.get("rel") == "alternate":
            self.alternates[given["hreflang"]] = given["href"]
        if tag == "a" and given.get("lang") and given.get("hreflang"):
            self.switch[given["hreflang"]] = given["href"]
        if tag not in VOID:
            self.open.append(tag != "html" and given.get("lang") == "vi")
        if not any(self.open):
            self.said += [value for name, value in attrs if name in SPOKEN]

    def handle_startendtag(self, tag, attrs):
        if tag in VOID:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data):
        if not any(self.open):
            self.said.append(data)

    def foreign(self) -> list[str]:
        """What has letters that English does not have; the sign of the đồng is none."""
        return [words.strip() for words in self.said if has_foreign_letters(words)]


def has_foreign_letters(words: str) -> bool:
    return any(letter.isalpha() and not letter.isascii() for letter in MONEY.sub("", words))


def english(name: str, *args) -> str:
    with override("en"):
        return reverse(name, args=args)


@pytest.fixture
def pages(db) -> dict[str, str]:
    """Every public page in every state: what it shows, and its English address."""
    market = make_market(name="Chợ Hoa Lư")
    market.place.former_area = former_commune("Phường Hoa Lư", "Thành phố Pleiku")
    market.place.save()
    make_team(members=[make_user()])
    while FollowUp.objects.filter(done_at__isnull=False).count() < 5:
        visit = make_followup()
        visit.mark_done(by=visit.tenancy.recorded_by, transfer_percent=70)
    cards = {}
    for state in ("made", "printed", "posted", "tried", "void"):
        vendor = make_vendor(name="Nguyễn Thị Mẫu")
        tenancy = make_tenancy(market=market, vendor=vendor, sign="Bún cá cô Mẫu")
        cards[state] = make_card(account=make_account(tenancy=tenancy), state=state)
    replaced = make_card(state="void")
    make_card(account=replaced.account)
    checks = {f"card {state}": english("card_check", card.check_code_id) for state, card in cards.items()}
    report = english("card_report", cards["tried"].check_code_id)
    return checks | {
        "home": english("home"),
        "markets": english("market_list"),
        "markets found": english("market_list") + "?tim=hoa+lu",
        "no such market": english("market_list") + "?tim=xyz",
        "box": english("card_lookup"),
        "box with a character that never occurs": english("card_lookup") + "?ma=7F3KM2QO",
        "box with a wrong code": english("card_lookup") + "?ma=7F3KM2QQ",
        "card replaced": english("card_check", replaced.check_code_id),
        "card unknown": english("card_check", make_code()),
        "card with a wrong code": english("card_check", "7F3KM2QO"),
        "report": report,
        **slips(),
        "thanks": f"{report}?xong",
    }


def slips() -> dict[str, str]:
    """The slip that a resident keeps: as it is, with a request, withdrawn and erased, and none."""
    found = {}
    for state in ("held", "asked", "gone"):
        resident = make_resident(number="064158000123", birth_year=1958) if not found else make_resident()
        make_help(resident=resident)
        slip = Stub.objects.make_for(resident.consent, by=resident.recorded_by)
        found[f"slip {state}"] = english("stub_page", slip.code_id)
    records = personal.of_consent(resident.consent)
    personal.erase(records, by=resident.recorded_by)
    Client().post(found["slip asked"], {"kind": "withdraw"})
    found["slip received"] = found["slip asked"] + "?xong"
    return found | {"no slip": english("stub_page", make_code()), "wrong slip": english("stub_page", "O0")}


# --- the pages ---------------------------------------------------------------------------------------------


def test_every_public_page_is_english_throughout(client, pages, monkeypatch):
    for is_demo in (False, True):
        monkeypatch.setattr(Shell, "demo", is_demo)
        for name, address in pages.items():
            answer = client.get(address)
            words = Words(answer.content.decode())
            assert (name, words.language, words.foreign()) == (name, "en", [])
            assert answer["Content-Language"] == "en"


def test_pages_of_an_empty_portal_are_english_throughout(client, db):
    for address in (english("home"), english("market_list")):
        assert Words(client.get(address).content.decode()).foreign() == []


def test_every_page_and_its_other_language_lead_to_each_other(client, pages):
    for name, address in pages.items():
        page = client.get(address)
        here = Words(page.content.decode())
        other = client.get(here.alternates["vi"])
        there = Words(other.content.decode())
        assert (name, there.language, other.status_code) == (name, "vi", page.status_code)
        assert there.foreign()  # what the other tests look for is seen where it is
        assert (name, there.alternates) == (name, here.alternates)
        assert here.switch == there.switch == here.alternates == {"vi": here.alternates["vi"], "en": address}


def test_path_words_are_english_under_en(client, db):
    found = [english(name) for name in ("home", "market_list", "card_lookup")]
    assert found == ["/en/", "/en/markets/", "/en/check-card/"]
    assert english("card_report", "7F3KM2Q7") == "/en/t/7F3KM2Q7/report/"
    assert client.get("/en/cho/").status_code == 404
    assert client.get("/markets/").status_code == 404


def test_a_report_sent_in_english_is_thanked_in_english(client, pages):
    answer = client.post(pages["report"], {"kind": "covered"}, follow=True)
    assert answer.redirect_chain == [(pages["thanks"], 302)]
    assert "Thank you for telling us" in answer.content.decode()


def test_dates_months_and_shares_are_written_as_english_readers_expect(client, pages):
    html = client.get(pages["home"]).content.decode()
    assert re.search(r"Server time \d\d:\d\d, \d{1,2} [A-Z][a-z]{2} \d{4}", html)
    assert re.search(r'<th scope="row">January</th>', html)
    assert re.search(r">Jan</text>", html)
    assert "70%" in html
    assert "1 member<" in html
    assert re.search(
        r"Printed on</dt><dd>\d{1,2} [A-Z][a-z]{2} \d{4}<", text(client.get(pages["card tried"]))
    )


# --- errors ------------------------------------------------------------------------------------------------


def text(answer) -> str:
    return answer.content.decode()


@pytest.mark.parametrize("is_logged_in", [False, True])
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/en/thu/both/bad/", 400),
        ("/en/thu/both/denied/", 403),
        ("/en/nowhere/", 404),
        ("/en/t/7F3KM2Q7/nowhere/", 404),
        ("/en/thu/both/too-many/", 429),
        ("/en/thu/both/broken/", 500),
    ],
)
def test_errors_under_en_are_english_for_everybody(volunteer, path, status, is_logged_in):
    client = Client(raise_request_exception=False)
    if is_logged_in:
        client.force_login(volunteer)
    answer = client.get(path)
    words = Words(text(answer))
    assert (answer.status_code, words.language, words.foreign()) == (status, "en", [])


def test_the_other_errors_of_public_forms_are_english(client, db, settings):
    wrong_method = client.post("/en/")
    old_form = Client(enforce_csrf_checks=True).post("/en/t/7F3KM2Q7/report/", {"kind": "other"})
    for _ in range(REPORTS["limit"] + 1):
        too_often = client.post("/en/t/7F3KM2Q7/report/", {"kind": "other"})
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    too_large = client.post("/en/t/7F3KM2Q7/report/", {"kind": "x" * 1000})
    answers = [wrong_method, old_form, too_often, too_large]
    assert [answer.status_code for answer in answers] == [405, 403, 429, 413]
    assert [Words(text(answer)).foreign() for answer in answers] == [[]] * 4


def test_one_minute_is_no_plural(client, db):
    for _ in range(61):
        answer = client.get("/en/t/7F3KM2Q7")
    assert answer.status_code == 429
    assert "Wait 1 minute and" in text(answer)


# --- the catalogue -----------------------------------------------------------------------------------------


@pytest.fixture
def english_catalogue():
    return read_po(io.BytesIO(catalogue.PO.read_bytes()), locale="en")


def translations(messages) -> dict:
    """The English by the original; several forms as tuples."""
    return {key(message): as_tuple(message.string) for message in messages if message.id}


def key(message) -> tuple:
    return as_tuple(message.id), message.context


def as_tuple(words) -> tuple:
    return (words,) if isinstance(words, str) else tuple(words)


def test_the_catalogue_holds_what_the_sources_mark_and_no_more(english_catalogue):
    """Else: run `make messages`, write the English in the .po, run it once more."""
    there = {key(message) for message in english_catalogue if message.id}
    assert there == {key(message) for message in catalogue.marked() if message.id}


def test_nothing_in_the_catalogue_waits_for_its_english(english_catalogue):
    waiting = [message.id for message in english_catalogue if not catalogue.is_translated(message)]
    assert waiting == []


def test_every_translation_has_the_blanks_of_its_original_and_no_foreign_letters(english_catalogue):
    assert [str(fault) for _message, faults in english_catalogue.check() for fault in faults] == []
    for message in english_catalogue:
        for words in message.string if message.pluralizable else [message.string]:
            assert not has_foreign_letters(words)


def test_what_django_reads_is_the_catalogue_as_it_stands(english_catalogue):
    """Else: run `make messages`; production has no compiler."""
    read = read_mo(io.BytesIO(catalogue.PO.with_suffix(".mo").read_bytes()))
    assert translations(read) == translations(english_catalogue)


def test_writing_the_catalogue_anew_changes_no_byte(english_catalogue):
    anew = catalogue.written(catalogue.renewed(english_catalogue))
    assert anew == catalogue.PO.read_bytes()
    assert catalogue.compiled(anew) == catalogue.PO.with_suffix(".mo").read_bytes()
