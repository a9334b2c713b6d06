"""Pages that are made once: for the same facts the same page, and nothing of the visitor in it."""

import itertools
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import ImproperlyConfigured
from django.middleware.csrf import get_token
from django.test import RequestFactory
from django.utils import translation

from portal import readymade
from portal.shell import Shell

made = []
_next = itertools.count()


def words(said, **more):
    made.append(said)
    return {"name": "Trang thử", "said": said, **more}


def words_of_a_form(said):
    return words(said, is_form=True)


def ask(said, path="/thu/page/", *, user=None, words=words):
    request = RequestFactory().get(path)
    request.user = user or AnonymousUser()
    response = readymade.page(request, "trial/kept.html", words, said)
    return response.content.decode()


def without_time(page):
    """The minute may pass between two answers."""
    return re.sub(r"Giờ máy chủ [\d:, -]+", "", page)


@pytest.fixture
def fact():
    """A fact that no other test has asked for."""
    made.clear()
    return f"điều {next(_next)}"


def test_the_same_facts_are_worded_once_and_other_facts_anew(fact):
    assert [f'<p id="said">{fact}</p>' in ask(fact) for _ in range(3)] == [True] * 3
    assert made == [fact]
    assert f"{fact} khác" in ask(f"{fact} khác")
    assert ask(fact).count(fact) == 1
    assert made == [fact, f"{fact} khác"]


def test_each_language_and_address_has_its_own_page(fact):
    vietnamese = ask(fact, "/cho/")
    with translation.override("en"):
        english = ask(fact, "/en/markets/")
    assert '<html lang="vi">' in vietnamese
    assert '<html lang="en">' in english
    assert 'href="/en/markets/" lang="en"' in vietnamese
    assert without_time(ask(fact, "/cho/")) == without_time(vietnamese)
    assert made == [fact, fact]


def test_an_address_with_a_query_takes_no_room(fact):
    before = readymade._made.cache_info().currsize
    assert all("tim=rau" in ask(fact, "/cho/?tim=rau") for _ in range(2))
    assert readymade._made.cache_info().currsize == before
    assert made == [fact, fact]


def test_a_kept_page_tells_the_time_of_each_answer(fact, monkeypatch):
    ask(fact)
    at = datetime(2027, 2, 3, 4, 5, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    monkeypatch.setattr(Shell, "now", at)
    page = ask(fact)
    assert "Giờ máy chủ 04:05, 03-02-2027" in page
    assert "readymade" not in page
    assert made == [fact]


def test_a_page_with_a_form_that_posts_is_refused(fact):
    with pytest.raises(ImproperlyConfigured, match="posts"):
        ask(fact, words=words_of_a_form)


def test_nothing_of_who_asks_first_is_in_the_page_of_who_asks_next(fact, volunteer):
    request = RequestFactory().get("/thu/page/", headers={"accept-language": "en"})
    request.user, request._messages = volunteer, CookieStorage(request)
    messages.info(request, "Chỉ bạn đọc dòng này.")
    token = get_token(request)
    page = readymade.page(request, "trial/kept.html", words, fact).content.decode()
    for secret in (volunteer.name, token, "Chỉ bạn đọc"):
        assert secret not in page
    assert without_time(ask(fact)) == without_time(page)
    assert made == [fact]
    assert len(request._messages) == 1  # it waits for a page that shows it


def test_no_more_pages_are_kept_than_there_is_room():
    for number in range(readymade.ROOM + 5):
        ask(("đầy", number))
    assert readymade._made.cache_info().currsize == readymade.ROOM
