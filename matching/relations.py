"""The relations that one step of a linkage makes and another module reads: each one's name, columns and grain.

Most are temporary tables of one linkage of either kind of party; the next linkage over the same connection replaces
them. The tables in `work.linkage` stay; `matching/parties.py` names them for each kind of party. A relation that only
its own module reads is not listed here.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Relation:
    """A table or view; in a query it stands for its name.

    Args:
        name: as in queries.
        columns: in the order in which the relation has them.
        one_row_per: what a row is.
        key: columns that together name a row: no two rows are equal in them.
        more_columns: other columns that follow, if a model defines them.
    """

    name: str
    columns: tuple[str, ...]
    one_row_per: str
    key: tuple[str, ...] = ()
    more_columns: str = ""

    def __str__(self) -> str:
        """The name, as a query needs it."""
        return self.name

    @property
    def table(self) -> str:
        """The name without database and schema."""
        return self.name.rpartition(".")[2]

    def named(self, name: str) -> "Relation":
        """The same columns and rows under another name."""
        return replace(self, name=name)

    def with_columns(self, *columns: str) -> "Relation":
        """The same rows with other columns."""
        return replace(self, columns=columns)


# Records: what is compared. Made by `records/`.
RECORD_NUMBERS = Relation(
    "record_numbers", ("mention_id", "record_number"), "mention that is linked", key=("mention_id",)
)
GIVEN_NAME_FORMS = Relation("given_name_forms", ("form", "usual"), "form of one given name", key=("form",))
SHARED_GIVEN_NAME_FORMS = Relation(
    "shared_given_name_forms", ("form", "usual_names"), "form of several given names", key=("form",)
)
COMMON_GIVEN_NAMES = Relation("common_given_names", ("given_key",), "given name that many bear", key=("given_key",))
# The columns that records of persons and of organisations share; rails, clusters and cases read only these.
RECORDS = Relation(
    "linkage_records",
    (
        "unique_id", "record_number", "is_register", "is_live", "entry_of", "form_of", "born_from", "born_until",
        "is_document_valid", "observed_at", "source", "source_key", "document", "document_type", "birth_date", "street",
        "street_number", "postcode", "email", "phone",
    ),
    "mention that is linked; `unique_id` is the mention's id, `record_number` its place among the ids",
    key=("unique_id",),
)  # fmt: skip
PERSON_RECORDS = RECORDS.with_columns(
    "unique_id", "record_number", "is_register", "is_live", "is_childs", "is_taxpayer", "entry_of", "form_of",
    "born_from", "born_until", "is_document_valid", "observed_at", "source", "source_key", "document",
    "document_type", "document_country", "document_digits", "document_head", "document_tail", "document_ends",
    "given_name", "given_name_accented", "given_words", "given_kin", "given_key", "surname_1", "surname_2",
    "surnames", "name_words", "given_sound", "surname_1_sound", "surname_2_sound", "name_sounds", "initials",
    "birth_date", "birth_year", "sex", "street", "street_number", "postcode", "email", "phone",
)  # fmt: skip
ORGANISATION_RECORDS = RECORDS.with_columns(
    "unique_id", "record_number", "is_register", "is_live", "entry_of", "form_of", "born_from", "born_until",
    "is_document_valid", "observed_at", "source", "source_key", "document", "document_type", "nif_body", "legal_name",
    "legal_form", "name_words", "name_key", "birth_date", "street", "street_number", "postcode", "email", "phone",
)  # fmt: skip
# The pairs of a file, compared: of each comparison the number of the level that holds (0: nothing to compare), and the
# bits that a rare value in common brings. Made by `mixture.patterns`.
_COMPARED = ("document", "given_name", "surnames", "birth_date", "contact", "address", "sex")
FILE_PAIRS = Relation(
    "file_pairs",
    ("record_l", "record_r", *_COMPARED, *(f"tf_{name}" for name in _COMPARED)),
    "pair of records that a blocking rule brings together",
    key=("record_l", "record_r"),
)
# Rows of a file that repeat another one. Made by `records.repeated_rows`.
MENTION_TWINS = Relation(
    "mention_twins", ("mention_id", "stands_for"), "mention that repeats another one", key=("mention_id",)
)

# Scores: weights are in bits. Made by `scoring`; `explanation` makes them for a few mentions.
_COMPARISONS = "one for each comparison of the model, in bits"
PAIR_SCORES = Relation(
    "work.linkage.pair_scores",
    ("record_l", "record_r", "match_weight", "match_probability"),
    "pair that a blocking rule brings together and whose weight is at least `KEEP_WEIGHT`, by record numbers",
    key=("record_l", "record_r"),
    more_columns=f"{_COMPARISONS}, where weights are kept",
)
SCORED_PAIRS = Relation(
    "work.linkage.scored_pairs",
    ("mention_id_l", "mention_id_r", "match_weight", "match_probability"),
    "pair of `PAIR_SCORES`, by mention ids",
    key=("mention_id_l", "mention_id_r"),
)
SCORED_RECORDS = Relation(
    "work.linkage.record_numbers",
    ("mention_id", "record_number"),
    "mention that was linked: the record number that it has in `PAIR_SCORES`",
    key=("mention_id",),
)
PAIR_WEIGHTS = Relation(
    "work.linkage.pair_weights",
    ("mention_id_l", "mention_id_r"),
    "pair of `PAIR_SCORES`, by mention ids, where weights are kept",
    key=("mention_id_l", "mention_id_r"),
    more_columns=_COMPARISONS,
)
MODELS = Relation("work.linkage.models", ("entity", "version", "sha256"), "kind of party", key=("entity",))

# Rules on pairs. Made by `rules`.
LINK_CANDIDATES = Relation(
    "link_candidates",
    (
        "record_l", "record_r", "mention_id_l", "mention_id_r", "match_probability", "weight", "is_same_valid_document",
        "is_birth_outweighed", "refusal", "link_weight", "is_strong", "is_holding", "is_borderline",
    ),
    "pair that was scored or shares a valid document; `refusal` is the rule that bars it, `link_weight` the bits that"
    " it needs",
    key=("mention_id_l", "mention_id_r"),
)  # fmt: skip

# Links and clusters. Made by `clustering`.
LINK_MEMORY = Relation(
    "link_memory", ("mention_id", "person_id"), "mention that had an id before the night", key=("mention_id",)
)
LINK_DECISIONS = Relation(
    "link_decisions",
    ("record_l", "record_r", "mention_id_l", "mention_id_r", "verdict"),
    "decision of a steward on two mentions that are linked",
    key=("mention_id_l", "mention_id_r", "verdict"),
)
LINK_EDGES = Relation(
    "link_edges",
    (
        "record_l", "record_r", "mention_id_l", "mention_id_r", "weight", "match_probability", "is_same_valid_document",
        "is_steward", "is_birth_outweighed",
    ),
    "link: a pair of enough weight that no rule bars, or that a steward decided to be one",
    key=("mention_id_l", "mention_id_r"),
)  # fmt: skip
LINK_CLUSTERS = Relation(
    "link_clusters",
    ("mention_id", "record_number", "cluster_id"),
    "mention that is linked; `cluster_id` is the least mention id of its cluster",
    key=("mention_id",),
)
DOCUMENT_HOLDERS = Relation(
    "document_holders",
    (
        "document_type", "document", "cluster_id", "has_live", "has_register", "mention_count", "holder_count",
        "is_owner",
    ),
    "valid document and cluster that bears it",
    key=("document_type", "document", "cluster_id"),
)  # fmt: skip
LINK_IN_DISPUTE = Relation(
    "link_in_dispute", ("record_number",), "disputed mention, by its record number", key=("record_number",)
)
HELD_LINKS = Relation(
    "held_links",
    ("cluster_id", "record_l", "record_r", "is_steward", "is_same_valid_document", "probability"),
    "link within a cluster",
    key=("record_l", "record_r"),
)
DOUBTED_MENTIONS = Relation(
    "doubted_mentions",
    ("record_number", "confidence"),
    "mention without a sure link beside a part of its cluster that is surely one",
    key=("record_number",),
)
CLUSTER_CONFIDENCE = Relation(
    "cluster_confidences",
    ("cluster_id", "confidence", "mention_count", "joined_count"),
    "cluster that has a mention neither disputed nor doubted",
    key=("cluster_id",),
)
CLUSTERS = Relation(
    "work.linkage.clusters",
    ("mention_id", "cluster_id", "confidence", "cluster_confidence", "method", "is_in_review"),
    "mention that is linked; confidences are probabilities",
    key=("mention_id",),
)
CONFLICTS = Relation(
    "work.linkage.conflicts",
    ("conflict_id", "kind", "mention_ids", "reason"),
    "barred pair that a steward must see, disputed mention, or valid document of several clusters",
    key=("conflict_id",),
)
REVIEW_CASES = Relation(
    "work.linkage.review_cases",
    (
        "kind", "reason", "mention_id_l", "mention_id_r", "match_weight", "mention_ids_l", "mention_ids_r",
        "is_in_review_l", "is_in_review_r", "register_entries_l", "register_entries_r", "valid_documents_l",
        "valid_documents_r",
    ),
    "two clusters that a steward has to decide on",
    key=("mention_id_l", "mention_id_r"),
)  # fmt: skip

# The registry at the end of the day, for one kind of party. Made by `registry.ids`.
KNOWN_PERSONS = Relation(
    "known_persons", ("person_id", "minted_date", "is_active", "is_aside"), "id given out", key=("person_id",)
)
KNOWN_MEMBERSHIPS = Relation(
    "known_memberships", ("mention_id", "person_id"), "mention that ever had an id, with its last", key=("mention_id",)
)
KNOWN_FORMER = Relation(
    "known_former", ("mention_id", "person_id"), "mention and id that it ever had", key=("mention_id", "person_id")
)
KNOWN_EVENTS = Relation(
    "known_events", ("event", "ids_before", "ids_after", "cause", "business_date"), "change of an id"
)
KNOWN_NIGHTS = Relation("known_nights", ("business_date",), "night published before the day", key=("business_date",))

# Ids of the night. Made by `identity/`.
ASSIGNED_IDS = Relation("assigned_ids", ("cluster_id", "person_id"), "cluster that is somebody", key=("cluster_id",))
UNNAMED_CLUSTERS = Relation(
    "unnamed_clusters",
    ("cluster_id", "mention_key", "strength"),
    "cluster that needs a new id, with the key and the rank of its strongest mention; none is left at the end",
    key=("cluster_id",),
)
IDENTIFIED_MENTIONS = Relation(
    "identified_mentions",
    ("mention_id", "person_id", "person_before", "cluster_id", "strength"),
    "mention that is not in review, with its id and the one it had",
    key=("mention_id",),
)
NEW_EVENTS = Relation(
    "new_events", ("event", "ids_before", "ids_after", "cause", "business_date"), "change of an id tonight"
)
MENTION_LINKS = Relation(
    "work.linkage.mention_links",
    ("mention_id", "person_id", "confidence", "cluster_confidence", "method", "is_in_review"),
    "mention that is linked; without an id while it is in review",
    key=("mention_id",),
)
ABSENT_LINKS = Relation(
    "work.linkage.absent_links",
    ("mention_id", "person_id"),
    "mention of a person that an earlier night had and this one has not, with its last id",
    key=("mention_id",),
)
PERSON_EVENTS = Relation(
    "work.linkage.person_events",
    ("event", "ids_before", "ids_after", "cause", "business_date"),
    "change of an id, tonight's and those before",
)
NIGHTS = Relation(
    "work.linkage.nights", ("business_date",), "night up to this one", key=("business_date",)
)  # made by `matching.night`

# Figures of the night. `orchestration.night.past_figures` writes those of the nights before.
KNOWN_MENTIONS = Relation("known_mentions", ("mention_id",), "mention that the night before had", key=("mention_id",))
LINKAGE_METRICS = Relation(
    "work.linkage.linkage_metrics",
    ("business_date", "entity", "measure", "cut", "value", "base"),
    "night, kind of party, measure and cut",
    key=("business_date", "entity", "measure", "cut"),
)

# A linkage against the truth. Made by `evaluation.pair_counts`.
EVALUATION_CELLS = Relation(
    "evaluation_cells",
    ("person_id", "true_person_id", "both_count", "person_count", "true_count"),
    "person and true person who share mentions",
    key=("person_id", "true_person_id"),
)
EVALUATION_MENTIONS = Relation(
    "evaluation_mentions",
    ("mention_id", "person_id", "true_person_id", "both_count", "person_count", "true_count"),
    "mention of which the truth is known",
    key=("mention_id",),
)
