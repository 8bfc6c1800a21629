"""Writing a sample from beginning to end: bucket, truth and configuration, one after the other."""

import os
from pathlib import Path

from heap_assets.errors import UsageError
from heap_assets.sample import Format
from heap_assets.sample.calendar import DAY, arrange, midnight
from heap_assets.sample.chaos import plant
from heap_assets.sample.configuration import write_configuration
from heap_assets.sample.crm import CrmFiles
from heap_assets.sample.dated import DatedBucket
from heap_assets.sample.dumps import BUCKET, HeapBucket
from heap_assets.sample.identify import populate
from heap_assets.sample.truth import SampleSummary, write_truth
from heap_assets.sample.world import World


def write_sample(out: Path, world: World, form: Format = "heap-connect", chaos: bool = False) -> SampleSummary:
    """Write the sample of a world below `out` and return its true counts.

    `out` gets the bucket folder `heap-rs3-acme/`, `truth/` and `heap_assets.yaml`; with `chaos` also traps in the
    bucket, and `truth/chaos.json` that says what must come of each. A bucket that is there already is refused, since
    two samples in one folder would be one wrong bucket.
    """
    folder, dated = out / BUCKET, form == "csv"
    if folder.exists() and any(folder.iterdir()):
        raise UsageError("there is a bucket in this folder already", where=str(folder), todo="Name another folder.")
    population = populate(world)
    bucket = (DatedBucket if dated else HeapBucket)(world, folder, population, arrange(world, population.visitors))
    dumps = bucket.write()
    lines = CrmFiles(world, folder, population).write()
    planted = plant(folder, world, dated) if chaos else None
    summary = write_truth(out / "truth", bucket, dumps, lines, planted)
    more = (planted.event_tables, planted.feeds) if planted else ("", "")
    write_configuration(out / "heap_assets.yaml", world, dated=dated, event_tables=more[0], feeds=more[1])
    moment = midnight(world) + world.days * DAY
    for path in (*(out / "truth").iterdir(), out / "heap_assets.yaml"):
        os.utime(path, (moment, moment))
    return summary
