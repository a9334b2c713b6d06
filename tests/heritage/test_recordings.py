"""Recordings: kind and length are read from the bytes, nothing but sound is kept, one a language."""

import pytest

from heritage import recordings
from heritage.content import collect
from heritage.models import Edition, Recording
from tests import builders
from tests.heritage import bad_uploads, sounds

SECRET = b"Ksor Mau, 13.98 108.00"


@pytest.mark.parametrize(
    ("data", "ending"),
    [
        (sounds.mp3(7), "mp3"),
        (sounds.mp3(7, notes=SECRET), "mp3"),
        (sounds.mp3(7, behind=b"TAG" + bytes(125)), "mp3"),
        (sounds.m4a(7), "m4a"),
        (sounds.ogg(7), "ogg"),
        (sounds.ogg(7, skipped=30_000), "ogg"),
    ],
)
def test_kind_and_length_are_read_from_the_bytes(data, ending):
    assert recordings.read(data)[:2] == (ending, 7)


@pytest.mark.parametrize("data", [sounds.mp3(notes=SECRET), sounds.mp3(behind=b"TAG" + SECRET)])
def test_of_an_mp3_only_its_frames_are_kept(data):
    assert SECRET in data
    assert recordings.read(data)[2] == sounds.mp3()


def test_notes_of_an_mpeg_4_file_are_overwritten_and_nothing_moves():
    data = sounds.m4a(notes=SECRET)
    content = recordings.read(data)[2]
    assert SECRET not in content
    assert len(content) == len(data)
    assert recordings.read(content)[:2] == ("m4a", 3)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "trống"),
        (sounds.mp3(5) + bytes(10 * 1024 * 1024), "10 MB"),
        (sounds.mp3(0.1), "không phải bản thu"),
        (bad_uploads.picture(), "không phải bản thu"),
        (bad_uploads.SCRIPT, "không phải bản thu"),
        (b"ID3" + bad_uploads.SCRIPT, "không phải bản thu"),
        (b"\xff", "không phải bản thu"),
        (b"\xff\xf1\x50\x80" + bytes(400), "không phải bản thu"),  # AAC without a file around it
        (sounds.mp3(5, behind=bad_uploads.SCRIPT * 400), "hỏng"),
        (sounds.m4a(handler=b"vide"), "không phải bản thu"),  # a film
        (sounds.m4a(codec=b"alac"), "không phải bản thu"),
        (sounds.m4a()[:200], "hỏng"),
        (sounds.m4a(0), "hỏng"),
        (sounds.m4a(2000), "30 phút"),
        (sounds.ogg(codec=b"\x01vorbis"), "không phải bản thu"),
        (sounds.ogg()[:-20], "hỏng"),
        (sounds.ogg()[:30], "hỏng"),
        (sounds.ogg() + b"<html>" * 9, "hỏng"),
        (b"OggS", "hỏng"),
        (b"\0\0\0\x08ftyp", "không phải bản thu"),
        (b"\0\0\0\x08ftyp\0\0\0\x04moov", "hỏng"),
    ],
)
def test_what_is_no_recording_is_refused_with_a_sentence(data, words):
    with pytest.raises(recordings.RecordingError, match=words):
        recordings.read(data)


@pytest.fixture
def site(db):
    return builders.make_site_text().site


def test_a_language_has_one_recording(site):
    recordings.add(site, sounds.mp3(), language="jra")
    with pytest.raises(recordings.RecordingError, match="Xóa bản cũ"):
        recordings.add(site, sounds.ogg(), language="jra")
    recordings.add(site, sounds.ogg(), language="vi")


def test_the_same_sending_twice_is_one_recording(site):
    first = recordings.add(site, sounds.mp3(), language="vi")
    assert recordings.add(site, sounds.mp3(), language="vi", id=first.pk) == first


def test_a_removed_recording_stays_while_an_edition_tells_it(site):
    old = recordings.add(site, sounds.mp3(3), language="vi")
    edition = Edition.objects.send(site, "vi", by=builders.make_user(), content=collect(site, "vi"))
    old.remove()
    new = recordings.add(site, sounds.mp3(4), language="vi")
    assert [row["name"] for row in collect(site, "vi")["recordings"]] == [new.name]
    assert Recording.objects.delete_removed() == 0
    edition.withdraw(by=builders.make_user())
    assert Recording.objects.delete_removed() == 1
    assert list(Recording.objects.all()) == [new]


def test_a_removed_recording_that_nothing_tells_is_gone_at_once(site):
    recordings.add(site, sounds.mp3(), language="vi").remove()
    assert not Recording.objects.exists()
