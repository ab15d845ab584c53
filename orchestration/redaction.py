"""The one boundary for everything logged or stored: what may quote a row's value is cut before it leaves a step."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`", re.DOTALL)
_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+")
_NUMBERISH = re.compile(r"\b(?=\w*\d{5})\w+\b")
_KEEP_CHARACTERS = 400


class StepFailed(Exception):
    """A step of the night failed; the message is free of personal data."""


def redact(message: str) -> str:
    """Cut quoted values, e-mail addresses and anything with five digits in a row, and keep the first lines."""
    for pattern in (_QUOTED, _EMAIL, _NUMBERISH):
        message = pattern.sub("[redacted]", message)
    return message[:_KEEP_CHARACTERS]


@contextmanager
def redacted(*safe: type[Exception]) -> Iterator[None]:
    """Let errors of the `safe` types through, as they are written without data, and redact all others.

    Raises:
        StepFailed: instead of any other error, without its cause, which would be stored with it.
    """
    try:
        yield
    except safe:
        raise
    except Exception as error:
        # The chain is cut on purpose: Dagster stores causes with their full text.
        raise StepFailed(f"{type(error).__name__}: {redact(str(error))}") from None


def scrub_dbt_artifacts(directory: Path) -> None:
    """Redact the messages that dbt keeps of a run; DuckDB quotes values in its errors."""
    for path in directory.rglob("run_results.json"):
        results = json.loads(path.read_text())
        for result in results.get("results", []):
            result["message"] = redact(result.get("message") or "")
        path.write_text(json.dumps(results))
    for path in directory.rglob("dbt.log*"):
        path.unlink()
