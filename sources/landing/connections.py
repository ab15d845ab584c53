"""Where deliveries come from beside the inbox: one URL of a folder, an SFTP server, S3 storage or a database.

A connection is configuration and no more; what is there is read by `remote.py`, brought by `fetching.py`, or asked by
`extraction.py`.
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
    """What an SFTP server is known by, and the key that opens it; without a key, those that OpenSSH has are tried."""

    known_hosts: tuple[Path, ...] = ()
    key: Path | None = None


@dataclass(frozen=True)
class Connection:
    """One source's connection; `setting` is named in messages, its URL, which may hold a password, in none.

    Of a URL that several sources share, each has the folder of its name, `subfolder`.
    """

    setting: str
    url: str = field(repr=False)
    subfolder: str | None = None
    ssh: SshFiles = SshFiles()

    @property
    def scheme(self) -> str:
        """The kind of connection: file, sftp, s3, or one of a database."""
        return self.url.partition("://")[0].lower()

    @property
    def is_database(self) -> bool:
        """Whether a database is asked, so that there are no files."""
        return self.scheme in _DATABASES

    @property
    def parts(self) -> SplitResult:
        """The URL of a folder in its parts."""
        return urlsplit(self.url)

    @property
    def folder(self) -> str:
        """The path of the source's folder; in S3 with its bucket, in SFTP from `/~/` on within the user's own."""
        path = unquote(self.parts.path)
        if self.scheme == "s3":
            path = self.parts.netloc + path
        elif self.scheme == "sftp":
            path = path.removeprefix("/~/") or "."
        return str(PurePosixPath(path, self.subfolder or ""))

    def flaw(self, contract: Contract) -> str | None:
        """Why a source can't have this connection, with what it could have, or None; nothing of the URL is repeated."""
        if self.is_database:
            if self.subfolder is not None:
                return f"it is a database, but all sources share this connection; use a folder: {_FOLDERS}"
            has_none = f"it is a database, but the contract of {contract.source} has no query; use {_FOLDERS}"
            return None if contract.delivery.query else has_none
        try:
            return _flaw(self.scheme, urlsplit(self.url), bool(contract.delivery.query))
        except ValueError:
            return "it is not a valid URL; percent-encode the special characters of user, password and folder"


def connections_of(named: Mapping[str, str], contracts: tuple[Contract, ...], ssh: SshFiles) -> dict[str, Connection]:
    """Each source's own connection, or its folder of the one that all share; without either, none.

    Args:
        named: URLs by their settings, `FIL_CONNECTION_<SOURCE>` or `FIL_CONNECTION` alone.
        contracts: of all sources that there are.
        ssh: what SFTP servers are known by.

    Raises:
        UnusableConnection: a setting names no source, or a connection that its source can't have.
    """
    known = {contract.source: contract for contract in contracts}
    found = {source: Connection(SHARED, named[SHARED], source, ssh) for source in known if SHARED in named}
    for setting, url in named.items():
        if setting == SHARED:
            continue
        source = setting.removeprefix(f"{SHARED}_").lower()
        if source not in known:
            raise UnusableConnection(
                f"{setting} does not end in the name of a source; use one of {', '.join(known).upper()}"
            )
        found[source] = Connection(setting, url, ssh=ssh)
    for source, connection in found.items():
        if flaw := connection.flaw(known[source]):
            raise UnusableConnection(f"{connection.setting} can't be used: {flaw}")
    return found


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
    # A port that is no number raises.
    if scheme == "sftp" and (not parts.hostname or parts.port == 0):
        return "write it as sftp://user:password@host:port/folder"
    return None
