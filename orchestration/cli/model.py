"""Commands on linkage models: train, compare, rehearse and promote. A night never trains a model."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from matching import parties
from orchestration.cli.old_options import OUTPUT_OF_LIST
from orchestration.cli.terminal import AsJson, prepared_home, print_json, print_table
from orchestration.home.home import Home
from orchestration.home.redaction import StepFailed
from orchestration.home.settings import ConfigurationError, Settings
from orchestration.home.work_database import work_database
from sources.base.wording import counted

app = typer.Typer(help="Train, compare, rehearse and promote linkage models.", no_args_is_help=True)
Version = Annotated[str, typer.Argument(help="Version of the model, for example 2026-2.")]


class Entity(StrEnum):
    """The kinds of party that a model may link."""

    PERSON = parties.PERSON.entity
    ORGANISATION = parties.ORGANISATION.entity

    @property
    def kind(self) -> parties.PartyKind:
        """The kind of party, with its names and relations."""
        return parties.KIND_OF[self]


Of = Annotated[Entity, typer.Option("--entity", help="Kind of party that the model links.")]
ListFile = Annotated[
    Path | None, typer.Option("--output", help="Write the changed ids to this file. Default: a file beside the model.")
]


@app.command()
def train(version: Version, entity: Of = Entity.PERSON) -> None:
    """Train a model on the mentions of the last night. Nights go on using the present model."""
    from matching.model.artefact import add_to_training, train_version
    from orchestration.linking.model_comparison import score_model
    from orchestration.rendering.pages import write_page
    from orchestration.reports.model import model_page

    home = prepared_home()
    if not home.work_database.exists():
        raise StepFailed(
            f"{home.work_database} does not exist, and a model is trained on the mentions of a night: "
            "run `fil nightly --date` first"
        )
    path = _own_path(home, entity, version)
    with work_database(home.work_database, home.hub_key) as connection:
        training = train_version(connection, entity.kind, path)
    typer.echo(f"Trained on {counted(training['mentions'], 'mention')}: {path}")
    never_seen = ", ".join(training["levels_never_seen"]) or "none"
    typer.echo(f"Comparison levels without a weight, because no pair has them: {never_seen}")
    try:
        scores = score_model(home, entity.kind, path)
    except StepFailed as error:
        typer.echo(f"The model was not evaluated: {error}")
    else:
        add_to_training(path, {"scores": scores})
        _echo_scores(scores)
    write_page(path.with_suffix(".html"), model_page(path, entity))
    typer.echo(f"Report with parameters and charts: {path.with_suffix('.html')}")
    typer.echo(f"To see which ids it would change: fil model promote {version} --entity {entity}")


def _echo_scores(scores: dict[str, Any]) -> None:
    what, figures = ("the truth", scores["against_truth"])
    if figures is None:
        what, figures = ("the published links", scores["against_published_night"])
    measures = ", ".join(f"{name} {value:.5f}" for name, value in figures.items())
    typer.echo(f"Compared with {what} on the night of {scores['business_date']}: {measures}")


@app.command()
def compare(
    one: Version,
    other: Version,
    entity: Of = Entity.PERSON,
    as_json: AsJson = False,
    html: Annotated[
        Path | None, typer.Option("--html", help="Also write the result with charts to this HTML file.")
    ] = None,
) -> None:
    """Link the last published night with two models, and show the differences. No id is changed."""
    from orchestration.linking.model_comparison import compare_models, find_model
    from orchestration.rendering.pages import write_page
    from orchestration.reports.model import comparison_page, comparison_tables

    home = Settings.from_environment().home
    models = [find_model(home, entity.kind, version) for version in (one, other)]
    comparison = compare_models(home, entity.kind, *models)
    if html:
        write_page(html, comparison_page(comparison))
    if as_json:
        print_json(comparison.as_json())
        return
    for table in comparison_tables(comparison):
        print_table(table)
    if html:
        typer.echo(f"Report with charts: {html}")


@app.command("dry-run", context_settings=OUTPUT_OF_LIST)
def dry_run_(
    version: Annotated[str | None, typer.Argument(help="Version of a model. Default: the model in use.")] = None,
    entity: Of = Entity.PERSON,
    list_: ListFile = None,
    as_json: AsJson = False,
) -> None:
    """List the ids of the last published night that a model or the present rules would change. No id is changed."""
    from orchestration.linking.model_comparison import find_model
    from orchestration.linking.rehearsal import dry_run, models_in_use
    from orchestration.reports.model import change_lines

    home = prepared_home()
    models = models_in_use(home)
    if version:
        models[entity.kind] = find_model(home, entity.kind, version)
    path = list_ or _list_path(home, entity, models[entity.kind].stem)
    changes = dry_run(home, models, path)
    if as_json:
        print_json(asdict(changes) | {"bound": changes.bound})
        return
    for line in [*change_lines(changes), f"List of the changes: {path}"]:
        typer.echo(line)


@app.command()
def promote(
    version: Version,
    entity: Of = Entity.PERSON,
    is_confirmed: Annotated[
        bool, typer.Option("--yes", help="Promote the model. Without it, the command only lists the changes.")
    ] = False,
    accepted: Annotated[
        int | None,
        typer.Option(
            "--accept-changes",
            help="Number of people whose ids change. Required if that number is over the limit.",
        ),
    ] = None,
) -> None:
    """List the ids that a model would change. With --yes, nights use the model from the next one on."""
    from orchestration.linking.model_comparison import find_model
    from orchestration.linking.rehearsal import dry_run, models_in_use
    from orchestration.reports.model import change_lines

    home = prepared_home()
    path = find_model(home, entity.kind, version)
    if not (home.published / "current").exists():
        typer.echo("No night is published yet, so no id can change")
        _promote(home, entity, path, is_confirmed)
        return
    listed = _list_path(home, entity, version)
    changes = dry_run(home, models_in_use(home) | {entity.kind: path}, listed)
    for line in [*change_lines(changes), f"List of the changes: {listed}"]:
        typer.echo(line)
    if changes.people > changes.bound and accepted != changes.people:
        raise StepFailed(
            f"{version} was not promoted: it would change the ids of {changes.people} people, and the limit is "
            f"{changes.bound}. Check {listed}. If the changes are right, promote the model with "
            f"--yes --accept-changes {changes.people}"
        )
    _promote(home, entity, path, is_confirmed)
    if changes.people > changes.bound and is_confirmed:
        typer.echo("The next night also needs approval: run `fil impact approve` and `fil drift accept` for its date")


def _promote(home: Home, entity: Entity, path: Path, is_confirmed: bool) -> None:
    from matching.model.model_file import promote_model

    if not is_confirmed:
        typer.echo(f"Not promoted yet. To promote: fil model promote {path.stem} --entity {entity} --yes")
        return
    promote_model(path, home.models / entity)
    typer.echo(f"Promoted: nights link with {path} from now on")


def _own_path(home: Home, entity: Entity, version: str) -> Path:
    """The file of a model version that is trained here.

    Raises:
        ConfigurationError: the version is not a usable file name.
    """
    if not version or not version.replace("-", "").replace("_", "").replace(".", "").isalnum() or version[0] == ".":
        raise ConfigurationError(
            f"{version!r} can't be a model's version: use letters, digits, points, dashes and underscores, "
            "and don't begin with a point"
        )
    return home.models / entity / f"{version}.json"


def _list_path(home: Home, entity: Entity, version: str) -> Path:
    directory = home.models / entity
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory / f"{version}.changes.csv"
