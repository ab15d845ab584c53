"""Judges the pairs of either kind of party, pair by pair, before clustering."""

import duckdb

from matching.model.thresholds import CITY, LinkPolicy
from matching.parties import PERSON, PartyKind
from matching.rules.organisation_rules import ORGANISATION_RULES, create_organisation_candidates
from matching.rules.pair_rules import pairs_to_show
from matching.rules.person_rules import PERSON_RULES, create_person_candidates


def create_candidates(connection: duckdb.DuckDBPyConnection, kind: PartyKind, policy: LinkPolicy = CITY) -> None:
    """Judge each pair of a kind's records: its weight, the weight it needs, and the rule that bars it, if one does.

    Reads: the kind's pair scores, `RECORDS`; of persons also `COMMON_GIVEN_NAMES`.
    Writes: `LINK_CANDIDATES`, one row per pair that was scored or shares a valid document.
    """
    if kind == PERSON:
        create_person_candidates(connection, policy)
    else:
        create_organisation_candidates(connection)


def refused_pairs(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """Barred pairs of either kind of party that a steward must see: (kind of case, mention, mention).

    Reads: `LINK_CANDIDATES`.
    """
    return pairs_to_show(connection, (*PERSON_RULES, *ORGANISATION_RULES))
