"""Reads a file of stewards' decisions (CSV or Parquet), checks it line by line, and records all of it or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from matching.records.table_file import MentionFileError, read_table
from matching.registry.decisions import VERDICTS, Judgement, RefusedDecisions, Statement, decide
from matching.registry.registry import Registry
from orchestration.casework.review_queue import Case, find_mentions

COLUMNS = ("case_id", "mention_l", "mention_r", "verdict", "steward", "reason", "counts_from")
_MOST_MESSAGES = 20


@dataclass(frozen=True)
class Row:
    """One line of the file; missing values are empty."""

    line: int
    case_id: str
    mention_l: str
    mention_r: str
    verdict: str
    steward: str
    reason: str
    counts_from: str


def read_rows(path: Path) -> list[Row]:
    """The lines of a file of decisions; the first has number 2, after the header.

    Raises:
        MentionFileError: it can't be read, or has other columns.
    """
    with duckdb.connect(":memory:") as connection:
        names = read_table(connection, path, "decisions_file", COLUMNS)
        unknown = sorted(set(names) - set(COLUMNS))
        if "verdict" not in names or unknown:
            what = f"has {len(unknown)} unknown columns" if unknown else "has no column verdict"
            raise MentionFileError(f"{path} {what}; the columns are {', '.join(COLUMNS)}")
        columns_sql = ", ".join(f"coalesce(trim({name}), '')" if name in names else "''" for name in COLUMNS)
        rows = connection.execute(f"select row_number() over () + 1, {columns_sql} from decisions_file").fetchall()
    return [Row(*row) for row in rows]


@dataclass(frozen=True)
class Defaults:
    """What applies to lines without a value: who decides and why, and the first business date."""

    steward: str
    reason: str
    first_day: date


def record_rows(
    connection: duckdb.DuckDBPyConnection,
    registry: Registry,
    path: Path,
    defaults: Defaults,
    cases: Sequence[Case],
) -> list[Judgement]:
    """Record every decision of a file, or none.

    Args:
        connection: with the published hub.
        registry: for the decisions.
        path: of the file.
        defaults: for lines without steward, reason or first business date.
        cases: that lines may name.

    Raises:
        MentionFileError: it is no file of decisions, or some lines are wrong; the message lists them.
    """
    rows = read_rows(path)
    by_id = {case.case_id: case for case in cases}
    known = find_mentions(connection, [name for row in rows for name in (row.mention_l, row.mention_r) if name])
    statements, faults = [], {}
    for row in rows:
        try:
            statements.append(_statement(row, defaults, by_id, known))
        except ValueError as error:
            faults[row.line] = str(error)
    if not faults:
        try:
            return decide(registry, statements)
        except RefusedDecisions as refused:
            faults = {rows[place].line: reason for place, reason in refused.reasons.items()}
    messages = [f"line {line}: {reason}" for line, reason in sorted(faults.items())]
    more = f"\n… and {len(messages) - _MOST_MESSAGES} more lines" if len(messages) > _MOST_MESSAGES else ""
    raise MentionFileError(
        f"{path}: nothing was recorded, because {len(messages)} of {len(rows)} lines are wrong; correct these lines\n"
        + "\n".join(messages[:_MOST_MESSAGES])
        + more
    )


def _statement(row: Row, defaults: Defaults, cases: dict[str, Case], known: dict[str, tuple[str, str]]) -> Statement:
    """The decision of a line.

    Raises:
        ValueError: the line is wrong; the message quotes no value of it.
    """
    verdict = next((known_verdict for known_verdict in VERDICTS if known_verdict == row.verdict.lower()), None)
    if verdict is None:
        raise ValueError(f"verdict must be {' or '.join(VERDICTS)}")
    steward, reason = row.steward or defaults.steward, row.reason or defaults.reason
    if not steward or not reason:
        raise ValueError("steward or reason is empty: fill the column, or use --who and --why")
    try:
        counts_from = date.fromisoformat(row.counts_from) if row.counts_from else defaults.first_day
    except ValueError:
        raise ValueError("counts_from must be a date such as 2026-05-04") from None
    return Statement(verdict, _pair(row, cases, known), steward, reason, counts_from)


def _pair(row: Row, cases: dict[str, Case], known: dict[str, tuple[str, str]]) -> tuple[str, str]:
    if row.case_id:
        if row.mention_l or row.mention_r:
            raise ValueError("it has both a case and mentions: give either case_id, or mention_l and mention_r")
        if row.case_id not in cases:
            raise ValueError("there is no such case_id in the queue")
        return cases[row.case_id].mention_id_l, cases[row.case_id].mention_id_r
    return mention_pair((row.mention_l, row.mention_r), known)


def mention_pair(named: tuple[str, str], known: dict[str, tuple[str, str]]) -> tuple[str, str]:
    """The ids of two mentions that a decision names.

    Raises:
        ValueError: a mention is not in the hub, or they are of a person and an organisation.
    """
    for side, name in zip(("first", "second"), named, strict=True):
        if name not in known:
            raise ValueError(f"the {side} mention is not in the published hub: give its id, or source:source_key")
    (one, entity), (other, other_entity) = known[named[0]], known[named[1]]
    if entity != other_entity:
        raise ValueError("one mention is of a person and the other of an organisation: they can't be the same")
    return one, other
