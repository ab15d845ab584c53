"""The suites of arrivals and departures: a good night passes, and each broken expectation fails by its name."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from duckdb_extensions import import_extension

from quality.expectation import Relation, Suite, holds, not_null, one_of, rows_between, unique, unique_together
from quality.outcome import Outcome
from quality.run import Attach, run_suite, suites
from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import Contract

SECRET = "OCULTAT"

# What a good row says where any text won't do.
SAID = {
    "nomb": "NOM", "ape1": "COGNOM", "fnac": "19800101", "iden": "1R", "nif": "1R", "cognoms_nom": "COGNOM, NOM",
    "data_hora": "2026-05-04T09:12:33", "any_data_alta": "2026", "mes_data_alta": "05", "dia_data_alta": "03",
    "percentatge": "50,00", "email": "a@example.org",
    "nif_interessat": "1R", "nom": "NOM", "titular": "COGNOM, NOM", "infant_nom": "NOM", "tutor_nom": "NOM",
}  # fmt: skip


def good_rows(contract: Contract) -> str:
    """A raw table of a hundred rows with every required field, and every one of a few codes, as the contract has it."""
    values = []
    for field in contract.fields:
        text = field.codes[0] if field.codes else SAID.get(field.name, "x" if field.is_required else "")
        value = "'K' || i" if field.name == contract.key else f"nullif('{text}', '')"
        values.append(f"{value} as {field.column}")
    return (
        f"create table work.raw.{contract.relation} as select {', '.join(values)}, 'K' || i as _source_key, "
        "i as _line_number, date '2026-05-04' as _extract_date from range(100) as numbers(i);"
    )


RAW = "create schema work.raw; create table work.raw.run as select date '2026-05-04' as business_date;" + "".join(
    map(good_rows, load_contracts())
)

HUB = """
    create schema work.hub; create schema work.exports;
    create table work.hub.persons as
    select 'P' || i as person_id, date '1980-01-01' as birth_date, false as is_deceased, i % 9 = 0 as is_protected,
        null::varchar as email, null::varchar as phone, if(is_protected, null, 'BALMES') as street,
        null::varchar as street_number, null::varchar as postcode, null::varchar as barri_code,
        null::varchar as household_id, null::double as x_etrs89, null::double as y_etrs89,
        null::varchar as district_code, null::varchar as census_section, null::varchar as address_match_quality
    from range(100) as numbers(i);
    create table work.hub.identifiers as
    select person_id, null::varchar as organisation_id, '1R' as number, 'DNI' as type from work.hub.persons;
    create table work.hub.mentions as
    select person_id, null::varchar as organisation_id, person_id as mention_id from work.hub.persons;
    create table work.hub.consents as
    select person_id, 'integration' as purpose, 'given' as state, timestamp '2026-05-04' as decided_at
    from work.hub.persons;
    create table work.exports.attention as select person_id, birth_date, 'DNI' as document_type from work.hub.persons;
    create table work.exports.campaigns as
    select person_id, 'a@example.org' as email, null::varchar as phone, 'email' as channel from work.hub.persons;
"""


def make(path: Path, statements: str, key: str | None = None) -> Path:
    connection = duckdb.connect(":memory:")
    if key:
        import_extension("httpfs", con=connection)
    connection.execute(f"attach '{path}' as work" + (f" (encryption_key '{key}')" if key else ""))
    connection.execute(statements)
    connection.close()
    return path


def attached(path: Path, key: str | None = None) -> Attach:
    options = f"read_only, encryption_key '{key}'" if key else "read_only"

    def attach(connection: Any) -> None:
        if key:
            import_extension("httpfs", con=connection)
            connection.execute("load httpfs")
        connection.execute(f"attach '{path}' as work ({options})")

    return attach


def failed(outcomes: list[Outcome]) -> dict[tuple[str, str], int]:
    return {(outcome.relation, outcome.name): outcome.observed for outcome in outcomes if not outcome.passed}


@pytest.mark.parametrize("key", [None, "it-is-a-key"])
def test_a_good_night_passes(tmp_path: Path, key: str | None) -> None:
    work = make(tmp_path / "work.duckdb", RAW + HUB, key)
    for suite in suites().values():
        outcomes = run_suite(attached(work, key), suite.name)
        assert failed(outcomes) == {}
        assert [(o.relation, o.name) for o in outcomes] == [
            (r.name, e.name) for r in suite.checked for e in r.expectations
        ]


ARRIVALS_BROKEN = [
    ("update work.raw.contribuents__contribuents set nif = null", "contribuents__contribuents", "has_nif", 100),
    (
        "update work.raw.tramits__expedients set perfil = 'X' where num_expedient = 'K1'",
        "tramits__expedients",
        "perfil_code",
        1,
    ),
    (
        "update work.raw.activitats_estiu__inscripcions set \"any\" = null where _source_key = 'K1'",
        "activitats_estiu__inscripcions",
        "any_not_null",
        1,
    ),
    ("update work.raw.atencions__atencions set data_hora = 'x' where id = 'K2'", "atencions__atencions", "is_dated", 1),
    ("update work.raw.iris__fitxes set dia_data_alta = '32' where _source_key = 'K1'", "iris__fitxes", "is_dated", 1),
    (
        "update work.raw.objectes_tributaris__objectes set percentatge = '150' where _source_key = 'K1'",
        "objectes_tributaris__objectes",
        "is_share",
        1,
    ),
    ("delete from work.raw.padro__habitants", "padro__habitants", "row_count", 0),
    (
        "update work.raw.padro__habitants set _source_key = 'K1' where nia = 'K2'",
        "padro__habitants",
        "_source_key_unique",
        2,
    ),
    ("update work.raw.padro__habitants set nia = null where nia = 'K2'", "padro__habitants", "nia_not_null", 1),
    ("update work.raw.padro__habitants set sexo = '9' where nia = 'K2'", "padro__habitants", "sexo_code", 1),
    (
        "update work.raw.padro__habitants set iden = null where _line_number < 60",
        "padro__habitants",
        "has_document",
        60,
    ),
    ("update work.raw.atencions__atencions set canal = 'FAX' where id = 'K2'", "atencions__atencions", "canal_code", 1),
    (
        "update work.raw.iris__fitxes set _extract_date = '2026-05-05' where fitxa_id = 'K2'",
        "iris__fitxes",
        "is_not_from_the_future",
        1,
    ),
]


@pytest.mark.parametrize(("mutation", "table", "name", "observed"), ARRIVALS_BROKEN)
def test_one_broken_arrival_fails_its_own_expectation(
    tmp_path: Path, mutation: str, table: str, name: str, observed: int
) -> None:
    work = make(tmp_path / "work.duckdb", RAW + mutation)
    (asked,) = [relation for relation in suites()["arrivals"].checked if relation.name == f"raw.{table}"]
    assert failed(run_suite(attached(work), Suite("arrivals", (asked,)))) == {(asked.name, name): observed}


DEPARTURES_BROKEN = [
    (
        "update work.hub.persons set person_id = 'P1' where person_id = 'P2'",
        {("hub.persons", "person_id_unique"): 2, ("exports.campaigns", "is_no_minor"): 1},
    ),
    (
        "update work.hub.persons set is_protected = true where person_id = 'P2'",
        {("hub.persons", "tells_nothing_reserved"): 1},
    ),
    (
        "update work.hub.persons set is_protected = null where person_id = 'P9'",
        {("hub.persons", "tells_nothing_reserved"): 1},
    ),
    ("update work.hub.mentions set person_id = null where person_id < 'P15'", {("hub.mentions", "is_linked"): 7}),
    ("update work.hub.identifiers set type = 'X' where person_id = 'P2'", {("hub.identifiers", "type_code"): 1}),
    ("update work.hub.consents set state = 'maybe' where person_id = 'P2'", {("hub.consents", "state_code"): 1}),
    (
        "update work.exports.attention set birth_date = '2012-05-05' where person_id = 'P2'",
        {("exports.attention", "is_no_minor"): 1},
    ),
    ("update work.hub.persons set birth_date = null where person_id = 'P2'", {("exports.campaigns", "is_no_minor"): 1}),
    (
        "update work.exports.campaigns set email = null where person_id = 'P2'",
        {("exports.campaigns", "is_reachable"): 1},
    ),
    ("drop table work.exports.campaigns", {("exports.campaigns", "is_there"): -1}),
    ("drop table work.hub.consents", {("hub.consents", "is_there"): -1}),
]


@pytest.mark.parametrize(("mutation", "expected"), DEPARTURES_BROKEN)
def test_one_broken_departure_fails_its_own_expectation(
    tmp_path: Path, mutation: str, expected: dict[tuple[str, str], int]
) -> None:
    work = make(tmp_path / "work.duckdb", RAW + HUB + mutation)
    assert failed(run_suite(attached(work), "departures")) == expected


def test_results_carry_no_value_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    work = make(
        tmp_path / "work.duckdb",
        f"create schema work.raw; create table work.raw.t as select '{SECRET}' as a, 1 as b from range(3)",
    )
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    relation = Relation(
        "raw.t",
        (
            unique("a"),
            one_of("a", "x"),
            not_null("no_such_column"),
            holds("is_number"),
            rows_between(3),
            unique_together("a", "b"),
        ),
        {"is_number": "try_cast(a as integer) is not null"},
    )
    cast = Relation("raw.t", (holds("is_one"),), {"is_one": "cast(a as integer) = 1"})
    columnless = Relation("raw.t", (holds("is_two"),), {"is_two": "no_such_column = 2"})
    outcomes = [
        outcome for one in (relation, cast, columnless) for outcome in run_suite(attached(work), Suite("some", (one,)))
    ]
    assert failed(outcomes) == {
        ("raw.t", "a_unique"): 3,
        ("raw.t", "a_code"): 3,
        ("raw.t", "no_such_column_not_null"): -1,
        ("raw.t", "is_number"): 3,
        ("raw.t", "a_and_b_unique"): 3,
        ("raw.t", "is_one"): -1,
        ("raw.t", "is_two"): -1,
    }
    captured = capfd.readouterr()
    assert SECRET not in repr(outcomes) + captured.out + captured.err
    assert list((tmp_path / "empty").iterdir()) == []


def test_the_work_database_is_free_again(tmp_path: Path) -> None:
    work = make(tmp_path / "work.duckdb", RAW)
    run_suite(attached(work), "arrivals")
    make(work, "create table work.raw.written as select 1 as one")


# Run by `python -c`, so that `__main__` is no file, as in a worker of a pool.
RUN_A_SUITE = """
import sys
from quality.run import run_suite
before = sys.modules.get("pyspark")
outcomes = run_suite(lambda connection: connection.execute("attach '{work}' as work (read_only)"), "departures")
assert outcomes and all(one.passed for one in outcomes)
assert sys.modules.get("pyspark") is before
"""


def test_a_suite_runs_beside_a_pyspark_that_ends_the_process(tmp_path: Path) -> None:
    work = make(tmp_path / "work.duckdb", RAW + HUB)
    (tmp_path / "pyspark").mkdir()
    (tmp_path / "pyspark" / "__init__.py").write_text("raise SystemExit(0)")
    ended = RUN_A_SUITE.format(work=work) + "print('the suite ran')\nimport pyspark\nprint('never here')"
    paths = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{Path.cwd()}"}
    result = subprocess.run(
        [sys.executable, "-c", ended], env=os.environ | paths, capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stdout) == (0, "the suite ran\n"), result.stderr


def test_importing_the_room_stays_cheap() -> None:
    code = "import sys, quality.run; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
