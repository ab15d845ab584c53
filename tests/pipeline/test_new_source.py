"""A twenty-first source, in a copy of the project: what has to be written for it, and that its people are linked."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.support.nights import DAY, deliver, document, inscription, person

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("orchestration", "matching", "quality", "sources", "exports", "dbt_project")
# Another appointment system, whose extracts are written alike.
WRITTEN = (
    "sources/contracts/biblioteques.odcs.yaml",
    "dbt_project/models/staging/sources/biblioteques/_biblioteques__models.yml",
    "dbt_project/models/staging/sources/biblioteques/stg_biblioteques__visites.sql",
    "dbt_project/models/intermediate/mentions/sources/int_biblioteques__mentions.sql",
)
HEADER = (
    "ANY;DATA;DIA_SETMANA;TORN;HORA;OFICINA;CUA;BIBLIOTEQUES;CANAL_BIBLIOTEQUES;TEMPS_ESPERA;TEMPS_ATENCIO;"
    "N_TRAMITS_X_VISITA;NIF;NOM;COGNOMS;TELEFON;EMAIL;ESTAT"
)
MADE = {
    "sources/DATA_DICTIONARY.md",
    "sources/PROCESSING_ACTIVITIES.md",
    "dbt_project/models/staging/_raw.yml",
    "dbt_project/macros/source_models.sql",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The project with one source more, its documents made anew."""
    copy = tmp_path_factory.mktemp("project")
    ignored = shutil.ignore_patterns("target", "__pycache__", "logs")
    for room in ROOMS:
        shutil.copytree(ROOT / room, copy / room, ignore=ignored)
    for name in ("pyproject.toml", "dagster.yaml"):
        shutil.copy(ROOT / name, copy / name)
    for name in WRITTEN:
        text = (copy / name.replace("biblioteques", "cita_previa")).read_text(encoding="utf-8")
        if name.endswith(".yml"):
            # No contact of a reader is an interaction with the council.
            text = text[: text.index("\n  - name: int_cita_previa__interactions")] + "\n"
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text(text.replace("cita_previa", "biblioteques"), encoding="utf-8")
    rules = copy / "dbt_project/seeds/survivorship_rules.csv"
    lines = rules.read_text(encoding="utf-8").splitlines(keepends=True)
    # Whose value wins is decided source by source.
    lines += [line.replace("cita_previa", "biblioteques") for line in lines if "cita_previa" in line]
    rules.write_text("".join(lines), encoding="utf-8")
    yield copy


def fil(project: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"FIL_HOME": str(home), "PYTHONPATH": str(project)}
    command = [sys.executable, "-c", "from orchestration.cli.main import main; main()", *arguments]
    return subprocess.run(  # noqa: S603 - our own module
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )


def test_a_new_source_is_its_contract_its_staging_folder_and_its_mentions(project: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    result = fil(project, tmp_path, "contract", "docs")
    assert result.returncode == 0, result.stderr
    changed = {path.relative_to(project).as_posix() for path, text in before.items() if path.read_bytes() != text}
    assert changed == MADE
    listed = fil(project, tmp_path, "contract", "check", "biblioteques")
    assert "biblioteques" in listed.stdout + listed.stderr


@pytest.mark.long
def test_its_people_are_linked_to_those_that_are_known(project: Path, tmp_path: Path) -> None:
    assert fil(project, tmp_path, "contract", "docs").returncode == 0
    deliver(tmp_path, "padro", f"padro_habitants_{DAY.replace('-', '')}.txt", b"".join(map(inscription, range(40))))
    given, first, second, _ = person(7)
    row = f"2026;{DAY};Dilluns;M;10:00;Sants;Préstec;0;;;;1;{document(7)};{given};{first} {second};;a@example.org;Atesa"
    content = f"{HEADER}\n{row}\n".encode()
    deliver(tmp_path, "biblioteques", f"biblioteques_{DAY.replace('-', '')}.csv", content, rows=1)
    result = fil(project, tmp_path, "nightly", "--date", DAY)
    assert result.returncode == 0, result.stderr
    with duckdb.connect(str(tmp_path / "published" / "current" / "fil.duckdb"), read_only=True) as hub:
        of_both = (
            "select person_id from mentions where source in ('biblioteques', 'padro') group by all having count(*) = 2"
        )
        assert len(hub.execute(of_both).fetchall()) == 1
