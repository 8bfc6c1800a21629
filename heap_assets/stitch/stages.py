"""The stages of Stitch as derived tables: each wraps the functions that `resolve` calls one after the other.

Tables between the records and the clusters are for explaining and for QA; nobody builds on them.
"""

import pyarrow as pa

from heap_assets.engine import Engine, literal, quote
from heap_assets.lake.derived import Rows
from heap_assets.stitch.blocking import block, blocking_keys_sql, candidates
from heap_assets.stitch.build import Build, Step
from heap_assets.stitch.fields import Layout, layout_of
from heap_assets.stitch.groups import cluster, keep_foreign_keys, place
from heap_assets.stitch.model import Model
from heap_assets.stitch.nicknames import nickname_links
from heap_assets.stitch.nicknames_given import NICKNAMES
from heap_assets.stitch.options import Classifier, StitchOptions, bits_of_class
from heap_assets.stitch.options_given import options_given
from heap_assets.stitch.records import RECORDS
from heap_assets.stitch.representatives import collapse, describe, frequencies
from heap_assets.stitch.resolve import keep_comparisons, labels_sql, score
from heap_assets.stitch.rules import SEPARATED
from heap_assets.stitch.scores import class_of, score_sql
from heap_assets.stitch.strategies import strategies_of
from heap_assets.stitch.training import train

MEMBERS = "stitch/members"
REPRESENTATIVES = "stitch/representatives"
BLOCKS = "stitch/blocks"
KEYS = "stitch/stitch_blocking_keys"
COMPARISONS = "stitch/comparisons"
MODEL = "stitch/stitch_model"
PAIR_SCORES = "stitch/pair_scores"
CLUSTERS = "stitch/clusters"


def options_of(build: Build) -> StitchOptions:
    """The settings of Stitch as its stages take them."""
    return options_given(build.settings.stitch)


def obeyed(build: Build) -> dict[str, object]:
    """What every stage obeys beside its inputs."""
    return {"options": {name: str(value) for name, value in vars(options_of(build)).items()}}


def produce_members(build: Build, engine: Engine) -> Rows:
    """One row a scored record: the number of its representative, and whether it is that itself."""
    records, layout = bind_records(build, engine)
    collapse(engine, records, layout)
    return engine.stream("SELECT * FROM members")


def produce_representatives(build: Build, engine: Engine) -> Rows:
    """One row a representative: compared values, and how common they are."""
    records, layout = bind_records(build, engine)
    build.bind(engine, "members", MEMBERS)
    describe(engine, records, layout, options_of(build))
    return engine.stream("SELECT * FROM representatives")


def produce_blocks(build: Build, engine: Engine) -> Rows:
    """One row a representative and block: (strategy, cut, block) names a block, a `cut` above 0 a refined one."""
    layout = _layout(build, engine)
    block(engine, layout, options_of(build), bind_representatives(build, engine))
    return engine.stream("SELECT * FROM block_members")


def produce_blocking_keys(build: Build, engine: Engine) -> Rows:
    """stitch_blocking_keys: strategy, datasource, pk, bk; together the key."""
    layout = _layout(build, engine)
    count = bind_representatives(build, engine)
    build.bind(engine, "members", MEMBERS)
    build.bind(engine, "block_members", BLOCKS)
    return engine.stream(blocking_keys_sql(layout, strategies_of(layout, options_of(build), count)))


def produce_comparisons(build: Build, engine: Engine) -> Rows:
    """One row a candidate pair: its levels as one number, and the strategies that brought it, a bit each."""
    layout, options = _layout(build, engine), options_of(build)
    count = bind_representatives(build, engine)
    build.bind(engine, "block_members", BLOCKS)
    bind_nicknames(build, engine)
    candidates(engine, options, count)
    keep_comparisons(engine, layout, frequencies(engine, layout), options)
    return engine.stream("SELECT * FROM comparisons")


def produce_model(build: Build, engine: Engine) -> Rows:
    """One row: the model as JSON, its fingerprint, and the bits from which pairs are High.

    The base's is kept until the data drifts from it.
    """
    layout, options = _layout(build, engine), options_of(build)
    count = bind_representatives(build, engine)
    build.bind(engine, "comparisons", COMPARISONS)
    bind_nicknames(build, engine)
    model = train(engine, layout, frequencies(engine, layout), options, count, _base_model(build, engine))
    return pa.table({"fingerprint": [model.fingerprint], "model": [model.to_json()], "high": [model.high]})


def produce_scores(build: Build, engine: Engine) -> Rows:
    """Every scored pair of representatives, with its class and strength, and what they are made of."""
    records, layout = bind_records(build, engine)
    model = bind_model(build, engine)
    options = model.told(options_of(build))
    count = bind_representatives(build, engine)
    build.bind(engine, "members", MEMBERS)
    build.bind(engine, "comparisons", COMPARISONS)
    bind_nicknames(build, engine)
    keep_foreign_keys(engine, records, layout, options)
    score(engine, layout, frequencies(engine, layout), options, count, model)
    engine.define("worth_a_row", _WORTH_A_ROW)
    return engine.stream(scores_sql(options, "worth_a_row"))


def produce_clusters(build: Build, engine: Engine) -> Rows:
    """One row a record: (datasource, pk, component_id, by_heap_user, cluster, …).

    A cluster is named by its least representative, or Heap user.
    """
    records, layout = bind_records(build, engine)
    model = bind_model(build, engine)
    options = model.told(options_of(build))
    count = bind_representatives(build, engine)
    build.bind(engine, "members", MEMBERS)
    build.bind(engine, "scored", PAIR_SCORES)
    keep_foreign_keys(engine, records, layout, options)
    found = place(engine, count, options, "scored")
    clusters = cluster(engine, layout, model, options, found)
    return engine.stream(labels_sql(engine, records, layout, found, clusters, options))


def bind_records(build: Build, engine: Engine) -> tuple[str, Layout]:
    """The name under which the records to compare stand, and the fields that they can be compared in."""
    build.bind(engine, "records", RECORDS)
    return "records", layout_of(engine, "records", options_of(build))


def _layout(build: Build, engine: Engine) -> Layout:
    return bind_records(build, engine)[1]


def bind_representatives(build: Build, engine: Engine) -> int:
    """Make `representatives` those of the build; returns how many there are."""
    build.bind(engine, "representatives", REPRESENTATIVES)
    return int(engine.value("SELECT count(*) FROM representatives"))


def bind_nicknames(build: Build, engine: Engine) -> None:
    """Make `nicknames` the names that ship, with what feeds add and take away."""
    build.bind(engine, "given_nicknames", NICKNAMES)
    changes = engine.rows("SELECT * FROM given_nicknames ORDER BY canonical_name, nickname")
    engine.bind_arrow("nicknames", nickname_links(changes))


def bind_model(build: Build, engine: Engine) -> Model:
    """The model of the build."""
    build.bind(engine, "model", MODEL)
    return Model.from_json(str(engine.value("SELECT model FROM model")))


def _base_model(build: Build, engine: Engine) -> Model | None:
    held = build.base_version(MODEL)
    if held is None or build.retrain:
        return None
    table = build.lake.open(MODEL, held)
    engine.bind("base_model", table.absolute(table.files), table.schema)
    return Model.from_json(str(engine.value("SELECT model FROM base_model")))


def _model_stands(build: Build) -> int | None:
    """The base's own model, where the base was built from the very same comparisons."""
    same = build.base is not None and build.base_version(COMPARISONS) == build.version(COMPARISONS)
    return build.base_version(MODEL) if same else None


_WORTH_A_ROW = f"""
    SELECT s.* FROM scored AS s LEFT JOIN placed AS x ON s.l = x.i LEFT JOIN placed AS y ON s.r = y.i
    WHERE s.found > 0 OR s.bits >= {bits_of_class()[1]} OR x.component = y.component
"""
"""Where every pair was compared, those that no key brought together and that nothing joins are left out."""


def scores_sql(options: StitchOptions, scored: str = "scored") -> str:
    """A statement: the pairs of `scored` as pair_scores has them; it reads `foreign_keys` and `members` too.

    An equal foreign key is certain, a separation key parts; which is asked first is the classifier's choice.
    """
    separated = f"s.verdict = {SEPARATED}"
    if options.classifier is Classifier.FK_FIRST:
        separated += " AND k.l IS NULL"
    certain = f"k.l IS NOT NULL OR s.verdict = 1 OR (s.exact AND s.bits >= {literal(6.63)})"
    score_of = score_sql("s.bits", certain, separated, "s.unnamed", options.high)
    further = ", ".join(
        f"s.{quote(name)}" for name in ("l", "r", "vector", "adjust", "bits", "evidence", "named", "inside")
    )
    return f"""
        WITH keyed AS (
            SELECT DISTINCT s.l, s.r FROM {scored} AS s JOIN foreign_keys AS a ON s.l = a.i
            JOIN foreign_keys AS b ON s.r = b.i AND a.name = b.name AND a.value = b.value
        ),
        told AS (
            SELECT a.datasource AS source1, a.pk AS pk1, b.datasource AS source2, b.pk AS pk2, {score_of} AS score,
                CASE WHEN s.inside THEN 'scored_transitive' ELSE 'scored' END AS match_type, {further}
            FROM {scored} AS s JOIN members AS a ON s.l = a.i AND a."first" JOIN members AS b ON s.r = b.i AND b."first"
            LEFT JOIN keyed AS k ON s.l = k.l AND s.r = k.r
        )
        SELECT *, {class_of("score")} AS match_category FROM told
    """


MEMBERS_STEP = Step(
    MEMBERS, "Which representative each record is compared by", produce_members, (RECORDS,), code="2", obeys=obeyed
)
REPRESENTATIVES_STEP = Step(
    REPRESENTATIVES,
    "What is compared: one row for records that are equal in everything compared",
    produce_representatives,
    (RECORDS, MEMBERS),
    code="3",
    obeys=obeyed,
)
BLOCKS_STEP = Step(
    BLOCKS,
    "Which representatives are brought together, by strategy",
    produce_blocks,
    (RECORDS, REPRESENTATIVES),
    code="4",
    obeys=obeyed,
)
KEYS_STEP = Step(
    KEYS,
    "The keys by which records are brought together, those that two or more share",
    produce_blocking_keys,
    (RECORDS, MEMBERS, REPRESENTATIVES, BLOCKS),
    code="3",
    obeys=obeyed,
)
COMPARISONS_STEP = Step(
    COMPARISONS,
    "Pairs of representatives with how alike they are, field by field",
    produce_comparisons,
    (RECORDS, REPRESENTATIVES, BLOCKS, NICKNAMES),
    code="2",
    obeys=obeyed,
)
MODEL_STEP = Step(
    MODEL,
    "What likeness is worth, learned from all pairs without labels",
    produce_model,
    (RECORDS, REPRESENTATIVES, COMPARISONS, NICKNAMES),
    code="2",
    obeys=lambda build: {**obeyed(build), "base": build.base_version(MODEL)},
    stands=_model_stands,
    afresh=lambda build: build.afresh or build.retrain,
)
SCORES_STEP = Step(
    PAIR_SCORES,
    "Every scored pair with its class and strength",
    produce_scores,
    (RECORDS, MEMBERS, REPRESENTATIVES, COMPARISONS, MODEL, NICKNAMES),
    code="3",
    obeys=obeyed,
)
CLUSTERS_STEP = Step(
    CLUSTERS,
    "Which records are one person: foreign keys join, scores join, contradictions part",
    produce_clusters,
    (RECORDS, MEMBERS, REPRESENTATIVES, MODEL, PAIR_SCORES),
    obeys=obeyed,
)
STAGES = (
    MEMBERS_STEP,
    REPRESENTATIVES_STEP,
    BLOCKS_STEP,
    KEYS_STEP,
    COMPARISONS_STEP,
    MODEL_STEP,
    SCORES_STEP,
    CLUSTERS_STEP,
)
