"""What extracts that no night has read say of a hub's people: whose a no is, and to how much of what they asked for."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pytest

from exports.gate.leaving import show_leaving
from exports.gate.since import begin_since, end_since, forget_since
from orchestration.dbt.unheard import forget_heard, hear
from sources.contracts.catalogue import load_contracts
from sources.loading.hearing import unheard_extracts
from sources.parsing.raw_files import DATA, partition_dir

DAY = date(2026, 5, 6)
_AT = "'2026-05-06T09:00:00'"
# Of one service alone, by somebody whom an e-mail names, and of all by somebody else.
_EXTRACTS = {
    "consentiments": f"""
        select 'N1' as _source_key, {_AT} as data_hora, 'COMUNICACIONS' as finalitat, 'OBRES' as servei,
            'RETIRAT' as estat, 'TITULAR' as atorgant, null as nom, null as cognom_1, null as data_naixement,
            'zoe@example.org' as email
        union all
        select 'N2', {_AT}, 'COMUNICACIONS', null, 'REFUSAT', 'TITULAR', 'Clara', 'Fons', '1980-01-01', null
        union all select 'N3', {_AT}, 'ENQUESTES', null, 'DONAT', 'TITULAR', 'Una', null, null, 'una@example.org'""",
    "subscripcions": """
        select 'SUB3' as _source_key, '2026-05-06' as data_baixa, null as servei, null as butlleti, null as canal,
            null as email
        union all select 'SUB1', '2027-01-01', 'BUTLLETI', 'D05', 'EMAIL', 'ser@example.org'""",
    "campanyes": f"""
        select 'X1' as _source_key, 'BAIXA' as esdeveniment, 'una@example.org' as adreca, 'EMAIL' as canal,
            {_AT} as moment, null as id_persona
        union all select 'X2', 'OBERT', 'xenia@example.org', 'EMAIL', {_AT}, null""",
    "padro_variacions": "select 'V1' as _source_key, '{nia}' as nia, 'B' as cvar, 'BD' as cauv",
}  # fmt: skip


@contextmanager
def hearing(
    hub: duckdb.DuckDBPyConnection, home: Path, raw: Mapping[str, str], quarantined: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Apply extracts that have landed to the hub: by source, a query of rows and one of quarantined rows."""
    sources = {*raw, *(quarantined or {})}
    for contract in (one for one in load_contracts() if one.source in sources):
        nothing = ", ".join(f"null::varchar as {field.column}" for field in contract.fields)
        fields = ", ".join(f"{field.column} := {field.column}" for field in contract.fields)

        def rows(query: str | None, nothing: str = nothing) -> str:
            return f"select * from (select {nothing}) where false" + (
                f" union all by name select * from ({query})" if query else ""
            )

        good = f"select *, null::varchar as _source_key from ({rows(None)})"
        if query := raw.get(contract.source):
            good = f"{good} union all by name select * from ({query})"
        bad = rows((quarantined or {}).get(contract.source))
        files = {
            "raw": f"select *, 1::bigint as _line_number, date '{DAY}' as _extract_date from ({good})",
            "quarantine": "select row_number() over () as line_number, 'unknown_code:idioma' as reason,"
            f" struct_pack({fields}) as fields from ({bad})",
        }
        for area, query in files.items():
            directory = partition_dir(home, area, contract, DAY)
            directory.mkdir(parents=True)
            hub.execute(f"copy ({query}) to '{directory / DATA}'")
    days = unheard_extracts(home, {})
    assert days == dict.fromkeys(days, (DAY,)) and set(days) == sources
    begin_since(hub, None)
    end_since(hub, hear(hub, home, days))
    show_leaving(hub)
    yield
    forget_heard(hub)
    forget_since(hub)


@pytest.fixture
def heard(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    (nia,) = hub.execute(
        "select source_key from work.hub.mentions join work.hub.persons using (person_id)"
        " where source = 'padro' and is_deceased is false order by 1 limit 1"
    ).fetchall()[0]
    with hearing(hub, tmp_path, {source: query.replace("{nia}", nia) for source, query in _EXTRACTS.items()}):
        hub.execute("create or replace temp table died as select person_id from work.hub.mentions"
                    " where source = 'padro' and source_key = $1", [nia])  # fmt: skip
        yield hub


def test_a_no_is_of_whom_it_means_and_of_no_more_than_it_says(heard: duckdb.DuckDBPyConnection) -> None:
    (zoe,) = heard.execute(
        "select distinct person_id from work.hub.mentions where mention_id = md5('consentiments|CZ')"
    ).fetchall()[0]
    refused = heard.execute("select person_id, purpose, service, state from work.since.refused").fetchall()
    assert [one for one in refused if one[0] == zoe] == [(zoe, "communications", "OBRES", "withdrawn")]
    # Clara has said something of a service, too: a no to all of a purpose is one to it.
    clara = [one[1:] for one in refused if one[0] == "PC1"]
    assert sorted(clara, key=str) == [
        ("communications", "BUS", "withdrawn"), ("communications", None, "withdrawn"),
    ]  # fmt: skip
    given = "select count(*) from {} where person_id = $1 and purpose = 'communications' and service is null"
    given += " and state = 'given'"
    counts = [heard.execute(given.format(one), [zoe]).fetchall() for one in ("leaving_consents", "work.hub.consents")]
    assert counts[0] == counts[1]


def test_who_unsubscribes_wants_no_messages_and_what_has_ended_is_no_request_any_more(
    heard: duckdb.DuckDBPyConnection,
) -> None:
    query = """
        select purpose, state from work.since.refused
        where person_id in (select person_id from work.hub.mentions where mention_id = md5('consentiments|CU'))"""
    assert heard.execute(query).fetchall() == [("communications", "withdrawn")]
    assert heard.execute("select address from work.since.unsubscribed").fetchall() == [("una@example.org",)]
    closed = "select count(*) from leaving_campaign_events where event = 'unsubscribed' and address = 'una@example.org'"
    assert heard.execute(closed).fetchall() == [(1,)]
    ended = heard.execute("select request_id = md5('subscripcions|SUB3') from work.since.ended").fetchall()
    assert ended == [(True,)]
    active = "select count(*) from {} where is_active"
    counts = [heard.execute(active.format(one)).fetchall()[0][0] for one in ("leaving_requests", "work.hub.requests")]
    assert counts[0] == counts[1] - 1


@pytest.mark.parametrize(
    ("butlleti", "email", "is_ended"),
    [
        ("D05", "Ser@example.org", False), ("D04", "ser@example.org", True), ("CULTURA", "ser@example.org", True),
        ("D05", "altre@example.org", True),
    ],
)  # fmt: skip
def test_a_subscription_of_another_topic_or_address_is_another_request(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path, butlleti: str, email: str, *, is_ended: bool
) -> None:
    row = f"""select 'SUB1' as _source_key, 'BUTLLETI' as servei, '{butlleti}' as butlleti, 'EMAIL' as canal,
        '{email}' as email"""
    with hearing(hub, tmp_path, {"subscripcions": row}):
        ended = hub.execute("select request_id = md5('subscripcions|SUB1') from work.since.ended").fetchall()
    assert ended == [(True,)] * is_ended


def test_who_died_is_dead_and_nobody_else(heard: duckdb.DuckDBPyConnection) -> None:
    more = "select person_id from leaving_persons where is_deceased except select person_id from work.hub.persons"
    assert heard.execute(f"{more} where is_deceased").fetchall() == heard.execute("from died").fetchall()
    for table in ("persons", "requests", "agreements"):
        counts = f"select (select count(*) from leaving_{table}) = (select count(*) from work.hub.{table})"
        assert heard.execute(counts).fetchall() == [(True,)]


def test_a_stop_is_an_unsubscription_and_a_message_has_an_address(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """The message was sent in an extract that the hub has read."""
    (message, sent_to) = hub.execute(
        "select message_id, address from work.hub.campaign_events where event = 'sent' and address is not null"
    ).fetchall()[0]
    events = f"""
        select 'X1' as _source_key, 'STOP' as esdeveniment, 'una@example.org' as adreca, {_AT} as moment
        union all by name
        select 'X2' as _source_key, 'BAIXA' as esdeveniment, '{message}' as id_missatge, {_AT} as moment"""
    with hearing(hub, tmp_path, {"campanyes": events}):
        found = {address for (address,) in hub.execute("select address from work.since.unsubscribed").fetchall()}
        refused = "select count(*) from work.since.refused where purpose = 'communications' and state = 'withdrawn'"
        assert found == {"una@example.org", sent_to}
        assert hub.execute(refused).fetchall()[0][0] > 0


def test_a_refusal_with_an_old_clock_is_later_than_what_was_asked_for(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    row = """select 'N9' as _source_key, '2020-01-01T00:00:00' as data_hora, 'COMUNICACIONS' as finalitat,
        'RETIRAT' as estat, 'TITULAR' as atorgant, 'una@example.org' as email"""
    with hearing(hub, tmp_path, {"consentiments": row}):
        refused = hub.execute("select distinct decided_at::date from work.since.refused").fetchall()
    assert refused == [(DAY,)]


@pytest.mark.parametrize(
    ("row", "is_ended"),
    [
        ("'BAIXA' as estat, null as data_baixa", True), ("'ALTA' as estat, '1970-01-01' as data_baixa", True),
        ("null as estat, null as data_baixa", True), ("'ALTA' as estat, null as data_baixa", False),
    ],
)  # fmt: skip
def test_a_quarantined_row_ends_a_subscription(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path, row: str, *, is_ended: bool
) -> None:
    row = f"select 'SUB1' as id_subscripcio, 'xx' as idioma, {row}"
    with hearing(hub, tmp_path, {}, {"subscripcions": row}):
        ended = hub.execute("select request_id = md5('subscripcions|SUB1') from work.since.ended").fetchall()
    assert ended == [(True,)] * is_ended


@pytest.mark.parametrize(
    ("source", "refuses", "purpose"),
    [
        ("consentiments", "'COMUNICACIONS' as finalitat, 'RETIRAT' as estat, 'TITULAR' as atorgant", "communications"),
        ("atencions", "'N' as consentiment_comunicacions", "communications"),
        ("atencions", "'N' as consentiment_enquestes", "surveys"),
    ],
)
def test_a_withdrawal_under_a_key_that_is_another_persons_in_the_hub_reaches_its_own(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path, source: str, refuses: str, purpose: str
) -> None:
    """No night has linked the row, so the hub's link of that key is of somebody else."""
    keys = "select person_id, source_key from work.hub.mentions where source = $1 and person_id is not null"
    other, key = hub.execute(f"{keys} order by all", [source]).fetchall()[0]
    people = "select person_id, document from work.hub.persons where document is not null and person_id <> $1"
    person, number = hub.execute(f"{people} order by all", [other]).fetchall()[0]
    row = f"select '{key}' as _source_key, {_AT} as data_hora, '{number}' as document, {refuses}"
    with hearing(hub, tmp_path, {source: row}):
        refused = hub.execute("select person_id from work.since.refused where purpose = $1", [purpose]).fetchall()
    assert (person,) in refused
