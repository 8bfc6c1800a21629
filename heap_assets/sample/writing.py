"""Writing a sample from beginning to end: bucket, truth and configuration, one after the other."""

import os
from pathlib import Path

from heap_assets.errors import UsageError
from heap_assets.sample.calendar import DAY, arrange, midnight
from heap_assets.sample.configuration import write_configuration
from heap_assets.sample.crm import CrmFiles
from heap_assets.sample.dumps import BUCKET, HeapBucket
from heap_assets.sample.identify import populate
from heap_assets.sample.truth import SampleSummary, write_truth
from heap_assets.sample.world import World


def write_sample(out: Path, world: World) -> SampleSummary:
    """Write the sample of a world below `out` and return its true counts.

    `out` gets the bucket folder `heap-rs3-acme/`, `truth/` and `heap_assets.yaml`; a bucket that is there already is
    refused, since two samples in one folder would be one wrong bucket.
    """
    folder = out / BUCKET
    if folder.exists() and any(folder.iterdir()):
        raise UsageError("there is a bucket in this folder already", where=str(folder), todo="Name another folder.")
    population = populate(world)
    bucket = HeapBucket(world, folder, population, arrange(world, population.visitors))
    dumps = bucket.write()
    lines = CrmFiles(world, folder, population).write()
    summary = write_truth(out / "truth", bucket, dumps, lines)
    write_configuration(out / "heap_assets.yaml", world)
    moment = midnight(world) + world.days * DAY
    for path in (out / "truth" / "records.csv", out / "truth" / "summary.json", out / "heap_assets.yaml"):
        os.utime(path, (moment, moment))
    return summary
