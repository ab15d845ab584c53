"""Who leaves for a target, which of their values, and how the file is written."""

import csv
import json
import stat
from datetime import date
from pathlib import Path

import duckdb
import pytest

from exports.contracts.contract import CONTRACTS_DIR, ContractError, load_contract, parse_contract
from exports.delivery.deliver import deliver, save_candidates
from exports.delivery.manifest import verify
from exports.errors import DeliveryError
from exports.gate.rows import GateError, check_written
from tests.exports.conftest import staged

DAY = date(2026, 5, 4)
ATTENTION = load_contract("attention")
CAMPAIGNS = load_contract("campaigns")


def cards(directory: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (directory / "attention.jsonl").read_text(encoding="utf-8").splitlines()]


def lines(directory: Path) -> list[dict[str, str]]:
    with (directory / "campaigns.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def payload(directory: Path) -> dict[str, bytes]:
    """The target's own files, segments' audiences aside."""
    return {
        path.name: path.read_bytes()
        for path in directory.iterdir()
        if path.name != "manifest.json" and not path.name.startswith("audience.")
    }


def test_only_consented_living_persons_of_age_leave(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    attention = deliver(hub, tmp_path / "exports", ATTENTION, DAY, "r1")
    campaigns = deliver(hub, tmp_path / "exports", CAMPAIGNS, DAY, "r1")
    # PB turns 14 on the day; PC no channel reaches; PD's age nobody knows.
    assert [card["person_id"] for card in cards(attention.directory)] == ["PA", "PB", "PC", "PD"]
    assert [line["person_id"] for line in lines(campaigns.directory)] == ["PA", "PB"]
    assert (attention.rows, campaigns.rows) == (4, 2)


@pytest.mark.parametrize(
    "mutation",
    [
        "delete from work.hub.consents where person_id = '{person}' and purpose = '{purpose}'",
        "update work.hub.consents set state = 'refused' where person_id = '{person}' and purpose = '{purpose}'",
        "update work.hub.consents set state = null where person_id = '{person}' and purpose = '{purpose}'",
        "update work.hub.consents set decided_at = null where person_id = '{person}' and purpose = '{purpose}'",
        "insert into work.hub.consents values ('{person}', '{purpose}', 'refused', timestamp '2026-05-01', null)",
        "update work.hub.persons set is_deceased = true where person_id = '{person}'",
        "update work.hub.persons set is_deceased = null where person_id = '{person}'",
        "update work.hub.persons set birth_date = date '2012-05-05' where person_id = '{person}'",
        "update work.hub.persons set confidence = {too_little} where person_id = '{person}'",
        "update work.hub.persons set confidence = null where person_id = '{person}'",
    ],
)
@pytest.mark.parametrize("target", ["attention", "campaigns"])
def test_taking_one_consent_away_takes_exactly_that_row(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path, target: str, mutation: str
) -> None:
    contract = load_contract(target)
    before = payload(deliver(hub, tmp_path / "exports", contract, DAY, "r1").directory)
    for name in (entry for entry in before if entry.endswith((".jsonl", ".csv"))):
        hub.execute("begin")
        hub.execute(
            mutation.format(person="PB", purpose=contract.consent, too_little=contract.minimum_confidence - 0.000001)
        )
        after = payload(deliver(hub, tmp_path / "exports", contract, DAY, "r2").directory)
        hub.execute("rollback")
        kept = [line for line in before[name].splitlines(keepends=True) if b"PB" not in line]
        assert after[name] == b"".join(kept)
        assert len(kept) == len(before[name].splitlines()) - 1


@pytest.mark.parametrize("flag", ["true", "null"])
def test_who_is_protected_is_written_to_by_nobody_and_attended_without_contact_and_place(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path, flag: str
) -> None:
    before = cards(deliver(hub, tmp_path / "exports", ATTENTION, DAY, "r1").directory)
    hub.execute(f"update work.hub.persons set is_protected = {flag} where person_id = 'PB'")
    attention = deliver(hub, tmp_path / "exports", ATTENTION, DAY, "r2").directory
    campaigns = deliver(hub, tmp_path / "exports", CAMPAIGNS, DAY, "r2").directory
    assert [line["person_id"] for line in lines(campaigns)] == ["PA"]
    hidden = dict.fromkeys(("email", "phone", "district_code", "barri_code"))
    told = [card | hidden if card["person_id"] == "PB" else card for card in before]
    told[1]["is_protected"] = json.loads(flag)
    assert cards(attention) == told
    assert before[1]["phone"] and not any(b"+34600000002" in content for content in payload(attention).values())


@pytest.mark.parametrize("name", ["attention.jsonl", "attention.parquet"])
def test_a_file_that_tells_where_somebody_protected_is_reached_is_withheld(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path, name: str
) -> None:
    delivery = deliver(hub, tmp_path / "exports", ATTENTION, DAY, "r1")
    assert check_written(hub, delivery.directory / name, ATTENTION, DAY) == 4
    hub.execute("update work.hub.persons set is_protected = true where person_id = 'PB'")
    with pytest.raises(GateError, match="1 rows show the address or contact of a protected person"):
        check_written(hub, delivery.directory / name, ATTENTION, DAY)
    # Who is not in the hub may not leave, and is not counted as protected, too.
    hub.execute("delete from work.hub.persons where person_id = 'PB'")
    with pytest.raises(GateError, match="1 of its 4 rows .* 0 rows show"):
        check_written(hub, delivery.directory / name, ATTENTION, DAY)


def test_a_message_needs_a_surer_identity_than_an_agents_search(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    hub.execute("update work.hub.persons set confidence = 0.97 where person_id = 'PB'")
    attention = deliver(hub, tmp_path / "exports", ATTENTION, DAY, "r1")
    campaigns = deliver(hub, tmp_path / "exports", CAMPAIGNS, DAY, "r1")
    assert "PB" in [card["person_id"] for card in cards(attention.directory)]
    assert [line["person_id"] for line in lines(campaigns.directory)] == ["PA"]
    # Whoever became less sure since the file was written is found when it is read back.
    hub.execute("update work.hub.persons set confidence = 0.97 where person_id = 'PA'")
    with pytest.raises(GateError, match="1 of its 1 rows"):
        check_written(hub, campaigns.directory / "campaigns.csv", CAMPAIGNS, DAY)


@pytest.mark.parametrize("state", ["given", "withdrawn"])
def test_a_decision_on_one_service_alone_neither_opens_nor_shuts_the_gate(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path, state: str
) -> None:
    before = payload(deliver(hub, tmp_path / "exports", CAMPAIGNS, DAY, "r1").directory)
    for person in ("PB", "PNONE"):
        hub.execute(
            "insert into work.hub.consents values (?, 'communications', ?, timestamp '2026-05-01', 'BUS')",
            [person, state],
        )
    assert payload(deliver(hub, tmp_path / "exports", CAMPAIGNS, DAY, "r2").directory) == before


def test_a_file_that_names_somebody_without_consent_is_withheld(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    delivered = deliver(hub, tmp_path / "exports", ATTENTION, DAY, "r1")
    hub.execute("delete from work.hub.consents where person_id = 'PC'")
    for entry in delivered.manifest.files:
        with pytest.raises(GateError, match="1 of its 4 rows") as caught:
            check_written(hub, delivered.directory / entry.name, ATTENTION, DAY)
        assert "PC" not in str(caught.value)
        assert caught.value.counts["rows of persons who may not leave"] == 1


def test_a_file_that_repeats_somebody_is_withheld(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    file = deliver(hub, tmp_path / "exports", CAMPAIGNS, DAY, "r1").directory / "campaigns.csv"
    head, *rows = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join([head, *rows, rows[-1]]), encoding="utf-8")
    with pytest.raises(GateError, match=f"0 of its {len(rows) + 1} rows .* 1 rows repeat a person, 0 rows show"):
        check_written(hub, file, CAMPAIGNS, DAY)


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


def test_no_value_leaves_for_a_purpose_that_its_sources_agreement_does_not_allow(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    hub.execute("delete from work.hub.agreements where source = 'padro' and purpose = 'communicate'")
    hub.execute("update work.hub.agreements set is_in_force = false where source = 'atencions' and purpose = 'attend'")
    reached = lines(deliver(hub, tmp_path / "c", CAMPAIGNS, DAY, "r").directory)
    assert {line["name"] for line in reached} == {""} and {line["language"] for line in reached} > {"ca"}
    card = cards(deliver(hub, tmp_path / "a", ATTENTION, DAY, "r").directory)[0]
    assert (card["last_interactions"], card["surname_1"]) == ([], "PUIG")
    assert not [card for card in cards(tmp_path / "a" / "attention" / "2026-05-04") if card["email"] or card["phone"]]


def test_nobody_is_written_to_at_an_address_that_no_agreement_lets_be_used(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    hub.execute("update work.hub.agreements set is_in_force = false where source = 'atencions'")
    assert lines(deliver(hub, tmp_path / "c", CAMPAIGNS, DAY, "r").directory) == []


@pytest.mark.parametrize(("bounced_at", "channel"), [("2026-04-01", "sms"), ("2026-03-31", "email")])
def test_nobody_is_written_to_where_messages_bounce_unless_it_was_told_anew(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path, bounced_at: str, channel: str
) -> None:
    hub.execute("insert into work.hub.bounced_contacts values ('a@example.org', ?)", [bounced_at])
    told = {line["person_id"]: line for line in lines(deliver(hub, tmp_path / "c", CAMPAIGNS, DAY, "r").directory)}
    assert told["PA"]["channel"] == channel
    assert cards(deliver(hub, tmp_path / "a", ATTENTION, DAY, "r").directory)[0]["email"] == "a@example.org"


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


def test_candidates_are_gated_too(hub: duckdb.DuckDBPyConnection) -> None:
    relation = save_candidates(hub, CAMPAIGNS, DAY)
    assert hub.execute(f"select person_id from {relation} order by 1").fetchall() == [("PA",), ("PB",)]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("consent: communications", "consent: integration", "needs consent communications"),
        ("language], class: preference", "language], class: padro", "may not leave for communicate"),
        ("language], class: preference", "language], class: free_text", "may not leave for communicate"),
        ("minimum_age: 14", "minimum_age: 13", "minimum_age"),
        ("\nminimum_confidence: 0.99", "\nminimum_confidence: 0.98", "must be 0.99 or more for purpose communicate"),
        ("\nminimum_confidence: 0.99\n", "\n", "minimum_confidence"),
        ("persons.language", "persons.language; drop", "pattern"),
        ("formats: [csv]", "formats: [csv]\nextra: 1", "extra"),
        ("name: person_id", "name: id", "begin with person_id"),
    ],
)
def test_an_unlawful_or_careless_contract_is_refused(before: str, after: str, message: str) -> None:
    text = (CONTRACTS_DIR / "campaigns.yaml").read_text(encoding="utf-8")
    assert before in text
    with pytest.raises(ContractError, match=message):
        parse_contract(text.replace(before, after), "campaigns.yaml")


def test_an_unknown_target_is_named() -> None:
    with pytest.raises(ContractError, match="attention, campaigns"):
        load_contract("../secrets")


def test_what_tells_of_health_leaves_for_nobody_under_any_name() -> None:
    text = (CONTRACTS_DIR / "attention.yaml").read_text(encoding="utf-8")
    asked = text.replace("interactions.subject,", "interactions.procedure,")
    assert asked != text
    with pytest.raises(ContractError, match="class that no target may receive"):
        parse_contract(asked, "attention.yaml")
    with pytest.raises(ContractError, match="may not leave for attend"):
        parse_contract(asked.replace("class: history", "class: special_category"), "attention.yaml")
