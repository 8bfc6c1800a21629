"""Nicknames of feeds with `nicknames/` tags, in one table: what users add to the names we ship, or take from them.

The names that are shipped and how they are compared belong to the core of Stitch (amperity_behaviour.md 6.14).
"""

import pyarrow as pa

from heap_assets.engine import Engine, quote
from heap_assets.lake.derived import Rows
from heap_assets.settings import FeedSpec
from heap_assets.stitch.build import Build, Step
from heap_assets.stitch.standardise.leftovers import fold
from heap_assets.stitch.standardise.texts import letters

NICKNAMES = "stitch/nicknames"
_TAGS = ("nicknames/canonical-name", "nicknames/nickname")
_SCHEMA = pa.schema([(name, pa.string()) for name in ("canonical_name", "nickname", "update_type")])


def nickname_feeds(build: Build) -> list[FeedSpec]:
    """Feeds whose tags say that they are nicknames."""
    specs = build.settings.feed_specs()
    found = [spec for spec in specs if set(_TAGS) <= {_hyphened(tag) for _, tags in spec.semantics for tag in tags}]
    return [spec for spec in found if build.has_domain(spec)]


def produce_nicknames(build: Build, engine: Engine) -> Rows:
    """(canonical_name, nickname, update_type): one row a pair, in capitals; where one is added and removed, REMOVE."""
    pairs: dict[tuple[str, str], str] = {}
    for spec in nickname_feeds(build):
        present = build.bind_domain(engine, spec.domain_name, spec).names
        fields = {_hyphened(tag): name for name, tags in spec.semantics for tag in tags if name in present}
        kind = fields.get("nicknames/update-type")
        names = ", ".join(f"{quote(fields[tag])}::VARCHAR AS {alias}" for tag, alias in zip(_TAGS, "ab", strict=True))
        rows = engine.rows(
            f"SELECT {names}, {f'{quote(kind)}::VARCHAR' if kind else 'NULL::VARCHAR'} AS kind"
            f" FROM {quote(spec.domain_name)}"
        ).to_pylist()
        for row in rows:
            pair = fold(row["a"] or ""), fold(row["b"] or "")
            if all(pair) and pairs.get(pair) != "REMOVE":
                pairs[pair] = "REMOVE" if (row["kind"] or "").strip().upper() == "REMOVE" else "ADD"
    listed = [{"a": a, "b": b, "kind": kind} for (a, b), kind in sorted(pairs.items())]
    raw = pa.schema([(name, pa.string()) for name in ("a", "b", "kind")])
    engine.bind_arrow("pairs", pa.Table.from_pylist(listed, schema=raw))
    return engine.rows(f"""
        SELECT canonical_name, nickname, max(kind) AS update_type
        FROM (SELECT {letters("a")} AS canonical_name, {letters("b")} AS nickname, kind FROM pairs)
        WHERE canonical_name IS NOT NULL AND nickname IS NOT NULL AND canonical_name <> nickname
        GROUP BY canonical_name, nickname ORDER BY canonical_name, nickname
    """)


def _hyphened(tag: str) -> str:
    return tag.replace("_", "-").lower()


NICKNAMES_STEP = Step(
    NICKNAMES,
    "Nicknames that feeds add to those that are shipped, or remove from them",
    produce_nicknames,
    domains=lambda build: [f"domain/{spec.domain_name}" for spec in nickname_feeds(build)],
)
