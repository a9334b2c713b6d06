"""Recordings made by hand: silence, with the heads that phones and recorders write."""

import struct


def mp3(seconds: float = 3, *, notes: bytes = b"", behind: bytes = b"") -> bytes:
    """Silence at 128 kbit/s, 44.1 kHz; `notes` go into an ID3v2 head."""
    frame = b"\xff\xfb\x90\xc0" + bytes(413)  # 417 bytes, 1152 samples
    head = b"ID3\x04\0\0" + bytes(len(notes) >> at & 0x7F for at in (21, 14, 7, 0)) + notes if notes else b""
    return head + frame * round(seconds * 44100 / 1152) + behind


def box(kind: bytes, *inside: bytes) -> bytes:
    """One box of an MPEG-4 file."""
    data = b"".join(inside)
    return struct.pack(">I4s", len(data) + 8, kind) + data


def m4a(seconds: float = 3, *, handler: bytes = b"soun", codec: bytes = b"mp4a", notes: bytes = b"") -> bytes:
    """A file with one track, which a player would find empty."""
    head = struct.pack(">4xIIII", 0, 0, 1000, round(seconds * 1000)) + bytes(80)
    track = box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + handler + bytes(12)), box(b"minf", box(
        b"stbl", box(b"stsd", struct.pack(">4xI", 1) + box(codec, bytes(28)))))))  # fmt: skip
    moov = box(b"moov", box(b"mvhd", head), track, *([box(b"udta", notes)] if notes else []))
    return box(b"ftyp", b"M4A \0\0\0\0M4A mp42") + moov + box(b"mdat", bytes(400))


def ogg(seconds: float = 3, *, codec: bytes = b"OpusHead", skipped: int = 312) -> bytes:
    """Three pages: head, notes, and one with the count of samples."""
    head = codec + struct.pack("<BBHIhB", 1, 1, skipped, 48000, 0, 0)
    notes = b"OpusTags" + struct.pack("<II", 0, 0)
    return b"".join(
        struct.pack("<4sBBqIIIBB", b"OggS", 0, flags, position, 1, number, 0, 1, len(body)) + body
        for number, (flags, position, body) in enumerate(
            [(2, 0, head), (0, 0, notes), (4, round(seconds * 48000) + skipped, bytes(100))]
        )
    )
