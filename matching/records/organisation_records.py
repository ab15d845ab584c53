"""The records of organisations: their mentions with the keys that are compared, in the columns of persons' records."""

import duckdb

from matching.parties import ORGANISATION
from matching.records.person_records import count_rows, number_records
from matching.relations import RECORD_NUMBERS, RECORDS

# If a company changes its legal form, the letter of its NIF changes and the body stays.
_RECORDS = f"""
create or replace temp table {RECORDS} as
select
    mention_id as unique_id, record_number,
    is_register, false as is_live, cast(null as varchar) as entry_of, cast(null as varchar) as form_of,
    cast(null as date) as born_from, cast(null as date) as born_until,
    is_nif_valid as is_document_valid, observed_at, source, source_key,
    nullif(nif, '') as document, if(nif is null, null, 'ORGANISATION') as document_type,
    nullif(substr(nif, 2), '') as nif_body,
    legal_name, legal_form,
    string_split(legal_name, ' ') as name_words,
    array_to_string(list_sort(string_split(legal_name, ' ')), ' ') as name_key,
    cast(null as date) as birth_date,
    street, street_number, postcode, email, phone
from {ORGANISATION.mentions} inner join {RECORD_NUMBERS} using (mention_id)
"""


def create_organisation_records(connection: duckdb.DuckDBPyConnection) -> int:
    """Derive the keys of the organisations' mentions; return the number of records.

    Reads: the organisations' mentions.
    Writes: `RECORDS` with the columns of `ORGANISATION_RECORDS`, one row per mention.
    """
    number_records(connection, ORGANISATION.mentions)
    connection.execute(_RECORDS)
    return count_rows(connection, RECORDS)
