"""Tables as the Dagster UI shows them: counts, columns, a masked preview, bars.

Nothing personal passes through here.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq

from heap_assets.catalog import HIDDEN_COLUMNS, SYSTEM_COLUMNS
from heap_assets.lake import Table
from heap_assets.reports.charts import bar_chart

PREVIEW_ROWS = 3
PREVIEW_COLUMNS = 12
_PLACES = ("_file_date", "_delivery", "_row", "_updated", "datasource", "amperity_id", "domain_table", "version")
_OPEN_COLUMNS = frozenset((*_PLACES, "sessions", "pageviews", "source_records", "user_ids"))


def column_schema(schema: pa.Schema) -> dg.TableSchema:
    """An Arrow schema as the UI's columns panel takes it, the system columns last."""
    shown = sorted(schema, key=lambda item: item.name in (*SYSTEM_COLUMNS, *HIDDEN_COLUMNS))
    return dg.TableSchema(columns=[dg.TableColumn(item.name, str(item.type)) for item in shown])


def table_metadata(table: Table, display: str | None = None) -> dict[str, Any]:
    """Rows, columns, version and a masked preview of a table of the lake."""
    shown: dict[str, Any] = {
        "dagster/row_count": table.rows,
        "dagster/column_schema": column_schema(table.schema),
        "lake_version": table.version,
        "preview": dg.MetadataValue.md(preview(table)),
    }
    if display:
        shown["dagster/table_name"] = display
    return shown


def preview(table: Table) -> str:
    """The first rows as a Markdown table.

    Values are masked, so that only their shape shows, but for places, counts and IDs of our own.
    """
    if not table.files:
        return "no rows"
    with pq.ParquetFile(table.root / table.files[0].path) as file:
        batch = next(file.iter_batches(batch_size=PREVIEW_ROWS), None)
    if batch is None:
        return "no rows"
    names = batch.schema.names[:PREVIEW_COLUMNS]
    rows = [[masked(name, row[name]) for name in names] for row in batch.to_pylist()]
    return markdown_table(names, rows)


def masked(column: str, value: object) -> str:
    """A value with letters and digits hidden but for columns of our own: a number may be a phone, a date a birthday."""
    if value is None:
        return ""
    if column in _OPEN_COLUMNS or isinstance(value, bool):
        return str(value)
    return re.sub(r"\w", "x", str(value))[:40]


def markdown_table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; HTML would be dropped by the UI."""
    lines = [list(names), ["---"] * len(names), *[[str(cell) for cell in row] for row in rows]]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines
    )


def bars(counts: Mapping[str, int], title: str) -> dg.MarkdownMetadataValue:
    """A bar chart of counts by label, as an image that the UI draws."""
    encoded = base64.b64encode(bar_chart(counts, title).encode()).decode()
    return dg.MetadataValue.md(f"![{title}](data:image/svg+xml;base64,{encoded})")
