"""The files of a delivery: the same bytes each time, safe in a spreadsheet, private, and whole."""

import json
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
        insert into work.hub.persons by name
        select 'P' || md5(i::varchar) as person_id, 'NOM' as given_name, 'COGNOM' as surname_1,
            date '1980-01-01' as birth_date, 'ca' as language, i || '@example.org' as email, true as is_resident,
            false as is_deceased, '01' as district_code, '01' as barri_code, false as is_protected, 1.0 as confidence
        from range(130000) as numbers(i)""")
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
            "insert into work.hub.persons by name select ? as person_id, ? as given_name, "
            "date '1980-01-01' as birth_date, 'p@example.org' as email, true as is_resident, false as is_deceased, "
            "false as is_protected, 1.0 as confidence",
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


_DEALINGS = """
insert into work.hub.interactions by name
select 'W1' as interaction_id, 'PA' as person_id, timestamp '2026-06-01 09:00:00' as occurred_at, 'OFICINA' as channel,
    'PADRO' as service, 'CITA' as subject, 'PENDENT' as status, 'atencions' as source, 'W1' as source_key;
insert into work.hub.tax_objects by name
select 'T' || number as tax_object_id, 'PA' as person_id, key as taxpayer_key, tax, 'SECRET' as reference,
    50.00 as share_percent
from (values (1, 'K1', 'IBI'), (2, 'K2', 'IVTM')) as t(number, key, tax);
insert into work.hub.licences by name
select 'L1' as licence_id, 'LIC-1' as licence_number, 'PA' as person_id, 'GUALS' as licence_kind,
    date '2026-07-01' as valid_from;
insert into work.hub.subscriptions by name
select service as subscription_id, 'PA' as person_id, 'S-' || service as source_key, service, 'Z7' as topic,
    'EMAIL' as channel, date '2026-01-01' as subscribed_on, service = 'OBRES' as is_active
from (values ('OBRES'), ('BUS')) as t(service);
insert into work.hub.agreements
select unnest(['objectes_tributaris', 'llicencies_via_publica', 'subscripcions']), 'attend', true;
insert into work.hub.mentions values ('weak', 'PA', 'contribuents', 'K2', 0.75);
"""


def test_a_card_lists_what_is_pending_taxed_licensed_and_subscribed(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    hub.execute(_DEALINGS)
    card = cards(deliver(hub, tmp_path / "exports", ATTENTION, DAY, "r").directory)[0]

    def listed(column: str, *names: str) -> list[tuple[object, ...]]:
        rows = card[column]
        assert isinstance(rows, list)
        return [tuple(row[name] for name in names) for row in rows]

    assert listed("pending", "interaction_id", "subject") == [("W1", "CITA")]
    # A taxpayer who may be somebody else is left out.
    assert listed("tax_objects", "tax", "share_percent") == [("IBI", 50.0)]
    assert listed("licences", "licence_number", "valid_from") == [("LIC-1", "2026-07-01")]
    assert listed("subscriptions", "service", "topic") == [("OBRES", "Z7")]
    assert "SECRET" not in json.dumps(card)


def test_a_card_lists_only_what_an_agreement_allows(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    hub.execute(_DEALINGS)
    hub.execute("update work.hub.agreements set is_in_force = false where source in ('subscripcions', 'atencions')")
    hub.execute("delete from work.hub.agreements where source = 'objectes_tributaris'")
    card = cards(deliver(hub, tmp_path / "exports", ATTENTION, DAY, "r").directory)[0]
    assert [card[name] for name in ("pending", "last_interactions", "tax_objects", "subscriptions")] == [[]] * 4
    assert card["licences"] != []


def test_the_card_of_a_protected_person_has_neither_address_nor_topics(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    hub.execute(_DEALINGS)
    hub.execute("update work.hub.persons set is_protected = true, street = 'SECRET' where person_id = 'PA'")
    hub.execute("update work.hub.subscriptions set topic = 'SECRET'")
    card = cards(deliver(hub, tmp_path / "exports", ATTENTION, DAY, "r").directory)[0]
    assert (card["is_protected"], card["address"], card["subscriptions"]) == (True, None, None)
    assert card["tax_objects"] != [] and card["pending"] != []
    assert "SECRET" not in json.dumps(card)


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
