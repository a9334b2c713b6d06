"""Portraits for cards: what somebody sends, checked, cut to a passport's shape, written anew and small."""

from io import BytesIO

from PIL import Image, ImageOps

from portal.printing.reading import PictureError, opened_picture

WIDTH, HEIGHT = 300, 400  # px; 24 × 32 mm at 317 dpi
LEAST = 150  # px across, or the print is a blur
UNUSABLE = (
    "Ảnh này không dùng được. Hãy chọn ảnh JPG, PNG hoặc WebP, nhẹ hơn 12 MB, không quá 40 triệu điểm ảnh; "
    "ảnh HEIC của điện thoại thì chụp lại màn hình rồi gửi ảnh đó."
)
TOO_SMALL = "Ảnh nhỏ quá, in ra sẽ mờ. Hãy chọn ảnh rộng ít nhất 150 điểm ảnh."


def portrait_jpeg(data: bytes) -> bytes:
    """The picture as a JPEG of at most 300 × 400, three to four: upright, its pixels and nothing else.

    What is too wide is cut on both sides, what is too high mostly below, where no face is. Raises
    `PictureError` with a sentence that says what to do.
    """
    try:
        picture = opened_picture(data, "RGB")
    except PictureError as error:
        raise PictureError(UNUSABLE) from error
    if min(picture.width, picture.height * WIDTH // HEIGHT) < LEAST:
        raise PictureError(TOO_SMALL)
    shrink = min(1, picture.width / WIDTH, picture.height / HEIGHT)
    size = round(WIDTH * shrink), round(HEIGHT * shrink)
    cut = ImageOps.fit(picture, size, Image.Resampling.LANCZOS, centering=(0.5, 0.25))
    cut.info = {}  # Pillow would write comments and profiles of the old file into the new one
    out = BytesIO()
    cut.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()
