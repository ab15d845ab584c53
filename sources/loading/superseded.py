"""Keeps withdrawals whose key comes again: a later row of the key replaces one only if the same person answers in it.

Such a withdrawal stands in a quarantined row, or in a good row of an earlier extract (its reason is `superseded`).
`beside.py` loads these rows beside the source's rows; the models apply them like all quarantined withdrawals.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb

from sources.contracts.contract import Contract
from sources.parsing.raw_files import data_files

SUPERSEDED = "superseded"
_PURPOSES = "('INTEGRACIO', 'COMUNICACIONS', 'ENQUESTES')"
_SERVICES = "('OBRES', 'PREINSCRIPCIO', 'BUS', 'BUTLLETI')"
# For each source, what `later` says of what `earlier` refuses, in a column or in the whole row: whether it takes the
# refusal back, and whether it repeats it. A blank does neither; for a quarantined row's unknown code, any code does.
_IS_SAME_MATTER = (
    f"(coalesce(earlier.finalitat not in {_PURPOSES}, true) or earlier.finalitat = later.finalitat)"
    f" and (earlier.servei not in {_SERVICES} or earlier.servei is not distinct from later.servei)"
)
_ANSWERS = {
    "atencions": {
        column: (f"later.{column} = 'S'", f"later.{column} = 'N'")
        for column in ("consentiment_integracio", "consentiment_comunicacions", "consentiment_enquestes")
    },
    "consentiments": {
        "": (f"later.estat = 'DONAT' and {_IS_SAME_MATTER}", f"later.estat <> 'DONAT' and {_IS_SAME_MATTER}")
    },
    # No event gives a consent.
    "campanyes": {
        "": (
            "coalesce(earlier.esdeveniment not in ('BAIXA', 'STOP'), true)",
            "later.esdeveniment in ('BAIXA', 'STOP')",
        )
    },
}


def _text(row: str, *columns: str) -> str:
    """The letters and digits of some columns, in one case and without accents; null if there are none."""
    values = ", ".join(f"{row}.{column}" for column in columns)
    return f"nullif(regexp_replace(upper(strip_accents(concat_ws('', {values}))), '[^\\p{{L}}\\p{{N}}]+', '', 'g'), '')"


def _equal(*columns: str) -> str:
    return f"{_text('earlier', *columns)} = {_text('later', *columns)}"


_WHO = ("document", "nom", "cognom_1", "cognom_2")
_NOBODY = " and ".join(f"{_text(row, *_WHO)} is null" for row in ("earlier", "later"))


def _same_person(*addresses: str) -> str:
    """A row with documents is compared by them, one with names by these and the birth, another one by its addresses."""
    shared = " or ".join(_equal(column) for column in addresses)
    no_address = " and ".join(f"{_text(row, *addresses)} is null" for row in ("earlier", "later"))
    return f"""coalesce(case
        when {_equal("document")}
            then {_equal("nom", "cognom_1")} is not false or {_equal("data_naixement")} is not false
        when {_equal("nom", "cognom_1")}
            then {_equal("data_naixement")}
            or ({_equal("document")} is null and {_equal("data_naixement")} is not false)
        when {_NOBODY} then {shared} or ({no_address})
    end, false)"""


_SAME_RECIPIENT = " and ".join(
    f"coalesce({_equal(column)}, {_text('earlier', column)} is null)"
    for column in ("id_persona", "adreca", "id_missatge")
)
_IS_SAME = {
    "atencions": _same_person("email", "telefon", "telefon_origen"),
    "consentiments": _same_person("email", "telefon"),
    "campanyes": _SAME_RECIPIENT,
}


def keeps_withdrawals(contract: Contract) -> bool:
    """Whether a withdrawal of the source is kept when its key comes again."""
    return contract.source in _ANSWERS


def load_kept(
    connection: duckdb.DuckDBPyConnection, home: Path, contract: Contract, used: Sequence[date], days: Sequence[date]
) -> None:
    """Load the quarantined rows of some extracts, and the superseded withdrawals, unless a later row replaces them.

    A later row replaces an earlier one if it names the same person and answers all that the earlier one refuses, with a
    yes, or with a no as long as no other row has its key.

    Reads: the raw files of `used`, the quarantine files of `days`; the source's raw table; temp table `released`.
    Writes: `work.raw.<source>__<entity>_quarantined`, one row per row. It has no key if its key is now another
    person's.

    Args:
        connection: to the work database.
        home: a `$FIL_HOME`.
        contract: the source's contract, see `keeps_withdrawals`.
        used: the dates of the extracts in use.
        days: the dates of the extracts whose quarantined rows apply.
    """
    relation = f"work.raw.{contract.relation}"
    rows = (
        "(from read_parquet($files, hive_partitioning = false) union all by name "
        "from released where list_contains($days, _extract_date))"
    )
    values = {"files": data_files(home, "raw", contract, tuple(used)), "days": list(used)}
    connection.execute(f"create or replace temp table earlier as from {relation}_quarantined limit 0")
    _add_quarantined(connection, home, contract, days)
    if len(used) > 1:
        names = ", ".join(field.column for field in contract.fields)
        connection.execute(
            f"insert into earlier by name select refusing.*, '{SUPERSEDED}' as _reason from {rows} as refusing "
            f"semi join {relation} as latest on refusing._source_key = latest._source_key "
            f"and refusing._extract_date < latest._extract_date where {contract.withdraws} "
            # The same row of several extracts is one withdrawal.
            f"qualify row_number() over (partition by refusing._source_key, hash(row({names}))"
            " order by refusing._extract_date) = 1",
            values,
        )
    answers = _ANSWERS[contract.source]
    answered = {column: f"answered_{place}" for place, column in enumerate(answers)}
    # What repeats a refusal takes its place while it is the latest row.
    flags = ", ".join(
        f"bool_or(is_same and coalesce({answers[column][0]}, false))"
        f" or arg_max(is_same and coalesce({answers[column][1]}, false), later._extract_date) as {flag}"
        for column, flag in answered.items()
    )
    later = rows if used else f"(from {relation})"
    connection.execute(
        f"""
        create or replace temp table answered as
        select earlier._extract_date, earlier._line_number, {flags},
            arg_max(is_same, later._extract_date) as is_latest_same
        from earlier inner join {later} as later
            on earlier._source_key = later._source_key and earlier._extract_date < later._extract_date,
            lateral (select {_IS_SAME[contract.source]} as is_same)
        group by all
        """,
        values if used else {},
    )
    left = {column: f"if({flag}, null, earlier.{column})" for column, flag in answered.items() if column}
    replaced = "".join(f", {value} as {column}" for column, value in left.items())
    is_answered = f"coalesce({', '.join(left.values())}) is null" if left else answered[""]
    connection.execute(
        f"""
        insert into {relation}_quarantined by name
        from (
            select earlier.* replace (if(is_latest_same is false, null, earlier._source_key) as _source_key{replaced})
            from earlier left join answered
                on earlier._extract_date = answered._extract_date and earlier._line_number = answered._line_number
            where is_latest_same is null or not ({is_answered})
        )
        where _reason <> '{SUPERSEDED}' or {contract.withdraws}
        """
    )
    connection.execute("drop table earlier; drop table answered")


def _add_quarantined(
    connection: duckdb.DuckDBPyConnection, home: Path, contract: Contract, days: Sequence[date]
) -> None:
    for day, file in zip(days, data_files(home, "quarantine", contract, tuple(days)), strict=True):
        connection.execute(
            f"insert into earlier by name "
            f"select fields.*, fields.{contract.key} as _source_key, reason as _reason, line_number as _line_number, "
            "$day::date as _extract_date from read_parquet($file, hive_partitioning = false) as quarantined "
            "where reason <> 'duplicate_row' "
            "and quarantined.line_number not in (select _line_number from released where _extract_date = $day)",
            {"day": day, "file": file},
        )
