"""YAML text as plain values, or a YAMLError with its place: what PyYAML lets through, raises bare, or lets grow.

What the values mean is in `model`.
"""

import re
from typing import Any

import yaml

DEEPEST = 50  # levels of nesting; a settings file needs six, PyYAML's own end is that of the stack
MOST_MERGED = 1000  # pairs that `<<` may bring into one mapping: merges of merges of merges are a bomb of 500 bytes
LONGEST_NUMBER = 400  # a longer one takes time by the square of its digits
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")  # a NUL, half of a surrogate pair
_NUMBERS = frozenset({"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"})


class YamlRefused(yaml.MarkedYAMLError):
    """YAML that no settings file needs; `problem` quotes nothing of the file."""

    def __init__(self, problem: str, mark: Any) -> None:
        super().__init__(None, None, problem, mark)


def read_yaml(text: str) -> Any:
    """The one document in a text.

    Raises yaml.YAMLError, with the line where there is one; YamlRefused for a name given twice in one mapping (the
    first would be lost in silence), a value that is not what it looks like (2026-02-30), nesting or merging without
    end.
    """
    return yaml.load(text, _Loader)  # noqa: S506 - it is a SafeLoader


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, every fault of which is a YAMLError."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise YamlRefused(f"it is nested more than {DEEPEST} levels deep", self.get_mark())
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if (key.tag, key.value) in seen:
                raise YamlRefused("a name stands twice in one mapping", key.start_mark)
            seen.add((key.tag, key.value))
        return node

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        super().flatten_mapping(node)
        if len(node.value) > MOST_MERGED:
            raise YamlRefused("a mapping has too many names", node.start_mark)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        told = YamlRefused("a value is not what it looks like; put it in quotes if it is text", node.start_mark)
        if isinstance(node, yaml.ScalarNode):
            if node.tag in _NUMBERS and len(node.value) > LONGEST_NUMBER:
                raise told
            if _UNWRITABLE.search(node.value):
                raise YamlRefused("a text holds a character that no name can hold", node.start_mark)
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError):
            raise told from None  # whatever int(), date() and their like raise
