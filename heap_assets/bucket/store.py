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
        start = self.root / prefix if prefix.endswith("/") or not prefix else self.root
        if not self.root.is_dir():
            raise BucketUnreachable("there is no such folder", where=str(self.root), todo="Check source.bucket.")
        for folder, _, names in os.walk(start):
            for name in names:
                path = Path(folder, name)
                key = path.relative_to(self.root).as_posix()
                if key.startswith(prefix):
                    stat = path.stat()
                    yield ObjectMeta(
                        key, stat.st_size, str(stat.st_mtime_ns), datetime.fromtimestamp(stat.st_mtime, UTC)
                    )

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

    def __init__(self, store: Any, name: str, scratch: Path | None = None) -> None:
        """`store` is an obstore S3Store, held for the bucket's life; `scratch` is where objects are put while read."""
        self._store, self.name = store, name
        self._scratch = scratch

    def list(self, prefix: str) -> Iterator[ObjectMeta]:
        """Every object below the prefix, page by page."""
        with _translated(self.name, prefix):
            for page in self._store.list(prefix or None, chunk_size=1000):
                for item in page:
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
        descriptor, name = tempfile.mkstemp(prefix="heap_assets_", dir=self._scratch)
        path = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file, _translated(self.name, ref.key):
                for chunk in self._store.get(ref.key, options={"if_match": f'"{ref.version}"'}).stream():
                    file.write(chunk)
            yield path
        finally:
            path.unlink(missing_ok=True)


def s3_bucket(name: str, config: dict[str, Any], credentials: Callable[[], Any] | None = None) -> S3Bucket:
    """A bucket from obstore's own settings (region, endpoint, keys) and, where given, a provider of credentials."""
    from obstore.store import S3Store

    endpoint = str(config.get("endpoint") or "")
    options: Any = {"allow_http": endpoint.startswith("http://")}
    store = S3Store(name, client_options=options, credential_provider=credentials, **config)
    return S3Bucket(store, name)


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
        kind = type(error).__name__
        raise BucketUnreachable(
            f"the bucket did not answer as it should ({kind})",
            where=f"s3://{bucket}/{key}",
            todo="Check the bucket's name, region, endpoint and the credentials' s3:ListBucket and s3:GetObject.",
        ) from None


def _missing(bucket: str, key: str) -> ObjectMissing:
    return ObjectMissing(
        "the object is not in the bucket", where=f"{bucket}/{key}", todo="It is tried again each time."
    )


def _changed(bucket: str, key: str) -> ObjectChanged:
    return ObjectChanged("the object changed since it was listed", where=f"{bucket}/{key}", todo="Run again.")
