"""The pairs of either kind of party, judged pair by pair before anything is clustered."""

import duckdb

from matching.parties import PERSON, PartyKind
from matching.rules.organisation_rules import create_organisation_candidates
from matching.rules.person_rules import create_person_candidates


def create_candidates(connection: duckdb.DuckDBPyConnection, kind: PartyKind, *, is_file: bool = False) -> None:
    """Judge each pair of a kind's records: its weight, the weight it needs, and the rule that bars it, if one does.

    Reads: the kind's pair scores, `RECORDS`; of persons also `COMMON_GIVEN_NAMES`.
    Writes: `LINK_CANDIDATES`, one row per pair that was scored or shares a valid document.
    """
    if kind == PERSON:
        create_person_candidates(connection, is_file=is_file)
    else:
        create_organisation_candidates(connection)
