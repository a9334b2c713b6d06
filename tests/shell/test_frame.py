"""The frame around pages: menus, languages, the demo's mark, strict htmx, and the tags of the house."""

import json
import re

import pytest
from django.core.paginator import Paginator
from django.template import engines
from django.test import Client, RequestFactory

from portal.icons import PATHS
from portal.shell import VERSION


@pytest.fixture
def client(db):
    return Client()


def render(source, **words):
    return engines["django"].from_string(source).render(words, RequestFactory().get("/cho/?q=rau"))


def test_a_page_in_two_languages_offers_the_other(client):
    html = client.get("/").content.decode()
    assert '<html lang="vi">' in html
    assert '<a href="/en/" lang="en" hreflang="en">English</a>' in html
    assert '<link rel="alternate" hreflang="en" href="/en/">' in html
    html = client.get("/en/").content.decode()
    assert '<html lang="en">' in html
    assert '<a href="/" lang="vi" hreflang="vi">Tiếng Việt</a>' in html


def test_a_page_in_one_language_offers_no_switch(client):
    html = client.get("/thu/page/").content.decode()
    assert 'class="lang"' not in html
    assert 'rel="alternate"' not in html


def test_the_menu_marks_where_one_is_and_hides_what_leads_nowhere(client, volunteer):
    client.force_login(volunteer)
    html = client.get("/thu/components/").content.decode()
    assert ">Hôm nay<" in html
    assert ">Chợ<" in html
    assert ">Quản trị<" not in html


def test_only_who_has_a_pin_is_offered_to_lock(client, volunteer):
    client.force_login(volunteer)
    assert "Xong, khóa máy" in client.get("/nowhere/").content.decode()
    volunteer.pin = ""
    volunteer.save()
    html = client.get("/nowhere/").content.decode()
    assert "Xong, khóa máy" not in html
    assert "Đăng xuất" in html


def test_the_foot_tells_version_and_time_of_the_server(client):
    html = client.get("/").content.decode()
    assert re.search(rf"Phiên bản {VERSION} · Giờ máy chủ \d\d:\d\d, \d\d-\d\d-\d{{4}}", html)


def test_the_demo_says_so_on_every_page_and_production_never(client, monkeypatch, volunteer):
    from portal.shell import Shell

    pages = ["/", "/en/", "/nowhere/"]
    assert not any("MẪU" in client.get(path).content.decode() for path in pages)
    monkeypatch.setattr(Shell, "demo", True)
    assert all("MẪU" in client.get(path).content.decode() for path in pages)
    client.force_login(volunteer)
    assert "MẪU" in client.get("/thu/components/").content.decode()


def test_htmx_is_strict_and_only_on_staff_pages(client, volunteer):
    assert "htmx" not in client.get("/").content.decode()
    client.force_login(volunteer)
    html = client.get("/thu/components/").content.decode()
    config = json.loads(re.search(r"name=\"htmx-config\" content='([^']+)'", html)[1])
    assert config["allowEval"] is False
    assert config["allowScriptTags"] is False
    assert config["includeIndicatorStyles"] is False
    assert config["selfRequestsOnly"] is True
    assert config["historyCacheSize"] == 0


def test_no_page_carries_script_or_style_inside(client, volunteer):
    client.force_login(volunteer)
    for path in ("/", "/thu/components/", "/thu/form/", "/nowhere/"):
        html = client.get(path).content.decode()
        assert "<style" not in html
        assert not re.search(r"<script(?![^>]*\bsrc=)", html)
        assert not re.search(r"\sstyle=|\son[a-z]+=|\shx-|javascript:|data:", html)


def test_public_pages_ask_the_database_nothing_for_their_frame(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/thu/page/")


def test_every_icon_is_one_path_that_is_hidden_from_readers():
    for name in PATHS:
        svg = render("{% icon name %}", name=name)
        assert svg.count("<path ") == 1
        assert 'aria-hidden="true"' in svg


def test_an_unknown_icon_is_refused():
    with pytest.raises(KeyError):
        render("{% icon 'nonesuch' %}")


def test_a_state_is_word_and_shape_and_what_is_typed_is_escaped():
    html = render("{% tag 'err' words %}", words="<b>Quá hạn</b>")
    assert '<span class="tag tag-err"><svg' in html
    assert "&lt;b&gt;Quá hạn" in html


def test_a_pager_keeps_what_was_searched_and_tells_the_place():
    page = Paginator(range(1, 242), 20).page(3)
    html = render("{% pager page 'sạp' %}", page=page)
    assert "41–60 trên 241 sạp" in html
    assert 'href="?q=rau&amp;page=4"' in html
    assert '<span aria-current="page"><span class="vh">Trang </span>3</span>' in html


def test_a_list_of_one_page_has_no_page_numbers():
    html = render("{% pager page 'sạp' %}", page=Paginator(range(3), 20).page(1))
    assert "1–3 trên 3 sạp" in html
    assert "<ol>" not in html
