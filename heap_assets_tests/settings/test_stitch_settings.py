"""The `stitch:` block and semantic tags: defaults, what is refused and how it is told, and slips that are warned of."""

from pathlib import Path
from typing import Any

import pytest

from heap_assets.errors import SettingsError
from heap_assets.settings import Settings, parse_settings
from heap_assets.settings.stitch import PROFILES, STRATEGIES
from heap_assets.settings.tags import PROFILE_TAGS, base_of, likely_meant

TAGS = {"id": ["pk", "ck", "fk-customer-id"], "place": "birth-place", "mail": "email", "tax": "bk-tax"}
FEED = {
    "source": "CRM",
    "feed": "Customers",
    "pattern": "{yyyy}-{MM}-{dd}.csv",
    "primary_key": ["id"],
    "semantics": TAGS,
    "stitch": True,
}


def settings(stitch: dict[str, Any] | None = None, **feed: Any) -> Settings:
    content = {"source": {"bucket": "b"}, "start_date": "2026-10-01", "feeds": [{**FEED, **feed}]}
    return parse_settings({**content, "stitch": stitch or {}}, Path("/nowhere"), "heap_assets.yaml")


def refusal(stitch: dict[str, Any] | None = None, **feed: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        settings(stitch, **feed)
    return str(caught.value)


def test_defaults_are_amperitys() -> None:
    held = settings().stitch

    assert (held.threshold, held.classifier) == (3, "general-ordinal-fk-priority")
    assert [(item.name, item.keys) for item in held.blocking_strategies] == [("default", [])]
    assert [(rule.semantic, rule.proxy, rule.threshold) for rule in held.badvalues_config] == [
        ("email", "given-name", 20),
        ("email", "surname", 20),
        ("phone", "given-name", 20),
        ("address", "given-name", 40),
    ]
    assert settings({"badvalues_config": []}).stitch.badvalues_config == []


def test_everything_can_be_said_at_once() -> None:
    held = settings({
        "threshold": 4,
        "compare": {"birth-place": "text"},
        "blocking_strategies": ["default", "bk-tax", "name", {"name": "g2", "keys": ["given-name[2]", "birth-place"]}],
        "classifier": "general-ordinal-sk-priority",
        "case_sensitive_fks": ["customer-id"],
        "badvalues_config": [{"semantic": "fk-customer-id", "proxy": "surname", "threshold": 3}],
        "bad_values": {"email": ["front@desk.com"], "given-name": ["Crew"]},
        "pre_processing_profiles": ["allow-business-email", "australian-customer"],
        "rules": [
            {"cluster": {"match": ["email", "fk-customer-id"], "approximately_match": "surname"}},
            {"separate": {"differ": "birthdate", "not_same": ["name", "generational-suffix"]}},
        ],
        "remaining_records": "none",
        "allowed_empty_tables": ["CRM:Customers"],
    }).stitch  # fmt: skip

    assert held.blocking_strategies[-1].parts == (("given-name", 2), ("birth-place", None))
    assert held.case_sensitive_fks == ["fk-customer-id"]
    assert list(held.bad_values.by_semantic()) == [("email", "front@desk.com"), ("given-name", "Crew")]
    assert held.rules[0].condition.semantics == ("email", "fk-customer-id", "surname")


@pytest.mark.parametrize(
    ("stitch", "path", "told"),
    [
        ({"threshold": 0.5}, "stitch.threshold", "greater than or equal to 1"),
        ({"classifier": "fk"}, "stitch.classifier", "'general-ordinal-fk-priority' or 'general-ordinal-sk-priority'"),
        ({"compare": {"birth-place": "fuzzy"}}, "stitch.compare.birth-place", "'exact', 'text', 'code', 'date' or 'phone'"),
        ({"compare": {"occupation": "text"}}, "stitch.compare", "custom semantic 'occupation'; there are: birth-place"),
        ({"compare": {"email": "text"}}, "stitch.compare", "custom semantic 'email'"),
        ({"blocking_strategies": ["dnf11"]}, "stitch.blocking_strategies[0]", "'dnf11' must be one of default, dnf1"),
        ({"blocking_strategies": ["email", "email"]}, "stitch.blocking_strategies", "email is the name of two"),
        ({"blocking_strategies": ["bk-other"]}, "stitch.blocking_strategies[0]", "'bk-other' is no semantic"),
        ({"blocking_strategies": [{"name": "x", "keys": ["given-name[0]"]}]}, "stitch.blocking_strategies[0]", "'given-name[0]'"),
        ({"blocking_strategies": [{"name": "x", "keys": ["shoe-size"]}]}, "stitch.blocking_strategies[0]", "'shoe-size'"),
        ({"badvalues_config": [{"semantic": "email", "proxy": "name", "threshold": 3}]}, "stitch.badvalues_config[0].proxy", "'name'"),
        ({"badvalues_config": [{"semantic": "email", "proxy": "email", "threshold": 3}]}, "stitch.badvalues_config[0]", "another semantic"),
        ({"badvalues_config": [{"semantic": "fk-no", "proxy": "email", "threshold": 3}]}, "stitch.badvalues_config", "'fk-no'"),
        ({"bad_values": {"city": ["X"]}}, "stitch.bad_values.city", "no such setting; allowed here: email"),
        ({"pre_processing_profiles": ["clean"]}, "stitch.pre_processing_profiles[0]", "allow-business-email"),
        ({"pre_processing_profiles": ["prioritize-src-gender", "prioritize-derived-gender"]}, "stitch", "contradict"),
        ({"pre_processing_profiles": ["clean-fk"], "case_sensitive_fks": ["customer-id"]}, "stitch", "contradicts clean-fk"),
        ({"case_sensitive_fks": ["loyalty"]}, "stitch.case_sensitive_fks", "'fk-loyalty'"),
        ({"allowed_empty_tables": ["CRM:Others"]}, "stitch.allowed_empty_tables", "there are: Heap:Users, CRM:Customers"),
        ({"rules": [{"cluster": {"match": "email"}, "separate": {"differ": "email"}}]}, "stitch.rules[0]", "either cluster or separate"),
        ({"rules": [{"cluster": {"differ": "email"}}]}, "stitch.rules[0]", "cluster takes match, approximately_match"),
        ({"rules": [{"separate": {}}]}, "stitch.rules[0]", "must name a condition"),
        ({"rules": [{"cluster": {"match": "mood"}}]}, "stitch.rules[0]", "'mood'"),
        ({"remaining_records": "none"}, "stitch", "without a cluster rule"),
        ({"enable_staple?": True}, "stitch", "enable_staple?: heap_assets does not do this yet"),
        ({"supersized_cluster_min_size": 500}, "stitch", "does not do this yet"),
        ({"tresholds": 3}, "stitch.tresholds", "no such setting; allowed here: allowed_empty_tables, bad_values"),
    ],
)  # fmt: skip
def test_what_stitch_may_not_say(stitch: dict[str, Any], path: str, told: str) -> None:
    message = refusal(stitch)

    assert message.startswith(f"HA-1001: {path}: ")
    assert told in message


@pytest.mark.parametrize(
    ("semantics", "told"),
    [
        ({"a": "given-name", "b": "given-name"}, "given-name stands on a and b"),
        ({"a": "surname", "b": "surname"}, "surname stands on a and b"),
        ({"a": "generational-suffix", "b": "generational-suffix"}, "generational-suffix stands on a and b"),
        ({"a": "fk-loyalty", "b": "fk-loyalty"}, "fk-loyalty stands on a and b"),
        ({"a": "ck", "b": "ck"}, "ck stands on a and b"),
        ({"a": "fk"}, "'fk' a namespace is mandatory"),
        ({"a": "sk-"}, "'sk-' a namespace is mandatory"),
        ({"a": "component-id"}, "fills itself"),
        ({"a": "pk"}, "disagrees with primary_key"),
    ],
)
def test_tags_that_cannot_be(semantics: dict[str, Any], told: str) -> None:
    assert told in refusal(semantics=semantics)


def test_a_composite_key_is_tagged_on_each_of_its_fields() -> None:
    settings(primary_key=["shop", "id"], semantics={"id": "pk", "shop": "pk"})

    assert "disagrees" in refusal(primary_key=["shop", "id"], semantics={"id": "pk"})


@pytest.mark.parametrize("tag", ["phone-1", "postal-home"])
def test_a_suffixed_tag_asks_for_the_type_of_its_base(tag: str) -> None:
    assert "needs a field of type string" in refusal(fields={"n": {"type": "integer"}}, semantics={"n": tag})


@pytest.mark.parametrize(
    ("tag", "meant"),
    [
        ("emali", "email"),
        ("phnoe", "phone"),
        ("first-name", "given-name"),
        ("zip", "postal"),
        ("given_name", "given-name"),
        ("emali-work", "email-work"),
        ("nickname/nickname", "nicknames/nickname"),
        ("birth-place", None),
        ("occupation", None),
        ("email-work", None),
        ("fk-anything", None),
        ("compliance/pii", None),
        ("tier", None),
        *((tag, None) for tag in PROFILE_TAGS),
    ],
)
def test_a_slip_of_the_pen(tag: str, meant: str | None) -> None:
    assert likely_meant(tag) == meant


def test_a_likely_slip_is_warned_of_and_not_refused() -> None:
    held = settings(semantics={"mail": "emali", "place": "birth-place"})

    assert held.warnings() == ["CRM:Customers, mail: 'emali' is taken as a semantic of your own; did you mean email?"]
    assert settings({"compare": {"emali": "text"}}, semantics={"mail": "emali"}).warnings() == []


def test_ordinals_and_namespaces() -> None:
    assert base_of("address2-1") == ("address2", "1")
    assert base_of("email-work") == ("email", "work")
    assert base_of("email-opt/email") == ("email-opt/email", "")
    assert base_of("surname-prefix") == ("surname-prefix", "")


def test_every_strategy_and_profile_of_the_list_can_be_named() -> None:
    for name in STRATEGIES:
        assert settings({"blocking_strategies": [name]}).stitch.blocking_strategies[0].name == name
    for name in PROFILES:
        settings({"pre_processing_profiles": [name]})
