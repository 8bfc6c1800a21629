"""unified_coalesced and unified_customer: one row a stitched source record, values as delivered, with its Amperity ID.

In unified_customer bad values and records of supersized clusters are left out (amperity_behaviour.md 7.1, 7.2).
"""

from collections.abc import Sequence

import pyarrow as pa

from heap_assets.engine import Engine, quote
from heap_assets.engine.sql import columns
from heap_assets.lake.derived import Rows
from heap_assets.settings.tags import OUR_COLUMNS
from heap_assets.stitch.amperity_ids import REGISTRY
from heap_assets.stitch.build import Build, Step
from heap_assets.stitch.records import FLAGGED, RECORDS
from heap_assets.stitch.source_records import SOURCE
from heap_assets.stitch.stages import CLUSTERS

COALESCED = "stitch/unified_coalesced"
CUSTOMER = "stitch/unified_customer"
_STITCH_OWN = ("component_id", "is_supersized", "supersized_id", "rep_ds", "rep_pk", "has_blv")
_CLEANED = {  # column -> the compared values without which it holds nothing but bad ones
    "given_name": ("given", "middle"),
    "generational_suffix": ("suffix",),
    **{name: (name,) for name in ("surname", "email", "phone", "address", "postal", "city", "state", "country")},
    **{name: (name,) for name in ("birthdate", "company", "gender", "title")},
}


def coalesced_sql(source: Sequence[str]) -> str:
    """The statement over `source` (with these columns), `records`, `clusters` and `registry`."""
    kept = [name for name in source if not name.startswith("_") and name not in (*OUR_COLUMNS, "full_name")]
    own_name = "s.full_name, " if "full_name" in source else ""
    full_name = f"coalesce({own_name}nullif(trim(concat_ws(' ', s.given_name, s.surname)), ''))"
    of_stitch = columns(("component_id", "is_supersized", "supersized_id", "rep_ds", "rep_pk"), "c")
    return f"""
        SELECT i.amperity_id, s.datasource, s.pk, {columns(kept, "s")}, {full_name} AS full_name,
            r.has_blv, {", ".join(f"r.blv_{name}" for name in FLAGGED)}, {of_stitch}
        FROM source AS s
        JOIN records AS r ON s.datasource = r.datasource AND s.pk = r.pk
        JOIN registry AS i ON s.datasource = i.datasource AND s.pk = i.pk AND i.active
        JOIN clusters AS c ON s.datasource = c.datasource AND s.pk = c.pk
    """


def customer_sql(coalesced: Sequence[str]) -> str:
    """The statement over `coalesced` (with these columns) and `records`: a semantic with bad values alone is null.

    A column with an ordinal or namespace (`email_work`) goes with the column of its tag.
    """
    kept = [name for name in coalesced if name not in _STITCH_OWN and not name.startswith("blv_")]
    bases = {"full_name": "given_name"} | {name: base for name in kept for base in _CLEANED if _belongs(name, base)}
    lines = []
    for name in kept:
        base = bases.get(name)
        if base is None:
            lines.append(f"c.{quote(name)}")
            continue
        lost = f"r.blv_{base} AND coalesce({columns(_CLEANED[base], 'r')}) IS NULL"
        if name == "full_name":
            lost = f"({lost}) OR (r.blv_surname AND r.surname IS NULL)"
        lines.append(f"CASE WHEN NOT ({lost}) THEN c.{quote(name)} END AS {quote(name)}")
    return f"""
        SELECT {", ".join(lines)}
        FROM coalesced AS c JOIN records AS r ON c.datasource = r.datasource AND c.pk = r.pk
        WHERE NOT c.is_supersized
    """


def _belongs(name: str, base: str) -> bool:
    with_parts = base in ("email", "phone", "address", "city", "state", "postal", "country")
    return name == base or (with_parts and name.startswith(f"{base}_")) or (base == "address" and name == "address2")


def produce_coalesced(build: Build, engine: Engine) -> Rows:
    """(datasource, pk) is unique and `amperity_id` never null; `blv_*` say which values were not used for matching."""
    source = build.bind(engine, "source", SOURCE)
    build.bind(engine, "records", RECORDS)
    build.bind(engine, "clusters", CLUSTERS)
    build.bind(engine, "registry", REGISTRY)
    return engine.stream(coalesced_sql(source.names))


def produce_customer(build: Build, engine: Engine) -> Rows:
    """unified_coalesced without what Stitch adds, without bad values and supersized clusters."""
    coalesced: pa.Schema = build.bind(engine, "coalesced", COALESCED)
    build.bind(engine, "records", RECORDS)
    return engine.stream(customer_sql(coalesced.names))


COALESCED_STEP = Step(
    COALESCED,
    "One row a stitched source record: its values as delivered and the Amperity ID of its person",
    produce_coalesced,
    (SOURCE, RECORDS, CLUSTERS, REGISTRY),
    code="2",
)
CUSTOMER_STEP = Step(
    CUSTOMER,
    "unified_coalesced without bad values and supersized clusters: the records that a customer 360 is built from",
    produce_customer,
    (COALESCED, RECORDS),
)
