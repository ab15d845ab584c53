"""The review cases of the last published night, which of them are decided since, and both sides of a case.

`matching.registry.decisions` records decisions; the command line shows the cases.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from exports.contracts.declared import emptied_columns
from matching.parties import KIND_OF, KINDS, ORGANISATION, PERSON, PartyKind
from matching.registry.decisions import Judgement
from orchestration.casework.reserved_lines import RESERVED_LINE, mentions_of_protected, tell_of_protected
from orchestration.home.redaction import StepFailed

# Fields about the mention itself, and then those that linking compares, in reading order.
_ABOUT = ("source", "observed_at", "is_register", "is_live", "is_deceased", "is_protected")
COMPARED = (
    "document_type", "document", "document_raw", "document_country", "is_document_valid", "nif", "is_nif_valid",
    "given_name", "surname_1", "surname_2", "legal_name", "legal_form", "birth_date", "sex", "street", "street_number",
    "postcode", "email", "phone",
)  # fmt: skip
Values = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """Two persons or organisations, or mentions that belong to nobody yet, that a steward has to decide on."""

    case_id: str
    rank: int
    entity: str
    kind: str
    reason: str
    settles: int
    mention_id_l: str
    mention_id_r: str
    party_l: str | None
    party_r: str | None
    mention_ids_l: list[str]
    mention_ids_r: list[str]
    interactions_l: int
    interactions_r: int
    match_weight: float | None
    is_decided: bool


@dataclass(frozen=True)
class FieldOfCase:
    """A field's values in the two mentions, and the other values on each side with their counts."""

    name: str
    one: str | None
    other: str | None
    also_one: dict[str, int]
    also_other: dict[str, int]

    @property
    def line(self) -> str:
        """All values in one line."""
        return " | ".join(text for text in (self.one, self.other, *self.also_one, *self.also_other) if text)

    def hidden(self) -> "FieldOfCase":
        """The field without its values."""
        return FieldOfCase(self.name, RESERVED_LINE, RESERVED_LINE, {}, {})

    @property
    def mark(self) -> str:
        """`=` or `≠`; a space if a value is missing or hidden, or the field is not compared."""
        if self.name in _ABOUT or self.one is None or self.other is None or self.one == RESERVED_LINE:
            return " "
        return "=" if self.one == self.other else "≠"


_CASES = """
with decided as (
    select unnest([one, other]) as one, unnest([other, one]) as other from given_decisions
),
settled as (
    select distinct l.case_id
    from (select case_id, unnest(mention_ids_l) as mention_id from published.hub.review_cases) as l
    inner join decided on l.mention_id = decided.one
    inner join (select case_id, unnest(mention_ids_r) as mention_id from published.hub.review_cases) as r
        on l.case_id = r.case_id and r.mention_id = decided.other
)
select
    case_id, rank, entity, kind, reason, settles, mention_id_l, mention_id_r,
    coalesce(person_id_l, organisation_id_l) as party_l, coalesce(person_id_r, organisation_id_r) as party_r,
    mention_ids_l, mention_ids_r, interactions_l, interactions_r, match_weight, case_id in (from settled) as is_decided
from published.hub.review_cases
order by rank
"""


def cases_of(connection: duckdb.DuckDBPyConnection, judgements: Sequence[Judgement]) -> list[Case]:
    """The cases of a published night, in the order of their ranks.

    Raises:
        StepFailed: the night was published without its cases.
    """
    require_linkage(connection)
    decided = pa.table(
        {
            "one": pa.array([item.mention_id_l for item in judgements], pa.string()),
            "other": pa.array([item.mention_id_r for item in judgements], pa.string()),
        }
    )
    connection.register("given_decisions", decided)
    rows = connection.execute(_CASES).fetchall()
    connection.unregister("given_decisions")
    return [Case(*row) for row in rows]


def require_linkage(connection: duckdb.DuckDBPyConnection) -> None:
    """Check that a published night has the tables that a review or an explanation needs.

    Raises:
        StepFailed: it does not have them.
    """
    needed = ["review_cases", "review_counts", "linkage_models", *(kind.values for kind in KINDS)]
    tables = connection.execute(
        "select count(*) from duckdb_tables() where database_name = 'published' and list_contains($1, table_name)",
        [needed],
    ).fetchall()[0][0]
    if tables < len(needed):
        raise StepFailed(
            "that night was published by an earlier version of Fil, without its links: run `fil nightly --date` again"
        )


def counts(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], int]:
    """How many cases the night found, by entity and kind, including those that the hub does not keep."""
    rows = connection.execute("select entity, kind, cases from published.hub.review_counts order by all").fetchall()
    return {(entity, kind): int(cases) for entity, kind, cases in rows}


def sides(connection: duckdb.DuckDBPyConnection, case: Case) -> list[FieldOfCase]:
    """Both sides of a case, field by field, without values that may show where a protected person lives."""
    kind = KIND_OF[case.entity]
    values = values_of(connection, kind, [*case.mention_ids_l, *case.mention_ids_r])
    values = without_places(kind, values, mentions_of_protected(connection, values))
    one, other = values[case.mention_id_l], values[case.mention_id_r]
    names = [name for name in (*_ABOUT, *COMPARED) if name in {*one, *other}]
    fields = [
        FieldOfCase(
            name,
            text_of(one.get(name)),
            text_of(other.get(name)),
            _rest([values[mention].get(name) for mention in case.mention_ids_l], one.get(name)),
            _rest([values[mention].get(name) for mention in case.mention_ids_r], other.get(name)),
        )
        for name in names
    ]
    parties = [party for party in (case.party_l, case.party_r) if party]
    reserved = tell_of_protected(connection, [field.line for field in fields], but=parties)
    return [field.hidden() if place in reserved else field for place, field in enumerate(fields)]


def values_of(connection: duckdb.DuckDBPyConnection, kind: PartyKind, mention_ids: Sequence[str]) -> dict[str, Values]:
    """The values of mentions, by their ids and the names of the fields: personal data."""
    result = connection.execute(
        f"select mention.*, named.source, named.observed_at from published.hub.{kind.values} as mention "
        "inner join published.hub.mentions as named using (mention_id) where list_contains($1, mention.mention_id)",
        [list(mention_ids)],
    )
    names = [column[0] for column in result.description or ()]
    return {row[names.index("mention_id")]: dict(zip(names, row, strict=True)) for row in result.fetchall()}


def without_places(kind: PartyKind, values: Mapping[str, Values], mentions: Collection[str]) -> dict[str, Values]:
    """The values of all mentions; those of `mentions` have no place and no contact."""
    hidden = dict.fromkeys(emptied_columns(kind.values)) | {"is_protected": True}
    return {mention: fields | hidden if mention in mentions else fields for mention, fields in values.items()}


def text_of(value: Any) -> str | None:
    """A value as text for people; None if it is null."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if hasattr(value, "isoformat"):
        return str(value.isoformat(sep=" ", timespec="minutes") if hasattr(value, "hour") else value.isoformat())
    return None if value is None else str(value)


def _rest(values: Sequence[Any], own: Any) -> dict[str, int]:
    texts = [text for text in map(text_of, values) if text is not None and text != text_of(own)]
    return {text: texts.count(text) for text in sorted(set(texts))}


def find_mentions(connection: duckdb.DuckDBPyConnection, named: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The id and the kind of party of mentions that are given by id or `source:source_key`, by the given text."""
    connection.register("named_mentions", pa.table({"name": pa.array(list(named), pa.string())}))
    rows = connection.execute(
        f"""
        with wanted as (
            select distinct name, name as mention_id from named_mentions
            union
            select name, md5(split_part(name, ':', 1) || '|' || substr(name, strpos(name, ':') + 1))
            from named_mentions where contains(name, ':')
        )
        select name, mentions.mention_id, if(of_person.mention_id is null, '{ORGANISATION.entity}', '{PERSON.entity}')
        from wanted inner join published.hub.mentions as mentions using (mention_id)
        left join published.hub.{PERSON.values} as of_person using (mention_id)
        """
    ).fetchall()
    connection.unregister("named_mentions")
    return {name: (mention_id, entity) for name, mention_id, entity in rows}
