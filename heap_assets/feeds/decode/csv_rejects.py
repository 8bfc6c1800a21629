"""The engine's reject table -> one RejectedRow a record, with its row and physical line.

No value of a cell gets out but in `raw`. What is done with rejects is for the feed to say.
"""

from collections.abc import Iterable

import pyarrow as pa

from heap_assets.feeds.decode.csv_lines import locate_lines
from heap_assets.feeds.decode.csv_source import CsvForm
from heap_assets.feeds.decode.model import RejectedRow

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


def rejected_rows(
    found: pa.Table,
    *,
    names: tuple[str, ...],
    object_index: int,
    header_lines: int,
    left_out: int,
    locate: tuple[CsvForm, Iterable[bytes]] | None,
) -> list[RejectedRow]:
    """Return one rejected row a record, in file order; the engine reports a record once a fault.

    `found` is sorted by line and column. The engine's `line` counts lines outside quotes from 1, blank ones too, after
    the `left_out` blank lines at the top. `locate` is given where that is neither the record nor the physical line.
    """
    faults: dict[int, list[dict[str, object]]] = {}
    for fault in found.to_pylist():
        faults.setdefault(fault["line"] - 1 + left_out, []).append(fault)
    places = {number: (left_out, number) for number in faults}
    if locate:
        form, windows = locate
        places |= locate_lines(windows, form, sorted(faults))
    rejects = []
    for number, reported in faults.items():
        blank, line = places[number]
        row = number - (left_out if len(names) == 1 else blank) - header_lines
        rejects.append(_rejected_row(reported, names, object_index, row, line + 1))
    return rejects


def _rejected_row(
    faults: list[dict[str, object]], names: tuple[str, ...], object_index: int, row: int, line: int
) -> RejectedRow:
    place = int(str(faults[0]["column_idx"]))
    reason = REASONS.get(str(faults[0]["error_type"]), "unreadable-record")
    detail = DETAILS.get(reason, "the engine cannot read it")
    if reason in ("too-few-fields", "too-many-fields"):
        fields = max(int(str(fault["column_idx"])) for fault in faults)
        detail = f"{fields} fields where {len(names)} were expected"
    named = reason not in ("too-few-fields", "too-many-fields") and 0 < place <= len(names)
    raw = str(faults[0]["csv_line"]).strip("\r\n") if faults[0]["csv_line"] is not None else None
    return RejectedRow(object_index, row, line, names[place - 1] if named else None, reason, detail, raw)
