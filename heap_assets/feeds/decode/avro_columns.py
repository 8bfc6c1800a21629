"""Columns as datafusion decodes Avro -> columns as we deliver them: widened, in plain Arrow types, the rest as text.

Text is canonical: 5, 5.5, true as they are, bytes as Avro's own JSON writes them (one character a byte), nested values
as JSON. Nothing here touches files.
"""

import itertools
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heap_assets.feeds.decode.avro_types import AvroType, stored_places
from heap_assets.feeds.decode.float_text import float_text


def delivered_column(decoded: pa.Array, declared: AvroType) -> pa.Array:
    """Return a decoded column in its delivered type, which is `declared.arrow`."""
    if pa.types.is_union(decoded.type):
        return _join_branches(decoded, declared)
    branch = declared.branches[0] if declared.branches else declared
    return _as_type(decoded, branch, declared.arrow)


def unstored_column(declared: AvroType, rows: int) -> pa.Array:
    """Return a column whose values take no bytes: null, or a record of nulls, in every row."""
    return pa.repeat(pa.scalar(_text(_nothing(declared)), pa.string()), rows)


def _join_branches(decoded: pa.UnionArray, declared: AvroType) -> pa.Array:
    """Put the branches of a union, each in the common type, back into one column."""
    branches = [_as_type(decoded.field(place), part, declared.arrow) for place, part in enumerate(declared.parts)]
    starts = np.cumsum([0] + [len(branch) for branch in branches])
    codes, offsets = decoded.type_codes.to_numpy(), decoded.offsets.to_numpy()
    return pa.concat_arrays(branches).take(pa.array(starts[codes] + offsets))


def _as_type(decoded: pa.Array, branch: AvroType, wanted: pa.DataType) -> pa.Array:
    if decoded.type == wanted:
        return decoded
    if pa.types.is_null(decoded.type):
        return pa.nulls(len(decoded), wanted)
    if pa.types.is_timestamp(decoded.type):
        return _instants(decoded, wanted)
    if pa.types.is_nested(decoded.type) or pa.types.is_dictionary(decoded.type):
        return pa.array([_text(value) for value in _values(decoded, branch)], pa.string())
    if wanted == pa.string() and branch.kind in ("bytes", "fixed") and branch.logical != "decimal":
        return pa.array([_text(value) for value in _values(decoded, branch)], pa.string())
    if wanted == pa.string() and pa.types.is_floating(decoded.type):
        return float_text(decoded)
    return pc.cast(decoded, wanted)


def _instants(decoded: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Bring instants to UTC microseconds, then to `wanted`; nanoseconds are cut off, no zone means UTC (T33).

    A millisecond that 64-bit microseconds have no room for is the last that they have: no calendar has either.
    """
    finer = decoded.type.unit == "ns"
    if decoded.type.unit == "ms":
        held = pc.max_element_wise(
            pc.min_element_wise(decoded.view(pa.int64()), _LAST, skip_nulls=False), -_LAST, skip_nulls=False
        )
        decoded = held.view(decoded.type)
    instants = pc.cast(decoded, pa.timestamp("us", tz="UTC"), safe=not finer)
    return instants if wanted == instants.type else pc.cast(instants, wanted)


_LAST = (2**63 - 1) // 1000


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _values(decoded: pa.Array, declared: AvroType) -> list[Any]:
    """Return values that JSON can hold, one a row; names are those of the delivered schema."""
    if pa.types.is_union(decoded.type):
        columns = [_values(decoded.field(place), part) for place, part in enumerate(declared.parts)]
        codes, offsets = decoded.type_codes.to_pylist(), decoded.offsets.to_pylist()
        return [columns[code][offset] for code, offset in zip(codes, offsets, strict=True)]
    one = declared.branches[0] if declared.branches else declared
    present = decoded.is_valid().to_pylist()
    if one.kind == "record":
        # not decoded.flatten(), which aborts the process where a field is a dense union (pyarrow 26)
        fields = [[_nothing(part)] * len(decoded) for part in one.parts]
        for column, place in enumerate(stored_places(one)):
            fields[place] = _values(decoded.field(column), one.parts[place])
        rows = [dict(zip(one.names, row, strict=True)) for row in zip(*fields, strict=True)] if fields else []
        return [row if there else None for row, there in zip(rows or [{}] * len(decoded), present, strict=True)]
    if one.kind in ("array", "map"):
        return _lists(decoded, one, present)
    if one.kind == "enum":
        places = decoded.indices.to_pylist() if pa.types.is_dictionary(decoded.type) else [None] * len(decoded)
        return [None if place is None else one.names[place] for place in places]
    return [_scalar(value) for value in _plain(decoded).to_pylist()]


def _nothing(one: AvroType) -> Any:
    """The value of a type that takes no bytes: null, or a record of such."""
    if one.kind != "record":
        return None
    return {name: _nothing(part) for name, part in zip(one.names, one.parts, strict=True)}


def _lists(decoded: pa.Array, one: AvroType, present: list[bool]) -> list[Any]:
    ends = decoded.offsets.to_pylist()
    spans = [slice(begin, end) for begin, end in itertools.pairwise(ends)]
    if one.kind == "array":
        items = _values(decoded.values, one.parts[0])
        return [items[span] if there else None for span, there in zip(spans, present, strict=True)]
    keys, items = decoded.keys.to_pylist(), _values(decoded.items, one.parts[0])
    pairs = [dict(zip(keys[span], items[span], strict=True)) for span in spans]
    return [pair if there else None for pair, there in zip(pairs, present, strict=True)]


def _plain(decoded: pa.Array) -> pa.Array:
    """Instants, dates and decimals as text: Python's own types hold neither nanoseconds nor every year."""
    if pa.types.is_temporal(decoded.type) or pa.types.is_decimal(decoded.type):
        return pc.cast(decoded, pa.string())
    return decoded


def _scalar(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value
