"""The one filter for everything that is logged or stored: it removes personal data from errors.

The text of an error is kept only if its kind never quotes a row. For all others only the kind, the place in Fil's code
and the remedy are kept.
"""

import os
import re
import shutil
import smtplib
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`", re.DOTALL)
_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+")
_NUMBERISH = re.compile(r"\b(?=\w*\d{5})\w+\b")
_URL = re.compile(r"\b[a-z][a-z0-9+]*://\S+")
_KEEP_CHARACTERS = 400
_CUT = "[redacted]"
# Requests to stop the process: they hold no data, and Dagster and Python need the original.
_INTERRUPTS = {"KeyboardInterrupt", "GeneratorExit", "DagsterExecutionInterruptedError"}
_ROOT = Path(__file__).resolve().parents[2]
_ROOMS = ("orchestration", "matching", "quality", "exports", "sources")

# Errors that DuckDB and dbt raise before they read a row, or about memory and files: they quote only the query.
_OF_NO_ROW = {"Binder Error", "Catalog Error", "Parser Error", "Compilation Error", "Out of Memory Error", "IO Error"}
_KIND = re.compile(r"^\s*([A-Z][A-Za-z ]* Error): ", re.MULTILINE)
# Kinds whose text leads to a remedy: errors of files, memory, and databases in files.
_OF_THE_MACHINE = {
    "IO Error", "Out of Memory Error", "FATAL Error", "IOException", "OutOfMemoryException", "FatalException",
    "SerializationException", "OperationalError", "DatabaseError",
}  # fmt: skip
_DAMAGED = (
    "a database file is damaged: run `fil doctor` and follow its advice, or restore the file from the backup; the next "
    "night rebuilds the work database"
)
_DISK_FULL = (
    "the disk is full: free space on the disk of FIL_HOME, or keep fewer days (FIL_KEEP_DAYS), then run it again"
)
# SQLite also raises this if the disk is full.
_NOT_OPENED = (
    "a database can't be opened or written: check that the disk has free space and that this user may write to "
    "FIL_HOME, then run it again"
)
# With less free space, a database can't grow by one step.
_FULL_BYTES = 2**20
_REMEDIES = (
    (
        ("No space left", "disk is full", "max_temp_directory_size", "failed to offload", "Disk quota exceeded"),
        _DISK_FULL,
    ),
    (
        ("Read-only file system", "readonly database", "Permission denied", "read-only mode"),
        "FIL_HOME can't be written: give this user write access, mount its disk writable, or set FIL_HOME to another "
        "directory",
    ),
    (("unable to open database file", "disk I/O error"), _NOT_OPENED),
    (
        ("Could not set lock", "database is locked"),
        "another process uses that database: wait for it or stop it, then run it again",
    ),
    (
        ("Is a directory", "Not a directory", "File exists", "Too many levels of symbolic links"),
        "something else lies in that place: move it away, then run it again",
    ),
    (
        ("Corrupt database", "not a valid DuckDB database", "Could not read enough bytes", "checksum"),
        _DAMAGED,
    ),
    (
        # Phrases of SQLite, which only Dagster uses.
        ("is malformed", "is not a database"),
        "Dagster's records are damaged: move FIL_HOME/dagster away (it holds nothing else), then run it again",
    ),
    (
        ("Out of Memory", "could not allocate", "failed to pin", "allocate data"),
        "there was not enough memory: raise FIL_MEMORY_LIMIT or stop other programs on this machine, then run it again",
    ),
)
_UNKNOWN = "its text may hold personal data and is not shown; run it again, and if it fails again, report this line"


class StepFailed(Exception):
    """A step of the night failed; the message is free of personal data."""


def redact(message: str) -> str:
    """Cut quoted values (paths stay), e-mail and web addresses and anything with five digits in a row.

    Only for texts that quote no row, because an unquoted value can't be recognised. The beginning of the text is kept.
    """
    message = _QUOTED.sub(_unless_path, message)
    for pattern in (_URL, _EMAIL, _NUMBERISH):
        message = pattern.sub(_CUT, message)
    return message[:_KEEP_CHARACTERS]


def described(error: BaseException, home: Path | None = None) -> str:
    """An error without personal data: its kind, its text if that kind quotes no row, or else its place, and the remedy.

    If the disk of `home` is full, that is the remedy even if the error does not name it.
    """
    kind = type(error).__name__
    if type(error).__module__.split(".")[0] in _ROOMS:
        return f"{kind}: {redact(str(error))}"
    text = _known_text(error)
    description = f"{kind}: {text}" if text else f"{kind}{_place(error.__traceback__)}"
    remedy = _remedy(kind, f"{kind} {error}" if not isinstance(error, OSError) else text)
    if remedy == _NOT_OPENED and home and shutil.disk_usage(home).free < _FULL_BYTES:
        remedy = _DISK_FULL
    if remedy:
        return f"{description}; {remedy}"
    return description if text else f"{description}: {_UNKNOWN}"


def redact_database(message: str) -> str:
    """The kind of error in a database's message, its first line if that kind can't quote a row, and the remedy.

    Some messages of DuckDB contain a value without quotes, which can't be recognised.
    """
    kind = _KIND.search(message)
    if kind is None:
        return "an error whose text may hold personal data"
    description = _first_line(message[kind.start(1) :]) if kind[1] in _OF_NO_ROW else kind[1]
    remedy = _remedy(kind[1], message)
    return f"{description}; {remedy}" if remedy else description


def redact_stored(kind: str, message: str) -> str:
    """An error as Dagster stored it: unchanged if it is Fil's or Dagster's own, or else only its kind and remedy."""
    if kind.startswith(("Dagster", "ConfigurationError")) or message.startswith(tuple(f"{room}." for room in _ROOMS)):
        return message
    return f"{kind}: {_remedy(kind, message) or _UNKNOWN}"


def _known_text(error: BaseException) -> str:
    """The text of an error if its kind quotes no row; empty for others."""
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP status {error.code}"
    if isinstance(error, urllib.error.URLError):
        return described(error.reason) if isinstance(error.reason, OSError) else ""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"SMTP status {error.smtp_code}"
    if isinstance(error, OSError) and error.errno:
        # The system's own text and the file; the error's own text may contain anything.
        name = f": '{error.filename}'" if isinstance(error.filename, str | os.PathLike) else ""
        return redact(f"{os.strerror(error.errno)}{name}")
    kind = _KIND.match(str(error)) if type(error).__module__.split(".")[0].lstrip("_") == "duckdb" else None
    return _first_line(str(error)[kind.end() :]) if kind and kind[1] in _OF_NO_ROW else ""


def _first_line(text: str) -> str:
    """The first line; further lines quote the query, perhaps with a part of a value, and name web pages."""
    return redact(text.strip().split("\n")[0])


def _remedy(kind: str, text: str) -> str:
    """The remedy, or an empty text; only for errors of the machine, because a row may contain any phrase."""
    is_of_the_machine = kind in _OF_THE_MACHINE or kind in _SYSTEM_ERRORS
    remedies = (remedy for phrases, remedy in _REMEDIES if any(phrase.lower() in text.lower() for phrase in phrases))
    return next(remedies, "") if is_of_the_machine else ""


_SYSTEM_ERRORS = {
    "OSError", "PermissionError", "BlockingIOError", "IsADirectoryError", "NotADirectoryError", "FileExistsError",
}  # fmt: skip


def _place(traceback: TracebackType | None) -> str:
    """The last place in Fil's own code in a traceback: a file and a line quote no row."""
    place = ""
    while traceback is not None:
        path = Path(traceback.tb_frame.f_code.co_filename)
        if path.is_relative_to(_ROOT) and path.relative_to(_ROOT).parts[0] in _ROOMS:
            place = f" in {path.relative_to(_ROOT)}, line {traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place


def _unless_path(quoted: re.Match[str]) -> str:
    """The quoted text if it is a path, because a faulty file must be named and paths hold no personal data."""
    text = quoted[0][1:-1]
    is_path = text.startswith("/") and text.count("/") > 1 and "\n" not in text and Path(text).parent.is_dir()
    return quoted[0] if is_path else _CUT


@contextmanager
def redacted(*safe: type[Exception], home: Path | None = None) -> Iterator[None]:
    """Let errors of the `safe` types through, because they hold no personal data, and redact all others.

    A library's `SystemExit` and a panic of Rust code are no `Exception`: they are caught, too, so that neither can end
    a night without an error.

    Raises:
        StepFailed: instead of any other error, without its cause, which Dagster would store.
    """
    try:
        yield
    except safe:
        raise
    except BaseException as error:
        if type(error).__name__ in _INTERRUPTS:
            raise
        # The chain is cut on purpose: Dagster stores causes with their full text.
        raise StepFailed(described(error, home)) from None
