"""The bytes of an image file without what Pillow would refuse, take long over, or misread."""

import struct
from collections.abc import Iterator


def readable(data: bytes) -> bytes:
    """The file without what Pillow would stumble over; it shows the same picture."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data[:8] + b"".join(_needed_chunks(data))
    if data.startswith(b"\xff\xd8"):
        return data[:2] + b"".join(_needed_segments(data))
    if data.startswith(b"BM"):
        # A palette of plain greys is taken for the greys themselves, at whatever depth. One more bit of blue in its
        # first colour, and it is read as the palette that it is.
        header = struct.unpack("<I", data[14:18])[0]
        if data[24 if header == 12 else 28] in (4, 8):
            palette = 14 + header
            return data[:palette] + bytes([data[palette] ^ 1]) + data[palette + 1 :]
    return data


def _needed_chunks(data: bytes) -> Iterator[bytes]:
    """The chunks of a PNG that pixels and orientation need. Pillow refuses files for long text and profiles."""
    at = 8
    while at + 8 < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        name = data[at + 4 : at + 8]
        if name in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"eXIf") or data.startswith(
            (b"XML:com.adobe.xmp\0\0", b"Raw profile type exif\0"), at + 8
        ):
            yield data[at : at + 12 + length]
        if name == b"IEND":
            break
        at += 12 + length


def _needed_segments(data: bytes) -> Iterator[bytes]:
    """The segments of a JPEG that pixels and orientation need. Pillow takes long over many small ones of metadata."""
    at, has_exif = 2, False
    while (at := data.find(b"\xff", at)) >= 0:
        marker = data[at + 1 : at + 2]
        if marker == b"\xda":  # here the pixels begin
            yield data[at:]
            return
        if marker in b"\0\1\xff\xd0\xd1\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9":  # has no content
            at += 1 if marker == b"\xff" else 2
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        exif = marker == b"\xe1" and data.startswith((b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"), at + 4)
        if marker in b"\xe0\xee" or not (b"\xe0" <= marker <= b"\xef" or marker == b"\xfe") or (exif and not has_exif):
            yield data[at:end]
        has_exif |= exif
        at = end
