"""Files that somebody might send as a picture, put together so that each is bad in its own way."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

from PIL import Image

SCRIPT = b"<script>alert(1)</script>"


def saved(image: Image.Image, kind: str, **options) -> bytes:
    """The image as a file of this kind."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def picture(size=(64, 48), mode="RGB", kind="JPEG", **options) -> bytes:
    """A picture with a slope of greys, so that no part is like another."""
    slope = Image.linear_gradient("L").resize(size)
    slope = slope.convert("I").point(lambda value: value * 256) if mode == "I;16" else slope
    return saved(slope.convert(mode), kind, **options)


def chunk(name: bytes, data: bytes = b"") -> bytes:
    """One piece of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, *, pixels: bytes | None = None, more: bytes = b"", color=0, bits=8) -> bytes:
    """A PNG put together by hand: any size in its head, any pieces before the pixels."""
    head = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    body = zlib.compress(bytes((width + 1) * height) if pixels is None else pixels, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + chunk(b"IDAT", body) + chunk(b"IEND")


def webp(kind: bytes, data: bytes) -> bytes:
    """A WebP put together by hand, with one piece."""
    body = b"WEBP" + kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def jpeg_of_size(width: int, height: int) -> bytes:
    """A small JPEG whose head says another size."""
    data = picture()
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def zipped(name: str = "a.html") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, SCRIPT)
    return out.getvalue()


def moving(kind: str) -> bytes:
    frames = [Image.new("RGB", (32, 32), color) for color in ("red", "green", "blue")]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:])


def exif(**values) -> Image.Exif:
    """Notes of a camera: where, with what, how held."""
    notes = Image.Exif()
    notes[0x010F] = values.get("maker", "SECRETCAMERA")
    notes[0x0112] = values.get("turn", 1)
    notes.get_ifd(0x8825).update({1: "N", 2: (13.0, 58.0, 59.0), 3: "E", 4: (108.0, 0.0, 18.0)})
    return notes


# Refused: by their first bytes, or by the head. Made only when asked for, since some are large.
REFUSED: dict[str, Callable[[], bytes]] = {
    "nothing at all": lambda: b"",
    "one byte": lambda: b"\xff",
    "too heavy": lambda: picture() + bytes(15 * 1024 * 1024),
    "svg with script": lambda: b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>",
    "svg after an xml line": lambda: b'<?xml version="1.0"?>\n<!DOCTYPE svg><svg onload="alert(1)"/>',
    "html": lambda: b"<!doctype html><title>x</title>" + SCRIPT,
    "html after a byte order mark": lambda: b"\xef\xbb\xbf<html>" + SCRIPT,
    "gif": lambda: picture(kind="GIF"),
    "gif that is a script": lambda: b"GIF89a/*" + picture(kind="GIF")[10:] + b"*/=1;alert(1)//",
    "moving gif": lambda: moving("GIF"),
    "bmp": lambda: picture(kind="BMP"),
    "tiff": lambda: picture(kind="TIFF"),
    "icon": lambda: picture(kind="ICO"),
    "pcx": lambda: picture(kind="PCX"),
    "avif": lambda: picture(kind="AVIF"),
    "heic of a telephone": lambda: b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(400),
    "jpeg 2000": lambda: b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(400),
    "postscript, which Pillow would hand to a program": lambda: (
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"
    ),
    "pdf": lambda: b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF",
    "pdf with a jpeg behind": lambda: b"%PDF-1.7\n" + picture(),
    "zip": zipped,
    "zip with a path out of it": lambda: zipped("../../portal/settings.py"),
    "program": lambda: b"\x7fELF" + bytes(200),
    "script with the bytes of a jpeg later": lambda: b"#!/bin/sh\n" + picture(),
    "mp4 of a telephone": lambda: b"\x00\x00\x00\x20ftypisom" + bytes(400),
    "first bytes of a jpeg only": lambda: b"\xff\xd8\xff\xe0",
    "first bytes of a jpeg, then html": lambda: b"\xff\xd8\xff" + SCRIPT,
    "first bytes of a png only": lambda: b"\x89PNG\r\n\x1a\n",
    "png without a head": lambda: b"\x89PNG\r\n\x1a\n" + chunk(b"IDAT", zlib.compress(b"x")) + chunk(b"IEND"),
    "png with a false sum": lambda: png(64, 48).replace(b"IHDR\x00\x00\x00\x40", b"IHDR\x00\x00\x00\x41"),
    "riff that is a sound": lambda: b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(40),
    "webp without a body": lambda: b"RIFF\x04\x00\x00\x00WEBP",
    "webp with an unknown piece": lambda: webp(b"VP9 ", bytes(64)),
    "144 megapixels in 17 KB": lambda: png(12_000, 12_000, pixels=bytes(17_000)),
    "65 megapixels": lambda: png(8_200, 8_000, pixels=bytes(100)),
    "jpeg that says 65,000 × 65,000": lambda: jpeg_of_size(65_000, 65_000),
    "webp that says 16,384 × 16,384": lambda: webp(b"VP8X", bytes(4) + b"\xff\x3f\x00\xff\x3f\x00"),
    "webp, lossless, of 200 megapixels": lambda: webp(
        b"VP8L", b"\x2f" + struct.pack("<I", 0x3FFE | 0x2FFF << 14) + bytes(20)
    ),
    "colours of 60 megapixels, which unpack to 240 MB": lambda: png(7_700, 7_700, pixels=bytes(100), color=2),
    "60 notes that unpack to a megabyte each": lambda: png(
        64, 48, more=chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1024 * 1024 - 9), 9)) * 70
    ),
    "a note that unpacks to 20 MB": lambda: png(
        64, 48, more=chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(20_000_000), 9))
    ),
    "a profile that unpacks to 20 MB": lambda: png(
        64, 48, more=chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(20_000_000), 9))
    ),
    "moving png": lambda: moving("PNG"),
    "moving webp": lambda: moving("WEBP"),
    "a line, 1 px high": lambda: picture((400, 1), kind="PNG"),
    "a counting mark, 1 × 1": lambda: picture((1, 1), kind="PNG"),
    "a ribbon": lambda: picture((2_000, 100), kind="PNG"),
}


def _cut(kind: str) -> Callable[[], bytes]:
    return lambda: (data := picture((400, 300), kind=kind))[: len(data) * 2 // 3]


REFUSED["webp cut off"] = _cut("WEBP")
# Their heads are right: found out when they are decoded.
BROKEN: dict[str, Callable[[], bytes]] = {
    "jpeg cut off": _cut("JPEG"),
    "png cut off": _cut("PNG"),
    "png with too few rows": lambda: png(640, 480, pixels=bytes(1_000)),
    "png whose pixels are not packed": lambda: png(64, 48).replace(b"IDATx\xda", b"IDATno"),
    "webp whose pixels are zeros": lambda: picture((400, 300), kind="WEBP")[:60] + bytes(900),
}

# Good pictures with something more in or behind them: taken, and nothing but pixels comes out.
DISARMED: dict[str, Callable[[], bytes]] = {
    "jpeg that says it is larger than it is": lambda: jpeg_of_size(640, 480),
    "jpeg with html behind": lambda: picture() + SCRIPT,
    "jpeg with html in a comment": lambda: picture(comment=SCRIPT),
    "jpeg with a zip behind": lambda: picture() + zipped(),
    "png with a zip behind": lambda: picture(kind="PNG") + zipped(),
    "png with script in a note": lambda: png(64, 48, more=chunk(b"tEXt", b"Title\0" + SCRIPT)),
    "webp with script in its notes": lambda: picture(kind="WEBP", xmp=SCRIPT),
    "jpeg with the place where it was taken": lambda: picture(exif=exif()),
    "png with the place where it was taken": lambda: picture(kind="PNG", exif=exif()),
    "jpeg with script as its maker": lambda: picture(exif=exif(maker=SCRIPT.decode())),
    "jpeg with broken notes": lambda: picture(exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + bytes(40)),
    "jpeg held in a way that does not exist": lambda: picture(exif=exif(turn=77)),
    "jpeg with a profile that is none": lambda: picture(icc_profile=b"x" * 500),
}
# Ways of writing colours that cameras, scanners and drawing programs use.
MODES: dict[str, Callable[[], bytes]] = {
    "black and white png": lambda: picture(mode="1", kind="PNG"),
    "grey png": lambda: picture(mode="L", kind="PNG"),
    "grey png of 16 bits": lambda: picture(mode="I;16", kind="PNG"),
    "png with a palette": lambda: picture(mode="P", kind="PNG"),
    "png with a palette one sees through": lambda: picture(mode="P", kind="PNG", transparency=0),
    "png one sees through": lambda: picture(mode="RGBA", kind="PNG"),
    "grey png one sees through": lambda: picture(mode="LA", kind="PNG"),
    "jpeg in the printer's four colours": lambda: picture(mode="CMYK"),
    "grey jpeg": lambda: picture(mode="L"),
    "jpeg that comes in waves": lambda: picture(progressive=True),
    "webp one sees through": lambda: picture(mode="RGBA", kind="WEBP"),
    "webp without loss": lambda: picture(kind="WEBP", lossless=True),
}


def every() -> Iterator[tuple[str, bytes]]:
    """All of them, by name."""
    for group in (REFUSED, BROKEN, DISARMED, MODES):
        for name, make in group.items():
            yield name, make()
