"""What listing and reading a bucket is, and a local folder laid out as one; S3 is in `s3_bucket`.

What the objects mean is not known here.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from heap_assets.bucket.deliveries import MISSING, ObjectMeta, ObjectRef
from heap_assets.bucket.s3_answers import changed, missing
from heap_assets.errors import BucketUnreachable


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
        self._confirm(key, version)
        content = (self.root / key).read_bytes()
        self._confirm(key, version)
        return content

    @contextmanager
    def fetch(self, ref: ObjectRef) -> Iterator[Path]:
        """The file itself, checked before and after."""
        if ref.size == MISSING:
            raise missing(self.name, ref.key)
        self._confirm(ref.key, ref.version, ref.size)
        yield self.root / ref.key
        self._confirm(ref.key, ref.version, ref.size)

    def _confirm(self, key: str, version: str, size: int | None = None) -> None:
        path = self.root / key
        try:
            found = path.stat()
        except PermissionError:
            found = None
        except OSError:
            raise missing(self.name, key) from None
        if found is not None and (str(found.st_mtime_ns) != version or size not in (None, found.st_size)):
            raise changed(self.name, key)
        if found is None or not os.access(path, os.R_OK):
            raise BucketUnreachable("the file may not be read", where=str(path), todo="Allow this user to read it.")


def _described(path: str, key: str) -> ObjectMeta | None:
    """A file as a listing shows it; None where it is none.

    Such are a link to nothing, a pipe, which would never end, and a name that is not UTF-8, which nothing can name.
    """
    try:
        found = os.stat(path)  # noqa: PTH116 - see `list`
        key.encode()
    except (FileNotFoundError, NotADirectoryError, UnicodeEncodeError):
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:
            return None
        raise _incomplete(error) from None
    if not stat.S_ISREG(found.st_mode):
        return None
    return ObjectMeta(key, found.st_size, str(found.st_mtime_ns), datetime.fromtimestamp(found.st_mtime, UTC))


def _unless_vanished(error: OSError) -> None:
    """A folder that cannot be listed makes the listing incomplete, which proves nothing; one that is gone does not."""
    if not isinstance(error, FileNotFoundError):
        raise _incomplete(error) from None


def _incomplete(error: OSError) -> BucketUnreachable:
    return BucketUnreachable(
        f"the folder cannot be listed whole ({type(error).__name__})",
        where=str(error.filename),
        todo="Allow this user to read everything below source.bucket.",
    )
