"""Errors say what happened and what to do, in the frame the reader knows."""

import pytest
from django.test import Client


@pytest.fixture
def client(db):
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("path", "status", "heading"),
    [
        ("/thu/fail/bad/", 400, "Trang không hiểu yêu cầu này"),
        ("/thu/fail/denied/", 403, "Tài khoản của bạn không mở được trang này"),
        ("/nowhere/", 404, "Không tìm thấy trang này"),
        ("/thu/post-only/", 405, "Trang này chỉ mở được từ nút bấm"),
        ("/thu/fail/too-many/", 429, "Thử quá nhiều lần"),
        ("/thu/fail/broken/", 500, "Máy chủ gặp lỗi"),
    ],
)
def test_an_error_says_what_happened_on_a_whole_page(client, path, status, heading):
    response = client.get(path)
    assert response.status_code == status
    html = response.content.decode()
    assert f"<h1>{heading}</h1>" in html
    assert f"<title>{heading} – Tỉnh Đoàn Gia Lai</title>" in html
    assert '<main id="main"' in html


def test_who_is_logged_in_stays_in_the_staff_frame(client, volunteer):
    assert 'class="staff"' not in client.get("/nowhere/").content.decode()
    client.force_login(volunteer)
    html = client.get("/nowhere/").content.decode()
    assert 'class="staff"' in html
    assert "Trần Văn Thử" in html


@pytest.mark.parametrize(
    ("path", "status"), [("/nowhere/", 404), ("/thu/fail/denied/", 403), ("/thu/fail/too-many/", 429)]
)
def test_htmx_gets_a_notice_not_a_page(client, path, status):
    response = client.get(path, headers={"hx-request": "true"})
    assert response.status_code == status
    assert b"banner-err" in response.content
    assert b"<html" not in response.content


def test_an_old_form_is_told_to_load_the_page_again():
    response = Client(enforce_csrf_checks=True).post("/thu/guarded/", {"name": "x"})
    assert response.status_code == 403
    assert "<h1>Trang đã mở quá lâu</h1>" in response.content.decode()


def test_too_much_at_once_is_a_413(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    response = client.post("/thu/fail/any/", {"name": "x" * 1000})
    assert response.status_code == 413
    assert "lớn quá" in response.content.decode()


def test_too_many_tries_say_when_to_come_back(client):
    response = client.get("/thu/fail/too-many/")
    assert response["Retry-After"] == "600"
    assert "Chờ 10 phút" in response.content.decode()


def test_the_wrong_method_still_says_which_are_right(client):
    assert client.get("/thu/post-only/")["Allow"] == "POST"


def test_the_broken_page_asks_the_database_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/thu/fail/broken/").status_code == 500


def test_a_broken_page_without_its_template_still_speaks(client, settings):
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": []}]
    response = client.get("/thu/fail/broken/")
    assert response.status_code == 500
    assert "Máy chủ gặp lỗi" in response.content.decode()
    assert response["X-Request-ID"] in response.content.decode()
