"""The one gate that every row passes on its way out, and the check that reads written files back against it.

Which columns a row has is the contract's business; here only the person, the date and the consent count.
"""

from datetime import date
from pathlib import Path

import duckdb

from exports.contract import ExportContract
from sources.sql import literal

_READERS = {".jsonl": "read_json", ".parquet": "read_parquet", ".csv": "read_csv"}


class GateError(Exception):
    """A written file names somebody who may not leave; the message counts and never names them."""


def admitted_sql(contract: ExportContract, business_date: date) -> str:
    """The persons who may leave for a contract's purpose on a date.

    Anything but one clear `given` shuts the gate: no row, another state beside it, or a decision after the date; and so
    does a person who is less surely one than the purpose needs.
    """
    day = f"date '{business_date:%Y-%m-%d}'"
    unknown_age = "true" if contract.admits_unknown_age else "false"
    return f"""
    select persons.person_id
    from work.hub.persons as persons
    join (
        select person_id
        from work.hub.consents
        where purpose = '{contract.consent}' and service is null
        group by person_id
        having coalesce(bool_and(state = 'given' and cast(decided_at as date) <= {day}), false)
            and count(state) = count(*) and count(decided_at) = count(*)
    ) as consented on consented.person_id = persons.person_id
    where persons.is_deceased is false
        and coalesce(persons.confidence >= {contract.minimum_confidence}, false)
        and coalesce(persons.birth_date <= {day} - interval {contract.minimum_age} year, {unknown_age})"""


def gated_sql(candidates: str, contract: ExportContract, business_date: date) -> str:
    """Of a candidate query, only the rows whose person may leave."""
    return f"""
    select candidates.*
    from ({candidates}) as candidates
    semi join ({admitted_sql(contract, business_date)}) as admitted on admitted.person_id = candidates.person_id"""


def _written_persons(path: Path) -> str:
    """The query that reads a file's person ids back as text, so that no format changes them."""
    reader = _READERS[path.suffix]
    source = literal(str(path))
    if reader == "read_csv":
        return f"select person_id from read_csv({source}, header = true, all_varchar = true)"
    if reader == "read_json":
        return (
            "select person_id from read_json("
            f"{source}, format = 'newline_delimited', columns = {{person_id: 'VARCHAR'}})"
        )
    return f"select person_id from read_parquet({source})"


def check_written(
    connection: duckdb.DuckDBPyConnection, path: Path, contract: ExportContract, business_date: date
) -> int:
    """Read a written file back and hold every row against the consents; return its rows.

    Raises:
        GateError: a row's person may not leave, has no id, or stands twice.
    """
    row = connection.execute(f"""
        with written as ({_written_persons(path)}), admitted as ({admitted_sql(contract, business_date)})
        select
            (select count(*) from written),
            (select count(*) from written anti join admitted on admitted.person_id = written.person_id),
            (select count(*) - count(distinct person_id) from written)
        """).fetchone()
    if row is None:
        raise GateError(f"{path.name} of target {contract.target} could not be read back")
    rows, refused, repeated = (int(value) for value in row)
    if refused or repeated:
        raise GateError(
            f"{path.name} of target {contract.target} was withheld: {refused} of its {rows} rows are of persons "
            f"who may not leave for {contract.purpose} on {business_date}, {repeated} rows repeat a person; "
            "expected none. Nothing was delivered; correct the candidates and run the night again."
        )
    return rows
