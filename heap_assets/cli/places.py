"""What a URI on the command line names: a bucket on S3 or a folder, and what lies below. No command stands here."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from heap_assets.bucket.deliveries import ObjectMeta
from heap_assets.bucket.store import Bucket, FolderBucket
from heap_assets.errors import UsageError
from heap_assets.settings import Settings, SourceSettings, find_config, load_settings

_DATE_FOLDER = re.compile(r"(19|20)\d\d|\d{1,2}|(year|month|day)=\d+|(19|20)\d\d-?\d\d-?\d\d")


@dataclass(frozen=True)
class Place:
    """A bucket and its objects below what was named; `root` is what patterns and manifests are taken from.

    `below` is the folder that was named, in the bucket, ending in a slash; empty where that is the whole bucket.
    """

    bucket: Bucket
    source: SourceSettings
    root: str
    listing: Mapping[str, ObjectMeta]
    is_file: bool
    below: str = ""


def place_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--region` and `--endpoint-url`, for a bucket that no configuration names yet."""
    command = click.option("--endpoint-url", help="Of a store that speaks S3.")(command)
    return click.option("--region", help="Of the bucket.")(command)


def open_place(uri: str, held: SourceSettings | None, region: str | None, endpoint_url: str | None) -> Place:
    """List what a URI names, with the access and the root of `held` where that is of the same bucket.

    Raises UsageError where there is nothing, BucketUnreachable where it cannot be listed.
    """
    if uri.startswith("s3://"):
        return _on_s3(uri, held, region, endpoint_url)
    if "://" in uri:
        raise UsageError("only s3:// and local paths can be looked at", where=uri, todo="Name one of the two.")
    return _local(Path(uri).expanduser().resolve(), held)


def configured_source(config: str | None) -> SourceSettings | None:
    """The source of the configuration that is given or found; None where there is none."""
    path = find_config(config)
    if path is None or (config is None and not path.is_file()):
        return None
    settings: Settings = load_settings(config)
    return settings.source


def _on_s3(uri: str, held: SourceSettings | None, region: str | None, endpoint_url: str | None) -> Place:
    name, _, key = uri.removeprefix("s3://").partition("/")
    source = SourceSettings(bucket=f"s3://{name}", region=region, endpoint_url=endpoint_url)
    root = ""
    if held is not None and held.is_s3 and held.bucket_name == name:
        source = held
        root = held.root if key.startswith(held.root) else ""
    from heap_assets.orchestration.source import open_source

    return _below(open_source(source), source, root, key)


def _local(path: Path, held: SourceSettings | None) -> Place:
    if not path.exists():
        raise UsageError("there is no such file or folder", where=str(path), todo="Check the path.")
    if held is not None and not held.is_s3 and path.is_relative_to(held.bucket):
        source, folder, root = held, Path(held.bucket), held.root
    else:
        folder, root = _root_of(path), ""
        source = SourceSettings(bucket=str(folder))
    key = path.relative_to(folder).as_posix()
    return _below(FolderBucket(folder, source.bucket_name), source, root, "" if key == "." else key)


def _root_of(path: Path) -> Path:
    """The folder that plays the bucket: the one above that holds `manifests`, else the one above all dates."""
    start = path if path.is_dir() else path.parent
    heap = next((folder for folder in (start, *start.parents) if (folder / "manifests").is_dir()), None)
    if heap is not None:
        return heap
    while _DATE_FOLDER.fullmatch(start.name):
        start = start.parent
    return start


def _below(bucket: Bucket, source: SourceSettings, root: str, key: str) -> Place:
    prefix = key.rstrip("/")
    listed = {meta.key: meta for meta in bucket.list(prefix)}
    if prefix in listed:
        return Place(bucket, source, root, {prefix: listed[prefix]}, True)
    below = {name: meta for name, meta in listed.items() if not prefix or name.startswith(f"{prefix}/")}
    if not below:
        raise UsageError("there is nothing at this place", where=f"{bucket.name}/{key}", todo="Check the path.")
    return Place(bucket, source, root, below, False, f"{prefix}/" if prefix else "")
