"""The one boundary for everything logged or stored: what may quote a row's value is cut before it leaves a step."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`", re.DOTALL)
_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+")
_NUMBERISH = re.compile(r"\b(?=\w*\d{5})\w+\b")
_KEEP_CHARACTERS = 400
_CUT = "[redacted]"
# What asks a process to stop: it holds no data, and Dagster and Python must see it as it is.
_INTERRUPTS = {"KeyboardInterrupt", "GeneratorExit", "DagsterExecutionInterruptedError"}


# Errors that DuckDB and dbt raise before they read a row, or of memory and files: they quote the query alone.
_OF_NO_ROW = {"Binder Error", "Catalog Error", "Parser Error", "Compilation Error", "Out of Memory Error", "IO Error"}
_KIND = re.compile(r"^\s*([A-Z][A-Za-z ]* Error): ", re.MULTILINE)


class StepFailed(Exception):
    """A step of the night failed; the message is free of personal data."""


def redact(message: str) -> str:
    """Cut quoted values (paths stay), e-mail addresses and anything with five digits in a row; keep its beginning."""
    message = _QUOTED.sub(_unless_path, message)
    for pattern in (_EMAIL, _NUMBERISH):
        message = pattern.sub(_CUT, message)
    return message[:_KEEP_CHARACTERS]


def redact_database(message: str) -> str:
    """The kind of error in a database's message; its redacted text, too, if that kind can't quote a row.

    Some messages of DuckDB repeat a value without quotes: nothing marks where the value begins.
    """
    kind = _KIND.search(message)
    if kind is None:
        return "an error whose text may quote a row"
    return redact(message[kind.start(1) :]) if kind[1] in _OF_NO_ROW else kind[1]


def _unless_path(quoted: re.Match[str]) -> str:
    """A file that is in trouble must be named, and Fil's own names say nothing of anybody."""
    text = quoted[0][1:-1]
    is_path = text.startswith("/") and text.count("/") > 1 and "\n" not in text and Path(text).parent.is_dir()
    return quoted[0] if is_path else _CUT


@contextmanager
def redacted(*safe: type[Exception]) -> Iterator[None]:
    """Let errors of the `safe` types through, as they are written without data, and redact all others.

    A library's `SystemExit` and a panic of Rust code are not of the class `Exception`: they are caught, too, so that
    neither can end a night without an error.

    Raises:
        StepFailed: instead of any other error, without its cause, which would be stored with it.
    """
    try:
        yield
    except safe:
        raise
    except BaseException as error:
        if type(error).__name__ in _INTERRUPTS:
            raise
        # The chain is cut on purpose: Dagster stores causes with their full text.
        raise StepFailed(f"{type(error).__name__}: {redact(str(error))}") from None
