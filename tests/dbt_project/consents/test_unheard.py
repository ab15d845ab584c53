"""What extracts that no night has read say of a hub's people: whose a no is, and to how much of what they asked for."""

from collections.abc import Iterator
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
        select 'SUB3' as _source_key, '2026-05-06' as data_baixa union all select 'SUB1', '2027-01-01'""",
    "campanyes": f"""
        select 'X1' as _source_key, 'BAIXA' as esdeveniment, 'una@example.org' as adreca, 'EMAIL' as canal,
            {_AT} as moment, null as id_persona
        union all select 'X2', 'OBERT', 'xenia@example.org', 'EMAIL', {_AT}, null""",
    "padro_variacions": "select 'V1' as _source_key, '{nia}' as nia, 'B' as cvar, 'BD' as cauv",
}  # fmt: skip


@pytest.fixture
def heard(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    (nia,) = hub.execute(
        "select source_key from work.hub.mentions join work.hub.persons using (person_id)"
        " where source = 'padro' and is_deceased is false order by 1 limit 1"
    ).fetchall()[0]
    for contract in (one for one in load_contracts() if one.source in _EXTRACTS):
        fields = ", ".join(f"{field.column} := null::varchar" for field in contract.fields)
        rows = {
            "raw": f"select *, 1::bigint as _line_number, date '{DAY}' as _extract_date"
            f" from ({_EXTRACTS[contract.source].replace('{nia}', nia)})",
            "quarantine": "select 1::bigint as line_number, null as reason,"
            f" struct_pack({fields}) as fields where false",
        }
        for area, query in rows.items():
            directory = partition_dir(tmp_path, area, contract, DAY)
            directory.mkdir(parents=True)
            hub.execute(f"copy ({query}) to '{directory / DATA}'")
    days = unheard_extracts(tmp_path, {})
    assert days == dict.fromkeys(_EXTRACTS, (DAY,))
    begin_since(hub, None)
    end_since(hub, hear(hub, tmp_path, days))
    show_leaving(hub)
    hub.execute("create or replace temp table died as select person_id from work.hub.mentions where source = 'padro'"
                " and source_key = $1", [nia])  # fmt: skip
    yield hub
    forget_heard(hub)
    forget_since(hub)


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


def test_who_died_is_dead_and_nobody_else(heard: duckdb.DuckDBPyConnection) -> None:
    more = "select person_id from leaving_persons where is_deceased except select person_id from work.hub.persons"
    assert heard.execute(f"{more} where is_deceased").fetchall() == heard.execute("from died").fetchall()
    for table in ("persons", "requests", "agreements"):
        counts = f"select (select count(*) from leaving_{table}) = (select count(*) from work.hub.{table})"
        assert heard.execute(counts).fetchall() == [(True,)]
