"""From links to people: connected components, split where birthdates or generational suffixes contradict each other.

Which records are linked is decided in `links`; which ID a cluster gets in `amperity_ids`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from heap_assets.engine import Engine
from heap_assets.lake.derived import Rows
from heap_assets.stitch.build import Build, Step
from heap_assets.stitch.links import (
    FOREIGN_KEY,
    contact_links,
    foreign_key_links,
    number_records,
    unnamed_links,
)
from heap_assets.stitch.nicknames import nicknames
from heap_assets.stitch.records import RECORDS

CLUSTERS = "stitch/clusters"
Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]


def produce_clusters(build: Build, engine: Engine) -> Rows:
    """One row a record: (datasource, pk, component_id, cluster).

    A cluster is named by its least record, or Heap user.
    """
    schema = build.bind(engine, "records", RECORDS)
    keys = [name for name in schema.names if name.startswith("fk_")]
    engine.bind_arrow("nicknames", nicknames())
    number_records(engine, keys)
    count = int(engine.value("SELECT count(*) FROM numbered"))
    links = [foreign_key_links(engine, key) for key in ["heap_user_id", *keys]]
    links.append(contact_links(engine))
    grouped = components(count, links)
    engine.bind_arrow("grouped", _by_record(grouped, "component"))
    links.append(unnamed_links(engine))
    component = components(count, links)
    cluster = split_conflicts(component, links, _evidence(engine))
    engine.bind_arrow("clustered", _by_record(cluster, "cluster").append_column("component_id", pa.array(component)))
    return engine.stream(_EVERY_RECORD)


_EVERY_RECORD = """
    WITH scored AS (
        SELECT datasource, pk, heap_user_id, component_id, cluster FROM numbered JOIN clustered USING (record)
    ),
    of_heap_user AS (
        SELECT heap_user_id, min(cluster) AS cluster FROM scored WHERE heap_user_id IS NOT NULL GROUP BY heap_user_id
    )
    SELECT datasource, pk, component_id, FALSE AS by_heap_user, cluster FROM scored
    UNION ALL
    SELECT r.datasource, r.pk, NULL AS component_id, h.cluster IS NULL AS by_heap_user,
        coalesce(h.cluster, r.heap_user_id) AS cluster
    FROM records AS r ANTI JOIN scored AS s ON r.datasource = s.datasource AND r.pk = s.pk
    LEFT JOIN of_heap_user AS h ON r.heap_user_id = h.heap_user_id
"""


def components(count: int, links: Iterable[pa.Table]) -> Numbers:
    """The component of each record from 0 to `count`, named by its least record, so that no order of links shows."""
    tables = list(links)
    left = np.concatenate([table["left"].to_numpy() for table in tables]) if tables else np.empty(0, dtype=np.int64)
    right = np.concatenate([table["right"].to_numpy() for table in tables]) if tables else np.empty(0, dtype=np.int64)
    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    least = np.full(count, count, dtype=np.int64)
    np.minimum.at(least, label, np.arange(count))
    named: Numbers = least[label]
    return named


@dataclass(frozen=True)
class Evidence:
    """What can contradict: birthdate and suffix of records that have one, by record number."""

    birthdates: dict[int, str]
    suffixes: dict[int, str]


def split_conflicts(component: Numbers, links: Iterable[pa.Table], evidence: Evidence) -> Numbers:
    """The cluster of each record: its component, but where that holds contradicting evidence.

    Built up again link by link.

    Foreign keys join whatever contradicts (general-ordinal-fk-priority); every weaker link, strongest first and ties by
    record number, joins two groups only if nothing in them contradicts (amperity_behaviour.md 6.8).
    """
    suspects = _contradicted(component, evidence)
    cluster = component.copy()
    if not suspects:
        return cluster
    by_component: dict[int, list[tuple[int, int, int]]] = {name: [] for name in suspects}
    for table in links:
        left, right, strength = (table[name].to_numpy() for name in ("left", "right", "strength"))
        for index in np.flatnonzero(np.isin(component[left], sorted(suspects))):
            link = (-int(strength[index]), int(left[index]), int(right[index]))
            by_component[int(component[left[index]])].append(link)
    members = np.flatnonzero(np.isin(component, sorted(suspects)))
    groups = {int(record): _Group.of(int(record), evidence) for record in members}
    for name in sorted(by_component):
        for weight, left_record, right_record in sorted(by_component[name]):
            _join(groups, left_record, right_record, free=-weight >= FOREIGN_KEY)
    for record, group in groups.items():
        cluster[record] = min(group.members)
    return cluster


@dataclass
class _Group:
    members: list[int]
    birthdates: set[str] = field(default_factory=set)
    suffixes: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, record: int, evidence: Evidence) -> "_Group":
        born, suffix = evidence.birthdates.get(record), evidence.suffixes.get(record)
        return cls([record], {born} if born else set(), {suffix} if suffix else set())


def _join(groups: dict[int, _Group], left: int, right: int, free: bool) -> None:
    one, other = groups[left], groups[right]
    if one is other:
        return
    if not free and (
        conflicting_suffixes(one.suffixes | other.suffixes) or conflicting_birthdates(one.birthdates | other.birthdates)
    ):
        return
    one.members += other.members
    one.birthdates |= other.birthdates
    one.suffixes |= other.suffixes
    for record in other.members:
        groups[record] = one


def _contradicted(component: Numbers, evidence: Evidence) -> set[int]:
    born: dict[int, set[str]] = {}
    suffix: dict[int, set[str]] = {}
    for held, values in ((born, evidence.birthdates), (suffix, evidence.suffixes)):
        for record, value in values.items():
            held.setdefault(int(component[record]), set()).add(value)
    found = {name for name, values in suffix.items() if conflicting_suffixes(values)}
    return found | {name for name, values in born.items() if conflicting_birthdates(values)}


def conflicting_suffixes(values: set[str]) -> bool:
    """Whether two generational suffixes cannot be one person's."""
    return len(values) > 1


def conflicting_birthdates(values: set[str]) -> bool:
    """Whether two birthdates cannot be one person's: neither one character apart nor day and month swapped (6.

    Sk-birthdate).
    """
    listed = sorted(values)
    return any(not _near(a, b) for place, a in enumerate(listed) for b in listed[place + 1 :])


def _near(a: str, b: str) -> bool:
    if len(a) != len(b):
        return False
    swapped = len(b) == 10 and a == f"{b[:4]}-{b[8:]}-{b[5:7]}"
    return swapped or sum(x != y for x, y in zip(a, b, strict=True)) <= 1


def _evidence(engine: Engine) -> Evidence:
    rows = engine.rows(
        "SELECT record, s_birthdate, s_suffix FROM numbered WHERE s_birthdate IS NOT NULL OR s_suffix IS NOT NULL"
    ).to_pylist()
    return Evidence(
        {row["record"]: row["s_birthdate"] for row in rows if row["s_birthdate"]},
        {row["record"]: row["s_suffix"] for row in rows if row["s_suffix"]},
    )


def _by_record(values: Numbers, name: str) -> pa.Table:
    return pa.table({"record": pa.array(np.arange(len(values))), name: pa.array(values)})


CLUSTERS_STEP = Step(
    CLUSTERS,
    "Which records are one person: foreign keys, shared e-mail or phone with agreeing names, split on contradiction",
    produce_clusters,
    (RECORDS,),
)
