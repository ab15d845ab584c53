"""The two kinds of parties that are given ids, persons and organisations, and where each one's tables stand."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """What is given ids: their letter, and where its mentions, scored pairs, clusters, links and events stand."""

    prefix: str
    id_column: str
    mentions: str
    document: str
    document_type: str
    is_document_valid: str
    pairs: str
    clusters: str
    links: str
    events: str


PERSONS = Kind(
    "P", "person_id", "work.intermediate.int_person_mentions", "document", "document_type", "is_document_valid",
    "work.linkage.scored_pairs", "work.linkage.clusters", "work.linkage.mention_links", "work.linkage.person_events",
)  # fmt: skip
ORGANISATIONS = Kind(
    "O", "organisation_id", "work.intermediate.int_organisation_mentions", "nif", "'CIF'", "is_nif_valid",
    "work.linkage.organisation_pairs", "work.linkage.organisation_clusters", "work.linkage.organisation_links",
    "work.linkage.organisation_events",
)  # fmt: skip
KINDS = (ORGANISATIONS, PERSONS)
