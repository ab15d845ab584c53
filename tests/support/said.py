"""What people said, as raw rows made up by a test, through the models from staging to `consents`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import duckdb
import polars as pl

from orchestration.dbt.models_alone import render_models
from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import raw_relations

DAY = date(2026, 5, 5)
Row = dict[str, Any]
State = dict[tuple[str, str, str | None], str]

_STAGING = (
    "stg_consentiments__decisions", "stg_consentiments__quarantined", "stg_atencions__atencions",
    "stg_atencions__quarantined", "stg_campanyes__events", "stg_campanyes__quarantined",
)  # fmt: skip
_MODELS = (
    "int_consent_extracts", "int_consent_events", "int_unsubscriptions", "int_bounced_contacts",
    "int_possible_withdrawals", "int_address_withdrawals", "int_unsubscribed_ids", "int_unsubscribed_persons",
    "int_nameless_persons", "int_withdrawn_organisations", "consent_events", "int_consent_state", "consents",
    "int_closed_contacts",
)  # fmt: skip
_MENTION = {
    "document_raw": None, "document": None, "given_name": None, "surname_1": None, "surname_2": None,
    "birth_date": None, "street": None, "email": None, "phone": None, "is_doubted": False,
}  # fmt: skip
_TEXTS = ("mention_id", "person_id", *(name for name in _MENTION if name not in ("birth_date", "is_doubted")))


def decision(key: str, state: str, moment: str, told_on: date, **told: Any) -> Row:
    """A row of `consentiments`, about all communications by default."""
    row = {"_source_key": key, "_line_number": 1, "_extract_date": told_on, "id": key, "data_hora": moment}
    row |= {"origen": "WEB", "finalitat": "COMUNICACIONS", "estat": state, "atorgant": "TITULAR"}
    return row | {"versio_text": "2026-1-ca"} | told


def attention(key: str, moment: str, told_on: date, **told: Any) -> Row:
    """A row of `atencions`, without consents by default."""
    return {"_source_key": key, "_line_number": 1, "_extract_date": told_on, "id": key, "data_hora": moment} | told


def event(key: str, moment: str, told_on: date, **told: Any) -> Row:
    """A row of `campanyes`: an unsubscription from an e-mail by default."""
    row = {"_source_key": key, "_line_number": 1, "_extract_date": told_on, "id_esdeveniment": key, "moment": moment}
    return row | {"id_missatge": f"M{key}", "canal": "EMAIL", "esdeveniment": "BAIXA"} | told


def person(who: str, **told: Any) -> Row:
    """A mention of a person, with normalised values."""
    return {"mention_id": f"mention {who}", "person_id": who, "is_adult": True} | _MENTION | told


def say(
    people: Sequence[Row],
    raw: Mapping[str, Sequence[Row]],
    day: date = DAY,
    doubted: Collection[str] = (),
    organisations: Sequence[tuple[str, str, str]] = (),
) -> duckdb.DuckDBPyConnection:
    """Build `consents`, and the models after it, from people and raw rows by source, on a business date.

    `organisations` are the rows of `int_organisation_keys`.

    `doubted` are the keys of good rows that are linked less surely than their person is one.

    A good row is of the person whose id is its `nom`. Refused rows are told under `<source>_refused`, each with its
    `_reason`; which extract first told a key under `<source>_first_told`.
    """
    connection = duckdb.connect(":memory:")
    # For a few rows, long statements take longer to optimise than to run.
    connection.execute("pragma disable_optimizer")
    relations = _load(connection, raw)
    statements = render_models(_STAGING, relations | {name: name for name in _STAGING})
    for statement in statements:
        connection.execute(statement)
    mentions = [*people, *_mentions_of(connection, {str(one["person_id"]) for one in people}, doubted)]
    frame = pl.DataFrame(
        mentions, infer_schema_length=None, schema_overrides=dict.fromkeys(_TEXTS, pl.String) | {"birth_date": pl.Date}
    )
    whole = pl.DataFrame(people, infer_schema_length=None)
    households = (
        whole["household_id"] if "household_id" in whole.columns else pl.Series([None] * whole.height, dtype=pl.String)
    )
    tables = {
        "int_business_date": pl.DataFrame({"business_date": [day]}),
        "int_person_links": frame.select("mention_id", "person_id", "is_doubted"),
        "int_mention_values": frame, "int_person_mentions": frame,
        "int_current_person_ids": whole.select(issued_id="person_id", person_id="person_id"),
        "persons": whole.select("person_id", household_id=households.cast(pl.String), birth_date=date(1980, 1, 1),
                                birth_year=1980),
        "segments": pl.DataFrame({"segment": ["enquesta_satisfaccio"], "purpose": ["survey"]}),
    }  # fmt: skip
    for name, made in tables.items():
        connection.register(name, made.to_arrow())
    for name in ("person_attributes", "int_ranked_attributes"):
        connection.execute(
            f"create table {name} as select distinct person_id, unnest(['email', 'phone']) as attribute,"
            " unnest([email, phone]) as value, 1 as rank from int_mention_values where person_id is not null"
        )
        connection.execute(f"delete from {name} where value is null")
    connection.execute(
        "create table int_shared_contacts as select distinct attribute as kind, value, false as is_shared"
        " from person_attributes"
    )
    given = (
        "person_attributes",
        "int_ranked_attributes",
        "int_shared_contacts",
        "int_id_events",
        "int_organisation_keys",
    )
    known = [*_STAGING, *tables, *_MODELS, *given]
    connection.execute(
        "create table int_id_events (entity varchar, event varchar, ids_before varchar[], ids_after varchar[],"
        " business_date date);"
        "create table int_organisation_keys (organisation_id varchar, kind varchar, value varchar)"
    )
    if organisations:
        connection.executemany("insert into int_organisation_keys values (?, ?, ?)", organisations)
    for statement in render_models(_MODELS, {name: name for name in known}):
        connection.execute(statement)
    return connection


def _load(connection: duckdb.DuckDBPyConnection, raw: Mapping[str, Sequence[Row]]) -> dict[str, str]:
    """The raw tables of every source with consents."""
    relations = {}
    for contract in load_contracts():
        if contract.withdraws is None:
            continue
        columns = "_source_key varchar, _line_number bigint, _extract_date date, _reason varchar"
        columns += "".join(f", {field.column} varchar" for field in contract.fields)
        for relation in raw_relations(contract):
            connection.execute(f"create table {relation} ({columns})")
            relations[relation] = relation
        beside = {"": "", "_refused": "_quarantined", "_first_told": "_first_told"}
        for told, name in beside.items():
            for row in raw.get(f"{contract.source}{told}", ()):
                marks = ", ".join("?" for _ in row)
                connection.execute(
                    f"insert into {contract.relation}{name} ({', '.join(row)}) values ({marks})", list(row.values())
                )
    return relations


def _mentions_of(connection: duckdb.DuckDBPyConnection, people: set[str], doubted: Collection[str]) -> list[Row]:
    """The mentions of good rows; the given name is the id of their person, if there is such a person."""
    rows = connection.execute("""
        select record_id, source_key, document_raw, given_name, email, phone from stg_consentiments__decisions
        union all select record_id, source_key, document_raw, given_name, email, phone from stg_atencions__atencions
    """).fetchall()
    return [
        {"mention_id": record, "person_id": name if name in people else None, "is_adult": True}
        | _MENTION | {"document_raw": document, "document": document, "email": email, "phone": phone,
                      "is_doubted": key in doubted}
        for record, key, document, name, email, phone in rows
        if name or document or email or phone
    ]  # fmt: skip


def states(connection: duckdb.DuckDBPyConnection) -> State:
    """The current states, by person, purpose and service."""
    rows = connection.execute("select person_id, purpose, service, state from consents").fetchall()
    return {(str(who), str(purpose), service): str(state) for who, purpose, service, state in rows}
