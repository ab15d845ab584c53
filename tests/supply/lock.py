"""What the locks hold: packages in one version each, with the hashes of their files, and the licences."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ROOT / "requirements.lock"
_LONGEST_LICENCE = 60


class LockError(Exception):
    """A lock is not as `make lock` writes it; the message names the file and the line."""


@dataclass(frozen=True, order=True)
class Locked:
    """A package in its version, with the SHA-256 of each of its files."""

    name: str
    version: str
    hashes: tuple[str, ...] = ()

    @property
    def purl(self) -> str:
        """How other tools name it."""
        return f"pkg:pypi/{self.name}@{self.version}"


def locks() -> list[Path]:
    """Every lock of the project, the one of the runtime first."""
    return sorted(ROOT.glob("requirements*.lock"), key=lambda path: (path != RUNTIME, path.name))


def read_lock(path: Path) -> list[Locked]:
    """Every package of a lock, for whichever system it is.

    Raises:
        LockError: a line is no package in one version, or a hash.
    """
    entries: list[tuple[Requirement, list[str]]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip().removesuffix("\\").strip()
        if text.startswith("--hash=sha256:") and entries:
            entries[-1][1].append(text.removeprefix("--hash=sha256:"))
        elif text and not text.startswith("#"):
            entries.append((_requirement(text, path, number), []))
    if not entries:
        raise LockError(f"{path} holds no package")
    return [Locked(canonicalize_name(one.name), _version(one), tuple(sorted(hashes))) for one, hashes in entries]


def licences(packages: Iterable[Locked]) -> dict[str, str]:
    """The licence that each package tells of itself; only of those that are installed here."""
    return {one.name: _licence(one.name) for one in packages}


def _requirement(text: str, path: Path, number: int) -> Requirement:
    try:
        found = Requirement(text)
    except InvalidRequirement:
        raise LockError(f"{path}, line {number} is no package: run `make lock`") from None
    (specifier, *more) = found.specifier or [None]
    if specifier is None or more or specifier.operator != "==" or "*" in specifier.version:
        raise LockError(f"{path}, line {number}: {found.name} is not in one version: run `make lock`")
    return found


def _version(requirement: Requirement) -> str:
    (specifier,) = requirement.specifier
    return str(Version(specifier.version))


def _licence(name: str) -> str:
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return "not installed here"
    classifiers = [
        line.rpartition(" :: ")[2] for line in told.get_all("Classifier") or [] if line.startswith("License")
    ]
    classified = [name for name in classifiers if name != "OSI Approved"]
    written = [line.strip() for line in (told.get("License") or "").splitlines() if line.strip()][:1]
    found = told.get("License-Expression") or " AND ".join(classified) or "".join(written) or "not told"
    return found[:_LONGEST_LICENCE]
