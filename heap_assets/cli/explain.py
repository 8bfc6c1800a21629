"""`heap-assets explain`: why two records are one person, or are not."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from heap_assets.cli.options import config_option, json_option, print_json, print_table
from heap_assets.lake import Lake
from heap_assets.settings import load_settings
from heap_assets.stitch.build import Build
from heap_assets.stitch.explain import Explanation, Side
from heap_assets.stitch.explain import explain as explain_pair

_NOT_SHOWN = ("latin", "known")


@click.command()
@click.argument("first")
@click.argument("second")
@config_option
@json_option
def explain(first: str, second: str, config: str | None, as_json: bool) -> int:
    """Tell why two records were, or were not, joined. A record is Source:Feed/pk, as in unified_coalesced."""
    settings = load_settings(config)
    told = explain_pair(Build.begin(Lake(Path(settings.lake.uri)), settings), first, second)
    if as_json:
        print_json(asdict(told))
    else:
        _print(told)
    return 0


def _print(told: Explanation) -> None:
    for line in _head(told):
        click.echo(line)
    _section("Records", ("", told.left.record, told.right.record), _records(told.left, told.right))
    keys = [("blocking", key) for key in told.blocking] + [("foreign key", key) for key in told.foreign_keys]
    rows = [(kind, key.name, key.value, "yes" if key.used else f"no: {key.remark}") for kind, key in keys]
    if rows:
        _section("Keys that both have", ("kind", "name", "value", "used"), rows)
    elif told.bits is not None:
        click.echo("\nThey have no key in common: no strategy would have compared them.")
    if told.bits is not None:
        _section("What is compared", ("field", "bits", "likeness"), _bits(told))
        click.echo("\nMost likely: " + ", ".join(f"{name} {share:.1%}" for name, share in _likeliest(told)))
    if told.chain:
        rows = [(link.left, link.right, f"{link.score:.2f}") for link in told.chain]
        _section("The way from one to the other", ("record", "record", "score"), rows)


def _head(told: Explanation) -> Iterable[str]:
    yield told.verdict
    yield f"Score {told.score:.2f} ({told.category}), decided by {told.decided_by}."
    if told.joined:
        yield f"Amperity ID {told.left.amperity_id}"
    else:
        yield f"Amperity IDs {told.left.amperity_id} and {told.right.amperity_id}"


def _records(left: Side, right: Side) -> list[tuple[str, str, str]]:
    names = [name for name in dict.fromkeys([*left.values, *right.values]) if name not in _NOT_SHOWN]
    rows = [(name, left.values.get(name, ""), right.values.get(name, "")) for name in names]
    if left.blocked or right.blocked:
        rows.append(("blocked as bad", ", ".join(left.blocked), ", ".join(right.blocked)))
    return rows


def _bits(told: Explanation) -> list[tuple[str, str, str]]:
    rows = [(one.field.removeprefix("x_"), f"{one.bits:+.1f}", one.meaning) for one in told.fields]
    if told.commonness_bits:
        rows.append(("shared values", f"{told.commonness_bits:+.1f}", "how rare, or common, what they share is"))
    rows.append(("to begin with", f"{told.prior_bits:+.1f}", "few pairs of records are of one person"))
    rows.append(("in all", f"{told.bits or 0:+.1f}", "relatives and namesakes weighed in; 2 bits are 80 %"))
    return rows


def _likeliest(told: Explanation) -> list[tuple[str, float]]:
    return sorted(((n, s) for n, s in told.classes.items() if s >= 0.001), key=lambda item: (-item[1], item[0]))


def _section(title: str, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    click.echo(f"\n{title}")
    print_table(headers, rows)
