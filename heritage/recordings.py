"""Recordings as the public hears them: kind and length are read from the bytes, notes are taken out.

MP3 (ISO 11172-3, 13818-3), AAC in an MPEG-4 file (ISO 14496-12), Opus in Ogg (RFC 3533, 7845): what phones
and recorders write and browsers play. Nothing is decoded or written anew, so a recording keeps its quality;
names, covers and places in MP3 and MPEG-4 files are left out.
"""

import hashlib
import struct
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from heritage.models import Recording

MAX_BYTES = 10 * 1024 * 1024
LONGEST = 30 * 60  # seconds
TYPES = {"mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg"}

EMPTY = "Tệp này trống. Hãy chọn lại bản thu."
HEAVY = "Bản thu nặng quá 10 MB. Hãy lưu lại nhẹ hơn (giọng nói: 48–64 kb/giây, một kênh) rồi gửi."
STRANGE = "Tệp này không phải bản thu MP3, M4A (AAC) hoặc OGG (Opus). Hãy lưu thành một trong ba dạng đó."
BROKEN = "Bản thu này hỏng hoặc bị cắt giữa chừng nên không nghe được. Hãy lấy lại tệp gốc rồi gửi lại."
LONG = "Bản thu dài quá 30 phút. Hãy cắt bớt, khách đứng ở di tích nghe được chừng 5 phút."


class RecordingError(ValueError):
    """A recording that cannot be used, with a Vietnamese sentence saying what to do."""


def add(site, data: bytes, *, language: str, voice: str = "", transcript: str = "", id=None) -> Recording:
    """Keeps a voice in one language; the same `id` gives the same recording. Raises `RecordingError`."""
    if id and (known := Recording.objects.filter(pk=id, site=site).first()):
        return known
    ending, seconds, content = read(data)
    recording = Recording(
        site=site, language=language, voice=voice, transcript=transcript, seconds=seconds, size=len(content),
        name=f"{hashlib.sha256(content).hexdigest()[:32]}.{ending}", content_type=TYPES[ending],
        content=content, **({"id": id} if id else {}),
    )  # fmt: skip
    try:
        with transaction.atomic():
            recording.validate_constraints()
            recording.save(force_insert=True)
    except ValidationError as error:
        raise RecordingError(" ".join(error.messages)) from error
    except IntegrityError as error:  # sent twice at once
        raise RecordingError("Ngôn ngữ này vừa có bản thu. Tải lại trang để xem.") from error
    return recording


def read(data: bytes) -> tuple[str, int, bytes]:
    """Ending, whole seconds and what is to be served of a file; raises `RecordingError`."""
    if not data:
        raise RecordingError(EMPTY)
    if len(data) > MAX_BYTES:
        raise RecordingError(HEAVY)
    try:
        ending, seconds, content = _read(data)
    except (struct.error, IndexError, ZeroDivisionError) as error:  # a length leads out of the file
        raise RecordingError(BROKEN) from error
    if seconds > LONGEST:
        raise RecordingError(LONG)
    if seconds <= 0:
        raise RecordingError(BROKEN)
    return ending, max(1, round(seconds)), content


def _read(data: bytes) -> tuple[str, float, bytes]:
    if data[:4] == b"OggS":
        return "ogg", _ogg_seconds(data), data
    if data[4:8] == b"ftyp":
        return "m4a", *_mp4(data)
    if data[:3] == b"ID3" or data[0] == 0xFF:
        return "mp3", *_mp3(data)
    raise RecordingError(STRANGE)


# --- MP3 ---------------------------------------------------------------------------------------------------

KBITS = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}  # by version


def _mp3(data: bytes) -> tuple[float, bytes]:
    """Length and frames of layer III, counted one by one: right for every bit rate, constant or not."""
    start = _after_id3(data)
    at, seconds = start, 0.0
    while frame := _frame(data, at):
        size, length = frame
        if at + size > len(data):
            break  # the last one is cut off: players leave it out
        at, seconds = at + size, seconds + length
    if seconds < 0.2:  # a few bytes that look like a frame by chance
        raise RecordingError(STRANGE)
    rest = data[at:]
    if len(rest) > 4096 and rest[:3] != b"TAG" and not rest.startswith((b"APETAGEX", b"\0")):
        raise RecordingError(BROKEN)
    return seconds, data[start:at]


def _after_id3(data: bytes) -> int:
    """Where the notes at the head (ID3v2) end."""
    if data[:3] != b"ID3":
        return 0
    size = 0
    for byte in data[6:10]:
        size = size << 7 | byte & 0x7F
    start = 10 + size + (10 if data[5] & 0x10 else 0)
    while data[start : start + 1] == b"\0":  # padding
        start += 1
    return start


def _frame(data: bytes, at: int) -> tuple[int, float] | None:
    """Bytes and seconds of the frame that begins here; None where none does."""
    if len(data) < at + 4 or data[at] != 0xFF or data[at + 1] & 0xE6 != 0xE2:  # in step, layer III
        return None
    version, kbits, rate = data[at + 1] >> 3 & 3, data[at + 2] >> 4, data[at + 2] >> 2 & 3
    if version == 1 or kbits in {0, 15} or rate == 3:
        return None
    samples, kbits = (1152, KBITS[1][kbits]) if version == 3 else (576, KBITS[2][kbits])
    hertz = RATES[version][rate]
    return samples // 8 * kbits * 1000 // hertz + (data[at + 2] >> 1 & 1), samples / hertz


# --- AAC in an MPEG-4 file ---------------------------------------------------------------------------------

HOLDERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
NOTES = {b"udta", b"meta", b"uuid", b"free", b"skip"}


def _mp4(data: bytes) -> tuple[float, bytes]:
    """Length, and the file with its notes overwritten in place, so that nothing that points into it moves."""
    seconds, handlers, codecs, content = 0.0, [], [], bytearray(data)
    for kind, head, start, end in _boxes(data, 0, len(data)):
        if kind == b"mvhd":
            long = data[start] == 1
            scale, length = struct.unpack_from(">IQ" if long else ">II", data, start + (20 if long else 12))
            seconds = length / scale
        elif kind == b"hdlr":
            handlers.append(data[start + 8 : start + 12])
        elif kind == b"stsd":
            codecs.append(data[start + 12 : start + 16])
        elif kind in NOTES:
            content[head + 4 : head + 8] = b"free"
            content[start:end] = bytes(end - start)
    if handlers != [b"soun"] or codecs != [b"mp4a"]:
        raise RecordingError(STRANGE)
    return seconds, bytes(content)


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int, int]]:
    """The boxes of a file and of what holds others: kind, where it begins, where its inside does and ends."""
    while start < end:
        size, kind = struct.unpack_from(">I4s", data, start)
        inside = start + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, inside)
            inside += 8
        size = size or end - start
        if size < inside - start or start + size > end:
            raise RecordingError(BROKEN)
        yield kind, start, inside, start + size
        if kind in HOLDERS:
            yield from _boxes(data, inside, start + size)
        start += size


# --- Opus in Ogg -------------------------------------------------------------------------------------------


def _ogg_seconds(data: bytes) -> float:
    """Length by the last page's count of samples, of which Opus always has 48,000 a second."""
    at, last, skipped = 0, 0, None
    while at < len(data):
        mark, position, count = struct.unpack_from("<4s2xq12xB", data, at)
        if mark != b"OggS":
            raise RecordingError(BROKEN)
        body = at + 27 + count
        end = body + sum(data[at + 27 : body])
        if end > len(data):
            raise RecordingError(BROKEN)
        if skipped is None:
            if data[body : body + 8] != b"OpusHead":
                raise RecordingError(STRANGE)
            (skipped,) = struct.unpack_from("<H", data, body + 10)
        last, at = max(last, position), end
    return (last - (skipped or 0)) / 48_000
