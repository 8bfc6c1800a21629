"""The bytes of a delimited file as UTF-8: compression and encoding recognised by content (T59, T60), read in windows.

What the bytes mean (lines, quotes, fields) is not known here.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import pyarrow as pa
from isal import igzip

from heap_assets.errors import DamagedObject, UnreadableFile
from heap_assets.feeds.decode.model import INFLATE_ERRORS, MEBIBYTE, DecodeLimits, LocalObject, check_size

WINDOW_BYTES = MEBIBYTE  # 8 cost the same CPU and 40 MB more
GZIP_MAGIC, ZSTD_MAGIC = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
NO_TEXT = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"PK\x05\x06": "an empty zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"PAR1": "a Parquet file",
    b"Obj\x01": "an Avro file",
    GZIP_MAGIC: "packed by gzip once more",
    b"BZh": "packed by bzip2",
    b"\xfd7zXZ\0": "packed by xz",
    b"7z\xbc\xaf": "a 7z archive",
    b"-----BEGIN PGP": "a PGP message",
    b"%PDF": "a PDF",
}
TAR_PLACE, TAR_MAGIC = 257, b"ustar"
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # without a mark the byte order shows in the first letter
AGAIN = "Deliver it again."
UNPACK_ERRORS = (*INFLATE_ERRORS, OSError, pa.ArrowException)


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
    packing: str
    utf16: str

    def windows(self, limits: DecodeLimits) -> Iterator[bytes]:
        """Yield the content as UTF-8 without a byte order mark, some megabytes at a time.

        Raises DamagedObject where what is packed is cut or fails its checksum, UnreadableFile where UTF-16 cannot be
        decoded or the file unpacks to more than `limits.expansion` times its size. Bytes that are not UTF-8 pass (T62).
        """
        decoder = codecs.getincrementaldecoder(self.utf16)() if self.utf16 else None
        first = True
        for window in self._unpacked(limits):
            if decoder is None:
                yield window.removeprefix(codecs.BOM_UTF8) if first else window
            else:
                yield self._decoded(decoder, window, False)
            first = False
        if decoder is not None:
            yield self._decoded(decoder, b"", True)

    @property
    def padded(self) -> bool:
        """Whether zeros stand behind the packed content, as a tape writes them; the engine stumbles over them."""
        if self.packing != "gzip":
            return False
        with self.source.path.open("rb") as file:
            file.seek(-min(4, self.source.size), 2)
            return not any(file.read())

    def _unpacked(self, limits: DecodeLimits) -> Iterator[bytes]:
        total, most = 0, max(limits.block_bytes, limits.expansion * self.source.size)
        try:
            with _opened(self.source, self.packing) as file:
                while window := file.read(WINDOW_BYTES):
                    total += len(window)
                    if total > most:
                        break
                    yield window
        except UNPACK_ERRORS as cause:
            raise DamagedObject(f"{self.packing} is cut short or damaged", where=self.source.key, todo=AGAIN) from cause
        if total > most:
            raise UnreadableFile(f"{self.packing} unpacks to more bytes than are allowed", where=self.source.key)

    def _decoded(self, decoder: codecs.IncrementalDecoder, window: bytes, final: bool) -> bytes:
        try:
            return decoder.decode(window, final).encode()
        except UnicodeError as cause:
            raise UnreadableFile("file is not in UTF-16", where=self.source.key, todo="Check its encoding.") from cause


def recognise(source: LocalObject, form: CsvForm) -> CsvSource:
    """Look at the first bytes of an object; raise DamagedObject where its size is not the listed one.

    Raises UnreadableFile where a packing is declared and not found, or where the content is known to be no text.
    """
    check_size(source)
    with source.path.open("rb") as file:
        packing = {GZIP_MAGIC: "gzip", ZSTD_MAGIC[:2]: "zstd"}.get((magic := file.read(4))[:2], "")
    if packing == "zstd" and magic != ZSTD_MAGIC:
        packing = ""
    if form.compression in ("gzip", "zstd") and packing != form.compression and source.size:
        what = f"object is not {form.compression}"
        raise UnreadableFile(what, where=source.key, todo="Check the compression of the feed.")
    packing = "" if form.compression == "none" else packing
    try:
        with _opened(source, packing) as file:
            begin = file.read(TAR_PLACE + len(TAR_MAGIC))
    except UNPACK_ERRORS as cause:
        raise DamagedObject(f"{packing} is cut short or damaged", where=source.key, todo=AGAIN) from cause
    _require_text(source, begin)
    return CsvSource(source, packing, _utf16(form.encoding, begin[:2]))


def _utf16(encoding: str, begin: bytes) -> str:
    """The decoder of UTF-16 content, '' where it is UTF-8."""
    if begin in UTF16_MARKS and encoding != "utf-8":
        return "utf-16"
    if encoding != "utf-16":
        return ""
    return "utf-16-be" if begin[:1] == b"\0" else "utf-16-le"


def _require_text(source: LocalObject, begin: bytes) -> None:
    found = next((what for magic, what in NO_TEXT.items() if begin.startswith(magic)), None)
    if begin[TAR_PLACE:] == TAR_MAGIC:
        found = "a tar archive"
    if found is not None:
        todo = "Deliver it as text, packed by gzip or zstd or not at all; or leave it out by the pattern of the feed."
        raise UnreadableFile(f"object is {found}, not delimited text", where=source.key, todo=todo)


def _opened(source: LocalObject, packing: str) -> BinaryIO:
    if packing == "zstd":
        return cast(BinaryIO, pa.CompressedInputStream(pa.OSFile(str(source.path)), "zstd"))
    unpacking: Any = igzip.IGzipFile  # 1.4 CPU seconds a million rows where the gzip module takes 2.6
    return cast(BinaryIO, unpacking(source.path, "rb")) if packing else source.path.open("rb")
