"""The two kinds of party that are linked and given ids, person and organisation, and where each one's tables are."""

from collections.abc import Mapping
from dataclasses import dataclass

from matching.relations import (
    CLUSTERS,
    CONFLICTS,
    MENTION_LINKS,
    ORGANISATION_RECORDS,
    PAIR_SCORES,
    PAIR_WEIGHTS,
    PERSON_EVENTS,
    PERSON_RECORDS,
    REVIEW_CASES,
    SCORED_PAIRS,
    SCORED_RECORDS,
    Relation,
)


@dataclass(frozen=True)
class PartyKind:
    """A kind of party: its names, the columns of its mentions, and the relations that its linkage writes.

    Args:
        entity: its name in published tables, commands and the directories of models.
        prefix: the letter with which its ids begin.
        id_column: the column of its ids in published tables.
        mentions: the relation of its mentions, which dbt makes.
        values: the published table with the values of its mentions.
        fields: columns of the mentions whose filled values the night counts.
        document: the column of its number.
        document_type: the type of that number: a column or a literal, in SQL.
        is_document_valid: the column that is true if that number is valid.
        records: the columns of its records while it is linked.
        pair_scores: pairs and weights by record numbers.
        scored_records: the mention of each record number.
        pairs: the same pairs by mention ids.
        pair_weights: the bits of each comparison, where they are kept.
        clusters: the cluster of each mention.
        conflicts: barred pairs, disputed mentions and shared documents, for stewards.
        cases: two clusters that a steward has to decide on.
        links: the id of each mention.
        events: changes of ids.
    """

    entity: str
    prefix: str
    id_column: str
    mentions: str
    values: str
    fields: tuple[str, ...]
    document: str
    document_type: str
    is_document_valid: str
    records: Relation
    pair_scores: Relation
    scored_records: Relation
    pairs: Relation
    pair_weights: Relation
    clusters: Relation
    conflicts: Relation
    cases: Relation
    links: Relation
    events: Relation


PERSON = PartyKind(
    entity="person",
    prefix="P",
    id_column="person_id",
    mentions="work.intermediate.int_person_mentions",
    values="mention_values",
    fields=("document", "given_name", "surname_1", "surname_2", "birth_date", "street", "email", "phone"),
    document="document",
    document_type="document_type",
    is_document_valid="is_document_valid",
    records=PERSON_RECORDS,
    pair_scores=PAIR_SCORES,
    scored_records=SCORED_RECORDS,
    pairs=SCORED_PAIRS,
    pair_weights=PAIR_WEIGHTS,
    clusters=CLUSTERS,
    conflicts=CONFLICTS,
    cases=REVIEW_CASES,
    links=MENTION_LINKS,
    events=PERSON_EVENTS,
)
ORGANISATION = PartyKind(
    entity="organisation",
    prefix="O",
    id_column="organisation_id",
    mentions="work.intermediate.int_organisation_mentions",
    values="organisation_mention_values",
    fields=("nif", "legal_name", "street", "email", "phone"),
    document="nif",
    document_type="'CIF'",
    is_document_valid="is_nif_valid",
    records=ORGANISATION_RECORDS,
    pair_scores=PAIR_SCORES.named("work.linkage.organisation_pair_scores"),
    scored_records=SCORED_RECORDS.named("work.linkage.organisation_record_numbers"),
    pairs=SCORED_PAIRS.named("work.linkage.organisation_pairs"),
    pair_weights=PAIR_WEIGHTS.named("work.linkage.organisation_pair_weights"),
    clusters=CLUSTERS.named("work.linkage.organisation_clusters"),
    conflicts=CONFLICTS.named("work.linkage.organisation_conflicts"),
    cases=REVIEW_CASES.named("work.linkage.organisation_review_cases"),
    links=MENTION_LINKS.named("work.linkage.organisation_links").with_columns(
        "mention_id", "organisation_id", *MENTION_LINKS.columns[2:]
    ),
    events=PERSON_EVENTS.named("work.linkage.organisation_events"),
)
# The order in which they are linked does not change the result.
KINDS = (PERSON, ORGANISATION)
KIND_OF: Mapping[str, PartyKind] = {kind.entity: kind for kind in KINDS}
