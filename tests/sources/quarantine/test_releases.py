"""Refused rows that an engineer lets count: which can be, from when on, and what the night makes of the decision."""

import json
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from sources.base.errors import ExtractDamaged, QuarantineError
from sources.base.journal import RegistryError
from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import Contract
from sources.landing.land import land
from sources.loading.raw_tables import LoadedSource, load_raw
from sources.parsing.parse import parse
from sources.quarantine.look_ups import LookUp, look_up, overview
from sources.quarantine.release_journal import Signature
from sources.quarantine.releases import release, revoke
from sources.quarantine.rows import Choice
from tests.support.extracts import (
    ATENCIONS_FILE,
    DAY,
    PADRO_FILE,
    Deliver,
    attention,
    attentions_file,
    card,
    header,
    iris_file,
    many,
    padro_file,
    padro_line,
    rows,
    work,
)

EVE = DAY - timedelta(days=1)
SAID = Signature("A. Enginyera", "the owner confirmed the code by telephone", DAY)
PERSON = "VILADEVALL"
GOOD = [attention(f"A{number}") for number in range(60)]


def wider(contract: Contract, field: str, *codes: str) -> Contract:
    """The contract after it learned codes."""
    fields = (replace(one, codes=(*one.codes, *codes)) if one.name == field else one for one in contract.fields)
    return replace(contract, fields=tuple(fields))


def arrive(home: Path, contract: Contract, until: date = DAY) -> None:
    land(home, contract, until)
    parse(home, contract, until)


def load(
    home: Path, contract: Contract, day: date = DAY, columns: str = "_source_key"
) -> tuple[LoadedSource, list[tuple[object, ...]]]:
    """What a night takes in of the lines that stand after the good ones."""
    with work() as connection:
        loaded = load_raw(connection, home, contract, day)
        query = f"select {columns} from work.raw.{contract.relation} where _line_number > 60 order by all"
        return loaded, connection.execute(query).fetchall()


def written(home: Path, kind: str = "quarantine") -> list[dict[str, object]]:
    path = home / "registry" / "journal" / f"{kind}.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def test_a_code_that_the_contract_learned_lets_its_rows_count_as_they_are(
    tmp_path: Path, atencions: Contract, deliver: Deliver
) -> None:
    deliver("atencions", ATENCIONS_FILE, attentions_file(*GOOD, attention("B1", canal="CHAT", nom=PERSON)))
    arrive(tmp_path, atencions)
    raw_before = rows(tmp_path, "raw", "atencions", "atencions")
    with pytest.raises(
        QuarantineError, match=r"no row was released.* unknown_code:canal 1, first in line 61 .*change the contr"
    ):
        release(tmp_path, atencions, DAY, Choice(reason="unknown_code:canal"), SAID)
    assert written(tmp_path) == []
    learned = wider(atencions, "canal", "CHAT")
    released = release(tmp_path, learned, DAY, Choice(reason="unknown_code:canal"), SAID)
    assert (released.rows, released.without, released.rows_before) == (1, {}, 0)
    loaded, found = load(tmp_path, learned, columns="_source_key, canal, nom, _line_number, _extract_date")
    assert found == [("B1", "CHAT", PERSON, 61, DAY)]
    assert (loaded.rows, loaded.rows_released, loaded.rows_beside) == (61, 1, {"atencions__atencions_quarantined": 0})
    assert loaded.warnings == ()
    assert rows(tmp_path, "raw", "atencions", "atencions") == raw_before
    assert len(rows(tmp_path, "quarantine", "atencions", "atencions")) == 1


def test_the_decision_says_who_why_when_and_which_lines(tmp_path: Path, atencions: Contract, deliver: Deliver) -> None:
    deliver("atencions", ATENCIONS_FILE, attentions_file(*GOOD, attention("B1", idioma="fr", nom=PERSON)))
    arrive(tmp_path, atencions)
    release(tmp_path, atencions, DAY, Choice((61,)), SAID)
    (entry,) = written(tmp_path)
    line = rows(tmp_path, "quarantine", "atencions", "atencions")[0]["original_line"]
    sha256 = duckdb.execute("select sha256(?)", [line]).fetchall()[0][0]
    assert entry | {"decided_at": ""} == {
        "verdict": "released", "source": "atencions", "entity": "atencions", "extract_date": "2026-05-04",
        "line_numbers": [61], "sha256": [sha256], "who": SAID.who, "why": SAID.why, "counts_from": "2026-05-04",
        "decided_at": "",
    }  # fmt: skip
    assert PERSON not in json.dumps(entry)


def test_bad_values_of_fields_that_need_not_be_there_are_left_out(
    tmp_path: Path, atencions: Contract, deliver: Deliver
) -> None:
    bad = attention("B1", data_naixement="2026-02-30", idioma="fr", durada_s="un minut", nom=PERSON)
    deliver("atencions", ATENCIONS_FILE, attentions_file(*GOOD, bad))
    arrive(tmp_path, atencions)
    released = release(tmp_path, atencions, DAY, Choice((61,)), SAID)
    assert released.without == {"data_naixement": 1, "durada_s": 1, "idioma": 1}
    _, found = load(tmp_path, atencions, columns="_source_key, data_naixement, idioma, durada_s, nom, canal")
    assert found == [("B1", None, None, None, PERSON, "010")]


def test_a_bad_date_of_the_padro_is_left_out_by_the_rule_of_the_row(
    tmp_path: Path, padro: Contract, deliver: Deliver
) -> None:
    born_after = padro_line("000000000000001", at_4=b"19700101")
    deliver("padro", PADRO_FILE, padro_file(*many(200), born_after))
    arrive(tmp_path, padro)
    assert release(tmp_path, padro, DAY, Choice(reason="before_birth:fvar"), SAID).without == {"fvar": 1}
    with work() as connection:
        assert load_raw(connection, tmp_path, padro, DAY).rows == 201
        found = connection.execute("select fvar, fnac from work.raw.padro__habitants where _line_number = 201")
        assert found.fetchall() == [(None, "19800200")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"id": "B1", "nom": "VILADEVALL"', "bad_json 1, first in line 61 (the row could not be read"),
        (json.dumps(attention("B1", nom=PERSON, sobrer="1")).encode(), "unknown_field 1"),
        (json.dumps(attention("B1", nom=[PERSON])).encode(), "bad_type 1"),
        (b'{"id": "B1", "nom": "VILADEVALL", "nom": "X"}', "repeated_field 1"),
        (json.dumps(attention("B1", nom=PERSON)).encode() + b"\xff", "bad_encoding 1"),
        (json.dumps(attention("B1", nom=PERSON, motiu="")).encode(), "missing:motiu 1"),
        (json.dumps(attention("B1", nom=PERSON, data_hora="ahir")).encode(), "bad_date:data_hora 1"),
        (json.dumps(attention("B1", nom=PERSON + "\u202e")).encode(), "control_character 1"),
        (json.dumps(attention("B1", nom=PERSON, consentiment_comunicacions="no")).encode(), "can't be left out"),
    ],
)
def test_what_can_not_be_released_is_refused_with_its_remedy_and_without_data(
    tmp_path: Path, atencions: Contract, deliver: Deliver, line: bytes, said: str
) -> None:
    deliver("atencions", ATENCIONS_FILE, attentions_file(*GOOD, attention("B9", idioma="fr")) + line + b"\n", rows=62)
    arrive(tmp_path, atencions)
    with pytest.raises(QuarantineError) as refused:
        release(tmp_path, atencions, DAY, Choice((61, 62)), SAID)
    message = str(refused.value)
    assert "no row was released, because 1 of these rows of the extract of 2026-05-04 can't be: " in message
    assert said.replace("line 61", "line 62") in message
    assert "deliver it again" in message and PERSON not in message
    assert written(tmp_path) == []


def test_of_rows_of_one_key_the_engineer_names_the_one_that_counts(
    tmp_path: Path, atencions: Contract, deliver: Deliver
) -> None:
    told = [attention("B1", nom=PERSON), attention("B1", nom="Aina"), attention("A1", idioma="fr")]
    deliver("atencions", ATENCIONS_FILE, attentions_file(*GOOD, *told))
    arrive(tmp_path, atencions)
    with pytest.raises(QuarantineError, match=r"duplicate_key 2, first in line 61 \(several rows have the same key"):
        release(tmp_path, atencions, DAY, Choice(reason="duplicate_key"), SAID)
    assert release(tmp_path, atencions, DAY, Choice((62,)), SAID).rows == 1
    assert load(tmp_path, atencions, columns="nom, _line_number")[1] == [("Aina", 62)]
    with pytest.raises(QuarantineError, match="duplicate_key 1, first in line 61"):
        release(tmp_path, atencions, DAY, Choice((61,)), SAID)
    with pytest.raises(QuarantineError, match="key_taken 1, first in line 63 .a row with the same key is in use"):
        release(tmp_path, atencions, DAY, Choice((63,)), SAID)
    revoke(tmp_path, atencions, DAY, (62,), SAID)
    release(tmp_path, atencions, DAY, Choice((61,)), SAID)
    assert load(tmp_path, atencions, columns="nom, _line_number")[1] == [(PERSON, 61)]


def test_decisions_that_contradict_one_another_let_none_of_the_rows_count(
    tmp_path: Path, atencions: Contract, deliver: Deliver
) -> None:
    deliver("atencions", ATENCIONS_FILE, attentions_file(*GOOD, attention("B1"), attention("B1", nom=PERSON)))
    arrive(tmp_path, atencions)
    release(tmp_path, atencions, DAY, Choice((61,)), replace(SAID, counts_from=DAY + timedelta(days=1)))
    release(tmp_path, atencions, DAY, Choice((62,)), SAID)
    assert load(tmp_path, atencions)[1] == [("B1",)]
    loaded, found = load(tmp_path, atencions, DAY + timedelta(days=1))
    assert (found, loaded.rows_released) == ([], 0)
    assert "0 have changed since and 2 still break the contract" in loaded.warnings[-1]


def test_released_twice_is_released_once(tmp_path: Path, atencions: Contract, deliver: Deliver) -> None:
    told = [attention("B1", idioma="fr"), attention("B2", idioma="fr")]
    deliver("atencions", ATENCIONS_FILE, attentions_file(*GOOD, *told))
    arrive(tmp_path, atencions)
    release(tmp_path, atencions, DAY, Choice((61,)), SAID)
    again = release(tmp_path, atencions, DAY, Choice((61,)), SAID)
    assert (again.rows, again.rows_before, len(written(tmp_path))) == (0, 1, 1)
    rest = release(tmp_path, atencions, DAY, Choice(reason="unknown_code:idioma"), SAID)
    assert (rest.rows, rest.rows_before) == (1, 1)
    assert load(tmp_path, atencions)[1] == [("B1",), ("B2",)]


def test_a_revoked_release_counts_no_longer_from_its_day_on(
    tmp_path: Path, atencions: Contract, deliver: Deliver
) -> None:
    deliver("atencions", ATENCIONS_FILE, attentions_file(*GOOD, attention("B1", idioma="fr")))
    arrive(tmp_path, atencions)
    release(tmp_path, atencions, DAY, Choice((61,)), SAID)
    after = replace(SAID, counts_from=DAY + timedelta(days=2))
    with pytest.raises(QuarantineError, match="extract of 2026-05-04: line 7 is not released on 2026-05-06"):
        revoke(tmp_path, atencions, DAY, (7, 61), after)
    assert revoke(tmp_path, atencions, DAY, (), after) == 1
    for days, expected in ((0, 1), (1, 1), (2, 0), (3, 0)):
        assert load(tmp_path, atencions, DAY + timedelta(days=days))[0].rows_released == expected
    assert [entry["verdict"] for entry in written(tmp_path)] == ["released", "revoked"]
    with pytest.raises(QuarantineError, match="no line is released on 2026-05-06"):
        revoke(tmp_path, atencions, DAY, (), after)
    path = tmp_path / "registry" / "journal" / "quarantine.jsonl"
    with path.open("ab") as stream:
        stream.write(path.read_bytes().splitlines(keepends=True)[0])
    assert load(tmp_path, atencions, after.counts_from)[0].rows_released == 0, "the same line again is no new decision"
    assert release(tmp_path, atencions, DAY, Choice((61,)), after).rows == 1
    assert load(tmp_path, atencions, after.counts_from)[0].rows_released == 1


def test_a_decision_counts_from_its_business_date_on(tmp_path: Path, atencions: Contract, deliver: Deliver) -> None:
    deliver("atencions", "atencions_20260503.jsonl", attentions_file(*GOOD, attention("B1", idioma="fr")))
    arrive(tmp_path, atencions)
    release(tmp_path, atencions, EVE, Choice((61,)), SAID)
    earlier, later = load(tmp_path, atencions, EVE), load(tmp_path, atencions, DAY)
    assert (earlier[1], earlier[0].rows_beside) == ([], {"atencions__atencions_quarantined": 1})
    assert (later[1], later[0].rows_beside) == ([("B1",)], {"atencions__atencions_quarantined": 0})
    assert (overview(tmp_path, atencions, EVE)[0].reasons[0].released, later[0].warnings[-1][:15]) == (
        0,
        "atencions: late",
    )


def test_the_last_word_on_a_key_counts_whether_released_or_not(
    tmp_path: Path, iris: Contract, deliver: Deliver
) -> None:
    told = {
        "20260502": [card(iris, "1", estat="2"), card(iris, "2", estat="2")],
        "20260503": [card(iris, "1", estat="9"), card(iris, "2", estat="9")],
        "20260504": [card(iris, "2", estat="4")],
    }
    tolerant = replace(iris, delivery=replace(iris.delivery, max_quarantine_share=1.0))
    for day, lines in told.items():
        deliver("iris", f"iris_fitxes_{day}.csv", iris_file(header(iris), *lines), rows=len(lines))
    arrive(tmp_path, tolerant)
    learned = wider(tolerant, "estat", "9")
    release(tmp_path, learned, EVE, Choice(reason="unknown_code:estat"), replace(SAID, counts_from=EVE))
    for until, expected in ((EVE, [("1", "9", EVE), ("2", "9", EVE)]), (DAY, [("1", "9", EVE), ("2", "4", DAY)])):
        with work() as connection:
            assert load_raw(connection, tmp_path, learned, until).rows_released == 2
            query = "select fitxa_id, estat, _extract_date from work.raw.iris__fitxes order by 1"
            assert connection.execute(query).fetchall() == expected


def test_visits_without_a_key_keep_the_key_that_they_would_have_had(tmp_path: Path, deliver: Deliver) -> None:
    cita = next(one for one in load_contracts() if one.source == "cita_previa")
    told = {
        "data": "2026-05-04",
        "hora": "09:30",
        "oficina": "OAC",
        "cua": "A",
        "cita_previa": "1",
        "estat": "Ajornada",
    }
    visit = ";".join(told.get(field.name, "") for field in cita.fields)
    content = "\r\n".join([";".join(field.name for field in cita.fields), visit, visit, ""]).encode()
    learned = wider(replace(cita, delivery=replace(cita.delivery, max_quarantine_share=1.0)), "estat", "Ajornada")
    deliver("cita_previa", "cita_previa_20260504.csv", content, rows=2)
    shutil.copytree(tmp_path / "inbox", tmp_path / "other" / "inbox")
    arrive(tmp_path, replace(learned, fields=cita.fields))
    release(tmp_path, learned, DAY, Choice(reason="unknown_code:estat"), SAID)
    arrive(tmp_path / "other", learned)
    keys = []
    for home in (tmp_path, tmp_path / "other"):
        with work() as connection:
            load_raw(connection, home, learned, DAY)
            query = "select _source_key, _line_number from work.raw.cita_previa__visites order by 2"
            keys.append(connection.execute(query).fetchall())
    assert keys[0] == keys[1] and len(set(keys[0])) == 2


def test_a_decision_holds_for_the_line_and_not_for_its_number(
    tmp_path: Path, atencions: Contract, deliver: Deliver
) -> None:
    deliver("atencions", ATENCIONS_FILE, attentions_file(*GOOD, attention("B1", idioma="fr")))
    arrive(tmp_path, atencions)
    release(tmp_path, atencions, DAY, Choice((61,)), SAID)
    for area in ("landing/atencions/2026-05-04", f"raw/atencions/atencions/extract_date={DAY}"):
        shutil.rmtree(tmp_path / area)
    deliver("atencions", ATENCIONS_FILE, attentions_file(*GOOD, attention("B2", idioma="fr", nom=PERSON)))
    arrive(tmp_path, atencions)
    loaded, found = load(tmp_path, atencions)
    assert (found, loaded.rows_released) == ([], 0)
    assert loaded.warnings == (
        "atencions: of 1 released rows of the extract of 2026-05-04, 1 have changed since and 0 still break the "
        "contract, so they are not used; release them again, or revoke their release",
    )


def test_a_line_that_counts_by_itself_by_now_needs_no_release(
    tmp_path: Path, atencions: Contract, deliver: Deliver
) -> None:
    deliver("atencions", ATENCIONS_FILE, attentions_file(*GOOD, attention("B1", idioma="fr")))
    arrive(tmp_path, atencions)
    release(tmp_path, atencions, DAY, Choice((61,)), SAID)
    learned = wider(atencions, "idioma", "fr")
    shutil.rmtree(tmp_path / "raw")
    arrive(tmp_path, learned)
    loaded, found = load(tmp_path, learned, columns="_source_key, idioma")
    assert (found, loaded.rows_released, loaded.warnings) == ([("B1", "fr")], 0, ())


def test_the_snapshot_before_has_its_released_rows_too(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    for day in ("20260502", "20260503", "20260504"):
        bad = padro_line("000000000000001", at_4=b"19700101")
        deliver("padro", f"padro_habitants_{day}.txt", padro_file(*many(200), bad))
    arrive(tmp_path, padro)
    for day in (DAY - timedelta(days=2), EVE):
        release(tmp_path, padro, day, Choice((201,)), SAID)
    with work() as connection:
        loaded = load_raw(connection, tmp_path, padro, DAY)
        previous = connection.execute("select count(*), max(_extract_date) from work.raw.padro__habitants_previous")
        assert previous.fetchall() == [(201, EVE)]
    assert (loaded.rows, loaded.rows_released) == (200, 0)


def test_a_field_that_the_contract_learned_since_is_empty_in_released_rows(
    tmp_path: Path, atencions: Contract, deliver: Deliver
) -> None:
    deliver("atencions", ATENCIONS_FILE, attentions_file(*GOOD, attention("B1", idioma="fr")))
    arrive(tmp_path, atencions)
    name = next(field for field in atencions.fields if field.name == "nom")
    learned = replace(atencions, fields=(*atencions.fields, replace(name, name="nom_sentit")))
    release(tmp_path, learned, DAY, Choice((61,)), SAID)
    assert load(tmp_path, learned, columns="_source_key, nom_sentit")[1] == [("B1", None)]


def test_a_date_in_three_fields_is_left_out_by_nobody(tmp_path: Path, iris: Contract, deliver: Deliver) -> None:
    good = [card(iris, str(number)) for number in range(60)]
    closed = card(iris, "99", dia_data_tancament="31", mes_data_tancament="02", any_data_tancament="2026")
    deliver("iris", "iris_fitxes_20260504.csv", iris_file(header(iris), *good, closed), rows=61)
    arrive(tmp_path, iris)
    with pytest.raises(QuarantineError, match=r"bad_date:data_tancament 1, first in line 62 .*change the contract"):
        release(tmp_path, iris, DAY, Choice((62,)), SAID)


def test_refused_rows_that_can_not_be_read_are_named(tmp_path: Path, atencions: Contract, deliver: Deliver) -> None:
    deliver("atencions", ATENCIONS_FILE, attentions_file(*GOOD, attention("B1", idioma="fr")))
    arrive(tmp_path, atencions)
    path = tmp_path / "quarantine" / "atencions" / "atencions" / f"extract_date={DAY}" / "data.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    for read in (
        lambda: release(tmp_path, atencions, DAY, Choice((61,)), SAID),
        lambda: look_up(tmp_path, atencions, LookUp(DAY, None, 1, "A. Enginyera", "ticket 12")),
        lambda: overview(tmp_path, atencions, DAY),
    ):
        with pytest.raises(ExtractDamaged, match=r"data.parquet is damaged: remove .*raw.*; the next night parses"):
            read()


@pytest.mark.parametrize("area", ["raw", "quarantine"])
def test_an_extract_whose_rows_are_lost_in_part_is_parsed_again(
    tmp_path: Path, atencions: Contract, deliver: Deliver, area: str
) -> None:
    """Refused rows may withdraw consents: none is lost by removing what the night says is damaged."""
    deliver("atencions", ATENCIONS_FILE, attentions_file(*GOOD, attention("B1", idioma="fr")))
    arrive(tmp_path, atencions)
    path = tmp_path / area / "atencions" / "atencions" / f"extract_date={DAY}" / "data.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with work() as connection, pytest.raises(ExtractDamaged, match="is damaged: remove its directory, and the next"):
        load_raw(connection, tmp_path, atencions, DAY)
    shutil.rmtree(path.parent)
    arrive(tmp_path, atencions)
    assert path.read_bytes() == whole
    assert load(tmp_path, atencions)[0].rows_beside == {"atencions__atencions_quarantined": 1}


def test_the_rows_of_a_rejected_extract_that_are_lost_are_read_anew(
    tmp_path: Path, atencions: Contract, deliver: Deliver
) -> None:
    deliver("atencions", ATENCIONS_FILE, attentions_file(attention("B1", idioma="fr", nom=PERSON)))
    arrive(tmp_path, atencions)
    path = tmp_path / "quarantine" / "atencions" / "atencions" / f"extract_date={DAY}" / "data.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with work() as connection, pytest.raises(ExtractDamaged, match="is damaged: remove its directory, and the next"):
        load_raw(connection, tmp_path, atencions, DAY)
    shutil.rmtree(path.parent)
    arrive(tmp_path, atencions)
    assert path.read_bytes() == whole
    assert [str(one.rejected)[:9] for one in overview(tmp_path, atencions, DAY)] == ["atencions"]


def test_no_row_of_a_rejected_extract_can_be_released(tmp_path: Path, atencions: Contract, deliver: Deliver) -> None:
    deliver("atencions", ATENCIONS_FILE, attentions_file(attention("B1", idioma="fr", nom=PERSON)))
    arrive(tmp_path, atencions)
    with pytest.raises(QuarantineError, match="was rejected or is not parsed yet, so no row of it can be released"):
        release(tmp_path, atencions, DAY, Choice((1,)), SAID)
    with pytest.raises(QuarantineError, match="the extract of 2026-05-03 has not landed"):
        release(tmp_path, atencions, EVE, Choice((1,)), SAID)
    assert written(tmp_path) == []
    (extract,) = overview(tmp_path, atencions, DAY)
    assert "1 of 1 rows break the contract" in str(extract.rejected)
    assert [(one.reason, one.rows, one.released) for one in extract.reasons] == [("unknown_code:idioma", 1, 0)]


def test_lines_and_reasons_that_are_not_there_are_named(tmp_path: Path, atencions: Contract, deliver: Deliver) -> None:
    deliver("atencions", ATENCIONS_FILE, attentions_file(*GOOD, attention("B1", idioma="fr", nom=PERSON)))
    arrive(tmp_path, atencions)
    with pytest.raises(QuarantineError, match="these lines of that extract are not in quarantine: 7;"):
        release(tmp_path, atencions, DAY, Choice((7, 61)), SAID)
    with pytest.raises(QuarantineError, match="its reasons are unknown_code:idioma"):
        release(tmp_path, atencions, DAY, Choice(reason="bad_json"), SAID)


@pytest.mark.parametrize(
    "damage",
    [
        b"no JSON\n",
        b"[]\n",
        b'{"source": "atencions", "entity": "atencions"}\n',
        b'{"source": "atencions", "entity": "atencions", "counts_from": "2026-05-04", "extract_date": "2026-05-04",'
        b' "line_numbers": [1, 2], "sha256": ["a"], "verdict": "released"}\n',
        b'{"source": "atencions", "entity": "atencions", "counts_from": "2026-05-04", "extract_date": "2026-05-04",'
        b' "line_numbers": [1], "sha256": ["a"], "verdict": "perhaps"}\n',
    ],
)
def test_a_damaged_journal_stops_the_night_by_name(
    tmp_path: Path, atencions: Contract, deliver: Deliver, damage: bytes
) -> None:
    deliver("atencions", ATENCIONS_FILE, attentions_file(*GOOD, attention("B1", idioma="fr")))
    arrive(tmp_path, atencions)
    release(tmp_path, atencions, DAY, Choice((61,)), SAID)
    path = tmp_path / "registry" / "journal" / "quarantine.jsonl"
    path.write_bytes(path.read_bytes() + damage)
    with work() as connection, pytest.raises(RegistryError, match=r"quarantine.jsonl.* is damaged: restore the file"):
        load_raw(connection, tmp_path, atencions, DAY)


def test_a_look_up_is_on_disk_before_anything_is_seen(tmp_path: Path, atencions: Contract, deliver: Deliver) -> None:
    told = [attention("B1", idioma="fr", nom=PERSON), attention("B2", idioma="fr"), attention("B3", canal="FAX")]
    deliver("atencions", ATENCIONS_FILE, attentions_file(*GOOD, *told))
    arrive(tmp_path, atencions)
    seen = look_up(tmp_path, atencions, LookUp(DAY, "unknown_code:idioma", 1, "A. Enginyera", "ticket 12"))
    assert [(row.line_number, row.reason, PERSON in row.original_line) for row in seen] == [
        (61, "unknown_code:idioma", True)
    ]
    (entry,) = written(tmp_path, "quarantine_look_ups")
    assert entry | {"asked_at": ""} == {
        "who": "A. Enginyera", "why": "ticket 12", "asked_at": "", "source": "atencions", "entity": "atencions",
        "extract_date": "2026-05-04", "reason": "unknown_code:idioma", "rows": 1,
    }  # fmt: skip
    (tmp_path / "registry" / "journal").rename(tmp_path / "kept")
    (tmp_path / "registry" / "journal").write_text("a file where a directory should be")
    with pytest.raises(OSError, match="journal"):
        look_up(tmp_path, atencions, LookUp(DAY, None, 1, "A. Enginyera", "ticket 12"))
