"""Delimited text through landing and parsing: what is loaded, and what is refused and why."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sources.contracts.contract import Contract
from sources.landing.land import land
from sources.parsing.parse import parse
from tests.support.extracts import DAY, Deliver, card, header, iris_file, rows


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
        (lambda text: text.replace('"NOM",', '"NOM","NOU",'), "has 47 columns, 46 are in the contract"),
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


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"mes_data_alta": "02", "dia_data_alta": "31"}, "bad_date:data_alta"),
        ({"any_data_alta": "2027"}, "bad_date:data_alta"),
        ({"any_data_tancament": "2026"}, "bad_date:data_tancament"),
        ({"nom": "Núria\u202e"}, "control_character"),
    ],
)
def test_what_a_card_may_not_say(
    tmp_path: Path, iris: Contract, deliver: Deliver, told: dict[str, str], reason: str
) -> None:
    good = [card(iris, str(number)) for number in range(30)]
    deliver("iris", "iris_fitxes_20260504.csv", iris_file(header(iris), *good, card(iris, "B", **told)), rows=31)
    land(tmp_path, iris, DAY)
    (result,) = parse(tmp_path, iris, DAY)
    assert (result.rows_loaded, result.reasons) == (30, {reason: 1})
