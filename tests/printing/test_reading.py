"""Reading QR codes out of the pictures people send."""

import random
from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from portal.codes import qr
from portal.printing import reading
from portal.printing.reading import PictureError, read_picture

PAYLOAD = (
    "00020101021138630010A000000727013300069704150119MAU00000000000012340208QRIBFTTA53037045802VN6304ABCD"
)


def code_picture(text: str = PAYLOAD, module: int = 8) -> Image.Image:
    rows = qr.matrix(text, "M")
    picture = Image.new("1", (len(rows), len(rows)), 1)
    picture.putdata([int(module == "0") for row in rows for module in row])
    return ImageOps.expand(picture.convert("L"), 4, 255).resize(
        ((len(rows) + 8) * module,) * 2, Image.Resampling.NEAREST
    )


def saved(picture: Image.Image, kind: str = "PNG", **options) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_code_is_read_from_each_kind_of_picture(kind):
    assert read_picture(saved(code_picture(), kind)) == [PAYLOAD]


@pytest.mark.parametrize("module", [2, 3, 40])
def test_small_and_large_codes_are_read(module):
    assert read_picture(saved(code_picture(module=module))) == [PAYLOAD]


def test_a_picture_without_a_code_gives_nothing():
    assert read_picture(saved(Image.new("L", (300, 300), 200))) == []


def test_all_codes_of_a_picture_are_given_once_each():
    sheet = Image.new("L", (1200, 400), 255)
    for left, text in ((0, PAYLOAD), (400, "https://example.vn/t/7F3KM2Q7"), (800, PAYLOAD)):
        sheet.paste(code_picture(text), (left, 0))
    assert sorted(read_picture(saved(sheet))) == sorted([PAYLOAD, "https://example.vn/t/7F3KM2Q7"])


def test_black_on_nothing_is_read_as_black_on_white():
    black = code_picture()
    clear = Image.new("RGBA", black.size, (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), mask=ImageOps.invert(black))
    assert read_picture(saved(clear)) == [PAYLOAD]


def test_a_photograph_at_an_angle_in_bad_light_is_read():
    photo = Image.linear_gradient("L").resize((1600, 1200)).point(lambda v: 90 + v // 2)
    turned = code_picture(module=14).rotate(23, expand=True, fillcolor=255)
    photo.paste(turned.point(lambda v: 40 + v // 2), (400, 200))
    assert read_picture(saved(photo.filter(ImageFilter.GaussianBlur(2)), "JPEG", quality=60)) == [PAYLOAD]


@pytest.mark.parametrize("seed", range(3))
def test_specks_that_the_reader_alone_stumbles_over_are_removed(seed):
    chance, picture = random.Random(seed), code_picture()
    for _ in range(picture.width * picture.height // 10):
        at = chance.randrange(picture.width), chance.randrange(picture.height)
        picture.putpixel(at, chance.choice((0, 255)))
    assert not reading._codes(picture)
    assert read_picture(saved(picture)) == [PAYLOAD]


def test_vietnamese_text_is_read_as_it_was_written():
    assert read_picture(saved(code_picture("Rau sạch chị H’Mẫu"))) == ["Rau sạch chị H’Mẫu"]


def test_a_telephones_turned_picture_is_read():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert read_picture(saved(code_picture(), "JPEG", exif=exif)) == [PAYLOAD]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "không phải ảnh"),
        (b"%PDF-1.7 not a picture", "không phải ảnh"),
        (saved(code_picture())[:400], "không phải ảnh"),
        (saved(Image.new("L", (60, 60)), "GIF"), "không phải ảnh"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\xff\xd8" + bytes(12 * 1024 * 1024), "12 MB"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(data, words):
    with pytest.raises(PictureError, match=words) as refused:
        read_picture(data)
    assert "Hãy" in str(refused.value)


@pytest.mark.filterwarnings("error")  # as the module asks; pytest resets what modules ask
@pytest.mark.parametrize("size", [(8000, 5001), (12000, 10000), (20000, 20000)])
def test_a_small_file_that_unpacks_to_a_huge_picture_is_refused(size):
    bomb = saved(Image.new("1", size, 1))
    assert len(bomb) < 100_000
    with pytest.raises(PictureError, match="40 triệu"):
        read_picture(bomb)


def test_forty_megapixels_are_still_read():
    large = Image.new("L", (8000, 5000), 255)
    large.paste(code_picture(module=30), (3000, 1500))
    assert read_picture(saved(large, "JPEG")) == [PAYLOAD]


def test_a_drawing_over_a_corner_hides_the_code_rather_than_changing_it():
    covered = code_picture()
    ImageDraw.Draw(covered).rectangle((0, 0, 110, 110), fill=0)
    assert read_picture(saved(covered)) in ([], [PAYLOAD])
