"""Commands on linkage models: train a new one beside the one in use, and promote it; a night never trains."""

from typing import Annotated

import typer

from orchestration.database import work_database
from orchestration.redaction import StepFailed
from orchestration.settings import Settings

app = typer.Typer(help="Train a linkage model on the last night's mentions, and promote it.", no_args_is_help=True)
Version = Annotated[str, typer.Argument(help="Name of the model, for instance 2026-2.")]


@app.command()
def train(version: Version) -> None:
    """Train a model on the mentions of the last night; the one in use stays in use."""
    from matching.train import train_person_model

    settings = Settings.from_environment()
    if not settings.work_database.exists():
        raise StepFailed(f"{settings.work_database} is missing: run a night first, its mentions are trained on")
    path = settings.models / f"{version}.json"
    with work_database(settings.work_database, settings.hub_key) as connection:
        training = train_person_model(connection, path)
    typer.echo(f"Trained on {training['mentions']:,} mentions: {path}")
    typer.echo(f"Levels that never occurred, without weight: {', '.join(training['levels_never_seen']) or 'none'}")
    typer.echo(f"To use it from the next night on: fil model promote {version}")


@app.command()
def promote(version: Version) -> None:
    """Use a trained model from the next night on."""
    from matching.train import promote_model

    path = Settings.from_environment().models / f"{version}.json"
    promote_model(path)
    typer.echo(f"Nights link with {path} from now on")
