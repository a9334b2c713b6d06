"""Pictures: what is sent is checked before it is decoded; what comes out is pixels alone, small, upright."""

from heritage import pictures
from heritage.models import Picture
from tests import builders
from tests.heritage import bad_uploads


def sent(data: bytes, *, site=None, use="gallery", **fields) -> Picture:
    """A picture as the desk takes it in."""
    fields = {"credit": "Nguyễn Thị Mẫu", "licence": "CC BY 4.0", **fields}
    return pictures.add(site or builders.make_site(), data, use=use, by=builders.make_user(), **fields)


def test_a_picture_gets_all_its_sizes(db):
    picture = sent(bad_uploads.picture((2000, 1500)))
    pictures.make_sizes(picture)
    picture.refresh_from_db()
    assert (picture.state, picture.done, picture.width, picture.height) == ("ready", 7, 2000, 1500)
    made = {(file.format, file.width, file.height) for file in picture.files.all()}
    assert made == {(kind, w, w * 3 // 4) for kind in ("avif", "webp") for w in (480, 960, 1600)} | {
        ("jpg", 480, 360)
    }
