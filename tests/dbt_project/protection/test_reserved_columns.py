"""What is hidden of protected people: each column is decided on, and tonight's models and past nights hide the same."""

import re
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb
import pytest
import yaml

from exports.contracts.declared import Mart, declared_marts, described_marts, emptied_columns
from exports.publication.night_changes import History
from exports.publication.reserved import Past
from exports.publication.reserved_rows import copy_hidden, shown_parts
from orchestration.dbt.models_alone import CompilationError, render_models
from orchestration.home.work_database import EXTENSIONS
from quality.suites.departures import RESERVED

SHOWN = Path(__file__).with_name("shown_of_protected.yaml")
PARTY = re.compile(r"(.*_)?person_id(_[lr])?|organisation_id|mention_id|recipient_id")
_REF = re.compile(r'"work"\."\w+"\."(\w+)"')

# MARIA (P1, of keys W) and her child ONA (P3, of keys K) with something in every table; OF is hers, keys V.
_RAW = """
insert into work.raw.atencions__atencions by name
select id, id as _source_key, 50 as _line_number, date '2026-05-04' as _extract_date,
    '2026-05-04T09:00:00' as data_hora,
    'OAC' as canal, 'DNI' as tipus_document, '00000014Z' as document, 'Maria' as nom, 'Puig' as cognom_1,
    'Aragó' as adreca, '20' as numero, '08007' as codi_postal, 'w1@example.org' as email, '600000001' as telefon,
    'INFO' as motiu, 'CERT_EMPADRONAMENT' as tramit, 'OAC 1' as oficina, 'RESOLT' as resultat
from (values ('W1')) as t(id);
insert into work.raw.llicencies_via_publica__llicencies by name
select 'W2' as _source_key, date '2026-05-04' as _extract_date, 'TERRASSA' as tipus, '00000014Z' as cif,
    'PUIG SOLER, MARIA' as titular, 'ARAGO 20' as emplacament, '1' as x_etrs89, '2' as y_etrs89,
    '02' as codi_districte, '07' as codi_barri, '2026-01-01' as data_explo;
update work.raw.contribuents__contribuents set domicili_fiscal = 'CL BALMES 12 08007 BARCELONA',
    email = 'of@example.org', telefon = '600000002' where _source_key = '8';
insert into work.raw.contribuents__contribuents by name
select 'V10' as codi_contribuent, 'V10' as _source_key, date '2026-05-04' as _extract_date, 'E' as tipus_persona,
    'H08123465' as nif, 'COMUNITAT DE PROPIETARIS ARAGO 20' as rao_social, '00000014Z' as representant_nif,
    'PUIG SOLER, MARIA' as representant_nom;
update work.raw.objectes_tributaris__objectes set valor_cadastral = '100', superficie = '70' where _source_key = 'H1';
insert into work.raw.subscripcions__subscripcions by name
select id as id_subscripcio, id as _source_key, date '2026-05-04' as _extract_date, servei, zona, linia, butlleti,
    'EMAIL' as canal, 'w@example.org' as email, 'Maria' as nom, 'Puig Soler' as cognoms, '2026-05-01' as data_alta
from (values ('W3', 'OBRES', 'Z1', null, null), ('W4', 'BUS', null, 'H4', null), ('W5', 'BUTLLETI', null, null, 'D02'),
    ('W6', 'BUTLLETI', null, null, 'CULTURA')) as t(id, servei, zona, linia, butlleti);
insert into work.raw.subscripcions__subscripcions by name
select 'V11' as id_subscripcio, 'V11' as _source_key, date '2026-05-04' as _extract_date, 'PARTICIPACIO' as servei,
    'URBANISME' as interes, 'EMAIL' as canal, 'of@example.org' as email, 'B12345674' as nif,
    'Fustes Pujol SL' as rao_social, '2026-05-01' as data_alta;
insert into work.raw.campanyes__esdeveniments by name
select id as id_esdeveniment, id as _source_key, date '2026-05-04' as _extract_date, 'M' || id as id_missatge,
    'obres Z1' as campanya, 'afectacions' as segment, 'Z1' as tema, 'P1' as id_persona, 'EMAIL' as canal,
    'w1@example.org' as adreca, que as esdeveniment, '2026-05-04T08:00:00' as moment
from (values ('W7', 'ENVIAT'), ('W8', 'REBOT_DUR')) as t(id, que);
insert into work.raw.activitats_estiu__inscripcions by name
select 'K1' as num_inscripcio, 'K1' as _source_key, date '2026-05-04' as _extract_date, '2026' as any,
    'CAMPUS_OLIMPIA' as tipus_activitat, 'ADMES' as estat, '2026-04-01' as data_sollicitud, '1' as torn,
    'CEM A' as centre, 'Ona' as infant_nom, 'Mas' as infant_cognom_1, '2013-06-02' as infant_data_naixement,
    'Maria' as tutor_nom, 'Puig' as tutor_cognom_1, '00000014Z' as tutor_nif, 'k@example.org' as tutor_email,
    '600000003' as tutor_telefon;
insert into work.raw.draws by name
select 2026 as season, 'K1' as application_number, date '2026-05-01' as drawn_on, 1 as draw_order, 1 as place_in_turn,
    'drawn' as result;
"""
_LINKED = """
insert into work.linkage.mention_links by name
select mention_id, if(source_key = 'K1', 'P3', 'P1') as person_id, 1.0 as confidence, 1.0 as cluster_confidence,
    'document' as method, false as is_in_review
from work.intermediate.int_person_mentions where source_key similar to '[WKV][0-9]+(#.*)?';
insert into work.linkage.organisation_links by name
select mention_id, if(source_key = 'V11', 'OF', 'OV10') as organisation_id, 1.0 as confidence,
    1.0 as cluster_confidence,
    'singleton' as method, false as is_in_review
from work.intermediate.int_organisation_mentions where source_key in ('V10', 'V11');
"""
_PROTECTED = """
insert into work.raw.proteccions__proteccions by name
select 'X1' as _source_key, date '2026-05-04' as _extract_date, 'N1' as nia, '2026-05-04' as data_inici;
"""


def decided(name: str, column: str, mart: Mart, shown: set[str]) -> bool:
    """Whether a column is hidden, by itself or with its row, or shown for a reason."""
    is_hidden = column in mart.columns or (mart.rows is not None and mart.rows.rows == "true")
    return is_hidden or column in shown or f"{name}.{column}" in shown


def test_each_column_of_a_table_with_a_party_is_hidden_or_shown_for_a_reason() -> None:
    groups = yaml.safe_load(SHOWN.read_text(encoding="utf-8"))
    listed = [name for group in groups.values() for line in group for name in line]
    marts = {
        name: [column["name"] for column in model["columns"]]
        for name, model in described_marts().items()
        if any(PARTY.fullmatch(column["name"]) for column in model["columns"])
    }
    hidden = {column for mart in declared_marts().values() for column in mart.columns}
    undecided = [
        f"{name}.{column}"
        for name, columns in marts.items()
        for column in columns
        if not decided(name, column, declared_marts().get(name, Mart()), set(listed))
    ]
    assert undecided == [], (
        "declare what is reserved in the YAML of the mart, or add a reason to shown_of_protected.yaml"
    )
    there = {
        *(f"{name}.{column}" for name in marts for column in marts[name]),
        *(c for cs in marts.values() for c in cs),
    }
    assert len(listed) == len(set(listed)) and set(listed) <= there
    assert not hidden & set(listed), "hidden in another table: name the table, too"


def test_a_model_may_hide_only_what_its_yaml_declares(monkeypatch: pytest.MonkeyPatch) -> None:
    persons, attributes = (described_marts()[name] for name in ("persons", "person_attributes"))
    columns = [{"name": column["name"]} for column in persons["columns"]]
    undeclared = {"persons": {"columns": columns}, "person_attributes": {"columns": attributes["columns"]}}
    monkeypatch.setattr("orchestration.dbt.models_alone.described_marts", lambda: undeclared)
    for model, message in (
        ("persons", "^email can be hidden only"),
        ("person_attributes", "^rows of person_attributes"),
    ):
        with pytest.raises(CompilationError, match=message):
            render_models([model], Relations())


class Relations(dict[str, str]):
    """Every relation by its own name."""

    def __missing__(self, name: str) -> str:
        return name


def test_departures_look_for_whatever_persons_hide() -> None:
    assert set(RESERVED) == emptied_columns("persons")


def again(hub: duckdb.DuckDBPyConnection, compiled: dict[str, str]) -> None:
    """Run every model after staging again, as dbt compiled it."""
    made = hub.execute("select table_name, schema_name from duckdb_tables() where database_name = 'work'").fetchall()
    schemas = {name: schema for name, schema in made if schema in ("intermediate", "hub")}
    models = {name: sql for name, sql in compiled.items() if name in schemas}
    graph = {name: {*_REF.findall(sql)} & models.keys() for name, sql in models.items()}
    for name in TopologicalSorter(graph).static_order():
        hub.execute(f"create or replace table work.{schemas[name]}.{name} as {models[name]}")


def show(hub: duckdb.DuckDBPyConnection) -> None:
    """Put tonight's hub where look-ups expect a past night's."""
    hub.execute("drop schema if exists shown.hub cascade; create schema shown.hub")
    names = hub.execute("select table_name from duckdb_tables() where database_name = 'work' and schema_name = 'hub'")
    for (name,) in names.fetchall():
        hub.execute(f"create table shown.hub.{name} as from work.hub.{name}")


@pytest.fixture(scope="module")
def nights(
    hub: duckdb.DuckDBPyConnection, compiled: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> duckdb.DuckDBPyConnection:
    """A night, `shown`, from before MARIA was protected, and the hub of the night that protects her."""
    hub.execute(f"set extension_directory = '{EXTENSIONS}'; load spatial; attach ':memory:' as shown")
    hub.execute(_RAW)
    again(hub, compiled)
    hub.execute(_LINKED)
    again(hub, compiled)
    show(hub)
    hub.execute(_PROTECTED)
    again(hub, compiled)
    home = tmp_path_factory.mktemp("home")
    Past(History(home / "history", home / "published", lambda *_, **__: None)).find(hub)
    return hub


def test_a_past_night_becomes_what_tonight_is(nights: duckdb.DuckDBPyConnection) -> None:
    """Except for candidates, some of whom got messages then, and for the channel of requests."""
    nights.execute("attach ':memory:' as hidden")
    copy_hidden(nights)
    for name in declared_marts().keys() - {"segment_candidates", "requests"}:
        for one, other in (("hidden", "work"), ("work", "hidden")):
            rows = nights.execute(f"from {one}.hub.{name} except all from {other}.hub.{name}").fetchall()
            assert rows == [], (name, one)


def test_every_declaration_hides_something_and_tonight_shows_nothing_of_it(nights: duckdb.DuckDBPyConnection) -> None:
    declared = {
        part
        for name, mart in declared_marts().items()
        for part in [*([name] if mart.rows else []), *(f"{name}.{column}" for column in mart.columns)]
    }
    assert set(shown_parts(nights)) == declared
    show(nights)
    assert set(shown_parts(nights)) == set()
