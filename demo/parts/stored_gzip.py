"""Gzip files whose bytes are the same with every version of zlib."""

import struct
import zlib
from typing import Final

STORED_BLOCK: Final = 65535


def stored_gzip(data: bytes) -> bytes:
    """A gzip file (RFC 1952) that holds the data uncompressed, so that its bytes do not depend on zlib's version."""
    starts = range(0, max(len(data), 1), STORED_BLOCK)
    body = b"".join(_stored_block(data[start : start + STORED_BLOCK], last=start == starts[-1]) for start in starts)
    trailer = struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + body + trailer


def _stored_block(data: bytes, *, last: bool) -> bytes:
    return struct.pack("<BHH", last, len(data), len(data) ^ 0xFFFF) + data
