"""Names that almost match a pattern, and what differs. Matching itself, which forgives nothing, is in `patterns`.

A file that a feed was meant to take and does not is lost in silence unless somebody says so (T65).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import PurePosixPath

from heap_assets.bucket.patterns import file_date
from heap_assets.settings import FeedSpec

PACKING = (".gz", ".gzip", ".zip", ".zst", ".bz2", ".tar", ".tgz", ".pgp", ".gpg")
_TOKEN = re.compile(r"\{yyyy\}|\{MM\}|\{dd\}")
_LENGTHS = {"{yyyy}": 4, "{MM}": 2, "{dd}": 2}
_WORDS = {"{yyyy}": "year", "{MM}": "month", "{dd}": "day"}
_LOOSE_DATE = r"(?<!\d)(?:\d{6}|\d{8}|\d{1,4}(?:[-_. ]\d{1,2}(?:[-_. ]\d{1,4})?)?)(?!\d)"
YEAR = "{yyyy}"
LONGEST_KEY = 300  # a longer name is no slip, and costs more to look at with every `*`


@dataclass(frozen=True)
class NearMiss:
    """A key, the feed and pattern that it almost matches, and every difference in words."""

    key: str
    feed: str
    pattern: str
    differences: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.key} is no file of {self.feed}: {'; '.join(self.differences)} (pattern {self.pattern})"


@dataclass(frozen=True)
class _Parts:
    """A pattern cut into what stands before its date, the date with its separators, and what stands behind it."""

    before: str
    tokens: tuple[str, ...]
    separators: tuple[str, ...]
    behind: str


def near_misses(specs: Iterable[FeedSpec], root: str, keys: Iterable[str]) -> Iterator[NearMiss]:
    """For each key below `root` that no pattern matches, the patterns of dated feeds that it almost does."""
    dated = [spec for spec in specs if spec.delivery == "files" and spec.pattern]
    for key in keys:
        inner = key.removeprefix(root)
        if any(file_date(str(spec.pattern), inner) is not None for spec in dated):
            continue
        for spec in dated:
            found = differences(str(spec.pattern), inner)
            if found:
                yield NearMiss(key, spec.display, str(spec.pattern), found)


def differences(pattern: str, key: str) -> tuple[str, ...]:
    """What keeps a key from matching a pattern, where it is little enough to be a slip; nothing where it matches."""
    if file_date(pattern, key) is not None or len(key) > LONGEST_KEY:
        return ()
    found = _same_folder(pattern, key) or _another_format(pattern, key)
    if found or "/" in _date_text(pattern):
        return found
    folder, _, name = pattern.rpartition("/")
    other, _, base = key.rpartition("/")
    if folder == other or not base:
        return ()
    moved = f"it lies in {_folder(other)}, not in {_folder(folder)}"
    rest = () if file_date(name, base) is not None else _same_folder(name, base)
    return (moved, *rest) if rest or file_date(name, base) is not None else ()


def _same_folder(pattern: str, key: str) -> tuple[str, ...]:
    parts = _parts(pattern)
    found = _loose(parts).fullmatch(key)
    if found is None:
        return ()
    groups = found.groupdict()
    told: list[str] = []
    if _written_otherwise(parts, groups):
        told.append("capitals and small letters differ")
    if groups["ahead"]:
        told.append(f"extra part `{groups['ahead']}` before the date")
    told += _date_differences(parts, groups["date"])
    if groups["after"]:
        told.append(f"extra part `{groups['after']}` behind the date")
    packed = _packing(parts.behind)
    if packed and not groups["packed"] and not groups["more"].lower().endswith(packed.lower()):
        told.append(f"the suffix `{packed}` is missing")
    if groups["more"]:
        told.append(f"extra suffix `{groups['more']}`")
    return tuple(told)


def _another_format(pattern: str, key: str) -> tuple[str, ...]:
    """The one difference where only what kind of file it is keeps a key from matching."""
    kind, wanted = PurePosixPath(key).suffix, PurePosixPath(pattern).suffix
    if not kind or not wanted or "*" in wanted or file_date(pattern, key.removesuffix(kind) + wanted) is None:
        return ()
    return (f"it ends in `{kind}`, not in `{wanted}`",)


def _written_otherwise(parts: _Parts, groups: dict[str, str]) -> bool:
    literal = parts.behind.removesuffix(_packing(parts.behind))
    same = re.fullmatch(_written(parts.before), groups["before"]) and re.fullmatch(_written(literal), groups["rest"])
    return same is None


def _date_differences(parts: _Parts, written: str) -> list[str]:
    """How a date differs from the pattern's: its order, its separators, lengths of its numbers, the calendar."""
    numbers, separators = re.findall(r"\d+", written), re.findall(r"\D+", written)
    pattern = "".join(a + b for a, b in zip(parts.tokens, (*parts.separators, ""), strict=True))
    if len(numbers) == 1 and len(numbers[0]) in (6, 8):
        numbers = _cut(numbers[0], parts.tokens, len(numbers[0]) - 4)
    if len(numbers) != 3:
        return [f"`{written}` is no whole date where {pattern} belongs"]
    lengths = dict(zip(parts.tokens, map(len, numbers), strict=True))
    if lengths["{yyyy}"] <= 2 and max(lengths.values()) == 4:
        return [f"the date `{written}` is in another order than {pattern}"]
    wrong = [
        f"the {_WORDS[token]} has {count} digit{'s' * (count != 1)}, not {_LENGTHS[token]}"
        for token, count in lengths.items()
        if count != _LENGTHS[token]
    ]
    held = tuple(separators) if separators else ("", "")
    if held != parts.separators:
        wrong.append(f"the date `{written}` is not separated as in {pattern}")
    if not wrong or lengths["{yyyy}"] == 4:
        wrong += _off_the_calendar(dict(zip(parts.tokens, map(int, numbers), strict=True)), written)
    return wrong


def _off_the_calendar(values: dict[str, int], written: str) -> list[str]:
    try:
        date(values["{yyyy}"], values["{MM}"], values["{dd}"])
    except ValueError:
        return [f"`{written}` is no day of the calendar"]
    return []


def _cut(digits: str, tokens: tuple[str, ...], year: int) -> list[str]:
    numbers, at = [], 0
    for token in tokens:
        length = year if token == YEAR else 2
        numbers.append(digits[at : at + length])
        at += length
    return numbers


@lru_cache(maxsize=256)
def _parts(pattern: str) -> _Parts:
    found = list(_TOKEN.finditer(pattern))
    gaps = tuple(pattern[a.end() : b.start()] for a, b in pairwise(found))
    tokens = tuple(token.group() for token in found)
    return _Parts(pattern[: found[0].start()], tokens, gaps, pattern[found[-1].end() :])


@lru_cache(maxsize=256)
def _loose(parts: _Parts) -> re.Pattern[str]:
    """The pattern with room for slips: case, another date, a part before or behind it, another suffix."""
    plain = "/" not in "".join(parts.separators) and all(len(gap) <= 1 for gap in parts.separators)
    strict = r"\d{1,4}" + "".join(re.escape(gap) + r"\d{1,4}" for gap in parts.separators)
    literal = parts.behind.removesuffix(_packing(parts.behind))
    return re.compile(
        rf"(?P<before>{_written(parts.before)})(?P<ahead>[^/]*?)(?P<date>{_LOOSE_DATE if plain else strict})"
        rf"(?P<after>[^/]*?)(?P<rest>{_written(literal)})(?P<packed>{re.escape(_packing(parts.behind))})?"
        r"(?P<more>(?:\.[A-Za-z0-9]+)*)",
        re.IGNORECASE,
    )


def _written(text: str) -> str:
    return "[^/]*".join(re.escape(part) for part in text.split("*"))


def _packing(behind: str) -> str:
    """The suffix by which the pattern's files are packed; none where a wildcard takes any."""
    return next((suffix for suffix in PACKING if behind.lower().endswith(suffix)), "")


def _date_text(pattern: str) -> str:
    return "".join(_parts(pattern).separators)


def _folder(name: str) -> str:
    return f"{name}/" if name else "the root"
