"""unified_coalesced: one row a stitched source record, values as delivered.

With the Amperity ID of the person it belongs to.
"""

import pyarrow as pa

from heap_assets.engine import Engine, quote
from heap_assets.lake.derived import Rows
from heap_assets.stitch.amperity_ids import REGISTRY
from heap_assets.stitch.build import Build, Step
from heap_assets.stitch.records import COMPARED, RECORDS
from heap_assets.stitch.stages import CLUSTERS

COALESCED = "stitch/unified_coalesced"
_BLOCKED = {"email": "s_email", "phone": "s_phone", "given_name": "s_given_name", "surname": "s_surname"}


def produce_coalesced(build: Build, engine: Engine) -> Rows:
    """(datasource, pk) is unique and `amperity_id` never null; `blv_*` say which values were not used for matching."""
    schema = build.bind(engine, "records", RECORDS)
    build.bind(engine, "clusters", CLUSTERS)
    build.bind(engine, "registry", REGISTRY)
    own = (*COMPARED, "datasource", "pk", "heap_user_id", "full_name")
    kept = [name for name in schema.names if name not in own]
    kept = [name for name in kept if not name.startswith("k_")]
    columns = ", ".join(f"r.{quote(name)}" for name in kept)
    return engine.stream(f"""
        SELECT i.amperity_id, r.datasource, r.pk, {columns}, {_full_name(schema)} AS full_name,
            {" OR ".join(_blocked_sql(name) for name in _BLOCKED)} AS has_blv,
            {", ".join(f"{_blocked_sql(name)} AS blv_{name}" for name in _BLOCKED)}, c.component_id
        FROM records AS r
        JOIN registry AS i ON r.datasource = i.datasource AND r.pk = i.pk AND i.active
        JOIN clusters AS c ON r.datasource = c.datasource AND r.pk = c.pk
    """)


def _blocked_sql(name: str) -> str:
    return f"(r.{name} IS NOT NULL AND trim(r.{name}) <> '' AND r.{_BLOCKED[name]} IS NULL)"


def _full_name(schema: pa.Schema) -> str:
    """The first that there is: the full-name field, given name and surname, either alone (7.1)."""
    own = "r.full_name, " if "full_name" in schema.names else ""
    return f"coalesce({own}nullif(trim(concat_ws(' ', r.given_name, r.surname)), ''))"


COALESCED_STEP = Step(
    COALESCED,
    "One row a stitched source record: its values as delivered and the Amperity ID of its person",
    produce_coalesced,
    (RECORDS, CLUSTERS, REGISTRY),
)
