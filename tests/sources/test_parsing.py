"""Extracts written by hand, byte by byte, through landing, parsing and loading: what is loaded, refused and why.

No reader and no contract has a say in what these bytes look like, so a misread contract shows here.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sources.contract import Contract
from sources.landing import land, landing_dir
from sources.loading import load_raw
from sources.parsing import parse
from sources.registry import load_contracts

PADRO_FILE = "padro_habitants_20260504.txt"
ATENCIONS_FILE = "atencions_20260504.jsonl"
Deliver = Callable[..., Path]
DAY = date(2026, 5, 4)

# One inscription: 340 bytes, each part with its positions as the layout counts them.
PADRO_LINE = b"".join(
    [
        b" " + b"  " + b"20240115" + b"A" + b"AC",  # 1-14 tipoinf, cdev, fvar, cvar, cauv
        b"08" + b"019" + b"02" + b"081" + b" " + b"0001701",  # 15-32 cpro, cmun, dist, secc, lsecc, cun
        b"00123" + b"CALLE" + b"BALMES".ljust(25) + b" " * 50,  # 33-117 cvia, tvia, nvia, npsvia
        b"0012" + b" " + b"    " + b" " + b"   " + b" ",  # 118-131 numer to hmt
        b"  " + b"  " + b"A " + b"002" + b"0001" + b" " + b"08007",  # 132-150 bloq to cpos
        b"0000000042" + b"01" + b"000000000000777",  # 151-177 nhop, nordh, nia
        "NÚRIA".encode("latin-1").ljust(20),  # 178-197 nomb
        b"DE".ljust(6) + "MUÑOZ".encode("latin-1").ljust(20),  # 198-223 part1, ape1
        b"".ljust(6) + b"PUIG".ljust(20),  # 224-249 part2, ape2
        b"6" + b"19800230"[:6] + b"00" + b"08" + b"019" + b"108",  # 250-266 sexo, fnac, cpron, cmunn, naci
        b"1" + b"00000014Z".ljust(20) + b"42" + b"20100901",  # 267-297 tide, iden, nivi, falta
        b"  " + b"   " + b"        ",  # 298-310 cprop, cmunp, fcadu
        b"029500" + b"07" + b"101" + b"043046250" + b"0458281810",  # 311-340 carrer, barri, aeb, x, y
    ]
)


def padro_line(nia: str = "000000000000777", **replaced: bytes) -> bytes:
    """The inscription above with another NIA; `at_<first position>` puts bytes in a place."""
    line = bytearray(PADRO_LINE)
    line[162:177] = nia.encode()
    for place, value in replaced.items():
        start = int(place.removeprefix("at_")) - 1
        line[start : start + len(value)] = value
    return bytes(line)


def attention(identifier: str = "A1", **replaced: object) -> dict[str, object]:
    """An attention with its required fields."""
    content = {
        "id": identifier,
        "data_hora": "2026-05-04T09:12:33",
        "canal": "010",
        "motiu": "INFO",
        "resultat": "RESOLT",
    }
    return content | replaced


@pytest.fixture
def padro() -> Contract:
    return {contract.source: contract for contract in load_contracts()}["padro"]


@pytest.fixture
def atencions() -> Contract:
    return {contract.source: contract for contract in load_contracts()}["atencions"]


@pytest.fixture
def deliver(tmp_path: Path) -> Callable[..., Path]:
    """Put a delivery and its control file into the inbox."""

    def put(source: str, name: str, content: bytes, rows: int | None = None, control: bool = True) -> Path:
        path = tmp_path / "inbox" / source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if control:
            announced = {"rows": content.count(b"\n") if rows is None else rows, "bytes": len(content)}
            announced["sha256"] = hashlib.sha256(content).hexdigest()
            path.with_name(name + ".control.json").write_text(json.dumps(announced))
        return path

    return put


def padro_file(*lines: bytes) -> bytes:
    return b"".join(line + b"\r\n" for line in lines)


def many(count: int) -> list[bytes]:
    """Good inscriptions, so that a few bad ones stay below the contract's bound."""
    return [padro_line(f"{number:015d}") for number in range(1000, 1000 + count)]


def rows(home: Path, area: str, source: str, entity: str) -> list[dict[str, Any]]:
    path = home / area / source / entity / f"extract_date={DAY}" / "data.parquet"
    relation = duckdb.sql(f"select * from read_parquet('{path}', hive_partitioning = false)")
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def test_each_field_is_cut_where_the_layout_says(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    assert len(PADRO_LINE) == 340
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    assert land(tmp_path, padro, DAY).landed == (DAY,)
    (result,) = parse(tmp_path, padro, DAY)
    assert (result.rows_in, result.rows_loaded, result.rejected) == (1, 1, None)
    (row,) = rows(tmp_path, "raw", "padro", "habitants")
    expected = {
        "fvar": "20240115", "cvar": "A", "cauv": "AC", "cpro": "08", "cmun": "019", "dist": "02", "secc": "081",
        "tvia": "CALLE", "nvia": "BALMES", "numer": "0012", "plan": "002", "puer": "0001", "cpos": "08007",
        "nhop": "0000000042", "nia": "000000000000777", "nomb": "NÚRIA", "part1": "DE", "ape1": "MUÑOZ", "ape2": "PUIG",
        "sexo": "6", "fnac": "19800200", "naci": "108", "tide": "1", "iden": "00000014Z", "falta": "20100901",
        "barri": "07", "aeb": "101", "x_etrs89": "043046250", "y_etrs89": "0458281810",
        "_source_key": "000000000000777",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert row["part2"] is None
    assert row["fcadu"] is None


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (padro_line("000000000000001", at_250=b"9"), "unknown_code:sexo"),
        (padro_line("000000000000001", at_251=b"20261332"), "bad_date:fnac"),
        (padro_line("000000000000001", at_251=b"00000000"), "bad_date:fnac"),
        (padro_line("000000000000001", at_178=b" " * 20), "missing:nomb"),
        (padro_line(" " * 15), "missing:nia"),
        (padro_line("000000000000001")[:-1], "bad_length"),
        (padro_line("000000000000001") + b" ", "bad_length"),
        (padro_line("000000000000001", at_180=b"\x8a"), "bad_encoding"),
    ],
)
def test_a_bad_line_is_kept_with_its_reason(
    tmp_path: Path, padro: Contract, deliver: Deliver, bad: bytes, reason: str
) -> None:
    deliver("padro", PADRO_FILE, padro_file(*many(200), bad))
    land(tmp_path, padro, DAY)
    (result,) = parse(tmp_path, padro, DAY)
    assert (result.rows_in, result.rows_loaded, result.rows_quarantined) == (201, 200, 1)
    (refused,) = rows(tmp_path, "quarantine", "padro", "habitants")
    assert refused == {"line_number": 201, "reason": reason, "original_line": bad.decode("latin-1")}


def test_of_one_key_with_two_contents_none_is_loaded(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    lines = [*many(400), padro_line("000000000000001"), padro_line("000000000000001", at_250=b"1")]
    deliver("padro", PADRO_FILE, padro_file(*lines))
    land(tmp_path, padro, DAY)
    (result,) = parse(tmp_path, padro, DAY)
    assert (result.rows_loaded, result.reasons) == (400, {"duplicate_key": 2})


def test_of_one_line_twice_one_is_loaded(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    lines = [*many(400), padro_line("000000000000001"), padro_line("000000000000001")]
    deliver("padro", PADRO_FILE, padro_file(*lines))
    land(tmp_path, padro, DAY)
    (result,) = parse(tmp_path, padro, DAY)
    assert (result.rows_loaded, result.reasons) == (401, {"duplicate_row": 1})


@pytest.mark.parametrize(
    ("content", "announced", "why"),
    [
        (padro_file(*many(10)).decode("latin-1").encode("utf-8"), None, "bad_encoding 10"),
        (padro_file(*many(10)).replace(b"\xda", b"\x9a"), None, "bad_encoding 10"),
        (padro_file(*many(10))[:-700], 10, "announced"),
        (padro_file(*(line.replace(b"108", b"10x")[:250] for line in many(10))), None, "bad_length"),
        (b"", 0, "at least 1"),
    ],
    ids=["utf-8", "cp1252", "truncated", "shifted", "empty"],
)
def test_a_bad_extract_is_rejected_and_the_last_good_one_used(
    tmp_path: Path, padro: Contract, deliver: Deliver, content: bytes, announced: int | None, why: str
) -> None:
    yesterday = DAY - timedelta(days=1)
    deliver("padro", "padro_habitants_20260503.txt", padro_file(*many(3)))
    deliver("padro", PADRO_FILE, content, rows=announced)
    land(tmp_path, padro, DAY)
    results = {result.extract_date: result for result in parse(tmp_path, padro, DAY)}
    assert results[yesterday].rejected is None
    assert why in str(results[DAY].rejected)
    assert "MUÑOZ" not in str(results[DAY].rejected)
    with work() as connection:
        loaded = load_raw(connection, tmp_path, padro, DAY)
    assert (loaded.rows, loaded.extract_dates, loaded.staleness_days) == (3, (yesterday,), 1)
    assert why in loaded.warnings[0]
    assert parse(tmp_path, padro, DAY) == []


def work() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    connection.execute("attach ':memory:' as work; create schema work.raw")
    return connection


def test_a_delivery_without_control_file_is_left(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE), control=False)
    result = land(tmp_path, padro, DAY)
    assert result.landed == ()
    assert "half written" in result.warnings[0]


def test_a_delivery_shorter_than_announced_is_left(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    path = deliver("padro", PADRO_FILE, padro_file(*many(3)))
    path.write_bytes(path.read_bytes()[:-10])
    assert "announced" in land(tmp_path, padro, DAY).warnings[0]


def test_the_same_delivery_twice_changes_nothing(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    land(tmp_path, padro, DAY)
    receipt = (landing_dir(tmp_path, padro, DAY) / "receipt.json").read_bytes()
    land(tmp_path, padro, DAY)
    assert (landing_dir(tmp_path, padro, DAY) / "receipt.json").read_bytes() == receipt


def test_another_file_of_a_landed_date_is_refused(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    land(tmp_path, padro, DAY)
    deliver("padro", PADRO_FILE, padro_file(*many(2)))
    assert "write-once" in land(tmp_path, padro, DAY).warnings[0]
    assert (landing_dir(tmp_path, padro, DAY) / PADRO_FILE).read_bytes() == padro_file(PADRO_LINE)


def test_the_corrected_file_of_a_rejected_date_is_taken(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    bad = padro_file(padro_line(at_250=b"9"))
    deliver("padro", PADRO_FILE, bad)
    land(tmp_path, padro, DAY)
    assert "unknown_code:sexo 1" in str(parse(tmp_path, padro, DAY)[0].rejected)
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    assert land(tmp_path, padro, DAY).warnings == ()
    assert [result.rows_loaded for result in parse(tmp_path, padro, DAY)] == [1]
    assert (tmp_path / "landing" / "padro" / f"{DAY}.rejected-1" / PADRO_FILE).read_bytes() == bad
    with work() as connection:
        assert load_raw(connection, tmp_path, padro, DAY).warnings == ()


def test_a_contract_of_another_version_judges_a_rejected_extract_anew(
    tmp_path: Path, padro: Contract, deliver: Deliver
) -> None:
    deliver("padro", PADRO_FILE, padro_file(padro_line(at_250=b"9")))
    land(tmp_path, padro, DAY)
    parse(tmp_path, padro, DAY)
    assert parse(tmp_path, padro, DAY) == []
    fields = tuple(replace(field, codes=("1", "6", "9")) if field.name == "sexo" else field for field in padro.fields)
    wider = replace(padro, version="9.0.0", fields=fields)
    assert [result.rows_loaded for result in parse(tmp_path, wider, DAY)] == [1]


def test_bytes_that_are_no_utf_8_are_quarantined_with_their_line(
    tmp_path: Path, atencions: Contract, deliver: Deliver
) -> None:
    good = [json.dumps(attention(f"A{number}")).encode() for number in range(30)]
    bad = json.dumps(attention("B1", nom="N@RIA")).encode().replace(b"@", b"\xda")
    deliver("atencions", ATENCIONS_FILE, b"\xef\xbb\xbf" + b"\r\n".join([*good, bad]), rows=31)
    land(tmp_path, atencions, DAY)
    (result,) = parse(tmp_path, atencions, DAY)
    assert (result.rows_loaded, result.reasons) == (30, {"bad_encoding": 1})
    (refused,) = rows(tmp_path, "quarantine", "atencions", "atencions")
    assert refused["line_number"] == 31
    assert refused["original_line"].replace("\x80", "").encode("latin-1") == bad


def test_a_fault_of_the_engine_rejects_no_extract(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    deliver("padro", PADRO_FILE, padro_file(*many(3)))
    land(tmp_path, padro, DAY)
    (tmp_path / "raw").write_text("a file where a directory should be")
    with pytest.raises(OSError, match="raw"):
        parse(tmp_path, padro, DAY)
    assert not (landing_dir(tmp_path, padro, DAY) / "rejected.json").exists()


def test_an_original_that_was_changed_after_it_landed_is_rejected(
    tmp_path: Path, padro: Contract, deliver: Deliver
) -> None:
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    land(tmp_path, padro, DAY)
    (landing_dir(tmp_path, padro, DAY) / PADRO_FILE).write_bytes(padro_file(*many(1)))
    assert "changed after it landed" in str(parse(tmp_path, padro, DAY)[0].rejected)


def test_a_later_extract_is_not_seen(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    assert land(tmp_path, padro, DAY - timedelta(days=1)).landed == ()


def test_attentions_in_json_lines(tmp_path: Path, atencions: Contract, deliver: Deliver) -> None:
    good = [attention(f"A{number}", nom='Montse\t"Ñ"', durada_s=30, document=None) for number in range(100)]
    lines = [json.dumps(line, ensure_ascii=False).encode() for line in good]
    bad = [
        b"{not json",
        b"[1]",
        json.dumps(attention("B1", canal="XX")).encode(),
        json.dumps(attention("B2", nou=1)).encode(),
    ]
    deliver("atencions", ATENCIONS_FILE, b"".join(line + b"\n" for line in [*lines, *bad]))
    land(tmp_path, atencions, DAY)
    (result,) = parse(tmp_path, atencions, DAY)
    assert result.reasons == {"bad_json": 2, "unknown_code:canal": 1, "unknown_field": 1}
    first = rows(tmp_path, "raw", "atencions", "atencions")[0]
    assert (first["id"], first["nom"], first["durada_s"], first["document"]) == ("A0", 'Montse\t"Ñ"', "30", None)
    refused = rows(tmp_path, "quarantine", "atencions", "atencions")
    assert [row["original_line"].encode() for row in refused] == bad


def test_a_consent_told_twice_in_one_attention_is_refused(
    tmp_path: Path, atencions: Contract, deliver: Deliver
) -> None:
    good = [json.dumps(attention(f"A{number}")).encode() for number in range(30)]
    twice = (
        json.dumps(attention("B1", consentiment_integracio="S")).encode()[:-1] + b', "consentiment_integracio": "N"}'
    )
    deliver("atencions", ATENCIONS_FILE, b"".join(line + b"\n" for line in [*good, twice]))
    land(tmp_path, atencions, DAY)
    (result,) = parse(tmp_path, atencions, DAY)
    assert (result.rows_loaded, result.reasons) == (30, {"repeated_field": 1})


def test_events_of_all_extracts_count_once(tmp_path: Path, atencions: Contract, deliver: Deliver) -> None:
    for day, names in ((3, ("A1", "A2")), (4, ("A2", "A3"))):
        content = b"".join(json.dumps(attention(name)).encode() + b"\n" for name in names)
        deliver("atencions", f"atencions_2026050{day}.jsonl", content)
    land(tmp_path, atencions, DAY)
    parse(tmp_path, atencions, DAY)
    with work() as connection:
        loaded = load_raw(connection, tmp_path, atencions, DAY)
        keys = connection.execute(
            "select _source_key, _extract_date from work.raw.atencions__atencions order by 1"
        ).fetchall()
    assert loaded.rows == 3
    assert keys == [("A1", date(2026, 5, 3)), ("A2", date(2026, 5, 3)), ("A3", DAY)]


def test_without_any_extract_the_source_is_stale(tmp_path: Path, padro: Contract) -> None:
    with work() as connection:
        loaded = load_raw(connection, tmp_path, padro, DAY)
        assert connection.execute("select count(*) from work.raw.padro__habitants").fetchone() == (0,)
    assert loaded.is_stale
    assert "no good extract" in loaded.warnings[0]


@pytest.fixture
def iris() -> Contract:
    return {contract.source: contract for contract in load_contracts()}["iris"]


def card(iris: Contract, number: str, **told: str) -> str:
    """A card with its required fields, every value quoted as the council's own export does."""
    required = {
        "codi_iris": "BCD1234", "tipus": "QUEIXA", "dia_data_alta": "03", "mes_data_alta": "05",
        "any_data_alta": "2026", "suport": "WEB", "estat": "2", "sollicitant": "C",
    }  # fmt: skip
    values = {"fitxa_id": number} | required | told
    return ",".join('"' + values.get(field.name, "").replace('"', '""') + '"' for field in iris.fields)


def header(iris: Contract) -> str:
    return ",".join(f'"{field.name.upper()}"' for field in iris.fields)


def iris_file(*lines: str) -> bytes:
    return b"\xef\xbb\xbf" + "\r\n".join([*lines, ""]).encode()


def test_quoted_csv_with_commas_quotes_and_line_ends_in_it(tmp_path: Path, iris: Contract, deliver: Deliver) -> None:
    good = [card(iris, str(number)) for number in range(100)]
    odd = card(iris, "A", detall='Vorera, "alta"\nde la cantonada', nom="Núria")
    bad = [
        card(iris, "B", tipus="RANT"),
        card(iris, "C") + ',"one more"',
        card(iris, "D").replace('"QUEIXA"', 'x"QUEIXA"'),
    ]
    content = iris_file(header(iris), *good, odd, *bad)
    deliver("iris", "iris_fitxes_20260504.csv", content, rows=104)
    land(tmp_path, iris, DAY)
    (result,) = parse(tmp_path, iris, DAY)
    assert (result.rows_loaded, result.reasons) == (101, {"bad_field_count": 2, "unknown_code:tipus": 1})
    (row,) = [row for row in rows(tmp_path, "raw", "iris", "fitxes") if row["fitxa_id"] == "A"]
    assert (row["detall"], row["nom"], row["email"]) == ('Vorera, "alta"\nde la cantonada', "Núria", None)
    refused = rows(tmp_path, "quarantine", "iris", "fitxes")
    assert [row["original_line"] for row in refused] == bad


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: text.replace('"NOM",', ""), "its header lacks nom"),
        (lambda text: text.replace('"NOM",', '"NOM","NOU",'), "names 47 columns, 46 are in the contract"),
        (lambda text: "", "its header lacks"),
    ],
    ids=["lost column", "new column", "empty"],
)
def test_a_header_that_is_not_the_contracts_rejects_the_extract(
    tmp_path: Path, iris: Contract, deliver: Deliver, change: Callable[[str], str], why: str
) -> None:
    content = change(f"{header(iris)}\n{card(iris, '1')}\n").encode()
    deliver("iris", "iris_fitxes_20260504.csv", content, rows=1)
    land(tmp_path, iris, DAY)
    assert why in str(parse(tmp_path, iris, DAY)[0].rejected)


def test_columns_in_another_order_are_read_by_name(tmp_path: Path, iris: Contract, deliver: Deliver) -> None:
    turned = replace(iris, fields=tuple(reversed(iris.fields)))
    deliver("iris", "iris_fitxes_20260504.csv", iris_file(header(turned), card(turned, "1", nom="Pau")), rows=1)
    land(tmp_path, iris, DAY)
    parse(tmp_path, iris, DAY)
    (row,) = rows(tmp_path, "raw", "iris", "fitxes")
    assert (row["fitxa_id"], row["nom"]) == ("1", "Pau")


def test_of_a_card_that_changes_the_last_word_counts(tmp_path: Path, iris: Contract, deliver: Deliver) -> None:
    for day, states in ((3, {"1": "2", "2": "2"}), (4, {"2": "4"})):
        lines = [card(iris, number, estat=state) for number, state in states.items()]
        deliver("iris", f"iris_fitxes_2026050{day}.csv", iris_file(header(iris), *lines), rows=len(lines))
    land(tmp_path, iris, DAY)
    parse(tmp_path, iris, DAY)
    for until, expected in ((DAY, {"1": "2", "2": "4"}), (DAY - timedelta(days=1), {"1": "2", "2": "2"})):
        with work() as connection:
            load_raw(connection, tmp_path, iris, until)
            found = connection.execute("select fitxa_id, estat from work.raw.iris__fitxes").fetchall()
        assert dict(found) == expected


def test_a_source_that_has_never_delivered_is_not_connected_yet(tmp_path: Path, iris: Contract) -> None:
    with work() as connection:
        loaded = load_raw(connection, tmp_path, iris, DAY)
    assert (loaded.rows, loaded.is_stale) == (0, False)
    assert loaded.warnings
