"""The bytes of a delimited file as UTF-8: compression and encoding recognised by content (T59, T60), read in windows.

What the bytes mean (lines, quotes, fields) is not known here.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from isal import igzip

from heap_assets.errors import DamagedObject, UnreadableFile
from heap_assets.feeds.decode.model import INFLATE_ERRORS, MEBIBYTE, DecodeLimits, LocalObject, check_size

WINDOW_BYTES = 8 * MEBIBYTE
GZIP_MAGIC = b"\x1f\x8b"
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
AGAIN = "Deliver it again."


@dataclass(frozen=True)
class CsvForm:
    """How a delimited file is written: single ASCII characters, an empty `quote` where nothing is quoted.

    `header`: True where the first line names the columns, the names themselves where it does not, False where nobody
    knows them (column0, column1, ...). `encoding`: auto, utf-8, utf-16. `compression`: auto, none, gzip.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    header: bool | tuple[str, ...] = True
    encoding: str = "auto"
    compression: str = "auto"


@dataclass(frozen=True)
class CsvSource:
    """One object with what its first bytes say about it."""

    source: LocalObject
    gzip: bool
    utf16: bool

    def windows(self, limits: DecodeLimits) -> Iterator[bytes]:
        """Yield the content as UTF-8 without a byte order mark, some megabytes at a time.

        Raises DamagedObject where gzip is cut or fails its checksum, UnreadableFile where UTF-16 cannot be decoded or
        the file unpacks to more than `limits.expansion` times its size. Bytes that are not UTF-8 pass (T62).
        """
        decoder = codecs.getincrementaldecoder("utf-16")() if self.utf16 else None
        first = True
        for window in self._unpacked(limits):
            if decoder is None:
                yield window.removeprefix(codecs.BOM_UTF8) if first else window
            else:
                yield self._decoded(decoder, window, False)
            first = False
        if decoder is not None:
            yield self._decoded(decoder, b"", True)

    def _unpacked(self, limits: DecodeLimits) -> Iterator[bytes]:
        total, most = 0, max(limits.block_bytes, limits.expansion * self.source.size)
        try:
            with _opened(self.source, self.gzip) as file:
                while window := file.read(WINDOW_BYTES):
                    total += len(window)
                    if total > most:
                        break
                    yield window
        except INFLATE_ERRORS as cause:
            raise DamagedObject("gzip is cut short or damaged", where=self.source.key, todo=AGAIN) from cause
        if total > most:
            raise UnreadableFile("gzip unpacks to more bytes than are allowed", where=self.source.key)

    def _decoded(self, decoder: codecs.IncrementalDecoder, window: bytes, final: bool) -> bytes:
        try:
            return decoder.decode(window, final).encode()
        except UnicodeError as cause:
            raise UnreadableFile("file is not in UTF-16", where=self.source.key, todo="Check its encoding.") from cause


def recognise(source: LocalObject, form: CsvForm) -> CsvSource:
    """Look at the first bytes of an object; raise DamagedObject where its size is not the listed one.

    Raises UnreadableFile where gzip is declared but not found.
    """
    check_size(source)
    with source.path.open("rb") as file:
        packed = file.read(2) == GZIP_MAGIC
    if form.compression == "gzip" and not packed and source.size:
        raise UnreadableFile("object is not gzip", where=source.key, todo="Check the compression of the feed.")
    packed = packed and form.compression != "none"
    try:
        with _opened(source, packed) as file:
            marked = file.read(2) in UTF16_MARKS
    except INFLATE_ERRORS as cause:
        raise DamagedObject("gzip is cut short or damaged", where=source.key, todo=AGAIN) from cause
    return CsvSource(source, packed, form.encoding == "utf-16" or (form.encoding == "auto" and marked))


def _opened(source: LocalObject, packed: bool) -> BinaryIO:
    unpacking: Any = igzip.IGzipFile  # 1.4 CPU seconds a million rows where the gzip module takes 2.6
    return cast(BinaryIO, unpacking(source.path, "rb")) if packed else source.path.open("rb")
