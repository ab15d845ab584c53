"""The files of trained models: which one is in use, what it holds, and its prior for a city of another size."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from matching.parties import PERSON

SHIPPED = Path(__file__).parent / "shipped"


class ModelError(ValueError):
    """A model that is not there or cannot be used."""


def promoted_model(models: Path = SHIPPED / PERSON.entity) -> Path:
    """Path of the model in use: the promoted one in `models`, or the shipped one if there is none.

    The name of the directory is the kind of party: person or organisation.
    """
    pointer = models / "PROMOTED"
    if not pointer.is_file():
        models = SHIPPED / models.name
        pointer = models / "PROMOTED"
    path = models / f"{pointer.read_text(encoding='utf-8', errors='replace').strip()}.json"
    if not path.is_file():
        raise ModelError(
            f"{pointer} names {path.name}, but that file does not exist beside it; promote a model that exists"
        )
    return path


def promote_model(path: Path, models: Path) -> None:
    """Put a model of `models` in use, in one atomic step; for the shipped model the pointer is removed."""
    if not path.is_file():
        raise ModelError(f"{path} is not a trained model; train it first")
    pointer = models / "PROMOTED"
    if path.parent != models:
        pointer.unlink(missing_ok=True)
        if promoted_model(models) != path:
            raise ModelError(
                f"{path.name} is no longer the model that Fil ships; train a model, or use the shipped one"
            )
        return
    fresh = models / ".PROMOTED.new"
    fresh.write_text(path.stem + "\n", encoding="utf-8")
    fresh.replace(pointer)


def write_model(path: Path, content: dict[str, Any]) -> None:
    """Write a model, readable only by the user, completely or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1, sort_keys=True, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


# Even in a small file two mentions taken at random are almost never one person.
MOST_LIKELY_PRIOR = 1e-4


def load_model(path: Path) -> tuple[dict[str, Any], int]:
    """Parameters of a trained model, and the number of mentions that it was trained on."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return content["model"], int(content["training"]["mentions"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is not a trained model: {type(error).__name__}; train it again") from None


def scaled_prior(prior: float, trained_on: int, mentions: int) -> float:
    """Share of matching pairs in a city of another size: matches grow with it, pairs with its square."""
    return min(prior * trained_on / max(mentions, 1), max(prior, MOST_LIKELY_PRIOR))


def model_for(path: Path, mentions: int) -> dict[str, Any]:
    """A trained model, with its prior for a city of so many mentions and record numbers as ids."""
    model, trained_on = load_model(path)
    model["probability_two_random_records_match"] = scaled_prior(
        model["probability_two_random_records_match"], trained_on, mentions
    )
    model["unique_id_column_name"] = "record_number"
    return model


def digest_of(model: Path) -> str:
    """The sha256 of a model's file."""
    return hashlib.sha256(model.read_bytes()).hexdigest()
