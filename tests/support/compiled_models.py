"""The SQL that dbt compiled."""

from pathlib import Path


def compiled_models(target: Path) -> dict[str, Path]:
    """Each model's name and its compiled file.

    The folder of a YAML file holds what dbt compiled for its tests. There, the rows that a unit test gives for a model
    have the model's name, so these files are left out.
    """
    files = (target / "compiled").rglob("*.sql")
    return {path.stem: path for path in files if not any(folder.suffix == ".yml" for folder in path.parents)}
