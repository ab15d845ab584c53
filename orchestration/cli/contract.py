"""Commands on contracts: check them and an extract under one, and write the documents that are made of them."""

from pathlib import Path
from typing import Annotated

import typer

from exports.contracts.contract import TARGETS
from exports.contracts.contract import load_contract as load_export_contract
from orchestration.home.redaction import StepFailed
from orchestration.home.settings import DBT_PROJECT_DIR, PROJECT_DIR, ConfigurationError
from orchestration.rendering.pages import write_page
from orchestration.reports.extract import as_html, as_text
from sources.contracts.catalogue import SOURCES, load_contracts
from sources.contracts.contract import Contract
from sources.contracts.documentation import Recipient, data_dictionary, dbt_sources, processing_activities
from sources.parsing.inspection import inspect

app = typer.Typer(
    help="The sources' contracts: check an extract before it is sent, write the documents.", no_args_is_help=True
)


@app.command("check")
def check(
    source: Annotated[str | None, typer.Argument(help="A source; without, every contract is read.")] = None,
    file: Annotated[
        Path | None, typer.Argument(help="An extract to test, under the name that its contract gives.")
    ] = None,
    rows: Annotated[
        int | None, typer.Option(min=0, help="Rows announced; without, the file's own count is taken.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Where to write a report on the extract, without any value of it.")
    ] = None,
) -> None:
    """Read the contracts, and test an extract under one before it is sent."""
    contracts = {contract.source: contract for contract in load_contracts()}
    if source is not None and source not in contracts:
        raise ConfigurationError(f"{source} is no source; the sources are {', '.join(SOURCES)}")
    if file is None:
        if html is not None:
            raise ConfigurationError("--html is for a report on an extract: name a source, and an extract of it")
        for contract in contracts.values() if source is None else [contracts[source]]:
            typer.echo(f"{contract.source:<24} {len(contract.fields):>3} fields, version {contract.version}")
        return
    if source is None or not file.is_file():
        raise ConfigurationError(f"{file} is no file: name a source, and an extract of it")
    _test(contracts[source], file, rows, html)


def _test(contract: Contract, file: Path, rows: int | None, html: Path | None) -> None:
    extract_date = contract.delivery.date_of(file.name)
    if extract_date is None:
        raise ConfigurationError(f"{file.name} is not named as its contract says: {contract.delivery.file_pattern}")
    inspection = inspect(contract, file, extract_date, rows)
    if html is not None:
        _write(html, as_html(inspection), file)
    for line in as_text(inspection):
        typer.echo(line)
    if inspection.rejected:
        raise StepFailed(inspection.rejected)


def _write(path: Path, report: str, file: Path) -> None:
    if path.exists() and path.samefile(file):
        raise ConfigurationError(f"{path} is the extract itself: name another file for the report")
    write_page(path, report)


@app.command("docs")
def docs(
    is_check: Annotated[bool, typer.Option("--check", help="Only say whether they are of these contracts.")] = False,
) -> None:
    """Write the data dictionary, the record of processing activities and dbt's sources."""
    stale = [path.name for path, text in documents().items() if not path.exists() or path.read_text("utf-8") != text]
    if is_check and stale:
        raise StepFailed(f"{', '.join(stale)}: not of these contracts any more; write them by `fil contract docs`")
    if is_check:
        return
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")
        typer.echo(str(path))


def documents() -> dict[Path, str]:
    """The documents as the contracts make them, by where they are kept."""
    contracts = load_contracts()
    recipients = [
        Recipient(one.target, one.description, one.purpose, one.consent) for one in map(load_export_contract, TARGETS)
    ]
    return {
        PROJECT_DIR / "sources" / "DATA_DICTIONARY.md": data_dictionary(contracts),
        PROJECT_DIR / "sources" / "PROCESSING_ACTIVITIES.md": processing_activities(contracts, recipients),
        DBT_PROJECT_DIR / "models" / "staging" / "_raw.yml": dbt_sources(contracts),
    }
