"""Pictures as the public gets them: what was sent is checked before it is decoded, then written anew, small.

    picture = add(site, data, use="hero", credit="…", licence="…", by=user)   # raises PictureError
    make_sizes(picture)                                                     # seconds: work for the worker

What is sent is data of a stranger: its name is thrown away, its kind is read from its first bytes, and how
large it would unpack is known before it does. Nothing of it but the pixels reaches the public, upright and in
sRGB: no EXIF, no place, no profile. What was sent stays private with the record.
"""

import hashlib
import warnings
from collections.abc import Iterator
from io import BytesIO

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from PIL import Image, ImageCms, ImageOps
from procrastinate.contrib.django import app

from heritage.models import Language, Picture, PictureFile, PictureText, Site
from portal.printing.reading import HEIC_BRANDS, PictureError

__all__ = ["PictureError", "add", "check", "make_sizes", "order", "replace"]

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 64_000_000
MAX_MEMORY = 160_000_000  # bytes a picture takes while it is decoded; the worker has some 90 MB beside
LONGEST = 10  # times as long as wide, or as wide as long
LEAST = 16  # px; what is smaller is a web page's counting mark, not a picture
WIDTHS = (480, 960, 1600)
MAX_SIZE_PIXELS = 4_200_000  # of one size, or the writing of an AVIF takes too much: 1600 × 2600
STRIP = 32  # rows of the reduced picture that are turned into colours at once
QUALITIES = range(50, 15, -5)  # of an AVIF: the first, or where there is a budget the first that keeps it
FIRST_VIEW = 25 * 1024  # bytes of the smallest AVIF: what a page on weak 3G waits for
PAIR = 12 * 1024  # the same for one of the two of "then and now", which come together

# What unpacks to more than this is refused by whoever opens it, everywhere in the portal.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)

EMPTY = "Tệp này trống. Hãy chọn lại ảnh."
HEAVY = "Ảnh nặng quá 15 MB. Hãy lưu lại thành JPG nhẹ hơn rồi gửi."
HEIC = "Chưa đọc được ảnh HEIC của điện thoại. Hãy xuất ảnh thành JPG rồi gửi lại."
STRANGE = "Tệp này không phải ảnh JPG, PNG hoặc WebP. Hãy chọn ảnh khác, hoặc lưu hình thành một dạng đó."
BROKEN = "Ảnh này hỏng hoặc bị cắt giữa chừng nên không mở được. Hãy lấy lại tệp gốc rồi gửi lại."
LARGE = "Ảnh lớn quá 64 triệu điểm ảnh. Hãy thu nhỏ, cạnh dài khoảng 4.000 điểm ảnh là đủ, rồi gửi lại."
UNPACKS = "Ảnh lớn quá so với dạng đã lưu. Hãy thu nhỏ còn cạnh dài 3.000 điểm ảnh, rồi lưu thành JPG."
MOVING = "Ảnh này động, có nhiều khung hình. Hãy gửi một ảnh tĩnh."
LONG = "Ảnh dài quá so với bề ngang. Hãy cắt bớt, cạnh dài nhiều nhất gấp mười cạnh ngắn."
SMALL = "Ảnh nhỏ quá. Hãy chọn ảnh rộng ít nhất 480 điểm ảnh cho khỏi mờ."
KNOWN = "Ảnh này đã có ở đây."


# --- taking in ---------------------------------------------------------------------------------------------


def add(site, data: bytes, *, use, credit, licence, by, is_drawn=False, component=None, language="", taken="",
        id=None) -> Picture:  # fmt: skip
    """Keeps what was sent, last among the site's pictures of this use; its sizes are made by `make_sizes`.

    The same `id` again gives the same picture. Raises `PictureError` with a sentence that says what to do.
    """
    if id and (known := Picture.objects.filter(pk=id, site=site).first()):
        return known
    width, height = check(data)
    last = Picture.objects.filter(site=site, use=use).aggregate(last=Max("sort"))["last"]
    picture = Picture(
        site=site, use=use, component=component, language=language, credit=credit, licence=licence,
        taken=taken, is_drawn=is_drawn, made_by=by, sort=0 if last is None else last + 1,
        width=width, height=height, original=data, sha256=hashlib.sha256(data).hexdigest(),
        **({"id": id} if id else {}),
    )  # fmt: skip
    try:
        with transaction.atomic():
            picture.validate_constraints()
            picture.save(force_insert=True)
    except ValidationError as error:
        raise PictureError(" ".join(error.messages)) from error
    except IntegrityError as error:  # sent twice at once
        raise PictureError(KNOWN) from error
    return picture


def order(site, data: bytes, **fields) -> Picture:
    """Takes in a picture as `add` does, and leaves its sizes to the worker."""
    with transaction.atomic():
        picture = add(site, data, **fields)
        if picture.state == Picture.State.WAITING and picture.done == 0:
            _defer(picture)
    return picture


def send_again(picture: Picture) -> None:
    """Leaves a picture that failed to the worker once more."""
    with transaction.atomic():
        failed = Picture.objects.filter(pk=picture.pk, state=Picture.State.FAILED)
        if failed.update(state=Picture.State.WAITING, done=0, problem=""):
            _defer(picture)


def replace(picture: Picture, data: bytes, *, by) -> Picture:
    """Another file in the picture's place, with all that is said of it. Raises `PictureError`."""
    kept = ("use", "credit", "licence", "is_drawn", "component", "language", "taken")
    with transaction.atomic():
        new = order(picture.site, data, by=by, **{name: getattr(picture, name) for name in kept})
        new.sort = picture.sort
        new.save(update_fields=["sort"])
        words = list(picture.texts.all())
        picture.remove()
        for text in words:
            PictureText.objects.create(
                picture=new, language=text.language, alt=text.alt, caption=text.caption, text=text.text
            )
    return new


def _defer(picture: Picture) -> None:
    app.configure_task(Picture.TASK).defer(picture_id=str(picture.pk))


def check(data: bytes) -> tuple[int, int]:
    """Width and height as it will stand upright, read from the head of the file without decoding it.

    Raises `PictureError` for what is no picture of ours, or would take too much to decode.
    """
    if not data:
        raise PictureError(EMPTY)
    if len(data) > MAX_BYTES:
        raise PictureError(HEAVY)
    image = _opened(data)
    width, height = image.size
    return (height, width) if _turn(image) >= 5 else (width, height)


def _kind(data: bytes) -> str:
    """What it is by its first bytes; a name or a header says anything."""
    if data[:3] == b"\xff\xd8\xff":
        return "JPEG"
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    raise PictureError(HEIC if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS else STRANGE)


def _opened(data: bytes) -> Image.Image:
    """The picture with its head read, within all bounds, not decoded."""
    kind = _kind(data)
    if kind == "WEBP":
        _check_webp(data)
    try:
        image = Image.open(BytesIO(data), formats=[kind])
        is_moving = kind != "JPEG" and getattr(image, "is_animated", False)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError(LARGE) from None
    except Exception as error:  # readers raise whatever a broken file makes them stumble over
        raise PictureError(BROKEN) from error
    _check_size(*image.size)
    if is_moving:
        raise PictureError(MOVING)
    if _memory(image) > MAX_MEMORY:
        raise PictureError(UNPACKS)
    return image


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise PictureError(LARGE)
    if max(width, height) > LONGEST * min(width, height):
        raise PictureError(LONG)
    if min(width, height) < LEAST:
        raise PictureError(SMALL)


def _check_webp(data: bytes) -> None:
    """Refuses by the head of a WebP (RFC 9649): its reader makes room for all of it on opening."""
    kind, head = data[12:16], data[20:30]
    if len(head) < 10:
        raise PictureError(BROKEN)
    if kind == b"VP8X":
        if head[0] & 2:
            raise PictureError(MOVING)
        width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (4, 7))
    elif kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (int.from_bytes(head[at : at + 2], "little") & 0x3FFF for at in (6, 8))
        if not (width and height):
            raise PictureError(BROKEN)
    _check_size(width, height)


def _memory(image: Image.Image) -> int:
    """Bytes that decoding takes, as measured: readers differ in what they keep."""
    pixels = image.width * image.height
    if image.format == "WEBP":
        return 16 * pixels  # two canvases of the reader, its copy and ours
    if image.format == "PNG":
        return pixels * {"1": 1, "L": 1, "P": 1, "I;16": 2}.get(image.mode, 4)
    if not image.info.get("progressive"):
        return 0  # decoded by rows, and shrunk on the way
    layers = [(across, down) for _id, across, down, _table in image.layer]
    most = max(across for across, _ in layers) * max(down for _, down in layers)
    return 2 * pixels * sum(across * down for across, down in layers) // most  # all coefficients


def _turn(image: Image.Image) -> int:
    """How the camera was held, 1 to 8; 1 where its note cannot be read, or stands behind the pixels."""
    try:
        turn = Image.Image.getexif(image).get(0x0112, 1)  # that of PNG would decode it all
    except Exception:  # notes of cameras are broken in many ways; the picture is none the worse
        return 1
    return turn if turn in range(1, 9) else 1


# --- making the sizes --------------------------------------------------------------------------------------


def make_sizes(picture: Picture) -> None:
    """Makes all files of the picture; may be cut off at any moment and begun again.

    Raises `PictureError` where it cannot be decoded; the picture is then marked as failed, with the sentence.
    """
    if picture.state == Picture.State.READY:
        return  # an edition may show its files by now
    picture.mark_started()
    try:
        image = upright(bytes(picture.original))
        for done, file in enumerate(files(image, budget=_budget(picture)), start=1):
            file.picture = picture
            file.save(force_insert=True)
            picture.tell(done=done)
    except PictureError as error:
        picture.mark_failed(str(error))
        raise
    picture.mark_ready()


def _budget(picture: Picture) -> int | None:
    """Bytes for the smallest AVIF; letters of an infographic must stay readable at any weight."""
    if picture.use == Picture.Use.INFOGRAPHIC:
        return None
    return PAIR if picture.use in {Picture.Use.THEN, Picture.Use.NOW} else FIRST_VIEW


def upright(data: bytes) -> Image.Image:
    """The pixels as they are to be seen, in sRGB, less than twice the largest size; raises `PictureError`."""
    image = _opened(data)
    try:
        small = _in_srgb(_shrunk(image), image.info.get("icc_profile"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError(LARGE) from None
    except Exception as error:  # see _opened
        raise PictureError(BROKEN) from error
    small.getexif()[0x0112] = _turn(image)
    return ImageOps.exif_transpose(small)


def _shrunk(image: Image.Image) -> Image.Image:
    """Decoded, on white paper where one sees through, and reduced by a whole number of times.

    Never smaller than the largest size that is made of it, and less than twice as large. Colours are worked
    out by strips: a large picture is never there twice.
    """
    width, height = image.size[::-1] if _turn(image) >= 5 else image.size
    largest = widths(width, height)[-1] / width
    wanted = [max(1, round(side * largest)) for side in image.size]
    image.draft(None, tuple(wanted))  # a JPEG is decoded smaller
    times = max(1, min(side // least for side, least in zip(image.size, wanted, strict=True)))
    sample = _colours(image.crop((0, 0, 1, 1)))
    small = Image.new(sample.mode, tuple(-(-side // times) for side in image.size))
    for top in range(0, image.height, STRIP * times):
        strip = image.crop((0, top, image.width, min(top + STRIP * times, image.height)))
        small.paste(_colours(strip).reduce(times), (0, top // times))
    return small


def _colours(image: Image.Image) -> Image.Image:
    """In L, RGB or CMYK, opaque."""
    if image.mode.startswith("I"):  # 16 bits a pixel
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(seen, mask=seen.getchannel("A"))
        return paper
    return image if image.mode in {"L", "RGB", "CMYK"} else image.convert("L" if image.mode == "1" else "RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """In the colours of the web; a profile that cannot be used is passed over."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return image.convert("RGB")


def widths(width: int, height: int) -> list[int]:
    """The widths in px that are made: never wider than the picture, never too many pixels."""
    fitting = [w for w in WIDTHS if w <= width and w * w * height // width <= MAX_SIZE_PIXELS]
    return fitting or [min(width, WIDTHS[0])]


def count(width: int, height: int) -> int:
    """How many files are made: AVIF and WebP of each width, and one JPEG."""
    return 2 * len(widths(width, height)) + 1


def files(whole: Image.Image, *, budget: int | None) -> Iterator[PictureFile]:
    """The files of an upright picture, small ones first, not saved; `budget`: bytes of the smallest AVIF."""
    for number, width in enumerate(widths(*whole.size)):
        size = (width, max(1, round(whole.height * width / whole.width)))
        image = whole.resize(size, Image.Resampling.LANCZOS)
        image.info = {}  # writers would take over notes of the old file
        yield _avif(image, budget if number == 0 else None)
        yield public_file(image, "webp", quality=70, method=4)
        if number == 0:
            yield public_file(image, "jpg", quality=72, optimize=True, progressive=True)


def _avif(image: Image.Image, budget: int | None) -> PictureFile:
    """As good as the budget of bytes allows."""
    for quality in QUALITIES:
        file = public_file(image, "avif", quality=quality, speed=6)
        if budget is None or file.size <= budget:
            break
    return file


def public_file(image: Image.Image, format: str, **options) -> PictureFile:
    """The picture written in a format, named by the hash of its bytes; not saved."""
    out = BytesIO()
    image.save(out, PictureFile.Format(format).label, **options)
    content = out.getvalue()
    return PictureFile(
        name=f"{hashlib.sha256(content).hexdigest()[:32]}.{format}",
        format=format, width=image.width, height=image.height, size=len(content), content=content,
    )  # fmt: skip


# --- for the desk ------------------------------------------------------------------------------------------


def previews(pictures: list[Picture]) -> dict:
    """The small JPEG of each picture that has one, without its bytes, by the picture's key."""
    files = PictureFile.objects.filter(picture__in=pictures, format=PictureFile.Format.JPEG).defer("content")
    return {file.picture_id: file for file in files}


def lacking(picture: Picture, site: Site) -> list[str]:
    """The languages of the site in which nobody has told yet what is to be seen; texts as prefetched."""
    told = {text.language for text in picture.texts.all()}
    spoken = [picture.language] if picture.language else [text.language for text in site.texts.all()]
    return [Language(language).label for language in spoken if language not in told]
