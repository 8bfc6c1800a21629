"""Clusters: from scored pairs and foreign keys to one number a representative, the least member of its person.

Components are in `components`; those that hold a contradiction are taken apart in `merging`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from heap_assets.engine import Engine, literal, quote
from heap_assets.stitch.components import Components, Edges, Numbers, components
from heap_assets.stitch.fields import Layout
from heap_assets.stitch.merging import REFUSED, Judge, Members, Merger, Pairs
from heap_assets.stitch.model import Model
from heap_assets.stitch.options import CERTAIN, StitchOptions
from heap_assets.stitch.scores import Scorer
from heap_assets.stitch.stapling import staple

HEAP_USER = "heap_user"


@dataclass(frozen=True)
class ForeignKeys:
    """How many values of foreign keys several representatives have, and how many too many have to mean anything."""

    shared: int
    dropped: int


def keep_foreign_keys(engine: Engine, records: str, layout: Layout, options: StitchOptions) -> ForeignKeys:
    """Make `foreign_keys` (name, value, i): values that two or more representatives have.

    A key of more than the cap is somebody's placeholder; a Heap user is a number of Heap's own and has no cap.
    """
    keys = {name: f"r.{quote(name)}" for name in layout.keys("fk_")} | {HEAP_USER: "r.heap_user_id::VARCHAR"}
    statements = [
        f"""
        SELECT DISTINCT {literal(name)} AS name, {value} AS value, m.i
        FROM {quote(records)} AS r JOIN members AS m ON r.datasource = m.datasource AND r.pk = m.pk
        WHERE {value} IS NOT NULL
        """
        for name, value in keys.items()
    ]
    engine.keep("held_keys", " UNION ALL ".join(statements))
    engine.keep(
        "shared_keys",
        "SELECT name, value, count(*) AS members FROM held_keys GROUP BY name, value HAVING count(*) > 1",
    )
    used = f"(s.members <= {options.fk_block_cap} OR s.name = '{HEAP_USER}')"
    engine.keep(
        "foreign_keys",
        f"""
        SELECT h.name, h.value, h.i FROM held_keys AS h JOIN shared_keys AS s ON h.name = s.name AND h.value = s.value
        WHERE {used}
        """,
    )
    engine.drop("held_keys")
    row = engine.rows(f"SELECT count(*) AS shared, count(*) FILTER (WHERE NOT {used}) AS dropped FROM shared_keys AS s")
    return ForeignKeys(**row.to_pylist()[0])


def keyed_edges(engine: Engine) -> Edges:
    """Each representative of a foreign key joined to the least of them: a star says as much as every pair."""
    rows = engine.rows("""
        WITH least AS (SELECT name, value, min(i) AS l FROM foreign_keys GROUP BY name, value)
        SELECT DISTINCT least.l, k.i AS r FROM foreign_keys AS k
        JOIN least ON k.name = least.name AND k.value = least.value WHERE k.i <> least.l
    """)
    return Edges(rows["l"].to_numpy(), rows["r"].to_numpy(), np.full(rows.num_rows, CERTAIN))


def place(engine: Engine, count: int, options: StitchOptions, scored: str) -> Components:
    """Make `placed` (i, component, whole): representatives in a component of two or more that is compared pair by pair.

    It is `whole` where every two of it are joined. Reads the pairs `scored`, those that were found inside components
    left out. Components beyond the cap, which foreign keys alone hold together, stand as they are.
    """
    rows = engine.rows(f"SELECT l, r, bits FROM {quote(scored)} WHERE bits >= {options.bits} AND NOT inside")
    edges = Edges(rows["l"].to_numpy(), rows["r"].to_numpy(), rows["bits"].to_numpy())
    keyed = keyed_edges(engine)
    every = Edges(*(np.concatenate([getattr(edges, of), getattr(keyed, of)]) for of in ("left", "right", "bits")))
    found = components(count, every, options.component_cap)
    sizes = found.sizes()
    chosen = np.flatnonzero((sizes > 1) & (sizes <= options.component_cap))
    inner = found.part[edges.left[found.part[edges.left] == found.part[edges.right]]]
    joined = np.bincount(inner, minlength=count)[found.part]
    table = {
        "i": pa.array(chosen, pa.int64()),
        "component": pa.array(found.part[chosen], pa.int64()),
        "whole": pa.array((2 * joined == sizes * (sizes - 1))[chosen]),
    }
    engine.keep_arrow("placed", pa.table(table))
    return found


INSIDE = """
    SELECT a.i AS l, b.i AS r FROM placed AS a JOIN placed AS b ON a.component = b.component AND a.i < b.i
    ANTI JOIN comparisons AS c ON a.i = c.l AND b.i = c.r
    WHERE NOT a.whole AND NOT b.whole
"""
"""Pairs inside a component that no blocking key brought together: most are whole, and have none."""


def cluster(engine: Engine, layout: Layout, model: Model, options: StitchOptions, found: Components) -> Numbers:
    """The cluster of each representative: its component, but where that holds a contradiction, merged pair by pair."""
    engine.keep("careful", _CAREFUL.format(refused=REFUSED, threshold=options.bits))
    engine.keep("careful_members", "SELECT i, component FROM placed SEMI JOIN careful USING (component)")
    clusters = found.part.copy()
    judge = Judge(Scorer(model), layout, options)
    for members, pairs, told, keyed in _careful_components(engine, layout, options):
        clusters[members] = members[Merger(judge, pairs, told).run(keyed)]
    return staple(engine, layout, clusters) if options.staple else clusters


_CAREFUL = """
    SELECT DISTINCT a.component FROM scored AS s
    JOIN placed AS a ON s.l = a.i JOIN placed AS b ON s.r = b.i AND a.component = b.component
    WHERE s.evidence <= {refused} OR (s.bits < {threshold} AND s.evidence <= 0 AND s.named)
"""
_PAIRS = """
    SELECT a.component, s.l, s.r, s.vector, s.adjust, s.bits, s.evidence, s.named
    FROM scored AS s JOIN careful_members AS a ON s.l = a.i
    JOIN careful_members AS b ON s.r = b.i AND a.component = b.component
    ORDER BY a.component, s.l, s.r
"""
_KEYED = """
    SELECT p.component, k.name, k.value, k.i FROM foreign_keys AS k JOIN careful_members AS p ON k.i = p.i
    ORDER BY p.component, k.name, k.value, k.i
"""


def _careful_components(
    engine: Engine, layout: Layout, options: StitchOptions
) -> Iterator[tuple[Numbers, Pairs, Members, list[tuple[int, int]]]]:
    rows = engine.rows(_PAIRS)
    column = {name: rows[name].to_numpy(zero_copy_only=False) for name in rows.schema.names}
    levels = layout.levels_of(column["vector"]) if rows.num_rows else np.zeros((0, len(layout.fields)), dtype=np.int64)
    told = _told_by_members(engine, layout)
    keyed = _keyed_pairs(engine, options)
    bounds = np.flatnonzero(np.diff(column["component"], prepend=-1, append=-1)) if rows.num_rows else np.zeros(0, int)
    for first, last in pairwise(bounds):
        here = slice(first, last)
        left, right = column["l"][here], column["r"][here]
        members = np.unique(np.concatenate([left, right]))
        at = told.searchsorted(members)
        pairs = Pairs(
            np.searchsorted(members, left),
            np.searchsorted(members, right),
            levels[here],
            *(column[name][here] for name in ("adjust", "bits", "evidence", "named")),
        )
        links = keyed.get(int(column["component"][first]), [])
        placed = [(int(np.searchsorted(members, a)), int(np.searchsorted(members, b))) for a, b in links]
        yield members, pairs, told.take(at), placed


@dataclass(frozen=True)
class _Told:
    """What `Members` holds, for every member of a careful component, by number."""

    numbers: Numbers
    members: Members

    def searchsorted(self, members: Numbers) -> Numbers:
        return np.searchsorted(self.numbers, members)

    def take(self, at: Numbers) -> Members:
        return Members(self.members.vague[at], self.members.named[at], self.members.dated[at])


def _told_by_members(engine: Engine, layout: Layout) -> _Told:
    named = "coalesce(length(r.given) > 1, FALSE)" if layout.has("given") else "FALSE"
    vague = f"NOT {named}" if layout.has("given") else "FALSE"
    dated = "r.birthdate IS NOT NULL" if layout.has("birthdate") else "FALSE"
    rows = engine.rows(f"""
        SELECT p.i, {vague} AS vague, {named} AS named, {dated} AS dated
        FROM careful_members AS p JOIN representatives AS r ON p.i = r.i ORDER BY p.i
    """)
    flags = (rows[name].to_numpy(zero_copy_only=False) for name in ("vague", "named", "dated"))
    return _Told(rows["i"].to_numpy(), Members(*flags))


def _keyed_pairs(engine: Engine, options: StitchOptions) -> dict[int, list[tuple[int, int]]]:
    """Pairs of an equal foreign key, by careful component."""
    holders: dict[tuple[int, str, str], list[int]] = {}
    for row in engine.rows(_KEYED).to_pylist():
        holders.setdefault((row["component"], row["name"], row["value"]), []).append(row["i"])
    pairs: dict[int, list[tuple[int, int]]] = {}
    for (component, _, _), numbers in holders.items():
        pairs.setdefault(component, []).extend(_every_pair(numbers))
    return pairs


def _every_pair(numbers: Sequence[int]) -> Iterable[tuple[int, int]]:
    return ((one, other) for place, one in enumerate(numbers) for other in numbers[place + 1 :])
