"""The configuration of connections: one URL of a folder, an SFTP server, S3 storage or a database.

`remote.py` lists and reads a folder, `fetching.py` copies its files, and `extraction.py` queries a database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import SplitResult, unquote, urlsplit

from sources.base.errors import UnusableConnection
from sources.contracts.contract import Contract

SHARED = "FIL_CONNECTION"
_DATABASES = ("postgresql", "postgres")
_FOLDERS = "file:///folder, sftp://user:password@host/folder or s3://bucket/prefix"


@dataclass(frozen=True)
class SshFiles:
    """The known host keys of SFTP servers, and the user's private key; without it, OpenSSH's own keys are tried."""

    known_hosts: tuple[Path, ...] = ()
    key: Path | None = None


@dataclass(frozen=True)
class Connection:
    """The connection of one source. Messages name its `setting`, never its URL, which may contain a password.

    If several sources share a URL, each source has a folder with its name, the `subfolder`.
    """

    setting: str
    url: str = field(repr=False)
    subfolder: str | None = None
    ssh: SshFiles = SshFiles()

    @property
    def scheme(self) -> str:
        """The kind of connection: file, sftp, s3, or the scheme of a database."""
        return self.url.partition("://")[0].lower()

    @property
    def is_database(self) -> bool:
        """Whether Fil queries a database instead of reading files."""
        return self.scheme in _DATABASES

    @property
    def parts(self) -> SplitResult:
        """The parts of the URL of a folder."""
        return urlsplit(self.url)

    @property
    def folder(self) -> str:
        """The path of the source's folder: in S3 with the bucket; in SFTP, `/~/` is the user's home directory."""
        path = unquote(self.parts.path)
        if self.scheme == "s3":
            path = self.parts.netloc + path
        elif self.scheme == "sftp":
            path = path.removeprefix("/~/") or "."
        return str(PurePosixPath(path, self.subfolder or ""))

    def flaw(self, contract: Contract) -> str | None:
        """Why a source can't use this connection, with the remedy, or None. The text contains no part of the URL."""
        if self.is_database:
            if self.subfolder is not None:
                return f"it is a database, but all sources share this connection; use a folder: {_FOLDERS}"
            has_none = f"it is a database, but the contract of {contract.source} has no query; use {_FOLDERS}"
            return None if contract.delivery.query else has_none
        try:
            return _flaw(self.scheme, urlsplit(self.url), bool(contract.delivery.query))
        except ValueError:
            return "it is not a valid URL; percent-encode the special characters of user, password and folder"


def connections_of(urls: Mapping[str, str], contracts: tuple[Contract, ...], ssh: SshFiles) -> dict[str, Connection]:
    """The connection of each source: its own, or its folder in the shared one. A source without either is left out.

    Args:
        urls: URLs by setting, `FIL_CONNECTION_<SOURCE>` or `FIL_CONNECTION`.
        contracts: the contracts of all sources.
        ssh: known host keys and private key for SFTP servers.

    Raises:
        UnusableConnection: a setting names no source, or its source can't use the connection.
    """
    known = {contract.source: contract for contract in contracts}
    connections = {source: Connection(SHARED, urls[SHARED], source, ssh) for source in known if SHARED in urls}
    for setting, url in urls.items():
        if setting == SHARED:
            continue
        source = setting.removeprefix(f"{SHARED}_").lower()
        if source not in known:
            raise UnusableConnection(
                f"{setting} does not end in the name of a source; use one of {', '.join(known).upper()}"
            )
        connections[source] = Connection(setting, url, ssh=ssh)
    for source, connection in connections.items():
        if flaw := connection.flaw(known[source]):
            raise UnusableConnection(f"{connection.setting} can't be used: {flaw}")
    return connections


def _flaw(scheme: str, parts: SplitResult, may_be_database: bool) -> str | None:
    if scheme not in ("file", "sftp", "s3"):
        database = ", or postgresql://user:password@host/name" if may_be_database else ""
        return f"its scheme is unknown; use {_FOLDERS}{database}"
    if parts.query or parts.fragment:
        return "it has a ? or # that is not percent-encoded; write %3F or %23"
    if scheme == "file" and (parts.netloc not in ("", "localhost") or not parts.path.startswith("/")):
        return "a folder needs its full path, with three slashes: file:///folder"
    if scheme == "s3" and (not parts.netloc or "@" in parts.netloc or ":" in parts.netloc):
        return "write it as s3://bucket/prefix; keys, region and endpoint come from AWS's own variables"
    # `parts.port` raises ValueError if the port is not a number.
    if scheme == "sftp" and (not parts.hostname or parts.port == 0):
        return "write it as sftp://user:password@host:port/folder"
    return None
