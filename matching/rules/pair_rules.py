"""Defines flags and rules on pairs, and makes the candidates from the compared pairs of a kind of party.

The flags and rules are in `person_flags.py`, `name_flags.py`, `person_rules.py` and `organisation_rules.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import duckdb

from matching.model.thresholds import HOLD_BITS, LINK_WEIGHT, REVIEW_BITS
from matching.parties import PartyKind
from matching.relations import LINK_CANDIDATES, RECORDS
from matching.rules.rule_texts import RULE_TEXTS

# A shared valid document is enough for a link, unless name and birth date contradict it.
DOCUMENT_WEIGHT = LINK_WEIGHT + 10.0


@dataclass(frozen=True)
class Flag:
    """A condition that is true of a pair or not.

    Args:
        name: in other flags and rules.
        holds: when the flag is true, as a sentence.
        example: a short one.
        sql: over the two records l and r, or over other flags.
    """

    name: str
    holds: str
    example: str
    sql: str


def columns(flags: Sequence[Flag]) -> str:
    """The flags as columns of a query."""
    return ",\n    ".join(f"{flag.sql} as {flag.name}" for flag in flags)


@dataclass(frozen=True)
class Rule:
    """A rule that bars a pair where `when`, an SQL expression over the flags of the pair, is true.

    A steward sees a barred pair if it is strong enough to be linked, or only if it shares a valid document: every night
    the rules on given names and birth dates bar pairs of families.
    """

    code: str
    when: str
    is_seen: Literal["if strong", "with the same valid document"]

    @property
    def sentence(self) -> str:
        """The sentence that people read if it bars a pair."""
        return RULE_TEXTS[self.code]


def refusal(rules: Sequence[Rule]) -> str:
    """SQL of the code of the first rule that bars a pair, or null."""
    return "case " + "\n    ".join(f"when {rule.when} then '{rule.code}'" for rule in rules) + " end"


# Two mentions with one valid document are judged, whatever their weight.
def pairs_to_judge(kind: PartyKind) -> str:
    """Common table expressions that end with `pairs` (record_l, record_r, match_weight, match_probability)."""
    return f"""
same_document as (
    select l.record_number as record_l, r.record_number as record_r
    from {RECORDS} as l
    inner join {RECORDS} as r on l.document = r.document and l.document_type = r.document_type
    where l.record_number < r.record_number and l.is_document_valid and r.is_document_valid
),
pairs as (
    select record_l, record_r, match_weight, match_probability from {kind.pair_scores}
    union all
    select record_l, record_r, null, null from same_document
    anti join {kind.pair_scores} as scored using (record_l, record_r)
)
"""


# What is selected of each pair before any flag.
PAIR_COLUMNS = """record_l, record_r, l.unique_id as mention_id_l, r.unique_id as mention_id_r,
        coalesce(match_weight, 0.0) as match_weight, match_probability"""


def candidates(rules: Sequence[Rule]) -> str:
    """The query of the candidates from the CTE `judged`.

    It has `PAIR_COLUMNS`, the flags of the rules, `is_same_valid_document`, `is_birth_outweighed`, `link_weight`.
    """
    return f"""
select
    record_l, record_r, mention_id_l, mention_id_r, match_probability,
    if(is_same_valid_document, greatest(match_weight, {DOCUMENT_WEIGHT}), match_weight) as weight,
    is_same_valid_document,
    is_birth_outweighed,
    {refusal(rules)} as refusal,
    link_weight,
    is_same_valid_document or match_weight >= link_weight as is_strong,
    match_weight >= link_weight - {HOLD_BITS} as is_holding,
    not is_same_valid_document and match_weight < link_weight and match_weight >= link_weight - {REVIEW_BITS}
        as is_borderline
from judged
"""


def pairs_to_show(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> list[tuple[str, str, str]]:
    """Barred pairs that a steward must see: (kind of case, mention, mention).

    Reads: `LINK_CANDIDATES`.
    """
    strong = [rule.code for rule in rules if rule.is_seen == "if strong"]
    documented = [rule.code for rule in rules if rule.is_seen == "with the same valid document"]
    return connection.execute(
        f"""
        select refusal, mention_id_l, mention_id_r from {LINK_CANDIDATES}
        where list_contains($strong, refusal) and is_strong
        union all
        select 'document_contradicted', mention_id_l, mention_id_r from {LINK_CANDIDATES}
        where list_contains($documented, refusal) and is_same_valid_document
        order by all
        """,
        {"strong": strong, "documented": documented},
    ).fetchall()
