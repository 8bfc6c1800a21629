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
    headers = ("field", "bits", f"against {told.evidence.rival}", "likeness")
    _section("What is compared, in bits", headers, _bits(told.evidence))
    click.echo("\nBy the model alone: " + ", ".join(f"{name} {share:.1%}" for name, share in _likeliest(told.evidence)))
    if told.chain:
        links = [(link.left, link.right, link.by) for link in told.chain]
        _section("The way from one to the other", ("record", "record", "joined by"), links)


def _head(told: Explanation) -> Iterable[str]:
    yield told.verdict
    if told.evidence is None:
        yield f"Not scored: decided by {told.decided_by}."
    else:
        score = f"Score {told.evidence.score:.2f} ({told.evidence.category}), decided by {told.decided_by}"
        yield f"{score}; a pair joins from {told.threshold:.2f}."
        if told.evidence.strong and told.evidence.score < told.threshold:
            yield "One of them has no given name: such a pair joins as it would with one, but is Moderate below 95 %."
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


def _bits(evidence: Evidence) -> list[tuple[str, ...]]:
    """Two columns: against everything that is not one person, and against the likeliest of that alone."""
    told = [(one.field.removeprefix("x_"), one.bits, one.rival_bits, one.meaning) for one in evidence.fields]
    common, against = evidence.commonness_bits, evidence.rival_commonness_bits
    if common:
        told.append(("shared values", common, against, f"what they share is {_rare(common)} than most"))
    begin = "pairs of one person to pairs of two, before looking"
    told.append(("to begin with", evidence.prior_bits, evidence.rival_prior_bits, begin))
    told.append(("relatives", evidence.relatives_bits, 0.0, "what relatives and namesakes explain just as well"))
    chance = f"a chance of {1 / (1 + 2**-evidence.bits):.1%} that it is one person"
    told.append(("in all", evidence.bits, evidence.rival_bits, chance))
    return [(name, f"{bits:+.1f}", f"{rival:+.1f}", words) for name, bits, rival, words in told]


def _rare(bits: float) -> str:
    return "rarer" if bits > 0 else "commoner"


def _likeliest(evidence: Evidence) -> list[tuple[str, float]]:
    return sorted(((n, s) for n, s in evidence.classes.items() if s >= 0.001), key=lambda item: (-item[1], item[0]))


def _section(title: str, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    click.echo(f"\n{title}")
    print_table(headers, rows)
