"""Commands on linkage models: train a new one beside the one in use, and promote it; a night never trains."""

from enum import StrEnum
from typing import Annotated

import typer

from orchestration.database import work_database
from orchestration.redaction import StepFailed
from orchestration.settings import Settings

app = typer.Typer(help="Train a linkage model on the last night's mentions, and promote it.", no_args_is_help=True)
Version = Annotated[str, typer.Argument(help="Name of the model, for instance 2026-2.")]


class Entity(StrEnum):
    """What a model links."""

    PERSON = "person"
    ORGANISATION = "organisation"


Of = Annotated[Entity, typer.Option("--entity", help="What the model links.")]


@app.command()
def train(version: Version, entity: Of = Entity.PERSON) -> None:
    """Train a model on the mentions of the last night; the one in use stays in use."""
    from matching.organisations import train_organisation_model
    from matching.train import train_person_model

    settings = Settings.from_environment()
    if not settings.work_database.exists():
        raise StepFailed(f"{settings.work_database} is missing: run a night first, its mentions are trained on")
    path = settings.models / entity / f"{version}.json"
    train_model = train_organisation_model if entity is Entity.ORGANISATION else train_person_model
    with work_database(settings.work_database, settings.hub_key) as connection:
        training = train_model(connection, path)
    typer.echo(f"Trained on {training['mentions']:,} mentions: {path}")
    typer.echo(f"Levels that never occurred, without weight: {', '.join(training['levels_never_seen']) or 'none'}")
    typer.echo(f"To use it from the next night on: fil model promote {version} --entity {entity}")


@app.command()
def promote(version: Version, entity: Of = Entity.PERSON) -> None:
    """Use a trained model from the next night on."""
    from matching.train import promote_model

    path = Settings.from_environment().models / entity / f"{version}.json"
    promote_model(path)
    typer.echo(f"Nights link with {path} from now on")
