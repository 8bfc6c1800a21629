"""The engine's reject table -> rejected records, a batch at a time, each with its row and physical line.

No value of a cell gets out but in `raw`. What is done with rejects is for the feed to say.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from heap_assets.feeds.decode.csv_lines import LineLocator
from heap_assets.feeds.decode.model import RejectedBatch, arrow_integers

REASONS = {
    "MISSING COLUMNS": "too-few-fields",
    "TOO MANY COLUMNS": "too-many-fields",
    "INVALID ENCODING": "bad-encoding",
    "UNQUOTED VALUE": "unquoted-value",
    "LINE SIZE OVER MAXIMUM": "line-too-long",
}
DETAILS = {
    "bad-encoding": "bytes that are not UTF-8",
    "unquoted-value": "text behind a closing quote",
    "line-too-long": "a record longer than the limit",
}
WRONG_NUMBER = ("too-few-fields", "too-many-fields")  # of fields
Numbers = npt.NDArray[np.int64]


def rejected_batches(
    found: Iterable[pa.RecordBatch],
    *,
    names: tuple[str, ...],
    object_index: int,
    header_lines: int,
    left_out: int,
    locator: LineLocator | None,
) -> Iterator[RejectedBatch]:
    """Yield the rejected records in file order, each once; the engine reports a record once a fault.

    `found` is sorted by line and place of the column. The engine's `line` counts lines outside quotes from 1, blank
    ones too, after the `left_out` blank lines at the top. `locator` is given where that is neither the record nor the
    physical line.
    """
    for faults in _whole_records(found):
        lines, places = faults.column("line").to_numpy(), faults.column("place").to_numpy()
        begins = np.flatnonzero(np.diff(lines, prepend=-1))
        numbers = lines[begins] - 1 + left_out
        blank, physical = locator.places(numbers) if locator else (np.full_like(numbers, left_out), numbers)
        first = faults.take(arrow_integers(begins))
        reason = _known(first.column("error"), REASONS, "unreadable-record")
        wrong_number = pc.is_in(reason, pa.array(WRONG_NUMBER))
        yield RejectedBatch(
            arrow_integers(np.full(len(begins), object_index, dtype=np.int32)),
            arrow_integers(numbers - (left_out if len(names) == 1 else blank) - header_lines),
            arrow_integers(physical + 1),
            _column(first.column("place"), wrong_number, names),
            reason,
            _detail(reason, wrong_number, np.maximum.reduceat(places, begins), len(names)),
            first.column("raw"),
        )


def _whole_records(found: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same faults in batches that begin and end with a record."""
    held: list[pa.RecordBatch] = []
    for batch in found:
        if not batch.num_rows:
            continue
        faults = pa.concat_batches([*held, batch])
        lines = faults.column("line").to_numpy()
        last = int(np.searchsorted(lines, lines[-1]))
        if last:
            yield faults.slice(0, last)
        held = [faults.slice(last)]
    yield from held


def _known(values: pa.Array, meanings: dict[str, str], otherwise: str) -> pa.Array:
    meant = pa.array(list(meanings.values())).take(pc.index_in(values, pa.array(list(meanings))))
    return pc.fill_null(meant, otherwise)


def _column(places: pa.Array, wrong_number: pa.Array, names: tuple[str, ...]) -> pa.Array:
    """The name of the column at fault; a number of fields is no column's fault."""
    named = pc.and_(pc.invert(wrong_number), pc.and_(pc.greater(places, 0), pc.less_equal(places, len(names))))
    return pa.array(names, pa.string()).take(pc.if_else(named, pc.subtract(places, 1), None))


def _detail(reason: pa.Array, wrong_number: pa.Array, fields: Numbers, expected: int) -> pa.Array:
    counted = pc.binary_join_element_wise(
        arrow_integers(fields).cast(pa.string()), f"fields where {expected} were expected", " "
    )
    return pc.if_else(wrong_number, counted, _known(reason, DETAILS, "the engine cannot read it"))
