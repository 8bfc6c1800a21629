"""Splink on a file of standardised records, run by the Python of its own environment; nothing of ours is imported.

    PYTHON splink_run.py RECORDS.parquet PLAN.json OUT_DIR

The plan names comparisons of Splink's library and blocking rules; the steps are those of its documentation: u by random
sampling, EM by two blocking rules, prediction, clusters at .95. Writes `clusters.parquet` (unique_id and one column a
threshold), `edges.parquet` and prints seconds and memory as JSON; thresholds beside .95 are not in the seconds.
"""

import json
import logging
import sys
import time
from pathlib import Path

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.clustering import cluster_pairwise_predictions_at_threshold

KEPT = -6.0
"""Match weight from which pairs are kept: below every threshold of the sweep."""


def comparison(spec):
    """`["NameComparison", "given", {arguments}, {configure}]` as a comparison."""
    kind, columns, arguments, configured = (*spec, {}, {})[:4]
    made = getattr(cl, kind)(*([columns] if isinstance(columns, str) else columns), **arguments)
    return made.configure(**configured) if configured else made


def peak_megabytes() -> int:
    """The process' greatest resident size; ru_maxrss would begin with that of the parent, from before exec."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def main() -> None:
    """Train, predict, cluster; then cluster again at every threshold of the sweep."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    records, plan, out = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()), Path(sys.argv[3])
    seconds, clock = {}, [time.process_time(), time.perf_counter()]
    begun = list(clock)

    def lap(stage):
        seconds[stage] = round(time.process_time() - clock[0], 2)
        clock[:] = [time.process_time(), time.perf_counter()]

    connection = duckdb.connect()
    connection.execute(f"SET temp_directory = '{out}'")
    connection.execute(f"SET threads = {plan.get('threads', 2)}")
    connection.execute(f"CREATE TABLE records AS SELECT {plan['columns']} FROM '{records}'")
    api = DuckDBAPI(connection)
    table = api.register("records")
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[comparison(spec) for spec in plan["comparisons"]],
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in plan["blocking"]],
    )
    linker = Linker(table, settings)
    lap("load")
    linker.training.estimate_probability_two_random_records_match(
        [block_on(*rule) for rule in plan["deterministic"]], recall=plan["recall"]
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=plan["max_pairs"], seed=1)
    lap("u")
    for rule in plan["em"]:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    lap("em")
    edges = linker.inference.predict(threshold_match_weight=KEPT)
    lap("predict")
    linker.clustering.cluster_pairwise_predictions_at_threshold(edges, threshold_match_probability=0.95)
    lap("cluster")
    peak = peak_megabytes()
    told = {
        "stages": seconds,
        "cpu": round(time.process_time() - begun[0], 2),
        "wall": round(time.perf_counter() - begun[1], 2),
        "peak": peak,
    }
    pairs = connection.sql(
        f"SELECT unique_id_l AS l, unique_id_r AS r, match_weight AS bits FROM {edges.physical_name}"
    )
    pairs.write_parquet(str(out / "edges.parquet"))
    nodes = connection.sql("SELECT unique_id FROM records")
    nodes.create("nodes")
    for number, bits in enumerate(plan["thresholds"]):
        probability = 2**bits / (1 + 2**bits)
        chosen = f"SELECT l AS unique_id_l, r AS unique_id_r, 1 - 1 / (1 + pow(2, bits)) AS match_probability FROM '{out}/edges.parquet' WHERE bits >= {bits}"
        connection.execute(f"CREATE TABLE edges_{number} AS {chosen}")
        again = DuckDBAPI(connection)
        found = cluster_pairwise_predictions_at_threshold(
            again.register("nodes", table_name=f"nodes_{number}"),
            again.register(f"edges_{number}", table_name=f"swept_{number}"),
            again,
            node_id_column_name="unique_id",
            threshold_match_probability=probability,
        )
        connection.sql(f"SELECT unique_id, cluster_id FROM {found.physical_name}").write_parquet(
            str(out / f"clusters_{number}.parquet")
        )
    print(json.dumps(told))


if __name__ == "__main__":
    main()
