"""Unpacking Avro blocks into one growing buffer: bounds first, then bytes, then the checksum (T27).

Only snappy blocks carry a checksum. A block that claims too much is refused before memory is taken for it.
"""

import mmap
import zlib

import cramjam
from isal import isal_zlib

from heap_assets.errors import DamagedObject, UnreadableFile
from heap_assets.feeds.decode.avro_container import AGAIN, AvroPart, Block
from heap_assets.feeds.decode.model import INFLATE_ERRORS, DecodeLimits

CRC_BYTES = 4
ADLER_BYTES = 4  # fastavro leaves three bytes of zlib's own checksum behind the deflate stream


class Buffer:
    """Bytes of one chunk, appended block by block; the memory is kept from chunk to chunk."""

    def __init__(self, capacity: int) -> None:
        """Take `capacity` bytes now; a block that does not fit makes it grow."""
        self._bytes = bytearray(capacity)
        self.filled = 0

    def room(self, size: int) -> memoryview:
        """Return the next `size` bytes to write into, and count them as filled."""
        needed = self.filled + size
        if needed > len(self._bytes):
            grown = bytearray(max(needed, 2 * len(self._bytes)))
            grown[: self.filled] = memoryview(self._bytes)[: self.filled]
            self._bytes = grown
        view = memoryview(self._bytes)[self.filled : needed]
        self.filled = needed
        return view

    def content(self) -> memoryview:
        """Return what has been filled."""
        return memoryview(self._bytes)[: self.filled]


def unpack_block(part: AvroPart, raw: mmap.mmap, block: Block, buffer: Buffer, limits: DecodeLimits) -> None:
    """Append a block's rows to the buffer as plain Avro bytes.

    Raises UnreadableFile where the block says that it holds more than the limits allow, DamagedObject where its bytes
    do not unpack, fail their checksum, or cannot hold as many rows as it counts.
    """
    if block.rows == block.size == 0:
        return
    before = buffer.filled
    if part.codec == "snappy":
        _unpack_snappy(part, raw, block, buffer, limits)
    elif part.codec == "deflate":
        _unpack_deflate(part, raw, block, buffer, limits)
    else:
        _check_claim(part, block, block.size, limits)
        buffer.room(block.size)[:] = raw[block.start : block.start + block.size]
    size = buffer.filled - before
    least = part.record.least_bytes
    if block.rows * least > size or (size > 0 and not (least and block.rows)):
        raise damaged(part, block, "counts rows that its bytes cannot hold")
    if not least and block.rows > limits.expansion * block.framed:
        raise UnreadableFile("Avro block counts more rows than are allowed for its bytes", where=part.source.key)


def _unpack_snappy(part: AvroPart, raw: mmap.mmap, block: Block, buffer: Buffer, limits: DecodeLimits) -> None:
    packed = raw[block.start : block.start + block.size]
    if len(packed) <= CRC_BYTES:
        raise damaged(part, block, "is too short")
    claim = _snappy_length(part, block, packed)
    _check_claim(part, block, claim, limits)
    room = buffer.room(claim)
    try:
        written = cramjam.snappy.decompress_raw_into(memoryview(packed)[:-CRC_BYTES], room) if claim else 0
    except Exception as cause:  # cramjam.DecompressionError is made at import and has no stable base
        raise damaged(part, block, "does not decompress") from cause
    if written != claim or isal_zlib.crc32(room) != int.from_bytes(packed[-CRC_BYTES:], "big"):
        raise damaged(part, block, "fails its checksum")


def _snappy_length(part: AvroPart, block: Block, packed: bytes) -> int:
    """Return the length that a snappy block begins with: a number of 32 bits, seven a byte."""
    number = 0
    for place, byte in enumerate(packed[:5]):
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return number
    raise damaged(part, block, "does not decompress")


def _unpack_deflate(part: AvroPart, raw: mmap.mmap, block: Block, buffer: Buffer, limits: DecodeLimits) -> None:
    """Inflate with a bound on the output, since a deflate block does not say how large it will be."""
    inflater = isal_zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    most = min(limits.block_bytes, limits.expansion * max(block.size, 1))
    try:
        plain = inflater.decompress(raw[block.start : block.start + block.size], most + 1)
    except INFLATE_ERRORS as cause:
        raise damaged(part, block, "does not decompress") from cause
    _check_claim(part, block, len(plain), limits)
    if not inflater.eof or len(inflater.unused_data) > ADLER_BYTES:
        raise damaged(part, block, "does not decompress")
    buffer.room(len(plain))[:] = plain


def _check_claim(part: AvroPart, block: Block, size: int, limits: DecodeLimits) -> None:
    if size > limits.block_bytes or size > limits.expansion * max(block.size, 1):
        raise UnreadableFile(
            f"Avro block at byte {block.start} unpacks to more bytes than are allowed",
            where=part.source.key,
            todo="If the file is genuine, have it written with smaller blocks.",
        )


def damaged(part: AvroPart, block: Block, what: str) -> DamagedObject:
    """Return the error for a block, named by its first byte in the file."""
    return DamagedObject(f"Avro block at byte {block.start} {what}", where=part.source.key, todo=AGAIN)
