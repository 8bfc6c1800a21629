"""Traps on demand: what goes wrong with deliveries, planted in a good world, and what must come of each.

No trap changes the truth: what is damaged carries only rows that have come already, and what is odd goes into feeds of
its own, whose rows are listed. Heap's tables: `heap_dumps`; odd Avro: `heap_events`; odd files: `crm_files`.
"""

from pathlib import Path

from heap_assets.sample.chaos.bucket import ChaosBucket
from heap_assets.sample.chaos.model import Chaos, Expected, Trap
from heap_assets.sample.world import World

__all__ = ["Chaos", "Expected", "Trap", "plant"]


def plant(folder: Path, world: World, dated: bool) -> Chaos:
    """Plant the traps in a written bucket and return them; where Heap's tables are `dated`, only those of files."""
    from heap_assets.sample.chaos import crm_files, heap_dumps, heap_events

    bucket, chaos = ChaosBucket(folder, world), Chaos()
    crm_files.plant(bucket, chaos)
    if not dated:
        heap_events.plant(bucket, chaos)
        heap_dumps.plant(bucket, chaos)
    return chaos
