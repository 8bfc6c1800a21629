"""tap-heap 1.4 on a folder: its own `do_sync`, with local files where it asks S3 for a body. Run by its own Python.

    python tap_heap_locally.py BUCKET_FOLDER BUCKET_NAME TABLE

Its queue, processes, transformer and writer are its own; what it is spared is HTTP. Records go to stdout as it writes
them; the last line on stderr is their number.
"""

import json
import logging
import re
import sys
import time
from pathlib import Path

from tap_heap import discover, do_sync, s3


class LocalBody:
    """What tap-heap uses of a boto3 body."""

    def __init__(self, path: Path) -> None:
        """Open the file."""
        self._raw_stream = path.open("rb")
        self.read = self._raw_stream.read


class Count(logging.Handler):
    """Adds up what tap-heap says it wrote."""

    rows = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Look for its line about a table."""
        found = re.match(r'Wrote (\d+) records for table "', record.getMessage())
        Count.rows += int(found[1]) if found else 0


def main() -> None:
    """Sync one table."""
    folder, bucket, table = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    s3.get_file_handle = lambda _, key: LocalBody(folder / key)
    s3.list_manifest_files_in_bucket = lambda _: (
        {"Key": path.relative_to(folder).as_posix()} for path in sorted(folder.glob("manifests/*.json"))
    )
    print("started " + json.dumps(time.process_time()), file=sys.stderr, flush=True)
    logging.getLogger().addHandler(Count())
    streams = [stream for stream in discover.discover_streams(bucket) if stream["stream"] == table]
    for stream in streams:
        for entry in stream["metadata"]:
            entry["metadata"]["selected"] = True
    do_sync({"bucket": bucket}, {"streams": streams}, {})
    print(Count.rows, file=sys.stderr)


if __name__ == "__main__":
    main()
