"""Unpacking gzip within a limit."""

import zlib
from collections.abc import Iterator

from workloads.calc.otlp.common import BodyTooLarge, BrokenBody

_PIECE = 1 << 16


def gunzip(body: bytes, limit: int) -> bytes:
    """The unpacked body. Stops as soon as `limit` is passed, so that a bomb costs no more than the limit."""
    out, size = [], 0
    while body:
        member = zlib.decompressobj(wbits=31)
        for piece in _pieces(member, body):
            out.append(piece)
            size += len(piece)
            if size > limit:
                raise BodyTooLarge(f"The body is over {limit // 1_000_000} MB when unpacked.")
        if not member.eof:
            raise BrokenBody("The gzip body is cut short.")
        body = member.unused_data
    return b"".join(out)


def _pieces(member, body: bytes) -> Iterator[bytes]:
    try:
        data = body
        while not member.eof:
            piece = member.decompress(data, _PIECE)
            data = member.unconsumed_tail
            if not piece and not data:
                return
            yield piece
    except zlib.error as error:
        raise BrokenBody("The body is marked as gzip but cannot be unpacked.") from error
