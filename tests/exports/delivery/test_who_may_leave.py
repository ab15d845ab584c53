"""Who leaves for a target, and which of their values; a file that shows more is withheld."""

import json
from pathlib import Path

import duckdb
import pytest

from exports.contracts.contract import load_contract
from exports.delivery.deliver import deliver, save_candidates
from exports.gate.rows import GateError, check_written
from tests.exports.delivery.conftest import ATTENTION, CAMPAIGNS, DAY, cards, lines, payload


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
    hidden = dict.fromkeys(("email", "phone", "district_code", "barri_code", "address", "subscriptions"))
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


def test_candidates_are_gated_too(hub: duckdb.DuckDBPyConnection) -> None:
    relation = save_candidates(hub, CAMPAIGNS, DAY)
    assert hub.execute(f"select person_id from {relation} order by 1").fetchall() == [("PA",), ("PB",)]
