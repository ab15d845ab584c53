"""The expectations of the marts and of the rows to export; they are checked before anything is published.

dbt tests check keys between models.
"""

from quality.expectation import Relation, Suite, holds, not_null, one_of, rows_between, unique

_AGED_14 = "birth_date <= (select max(business_date) from work.raw.run) - interval 14 year"

# Columns of persons that are null for protected people.
RESERVED = (
    "email", "phone", "street", "street_number", "postcode", "district_code", "barri_code", "census_section",
    "x_etrs89", "y_etrs89", "address_match_quality", "household_id",
)  # fmt: skip

_PERSONS = Relation(
    name="hub.persons",
    flags={
        "is_plausibly_old": "birth_date is null or date_part('year', birth_date) >= 1890",
        "is_born": "birth_date is null or birth_date <= (select max(business_date) from work.raw.run)",
        "tells_nothing_reserved": "is_protected is false or (is_protected and concat("
        + ", ".join(RESERVED)
        + ") = '')",
    },
    expectations=(
        rows_between(1),
        not_null("person_id"),
        unique("person_id"),
        not_null("is_deceased"),
        holds("is_plausibly_old", 0.999, "warn"),
        holds("is_born"),
        holds("tells_nothing_reserved"),
    ),
)

_IDENTIFIERS = Relation(
    name="hub.identifiers",
    flags={"has_owner": "coalesce(person_id, organisation_id) is not null"},
    expectations=(
        not_null("number"),
        one_of("type", "DNI", "NIE", "PASSPORT", "NIF_K", "NIF_L", "NIF_M", "CIF", "OTHER"),
        holds("has_owner"),
    ),
)

_MENTIONS = Relation(
    name="hub.mentions",
    flags={"is_linked": "coalesce(person_id, organisation_id) is not null"},
    expectations=(
        rows_between(1),
        # At most 5 % of the mentions may be in review; 2 % are already unusual.
        holds("is_linked", 0.95),
    ),
)

_CONSENTS = Relation(
    name="hub.consents",
    expectations=(
        not_null("person_id"),
        not_null("decided_at"),
        one_of("purpose", "integration", "communications", "surveys"),
        one_of("state", "given", "refused", "withdrawn"),
    ),
)

_ATTENTION = Relation(
    name="exports.attention",
    flags={"is_no_minor": f"birth_date is null or {_AGED_14}"},
    expectations=(
        not_null("person_id"),
        unique("person_id"),
        one_of("document_type", "DNI", "NIE", "PASSPORT", "NIF_K", "NIF_L", "NIF_M", "OTHER"),
        holds("is_no_minor"),
    ),
)

_CAMPAIGNS = Relation(
    name="exports.campaigns",
    flags={
        "is_no_minor": "person_id in (select person_id from work.hub.persons where "
        + _AGED_14
        + " and is_deceased is false)",
        "is_reachable": "coalesce(email, phone) is not null",
    },
    expectations=(
        not_null("person_id"),
        unique("person_id"),
        one_of("channel", "email", "sms"),
        holds("is_no_minor"),
        holds("is_reachable"),
    ),
)

DEPARTURES = Suite("departures", (_PERSONS, _IDENTIFIERS, _MENTIONS, _CONSENTS, _ATTENTION, _CAMPAIGNS))
