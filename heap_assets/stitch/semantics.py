"""What each field of a stitched table means: tags of the settings, and for Heap users those that field names suggest.

Which tags there are is in `settings.tags`; how values are cleaned in `standardise`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from heap_assets.feeds.inference.vocabulary import tag_of_name
from heap_assets.settings import FeedSpec, snake_case
from heap_assets.settings.tags import ADDRESS_TAGS, KEY_PREFIXES, PROFILE_TAGS, base_of

HEAP_USER = "fk-heap-user"
_WITHOUT_COLUMN = ("pk", "database-key", "system-updated")


@dataclass(frozen=True)
class AddressGroup:
    """The fields of one address, by tag: those of one ordinal or namespace, or all where there is none."""

    suffix: str
    fields: Mapping[str, list[str]]


@dataclass(frozen=True)
class TableSemantics:
    """Fields of one stitched table by tag; several fields of one tag keep the order of the settings."""

    spec: FeedSpec
    by_tag: dict[str, list[str]] = field(default_factory=dict)

    def of(self, tag: str) -> list[str]:
        """The fields of a tag."""
        return self.by_tag.get(tag, [])

    @property
    def columns(self) -> dict[str, list[str]]:
        """Columns of unified_coalesced beyond the keys of a row, with the fields that fill them."""
        shown = (tag for tag in self.by_tag if tag not in _WITHOUT_COLUMN and "/" not in tag)
        return {column_name(tag): self.by_tag[tag] for tag in shown}

    def keys(self, prefix: str) -> dict[str, str]:
        """The field of each key tag of this prefix (`fk-`)."""
        return {tag: fields[0] for tag, fields in self.by_tag.items() if tag.startswith(prefix)}

    @property
    def addresses(self) -> list[AddressGroup]:
        """The addresses of a record, first filled first: fields of one suffix belong together (5.2)."""
        suffixes: dict[str, dict[str, list[str]]] = {}
        for tag in ADDRESS_TAGS:
            for name in self.of(tag):
                for suffix in self._suffixes(name, tag) or [""]:
                    suffixes.setdefault(suffix, {}).setdefault(tag, []).append(name)
        shared = suffixes.pop("", {})
        if not suffixes:
            return [AddressGroup("", shared)] if shared else []
        own = [AddressGroup(suffix, {**shared, **fields}) for suffix, fields in suffixes.items()]
        return [*own, *([AddressGroup("", shared)] if "address" in shared else [])]

    def _suffixes(self, name: str, base: str) -> list[str]:
        tags = (tag for tag, fields in self.by_tag.items() if name in fields)
        return [suffix for found, suffix in map(base_of, tags) if found == base and suffix]


def column_name(tag: str) -> str:
    """The column of unified_coalesced that holds a tag's values: `given-name` is `given_name`."""
    return snake_case(tag)


def semantics_of(spec: FeedSpec, fields: Iterable[str]) -> TableSemantics:
    """The meaning of a table's fields; tags on fields that the table does not have yet are left out."""
    present = list(fields)
    found = TableSemantics(spec)
    for name, tags in spec.semantics:
        for tag in tags if name in present else ():
            found.by_tag.setdefault(tag, []).append(name)
    if spec.source == "Heap" and spec.table == "users":
        _suggest(found, present)
    return found


def key_names(tables: Iterable[TableSemantics], prefix: str) -> list[str]:
    """Every key tag of this prefix that some table has, in order of appearance; Heap users are numbers, not texts."""
    assert prefix in KEY_PREFIXES  # noqa: S101 - a slip in our own code
    return list(dict.fromkeys(tag for table in tables for tag in table.keys(prefix) if tag != HEAP_USER))


def _suggest(found: TableSemantics, present: list[str]) -> None:
    """Tags by field name, for what the settings do not tag: one field a tag, the first."""
    tagged = {name for name, _ in found.spec.semantics}
    for name in present:
        tag = tag_of_name(name.lstrip("_")) if name not in tagged and not name.startswith("__") else None
        if tag in PROFILE_TAGS and tag not in found.by_tag:
            found.by_tag[tag] = [name]
