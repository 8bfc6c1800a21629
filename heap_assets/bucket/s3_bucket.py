"""An S3 bucket through obstore: listings that are complete and exact, reads of one version. A folder is in `store`."""

import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from heap_assets.bucket.deliveries import MISSING, ObjectMeta, ObjectRef
from heap_assets.bucket.s3_answers import GET, LIST, missing, room_for, translated, unreachable
from heap_assets.errors import BucketUnreachable

PIECE = 64 << 20  # bytes a request: obstore gives a request 30 seconds, its answer's body included
MOST_DOUBTS = 50
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class S3Bucket:
    """An S3 bucket; an object's version is its ETag, and every read carries If-Match.

    Throttling (503 SlowDown), timeouts and broken connections are tried again by obstore, later and later.
    """

    def __init__(self, store: Any, name: str, client: Callable[[], Any] | None = None) -> None:
        """`store` is an obstore S3Store, held for the bucket's life; `client` makes a boto3 client (see `list`)."""
        self._store, self.name, self._client = store, name, client
        self._real: dict[str, str | None] = {}

    def list(self, prefix: str) -> Iterator[ObjectMeta]:
        """Every object below the prefix that has a usable name.

        obstore gives up the whole listing at one key with `//`, `/./`, `/../` or a control character in it, wherever
        that lies, so that a slip of some uploader would stop every feed; and it takes a slash off either end of a key,
        so that a folder marker or `/crm/a.csv` looks like an object that is not there. boto3, which takes fifty times
        as long, lists such a bucket; those keys are left out, as no manifest and no pattern can name them.
        """
        from obstore.exceptions import InvalidPathError

        with translated(self.name, prefix, LIST):
            try:
                found: Sequence[Any] = [
                    item for page in self._store.list(prefix or None, chunk_size=1000) for item in page
                ]
                found = self._without_phantoms(found, prefix)
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
        with translated(self.name, key, GET):
            return bytes(self._store.get(key, options={"if_match": f'"{version}"'}).bytes())

    @contextmanager
    def fetch(self, ref: ObjectRef) -> Iterator[Path]:
        """The object in a scratch file that goes with the block."""
        if ref.size == MISSING:
            raise missing(self.name, ref.key)
        descriptor, name = tempfile.mkstemp(prefix="heap_assets_")
        path = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file, room_for(ref.key), translated(self.name, ref.key, GET):
                for begin in range(0, max(ref.size, 1), PIECE):
                    for chunk in self._piece(ref, begin):
                        file.write(chunk)
            if path.stat().st_size != ref.size:
                what = f"{path.stat().st_size} of the object's {ref.size} bytes arrived"
                raise BucketUnreachable(what, where=f"s3://{self.name}/{ref.key}", todo="Run again.")
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _piece(self, ref: ObjectRef, begin: int) -> Any:
        options: dict[str, Any] = {"if_match": f'"{ref.version}"'}
        if ref.size > PIECE:
            options["range"] = (begin, min(begin + PIECE, ref.size))
        return self._store.get(ref.key, options=options).stream()

    def _without_phantoms(self, found: Sequence[Any], prefix: str) -> Sequence[Any]:
        """The listing without names that are none: what is listed by them cannot be read by them.

        Only an empty object can be a folder marker. Whether keys begin with a slash is asked for where the first one
        could, or there are two of one name: they sort before every letter and digit.
        """
        doubted = [item for item in found if item["size"] == 0]
        first = next((item for item in found if item["path"] > "/"), None)
        twice = len({item["path"] for item in found}) < len(found)
        slash = not prefix and first is not None and self._begins_with_slash(first)
        if self._client is not None and (twice or slash or len(doubted) > MOST_DOUBTS):
            return _listed_by_boto3(self._client(), self.name, prefix)
        phantoms = {item["path"] for item in doubted if not self._is_real(item)}
        return [item for item in found if item["path"] not in phantoms] if phantoms else found

    def _begins_with_slash(self, first: Any) -> bool:
        """Whether the folders at the top have one without a name; asked once for each first object."""
        if self._real.get(first["path"], "") != first["e_tag"]:
            if "" in self._store.list_with_delimiter(None)["common_prefixes"]:
                return True
            self._real[first["path"]] = first["e_tag"]
        return False

    def _is_real(self, item: Any) -> bool:
        """Whether an object has exactly the name by which it was listed; asked once for each version of it."""
        from obstore.exceptions import BaseError, NotFoundError

        path, version = item["path"], item["e_tag"]
        if self._real.get(path, "") != version:
            try:
                self._store.head(path)
            except (NotFoundError, FileNotFoundError):
                return False
            except BaseError:
                return True  # not allowed to look: reading it will tell why
            self._real[path] = version
        return True


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
    except ClientError as error:
        told = error.response.get("Error", {})
        raise unreachable(
            bucket, prefix, LIST, type(error).__name__, str(told.get("Message")), told.get("Code", "")
        ) from None
    except BotoCoreError as error:
        raise unreachable(bucket, prefix, LIST, type(error).__name__, "") from None
    return [
        {"path": item["Key"], "size": item["Size"], "e_tag": item["ETag"], "last_modified": item["LastModified"]}
        for item in items
        if not {"", ".", ".."} & set(item["Key"].split("/")) and not _CONTROL.search(item["Key"])
    ]
