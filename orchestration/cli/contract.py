"""Commands on contracts: check the contracts or an extract, and write the documents generated from the contracts."""

from pathlib import Path
from typing import Annotated

import typer

from exports.contracts.contract import TARGETS
from exports.contracts.contract import load_contract as load_export_contract
from orchestration.cli.terminal import AsJson, print_json, print_table, print_warning
from orchestration.home.redaction import StepFailed
from orchestration.home.settings import DBT_PROJECT_DIR, PROJECT_DIR, ConfigurationError
from orchestration.rendering.pages import write_page
from orchestration.rendering.tables import Cell, Table
from orchestration.reports.extract import as_data, as_html, as_text
from sources.base.errors import IncompleteDelivery
from sources.base.files import sha256_of
from sources.contracts.catalogue import SOURCES, load_contracts
from sources.contracts.contract import Contract
from sources.contracts.documentation import (
    Recipient,
    data_dictionary,
    dbt_sources,
    processing_activities,
    source_models,
)
from sources.landing.land import announced, control_path
from sources.parsing.inspection import Inspection, inspect

app = typer.Typer(
    help="Check an extract against its source's contract, and write the documents generated from the contracts.",
    no_args_is_help=True,
)


@app.command("check")
def check(
    source: Annotated[str | None, typer.Argument(help="Name of a source. Default: all sources.")] = None,
    file: Annotated[
        Path | None, typer.Argument(help="Extract to check. Its file name must match the contract's pattern.")
    ] = None,
    rows: Annotated[
        int | None,
        typer.Option(min=0, help="Number of rows in the control file. Default: the number of rows in the extract."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write a report on the extract to this HTML file. It holds no personal data.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the contracts, or check an extract against its contract before the source sends it."""
    contracts = {contract.source: contract for contract in load_contracts()}
    if source is not None and source not in contracts:
        raise ConfigurationError(f'there is no source "{source}"; the sources are {", ".join(SOURCES)}')
    if file is None:
        if html is not None:
            raise ConfigurationError("--html writes a report on an extract: also give a source and a file")
        chosen = contracts.values() if source is None else [contracts[source]]
        cells: list[list[Cell]] = [[contract.source, len(contract.fields), contract.version] for contract in chosen]
        print_table(Table("Contracts", ["source", "fields", "version"], cells), as_json=as_json)
        return
    if source is None or not file.is_file():
        raise ConfigurationError(f"{file} is not a file: give a source and one of its extracts")
    fault, inspection = _tested(contracts[source], file, rows, html)
    found = [found for found in (fault, inspection.rejected) if found]
    if as_json:
        print_json(as_data(inspection) | {"faults": found})
    else:
        for line in as_text(inspection):
            typer.echo(line)
    if found:
        raise StepFailed("\n     ".join(found))


def _tested(contract: Contract, file: Path, rows: int | None, html: Path | None) -> tuple[str | None, Inspection]:
    """What is wrong with the control file, and the inspected extract."""
    extract_date = contract.delivery.date_of(file.name)
    if extract_date is None:
        raise ConfigurationError(
            f"the file name {file.name} does not match the contract's pattern {contract.delivery.file_pattern}: "
            "rename the file"
        )
    announced_rows, fault = _announced_rows(file)
    inspection = inspect(contract, file, extract_date, announced_rows if rows is None else rows)
    if html is not None:
        _write(html, as_html(inspection), file)
    return fault, inspection


def _announced_rows(file: Path) -> tuple[int | None, str | None]:
    """The number of rows in the control file beside an extract, and what is wrong with that file.

    The rows are None if there is no such file, or if it is damaged or of another extract.
    """
    if not control_path(file).exists():
        print_warning(f"{file.name} has no control file beside it, so Fil can't check whether it is complete")
        return None, None
    try:
        control = announced(file)
    except IncompleteDelivery as error:
        return None, f"{file.name}: {error}"
    if sha256_of(file) != control.sha256:
        return None, f"{file.name}: its sha256 differs from the one in its control file; write that again"
    return control.rows, None


def _write(path: Path, report: str, file: Path) -> None:
    if path.exists() and path.samefile(file):
        raise ConfigurationError(f"--html {path} is the extract itself: choose another file for the report")
    write_page(path, report)


@app.command("docs")
def docs(
    is_check: Annotated[
        bool, typer.Option("--check", help="Write nothing. Exit with 1 if a document is out of date.")
    ] = False,
) -> None:
    """Write the data dictionary, the record of processing activities and dbt's sources from the contracts."""
    stale = [path.name for path, text in documents().items() if not path.exists() or path.read_text("utf-8") != text]
    if is_check and stale:
        raise StepFailed(f"out of date with the contracts: {', '.join(stale)}; run `fil contract docs`")
    if is_check:
        return
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")
        typer.echo(str(path))


def documents() -> dict[Path, str]:
    """The text of each document generated from the contracts, by its path."""
    contracts = load_contracts()
    models = [path.stem for path in (DBT_PROJECT_DIR / "models").rglob("int_*__*.sql")]
    recipients = [
        Recipient(contract.target, contract.description, contract.purpose, contract.consent)
        for contract in map(load_export_contract, TARGETS)
    ]
    return {
        PROJECT_DIR / "sources" / "DATA_DICTIONARY.md": data_dictionary(contracts),
        PROJECT_DIR / "sources" / "PROCESSING_ACTIVITIES.md": processing_activities(contracts, recipients),
        DBT_PROJECT_DIR / "models" / "staging" / "_raw.yml": dbt_sources(contracts),
        DBT_PROJECT_DIR / "macros" / "source_models.sql": source_models(contracts, models),
    }
