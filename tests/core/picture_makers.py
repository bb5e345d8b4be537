"""Image files written byte by byte, for depths that Pillow reads but does not write."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(samples, depth, colour, *, before=b"", after=b"", interlaced=False) -> bytes:
    """A PNG of samples (height, width) or (height, width, channels), each 0 .. 2**depth - 1, with more chunks about IDAT."""
    samples = np.asarray(samples).reshape(*np.shape(samples)[:2], CHANNELS[colour])
    height, width = samples.shape[:2]
    rows = b""
    for left, top, across, down in ADAM7 if interlaced else [(0, 0, 1, 1)]:
        for row in samples[top::down, left::across]:
            if row.size:
                bits = (row.reshape(-1, 1) >> np.arange(depth - 1, -1, -1)) & 1
                rows += b"\0" + np.packbits(bits.astype(np.uint8).ravel()).tobytes()
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    body = chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(rows)) + after + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def bmp(rows: bytes, width, height, bits, *, palette=b"", compression=0, masks=b"", header=40) -> bytes:
    """A BMP of padded rows from the bottom up. Masks stand after a header of 40 bytes, inside one of 56."""
    start = 54 + len(masks) + len(palette)
    return (
        b"BM"
        + struct.pack("<IHHI", start + len(rows), 0, 0, start)
        + struct.pack(
            "<IiiHHIIiiII", header, width, height, 1, bits, compression, len(rows), 0, 0, len(palette) // 4, 0
        )
        + masks
        + palette
        + rows
    )


def saved(picture, kind: str = "PNG", mode: str | None = None, **settings) -> bytes:
    """What Pillow writes of an array or image."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(np.asarray(picture).astype(np.uint8))
    file = io.BytesIO()
    (image.convert(mode) if mode else image).save(file, kind, **settings)
    return file.getvalue()
