"""The files of a delivery: the same bytes each time, safe in a spreadsheet, private, and whole."""

import stat
from pathlib import Path

import duckdb
import pytest

from exports.contracts.contract import load_contract
from exports.delivery.deliver import deliver
from exports.delivery.manifest import verify
from exports.errors import DeliveryError
from tests.exports.conftest import staged
from tests.exports.delivery.conftest import ATTENTION, CAMPAIGNS, DAY, cards, lines, payload


@pytest.mark.parametrize("target", ["attention", "campaigns"])
def test_the_same_rows_give_the_same_bytes(hub: duckdb.DuckDBPyConnection, tmp_path: Path, target: str) -> None:
    hub.execute("""
        insert into work.hub.persons
        select 'P' || md5(i::varchar), 'NOM', 'COGNOM', null, date '1980-01-01', null, null, 'ca', i || '@example.org',
            null, true, false, '01', '01', false, 1.0, null from range(130000) as numbers(i)""")
    hub.execute("""
        insert into work.hub.consents
        select person_id, purpose, 'given', timestamp '2026-01-01', null from work.hub.persons,
            (values ('integration'), ('communications')) as purposes(purpose) where surname_1 = 'COGNOM'""")
    contract = load_contract(target)
    hub.execute("set threads = 4")
    first = deliver(hub, tmp_path / "exports", contract, DAY, "r1")
    before = payload(first.directory)
    hub.execute("set threads = 1")
    for table in ("persons", "consents", "interactions"):
        hub.execute(f"create or replace table work.hub.{table} as from work.hub.{table} order by hash({table}) desc")
    second = deliver(hub, tmp_path / "exports", contract, DAY, "r2")
    assert payload(second.directory) == before
    assert first.manifest.files == second.manifest.files
    assert second.manifest.run_id == "r2"
    assert [path.name for path in second.directory.parent.iterdir()] == ["2026-05-04"]


def test_no_spreadsheet_runs_a_cell_and_telephones_stay_dialable(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    for index, start in enumerate(["=1", "+1", "-1", "@A", "\t=1", " =1", "\r=1", "＝1", "O'NEILL", 'A"B,C']):
        hub.execute(
            "insert into work.hub.persons values (?, ?, null, null, '1980-01-01', null, null, null, 'p@example.org', "
            "null, true, false, null, null, false, 1.0, null)",
            [f"Q{index}", start],
        )
        for attribute in ("name", "email"):
            hub.execute(
                "insert into work.hub.person_attributes by name "
                "select ? as person_id, ? as attribute, 'padro' as source, 1 as rank",
                [f"Q{index}", attribute],
            )
        hub.execute(
            "insert into work.hub.consents values (?, 'communications', 'given', '2026-01-01', null)", [f"Q{index}"]
        )
    found = {line["person_id"]: line for line in lines(deliver(hub, tmp_path / "e", CAMPAIGNS, DAY, "r").directory)}
    assert [found[f"Q{index}"]["name"][0] for index in range(8)] == ["'"] * 8
    assert (found["Q8"]["name"], found["Q9"]["name"]) == ("O'NEILL", 'A"B,C')
    assert found["PA"]["name"] == "'=HYPERLINK(1) PUIG"
    assert (found["PB"]["phone"], found["PB"]["channel"], found["PA"]["channel"]) == ("0034600000002", "sms", "email")


def test_a_card_lists_the_last_interactions_newest_first(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    card = cards(deliver(hub, tmp_path / "exports", ATTENTION, DAY, "r").directory)[0]
    listed = card["last_interactions"]
    assert isinstance(listed, list)
    assert [item["interaction_id"] for item in listed] == [f"I{i}" for i in (10, 11, 8, 9, 6, 7, 4, 5, 2, 3)]
    assert card["consents"] == [
        {"purpose": "communications", "state": "given"},
        {"purpose": "integration", "state": "given"},
    ]


def test_a_card_lists_nothing_of_a_mention_that_is_less_surely_the_persons(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    hub.execute("""
        insert into work.hub.mentions values ('weak', 'PA', 'atencions', 'A11', 0.75),
            ('of a form', 'PA', 'atencions', 'A10#tutor', 0.75), ('sure', 'PA', 'atencions', 'A9', 1.0)""")
    card = cards(deliver(hub, tmp_path / "exports", ATTENTION, DAY, "r").directory)[0]
    listed = card["last_interactions"]
    assert isinstance(listed, list)
    assert [item["interaction_id"] for item in listed] == [f"I{i}" for i in (8, 9, 6, 7, 4, 5, 2, 3, 0, 1)]


def test_a_delivery_is_private_and_verified(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    directory = deliver(hub, tmp_path / "exports", ATTENTION, DAY, "r").directory
    assert {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()} == {0o600}
    assert stat.S_IMODE(directory.stat().st_mode) == stat.S_IMODE(directory.parent.stat().st_mode) == 0o700
    (directory / "attention.jsonl").write_bytes(b"{}\n")
    with pytest.raises(DeliveryError, match="attention.jsonl"):
        verify(directory)


def test_killed_while_staging_nobody_sees_it(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    one = staged(hub, tmp_path / "exports", "campaigns")
    assert not one.final.exists()
    assert deliver(hub, tmp_path / "exports", CAMPAIGNS, DAY, "r2").directory == one.final
    assert not one.staged.exists()
