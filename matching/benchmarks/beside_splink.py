"""Links normalised mentions with Fil, or with Splink and nothing added; a benchmark compares the two.

Both make the same keys, compare the pairs of the same rules by the same model, and write the same columns. Run as
`python -m matching.benchmarks.beside_splink fil|splink MENTIONS MODEL OUTPUT [GIGABYTES]`, so that a benchmark can
time each as a process. Above GIGABYTES DuckDB spills to disk, beside the output. Without it, Fil sets its own bound and
Splink has DuckDB's default; 0 means DuckDB's default for both.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
from splink.clustering import cluster_pairwise_predictions_at_threshold

from matching.model.model_file import load_model, scaled_prior
from matching.model.splink_session import splink_linker
from matching.model.thresholds import LINK_WEIGHT
from matching.night import link_mentions
from matching.parties import PERSON
from matching.records.person_records import create_person_records
from matching.relations import RECORDS
from matching.scoring.engine import bound_memory
from sources.base.sql import literal


def link_by_fil(connection: duckdb.DuckDBPyConnection, model_path: Path) -> str:
    """Link with all steps of Fil; return a query of mention_id and person_id."""
    link_mentions(connection, PERSON, model_path)
    return f"select mention_id, if(is_in_review, mention_id, cluster_id) as person_id from {PERSON.clusters}"


def link_by_splink(connection: duckdb.DuckDBPyConnection, model_path: Path) -> str:
    """Score and find connected components, as in Splink's tutorials; return a query of mention_id and person_id."""
    mentions = create_person_records(connection)
    model, trained_on = load_model(model_path)
    prior = model["probability_two_random_records_match"]
    model["probability_two_random_records_match"] = scaled_prior(prior, trained_on, mentions)
    with splink_linker(connection, model) as (linker, database):
        scores = linker.inference.predict(threshold_match_weight=LINK_WEIGHT, warning_mode="never")
        clusters = cluster_pairwise_predictions_at_threshold(
            database.register(RECORDS.name), scores, database, node_id_column_name="unique_id"
        )
        connection.execute(
            "create temp table persons as"
            f" select unique_id as mention_id, cluster_id as person_id from {clusters.physical_name}"
        )
    return "from persons"


LINKERS: dict[str, Callable[[duckdb.DuckDBPyConnection, Path], str]] = {"fil": link_by_fil, "splink": link_by_splink}


def link(tool: str, mentions: Path, model_path: Path, output: Path, gigabytes: int | None = None) -> None:
    """Link Parquet in the columns of `int_person_mentions`, and write mention_id and person_id as Parquet."""
    with (
        tempfile.TemporaryDirectory(dir=output.parent, prefix="spill-") as spill,
        duckdb.connect(":memory:") as connection,
    ):
        connection.execute(f"set temp_directory = {literal(spill)}")
        if gigabytes:
            connection.execute(f"set memory_limit = '{gigabytes}GB'")
        elif gigabytes is None and tool == "fil":
            counted = connection.execute(f"select count(*) from read_parquet({literal(str(mentions))})").fetchall()
            bound_memory(connection, counted[0][0])
        connection.execute("attach ':memory:' as work; create schema work.intermediate")
        connection.execute(
            "create table work.intermediate.int_person_mentions as"
            f" from read_parquet({literal(str(mentions))}) order by mention_id"
        )
        links_sql = LINKERS[tool](connection, model_path)
        connection.execute(f"copy ({links_sql}) to {literal(str(output))} (format parquet)")


if __name__ == "__main__":
    given = [Path(argument) for argument in sys.argv[2:5]]
    link(sys.argv[1], given[0], given[1], given[2], *map(int, sys.argv[5:]))
