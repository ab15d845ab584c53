"""The records of either kind of party."""

import duckdb

from matching.parties import ORGANISATION, PERSON, PartyKind
from matching.records.organisation_records import create_organisation_records
from matching.records.person_records import create_person_records

_CREATE = {PERSON: create_person_records, ORGANISATION: create_organisation_records}


def create_records(connection: duckdb.DuckDBPyConnection, kind: PartyKind) -> int:
    """Derive the keys of a kind's mentions; return the number of records.

    Reads: the kind's mentions.
    Writes: `RECORDS` with the columns of the kind's records, one row per mention.
    """
    return _CREATE[kind](connection)
