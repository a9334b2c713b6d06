"""The one address of pictures, share cards and recordings."""

import pytest
from django.urls import reverse

from heritage import pictures, recordings
from tests import builders
from tests.heritage import bad_uploads, sounds


@pytest.fixture
def picture(db):
    row = pictures.add(
        builders.make_site(),
        bad_uploads.picture((60, 40), exif=bad_uploads.exif()),
        use="gallery", credit="Người Mẫu", licence="CC BY 4.0", by=builders.make_user(),
    )  # fmt: skip
    pictures.make_sizes(row)
    return row


@pytest.fixture
def recording(db):
    return recordings.add(builders.make_site(), sounds.mp3(1), language="vi")


def address(name: str) -> str:
    return reverse("media_file", args=[name])


def test_pictures_are_kept_by_browsers_for_ever_and_ask_for_no_cookie(
    client, picture, django_assert_num_queries
):
    for file in picture.files.all():
        with django_assert_num_queries(1):
            answer = client.get(address(file.name))
        assert answer.content == bytes(file.content)
        assert answer["Content-Type"] == {"jpg": "image/jpeg"}.get(file.format, f"image/{file.format}")
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["ETag"] == f'"{file.name.partition(".")[0]}"'
        assert "Vary" not in answer.headers
        assert not answer.cookies


def test_who_is_logged_in_gets_the_same_headers(client, picture):
    client.force_login(builders.make_user(), backend="portal.accounts.backends.NameOrPhoneBackend")
    answer = client.get(address(picture.files.first().name))
    assert "immutable" in answer["Cache-Control"]
    assert not answer.cookies


def test_what_the_browser_has_is_not_sent_again(client, picture):
    name = picture.files.first().name
    answer = client.get(address(name), headers={"If-None-Match": f'"{name.partition(".")[0]}"'})
    assert (answer.status_code, answer.content) == (304, b"")


def test_head_tells_the_size_and_sends_nothing(client, picture):
    file = picture.files.first()
    answer = client.head(address(file.name))
    assert (answer.status_code, answer.content, answer["Content-Length"]) == (200, b"", str(file.size))


def test_the_original_has_no_public_address(client, picture):
    for name in (picture.sha256[:32], picture.pk.hex):
        assert client.get(address(f"{name}.jpg")).status_code == 404
        assert client.get(f"/tep/{name}").status_code == 404
    assert all(bytes(file.content) != bytes(picture.original) for file in picture.files.all())


@pytest.mark.parametrize(
    "path",
    [
        "a.html",
        "0123456789abcdef.html",
        "../settings.py",
        "..%2fsettings.py",
        "0123456789abcdef.jpg%00",
        "x.jpg",
    ],
)
def test_other_names_lead_nowhere(client, db, path):
    assert client.get(f"/tep/{path}").status_code == 404


def test_a_name_is_found_only_under_the_kind_that_it_says(client, picture, recording):
    stem = picture.files.first().name.partition(".")[0]
    assert client.get(address(f"{stem}.mp3")).status_code == 404
    assert client.get(address(recording.name.replace("mp3", "jpg"))).status_code == 404


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [
        ("", 200, 0, None),
        ("bytes=0-", 206, 0, None),
        ("bytes=0-99", 206, 0, 99),
        ("bytes=100-9999999", 206, 100, None),
        ("bytes=-50", 206, -50, None),
        ("bytes=-99999999", 206, 0, None),
        ("bytes=5-2", 200, 0, None),
        ("bytes=0-1,5-6", 200, 0, None),  # one range is enough for every player
        ("lines=0-1", 200, 0, None),
    ],
)
def test_players_get_the_part_of_a_recording_they_ask_for(client, recording, asked, status, first, last):
    whole = bytes(recording.content)
    answer = client.get(address(recording.name), headers={"Range": asked} if asked else {})
    assert answer.status_code == status
    part = whole[first : None if last is None else last + 1]
    assert answer.content == part
    assert answer["Content-Type"] == "audio/mpeg"
    assert answer["Accept-Ranges"] == "bytes"
    if status == 206:
        start = len(whole) - 50 if first < 0 else first
        assert answer["Content-Range"] == f"bytes {start}-{start + len(part) - 1}/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_part_behind_the_end_is_refused(client, recording, asked):
    answer = client.get(address(recording.name), headers={"Range": asked})
    assert (answer.status_code, answer.content) == (416, b"")
    assert answer["Content-Range"] == f"bytes */{recording.size}"


def test_a_part_of_something_else_gives_the_whole(client, recording):
    answer = client.get(address(recording.name), headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert (answer.status_code, len(answer.content)) == (200, recording.size)
