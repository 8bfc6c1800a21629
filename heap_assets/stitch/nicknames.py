"""Given names that one person goes by, and given names that people are known to bear.

Both ship as data (`data/SOURCES.md` says from where); a feed of nicknames adds to the first or takes away from it.
"""

from functools import cache
from importlib.resources import files

import pyarrow as pa

LINKS = pa.schema([("name", pa.string()), ("other", pa.string())])
_CROWD = 60
_VOWELS = frozenset("AEO")


def nickname_links(changes: pa.Table | None = None) -> pa.Table:
    """Names that one person may go by, as (name, other) in capitals, both ways.

    A name and its nicknames, and nicknames of one name among each other, but not two steps further: that would make
    Christopher and Christina one. `changes` has canonical_name, nickname and update_type (ADD, REMOVE); REMOVE wins.
    Anna and Anne, Mario and Maria are two people's names although a list may link them.
    """
    pairs = set(_shipped())
    removed = set()
    for row in changes.to_pylist() if changes is not None else ():
        pair = str(row["canonical_name"]).strip().upper(), str(row["nickname"]).strip().upper()
        (removed if str(row["update_type"]).strip().upper() == "REMOVE" else pairs).add(pair)
    return _linked(pairs - removed, forbidden=removed)


def known_given_names() -> list[str]:
    """Names that many people bear, in capitals: two of them are not a typing error of each other."""
    return list(_known())


def _linked(pairs: set[tuple[str, str]], forbidden: set[tuple[str, str]]) -> pa.Table:
    links = set(pairs)
    short_forms: dict[str, set[str]] = {}
    for name, nickname in pairs:
        short_forms.setdefault(name, set()).add(nickname)
    for nicknames in short_forms.values():
        if len(nicknames) <= _CROWD:
            links |= {(one, other) for one in nicknames for other in nicknames}
    links |= {(other, name) for name, other in links}
    barred = forbidden | {(other, name) for name, other in forbidden}
    rows = sorted(pair for pair in links - barred if pair[0] != pair[1] and not _sisters(*pair))
    return pa.table([[a for a, _ in rows], [b for _, b in rows]], schema=LINKS)


def _sisters(name: str, other: str) -> bool:
    """Whether two names differ by their last vowel alone."""
    return len(name) == len(other) and name[:-1] == other[:-1] and {name[-1], other[-1]} <= _VOWELS


@cache
def _shipped() -> frozenset[tuple[str, str]]:
    rows = _read("nicknames.csv").splitlines()[1:]
    return frozenset((row.split(",")[0], row.split(",")[1]) for row in rows)


@cache
def _known() -> tuple[str, ...]:
    return tuple(_read("given_names.txt").split())


def _read(name: str) -> str:
    return files("heap_assets.stitch").joinpath("data", name).read_text(encoding="ascii")
