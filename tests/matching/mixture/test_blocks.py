"""No block of a file grows with its square, whatever value its rows have by default."""

from datetime import date

import duckdb
import pytest

from matching.mixture.blocks import MOST_ROWS, create_blocks
from matching.records.person_records import create_person_records
from matching.relations import RECORDS
from tests.support.mentions import Values, mention, write_mentions

DEFAULTS: dict[str, Values] = {
    "name": {"given_name": "ANONIM", "surname_1": "DESCONEGUT"},
    "birth date and postcode": {"birth_date": date(1900, 1, 1), "postcode": "08001"},
    "door": {"street": "WELLINGTON", "street_number": "44", "surname_1": "AHMED", "given_name": "MOHAMED"},
    "document": {"document": "AB1234567", "document_type": "PASSPORT"},
    "contact": {"email": "cap@example.org", "phone": "+34600000001"},
}


@pytest.mark.parametrize("default", DEFAULTS.values(), ids=DEFAULTS)
def test_a_default_value_brings_few_pairs(connection: duckdb.DuckDBPyConnection, default: Values) -> None:
    rows = 40_000
    write_mentions(connection, [mention("0", **default)])
    # The rest in SQL: as many rows as a file of a large office has.
    mentions = "work.intermediate.int_person_mentions"
    connection.execute(
        f"insert into {mentions} select mentions.* replace (md5(number::varchar) as mention_id,"
        f" number::varchar as source_key)"
        f" from {mentions} as mentions, range(1, {rows}) as numbers (number)"
    )
    blocks = create_blocks(connection, create_person_records(connection))
    assert blocks.rows_of_defaults == rows
    for column in blocks.columns:
        ((largest,),) = connection.execute(
            f"select max(n) from (select count(*) as n from {RECORDS} where {column} is not null group by {column})"
        ).fetchall()
        assert (largest or 0) <= MOST_ROWS
