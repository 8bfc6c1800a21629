"""Decoders: objects on this disk -> Arrow batches with the place of every row. No bucket, no lake, no types of a feed."""

from heap_assets.feeds.decode.avro import AvroReading, open_avro
from heap_assets.feeds.decode.model import DecodedBatch, DecodeLimits, LocalObject, QueryStream, RejectedRow

__all__ = [
    "AvroReading",
    "DecodeLimits",
    "DecodedBatch",
    "LocalObject",
    "QueryStream",
    "RejectedRow",
    "open_avro",
]
