"""Whether the columns that a manifest tells of are those of its files; the files decide, a difference is told (T30).

A flipped bit in the header of a file renames a column, and nothing else would show it.
"""

from collections.abc import Sequence

from heap_assets.feeds.decode.avro_container import AvroPart

MOST_NAMES = 10


def differing_columns(told: Sequence[str], parts: Sequence[AvroPart]) -> str | None:
    """What the first part that differs has or lacks, and how many do; None where all agree or the manifest is silent.

    Case does not count, as in names of columns at all (interfaces.md 3).
    """
    if not told:
        return None
    wanted = {name.lower() for name in told}
    names = {id(part.record): {name.lower() for name in part.record.names} for part in parts}
    differing = [part for part in parts if names[id(part.record)] != wanted]
    if not differing:
        return None
    found = names[id(differing[0].record)]
    one = [f"only in the manifest: {_listed(wanted - found)}"] if wanted - found else []
    other = [f"only in the file: {_listed(found - wanted)}"] if found - wanted else []
    more = f", and {len(differing) - 1} more files" if len(differing) > 1 else ""
    return f"the manifest tells of other columns than {differing[0].source.key}{more} has; {'; '.join(one + other)}"


def _listed(names: set[str]) -> str:
    shown = sorted(names)[:MOST_NAMES]
    return ", ".join(shown) + (f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else "")
