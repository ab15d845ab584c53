"""The two kinds of parties that are given ids, persons and organisations, and where each one's tables stand."""

from dataclasses import dataclass

from matching.relations import CLUSTERS, MENTION_LINKS, PERSON_EVENTS, SCORED_PAIRS, Relation


@dataclass(frozen=True)
class Kind:
    """What is given ids: their letter, and where its mentions, scored pairs, clusters, links and events stand."""

    prefix: str
    id_column: str
    mentions: str
    document: str
    document_type: str
    is_document_valid: str
    pairs: Relation
    clusters: Relation
    links: Relation
    events: Relation


PERSONS = Kind(
    "P", "person_id", "work.intermediate.int_person_mentions", "document", "document_type", "is_document_valid",
    SCORED_PAIRS, CLUSTERS, MENTION_LINKS, PERSON_EVENTS,
)  # fmt: skip
ORGANISATIONS = Kind(
    "O", "organisation_id", "work.intermediate.int_organisation_mentions", "nif", "'CIF'", "is_nif_valid",
    SCORED_PAIRS.named("work.linkage.organisation_pairs"), CLUSTERS.named("work.linkage.organisation_clusters"),
    MENTION_LINKS.named("work.linkage.organisation_links").with_columns(
        "mention_id", "organisation_id", *MENTION_LINKS.columns[2:]
    ),
    PERSON_EVENTS.named("work.linkage.organisation_events"),
)  # fmt: skip
KINDS = (ORGANISATIONS, PERSONS)
