"""A bounded sample of a few objects: what kind of file it is, the head of it, and how delimited text is written.

Reading is the decoders' own: candidates of delimiter, quote and escape are tried, and the one that loses least wins.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from heap_assets.engine import Engine
from heap_assets.errors import HeapAssetsError, UnreadableFile
from heap_assets.feeds.decode import CsvForm, LocalObject, open_avro, open_csv
from heap_assets.feeds.decode.csv_lines import LineScanner
from heap_assets.feeds.decode.csv_source import CsvSource, recognise
from heap_assets.feeds.decode.model import DEFAULT_LIMITS, MEBIBYTE
from heap_assets.feeds.inference.model import OBJECT, SAMPLE_ROWS, Sample
from heap_assets.settings.feeds import FileForm

DELIMITERS = (",", "\t", "|", ";", "~", "^", "\x01", "\x1f")
HEAD_BYTES = 16 * MEBIBYTE
NO_QUOTE = "\x01"
_KINDS = ((b"PAR1", "Parquet"), (b"PK\x03\x04", "a zip archive"), (b"(\xb5/\xfd", "zstd"), (b"BZh", "bzip2"))
_DATA = (
    r"[-+]?[\d.,]+%?|\d{4}-\d\d.*|\d{1,2}[/.]\d{1,2}[/.].*|[^@\s]+@[^@\s]+|true|false|yes|no|null|[+(]?\d[\d() .-]{6,}"
)


@dataclass(frozen=True)
class _Trial:
    """What one way of writing gives of a head: every record as a row, the first line too."""

    form: CsvForm
    rows: pa.Table
    rejected: int

    @property
    def rank(self) -> tuple[bool, float, int, bool]:
        """Best is what makes several columns, rejects least, has most columns; a usual form before an unusual one."""
        total = self.rows.num_rows + self.rejected
        share = round(self.rows.num_rows / total, 2) if total else 0.0
        return self.rows.num_columns > 1 and share > 0.5, share, self.rows.num_columns, self.form.quote == '"'


def take_sample(objects: Sequence[LocalObject], engine: Engine, rows: int = SAMPLE_ROWS) -> Sample:
    """Read the first rows of each object.

    Raises UnreadableFile where an object is of no format that a feed can read, or holds nothing.
    """
    keys = tuple(item.key for item in objects)
    each = max(1, rows // len(objects))
    with objects[0].path.open("rb") as file:
        begin = file.read(4096)
    if begin.startswith(b"Obj\x01"):
        return Sample(keys, _together(_avro_rows(objects, engine, each)), None)
    _refuse_other_kinds(begin, objects[0])
    heads = [_head(item, engine.scratch, each, _encoding(begin)) for item in objects]
    filled = [place for place, head in enumerate(heads) if head.path.read_bytes().strip()]
    if not filled:
        raise UnreadableFile("the file is empty", where=keys[0], todo="Inspect one that holds rows.")
    best = _best(heads[filled[0]], engine)
    header = _header_share(best.rows)
    form = replace(best.form, header=header > 0.5)
    tables, rejected = [], 0
    for place in filled:
        found = best if place == filled[0] else _trial(heads[place], best.form, engine)
        tables.append((place, _named(found.rows, form)))
        rejected += found.rejected
    return Sample(keys, _together(tables), _file_form(form, begin), rejected, max(header, 1 - header))


def _refuse_other_kinds(begin: bytes, item: LocalObject) -> None:
    kind = next((name for magic, name in _KINDS if begin.startswith(magic)), None)
    if kind is None and begin.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"{", b"[{")):
        kind = "JSON"
    if kind is None and b"\0" in begin and _encoding(begin) == "auto" and begin[:2] not in (b"\x1f\x8b",):
        kind = "neither text nor Avro"
    if kind is not None:
        raise UnreadableFile(f"the file is {kind}", where=item.key, todo="Feeds read delimited text, and Avro of Heap.")


def _encoding(begin: bytes) -> str:
    """UTF-16 without its mark has a zero in every other byte of plain text; all else is found by the decoder."""
    marked = begin[:2] in (b"\xff\xfe", b"\xfe\xff")
    zeros = begin[1::2].count(0) > 0.8 * len(begin[1::2]) > 0
    return "utf-16" if zeros or marked else "auto"


def _avro_rows(objects: Sequence[LocalObject], engine: Engine, each: int) -> Iterator[tuple[int, pa.Table]]:
    for place, item in enumerate(objects):
        reading, taken, batches = open_avro([item], engine.scratch), 0, []
        for batch in reading.batches():
            batches.append(batch.rows)
            taken += batch.rows.num_rows
            if taken >= each:
                break
        yield place, pa.Table.from_batches(batches, schema=reading.schema).slice(0, each)


def _together(tables: Iterable[tuple[int, pa.Table]]) -> pa.Table:
    marked = [table.append_column(OBJECT, pa.array([place] * table.num_rows, pa.int32())) for place, table in tables]
    joined = pa.concat_tables(marked, promote_options="permissive")
    order = [name for name in joined.column_names if name != OBJECT]
    return joined.select([*order, OBJECT]).combine_chunks()


def _head(item: LocalObject, scratch: Path, lines: int, encoding: str) -> LocalObject:
    """The first lines of an object as plain UTF-8 in a file of its own, cut where a line ends outside quotes."""
    source = recognise(item, CsvForm(encoding=encoding))
    path = scratch / f"head-{item.index}"
    with path.open("wb") as file:
        for piece in _pieces(source, lines):
            file.write(piece)
    return LocalObject(path, item.key, item.version, item.index, path.stat().st_size)


def _pieces(source: CsvSource, lines: int) -> Iterator[bytes]:
    seen = written = 0
    for window in LineScanner(CsvForm()).scan(source.windows(DEFAULT_LIMITS)):
        content, ends = window.content, window.ends
        if seen + len(ends) > lines:
            yield content[: int(ends[lines - seen])].tobytes()
            return
        if written + len(content) > HEAD_BYTES:
            last = int(ends[-1]) if len(ends) else content.tobytes().rfind(b"\n")
            yield content[: max(last, 0)].tobytes()
            return
        seen, written = seen + len(ends), written + len(content)
        yield content.tobytes()


def _best(head: LocalObject, engine: Engine) -> _Trial:
    with head.path.open("rb") as file:
        begin = file.read(MEBIBYTE)
    first = re.sub(rb'"[^"]*"', b"", begin.lstrip(b"\r\n").splitlines()[0])
    delimiters = [item for item in DELIMITERS if item.encode() in first] or [","]
    escapes = ['"', "\\"] if b'\\"' in begin else ['"']
    forms = [CsvForm(d, '"', e, False, "utf-8", "none") for d, e in product(delimiters, escapes)]
    plain = [CsvForm(d, NO_QUOTE, NO_QUOTE, False, "utf-8", "none") for d in delimiters if d != NO_QUOTE]
    trials: list[_Trial] = []
    first_error: HeapAssetsError | None = None
    for form in [*forms, *plain]:
        if form.quote == NO_QUOTE and any(trial.rank[0] and trial.rank[1] == 1.0 for trial in trials):
            break
        try:
            trials.append(_trial(head, form, engine))
        except HeapAssetsError as error:
            first_error = first_error or error
    if not trials:
        raise first_error or UnreadableFile("no delimiter makes columns of it", where=head.key)
    return _single_quoted(max(trials, key=lambda trial: trial.rank), head, engine)


def _single_quoted(best: _Trial, head: LocalObject, engine: Engine) -> _Trial:
    """The same with single quotes, where values stand in them."""
    texts = [text for text in best.rows.columns[0].slice(0, 200).to_pylist() if text]
    if texts and sum(len(t) > 1 and t[0] == t[-1] == "'" for t in texts) > 0.9 * len(texts):
        with suppress(HeapAssetsError):
            other = _trial(head, replace(best.form, quote="'", escape="'"), engine)
            return other if other.rejected <= best.rejected else best
    return best


def _trial(head: LocalObject, form: CsvForm, engine: Engine) -> _Trial:
    reading = open_csv(head, form, engine)
    batches = [batch.rows for batch in reading.batches()]
    return _Trial(form, pa.Table.from_batches(batches, schema=reading.schema), reading.rejected.total())


def _header_share(rows: pa.Table) -> float:
    """How sure it is that the first record names the columns: 0 where a cell is empty, doubled, or looks like a value.

    Else the share of columns in which its text is of another kind than what stands below, or stands nowhere below.
    """
    first = [column[0].as_py() for column in rows.columns] if rows.num_rows else []
    bare = [str(cell).strip().lower() for cell in first if cell is not None and str(cell).strip()]
    if len(bare) < len(first) or len(set(bare)) < len(bare) or any(re.fullmatch(_DATA, cell) for cell in bare):
        return 0.0
    if rows.num_rows == 1:
        return 1.0
    apart = 0
    for cell, column in zip(bare, rows.columns, strict=True):
        below = column.slice(1)
        apart += not pc.any(pc.equal(pc.utf8_lower(below), pa.scalar(cell))).as_py()
    return max(0.0, apart / len(bare))


def _named(rows: pa.Table, form: CsvForm) -> pa.Table:
    if not form.header:
        return rows.rename_columns([f"column_{place + 1}" for place in range(rows.num_columns)])
    if not rows.num_rows:
        return rows
    names: list[str] = []
    for place, column in enumerate(rows.columns):
        name = column[0].as_py() or f"column_{place + 1}"
        names.append(name if name not in names else f"{name} ({place + 1})")
    return rows.slice(1).rename_columns(names)


def _file_form(form: CsvForm, begin: bytes) -> FileForm:
    kind = {"\t": "tsv", "|": "psv"}.get(form.delimiter, "csv")
    unmarked = _encoding(begin) == "utf-16" and begin[:2] not in (b"\xff\xfe", b"\xfe\xff")
    encoding = "utf-16" if unmarked else "auto"
    return FileForm(kind, form.delimiter, form.quote, form.escape, bool(form.header), encoding, "auto")
