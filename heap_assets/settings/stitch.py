"""The `stitch:` block of heap_assets.yaml: how records are resolved to people (amperity_behaviour.md 6.15).

What needs the feeds beside it (does a feed have that tag?) is checked in `model`.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from heap_assets.settings.entries import Section
from heap_assets.settings.tags import base_of

CompareKind = Literal["exact", "text", "code", "date", "phone"]
COUNTED = (
    "address",
    "birthdate",
    "city",
    "company",
    "email",
    "gender",
    "generational-suffix",
    "given-name",
    "phone",
    "po-box",
    "postal",
    "state",
    "surname",
)
COMPARED = (*COUNTED, "middle-name", "country")
STRATEGIES = (
    "default",
    *(f"dnf{number}" for number in range(1, 11)),
    "email",
    "fk",
    "phone",
    "name",
    "address",
    "company",
    "login-partial",
    "login-trimmed",
)
PROFILES = (
    "allow-business-email",
    "clean-fk",
    "normalize-gender",
    "skip-derive-gender",
    "prioritize-src-gender",
    "prioritize-derived-gender",
    "australian-customer",
)
NOT_YET = (
    "clustering_algorithm",
    "disable_stable_ids",
    "enable_staple",
    "force_run",
    "ignore_jitter",
    "one_to_one",
    "parallelism",
    "recorded_days",
    "report_exclude",
    "report_include",
    "sk_given_name_version",
    "skip_unified_changes",
    "skip_unified_scores",
    "soft_trivial_dupe_semantic_exclusions",
    "soft_trivial_dupe_size_threshold",
    "stable_id_partition_count",
    "staple_semantics",
    "supersized_cluster_min_size",
    "supersized_partition_max_depth",
)
_PREFIXED = re.compile(r"([a-z0-9-]+?)(?:\[([1-9]\d?)\])?")


def _counted(name: str) -> str:
    if name in COUNTED or (name.startswith("fk-") and len(name) > 3):
        return name
    raise ValueError(f"must be one of {', '.join(COUNTED)} or a foreign key fk-…")


def _profile(name: str) -> str:
    if name in PROFILES:
        return name
    raise ValueError(f"must be one of {', '.join(PROFILES)}")


Counted = Annotated[str, AfterValidator(_counted)]
Profile = Annotated[str, AfterValidator(_profile)]


class BlockingStrategy(Section):
    """A strategy by its name alone, or one of the user's own: semantics whose values together are the key.

    `surname[3]` is the beginning of one.
    """

    name: str
    keys: list[str] = Field(default_factory=list)

    @property
    def parts(self) -> tuple[tuple[str, int | None], ...]:
        """(semantic, number of first characters or None for all) of each key; none where it is built in."""
        found = (_PREFIXED.fullmatch(key) for key in self.keys)
        return tuple((match[1], int(match[2]) if match[2] else None) for match in found if match)

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, written: Any) -> Any:
        return {"name": written} if isinstance(written, str) else written

    @model_validator(mode="after")
    def _known_or_own(self) -> Self:
        built_in = self.name in STRATEGIES or re.fullmatch(r"bk-[a-z0-9-]+", self.name) is not None
        if not self.keys and not built_in:
            raise ValueError(f"{self.name!r} must be one of {', '.join(STRATEGIES)}, bk-<label>, or {{name, keys}}")
        if self.keys and (built_in or not re.fullmatch(r"[a-z][a-z0-9-]*", self.name)):
            raise ValueError(f"{self.name!r} must be a name of its own, in small letters, digits and hyphens")
        for key in self.keys:
            if not _PREFIXED.fullmatch(key):
                raise ValueError(f"{key!r} must be a semantic, or its beginning, such as surname or surname[3]")
        return self


class BadValueRule(Section):
    """A value of `semantic` seen with more than `threshold` distinct values of `proxy` tells nobody apart."""

    semantic: Counted
    proxy: Counted
    threshold: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _of_two(self) -> Self:
        if self.semantic == self.proxy:
            raise ValueError(f"{self.semantic} by itself says nothing; proxy must be another semantic")
        return self


DEFAULT_RULES = (
    BadValueRule(semantic="email", proxy="given-name", threshold=20),
    BadValueRule(semantic="email", proxy="surname", threshold=20),
    BadValueRule(semantic="phone", proxy="given-name", threshold=20),
    BadValueRule(semantic="address", proxy="given-name", threshold=40),
)


class Condition(Section):
    """What a rule asks of two records, all of it at once (6.7)."""

    match: list[str] = Field(default_factory=list)
    approximately_match: list[str] = Field(default_factory=list)
    differ: list[str] = Field(default_factory=list)
    significantly_differ: list[str] = Field(default_factory=list)
    not_same: list[Literal["name", "birthdate", "generational-suffix", "company"]] = Field(default_factory=list)

    @field_validator("*", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @property
    def semantics(self) -> tuple[str, ...]:
        """Every semantic that is looked at, but for those of `not_same`."""
        return (*self.match, *self.approximately_match, *self.differ, *self.significantly_differ)


class Rule(Section):
    """An ordered rule: two records for which it holds are one person (cluster), or are not (separate)."""

    cluster: Condition | None = None
    separate: Condition | None = None

    @property
    def condition(self) -> Condition:
        """What the rule asks, whatever follows from it."""
        held = self.cluster or self.separate
        assert held is not None  # noqa: S101 - _one_outcome has seen to it
        return held

    @model_validator(mode="after")
    def _one_outcome(self) -> Self:
        if (self.cluster is None) == (self.separate is None):
            raise ValueError("must say either cluster or separate")
        apart = ("differ", "significantly_differ", "not_same")
        together = ("match", "approximately_match")
        wrong = apart if self.cluster else together
        said = [name for name in wrong if getattr(self.condition, name)]
        allowed = together if self.cluster else apart
        if said:
            outcome = "cluster" if self.cluster else "separate"
            raise ValueError(f"{outcome} takes {', '.join(allowed)}, not {said[0]}")
        if not any(getattr(self.condition, name) for name in allowed):
            raise ValueError(f"must name a condition: {', '.join(allowed)}")
        return self


class TypedBadValues(Section):
    """Bad values typed by hand, of every source."""

    email: list[str] = Field(default_factory=list)
    phone: list[str] = Field(default_factory=list)
    given_name: list[str] = Field(default_factory=list, alias="given-name")
    surname: list[str] = Field(default_factory=list)

    def by_semantic(self) -> Iterator[tuple[str, str]]:
        """(semantic, value) of each."""
        named = (("email", self.email), ("phone", self.phone), ("given-name", self.given_name))
        for semantic, values in (*named, ("surname", self.surname)):
            yield from ((semantic, value) for value in values)


class StitchSettings(Section):
    """How records are resolved to people (amperity_behaviour.md 6.15)."""

    threshold: Annotated[float, Field(ge=1, le=5)] = 3
    compare: dict[str, CompareKind] = Field(default_factory=dict)
    blocking_strategies: list[BlockingStrategy] = Field(default=[BlockingStrategy(name="default")], min_length=1)
    classifier: Literal["general-ordinal-fk-priority", "general-ordinal-sk-priority"] = "general-ordinal-fk-priority"
    case_sensitive_fks: list[str] = Field(default_factory=list)
    badvalues_config: list[BadValueRule] = Field(default=list(DEFAULT_RULES))
    bad_values: TypedBadValues = TypedBadValues()
    pre_processing_profiles: list[Profile] = Field(default=["normalize-gender", "prioritize-src-gender"])
    allowed_empty_tables: list[str] = Field(default_factory=list)
    rules: list[Rule] = Field(default_factory=list)
    remaining_records: Literal["model", "none"] = "model"

    @model_validator(mode="before")
    @classmethod
    def _not_there_yet(cls, content: Any) -> Any:
        for name in content if isinstance(content, dict) else ():
            plain = str(name).replace("-", "_").rstrip("?")
            if plain in NOT_YET:
                raise ValueError(f"{name}: heap_assets does not do this yet; leave it out")
        return content

    @field_validator("blocking_strategies")
    @classmethod
    def _each_once(cls, listed: list[BlockingStrategy]) -> list[BlockingStrategy]:
        names = [item.name for item in listed]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"{twice} is the name of two strategies")
        return listed

    @model_validator(mode="after")
    def _without_contradiction(self) -> Self:
        chosen = set(self.pre_processing_profiles)
        if {"prioritize-src-gender", "prioritize-derived-gender"} <= chosen:
            raise ValueError("pre_processing_profiles: prioritize-src-gender and prioritize-derived-gender contradict")
        if "skip-derive-gender" in chosen and "prioritize-derived-gender" in chosen:
            raise ValueError("pre_processing_profiles: skip-derive-gender leaves no derived gender to prioritize")
        if "clean-fk" in chosen and self.case_sensitive_fks:
            raise ValueError("case_sensitive_fks contradicts clean-fk, which writes every foreign key in capitals")
        if self.remaining_records == "none" and not any(rule.cluster for rule in self.rules):
            raise ValueError("remaining_records: none, without a cluster rule no two records would ever be one person")
        return self

    @field_validator("case_sensitive_fks")
    @classmethod
    def _whole_tags(cls, listed: list[str]) -> list[str]:
        return [name if name.startswith("fk-") else f"fk-{name}" for name in listed]

    def named_semantics(self) -> Iterator[tuple[str, str]]:
        """(place, semantic) of every semantic that the block names and that must be known."""
        for place, item in enumerate(self.blocking_strategies):
            named = [item.name] if item.name.startswith("bk-") else [semantic for semantic, _ in item.parts]
            yield from ((f"stitch.blocking_strategies[{place}]", name) for name in named)
        for number, rule in enumerate(self.rules):
            yield from ((f"stitch.rules[{number}]", base_of(name)[0]) for name in rule.condition.semantics)
        for name in self.case_sensitive_fks:
            yield "stitch.case_sensitive_fks", name
