"""What a domain table must hold, in ten lines of Python over the deliveries there are; comparing tables with it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from heap_assets.settings import FeedSpec
from heap_assets_tests.laws.world import Content, Row, World

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SYSTEM = ("_pk", "_file_date", "_delivery", "_object", "_object_version", "_row", "_updated")


def winners(world: World, spec: FeedSpec) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Of each key the live row of the greatest precedence, with its system columns (architecture.md 4)."""
    best: dict[tuple[Any, ...], tuple[tuple[Any, ...], dict[str, Any]]] = {}
    for name, content in live(world, spec).items():
        for place, (key, rows) in enumerate(content.objects):
            for number, row in enumerate(rows):
                identity = tuple(row.get(field) for field in spec.primary_key)
                updated = _updated(spec, name, content, row)
                order = (_rank(updated) if spec.last_updated else (), content.order, _ties(spec, row), place, number)
                if accepted(spec, row) and (identity not in best or best[identity][0] < order):
                    best[identity] = order, _shown(spec, name, content, (key, number), row, updated)
    return {identity: row for identity, (_, row) in best.items()}


def live(world: World, spec: FeedSpec) -> dict[str, Content]:
    """Deliveries that count: those not before the greatest full one."""
    known = world.counting(spec)
    void = max((content.order for content in known.values() if content.full), default=None)
    return {name: content for name, content in known.items() if void is None or content.order >= void}


def live_rows(world: World, spec: FeedSpec) -> int:
    """Rows that land of the deliveries that count."""
    return sum(good for good, _ in (counted(spec, content) for content in live(world, spec).values()))


def accepted(spec: FeedSpec, row: Row) -> bool:
    """Whether a row lands: its key and what the settings require are there."""
    needed = {*spec.primary_key, *(item.name for item in spec.fields if item.required)}
    return all(row.get(field) is not None for field in needed)


def counted(spec: FeedSpec, content: Content) -> tuple[int, int]:
    """Rows of a delivery that land, and those that are set aside."""
    rows = [row for _, part in content.objects for row in part]
    good = sum(accepted(spec, row) for row in rows)
    return good, len(rows) - good


def columns(world: World, spec: FeedSpec) -> set[str]:
    """Columns that the live deliveries name."""
    lived = live(world, spec).values()
    return {name for content in lived for _, rows in content.objects for row in rows for name in _named(spec, row)}


def differences(found: pa.Table, wanted: Mapping[tuple[Any, ...], Row], needed: Iterable[str]) -> list[str]:
    """How a domain table differs from the reference, in words; every column counts. Empty where it does not."""
    missing = sorted({*needed, *SYSTEM} - set(found.column_names))
    told = [f"no column {name}" for name in missing]
    have = {row["_pk"]: row for row in found.to_pylist()}
    want = {row["_pk"]: row for row in wanted.values()}
    if len(have) != found.num_rows:
        told.append("a key stands twice")
    told += [f"missing {key}" for key in sorted(want.keys() - have.keys())]
    told += [f"too many {key}" for key in sorted(have.keys() - want.keys())]
    for key in sorted(want.keys() & have.keys()):
        for name in found.column_names:
            kind = found.schema.field(name).type
            if have[key][name] != _in_type(want[key].get(name), kind):
                told.append(f"{key}.{name}: {have[key][name]!r} is not {want[key].get(name)!r}")
    return told


def plain(found: pa.Table) -> dict[str, dict[str, Any]]:
    """Rows by `_pk`, without nulls, all as text: two lakes may know a column, or its type, from a void delivery."""
    return {
        row["_pk"]: {name: _text(value) for name, value in row.items() if value is not None}
        for row in found.to_pylist()
    }


def _shown(
    spec: FeedSpec, name: str, content: Content, place: tuple[str, int], row: Row, updated: int | None
) -> dict[str, Any]:
    named = _named(spec, row)
    delivered = {field: _moment(value) if field in spec.time_fields else value for field, value in named.items()}
    return {
        **delivered,
        "_pk": "|".join(str(row[field]) for field in spec.primary_key),
        "_file_date": content.day,
        "_delivery": name,
        "_object": place[0],
        "_object_version": content.versions[place[0]],
        "_row": place[1],
        "_updated": updated,
    }


def _named(spec: FeedSpec, row: Row) -> dict[str, Any]:
    """A row under the names that the settings give its fields."""
    names = {item.delivered: item.name for item in spec.fields}
    return {names.get(field, field): value for field, value in row.items()}


def _updated(spec: FeedSpec, name: str, content: Content, row: Row) -> int | None:
    if spec.last_updated is None:
        day = datetime(content.day.year, content.day.month, content.day.day, tzinfo=UTC)
        return int(name) if spec.delivery == "heap_connect" else (day - EPOCH) // MICROSECOND
    value = row.get(spec.last_updated)
    if value is None or isinstance(value, int):
        return value
    return int(value) if value.isdigit() else (_moment(value) - EPOCH) // MICROSECOND


def _moment(value: str | int | None) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, int):
        return EPOCH + value * MICROSECOND
    held = datetime.fromisoformat(value)
    return held if held.tzinfo else held.replace(tzinfo=UTC)


def _ties(spec: FeedSpec, row: Row) -> tuple[Any, ...]:
    return tuple(_rank(row.get(field)) for field in spec.tie_break)


def _rank(value: Any) -> tuple[Any, ...]:
    return () if value is None else (value,)


def _in_type(value: Any, kind: pa.DataType) -> Any:
    return _text(value) if value is not None and pa.types.is_string(kind) else value


def _text(value: Any) -> str:
    """Canonical text (architecture.md 4): 5, 5.5, true."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
