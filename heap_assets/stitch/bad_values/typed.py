"""Bad values that people name: in the settings, and in blocklist feeds, those with `blv/` tags (6.3 c).

A value is standardised like the data, unless a blocklist says that it is already.
"""

from collections.abc import Iterable

import pyarrow as pa

from heap_assets.engine import Engine, quote
from heap_assets.settings import FeedSpec
from heap_assets.stitch.build import Build
from heap_assets.stitch.semantics import column_name
from heap_assets.stitch.standardise.leftovers import fold, fold_full_name, phone
from heap_assets.stitch.standardise.pipeline import VALUES, Shape, bind_words, standardise

_INPUTS = {
    "given-name": "given",
    "middle-name": "middle",
    "surname": "surname",
    "full-name": "full",
    "generational-suffix": "suffix",
    "email": "email_1",
    "phone": "phone_1",
    "po-box": "address",
    **{
        name: name
        for name in ("title", "address", "city", "state", "postal", "country", "birthdate", "gender", "company")
    },
}
_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("datasource", "semantic", "value", "domain_table", "is_preprocessed", "rule")]
)
_TRUE = ("true", "t", "yes", "y", "1")


def blocklists(build: Build) -> list[FeedSpec]:
    """Feeds whose tags say that they are blocklists."""
    wanted = {"blv/semantic", "blv/value"}
    specs = [
        spec for spec in build.settings.feed_specs() if wanted <= {tag for _, tags in spec.semantics for tag in tags}
    ]
    return [spec for spec in specs if build.has_domain(spec)]


def blocklist_domains(build: Build) -> list[str]:
    """The domain tables of the blocklists."""
    return [f"domain/{spec.domain_name}" for spec in blocklists(build)]


def typed_values(build: Build, engine: Engine) -> pa.Table:
    """One row a value (datasource, semantic, value, …), standardised; what is no value of its semantic is left out."""
    rows = [
        {"datasource": "*", "semantic": semantic, "value": value, "domain_table": None, "rule": "settings"}
        for semantic, value in build.settings.stitch.bad_values.by_semantic()
    ]
    for spec in blocklists(build):
        rows += _of_feed(build, engine, spec)
    profiles = frozenset(build.settings.stitch.pre_processing_profiles)
    raw = [row for row in rows if not row.get("done")]
    made = [{**row, "is_preprocessed": "true"} for row in rows if row.get("done")]
    made += [{**row, "is_preprocessed": "false"} for row in _standardised(engine, raw, profiles)]
    unique = {(row["datasource"], row["semantic"], row["value"]): row for row in reversed(made) if row["value"]}
    return pa.Table.from_pylist([unique[key] for key in sorted(unique)], schema=_SCHEMA)


def _of_feed(build: Build, engine: Engine, spec: FeedSpec) -> list[dict[str, str | None]]:
    name = f"blocklist {spec.domain_name}"
    present = build.bind_domain(engine, name, spec).names
    fields = {tag: field for field, tags in spec.semantics for tag in tags if field in present}
    source = fields.get("blv/datasource") or fields.get("blv/data-source")
    columns = {
        "datasource": f"coalesce(nullif(trim({quote(source)}::VARCHAR), ''), '*')" if source else "'*'",
        "semantic": f"replace(lower(trim({quote(fields['blv/semantic'])}::VARCHAR)), '_', '-')",
        "value": f"trim({quote(fields['blv/value'])}::VARCHAR)",
        "done": f"lower({quote(fields['blv/is-preprocessed'])}::VARCHAR)" if "blv/is-preprocessed" in fields else "''",
    }
    chosen = ", ".join(f"{expression} AS {alias}" for alias, expression in columns.items())
    rows = engine.rows(f"SELECT {chosen} FROM {quote(name)}").to_pylist()
    return [
        {
            "datasource": row["datasource"],
            "semantic": column_name(row["semantic"]) if row["semantic"].startswith("fk-") else row["semantic"],
            "value": row["value"],
            "domain_table": spec.display,
            "rule": "blocklist",
            "done": "yes" if row["done"] in _TRUE else None,
        }
        for row in rows
        if row["value"] and row["semantic"]
    ]


def _standardised(
    engine: Engine, rows: list[dict[str, str | None]], profiles: frozenset[str]
) -> Iterable[dict[str, str | None]]:
    """The rows with their values as the pipeline makes them, each value alone in a record of its own."""
    keys = [row for row in rows if str(row["semantic"]).startswith("fk_")]
    known = [row for row in rows if row["semantic"] in _INPUTS]
    shape = Shape(profiles=profiles, leftover=frozenset({"text", "full", "phone"}))
    inputs = [{"place": place, f"i_{_INPUTS[str(row['semantic'])]}": row["value"]} for place, row in enumerate(known)]
    schema = pa.schema([("place", pa.int64()), *((f"i_{name}", pa.string()) for name in shape.inputs)])
    engine.bind_arrow("typed_values", pa.Table.from_pylist(inputs, schema=schema))
    engine.bind_arrow(VALUES, _folded(known, shape))
    bind_words(engine)
    made = engine.rows(standardise("typed_values", ["place"], shape)).to_pylist()
    outputs = {row["place"]: row for row in made}
    for place, row in enumerate(known):
        semantic = str(row["semantic"])
        name = {"po-box": "po_box"}.get(semantic, _INPUTS[semantic])
        yield {**row, "value": outputs[place][f"_{name}"]}
    yield from ({**row, "value": str(row["value"]).upper()} for row in keys)


def _folded(rows: list[dict[str, str | None]], shape: Shape) -> pa.Table:
    found: dict[tuple[str, str, str], str | None] = {}
    for row in rows:
        value = str(row["value"])
        found["text", value, ""] = fold(value)
        found["full", value, ""] = fold_full_name(value)
        found["phone", value, shape.home] = phone(value, None, shape.home)
    parts = [(*key, made) for key, made in found.items()]
    names = ("kind", "value", "country", "standardised")
    return pa.table({name: pa.array([part[index] for part in parts], pa.string()) for index, name in enumerate(names)})
