"""Files of BGZF, block by block."""

import struct
import zlib


def block(data: bytes) -> bytes:
    """Returns a block of BGZF."""
    deflate = zlib.compressobj(wbits=-15)
    packed = deflate.compress(data) + deflate.flush()
    head = struct.pack("<4BI2BH2B2H", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, len(packed) + 25)
    return head + packed + struct.pack("<2I", zlib.crc32(data), len(data))


def blocked(plain: bytes, size: int = 4000) -> bytes:
    """Returns BGZF with this much data in each block, and the block that ends a file."""
    starts = [*range(0, len(plain), size), len(plain)]
    return b"".join(block(plain[start : start + size]) for start in starts)
