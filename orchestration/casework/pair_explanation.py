"""Explains two mentions of a published night, from its hub and with the model that linked it.

`reports/explanation.py` shows the explanation; `matching/explanation` makes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from exports.contracts.declared import emptied_columns
from matching.clustering.memory import Memory
from matching.explanation.explain import explain
from matching.explanation.types import Explanation, Question, Side
from matching.model.model_file import SHIPPED, digest_of
from matching.parties import KIND_OF, PartyKind
from matching.registry.decisions import load_judgements
from orchestration.casework.reserved_lines import mentions_of_protected
from orchestration.casework.review_queue import (
    COMPARED,
    Values,
    find_mentions,
    require_linkage,
    text_of,
    values_of,
    without_places,
)
from orchestration.home.access_log import Reader, log_access
from orchestration.home.home import Home
from orchestration.home.redaction import StepFailed
from orchestration.home.settings import ConfigurationError
from orchestration.past_nights.published import open_published, published_date

# Pairs grow with the square; if a person has more mentions, the others are left out.
_MOST_MEMBERS = 1000


@dataclass(frozen=True)
class ExplainedPair:
    """Two mentions of a night, their values, and why they were linked or not."""

    business_date: date
    entity: str
    model_version: str
    one: Side
    other: Side
    values: dict[str, Values]
    explanation: Explanation

    def text_in(self, mention_id: str, fields: Sequence[str]) -> str:
        """A mention's values of some fields, as text."""
        wanted = {KIND_OF[self.entity].document if name == "document" else name for name in fields}
        values = self.values[mention_id]
        texts = [text_of(values.get(name)) for name in COMPARED if name in wanted and name[:3] != "is_"]
        return " ".join(text for text in texts if text)


def explain_pair(home: Home, named: tuple[str, str], business_date: date | None, reader: Reader) -> ExplainedPair:
    """Explain two mentions, given by id or source:source_key, after the look-up is logged.

    Raises:
        ConfigurationError: a mention is not in the hub, or they are the same, or of a person and an organisation.
        StepFailed: that night is not published, or its model no longer exists.
    """
    day = published_date(home, business_date)
    with open_published(home, day) as connection:
        require_linkage(connection)
        (one, other), kind = _mentions(connection, named)
        log_access(home, "person explain", [one, other], reader)
        version, model = _model(connection, home, kind)
        left, right = (_side(connection, kind, mention) for mention in (one, other))
        among = sorted({*left.members, *right.members})
        values = values_of(connection, kind, among)
        reserved = mentions_of_protected(connection, values)
        values = without_places(kind, values, reserved)
        _prepare(connection, kind, reserved)
        memory = Memory(home.registry, day, tuple(among))
        judgements = load_judgements(home.registry, day)
        question = Question(kind, left, right, model, judgements, memory if home.registry.database.exists() else None)
        return ExplainedPair(day, kind.entity, version, left, right, values, explain(connection, question))


def _mentions(connection: duckdb.DuckDBPyConnection, named: tuple[str, str]) -> tuple[tuple[str, str], PartyKind]:
    known = find_mentions(connection, named)
    for place, name in zip(("first", "second"), named, strict=True):
        if name not in known:
            raise ConfigurationError(
                f"the {place} mention is not in the published hub: give its id in hub.mentions, or source:source_key"
            )
    (one, entity), (other, other_entity) = known[named[0]], known[named[1]]
    if one == other:
        raise ConfigurationError("both mentions are the same: give two different mentions")
    if entity != other_entity:
        raise ConfigurationError("one mention is of a person and the other of an organisation: they are never compared")
    return (one, other), KIND_OF[entity]


def _model(connection: duckdb.DuckDBPyConnection, home: Home, kind: PartyKind) -> tuple[str, Path]:
    """The version and path of the model that linked the night, found by its content.

    Raises:
        StepFailed: its file no longer exists.
    """
    ((version, sha256),) = connection.execute(
        "select version, sha256 from published.hub.linkage_models where entity = $1", [kind.entity]
    ).fetchall()
    for directory in (home.models / kind.entity, SHIPPED / kind.entity):
        path = directory / f"{version}.json"
        if path.is_file() and digest_of(path) == sha256:
            return version, path
    raise StepFailed(
        f"the model {version}, which linked that night, is no longer in {home.models / kind.entity}: restore its file"
    )


def _side(connection: duckdb.DuckDBPyConnection, kind: PartyKind, mention_id: str) -> Side:
    column = kind.id_column
    ((party_id, is_in_review),) = connection.execute(
        f"select {column}, is_in_review from published.hub.mentions where mention_id = $1", [mention_id]
    ).fetchall()
    members = connection.execute(
        f"select mention_id from published.hub.mentions where {column} = $1"
        f" order by mention_id <> $2, mention_id limit {_MOST_MEMBERS}",
        [party_id, mention_id],
    ).fetchall()
    return Side(mention_id, party_id, is_in_review, tuple(row[0] for row in members) or (mention_id,))


def _prepare(connection: duckdb.DuckDBPyConnection, kind: PartyKind, reserved: Sequence[str]) -> None:
    """Make the kind's mentions in `work.intermediate` from the night's values, `reserved` ones without place."""
    connection.execute("attach ':memory:' as work; create schema work.intermediate")
    connection.execute(
        "create table work.intermediate.reserved_mentions as select unnest($1::varchar[]) as mention_id",
        [list(reserved)],
    )
    hidden = ", ".join(
        f"if(mention.mention_id in (from work.intermediate.reserved_mentions), null, mention.{name}) as {name}"
        for name in sorted(emptied_columns(kind.values))
    )
    connection.execute(
        f"create view {kind.mentions} as"
        f" select mention.* replace ({hidden}), named.source, named.source_key, named.observed_at"
        f" from published.hub.{kind.values} as mention inner join published.hub.mentions as named using (mention_id)"
    )
