"""Each segment's audience as files of their own, one per topic, with the funnel that led to it beside it.

Who is in a segment is the hub's to say; here each row is held against consents, requests, deaths and protections once
more, as it stands in the written file.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from exports.contract import Audiences, ExportContract
from exports.gate import GateError
from exports.manifest import DeliveryError, FileEntry, describe_file
from exports.small_cells import FunnelStep, shown_funnel
from exports.writers import write_rows
from sources.sql import literal

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True)
class Audience:
    """A segment's topic on a night, and the least count of people that may be told of its funnel."""

    segment: str
    topic: str
    small_cell: int

    @property
    def file_stem(self) -> str:
        """A file's name without its format; a topic that no file may be called by has its hash behind it."""
        plain = _UNSAFE.sub("_", self.topic)
        if plain != self.topic:
            plain += "-" + hashlib.sha256(self.topic.encode()).hexdigest()[:8]
        return f"audience.{self.segment}.{plain}"


def audiences_of(connection: duckdb.DuckDBPyConnection) -> list[Audience]:
    """Every segment and topic that somebody could be told of tonight, whoever is left."""
    rows = connection.execute("""
        select distinct funnel.segment, funnel.topic, segments.small_cell
        from work.hub.segment_funnel as funnel
        join work.hub.segments as segments on segments.segment = funnel.segment
        order by funnel.segment, funnel.topic""").fetchall()
    return [Audience(str(segment), str(topic), int(small)) for segment, topic, small in rows]


def write_audiences(
    connection: duckdb.DuckDBPyConnection, contract: ExportContract, business_date: date, directory: Path
) -> Iterator[FileEntry]:
    """Write every audience and its funnel, each read back against the gate.

    Raises:
        GateError: a file names somebody who may not be told.
        DeliveryError: what was read back is not what was written.
    """
    rules = contract.audiences
    if rules is None:
        return
    for audience in audiences_of(connection):
        path = directory / f"{audience.file_stem}.csv"
        connection.execute(f"create or replace temp table leaving as {_members_sql(rules, audience)}")
        connection.execute(f"""
            create or replace temp table admitted as
            {_with_admitted("from temp.leaving", rules, business_date)} select place from admitted""")
        gated = "(select leaving.* exclude (place) from temp.leaving semi join temp.admitted using (place))"
        write_rows(connection, gated, "rows.recipient_id, rows.address", "csv", path)
        written = check_audience(connection, path, rules, business_date)
        row = connection.execute("select (select count(*) from leaving), (select count(*) from admitted)").fetchone()
        if row is None or written != row[1]:
            raise DeliveryError(f"{path}: {written} rows read back, other than were to be written; deliver again")
        yield describe_file(path, written)
        yield _write_funnel(connection, audience, directory / f"{audience.file_stem}.funnel.csv", row[0] - written)


def _members_sql(rules: Audiences, audience: Audience) -> str:
    fields = ", ".join(f"{column.expression} as {column.name}" for column in rules.columns)
    where = f"segment = {literal(audience.segment)} and topic = {literal(audience.topic)}"
    return (
        f"select row_number() over () as place, {fields} from work.hub.segment_members as segment_members where {where}"
    )


def _write_funnel(connection: duckdb.DuckDBPyConnection, audience: Audience, path: Path, withheld: int) -> FileEntry:
    """The funnel, with whom the gate held back, and without counts so small that they could tell of somebody."""
    rows = connection.execute(
        "select step_number, step, people_left, sum(people_out) from work.hub.segment_funnel "
        "where segment = ? and topic = ? group by all order by step_number",
        [audience.segment, audience.topic],
    ).fetchall()
    steps = [FunnelStep(*row) for row in rows]
    last = steps[-1]
    steps.append(FunnelStep(last.number + 1, "gate", (last.people_left or 0) - withheld, withheld))
    shown = shown_funnel(steps, audience.small_cell, is_end_known=True)
    values = ", ".join(
        f"({one.number}, {literal(one.step)}, {_text(one.people_left)}, {_text(one.people_out)})" for one in shown
    )
    relation = f"(select * from (values {values}) as told(step_number, step, people_left, people_out))"
    write_rows(connection, relation, "rows.step_number", "csv", path)
    return describe_file(path, len(shown))


def _text(count: int | None) -> str:
    return "'..'" if count is None else f"'{count}'"


# What a person last said of a segment's purpose: of its service where they ever did, else of all. Anything but one
# clear `given` shuts the gate for what rests on consent; anything but that, or nothing, for a public task.
_SAID = """
    select
        decisive.person_id, decisive.segment,
        coalesce(bool_and(decisive.state = 'given' and cast(decisive.decided_at as date) <= {day}), false)
            and count(decisive.state) = count(*) and count(decisive.decided_at) = count(*) as is_given,
        max(decisive.decided_at) filter (where decisive.state is distinct from 'given') as refused_at,
        bool_or(decisive.state is distinct from 'given' and decisive.decided_at is null) as is_refused_some_time
    from (
        select
            consents.*, segments.segment,
            bool_or(consents.service is not null) over (partition by consents.person_id, segments.segment)
                as has_service
        from work.hub.consents as consents
        join work.hub.segments as segments
            on consents.purpose = case segments.purpose when 'survey' then 'surveys' else 'communications' end
            and (consents.service is null or consents.service = segments.service)
    ) as decisive
    where decisive.has_service = (decisive.service is not null)
    group by decisive.person_id, decisive.segment
"""

_ADMITTED = """
    select written.place
    from written
    join work.hub.segments as segments on segments.segment = written.segment
    left join work.hub.persons as persons on persons.person_id = written.recipient_id
    left join said on said.person_id = written.recipient_id and said.segment = written.segment
    where list_contains([{bases}], written.basis) and list_contains(segments.bases, written.basis)
        and (
            (
                persons.is_deceased is false and persons.is_protected is false
                and (written.basis = 'request' or coalesce(persons.confidence >= {minimum_confidence}, false))
                and coalesce(
                    persons.birth_date <= {day} - interval {minimum_age} year,
                    persons.birth_year <= year({day}) - {minimum_age} - 1,
                    list_contains([{unknown_age}]::varchar[], written.basis)
                )
            )
            or (
                written.basis = 'request'
                and written.recipient_id in (select organisation_id from work.hub.organisations)
            )
        )
        and not exists (
            select 1
            from work.hub.segment_members as members
            join work.hub.persons as children on children.person_id = members.about_person_id
            where members.segment = written.segment and members.topic = written.topic
                and members.person_id = written.recipient_id
                and not (children.is_deceased is false and children.is_protected is false)
        )
        and case written.basis
            when 'consent' then coalesce(said.is_given, false)
            when 'public_task' then coalesce(said.is_given, true)
            else coalesce(said.is_refused_some_time, false) is false and exists (
                select 1
                from work.hub.requests as requests
                where coalesce(requests.organisation_id, requests.person_id) = written.recipient_id
                    and requests.segment = written.segment and requests.is_active
                    and coalesce(regexp_replace(requests.address, '^[+]', '00') = written.address, true)
                    and coalesce(said.refused_at <= requests.asked_at, true)
            )
        end
"""


def check_audience(connection: duckdb.DuckDBPyConnection, path: Path, rules: Audiences, business_date: date) -> int:
    """Read a written audience back and hold every row against what it rests on; return its rows.

    Raises:
        GateError: a row's recipient may not be told, or is told twice.
    """
    source = f"""
        from (
            select row_number() over () as place, *
            from read_csv({literal(str(path))}, header = true, all_varchar = true)
        )"""
    row = connection.execute(f"""
        {_with_admitted(source, rules, business_date)}
        select
            (select count(*) from written),
            (select count(*) from written anti join admitted on admitted.place = written.place),
            (select count(*) - count(distinct (segment, topic, recipient_id)) from written)
        """).fetchone()
    if row is None:
        raise GateError(f"{path.name} could not be read back")
    rows, refused, repeated = (int(value) for value in row)
    if refused or repeated:
        raise GateError(
            f"{path.name} was withheld: {refused} of its {rows} rows are of recipients who may not be told on "
            f"{business_date}, {repeated} rows repeat one; expected none. Nothing was delivered; correct the segment, "
            "the consents or the requests and run the night again."
        )
    return rows


def _with_admitted(source: str, rules: Audiences, business_date: date) -> str:
    """The CTEs `written` (rows of an audience with their `place`) and `admitted` (the places that may leave)."""
    day = f"date '{business_date:%Y-%m-%d}'"
    admitted = _ADMITTED.format(
        day=day, minimum_age=rules.minimum_age, minimum_confidence=rules.minimum_confidence,
        bases=_list(rules.bases), unknown_age=_list(rules.admits_unknown_age),
    )  # fmt: skip
    return f"with written as (select * {source}), said as ({_SAID.format(day=day)}), admitted as ({admitted})"


def _list(values: Sequence[str]) -> str:
    return ", ".join(literal(value) for value in values)
