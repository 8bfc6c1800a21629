"""An S3 API on loopback (moto's server): buckets filled from folders, object times of our choosing, and a record of requests."""

import logging
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

import boto3
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

ACCOUNT = "123456789012"
KEYS = {"HEAP_TEST_KEY_ID": "AKIAHEAPTEST00000001", "HEAP_TEST_SECRET": "secret-hunter2-never-printed"}


class S3Server:
    """The server; use it in a `with` block."""

    def __init__(self) -> None:
        self.first_run: list[tuple[str, str]] = []
        self._record = _Record()
        self._logger = logging.getLogger("werkzeug")

    def __enter__(self) -> Self:
        self._logger.setLevel(logging.INFO)
        self._logger.propagate = False
        self._logger.addHandler(self._record)
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.endpoint = f"http://{host}:{port}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
        self._logger.removeHandler(self._record)

    @cached_property
    def client(self) -> Any:
        """A boto3 client, as whoever fills the bucket uses."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=KEYS["HEAP_TEST_KEY_ID"],
            aws_secret_access_key=KEYS["HEAP_TEST_SECRET"],
        )

    def source(self, bucket: str, prefix: str = "") -> dict[str, Any]:
        """The `source` section of settings that read this bucket; keys stand in the environment (`KEYS`)."""
        return {
            "bucket": f"s3://{bucket}",
            "prefix": prefix,
            "region": "us-east-1",
            "endpoint_url": self.endpoint,
            "access_key_id": {"env": "HEAP_TEST_KEY_ID"},
            "secret_access_key": {"env": "HEAP_TEST_SECRET"},
        }

    def upload(self, folder: Path, bucket: str, prefix: str = "") -> None:
        """Every file of a folder as an object that was last modified when the file was."""
        client = self.client
        if bucket not in {item["Name"] for item in client.list_buckets()["Buckets"]}:
            client.create_bucket(Bucket=bucket)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                moment = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                self.put(bucket, prefix + path.relative_to(folder).as_posix(), path.read_bytes(), moment, client)

    def put(self, bucket: str, key: str, content: bytes, modified: datetime, client: Any = None) -> None:
        """One object; S3 itself sets the time, so it is changed where the server keeps it."""
        (client or self.client).put_object(Bucket=bucket, Key=key, Body=content)
        s3_backends[ACCOUNT]["aws"].buckets[bucket].keys[key].last_modified = modified

    def forget(self) -> None:
        """Begin a new record of requests."""
        self._record.lines.clear()

    def requests(self) -> list[tuple[str, str]]:
        """Method and path of every request since `forget`."""
        return [(line.split('"')[1].split()[0], unquote(line.split('"')[1].split()[1])) for line in self._record.lines]

    def keys_read(self, bucket: str, requests: list[tuple[str, str]] | None = None) -> list[str]:
        """Keys of objects whose content was asked for in these requests, or since `forget`; listings are none."""
        paths = (path for method, path in requests or self.requests() if method == "GET")
        return [
            path.removeprefix(f"/{bucket}/") for path in paths if path.startswith(f"/{bucket}/") and "?" not in path
        ]


class _Record(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if " HTTP/1." in message and message.count('"') >= 2:
            self.lines.append(message)
