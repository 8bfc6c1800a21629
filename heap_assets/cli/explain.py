"""`heap-assets explain`: why two records are one person, or are not."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from heap_assets.cli.options import config_option, json_option, print_json, print_table
from heap_assets.lake import Lake
from heap_assets.settings import load_settings
from heap_assets.stitch.build import Build
from heap_assets.stitch.evidence import Evidence
from heap_assets.stitch.explain import Explanation, Side
from heap_assets.stitch.explain import explain as explain_pair

_COMPARED = {
    "blocking": "Compared because they share a blocking key.",
    "group": "Compared because others brought them into one group.",
    "every pair": "Compared because every pair of so few records is.",
}


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
    if told.evidence is None:
        return
    rows = [(k.kind, k.name, k.value, _counted(k.used, k.remark)) for k in told.evidence.keys]
    if rows:
        _section("Keys", ("kind", "name", "value", "counts"), rows)
    click.echo(f"\n{_COMPARED.get(told.compared or '', 'Not compared in this release: no key brought them together.')}")
    _section("What is compared, in bits", ("field", "bits", "likeness"), _bits(told.evidence))
    click.echo("\nBy the model alone: " + ", ".join(f"{name} {share:.1%}" for name, share in _likeliest(told.evidence)))
    if told.chain:
        rows = [(link.left, link.right, link.by, "") for link in told.chain]
        _section("The way from one to the other", ("record", "record", "joined by"), [row[:3] for row in rows])


def _head(told: Explanation) -> Iterable[str]:
    yield told.verdict
    if told.evidence is None:
        yield f"Not scored: decided by {told.decided_by}."
    else:
        score = f"Score {told.evidence.score:.2f} ({told.evidence.category}), decided by {told.decided_by}"
        yield f"{score}; a pair joins from {told.threshold:.2f}."
    if told.joined:
        yield f"Amperity ID {told.left.amperity_id}"
    else:
        yield f"Amperity IDs {told.left.amperity_id} and {told.right.amperity_id}"
    if told.stale:
        yield "Settings have changed since this release: scores are those of now, people those of then. Run once more."


def _records(left: Side, right: Side) -> list[tuple[str, str, str]]:
    names = dict.fromkeys([*left.values, *right.values])
    rows = [(name, left.values.get(name, ""), right.values.get(name, "")) for name in names]
    blocked = dict.fromkeys([*left.blocked, *right.blocked])
    rows += [(f"{name}, not used", left.blocked.get(name, ""), right.blocked.get(name, "")) for name in blocked]
    return rows


def _counted(used: bool, remark: str) -> str:
    return "yes" if used else f"no: {remark}"


def _bits(evidence: Evidence) -> list[tuple[str, str, str]]:
    rows = [(one.field.removeprefix("x_"), f"{one.bits:+.1f}", one.meaning) for one in evidence.fields]
    if evidence.commonness_bits:
        rare = "rarer" if evidence.commonness_bits > 0 else "commoner"
        rows.append(("shared values", f"{evidence.commonness_bits:+.1f}", f"what they share is {rare} than most"))
    rows.append(("to begin with", f"{evidence.prior_bits:+.1f}", "pairs of one person to pairs of two, before looking"))
    rows.append(("relatives", f"{evidence.relatives_bits:+.1f}", "how well relatives and namesakes would fit instead"))
    rows.append(
        ("in all", f"{evidence.bits:+.1f}", f"a chance of {1 / (1 + 2**-evidence.bits):.1%} that it is one person")
    )
    return rows


def _likeliest(evidence: Evidence) -> list[tuple[str, float]]:
    return sorted(((n, s) for n, s in evidence.classes.items() if s >= 0.001), key=lambda item: (-item[1], item[0]))


def _section(title: str, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    click.echo(f"\n{title}")
    print_table(headers, rows)
