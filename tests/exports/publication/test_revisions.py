"""Earlier deliveries that show a person who is protected since: the night replaces them and lists the removals."""

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from exports.contracts.contract import TARGETS
from exports.delivery.manifest import verify
from exports.errors import DeliveryError
from exports.publication.seal import recover
from sources.base.files import sha256_of
from tests.exports.conftest import BUSINESS_DATE as FIRST
from tests.exports.conftest import ID_EVENTS
from tests.support.delivered_nights import LINKED, Home

# As the marts hide it.
_PROTECTED = """
update work.hub.persons set is_protected = true, phone = null, district_code = null, barri_code = null
where person_id = 'PB';
update work.hub.mention_values set is_protected = true, phone = null where mention_id = 'PB';
delete from work.hub.segment_members where 'PB' in (person_id, about_person_id);
update work.hub.segment_candidates set reason_out = 'protected' where 'PB' in (person_id, about_person_id);
"""


# Who is told of PB in that audience, PB being a child.
_TOLD_OF_PB = ("PA", "audience.obres.a_b-c14cddc0")


@pytest.fixture
def home(tmp_path: Path, hub: duckdb.DuckDBPyConnection) -> Iterator[Home]:
    hub.execute(ID_EVENTS + LINKED)
    return Home(tmp_path / "home", hub)


def test_what_left_before_is_replaced_by_what_shows_nobody_who_is_protected_since(home: Home, tmp_path: Path) -> None:
    """Two nights deliver PB's telephone. PB is protected on the third night, which is killed once it is announced."""
    # Only Parquet keeps the type of a column without values.
    home.hub.execute("update work.hub.persons set surname_2 = null")
    home.night(0)
    home.night(1)
    before = {number: home.bytes(number) for number in (0, 1)}
    manifests = {number: sha256_of(home.place("attention", number) / "manifest.json") for number in (0, 1)}
    assert all(b"34600000002" in files["attention/attention.jsonl"] for files in before.values())
    home.hub.execute(_PROTECTED)
    with pytest.raises(KeyboardInterrupt):
        home.night(2, is_killed=True)
    recover(home.directory / "published", home.exports, history_dir=home.history.directory)
    for number in (0, 1):
        after = home.bytes(number)
        assert after.keys() == before[number].keys()
        assert [name for name, content in after.items() if b"34600000002" in content] == []
        for target in TARGETS:
            verify(home.place(target, number))
        cards = {
            card["person_id"]: card
            for card in map(json.loads, after["attention/attention.jsonl"].decode().splitlines())
        }
        shown = {
            card["person_id"]: card
            for card in map(json.loads, before[number]["attention/attention.jsonl"].decode().splitlines())
        }
        hidden = dict.fromkeys(("email", "phone", "district_code", "barri_code", "address", "subscriptions"))
        assert cards == shown | {"PB": shown["PB"] | hidden | {"is_protected": True}}
        # Of everybody else each byte is as it was, and so is each file that shows nobody.
        for name, content in before[number].items():
            if name.endswith((".csv", ".jsonl")):
                gone = b'"PA"' if _TOLD_OF_PB[1] in name else b'"PB"'
                kept = [line for line in content.splitlines() if gone not in line]
                assert [line for line in after[name].splitlines() if gone not in line] == kept, name
        assert b"PB" not in b"".join(content for name, content in after.items() if name.startswith("campaigns/aud"))
        assert b"PB" not in after["campaigns/campaigns.csv"]
        manifest = json.loads(after["attention/manifest.json"])
        assert manifest["supersedes"] == manifests[number] and manifest["run_id"] == f"run {number}"
    cards_of_parquet = duckdb.sql(f"from '{home.place('attention', 0) / 'attention.parquet'}'")
    assert cards_of_parquet.filter("person_id = 'PB'").project("phone, barri_code, is_protected").fetchall() == [
        (None, None, True)
    ]
    (tmp_path / "before.parquet").write_bytes(before[0]["attention/attention.parquet"])
    parquet_before = duckdb.sql(f"from '{tmp_path / 'before.parquet'}'")
    assert (cards_of_parquet.columns, cards_of_parquet.types) == (parquet_before.columns, parquet_before.types)
    others = "person_id <> 'PB'"
    assert cards_of_parquet.filter(others).fetchall() == parquet_before.filter(others).fetchall()
    assert home.removals("attention", 2) == [("PB", "attention")]
    messages = [_TOLD_OF_PB, ("PB", "audience.butlletins.05"), ("PB", "campaigns")]
    assert home.removals("campaigns", 2) == messages
    assert "supersedes" not in json.loads((home.place("attention", 2) / "manifest.json").read_text())
    # The same night again lists them still, though what showed them is replaced; the next one does not.
    home.night(2)
    assert home.removals("attention", 2) == [("PB", "attention")]
    assert set(messages) <= set(home.removals("campaigns", 2))
    revised = home.bytes(0)
    home.night(3)
    assert home.removals("attention", 3) == []
    assert home.bytes(0) == revised


def test_a_former_id_is_meant_too_and_a_file_that_a_receiver_took_away_is_not_missed(home: Home) -> None:
    home.hub.execute("update work.hub.persons set person_id = 'POLD' where person_id = 'PB'")
    home.hub.execute("update work.hub.consents set person_id = 'POLD' where person_id = 'PB'")
    home.hub.execute("update work.hub.person_attributes set person_id = 'POLD' where person_id = 'PB'")
    home.night(0)
    (home.place("attention", 0) / "attention.parquet").unlink()
    taken = home.place("attention", 0) / "attention.jsonl"
    assert b'"POLD"' in taken.read_bytes() and b"34600000002" in taken.read_bytes()
    home.hub.execute("update work.hub.persons set person_id = 'PB' where person_id = 'POLD'")
    home.hub.execute(_PROTECTED)
    home.night(1)
    assert b'"POLD"' in taken.read_bytes() and b"34600000002" not in taken.read_bytes()
    assert ("POLD", "attention") in home.removals("attention", 1)
    verify(home.place("attention", 0))


@pytest.mark.parametrize("is_kept", [True, False])
def test_who_is_told_of_a_child_that_is_protected_since_is_in_no_file_any_more(home: Home, is_kept: bool) -> None:
    home.hub.execute("delete from work.hub.segment_members where person_id = 'PB'")
    home.night(0)
    if not is_kept:
        shutil.rmtree(home.directory / "published")
    file = home.place("campaigns", 0) / f"{_TOLD_OF_PB[1]}.csv"
    others = home.place("campaigns", 0) / "audience.escola.X.csv"
    assert b'"PA"' in file.read_bytes() and b'"PA"' in others.read_bytes()
    home.hub.execute(_PROTECTED)
    home.night(1)
    assert b'"PA"' not in file.read_bytes() and b'"PNONE"' in file.read_bytes()
    assert b'"PA"' in others.read_bytes()
    assert _TOLD_OF_PB in home.removals("campaigns", 1)


def test_of_a_night_whose_publication_is_gone_who_is_protected_is_in_no_file_any_more(home: Home) -> None:
    home.night(0)
    home.night(1)
    shutil.rmtree(home.directory / "published" / str(FIRST))
    before = home.bytes(0)["campaigns/audience.butlletins.05.csv"].splitlines()
    home.hub.execute(_PROTECTED)
    home.night(2)
    after = home.bytes(0)["campaigns/audience.butlletins.05.csv"].splitlines()
    assert after == [line for line in before if b'"PB"' not in line] != before


def test_an_organisation_that_a_protected_person_answers_for_is_in_no_message_any_more(home: Home) -> None:
    home.night(0)
    file = home.place("campaigns", 0) / "audience.butlletins.05.csv"
    assert b'"OX"' in file.read_bytes()
    home.hub.execute(
        "insert into work.intermediate.int_protected_organisations values ('X', 'OX');"
        "delete from work.hub.segment_members where organisation_id = 'OX';"
        "update work.hub.segment_candidates set reason_out = 'protected' where organisation_id = 'OX';"
        "delete from work.hub.requests where organisation_id = 'OX'"
    )
    home.night(1)
    assert b'"OX"' not in file.read_bytes() and b'"PD"' in file.read_bytes()
    assert home.removals("campaigns", 1) == [("OX", "audience.butlletins.05")]


def test_the_night_that_protects_somebody_replaces_its_own_delivery_by_itself(home: Home) -> None:
    home.night(0)
    home.hub.execute(_PROTECTED)
    home.night(0)
    for target in TARGETS:
        assert "supersedes" not in json.loads((home.place(target, 0) / "manifest.json").read_text())
    assert ("PB", "campaigns") in home.removals("campaigns", 0)


@pytest.mark.parametrize("manifest", ["{", None])
def test_a_delivery_that_a_receiver_took_away_shows_nobody_any_more(home: Home, manifest: str | None) -> None:
    home.night(0)
    home.night(1)
    for path in home.place("attention", 0).iterdir():
        path.unlink()
    if manifest:
        (home.place("attention", 0) / "manifest.json").write_text(manifest)
    home.hub.execute(_PROTECTED)
    home.night(2)
    assert b"34600000002" not in home.bytes(1)["attention/attention.jsonl"]


def test_what_names_nobody_s_home_or_contact_stays_as_it_is(home: Home) -> None:
    """PC has no home and no contact; PB is only in the removals of the second night."""
    home.night(0)
    home.hub.execute("update work.hub.consents set state = 'withdrawn' where person_id = 'PB';"
                     "delete from work.hub.segment_members where 'PB' in (person_id, about_person_id);"
                     "delete from work.hub.segment_candidates where 'PB' in (person_id, about_person_id)")  # fmt: skip
    home.night(1)
    assert ("PB", "campaigns") in home.removals("campaigns", 1)
    assert b'"PC"' in home.bytes(1)["attention/attention.jsonl"]
    before = home.bytes(1)
    home.hub.execute(_PROTECTED + "update work.hub.persons set is_protected = true where person_id = 'PC'")
    home.night(2)
    assert home.bytes(1) == before
    assert b"34600000002" not in home.bytes(0)["attention/attention.jsonl"]
    assert ("PC", "attention") not in home.removals("attention", 2)
    assert {file for _, file in home.removals("campaigns", 2)} == {"campaigns", "audience.butlletins.05",
                                                                   _TOLD_OF_PB[1]}  # fmt: skip


def test_who_is_protected_is_in_no_message_of_an_earlier_contract(home: Home) -> None:
    """Its columns had other names, so Fil does not know that they are contacts."""
    home.night(0)
    file = home.place("campaigns", 0) / "campaigns.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    for name in ("email", "phone", "channel"):
        lines[0] = lines[0].replace(f'"{name}"', f'"former_{name}"')
    file.write_text("".join(lines), encoding="utf-8")
    home.hub.execute(_PROTECTED)
    home.night(1)
    kept = [line for line in lines if '"PB"' not in line]
    assert file.read_text(encoding="utf-8").splitlines(keepends=True) == kept != lines
    assert ("PB", "campaigns") in home.removals("campaigns", 1)


def test_a_delivery_that_cannot_be_read_stops_the_night(home: Home) -> None:
    home.night(0)
    (home.place("attention", 0) / "attention.parquet").write_bytes(b"PB")
    home.hub.execute(_PROTECTED)
    with pytest.raises(DeliveryError, match="2026-05-04 can't be read .*remove it, then run the night again"):
        home.night(1)
    assert not (home.directory / "published" / str(date(2026, 5, 5))).exists()
