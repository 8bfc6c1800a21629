"""From raw Heap clickstream to one trusted profile per customer.

The public face: open a lake, build Dagster definitions.
"""

from pathlib import Path
from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["__version__", "build_definitions", "open_lake"]

if TYPE_CHECKING:
    import dagster as dg

    from heap_assets.catalog import LakeReader
    from heap_assets.settings import Settings


def open_lake(settings: "str | Path | Settings | None" = None) -> "LakeReader":
    """The lake of a configuration file (or Settings, or what `find_config` finds), pinned at its versions of now.

    Needs no credentials of the source bucket, and can be used while a run is writing.
    """
    from heap_assets.bucket.status import as_table, statuses
    from heap_assets.catalog import LakeReader
    from heap_assets.lake import Lake, TableVersion
    from heap_assets.lake import release as releases
    from heap_assets.settings import Settings, load_settings

    held = settings if isinstance(settings, Settings) else load_settings(settings)
    lake = Lake(Path(held.lake.uri))
    named = {
        spec.display: TableVersion(f"domain/{spec.domain_name}", 0, spec.primary_key) for spec in held.feed_specs()
    }
    named |= {"heap_resolved_users": TableVersion("domain/heap_resolved_users", 0)}
    named |= {name: TableVersion(name, 0) for name in ("quarantine", "refused_rows", "delivery_events")}
    computed = {"deliveries": lambda: as_table(statuses(lake, held)), "releases": lambda: releases.as_table(lake)}
    return LakeReader(lake, named, computed)


def build_definitions(settings: "Settings") -> "dg.Definitions":
    """Dagster definitions of these settings, to embed in another code location."""
    from heap_assets.definitions import build_definitions as build

    return build(settings)
