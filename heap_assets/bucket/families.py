"""Dated files that belong together by their names, and the pattern that takes each family. No content is read."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from heap_assets.bucket.near_misses import PACKING
from heap_assets.bucket.patterns import file_date

_Y, _M, _D = r"(?P<year>(?:19|20)\d\d)", r"(?P<month>0[1-9]|1[0-2])", r"(?P<day>0[1-9]|[12]\d|3[01])"
_SEPARATOR = r"(?P<one>[-_. ])"
_DATES = (
    re.compile(rf"(?<!\d){_Y}{_SEPARATOR}{_M}(?P=one){_D}(?!\d)"),
    re.compile(rf"(?<!\d){_Y}{_M}{_D}(?!\d)"),
    re.compile(rf"(?<!\d){_D}{_SEPARATOR}{_M}(?P=one){_Y}(?!\d)"),
    re.compile(rf"(?<!\d){_M}{_SEPARATOR}{_D}(?P=one){_Y}(?!\d)"),
    re.compile(rf"(?<![^/]){_Y}/{_M}/{_D}(?=/)"),
    re.compile(rf"year={_Y}/month={_M}/day={_D}(?=/)"),
)
_VARYING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}|\d+", re.IGNORECASE)
_WORDS_OF_PARTS = re.compile(r"part|chunk|piece|file|full|delta|incremental|final|utc|^[tvz]+$")
_MARKS = {"year": "{yyyy}", "month": "{MM}", "day": "{dd}"}


@dataclass(frozen=True)
class Family:
    """Files of one pattern with their dates; keys by date, oldest first."""

    pattern: str
    files: tuple[tuple[date, str], ...]

    @property
    def first(self) -> date:
        """The earliest file date."""
        return self.files[0][0]

    @property
    def newest(self) -> str:
        """The key of the newest file."""
        return self.files[-1][1]


@dataclass(frozen=True)
class _Shape:
    """A key with a date in it: the text before, the date as a pattern writes it, and the text behind."""

    before: str
    written: str
    behind: str


def families(keys: Iterable[str]) -> tuple[list[Family], list[str]]:
    """Families of dated files by pattern, and the keys in which no date was found.

    Every file of a family is matched by its pattern, and no file by two of them. A date that can be read in two orders
    is read in the one that suits the most files of the family.
    """
    shapes: dict[tuple[str, str, str], list[tuple[str, _Shape]]] = defaultdict(list)
    undated = []
    for key in sorted(keys):
        found = _shape(key)
        if found is None:
            undated.append(key)
        else:
            shapes[_kin(found)].append((key, found))
    made = [_family([key for key, _ in members], [shape for _, shape in members]) for members in shapes.values()]
    kept: dict[str, Family] = {}
    dated = [key for members in shapes.values() for key, _ in members]
    free = set(dated)
    for family in sorted(filter(None, made), key=lambda item: (-len(item.files), item.pattern)):
        taken = tuple(sorted((day, key) for key in dated if (day := file_date(family.pattern, key)) is not None))
        if all(key in free for _, key in taken):
            kept[family.pattern] = Family(family.pattern, taken)
            free -= {key for _, key in taken}
    return sorted(kept.values(), key=lambda item: item.pattern), sorted([*undated, *free])


def pattern_of(key: str) -> str | None:
    """The pattern of one dated file alone; None where its name holds no date."""
    found = families([key])[0]
    return found[0].pattern if found else None


def _shape(key: str) -> _Shape | None:
    """The last date in a key is the one that its pattern names; other dates and numbers before it become `*`."""
    spans = []
    for order, form in enumerate(_DATES):
        for match in form.finditer(key):
            spans.append((match.start() >= key.rfind("/"), -order, match.start(), match))
    if not spans:
        return None
    match = max(spans, key=lambda item: item[:3])[3]
    written = match.group()
    for name in sorted(_MARKS, key=match.start, reverse=True):
        at, end = match.start(name) - match.start(), match.end(name) - match.start()
        written = written[:at] + _MARKS[name] + written[end:]
    before = key[: match.start()]
    for form in _DATES:
        before = form.sub(lambda other: re.sub(r"\d+", "*", other.group()), before)
    return _Shape(before, written, key[match.end() :])


def _kin(shape: _Shape) -> tuple[str, str, str]:
    """What files of one family share: everything up to the date, words behind it, and what kind of file it is.

    Whether a file is packed, its number and words such as `part2` may differ.
    """
    written = re.sub(r"\{(MM|dd)\}", "{}", shape.written)
    folder, slash, name = shape.behind.rpartition("/")
    stem, kind = _stem_and_kind(name)
    words = "" if slash else _WORDS_OF_PARTS.sub("", "".join(re.findall(r"[a-z]+", stem.lower())))
    return shape.before, written, f"{folder}/{_VARYING.sub('*', stem)}{kind}" if slash else f"{words}{kind}"


def _stem_and_kind(name: str) -> tuple[str, str]:
    bare = name
    for suffix in PACKING:
        bare = bare[: -len(suffix)] if bare.lower().endswith(suffix) else bare
    kind = PurePosixPath("x" + bare).suffix
    return bare.removesuffix(kind), kind


def _family(keys: Sequence[str], shapes: Sequence[_Shape]) -> Family | None:
    """The narrowest pattern that takes every file: literal where they agree, `*` where they do not."""
    before, behind = shapes[0].before, _joined([shape.behind for shape in shapes])
    best: Family | None = None
    for written in dict.fromkeys(shape.written for shape in shapes):
        pattern = f"{before}{written}{behind}"
        dated = sorted((day, key) for key in keys if (day := file_date(pattern, key)) is not None)
        if dated and (best is None or len(dated) > len(best.files)):
            best = Family(pattern, tuple(dated))
    return best


def _joined(texts: Sequence[str]) -> str:
    """One text with `*` in place of what differs between these."""
    several = list(dict.fromkeys(texts))
    if len(several) == 1:
        return several[0]
    folder = several[0].rpartition("/")[0]
    stems = list(dict.fromkeys(_stem_and_kind(text.rpartition("/")[2])[0] for text in several))
    kind = _stem_and_kind(several[0])[1]
    packing = {
        text.rpartition("/")[2].removeprefix(_stem_and_kind(text.rpartition("/")[2])[0] + kind) for text in several
    }
    stem = stems[0] if len(stems) == 1 else _common_lead(stems) + "*"
    tail = packing.pop() if len(packing) == 1 else "*"
    return (f"{folder}/" if folder or several[0].startswith("/") else "") + stem + kind + tail


def _common_lead(texts: Sequence[str]) -> str:
    shortest = min(texts, key=len)
    length = next(
        (at for at, letter in enumerate(shortest) if any(text[at] != letter for text in texts)), len(shortest)
    )
    return re.sub(r"\d+$", "", shortest[:length])
