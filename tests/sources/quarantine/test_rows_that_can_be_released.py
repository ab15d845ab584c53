"""Which quarantined rows an engineer can release, what is left out of them, and what is refused."""

import json
from pathlib import Path

import duckdb
import pytest

from sources.base.errors import QuarantineError
from sources.contracts.contract import Contract
from sources.loading.raw_tables import load_raw
from sources.quarantine.look_ups import overview
from sources.quarantine.releases import release, revoke
from sources.quarantine.rows import Choice
from tests.sources.quarantine.conftest import EVE, GOOD, PERSON, SAID, arrive, load, wider, written
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


def test_a_date_in_three_fields_is_left_out_by_nobody(tmp_path: Path, iris: Contract, deliver: Deliver) -> None:
    good = [card(iris, str(number)) for number in range(60)]
    closed = card(iris, "99", dia_data_tancament="31", mes_data_tancament="02", any_data_tancament="2026")
    deliver("iris", "iris_fitxes_20260504.csv", iris_file(header(iris), *good, closed), rows=61)
    arrive(tmp_path, iris)
    with pytest.raises(QuarantineError, match=r"bad_date:data_tancament 1, first in line 62 .*change the contract"):
        release(tmp_path, iris, DAY, Choice((62,)), SAID)


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
