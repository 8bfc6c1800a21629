"""Which representatives are compared: those that share a blocking key, in blocks cut to a size that can be compared.

A block that is too large is refined by a second key; what stays too large is dropped, and both are reported. Which keys
there are is in `strategies`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import pyarrow as pa

from heap_assets.engine import Engine, literal, quote
from heap_assets.engine.sql import columns
from heap_assets.stitch.fields import LISTS, Layout
from heap_assets.stitch.options import StitchOptions, Strategy
from heap_assets.stitch.runs import NO_CODE, Runs, coded, united
from heap_assets.stitch.strategies import Part, strategies_of

MOST_CUTS = 8  # as many refiners as there are, and some to spare
_REFINERS = (("given-name[3]", "surname[3]"), ("birthdate",), ("postal",), ("email",), ("phone",))
_MEMBERS = pa.schema([("strategy", pa.int8()), ("cut", pa.int8()), ("block", pa.int64()), ("i", pa.int64())])
_NOTHING = "SELECT 0::TINYINT AS strategy, 0::TINYINT AS cut, 0::BIGINT AS block, 0::BIGINT AS i WHERE FALSE"


@dataclass(frozen=True)
class Blocks:
    """What one strategy brought: its blocks, those refined, and those dropped because they were too large."""

    strategy: Strategy
    used: int = 0
    refined: int = 0
    dropped: int = 0


def block(engine: Engine, layout: Layout, options: StitchOptions, count: int) -> list[Blocks]:
    """Make `block_members` (strategy, cut, block, i) of `representatives`; returns what each strategy brought.

    `block` is a number within strategy and cut.
    """
    strategies = strategies_of(layout, options, count)
    _keep_keys(engine, layout, strategies)
    blocked = [_block(engine, layout, options, count, item) for item in enumerate(strategies)]
    parts = [part for one in blocked for part in one.members]
    engine.bind_arrow("block_members", pa.concat_tables([_MEMBERS.empty_table(), *parts]))
    engine.drop("block_keys")
    return [one.blocks for one in blocked]


def _keep_keys(engine: Engine, layout: Layout, strategies: Sequence[Strategy]) -> None:
    """Make `block_keys`: a column of each strategy's keys, hashed, in one pass over wide rows.

    From there on blocking sees whole numbers alone. Two keys of one hash are compared once in vain. A part that several
    strategies share is cut and hashed once.
    """
    wanted = {number: _parts(one) for number, one in enumerate(strategies) if not _several(layout, _parts(one))}
    names = {part: f"part_{place}" for place, part in enumerate(dict.fromkeys(chain(*wanted.values())))}
    hashed = "".join(f", hash({_part_sql(part)}) AS {name}" for part, name in names.items())
    keys = "".join(
        f", CASE WHEN {_whole(parts)} THEN {_combined([names[part] for part in parts])} END AS {_key(number)}"
        for number, parts in wanted.items()
    )
    engine.keep("block_keys", f"SELECT i{keys} FROM (SELECT *{hashed} FROM representatives) AS r")


def _combined(hashes: Sequence[str]) -> str:
    return hashes[0] if len(hashes) == 1 else _hashed(hashes)


def candidates(engine: Engine, options: StitchOptions, count: int) -> None:
    """Make `candidates` (l, r, found): pairs l < r, `found` has one bit for each strategy that brought them together.

    Up to `every_pair_up_to` representatives, every pair is a candidate.
    """
    found = []
    for number in engine.rows(_USED)["strategy"].to_pylist():
        rows = engine.rows(_NAMED.format(strategy=number))
        left, right = Runs.of(rows["name"].to_numpy(), rows["i"].to_numpy()).pairs()
        found.append(coded(left, right, count, number))
    if count <= options.every_pair:
        left, right = np.triu_indices(count, 1)
        found.append(coded(left, right, count, NO_CODE))
    left, right, bits = united(found, count)
    engine.keep_arrow("candidates", pa.table({"l": left, "r": right, "found": bits}))


_USED = "SELECT DISTINCT strategy FROM block_members ORDER BY strategy"
_NAMED = f"SELECT block * {MOST_CUTS} + cut AS name, i FROM block_members WHERE strategy = {{strategy}}"


def report(engine: Engine, blocks: Sequence[Blocks]) -> pa.Table:
    """One row a strategy: blocks used, refined and dropped, its pairs, and those that no other strategy brought."""
    found = {row["found"]: row["pairs"] for row in engine.rows(_FOUND).to_pylist()}
    rows = []
    for number, one in enumerate(blocks):
        bit = 1 << number
        rows.append(
            {
                "strategy": one.strategy.name,
                "blocks": one.used,
                "refined": one.refined,
                "dropped": one.dropped,
                "pairs": sum(pairs for mask, pairs in found.items() if mask & bit),
                "alone": found.get(bit, 0),
            }
        )
    return pa.Table.from_pylist(rows, schema=_REPORT)


_FOUND = "SELECT found, count(*) AS pairs FROM comparisons GROUP BY found"
_REPORT = pa.schema(
    [("strategy", pa.string()), *((name, pa.int64()) for name in ("blocks", "refined", "dropped", "pairs", "alone"))]
)


def blocking_keys_sql(layout: Layout, strategies: Sequence[Strategy]) -> str:
    """stitch_blocking_keys (7.6): one row a strategy, representative and key, for keys that two or more share."""
    return f"""
        SELECT s.strategy, m.datasource, m.pk, s.bk FROM ({keys_of_sql(layout, strategies)}) AS s
        SEMI JOIN block_members AS b ON s.number = b.strategy AND s.i = b.i
        JOIN members AS m ON s.i = m.i AND m."first"
    """


def keys_of_sql(layout: Layout, strategies: Sequence[Strategy]) -> str:
    """One row a strategy, representative and key (strategy, number, i, bk), whether or not a block came of it."""
    statements = []
    for number, one in enumerate(strategies):
        source, keys = _source(layout, [Part.parse(key) for key in one.keys])
        text = " || ':' || ".join(quote(key) for key in keys)
        statements.append(
            f"SELECT {literal(one.name)} AS strategy, {number} AS number, i, {text} AS bk FROM {source} AS s"
        )
    nothing = "SELECT '' AS strategy, 0 AS number, 0::BIGINT AS i, '' AS bk WHERE FALSE"
    return " UNION ALL ".join([*statements, nothing])


@dataclass(frozen=True)
class _Blocked:
    """One strategy: what it brought, and its rows of `block_members`."""

    blocks: Blocks
    members: list[pa.Table]


def _key(number: int) -> str:
    return f"key_{number}"


def _parts(strategy: Strategy) -> list[Part]:
    return [Part.parse(key) for key in strategy.keys]


def _hashed(keys: Sequence[str]) -> str:
    return f"hash({', '.join(keys)})"


def _block(engine: Engine, layout: Layout, options: StitchOptions, count: int, item: tuple[int, Strategy]) -> _Blocked:
    number, strategy = item
    every = _keyed(engine, layout, number, strategy)
    shared = every.where(every.sizes > 1)
    cap = strategy.cap or options.block_cap
    limit = _within_allowance(shared.sized(), strategy, count, cap)
    chosen, crowded = shared.where(shared.sizes <= limit), shared.where(shared.sizes > cap)
    told = Blocks(strategy, len(chosen.sizes), 0, len(crowded.sizes))
    members = [_members(number, chosen)]
    if not told.dropped or strategy.allowance:
        return _Blocked(told, members)
    engine.bind_arrow("crowded", pa.table({"block": crowded.numbers, "i": crowded.rows}))
    cuts = [
        _refined(layout, number, cut, refiner, cap) for cut, refiner in enumerate(_refiners(layout, strategy), start=1)
    ]
    engine.keep("refined", " UNION ALL ".join([*cuts, _NOTHING]))
    members.append(engine.rows("SELECT * FROM refined").cast(_MEMBERS))
    refined = int(engine.value("SELECT count(DISTINCT c.block) FROM crowded AS c JOIN refined AS t ON c.i = t.i"))
    for name in ("crowded", "refined"):
        engine.drop(name)
    return _Blocked(replace(told, refined=refined, dropped=told.dropped - refined), members)


def _keyed(engine: Engine, layout: Layout, number: int, strategy: Strategy) -> Runs:
    """Representatives by their keys of one strategy; one with several e-mails or phones stands once for each."""
    parts = _parts(strategy)
    statement = f"SELECT i, {_key(number)} AS key FROM block_keys"
    if _several(layout, parts):
        source, keys = _source(layout, parts)
        statement = f"SELECT DISTINCT i, {_hashed(keys)} AS key FROM {source} AS s"
    rows = engine.rows(f"SELECT i, key FROM ({statement}) AS s WHERE key IS NOT NULL")
    return Runs.of(rows["key"].to_numpy(), rows["i"].to_numpy())


def _members(number: int, runs: Runs) -> pa.Table:
    size = len(runs.rows)
    columns = (np.full(size, number, np.int8), np.zeros(size, np.int8), runs.numbers, runs.rows)
    return pa.table(list(columns), schema=_MEMBERS)


def _within_allowance(sizes: dict[int, int], strategy: Strategy, count: int, cap: int) -> int:
    """The greatest size of a block that is taken: whole sizes, smallest first, so that no order of blocks decides."""
    if strategy.allowance is None:
        return cap
    share, number = strategy.allowance
    left = share * count + number
    limit = 0
    for members in sorted(sizes):
        left -= sizes[members] * members * (members - 1) // 2
        if members > cap or left < 0:
            break
        limit = members
    return limit


def _refiners(layout: Layout, strategy: Strategy) -> list[list[Part]]:
    taken = {column for key in strategy.keys for column in Part.parse(key).columns()}
    chosen = [[Part.parse(key) for key in keys] for keys in _REFINERS]
    return [
        parts
        for parts in chosen
        if all(layout.has(*part.columns()) for part in parts)
        and not taken.intersection(column for part in parts for column in part.columns())
    ]


def _refined(layout: Layout, number: int, cut: int, parts: Sequence[Part], cap: int) -> str:
    source, keys = _source(layout, parts)
    joined = " AND ".join(f"n.{quote(key)} = z.{quote(key)}" for key in keys)
    inner = f"SELECT c.block, s.i, {columns(keys, 's')} FROM crowded AS c JOIN {source} AS s ON c.i = s.i"
    return f"""
        SELECT {number}::TINYINT AS strategy, {cut}::TINYINT AS cut, z.name AS block, n.i
        FROM ({inner}) AS n JOIN (
            SELECT block, {columns(keys)}, row_number() OVER (ORDER BY block, {columns(keys)}) AS name
            FROM ({inner}) AS x GROUP BY block, {columns(keys)} HAVING count(*) BETWEEN 2 AND {cap}
        ) AS z ON n.block = z.block AND {joined}
    """


def _several(layout: Layout, parts: Sequence[Part]) -> bool:
    columns_of = {column for part in parts for column in part.columns()}
    return any(one in columns_of and layout.has(several) for one, several in LISTS.items())


def _source(layout: Layout, parts: Sequence[Part]) -> tuple[str, list[str]]:
    """A table expression of representatives that have every part, and the names of its key columns.

    A representative with several e-mails or phones stands once for each. An initial is no key where a whole given name
    is asked for.
    """
    needed = {column for part in parts for column in part.columns()}
    base = "representatives"
    for one, several in LISTS.items():
        if one in needed and layout.has(several):
            others = ["i", *sorted(needed - {one})]
            base = f"(SELECT {columns(others)}, unnest({several}) AS {one} FROM {base})"
    keys = [f"k{place}" for place, _ in enumerate(parts)]
    chosen = ", ".join(f"{_part_sql(part)} AS {key}" for key, part in zip(keys, parts, strict=True))
    distinct = "DISTINCT " if base != "representatives" else ""
    return f"(SELECT {distinct}i, {chosen} FROM {base} AS p WHERE {_whole(parts)})", keys


def _whole(parts: Sequence[Part]) -> str:
    """Whether a representative has every part of a key, and whole where that is asked for."""
    needed = {column for part in parts for column in part.columns()}
    conditions = [f"{quote(column)} IS NOT NULL" for column in sorted(needed)]
    return " AND ".join([*conditions, *("length(given) > 1" for part in parts if part == Part("given"))])


def _part_sql(part: Part) -> str:
    whole = quote(part.column)
    if part.column == "local":
        whole = "split_part(email, '@', 1)"
    if part.column == "name":
        whole = "least(given, surname) || ' ' || greatest(given, surname)"
    return whole if part.letters is None else f"left({whole}, {part.letters})"
