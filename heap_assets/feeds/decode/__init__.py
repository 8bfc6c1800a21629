"""Decoders: objects on this disk -> Arrow batches with the place of every row. No bucket, no lake, no feed's types."""

from heap_assets.feeds.decode.avro import AvroReading, open_avro
from heap_assets.feeds.decode.csv_source import CsvForm
from heap_assets.feeds.decode.delimited import CsvReading, open_csv
from heap_assets.feeds.decode.model import DecodedBatch, DecodeLimits, LocalObject, QueryStream, RejectedBatch

__all__ = [
    "AvroReading",
    "CsvForm",
    "CsvReading",
    "DecodeLimits",
    "DecodedBatch",
    "LocalObject",
    "QueryStream",
    "RejectedBatch",
    "open_avro",
    "open_csv",
]
