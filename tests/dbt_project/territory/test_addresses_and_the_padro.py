"""Addresses of the hand-made hub in the street directory, and its Padró from one month to the next."""

import duckdb
import pytest


@pytest.mark.parametrize(
    ("street", "postcode", "expected"),
    [
        ("BALMES", "08007", ("exact", "000100", "02081", 430093.7)),
        ("JOSE ANTONIO", "08011", ("former_name", "000300", "02081", 430093.7)),
        ("BALMAS", "08007", ("misspelt_name", "000100", "02081", 430093.7)),
        ("ARAGO", "08013", ("other_postcode", "000200", "02081", 430093.7)),
        ("INEXISTENT", "08001", ("unmatched", None, None, None)),
    ],
)
def test_an_address_is_matched_to_the_street_directory(
    hub: duckdb.DuckDBPyConnection, street: str, postcode: str, expected: tuple[object, ...]
) -> None:
    columns = "match_quality, street_code, census_section, x_etrs89"
    query = f"select {columns} from work.hub.addresses where street = ? and postcode = ?"
    assert hub.execute(query, [street, postcode]).fetchall() == [expected]


def test_of_two_streets_of_one_name_the_type_settles_which_and_letters_tell_doors_apart(
    hub: duckdb.DuckDBPyConnection,
) -> None:
    columns = "street_type, street_number, street_letter, match_quality, street_code, district_code"
    rows = hub.execute(f"select {columns} from work.hub.addresses where street = 'GUIPUSCOA' order by all").fetchall()
    assert rows == [
        ("CARRER", "30", "B", "exact", "000500", "05"),
        ("CARRER", "30", "BIS", "other_letter", "000500", "02"),
        ("CARRER", "30", None, "exact", "000500", "02"),
        ("CARRER", "8", None, "exact", "000500", "02"),
        # However many call a rambla a street, too.
        ("RAMBLA", "8", None, "exact", "000400", "02"),
        (None, "8", None, "unmatched", None, None),
    ]


def test_a_door_that_the_directory_lacks_and_one_in_another_town(hub: duckdb.DuckDBPyConnection) -> None:
    query = "select street_number, match_quality from work.hub.addresses where street = 'ARAGO' and postcode = '08007'"
    assert dict(hub.execute(query).fetchall()) == {
        "12": "other_letter",  # 12 bis
        "14": "nearest_number",
        "18": "nearest_number",
        "20": "exact",
        "999": "street",
    }
    assert hub.execute("select count(*) from work.hub.addresses where postcode = '08902'").fetchone() == (0,)


def test_variations_since_the_full_register_are_replayed_in_their_order(hub: duckdb.DuckDBPyConnection) -> None:
    """Of two variations of one day, the later line counts. The full register has older variations in it."""
    columns = "is_live, variation_cause, street, street_number, extract_date::varchar"
    query = f"select {columns} from work.intermediate.int_padro_inscriptions where source_key = ?"
    assert hub.execute(query, ["N4"]).fetchall() == [(True, "MD", "CALLE ARAGO", "14", "2026-05-02")]
    assert hub.execute(query, ["N1"]).fetchall() == [(True, "AC", "CALLE BALMES", "12", "2026-05-01")]


def test_a_full_register_is_reconciled_with_the_one_before(hub: duckdb.DuckDBPyConnection) -> None:
    columns = "padro_person_id, difference, fields, previous_register_date::varchar, register_date::varchar"
    assert hub.execute(f"select {columns} from work.hub.padro_reconciliation order by 1").fetchall() == [
        ("N1", "told_otherwise", ["surname_1"], "2026-04-01", "2026-05-01"),
        ("N4", "only_in_register", [], "2026-04-01", "2026-05-01"),
        ("N9", "unknown_inscription", [], None, "2026-05-01"),
    ]
