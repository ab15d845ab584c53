"""The gate that every exported row passes, and the check that reads written files back.

The contract has the columns of a row; here only the person, the date and the consent matter.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb

from exports.contracts.contract import ExportContract
from exports.gate.consent_state import consent_state_sql
from sources.base.sql import literal

_READERS = {".jsonl": "read_json", ".parquet": "read_parquet", ".csv": "read_csv"}


class GateError(Exception):
    """A written file has a person who may not be exported; message and counts never name them."""

    def __init__(self, message: str, counts: Mapping[str, int] | None = None) -> None:
        """Keep the counts of the file beside the message."""
        super().__init__(message)
        self.counts = counts or {}


def admitted_sql(contract: ExportContract, business_date: date, *, is_since_known: bool = True) -> str:
    """The query of the persons who may be exported for a contract's purpose on a date, over the views of `leaving.py`.

    They consented by the end of the date (`consent_state.py`), are alive and old enough, and have the confidence that
    the purpose needs. A protected person receives no message.

    Args:
        contract: of the target.
        business_date: of the hub.
        is_since_known: whether what is known since the hub's date applies, too.
    """
    day = f"date '{business_date:%Y-%m-%d}'"
    unknown_age = "true" if contract.admits_unknown_age else "false"
    unprotected = "persons.is_protected is false" if contract.purpose == "communicate" else "true"
    persons, consents = "leaving_persons", "leaving_consent_state"
    if not is_since_known:
        persons, consents = "work.hub.persons", f"({consent_state_sql('work.hub.consents')})"
    return f"""
    select persons.person_id
    from {persons} as persons
    join {consents} as consents
        on consents.person_id = persons.person_id and consents.purpose = {literal(contract.consent)}
        and consents.service is null and consents.is_given and cast(consents.since as date) <= {day}
    where persons.is_deceased is false and {unprotected}
        and coalesce(persons.confidence >= {contract.minimum_confidence}, false)
        and coalesce(persons.birth_date <= {day} - interval {contract.minimum_age} year, {unknown_age})"""


def gated_sql(candidates: str, admitted: str) -> str:
    """The rows of a candidate query whose person may be exported: those in a relation of `admitted_sql`."""
    return (
        f"select candidates.* from ({candidates}) as candidates where person_id in (select person_id from {admitted})"
    )


def as_one_text(columns: Sequence[str]) -> str:
    """SQL of the values of columns as one text, empty if all are null or empty lists."""
    texts = [f"nullif(cast({name} as varchar), '[]')" for name in columns]
    return f"concat({', '.join(texts)})" if texts else "''"


def _written_persons(path: Path, reserved: Sequence[str]) -> str:
    """The query that reads a file's person ids back as text, so that no format changes them.

    Its column `reserved` has the values of the reserved columns, as one text.
    """
    reader = _READERS[path.suffix]
    source = literal(str(path))
    if reader == "read_csv":
        rows = f"read_csv({source}, header = true, all_varchar = true, nullstr = '')"
    elif reader == "read_json":
        columns = ", ".join(f"{name}: 'VARCHAR'" for name in ("person_id", *reserved))
        rows = f"read_json({source}, format = 'newline_delimited', columns = {{{columns}}})"
    else:
        rows = f"read_parquet({source})"
    values_sql = as_one_text(reserved)
    return f"select person_id, {values_sql} as reserved from {rows}"


def check_written(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    contract: ExportContract,
    business_date: date,
    admitted: str | None = None,
) -> int:
    """Read a written file back and check every row against the consents; return the number of rows.

    `admitted` is a query of the persons of `admitted_sql`, if they are stored already.

    Raises:
        GateError: a row's person may not be exported, has no id, or has two rows.
    """
    [(rows, refused, repeated, reserved)] = connection.execute(f"""
        with written as ({_written_persons(path, contract.reserved_columns)}),
        admitted as ({admitted or admitted_sql(contract, business_date)})
        select
            (select count(*) from written),
            (select count(*) from written anti join admitted on admitted.person_id = written.person_id),
            (select count(*) - count(distinct person_id) from written),
            (
                select count(*) from written join leaving_persons as persons using (person_id)
                where persons.is_protected is not false and written.reserved <> ''
            )
        """).fetchall()
    if refused or repeated or reserved:
        raise GateError(
            f"{path.name} of target {contract.target} was withheld: {refused} of its {rows} rows are of persons "
            f"who may not be exported for {contract.purpose} on {business_date}, {repeated} rows repeat a person, "
            f"{reserved} rows show the address or contact of a protected person; "
            "expected none. It was not delivered; correct the candidates and run the night again.",
            {
                "rows": rows,
                "rows of persons who may not leave": refused,
                "rows that repeat a person": repeated,
                "rows that show where a protected person lives or is reached": reserved,
            },
        )
    return int(rows)
