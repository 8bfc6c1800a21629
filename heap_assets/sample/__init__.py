"""The sample world: a Heap Connect bucket, CRM files and the truth about them. Here stands only the public face.

`write_sample(out, World(...))` writes everything; `scale("s")` names a size. No stage of heap_assets is imported.
"""

from typing import TYPE_CHECKING, Literal

from heap_assets.sample.world import World, scale

Format = Literal["heap-connect", "csv"]
"""How Heap's tables are delivered."""

if TYPE_CHECKING:
    from pathlib import Path

    from heap_assets.sample.truth import SampleSummary

__all__ = ["Format", "SampleSummary", "World", "scale", "write_sample"]


def write_sample(out: "Path", world: World, form: Format = "heap-connect", chaos: bool = False) -> "SampleSummary":
    """Write the sample of a world below `out` (see `writing`); heavy libraries load only now."""
    from heap_assets.sample import writing

    return writing.write_sample(out, world, form, chaos)


def __getattr__(name: str) -> object:
    """Give `SampleSummary` without importing numpy for those who only want `World`."""
    if name == "SampleSummary":
        from heap_assets.sample.truth import SampleSummary

        return SampleSummary
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
