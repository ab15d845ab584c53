"""Links with plain Splink, its library's comparisons and connected components, for comparison with Fil.

The columns, blocking rules and training follow the style of its FEBRL examples.

Run as `python -m matching.benchmarks.plain_splink MENTIONS OUTPUT`, so that a benchmark can time it as a process.
"""

import sys
from pathlib import Path

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.clustering import cluster_pairwise_predictions_at_threshold

from sources.base.sql import literal

_THRESHOLD = 0.95
_RECALL = 0.8


def link_plainly(mentions: Path, output: Path) -> None:
    """Link a CSV of mentions in the columns of `fil match`, and write record_id and person_id."""
    connection = duckdb.connect(":memory:")
    connection.execute(f"create table mentions as from read_csv({literal(str(mentions))}, all_varchar = true)")
    database = DuckDBAPI(connection)
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record_id",
        comparisons=[
            cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
            cl.NameComparison("surname_1").configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison("birth_date", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("document", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=[
            block_on(column) for column in ("document", "given_name", "surname_1", "birth_date", "postcode")
        ],
    )
    frame = database.register("mentions", dataset_display_name="records")
    linker = Linker(frame, settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("given_name", "surname_1", "birth_date"), block_on("document")], recall=_RECALL
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for column in ("birth_date", "postcode"):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(column))
    scores = linker.inference.predict(threshold_match_probability=_THRESHOLD)
    clusters = cluster_pairwise_predictions_at_threshold(
        frame, scores, database, node_id_column_name="record_id", threshold_match_probability=_THRESHOLD
    )
    connection.execute(
        f"copy (select record_id, cluster_id as person_id from {clusters.physical_name} order by 1) "
        f"to {literal(str(output))} (header)"
    )


if __name__ == "__main__":
    link_plainly(Path(sys.argv[1]), Path(sys.argv[2]))
