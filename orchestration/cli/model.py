"""Commands on linkage models: train one beside the one in use, compare, rehearse, promote; a night never trains."""

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from matching import parties
from orchestration.cli.terminal import prepared_settings
from orchestration.home.redaction import StepFailed
from orchestration.home.settings import ConfigurationError, Settings
from orchestration.home.work_database import work_database

app = typer.Typer(help="Train, compare, rehearse and promote linkage models.", no_args_is_help=True)
Version = Annotated[str, typer.Argument(help="Name of the model, for instance 2026-2.")]


class Entity(StrEnum):
    """What a model links."""

    PERSON = parties.PERSON.entity
    ORGANISATION = parties.ORGANISATION.entity

    @property
    def kind(self) -> parties.PartyKind:
        """The kind of party, with all that belongs to it."""
        return parties.KIND_OF[self]


Of = Annotated[Entity, typer.Option("--entity", help="What the model links.")]
AsJson = Annotated[bool, typer.Option("--json", help="The same as JSON on the last line.")]
ListFile = Annotated[
    Path | None, typer.Option("--list", help="Where to list the changes; beside the models unless said.")
]


@app.command()
def train(version: Version, entity: Of = Entity.PERSON) -> None:
    """Train a model on the mentions of the last night; the one in use stays in use."""
    from matching.model.artefact import add_to_training, train_version
    from orchestration.linking.model_comparison import score_model
    from orchestration.rendering.pages import write_page
    from orchestration.reports.model import model_page

    settings = prepared_settings()
    if not settings.work_database.exists():
        raise StepFailed(f"{settings.work_database} is missing: run a night first, its mentions are trained on")
    path = _own_path(settings, entity, version)
    with work_database(settings.work_database, settings.hub_key) as connection:
        training = train_version(connection, entity.kind, path)
    typer.echo(f"Trained on {training['mentions']:,} mentions: {path}")
    typer.echo(f"Levels that never occurred, without weight: {', '.join(training['levels_never_seen']) or 'none'}")
    try:
        scores = score_model(settings, entity.kind, path)
    except StepFailed as error:
        typer.echo(f"Not scored: {error}")
    else:
        add_to_training(path, {"scores": scores})
        _echo_scores(scores)
    write_page(path.with_suffix(".html"), model_page(path, entity))
    typer.echo(f"Its parameters and charts: {path.with_suffix('.html')}")
    typer.echo(f"What it would change: fil model promote {version} --entity {entity}")


def _echo_scores(scores: dict[str, Any]) -> None:
    what, found = ("the truth", scores["against_truth"])
    if found is None:
        what, found = ("the published links", scores["against_published_night"])
    told = ", ".join(f"{name} {value:.5f}" for name, value in found.items())
    typer.echo(f"On the night of {scores['business_date']}, against {what}: {told}")


@app.command()
def compare(
    one: Version,
    other: Version,
    entity: Of = Entity.PERSON,
    as_json: AsJson = False,
    html: Annotated[Path | None, typer.Option("--html", help="Where to write the same as a page with charts.")] = None,
) -> None:
    """Link the last published night with two models, and show where they differ; nothing is changed."""
    from orchestration.linking.model_comparison import compare_models, find_model
    from orchestration.rendering.pages import write_page
    from orchestration.reports.model import comparison_page, comparison_tables

    settings = Settings.from_environment()
    models = [find_model(settings, entity.kind, version) for version in (one, other)]
    found = compare_models(settings, entity.kind, *models)
    for table in comparison_tables(found):
        for line in table.lines():
            typer.echo(line)
    if html:
        write_page(html, comparison_page(found))
        typer.echo(f"The same with a chart: {html}")
    if as_json:
        typer.echo(json.dumps(found.as_json()))


@app.command("dry-run")
def dry_run_(
    version: Annotated[str | None, typer.Argument(help="A model; without, the one in use.")] = None,
    entity: Of = Entity.PERSON,
    list_: ListFile = None,
    as_json: AsJson = False,
) -> None:
    """Say whose ids a model, or the rules as they now stand, would change of the last published night."""
    from orchestration.linking.model_comparison import find_model
    from orchestration.linking.rehearsal import dry_run, models_in_use
    from orchestration.reports.model import change_lines

    settings = prepared_settings()
    models = models_in_use(settings)
    if version:
        models[entity.kind] = find_model(settings, entity.kind, version)
    path = list_ or _list_path(settings, entity, models[entity.kind].stem)
    changes = dry_run(settings, models, path)
    for line in [*change_lines(changes), f"Each of them: {path}"]:
        typer.echo(line)
    if as_json:
        told = asdict(changes) | {"business_date": changes.business_date.isoformat(), "bound": changes.bound}
        typer.echo(json.dumps(told))


@app.command()
def promote(
    version: Version,
    entity: Of = Entity.PERSON,
    is_confirmed: Annotated[bool, typer.Option("--yes", help="Promote it, having seen what it changes.")] = False,
    accepted: Annotated[
        int | None, typer.Option("--accept-changes", help="The people it changes, where they are more than the bound.")
    ] = None,
) -> None:
    """Show whose ids a model would change, and with --yes use it from the next night on."""
    from orchestration.linking.model_comparison import find_model
    from orchestration.linking.rehearsal import dry_run, models_in_use
    from orchestration.reports.model import change_lines

    settings = prepared_settings()
    path = find_model(settings, entity.kind, version)
    if not (settings.published / "current").exists():
        typer.echo("No night is published: there is nobody whose id could change")
        _promote(settings, entity, path, is_confirmed)
        return
    listed = _list_path(settings, entity, version)
    changes = dry_run(settings, models_in_use(settings) | {entity.kind: path}, listed)
    for line in [*change_lines(changes), f"Each of them: {listed}"]:
        typer.echo(line)
    if changes.people > changes.bound and accepted != changes.people:
        raise StepFailed(
            f"{version} is not promoted: it changes {changes.people} people, and {changes.bound} are the bound; look "
            f"at {listed}, and if they are right, promote it with --yes --accept-changes {changes.people}"
        )
    _promote(settings, entity, path, is_confirmed)
    if changes.people > changes.bound and is_confirmed:
        typer.echo("The next night asks for the same approval by its date: fil impact approve, fil drift accept")


def _promote(settings: Settings, entity: Entity, path: Path, is_confirmed: bool) -> None:
    from matching.model.model_file import promote_model

    if not is_confirmed:
        typer.echo(f"Nothing is promoted yet; to use it: fil model promote {path.stem} --entity {entity} --yes")
        return
    promote_model(path, settings.models / entity)
    typer.echo(f"Nights link with {path} from now on")


def _own_path(settings: Settings, entity: Entity, version: str) -> Path:
    """Where a version that is trained here stands.

    Raises:
        ConfigurationError: its name can't be that of a file.
    """
    if not version or not version.replace("-", "").replace("_", "").replace(".", "").isalnum() or version[0] == ".":
        raise ConfigurationError(f"{version!r} is no name for a model: use letters, figures, points and dashes")
    return settings.models / entity / f"{version}.json"


def _list_path(settings: Settings, entity: Entity, version: str) -> Path:
    directory = settings.models / entity
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory / f"{version}.changes.csv"
