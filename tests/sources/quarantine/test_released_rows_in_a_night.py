"""From when on a released row counts, and what a night makes of it."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sources.base.errors import QuarantineError
from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import Contract
from sources.loading.raw_tables import load_raw
from sources.quarantine.look_ups import overview
from sources.quarantine.releases import release, revoke
from sources.quarantine.rows import Choice
from tests.sources.quarantine.conftest import EVE, GOOD, PERSON, SAID, arrive, load, wider, written
from tests.support.extracts import (
    ATENCIONS_FILE,
    DAY,
    Deliver,
    attention,
    attentions_file,
    card,
    header,
    iris_file,
    many,
    padro_file,
    padro_line,
    work,
)


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
