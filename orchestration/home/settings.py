"""The only module that reads settings from the environment; other modules get them as arguments."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from orchestration.home.home import Home
from orchestration.home.hub_key import LEAST_BYTES as KEY_BYTES
from orchestration.home.hub_key import UnusableKey, is_long_enough, key_of
from orchestration.home.memory import LEAST_BYTES, MemoryBound, parse_memory, usual_memory
from orchestration.home.work_database import spill_directory
from sources.base.errors import UnusableConnection
from sources.contracts.catalogue import load_contracts
from sources.landing.connections import SHARED, Connection, SshFiles, connections_of
from sources.parsing.parse import ParseBound

PROJECT_DIR = Path(__file__).resolve().parents[2]
DBT_PROJECT_DIR = PROJECT_DIR / "dbt_project"
# The files that OpenSSH also reads.
_KNOWN_HOSTS = ("~/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts")


class EngineName(StrEnum):
    """The engines that score pairs."""

    DUCKDB = "duckdb"
    SPARK = "spark"


class ConfigurationError(Exception):
    """The environment or a setting is not usable; the message names it and the remedy."""


@dataclass(frozen=True)
class Settings:
    """The settings of an installation: its home, its alerts, and the resources of a night."""

    home: Home
    alert_webhook: str | None = field(default=None, repr=False)
    alert_email: str | None = None
    smtp_url: str | None = field(default=None, repr=False)
    keep_days: int = 30
    memory: MemoryBound = field(default_factory=lambda: MemoryBound(usual_memory()))
    connections: Mapping[str, Connection] = field(default_factory=dict)
    linkage_engine: EngineName = EngineName.DUCKDB
    spark_master: str = "local[*]"
    java_home: Path | None = None

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read the settings in README.md of this room, and JAVA_HOME.

        Raises:
            ConfigurationError: the hub's key is not usable, FIL_KEEP_DAYS is not a whole number of at least one day,
                FIL_MEMORY_LIMIT is not a size or too small, an e-mail address has no server, a connection is not
                possible for its source, or FIL_LINKAGE_ENGINE is unknown.
        """
        directory = Path(os.environ.get("FIL_HOME") or PROJECT_DIR / "var").resolve()
        alert_email, smtp_url = os.environ.get("FIL_ALERT_EMAIL"), os.environ.get("FIL_SMTP_URL")
        if alert_email and not smtp_url:
            raise ConfigurationError(
                "FIL_ALERT_EMAIL is set without FIL_SMTP_URL: set it, for example smtps://user:password@mail.example.org"
            )
        keep_days = os.environ.get("FIL_KEEP_DAYS", "30")
        if not (keep_days.isascii() and keep_days.isdigit()) or int(keep_days) < 1:
            raise ConfigurationError("FIL_KEEP_DAYS must be a whole number of days, 1 or more")
        engine = os.environ.get("FIL_LINKAGE_ENGINE") or EngineName.DUCKDB
        if engine not in list(EngineName):
            raise ConfigurationError(f"FIL_LINKAGE_ENGINE is {engine!r}: expected {' or '.join(EngineName)}")
        java_home = os.environ.get("JAVA_HOME")
        return cls(
            home=Home(directory, _hub_key(os.environ, directory)),
            alert_webhook=os.environ.get("FIL_ALERT_WEBHOOK") or None,
            alert_email=alert_email or None,
            smtp_url=smtp_url or None,
            keep_days=int(keep_days),
            memory=_memory(os.environ.get("FIL_MEMORY_LIMIT")),
            connections=_connections(os.environ),
            linkage_engine=EngineName(engine),
            spark_master=os.environ.get("FIL_SPARK_MASTER") or "local[*]",
            java_home=Path(java_home) if java_home else None,
        )

    @property
    def parse_bound(self) -> ParseBound:
        """The memory limit of parsing, and the directory to which it spills."""
        return ParseBound(self.memory.step_bytes, spill_directory(self.home.work_database))


def _hub_key(environment: Mapping[str, str], directory: Path) -> str | None:
    """The hub's key; a short key still opens an existing hub.

    Raises:
        ConfigurationError: it is not usable, or too short for a new hub.
    """
    try:
        key = key_of(environment, (directory, DBT_PROJECT_DIR))
    except UnusableKey as error:
        raise ConfigurationError(str(error)) from None
    if key and not is_long_enough(key) and not (Home(directory).published / "current").exists():
        raise ConfigurationError(
            f"the hub's key is shorter than {KEY_BYTES} bytes in hex or base64: make a key with `fil key new`"
        )
    return key


def _memory(limit: str | None) -> MemoryBound:
    """The bound of FIL_MEMORY_LIMIT, or the usual one.

    Raises:
        ConfigurationError: it is not a size, or too small for the processes of a night.
    """
    if not limit:
        return MemoryBound(usual_memory())
    try:
        total_bytes = parse_memory(limit)
    except ValueError:
        raise ConfigurationError(f"FIL_MEMORY_LIMIT is {limit!r}: expected a size such as 6GB") from None
    if total_bytes < LEAST_BYTES:
        raise ConfigurationError(f"FIL_MEMORY_LIMIT is {limit!r}: a night needs at least {LEAST_BYTES // 10**9} GB")
    return MemoryBound(total_bytes)


def _connections(environment: Mapping[str, str]) -> dict[str, Connection]:
    """The sources' connections.

    Raises:
        ConfigurationError: a setting has an unknown source, or a connection that its source can't have.
    """
    named = {name: url for name, url in environment.items() if name.startswith(SHARED) and url}
    if not named:
        return {}
    try:
        return connections_of(named, load_contracts(), _ssh(environment))
    except UnusableConnection as error:
        raise ConfigurationError(str(error)) from None


def _ssh(environment: Mapping[str, str]) -> SshFiles:
    """The known hosts and the key for SFTP.

    Raises:
        ConfigurationError: a given file does not exist.
    """
    named = {name: environment.get(name) or None for name in ("FIL_SSH_KNOWN_HOSTS", "FIL_SSH_KEY")}
    paths = {name: Path(value).expanduser() for name, value in named.items() if value}
    for name, path in paths.items():
        if not path.is_file():
            raise ConfigurationError(f"{name} is {path}, but this file does not exist: correct the path")
    usual = (path for path in (Path(name).expanduser() for name in _KNOWN_HOSTS) if path.is_file())
    known_hosts = paths.get("FIL_SSH_KNOWN_HOSTS")
    return SshFiles((known_hosts,) if known_hosts else tuple(usual), paths.get("FIL_SSH_KEY"))
