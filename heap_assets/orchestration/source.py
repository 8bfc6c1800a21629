"""The configured bucket for code that runs outside of Dagster, not even imported where nothing is new."""

from pathlib import Path

from heap_assets.bucket.store import Bucket, FolderBucket
from heap_assets.settings import Settings, SourceSettings


def open_bucket(settings: Settings) -> Bucket:
    """The configured bucket."""
    return open_source(settings.source)


def open_source(source: SourceSettings) -> Bucket:
    """A bucket that only its own section of the settings describes; S3 as feeds open it, through dagster-aws."""
    if not source.is_s3:
        return FolderBucket(Path(source.bucket), source.bucket_name)
    from heap_assets.orchestration.s3 import HeapS3Resource

    return HeapS3Resource.for_source(source).open()
