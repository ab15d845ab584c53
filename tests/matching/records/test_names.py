"""Names that sound alike, and names that do not."""

import duckdb
import pytest

from matching.records.given_names import sound


def sounds_of(*names: str | None) -> list[str | None]:
    rows = duckdb.execute(
        f"select {sound('name')} from (select unnest($1::varchar[]) as name)", [list(names)]
    ).fetchall()
    return [row[0] for row in rows]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("VILA", "BILA"), ("CASALS", "CAZALZ"), ("JIMENEZ", "GIMENES"), ("HERNANDEZ", "ERNANDEZ"),
        ("VALLES", "BAYES"), ("SABADELL", "SABADEL"), ("ESPANYOL", "ESPANOL"), ("QUIM", "KIM"), ("PUIG", "PUCH"),
        ("BOSCH", "BOSC"), ("XAVIER", "JAVIER"), ("FERRER", "FERRE"), ("FONT", "FON"), ("BERNAT", "BERNAD"),
        ("CAMPS", "CANPS"), ("ROCA", "RUCA"), ("MASSAGUER", "MASAGUE"),
        ("MOHAMMED", "MUHAMED"), ("KHALID", "JALID"), ("THOMAS", "TOMAS"),
        ("WALID", "VALID"), ("PHILIP", "FILIP"), ("YOUSSEF", "YUSSEF"), ("SHAKIRA", "XAQUIRA"),
    ],
)  # fmt: skip
def test_what_is_heard_alike_is_one(one: str, other: str) -> None:
    assert len(set(sounds_of(one, other))) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MARIA", "MARIO"), ("PUIG", "PUJOL"), ("SERRA", "SERRANO"), ("ALBA", "ALBERT"), ("MARTA", "MARTI"),
        ("VILA", "VIDAL"), ("JOAN", "JOANA"), ("GUERRA", "GERRA"), ("COSTA", "COSTI"), ("PONS", "FONS"),
    ],
)  # fmt: skip
def test_other_names_stay_apart(one: str, other: str) -> None:
    assert len(set(sounds_of(one, other))) == 2


def test_words_are_heard_one_by_one_and_nothing_is_no_name() -> None:
    assert sounds_of("FONT BOSCH") == [" ".join(sounds_of("FONT", "BOSCH"))]
    assert sounds_of("H", None) == [None, None]
