"""Reading QR codes back: from sheets before they are printed, and from pictures people send.

The reader is zxing-cpp, which shares nothing with what made the codes. Pictures are decoded in memory and
nothing of them is kept here; who must keep one as evidence keeps its `evidence_jpeg`.
"""

import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import pypdfium2
import zxingcpp
from PIL import Image, ImageFilter, ImageOps

MAX_BYTES = 12 * 1024 * 1024
MAX_PIXELS = 40_000_000
MM_PER_POINT = 25.4 / 72
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
TOO_LARGE = "Ảnh lớn quá 40 triệu điểm ảnh. Hãy chụp lại màn hình có mã QR rồi gửi ảnh chụp màn hình."
# In a side of 2000 px, a code filling a third of a photograph has 15 px a module; more only costs time.
LONG_SIDE = 2000
SMALL_SIDE = 900
EVIDENCE_BYTES = 300 * 1024

# A picture that unpacks to far more than it weighs is refused before it is unpacked, everywhere.
warnings.simplefilter("error", Image.DecompressionBombWarning)

# PDFium may not be entered by two threads at once, not even for two documents.
pdfium = threading.Lock()


@dataclass(frozen=True)
class Found:
    """A QR code on a page: its content as stored, and its centre in mm from the page's top left."""

    content: bytes
    x: float
    y: float


# Left, top, right, bottom in mm from the page's top left, as who reads it names them: of what stands on its
# head, left is on the right.
Box = tuple[float, float, float, float]


class PictureError(ValueError):
    """A picture that cannot be read, with a Vietnamese sentence saying what to do."""


def codes_on_pages(pdf: bytes, *, scale: float = 2) -> list[list[Found]]:
    """All QR codes of each page, rendered one page at a time at `scale` × 72 dpi."""
    with pdfium, pypdfium2.PdfDocument(pdf) as document:
        return [_codes_on_page(page, scale) for page in document]


def text_in_boxes(pdf: bytes, boxes: list[Box]) -> list[list[str]]:
    """The text of each page inside each of `boxes`, in reading order."""
    with pdfium, pypdfium2.PdfDocument(pdf) as document:
        return [_text_on_page(page, boxes) for page in document]


def read_picture(data: bytes) -> list[str]:
    """The texts of all QR codes in a JPEG, PNG or WebP picture, each once; empty when none is found.

    Raises `PictureError` for what is no such picture, or is over 12 MB or 40 megapixels.
    """
    picture = opened_picture(data)
    texts: dict[str, None] = {}
    for number, attempt in enumerate(_attempts(picture)):
        texts.update(dict.fromkeys(_text(code) for code in _codes(attempt)))
        # The first two attempts always run: a second code that only one of them sees must not be missed.
        if texts and number > 0:
            break
    return list(texts)


def evidence_jpeg(data: bytes, *, most: int = EVIDENCE_BYTES) -> bytes:
    """The picture anew as JPEG of at most so many bytes: upright, in colour, its pixels and nothing else.

    Where it was taken, with which telephone and when does not come along. Raises `PictureError`.
    """
    picture = opened_picture(data, "RGB")
    picture.info = {}  # Pillow would write comments and profiles of the old file into the new one
    for side in (1600, 1200, 900, 600, 400):
        picture.thumbnail((side, side))
        for quality in (80, 60):
            out = BytesIO()
            picture.save(out, "JPEG", quality=quality, optimize=True)
            if out.tell() <= most:
                return out.getvalue()
    raise PictureError("Không thu nhỏ được ảnh này. Hãy chụp lại rồi gửi ảnh khác.")


def _codes(picture: Image.Image, **options) -> list[zxingcpp.Barcode]:
    return zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode, **options)


def _text(code: zxingcpp.Barcode) -> str:
    """Content as text: UTF-8, which payment codes use without saying so, else what the reader guessed."""
    try:
        return bytes(code.bytes).decode()
    except UnicodeDecodeError:
        return code.text


def _codes_on_page(page: pypdfium2.PdfPage, scale: float) -> list[Found]:
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        codes = _codes(bitmap.to_pil(), try_rotate=False, try_downscale=False, try_invert=False)
        return [_found(code, MM_PER_POINT / scale) for code in codes]
    finally:
        bitmap.close()
        page.close()


def _found(code: zxingcpp.Barcode, mm: float) -> Found:
    at = code.position
    corners = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
    return Found(bytes(code.bytes), sum(c.x for c in corners) / 4 * mm, sum(c.y for c in corners) / 4 * mm)


def _text_on_page(page: pypdfium2.PdfPage, boxes: list[Box]) -> list[str]:
    height, texts = page.get_height(), {}
    for turn in (0, 180):
        mine = [box for box in boxes if (box[0] > box[2]) == bool(turn)]
        if not mine:
            continue
        page.set_rotation(turn)  # the order of words on a line follows the page, coordinates do not
        words = page.get_textpage()
        texts |= {box: _text_in_box(words, height, box) for box in mine}
        words.close()
    page.close()
    return [texts[box] for box in boxes]


def _text_in_box(words: pypdfium2.PdfTextPage, height: float, box: Box) -> str:
    (left, right), (top, bottom) = sorted(box[::2]), sorted(box[1::2])
    return words.get_text_bounded(
        left=left / MM_PER_POINT,
        top=height - top / MM_PER_POINT,
        right=right / MM_PER_POINT,
        bottom=height - bottom / MM_PER_POINT,
    )


def opened_picture(data: bytes, mode: str = "L") -> Image.Image:
    """The picture upright, in grey or RGB; a large JPEG is already shrunk while it is decoded."""
    if len(data) > MAX_BYTES:
        raise PictureError("Ảnh nặng quá 12 MB. Hãy chụp lại màn hình có mã QR rồi gửi ảnh chụp màn hình.")
    if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS:
        raise PictureError(
            "Chưa đọc được ảnh HEIC của điện thoại. Hãy chụp lại màn hình có mã QR rồi gửi ảnh đó."
        )
    try:
        picture = Image.open(BytesIO(data), formats=["JPEG", "PNG", "WEBP"])
        _refuse_large(picture)
        picture.draft(mode, (LONG_SIDE, LONG_SIDE))
        return ImageOps.exif_transpose(_on_paper(picture, mode))
    except PictureError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError(TOO_LARGE) from None
    except Exception as error:  # Pillow's readers raise whatever a broken file makes them stumble over
        raise PictureError(
            "Tệp này không phải ảnh đọc được. Hãy chọn ảnh JPG, PNG hoặc WebP, hoặc chụp lại mã QR."
        ) from error


def _refuse_large(picture: Image.Image) -> None:
    if picture.width * picture.height > MAX_PIXELS:
        raise PictureError(TOO_LARGE)


def _on_paper(picture: Image.Image, mode: str) -> Image.Image:
    """In grey or RGB; what is see-through becomes white paper, as a viewer would show it."""
    if not picture.has_transparency_data:
        return picture.convert(mode)
    seen = picture.convert("LA" if mode == "L" else "RGBA")
    paper = Image.new(mode, picture.size, "white")
    paper.paste(seen.convert(mode), mask=seen.getchannel("A"))
    return paper


def _attempts(picture: Image.Image) -> Iterator[Image.Image]:
    """The picture in the forms worth trying, cheap and likely ones first.

    After the picture itself, a 3 × 3 median read the most photographs of printed cards that had failed.
    """
    fitting = picture.copy()
    fitting.thumbnail((LONG_SIDE, LONG_SIDE))
    median = fitting.filter(ImageFilter.MedianFilter(3))
    yield fitting
    yield median
    if max(picture.size) <= SMALL_SIDE:
        yield ImageOps.expand(picture.resize((picture.width * 3, picture.height * 3)), 60, 255)
    yield ImageOps.expand(ImageOps.autocontrast(median, cutoff=2), 40, 255)
    yield median.reduce(2)
    yield fitting.rotate(45, expand=True, fillcolor=255)
    if max(picture.size) > LONG_SIDE:
        yield picture
