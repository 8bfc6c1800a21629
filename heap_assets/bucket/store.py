"""Listing and reading a bucket or a folder laid out the same way. What the objects mean is not known here."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from heap_assets.bucket.deliveries import MISSING, ObjectMeta, ObjectRef
from heap_assets.errors import BucketUnreachable, ObjectChanged, ObjectMissing


class Bucket(Protocol):
    """Where deliveries lie. Reads are of one exact version of an object, or fail."""

    name: str

    def list(self, prefix: str) -> Iterator[ObjectMeta]:
        """Every object below a prefix, complete or BucketUnreachable."""
        ...

    def read(self, key: str, version: str) -> bytes:
        """A small object whole, such as a manifest."""
        ...

    def fetch(self, ref: ObjectRef) -> AbstractContextManager[Path]:
        """The object as a file on this disk for the length of a `with` block.

        Raises ObjectMissing, ObjectChanged (also at the end, where it changed meanwhile), BucketUnreachable.
        """
        ...


class FolderBucket:
    """A local folder; an object's version is its modification time in nanoseconds."""

    def __init__(self, root: Path, name: str) -> None:
        """`root` is the folder; `name` the bucket name by which manifests call it."""
        self.root, self.name = root, name

    def list(self, prefix: str) -> Iterator[ObjectMeta]:
        """Every file below the prefix, in no order that means anything."""
        root = self.root.absolute()
        start = root / prefix if prefix.endswith("/") or not prefix else root
        if not self.root.is_dir():
            raise BucketUnreachable("there is no such folder", where=str(self.root), todo="Check source.bucket.")
        above = len(os.path.join(root, ""))  # noqa: PTH118 - Path objects of 13,000 files take 0.5 CPU-s
        for folder, _, names in os.walk(start, onerror=_unless_vanished):
            for name in names:
                path = os.path.join(folder, name)  # noqa: PTH118
                key = path[above:].replace(os.sep, "/")
                if key.startswith(prefix) and (meta := _described(path, key)) is not None:
                    yield meta

    def read(self, key: str, version: str) -> bytes:
        """The file whole, in this version."""
        path = self.root / key
        self._confirm(key, version)
        content = path.read_bytes()
        self._confirm(key, version)
        return content

    @contextmanager
    def fetch(self, ref: ObjectRef) -> Iterator[Path]:
        """The file itself, checked before and after."""
        if ref.size == MISSING:
            raise _missing(self.name, ref.key)
        self._confirm(ref.key, ref.version)
        yield self.root / ref.key
        self._confirm(ref.key, ref.version)

    def _confirm(self, key: str, version: str) -> None:
        try:
            found = str((self.root / key).stat().st_mtime_ns)
        except OSError:
            raise _missing(self.name, key) from None
        if found != version:
            raise _changed(self.name, key)


class S3Bucket:
    """An S3 bucket through obstore; an object's version is its ETag, and every read carries If-Match."""

    def __init__(self, store: Any, name: str, client: Callable[[], Any] | None = None) -> None:
        """`store` is an obstore S3Store, held for the bucket's life; `client` makes a boto3 client (see `list`)."""
        self._store, self.name, self._client = store, name, client

    def list(self, prefix: str) -> Iterator[ObjectMeta]:
        """Every object below the prefix.

        obstore gives up the whole listing at one key with `//`, `/./` or `/../` in it, wherever that lies, so that a
        slip of some uploader would stop every feed. boto3 lists such a bucket; those keys are left out, as no manifest
        and no pattern can name them.
        """
        from obstore.exceptions import InvalidPathError

        with _translated(self.name, prefix):
            try:
                found = [item for page in self._store.list(prefix or None, chunk_size=1000) for item in page]
            except InvalidPathError:
                if self._client is None:
                    raise
                found = _listed_by_boto3(self._client(), self.name, prefix)
        for item in found:
            if item["path"].startswith(prefix):
                version = (item["e_tag"] or "").strip('"')
                yield ObjectMeta(item["path"], item["size"], version, item["last_modified"])

    def read(self, key: str, version: str) -> bytes:
        """The object whole, in this version."""
        with _translated(self.name, key):
            return bytes(self._store.get(key, options={"if_match": f'"{version}"'}).bytes())

    @contextmanager
    def fetch(self, ref: ObjectRef) -> Iterator[Path]:
        """The object in a scratch file that goes with the block."""
        if ref.size == MISSING:
            raise _missing(self.name, ref.key)
        descriptor, name = tempfile.mkstemp(prefix="heap_assets_")
        path = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file, _translated(self.name, ref.key):
                for chunk in self._store.get(ref.key, options={"if_match": f'"{ref.version}"'}).stream():
                    file.write(chunk)
            yield path
        finally:
            path.unlink(missing_ok=True)


def s3_bucket(
    name: str,
    config: dict[str, Any],
    credentials: Callable[[], Any] | None = None,
    client: Callable[[], Any] | None = None,
) -> S3Bucket:
    """A bucket from obstore's own settings (region, endpoint, keys).

    Where they are given, `credentials` provides keys, and `client` makes a boto3 client.
    """
    from obstore.store import S3Store

    endpoint = str(config.get("endpoint") or "")
    options: Any = {"allow_http": endpoint.startswith("http://")}
    store = S3Store(name, client_options=options, credential_provider=credentials, **config)
    return S3Bucket(store, name, client)


def _listed_by_boto3(client: Any, bucket: str, prefix: str) -> list[Any]:
    """The listing in obstore's shape, without keys that obstore cannot address."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        items = [item for page in pages for item in page.get("Contents", ())]
    except (BotoCoreError, ClientError) as error:
        raise _unreachable(f"s3://{bucket}/{prefix}", type(error).__name__) from None
    return [
        {"path": item["Key"], "size": item["Size"], "e_tag": item["ETag"], "last_modified": item["LastModified"]}
        for item in items
        if not {"", ".", ".."} & set(item["Key"].split("/"))
    ]


def _described(path: str, key: str) -> ObjectMeta | None:
    """A file as a listing shows it; None where it vanished meanwhile, or is a link to nothing."""
    try:
        stat = os.stat(path)  # noqa: PTH116 - see `list`
    except FileNotFoundError:
        return None
    return ObjectMeta(key, stat.st_size, str(stat.st_mtime_ns), datetime.fromtimestamp(stat.st_mtime, UTC))


def _unless_vanished(error: OSError) -> None:
    """A folder that cannot be listed makes the listing incomplete, which proves nothing; one that is gone does not."""
    if not isinstance(error, FileNotFoundError):
        raise _unreachable(str(error.filename), type(error).__name__) from None


@contextmanager
def _translated(bucket: str, key: str) -> Iterator[None]:
    from obstore.exceptions import BaseError, NotFoundError, PreconditionError

    try:
        yield
    except (NotFoundError, FileNotFoundError):
        raise _missing(bucket, key) from None
    except PreconditionError:
        raise _changed(bucket, key) from None
    except BaseError as error:
        raise _unreachable(f"s3://{bucket}/{key}", type(error).__name__) from None


def _unreachable(where: str, kind: str) -> BucketUnreachable:
    return BucketUnreachable(
        f"the bucket did not answer as it should ({kind})",
        where=where,
        todo="Check the bucket's name, region, endpoint and the credentials' s3:ListBucket and s3:GetObject.",
    )


def _missing(bucket: str, key: str) -> ObjectMissing:
    return ObjectMissing(
        "the object is not in the bucket", where=f"{bucket}/{key}", todo="It is tried again each time."
    )


def _changed(bucket: str, key: str) -> ObjectChanged:
    return ObjectChanged("the object changed since it was listed", where=f"{bucket}/{key}", todo="Run again.")
