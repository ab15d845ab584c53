"""Links a file of mentions as a night links the hub's: with the same normalising models and rails."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from exports.delivery.writers import write_rows
from matching.evaluation.pair_counts import Evaluation, evaluate_links
from matching.files import FileLinkage, link_file
from matching.model.model_file import promoted_model
from matching.night import link_mentions
from matching.parties import PERSON
from matching.records.mention_file import RECORD_ID, SOURCE_MENTIONS
from matching.records.person_records import count_rows
from matching.records.repeated_rows import set_twins_aside
from matching.records.table_file import MentionFileError, read_table
from matching.relations import MENTION_TWINS
from matching.scoring.engine import DUCKDB, Engine, bound_memory
from orchestration.linking.file_mentions import FileNotes, normalise_mentions, write_mentions
from sources.base.sql import literal


@dataclass(frozen=True)
class MatchRequest:
    """What to link and where to write it; without a model, the weights are learned from the file."""

    mentions: Path
    output: Path
    registers: Sequence[str] = ()
    truth: Path | None = None
    links: Path | None = None
    model: Path | None = None
    engine: Engine = DUCKDB


@dataclass(frozen=True)
class MatchResult:
    """The result of linking a file.

    Args:
        notes: what could not be read.
        repeated: how many mentions repeat another one exactly.
        linkage: how it was linked.
        persons: how many were found.
        scores: against the truth, if it was given.
    """

    notes: FileNotes
    repeated: int
    linkage: FileLinkage
    persons: int
    scores: Evaluation | None


def match_file(request: MatchRequest) -> MatchResult:
    """Link a file of mentions and write the person of each, completely or not at all.

    Raises:
        MentionFileError: a file can't be used.
        ModelError: the given model can't be used.
        EngineError: the engine can't be used, or failed.
    """
    with _work_in_memory() as (connection, scratch):
        notes = write_mentions(connection, request.mentions, request.registers)
        if request.truth:
            _read_truth(connection, request.truth)
        documents = normalise_mentions(connection)
        notes = replace(notes, unread={"document": documents, **notes.unread})
        repeated = set_twins_aside(connection)
        bound_memory(connection, count_rows(connection, PERSON.mentions))
        linkage = _link(connection, request, scratch)
        connection.execute(_PERSONS)
        scores = evaluate_links(connection, "file_persons", "file_truth") if request.truth else None
        _write(connection, f"select {RECORD_ID}, person_id, confidence from file_persons", request.output)
        if request.links:
            _write(connection, _LINKS, request.links)
        persons = connection.execute("select count(distinct person_id) from file_persons").fetchall()[0][0]
    return MatchResult(notes, repeated, linkage, persons, scores)


@contextmanager
def normalised_mentions(mentions: Path, registers: Sequence[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with `work.intermediate.int_person_mentions` of a file, before linking.

    Raises:
        MentionFileError: the file can't be used.
    """
    with _work_in_memory() as (connection, _):
        write_mentions(connection, mentions, registers)
        normalise_mentions(connection)
        yield connection


@contextmanager
def _work_in_memory() -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """A work database in memory that leaves nothing behind; it spills to a private directory."""
    with tempfile.TemporaryDirectory(prefix="fil-match-") as scratch, duckdb.connect(":memory:") as connection:
        connection.execute("set temp_directory = $1", [scratch])
        bound_memory(connection)
        connection.execute("attach ':memory:' as work")
        yield connection, Path(scratch)


def _link(connection: duckdb.DuckDBPyConnection, request: MatchRequest, scratch: Path) -> FileLinkage:
    """Link the mentions with the given model, or with weights learned from them."""
    with_weights = request.links is not None
    if request.model:
        stats = link_mentions(connection, PERSON, request.model, with_weights=with_weights, engine=request.engine)
        return FileLinkage(stats, is_own_model=False, rows_of_defaults=0)
    return link_file(connection, promoted_model(), scratch, with_weights=with_weights, engine=request.engine)


# A mention in review, or without a cluster, is a person of its own: no mention is lost.
_PERSONS = f"""
create or replace temp table file_persons as
select
    mentions.source_key as {RECORD_ID}, mentions.mention_id,
    'P' || left(md5(
        if(coalesce(clusters.is_in_review, true), coalesce(stands_for, mentions.mention_id), cluster_id)
    ), 16) as person_id,
    coalesce(round(clusters.confidence, 4), 1.0) as confidence
from {SOURCE_MENTIONS} as mentions
left join {MENTION_TWINS} using (mention_id)
left join {PERSON.clusters} as clusters on clusters.mention_id = coalesce(stands_for, mentions.mention_id)
order by {RECORD_ID}
"""

_LINKS = f"""
select
    l.{RECORD_ID} as {RECORD_ID}_l, r.{RECORD_ID} as {RECORD_ID}_r, l.person_id = r.person_id as is_one_person,
    pairs.match_weight, pairs.match_probability, weights.* exclude (mention_id_l, mention_id_r)
from {PERSON.pairs} as pairs
inner join {PERSON.pair_weights} as weights using (mention_id_l, mention_id_r)
inner join file_persons as l on pairs.mention_id_l = l.mention_id
inner join file_persons as r on pairs.mention_id_r = r.mention_id
-- Rows that repeat another one exactly are its person without being compared.
union all by name
select l.{RECORD_ID} as {RECORD_ID}_l, r.{RECORD_ID} as {RECORD_ID}_r, true as is_one_person
from {MENTION_TWINS} as twins
inner join file_persons as l on twins.stands_for = l.mention_id
inner join file_persons as r on twins.mention_id = r.mention_id
order by 1, 2
"""


def _read_truth(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    columns = read_table(connection, path, "truth_file", (RECORD_ID, "truth_id"))
    if not {RECORD_ID, "truth_id"} <= set(columns):
        raise MentionFileError(f"{path} needs the columns {RECORD_ID} and truth_id")
    connection.execute(
        f"""
        create or replace temp table file_truth as
        select md5(trim({RECORD_ID})) as mention_id, truth_id as true_person_id, []::varchar[] as error_types
        from truth_file semi join {SOURCE_MENTIONS} as mentions on trim({RECORD_ID}) = mentions.source_key
        """
    )
    rows, distinct, mentions = connection.execute(
        f"select count(*), count(distinct mention_id), (select count(*) from {SOURCE_MENTIONS}) from file_truth"
    ).fetchall()[0]
    if rows != distinct or distinct < mentions:
        raise MentionFileError(
            f"{path} needs one row for each {RECORD_ID} of the mentions: it has {rows} rows for {mentions} mentions"
        )


def _write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Write CSV, or Parquet by the ending of the name; an earlier file stays until the new one is complete."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            connection.execute(f"copy ({query}) to {literal(str(fresh))} (format parquet)")
        else:
            write_rows(connection, f"({query})", "1, 2", "csv", fresh)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
