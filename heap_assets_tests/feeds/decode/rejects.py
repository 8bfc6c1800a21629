"""What a reading rejects, row by row, as a test looks at it."""

from types import SimpleNamespace

import numpy as np

from heap_assets.feeds.decode import RejectedBatch
from heap_assets.feeds.renumber import Gaps

FIELDS = ("object_index", "row", "line", "column", "reason", "detail", "raw")


class Rejects(list):
    """Rejected rows in the order in which they came; `take` is given to `CsvReading.batches`."""

    def take(self, batch: RejectedBatch) -> None:
        columns = [getattr(batch, name).to_pylist() for name in FIELDS]
        self += [SimpleNamespace(**dict(zip(FIELDS, row, strict=True))) for row in zip(*columns, strict=True)]


def record_numbers(running, *broken) -> list[int]:
    """Records of rows numbered as they came, where these batches of records gave none."""
    gaps = Gaps()
    for records in broken:
        gaps.add(np.array(records, dtype=np.int64))
    return gaps.records(np.array(running, dtype=np.int64)).tolist()
