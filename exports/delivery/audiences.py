"""Each segment's audience as files of their own, one per topic, with the funnel that led to it beside it.

Who is in a segment is the hub's to say; `gate/audience_rows.py` holds each row against consents, requests, deaths and
protections once more, and the written file, too. An audience that fails there is withheld alone.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from exports.contracts.contract import Audiences, ExportContract
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


@dataclass(frozen=True)
class Audience:
    """A segment's topic on a night, and the least count of people that may be told of its funnel."""

    segment: str
    topic: str
    small_cell: int

    @property
    def file_stem(self) -> str:
        """A file's name without its format."""
        return stem_of(self.segment, self.topic)


def audiences_of(connection: duckdb.DuckDBPyConnection) -> list[Audience]:
    """Every segment and topic that somebody could be told of tonight, whoever is left."""
    rows = connection.execute("""
        select distinct funnel.segment, funnel.topic, segments.small_cell
        from work.hub.segment_funnel as funnel
        join work.hub.segments as segments on segments.segment = funnel.segment
        order by funnel.segment, funnel.topic""").fetchall()
    return [Audience(str(segment), str(topic), int(small)) for segment, topic, small in rows]


def write_audiences(
    connection: duckdb.DuckDBPyConnection,
    contract: ExportContract,
    business_date: date,
    directory: Path,
    withheld_before: Collection[str],
) -> tuple[list[FileEntry], list[Withheld]]:
    """Write every audience and its funnel, each read back against the gate; return the files and what is withheld.

    The gate has been asked (`delivery.ask_gate`) before; `withheld_before` are the stems of audiences and segments of
    which nothing is written. Temp table `audience_rows` has every row, and whether the gate lets it through.
    """
    entries: list[FileEntry] = []
    withheld: list[Withheld] = []
    rules = contract.audiences
    if rules is None:
        return entries, withheld
    connection.execute(_rows_sql(rules, business_date))
    for audience in audiences_of(connection):
        if {audience.file_stem, segment_stem(audience.segment)} & set(withheld_before):
            continue
        try:
            entries += _write_audience(connection, audience, rules, business_date, directory)
        except (GateError, DeliveryError) as error:
            (directory / f"{audience.file_stem}.csv").unlink(missing_ok=True)
            withheld.append(Withheld(contract.target, audience.file_stem, reasons_of(error.counts)))
    return entries, withheld


def _rows_sql(rules: Audiences, business_date: date) -> str:
    """Every row of every audience as it would be written, and whether the gate lets it through."""
    fields = ", ".join(f"{column.expression} as {column.name}" for column in rules.columns)
    source = f"""
        from (
            select row_number() over () as place, {fields}, cast(null as varchar) as request_id
            from work.hub.segment_members as segment_members
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
        GateError: the file names somebody who may not be told.
        DeliveryError: what was read back is not what was written.
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
    """The funnel, with whom the gate held back, in counts that may be shown (`small_cells.py`)."""
    rows = connection.execute(
        "select step_number, step, list(people_out) from work.hub.segment_funnel "
        "where segment = ? and topic = ? group by all order by step_number",
        [audience.segment, audience.topic],
    ).fetchall()
    small = audience.small_cell
    steps: list[tuple[int, str, list[Shown]]] = [
        (number, step, [shown_count(int(one), small) for one in outs]) for number, step, outs in rows
    ]
    steps.append((steps[-1][0] + 1, GATE, [shown_count(withheld, small)]))
    told = shown_funnel(steps, [shown_count(written, small)])
    values = ", ".join(
        f"({one.number}, {literal(one.step)}, {_text(one.people_left)}, {_text(one.people_out)})" for one in told
    )
    relation = f"(select * from (values {values}) as told(step_number, step, people_left, people_out))"
    write_rows(connection, relation, "rows.step_number", "csv", path)
    return describe_file(path, len(told))


def _text(count: Shown) -> str:
    return "'..'" if count is None else f"'{count}'"
