"""QR codes: an independent reader gets back exactly what went in, from the rows and from the SVG itself."""

import re

import pytest
import zxingcpp
from django.utils.safestring import SafeString
from PIL import Image, ImageDraw

from markets.vietqr import encode
from portal.codes.qr import matrix, public_address, svg

PAYLOADS = [
    "1",
    "23456789",
    "HTTPS://THANHNIEN.EXAMPLE.VN/T/ABCD2345",
    "https://thanhnien.example.vn/t/ABCD2345",
    encode(bin="970418", account="MAU0123456789012345"),
    encode(bin="970405", account="1234567890123", amount="1000", purpose="Thu 1.000 dong, sap A12"),
    "Chợ Hoa Lư – sạp 12, Rơ Châm Hơ̆",
    "0123456789ABCDEF abc " * 20,
]


def picture(rows, pixels):
    """The rows as a printer would draw them, quiet zone included."""
    size = len(rows)
    image = Image.new("L", (size, size), 255)
    image.putdata([0 if bit == "1" else 255 for row in rows for bit in row])
    page = Image.new("L", (size + 8, size + 8), 255)
    page.paste(image, (4, 4))
    return page.resize((page.width * pixels, page.height * pixels), Image.Resampling.NEAREST)


def drawn(markup, pixels):
    """The picture that the paths of the SVG make."""
    size = int(re.search(r'viewBox="0 0 (\d+) \1"', markup)[1])
    page = Image.new("L", (size * pixels, size * pixels), 255)
    pen = ImageDraw.Draw(page)
    black = re.search(r'fill="#000" d="([^"]+)"', markup)[1]
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", black)
    assert "".join(f"M{x} {y}h{w}v1h-{w}z" for x, y, w in runs) == black
    for x, y, width in (map(int, run) for run in runs):
        pen.rectangle(
            (x * pixels, y * pixels, (x + width) * pixels - 1, (y + 1) * pixels - 1),
            fill=0,
        )
    return page


def read(image):
    [found] = zxingcpp.read_barcodes(image)
    return found.text


@pytest.mark.parametrize("pixels", [3, 4, 8, 20])
@pytest.mark.parametrize("level", ["M", "H"])
@pytest.mark.parametrize("payload", PAYLOADS)
def test_another_reader_gets_the_exact_payload(payload, level, pixels):
    assert read(picture(matrix(payload, level), pixels)) == payload


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_svg_itself_is_read(payload):
    assert read(drawn(svg(payload, label="Mã"), 4)) == payload


@pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
def test_the_asked_level_is_in_the_code(level):
    [found] = zxingcpp.read_barcodes(picture(matrix("GIA LAI", level), 4))
    assert found.ec_level == level


def test_rows_are_square_and_small():
    rows = matrix(encode(bin="970418", account="MAU0123456789012345"))
    assert {len(row) for row in rows} == {len(rows)} == {33}
    assert set("".join(rows)) == {"0", "1"}


def test_the_svg_has_a_quiet_zone_a_name_and_no_inline_style():
    markup = svg("A", label='Mã "sạp" <1>')
    assert isinstance(markup, SafeString)
    assert 'viewBox="0 0 29 29" role="img" aria-label="Mã &quot;sạp&quot; &lt;1&gt;"' in markup
    assert '<path fill="#fff" d="M0 0h29v29H0z"/>' in markup
    assert "style" not in markup
    page = drawn(markup, 1)
    assert page.crop((4, 4, 25, 25)).getextrema() == (0, 255)
    assert {
        page.crop(edge).getextrema()
        for edge in [(0, 0, 29, 4), (0, 25, 29, 29), (0, 0, 4, 29), (25, 0, 29, 29)]
    } == {(255, 255)}


def test_what_fits_no_code_is_refused():
    with pytest.raises(ValueError, match="version"):
        matrix("x" * 3000)
    with pytest.raises(KeyError):
        matrix("x", "Z")


def test_printed_addresses_stand_on_the_public_url(settings):
    settings.PUBLIC_URL = "https://thanhnien.example.vn"
    assert public_address("/t/ABCD2345") == "https://thanhnien.example.vn/t/ABCD2345"
    assert public_address("t/ABCD2345") == "https://thanhnien.example.vn/t/ABCD2345"
