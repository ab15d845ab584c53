"""The sections of cards and histories: their titles, order, and how many rows each shows.

Each section shows a view of the hub, `dbt_project/models/marts/cards/card_<view>.sql`; `card.py` makes the tables.
"""

from dataclasses import dataclass

LATEST = 20


@dataclass(frozen=True)
class Section:
    """A section of a card.

    Attributes:
        title: the heading.
        view: the view `card_<view>` of the hub; its columns are shown under their own names.
        order: of the rows; by default by all shown columns, from left to right.
        not_shown: columns of the view that only order the rows, or that this section leaves out.
        most: the number of rows that are shown.
    """

    title: str
    view: str
    order: str = "all"
    not_shown: tuple[str, ...] = ()
    most: int | None = None

    def query(self, relation: str, party_column: str) -> str:
        """The query of the section, with the parameter `$id`; `relation` has the rows of the view."""
        hidden = ", ".join(f"'{name}'" for name in ("person_id", "organisation_id", *self.not_shown))
        limit = "" if self.most is None else f" limit {self.most}"
        return (
            f"select columns(lambda name: name not in ({hidden})) from {relation}"
            f" where {party_column} = $id order by {self.order}{limit}"
        )


_DEALINGS = (
    Section("Pending matters", "pending", "occurred_at desc, interaction_id", ("interaction_id", "occurred_at")),
    Section(
        f"Complaints, incidents and suggestions, the latest {LATEST}",
        "complaints",
        "occurred_at desc, interaction_id",
        ("interaction_id", "occurred_at"),
        LATEST,
    ),
    Section(
        f"Contacts and procedures in every channel, the latest {LATEST}",
        "contacts",
        "occurred_at desc, interaction_id",
        ("interaction_id",),
        LATEST,
    ),
    Section("Tax objects", "tax_objects"),
    Section("Licences", "licences"),
    Section("Subscriptions", "subscriptions"),
)
_IDS = Section("Ids", "ids", "business_date, event, before, after")
_RESERVED = Section("Reserved", "reserved")

PERSON_CARD = (
    _RESERVED,
    Section("Identity and contact, the golden values", "golden_values", "attribute"),
    Section("Documents", "documents", "is_current desc, type, number"),
    Section("Standing", "standing"),
    Section("The Padró, as it shows the person today", "padro", "attribute, value"),
    Section("Ties", "ties"),
    *_DEALINGS,
    Section("Consents", "consents"),
    Section("Interests", "interests"),
    Section(
        f"Messages, the latest {LATEST}",
        "messages",
        "occurred_at desc, campaign_event_id",
        ("campaign_event_id",),
        LATEST,
    ),
    Section(
        f"Satisfaction, the latest {LATEST}",
        "satisfaction",
        "answered_on desc, survey_answer_id",
        ("survey_answer_id",),
        LATEST,
    ),
    Section("Where it comes from", "mentions"),
)
PERSON_HISTORY = (
    _RESERVED,
    Section("What each source shows, and when", "history", "attribute, valid_from, source"),
    _IDS,
    Section("Consents, every decision", "consent_decisions"),
)
ORGANISATION_CARD = (
    Section("The organisation", "organisation"),
    Section(
        "Values from each source, the latest first",
        "organisation_mentions",
        "observed_at desc, source, source_key",
        ("observed_at",),
    ),
    Section("Numbers", "documents", "is_current desc, number", ("country",)),
    Section("Administrators, representatives and whom it represents", "ties"),
    *_DEALINGS,
)
ORGANISATION_HISTORY = (_IDS,)
EVERY_SECTION = (*PERSON_CARD, *PERSON_HISTORY, *ORGANISATION_CARD, *ORGANISATION_HISTORY)
