"""Who is a person and who an organisation, by number and name as four sources tell them; passports look like CIFs."""

import duckdb
import pytest

from orchestration.dbt.models_alone import render_models
from sources.contracts.catalogue import load_contracts

# Model, raw relation, and the columns of number and name.
WRITERS = {
    "stg_llicencies_via_publica__llicencies": ("llicencies_via_publica__llicencies", "cif", "titular"),
    "stg_tramits_hisenda__expedients": ("tramits_hisenda__expedients", "nif_interessat", "nom_interessat"),
    "stg_tramits_hisenda__representatives": ("tramits_hisenda__expedients", "nif_representant", "nom_representant"),
    "stg_contribuents__representatives": ("contribuents__contribuents", "representant_nif", "representant_nom"),
}
# B12345674 and E12345674 end as a CIF must; the other passports do not.
PEOPLE = [
    ("E31415926", "WANG, XIAOLI"), ("P7214386B", "SANTOS, MARIA LUZ"), ("A48213379", "JOHNSON, REBECCA ANN"),
    ("g 4011332-2", "Chen, Yumei"), ("E12345674", "WANG, XIAOLI"), ("E31415926", "王, 晓丽"),
    ("00000014Z", "PUIG SOLER, MARIA"), ("00000014Z", "FUSTES PUJOL"), ("AA1234567", "ROSSI, ANNA"),
    (None, "GORGORI CANYELLES, ELISENDA"), (None, "COSTA SA, MARIA"), (None, "SÁ NUNES, JOÃO"),
    (None, "SCHMIDT, UTE"), ("-", "D'ANGELO, M."), (None, "GARCIA I PUJOL, JOSEP"),
]  # fmt: skip
ORGANISATIONS = [
    ("B12345674", "FUSTES PUJOL, S.L."), ("B12345675", "FUSTES PUJOL, S.L."), ("B12345675", "FUSTES PUJOL"),
    ("B12345674", None), ("ES-B12345674", "BAKER MCKENZIE"), ("J12345674", "PUJOL, FERRER I ASSOCIATS"),
    ("E12345674", "GARCIA MAS, HEREUS DE JOAN"), ("H12345674", "COMUNITAT DE PROPIETARIS BALMES, 12"),
    (None, "FLECA ARGENTER, S.L."), (None, "BAR LA PARRA, S.C.P."), (None, "INSTAL·LACIONS PUJOL, S.A."),
    (None, "HERMANOS QUIROGA, C.B."), (None, "CAFETERIA EL RACÓ, SLU"), (None, "Gelateria Dolça, s.l."),
    (None, "MUDANZAS RÁPIDAS, SOCIEDAD LIMITADA"), (None, "FUNDACIÓ AMICS DEL BARRI, FUNDACIÓ PRIVADA"),
    (None, "PUIG I FILLS, SL EN LIQUIDACIÓ"), (None, "BANCO DEL SUR, SUCURSAL EN ESPAÑA"),
    ("", "OBRES TER, SA"), ("0", "PUIG, MAS I ROCA SL"), (None, "ASSOCIACIÓ DE VEÏNS, LA"),
]  # fmt: skip
# Nothing but a comma tells these apart, and one source alone has companies without a number and without a form.
BY_COMMA = [(None, "BAR LA PARRA"), (None, "PARRA, LA"), (None, "BALMES, 12"), (None, None)]


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    for contract in load_contracts():
        name = f"{contract.source}__{contract.entity}"
        if name in {relation for relation, *_ in WRITERS.values()}:
            columns = ", ".join(f"{field.column} varchar" for field in contract.fields)
            connection.execute(
                f"create table {name} ({columns}, _source_key varchar, _line_number bigint, _extract_date date)"
            )
    return connection


def kinds(
    database: duckdb.DuckDBPyConnection, model: str, parties: list[tuple[str | None, str | None]]
) -> dict[tuple[str | None, str | None], bool]:
    """For each number and name, whether the model reads it as an organisation's."""
    relation, number, name = WRITERS[model]
    database.execute(f"truncate {relation}")
    for place, party in enumerate(parties):
        database.execute(f"insert into {relation} ({number}, {name}, _source_key) values (?, ?, ?)", [*party, place])
    (statement,) = render_models([model], {relation: relation, model: model})
    database.execute(statement)
    rows = database.execute(f"select document_raw, whole_name, is_organisation from {model}").fetchall()
    return {(row[0], row[1]): row[2] for row in rows}


@pytest.mark.parametrize("model", WRITERS)
def test_a_persons_name_outweighs_a_number_of_a_cifs_form(database: duckdb.DuckDBPyConnection, model: str) -> None:
    assert kinds(database, model, PEOPLE) == dict.fromkeys(PEOPLE, False)


@pytest.mark.parametrize("model", WRITERS)
def test_a_legal_form_tells_an_organisation_with_or_without_a_number(
    database: duckdb.DuckDBPyConnection, model: str
) -> None:
    assert kinds(database, model, ORGANISATIONS) == dict.fromkeys(ORGANISATIONS, True)


def test_without_number_and_form_a_licence_is_a_persons_by_its_comma_alone(
    database: duckdb.DuckDBPyConnection,
) -> None:
    licences, *others = WRITERS
    assert kinds(database, licences, BY_COMMA) == dict.fromkeys(BY_COMMA, True)
    told = [party for party in BY_COMMA if party[1]]
    for model in others:
        assert kinds(database, model, told) == dict.fromkeys(told, False)
