"""Share cards: made when an edition is published, small, with the name in every letter of our languages."""

from io import BytesIO

import pytest
from django.urls import reverse
from PIL import Image

from heritage import pictures, sharecards, tasks
from heritage.models import PictureFile
from tests import builders
from tests.heritage import bad_uploads

LONG = "Di tích lịch sử Tây Sơn Thượng đạo và căn cứ khởi nghĩa của nông dân ở vùng An Khê thế kỷ mười tám"


@pytest.fixture
def edition(db):
    site = builders.make_site()
    builders.make_site_text(site=site, name="Plei Ơi", tagline="Làng của các đời Vua Lửa")
    return builders.make_edition(site=site)


def test_a_card_is_a_small_jpeg_made_once(edition):
    card = sharecards.share_card(edition)
    image = Image.open(BytesIO(bytes(card.content)))
    assert (image.format, image.size) == ("JPEG", (1200, 630))
    assert card.size <= 120 * 1024
    edition.refresh_from_db()
    assert sharecards.share_card(edition) == card
    assert PictureFile.objects.count() == 1


def test_a_card_of_the_richest_picture_keeps_its_budget(edition):
    noise = Image.merge("RGB", [Image.effect_noise((300, 200), 120) for _ in range(3)])
    picture = pictures.add(
        edition.site, bad_uploads.saved(noise, "JPEG"), use="hero", credit="Người Mẫu", licence="CC0", by=None
    )
    pictures.make_sizes(picture)
    file = picture.files.get(format="webp")
    hero = {"use": "hero", "is_drawn": True, "files": [{"name": file.name, "width": file.width}]}
    edition.content = {**edition.content, "pictures": [hero]}
    with_picture = sharecards.share_card(edition)
    assert with_picture.size <= 120 * 1024
    seen = Image.open(BytesIO(bytes(with_picture.content))).convert("RGB").crop((400, 120, 800, 240))
    assert len(set(seen.getdata())) > 1_000


@pytest.mark.parametrize("language", ["vi", "en", "jra", "bdq"])
def test_names_of_every_length_and_language_stand_inside_the_card(db, language):
    content = {"language": language, "pictures": [], "rank": {"name": "Di tích quốc gia đặc biệt"}}
    room = sharecards.WIDTH - 2 * sharecards.MARGIN
    for name in ("Plei Ơi", LONG, LONG[:120].replace(" ", "-"), "Ƀôn Ƀlang Č̆ư̆ Ơ̆ Ĕ Ŏ"):
        lines = sharecards._lines({**content, "name": name, "tagline": LONG})
        assert all(font.getlength(text) <= room for text, font, _ in lines)
        assert sum(font.size for _, font, _ in lines) < 400
        sharecards.draw({**content, "name": name, "tagline": LONG})


def test_what_was_published_without_a_card_gets_one_from_the_worker(edition):
    tasks.make_share_cards(timestamp=0)
    edition.refresh_from_db()
    assert edition.share_card


def test_a_card_is_served_like_every_picture(client, edition):
    answer = client.get(reverse("media_file", args=[sharecards.share_card(edition).name]))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert "immutable" in answer["Cache-Control"]
