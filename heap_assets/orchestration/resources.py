"""Dagster resources: the lake, and the bucket as a folder or on S3 through dagster-aws."""

from pathlib import Path
from typing import Any, Protocol

import dagster as dg

from heap_assets.bucket.store import Bucket, FolderBucket
from heap_assets.lake import Lake
from heap_assets.settings import Settings


class BucketResource(Protocol):
    """What feeds ask of their bucket resource."""

    def open(self) -> Bucket:
        """The bucket, held for the length of the process."""
        ...


class LakeResource(dg.ConfigurableResource[Any]):
    """The lake's folder."""

    uri: str

    def open(self) -> Lake:
        """The lake."""
        return Lake(Path(self.uri))


class FolderBucketResource(dg.ConfigurableResource[Any]):
    """A local folder laid out as Heap lays out a bucket."""

    root: str
    name: str

    def open(self) -> Bucket:
        """The folder as a bucket."""
        return FolderBucket(Path(self.root), self.name)


def bucket_resource(settings: Settings) -> Any:
    """The resource for the configured source; dagster-aws is imported only where the source is on S3 (1.0 CPU-s)."""
    source = settings.source
    if not source.is_s3:
        return FolderBucketResource(root=source.bucket, name=source.bucket_name)
    from heap_assets.orchestration.s3 import HeapS3Resource

    return HeapS3Resource.for_source(source)
