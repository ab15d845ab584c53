"""Writes each segment's audiences: one file per topic, with its funnel beside it.

The hub defines the members of a segment. `gate/audience_rows.py` checks each row again, and the written file, against
consents, requests, deaths and protections. If an audience fails this check, only this audience is withheld.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from exports.contracts.contract import AudienceColumn, Audiences, ExportContract
from exports.delivery.audience_names import segment_stem, stem_of
from exports.delivery.manifest import FileEntry, describe_file
from exports.delivery.withheld import Withheld, reasons_of
from exports.delivery.writers import write_rows
from exports.errors import DeliveryError
from exports.gate.audience_rows import check_audience, with_admitted
from exports.gate.rows import GateError
from exports.gate.small_cells import Shown, shown_count, shown_funnel
from sources.base.sql import literal

# The funnel's last step.
GATE = "gate"
# The source that a message's means of transport is derived from; without the agreement of that source it is GENERAL.
_CONTENT_SOURCE = "content_source"
_DERIVED = """if(
    segment_members.{source} is null
    or segment_members.{source} in (select source from {agreements} where purpose = 'mobility' and is_in_force),
    {value}, 'GENERAL'
)"""


@dataclass(frozen=True)
class Audience:
    """A topic of a segment on a night; `small_cell` is the smallest count of people that its funnel may show."""

    segment: str
    topic: str
    small_cell: int

    @property
    def file_stem(self) -> str:
        """The file name without its format."""
        return stem_of(self.segment, self.topic)


def audiences_of(connection: duckdb.DuckDBPyConnection) -> list[Audience]:
    """All segments and topics in tonight's funnels, also those without a member; none without a notice.

    Reads: `work.hub.segment_funnel`, `work.hub.segment_candidates`, `work.hub.segments`.
    """
    rows = connection.execute("""
        select distinct funnel.segment, funnel.topic, segments.small_cell
        from work.hub.segment_funnel as funnel
        join work.hub.segments as segments on segments.segment = funnel.segment
        anti join (
            select segment, topic from work.hub.segment_candidates
            group by all having bool_and(coalesce(reason_out = 'no_notice', false))
        ) as silent on silent.segment = funnel.segment and silent.topic = funnel.topic
        order by funnel.segment, funnel.topic""").fetchall()
    return [Audience(str(segment), str(topic), int(small)) for segment, topic, small in rows]


def write_audiences(
    connection: duckdb.DuckDBPyConnection,
    contract: ExportContract,
    business_date: date,
    directory: Path,
    withheld_before: Collection[str],
) -> tuple[list[FileEntry], list[Withheld]]:
    """Write every audience and its funnel, and check the written files; return the files and what is withheld.

    Reads: the temp tables of `deliver.ask_gate`; `work.hub.segment_members`.
    Writes: temp table `audience_rows` (the contract's columns, place, request_id, is_admitted), one row per row of an
    audience.

    Args:
        connection: to the work database.
        contract: of the target.
        business_date: of the night.
        directory: for the files.
        withheld_before: stems of audiences and segments that are not written.
    """
    entries: list[FileEntry] = []
    withheld: list[Withheld] = []
    rules = contract.audiences
    if rules is None:
        return entries, withheld
    connection.execute(_rows_sql(rules, business_date, missing_columns(connection, rules)))
    for audience in audiences_of(connection):
        if {audience.file_stem, segment_stem(audience.segment)} & set(withheld_before):
            continue
        try:
            entries += _write_audience(connection, audience, rules, business_date, directory)
        except (GateError, DeliveryError) as error:
            (directory / f"{audience.file_stem}.csv").unlink(missing_ok=True)
            withheld.append(Withheld(contract.target, audience.file_stem, reasons_of(error.counts)))
    return entries, withheld


def missing_columns(connection: duckdb.DuckDBPyConnection, rules: Audiences, catalog: str = "work") -> frozenset[str]:
    """The columns of the contract whose source a hub of an earlier version lacks.

    `_CONTENT_SOURCE` is among them if the hub derives nothing.
    """
    hub = connection.execute(
        "select table_name || '.' || column_name from duckdb_columns() "
        "where database_name = ? and schema_name = 'hub' and table_name in ('segment_members', 'segments')",
        [catalog],
    ).fetchall()
    columns = {str(name) for (name,) in hub}
    missing = frozenset(
        column.name
        for column in rules.columns
        if column.source.split("[")[0] not in columns
        or (column.form == "declared" and "segments.variables" not in columns)
    )
    return missing if f"segment_members.{_CONTENT_SOURCE}" in columns else missing | {_CONTENT_SOURCE}


def fields_sql(rules: Audiences, missing: Collection[str], catalog: str = "work") -> str:
    """The query of the contract's columns, one row per member of a segment."""
    # For a delivery, the agreements of today apply.
    agreements = "leaving_agreements" if catalog == "work" else f"{catalog}.hub.agreements"

    def expression(column: AudienceColumn) -> str:
        if column.name in missing:
            return column.expression_without_source
        if column.form == "derived" and _CONTENT_SOURCE not in missing:
            return _DERIVED.format(value=column.expression, source=_CONTENT_SOURCE, agreements=agreements)
        return column.expression

    fields = ", ".join(f"{expression(column)} as {column.name}" for column in rules.columns)
    return f"""
        select {fields}
        from {catalog}.hub.segment_members as segment_members
        left join {catalog}.hub.segments as segments on segments.segment = segment_members.segment"""


def _rows_sql(rules: Audiences, business_date: date, missing: Collection[str]) -> str:
    """The SQL that writes temp table `audience_rows`."""
    source = f"""
        from (
            select row_number() over () as place, *, cast(null as varchar) as request_id
            from ({fields_sql(rules, missing)})
        )"""
    return f"""
        create or replace temp table audience_rows as
        {with_admitted(source, rules, business_date)}
        select written.*, place in (select place from admitted) as is_admitted from written"""


def _write_audience(
    connection: duckdb.DuckDBPyConnection, audience: Audience, rules: Audiences, business_date: date, directory: Path
) -> tuple[FileEntry, FileEntry]:
    """Write one audience and its funnel.

    Raises:
        GateError: the file has a recipient who is not admitted.
        DeliveryError: the rows read back differ from the written ones.
    """
    path = directory / f"{audience.file_stem}.csv"
    rows = f"temp.audience_rows where segment = {literal(audience.segment)} and topic = {literal(audience.topic)}"
    gated = f"(select * exclude (place, request_id, is_admitted) from {rows} and is_admitted)"
    write_rows(connection, gated, "rows.recipient_id, rows.address", "csv", path)
    written = check_audience(connection, path, rules, business_date)
    row = connection.execute(f"select count(*), count(*) filter (is_admitted) from {rows}").fetchone()
    if row is None or written != row[1]:
        raise DeliveryError(
            f"{path}: {written} rows read back, not the number that Fil wrote; deliver again",
            {"rows read back": written, "rows to be written": row[1] if row else 0},
        )
    beside = directory / f"{audience.file_stem}.funnel.csv"
    return describe_file(path, written), _write_funnel(connection, audience, beside, written, row[0] - written)


def _write_funnel(
    connection: duckdb.DuckDBPyConnection, audience: Audience, path: Path, written: int, withheld: int
) -> FileEntry:
    """Write the funnel, with a last step for rows that the gate removed; `small_cells.py` hides small counts."""
    rows = connection.execute(
        "select step_number, step, list(people_out) from work.hub.segment_funnel "
        "where segment = ? and topic = ? group by all order by step_number",
        [audience.segment, audience.topic],
    ).fetchall()
    small = audience.small_cell
    steps: list[tuple[int, str, list[Shown]]] = [
        (number, step, [shown_count(int(count), small) for count in counts]) for number, step, counts in rows
    ]
    steps.append((steps[-1][0] + 1, GATE, [shown_count(withheld, small)]))
    funnel = shown_funnel(steps, [shown_count(written, small)])
    values = ", ".join(
        f"({step.number}, {literal(step.step)}, {_text(step.people_left)}, {_text(step.people_out)})" for step in funnel
    )
    relation = f"(select * from (values {values}) as funnel(step_number, step, people_left, people_out))"
    write_rows(connection, relation, "rows.step_number", "csv", path)
    return describe_file(path, len(funnel))


def _text(count: Shown) -> str:
    return "'..'" if count is None else f"'{count}'"
