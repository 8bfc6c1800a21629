"""Tables with a log that is both ledger and lock, and releases that readers see.

It knows nothing of Heap, people or Dagster.
"""

from heap_assets.lake.derived import Input, derive, hash62
from heap_assets.lake.files import FileWriter, NewFile, plain_schema, prunable, write_rows
from heap_assets.lake.lake import Lake
from heap_assets.lake.release import Release, TableVersion, View, current_release, publish, releases
from heap_assets.lake.table import DataFile, Table, retry_swaps

__all__ = [
    "DataFile",
    "FileWriter",
    "Input",
    "Lake",
    "NewFile",
    "Release",
    "Table",
    "TableVersion",
    "View",
    "current_release",
    "derive",
    "hash62",
    "plain_schema",
    "prunable",
    "publish",
    "releases",
    "retry_swaps",
    "write_rows",
]
