"""SQL over data files.

Names are bound to files of a known schema, a query becomes Arrow; nothing here knows Heap, people or Dagster.
"""

from heap_assets.engine.duckdb import Engine
from heap_assets.engine.sql import literal, quote, sql_type

__all__ = ["Engine", "literal", "quote", "sql_type"]
