"""Tags and feeds held against each other: what a feed's semantics may not say, and what `stitch:` may name.

Which tags there are is in `tags`.
"""

from collections.abc import Iterable

from heap_assets.settings.feeds import FeedSpec
from heap_assets.settings.stitch import COMPARED, StitchSettings
from heap_assets.settings.tags import KEY_PREFIXES, is_custom, said_twice, slips, wrong_type, wrong_with


def refused_tags(spec: FeedSpec) -> str | None:
    """What is wrong with a feed's tags, beginning with the field, or None (5.2, 5.3; interfaces.md 3)."""
    types = {item.name: item.type for item in spec.fields}
    for name, tags in spec.semantics:
        for tag in tags:
            if reason := wrong_with(tag):
                return f".{name}: {tag!r} {reason}"
            if needed := wrong_type(tag, types.get(name)):
                return f".{name}: {tag} needs a field of type {needed}, and it is {types[name]}"
    twice = said_twice(spec.semantics)
    if twice:
        return f": {twice[0]} stands on {' and '.join(twice[1])}, and may be used once a feed"
    keys = {name for name, tags in spec.semantics if "pk" in tags}
    if keys and keys != set(spec.primary_key):
        return (
            f".{min(keys)}: the tag pk disagrees with primary_key: {', '.join(sorted(keys))} here,"
            f" {', '.join(spec.primary_key)} there"
        )
    return None


def refused_words(stitch: StitchSettings, specs: Iterable[FeedSpec]) -> str | None:
    """What `stitch:` names and no stitched feed has, with its place and what there is; None where all is known."""
    stitched = [spec for spec in specs if spec.stitch]
    tags = {tag for spec in stitched for _, held in spec.semantics for tag in held}
    custom = sorted(tag for tag in tags if is_custom(tag))
    keys = {tag for tag in tags if tag.startswith(KEY_PREFIXES)}
    for name in stitch.compare:
        if name not in custom:
            return f"stitch.compare: no stitched feed has the custom semantic {name!r}; there are: {_listed(custom)}"
    known = {*COMPARED, *keys, *stitch.compare}
    for place, name in stitch.named_semantics():
        if name not in known:
            return f"{place}: {name!r} is no semantic that is compared; there are: {_listed(sorted(known))}"
    for rule in stitch.badvalues_config:
        for name in (rule.semantic, rule.proxy):
            if name.startswith("fk-") and name not in keys:
                return f"stitch.badvalues_config: no stitched feed has {name!r}"
    displays = [spec.display for spec in stitched]
    for name in stitch.allowed_empty_tables:
        if name not in displays:
            return f"stitch.allowed_empty_tables: {name!r} is no stitched feed; there are: {_listed(displays)}"
    return None


def tag_warnings(stitch: StitchSettings, specs: Iterable[FeedSpec]) -> list[str]:
    """A sentence for every tag that looks like a slip of the pen; one that `stitch.compare` names is meant."""
    found = []
    for spec in specs:
        places = {f"{spec.display}, {name}": tags for name, tags in spec.semantics}
        found += slips(places, stitch.compare)
    return found


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
