"""Fetching a few objects of a bucket and inferring from them, the only effects of inference: see `infer`."""

from collections.abc import Sequence
from contextlib import ExitStack

from heap_assets.bucket.deliveries import ObjectMeta, ObjectRef
from heap_assets.bucket.store import Bucket
from heap_assets.engine import Engine
from heap_assets.errors import UnreadableFile
from heap_assets.feeds.decode import LocalObject
from heap_assets.feeds.inference.infer import infer
from heap_assets.feeds.inference.model import FeedGuess, Sample
from heap_assets.feeds.inference.sample import take_sample

FILES = 3
MEMORY = "500MB"


def look_at(
    bucket: Bucket, metas: Sequence[ObjectMeta], pattern: str | None, table: str | None = None
) -> tuple[Sample, FeedGuess]:
    """Sample the first of these objects that holds something, and the largest others, and infer what a feed of them is.

    Raises UnreadableFile where all are empty, or of no format that a feed reads.
    """
    filled = [meta for meta in metas if meta.size]
    if not filled:
        raise UnreadableFile("the file is empty", where=metas[0].key, todo="Inspect one that holds rows.")
    filled = [filled[0], *sorted(filled[1:], key=lambda meta: -meta.size)[: FILES - 1]]
    with ExitStack() as stack:
        engine = stack.enter_context(Engine(MEMORY, threads=1))
        objects = [
            LocalObject(
                stack.enter_context(bucket.fetch(ObjectRef(meta.key, meta.size, meta.version))),
                meta.key,
                meta.version,
                index,
                meta.size,
            )
            for index, meta in enumerate(filled)
        ]
        sample = take_sample(objects, engine)
        return sample, infer(sample, pattern, engine, table)
