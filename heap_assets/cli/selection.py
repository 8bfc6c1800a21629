"""What `--select` names, in Dagster's own selection syntax."""

from typing import TYPE_CHECKING, Any

from heap_assets.errors import UsageError
from heap_assets.settings import Settings

if TYPE_CHECKING:
    import dagster as dg


def require_selection(settings: Settings, select: str) -> None:
    """UsageError before anything is touched, where a selection cannot be read or picks nothing."""
    from heap_assets.definitions import build_definitions

    if not selected(build_definitions(settings), select):
        raise UsageError("--select picks no asset", where=select, todo="Try group:feeds or +key:domain/heap_users.")


def selected(defs: "dg.Definitions", select: str) -> set[Any]:
    """The asset keys that a selection picks; UsageError where it cannot be read."""
    import dagster as dg

    try:
        return set(dg.AssetSelection.from_string(select).resolve(defs.resolve_asset_graph()))
    except dg.DagsterError as error:
        told = str(error).splitlines()[0]
        raise UsageError(f"--select: {told}", where=select, todo="Try group:feeds or +key:domain/heap_users.") from None
