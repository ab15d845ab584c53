"""Lists and reads a remote folder through fsspec: mounted, on an SFTP server, or in S3. Nothing is written to it.

`fetching.py` decides which files are taken. Errors have our own messages, because those of the libraries may contain a
password.
"""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any, TypeVar
from urllib.parse import unquote

from sources.base.errors import ConnectionFailed, FolderMissing, IncompleteDelivery
from sources.base.watchdog import Alive, watched
from sources.landing.connections import Connection

Result = TypeVar("Result")
# The longest wait for an answer or for the next piece of a file.
SILENCE_SECONDS = 60.0
# A line of 300 kbit/s needs 53 s for one piece, which is below SILENCE_SECONDS.
_PIECE_BYTES = 2_000_000
_KEEPALIVE_SECONDS = 15
_CONNECT_SECONDS = 20.0
_HOME_IS_FULL = (errno.ENOSPC, errno.EDQUOT)

_REFUSED = frozenset(
    ["PermissionError", "PermissionDenied", "SFTPPermissionDenied", "NoCredentialsError", "PartialCredentialsError",
     "KeyImportError", "KeyEncryptionError"]
)  # fmt: skip
_MISSING = frozenset(["FileNotFoundError", "NotADirectoryError", "SFTPNotADirectory", "SFTPNoSuchPath"])
_MEANINGS = (
    (
        frozenset(["HostKeyNotVerifiable"]),
        "has a host key that is not in known_hosts; ask its owner for the fingerprint, and add the key "
        "(FIL_SSH_KNOWN_HOSTS) if the fingerprints are the same",
    ),
    (_REFUSED, "refuses access with these credentials; correct user, password or key"),
    (frozenset(["TimeoutError"]), "does not answer; ask its owner whether it is running and accepts this machine"),
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """An entry of the folder: a file, a directory or something else."""

    name: str
    size: int
    is_file: bool


@dataclass(frozen=True)
class Folder:
    """The folder of a connection. Each call may raise `ConnectionFailed`; each has a time limit."""

    path: str
    files: Any = field(repr=False)
    silence_seconds: float

    def entries(self) -> tuple[Entry, ...]:
        """The entries of the folder, sorted by name."""

        def listed(alive: Alive) -> tuple[Entry, ...]:
            details = self.files.ls(self.path, detail=True)
            if any(entry["name"] == self.path for entry in details):
                raise NotADirectoryError
            return tuple(sorted((self._entry(entry) for entry in details), key=lambda entry: entry.name))

        return _call(listed, self.silence_seconds)

    def read(self, name: str, most_bytes: int) -> bytes:
        """Read the first bytes of a file."""

        def read(alive: Alive) -> bytes:
            with self.files.open(self._path(name), "rb") as handle:
                return bytes(handle.read(most_bytes))

        return _call(read, self.silence_seconds, is_of_file=True)

    def copy(self, name: str, target: IO[bytes], size: int) -> None:
        """Copy the first `size` bytes of a file to `target`, piece by piece.

        Raises:
            ConnectionFailed: the connection broke, or was silent for too long.
        """

        def copied(alive: Alive) -> None:
            left = size
            with self.files.open(self._path(name), "rb") as handle:
                while left > 0 and (piece := handle.read(min(_PIECE_BYTES, left))):
                    alive()
                    target.write(piece)
                    left -= len(piece)
            if left:
                raise EOFError

        _call(copied, self.silence_seconds, is_of_file=True)

    def _entry(self, detail: dict[str, Any]) -> Entry:
        name = str(detail["name"])
        if detail["type"] == "link" or detail.get("islink"):
            try:
                detail = self.files.info(name)
            except FileNotFoundError:
                return Entry(name.rpartition("/")[2], 0, is_file=False)
        return Entry(name.rpartition("/")[2], int(detail["size"] or 0), detail["type"] == "file")

    def _path(self, name: str) -> str:
        return f"{self.path.rstrip('/')}/{name}"


@contextmanager
def open_folder(connection: Connection, silence_seconds: float = SILENCE_SECONDS) -> Iterator[Folder]:
    """Open the folder of a connection that is not a database.

    Raises:
        ConnectionFailed: the connection could not be opened.
    """
    openers: dict[str, Callable[[Connection, float], Any]] = {"file": _mounted, "sftp": _sftp, "s3": _s3}
    files = _call(lambda alive: openers[connection.scheme](connection, silence_seconds), silence_seconds)
    try:
        yield Folder(connection.folder, files, silence_seconds)
    finally:
        if connection.scheme == "sftp":
            # Close it without waiting; otherwise it would stay open as long as this process.
            files.loop.call_soon_threadsafe(files.client.close)


def _mounted(connection: Connection, seconds: float) -> Any:
    from fsspec.implementations.local import LocalFileSystem

    return LocalFileSystem(skip_instance_cache=True)


def _sftp(connection: Connection, seconds: float) -> Any:
    """SFTP through asyncssh. Host keys are checked only if `known_hosts` is given; fsspec's own SFTP never checks."""
    from sshfs import SSHFileSystem

    parts, ssh = connection.parts, connection.ssh
    given = {"username": parts.username, "password": parts.password}
    files = SSHFileSystem(
        parts.hostname,
        known_hosts=[str(path) for path in ssh.known_hosts] or b"",
        connect_timeout=min(seconds, _CONNECT_SECONDS),
        login_timeout=min(seconds, _CONNECT_SECONDS),
        keepalive_interval=_KEEPALIVE_SECONDS,
        skip_instance_cache=True,
        **({"port": parts.port} if parts.port else {}),
        **({"client_keys": [str(ssh.key)]} if ssh.key else {}),
        **{name: unquote(value) for name, value in given.items() if value},
    )
    # Each request that is open when a connection breaks would print a traceback; `_call` reports the error once.
    files.loop.set_exception_handler(lambda loop, context: None)
    return files


def _s3(connection: Connection, seconds: float) -> Any:
    """S3 through s3fs; botocore reads keys, region and endpoint from AWS's own environment variables."""
    from s3fs import S3FileSystem

    limits = {
        "connect_timeout": min(seconds, _CONNECT_SECONDS),
        "read_timeout": seconds,
        "retries": {"max_attempts": 1},
    }
    files = S3FileSystem(
        config_kwargs=limits, default_cache_type="none", use_listings_cache=False, skip_instance_cache=True
    )
    files.retries = 2
    return files


def _call(do: Callable[[Alive], Result], silence_seconds: float, *, is_of_file: bool = False) -> Result:
    """Call a library with a time limit, and translate its errors; an error of one file is no connection error."""
    try:
        return watched(do, silence_seconds)
    except Exception as error:
        if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in _HOME_IS_FULL):
            raise
        names = {kind.__name__ for kind in type(error).__mro__}
        if is_of_file and names & (_REFUSED | _MISSING):
            raise IncompleteDelivery("it does not exist any more, or Fil may not read it; deliver it again") from None
        if names & _MISSING:
            where = "does not have the folder (in S3, the folder may be empty)"
            raise FolderMissing(f"{where}; correct the folder, or ask its owner to create it") from None
        meanings = (meaning for kinds, meaning in _MEANINGS if names & kinds)
        broken = f"can't be reached, or the connection broke ({type(error).__name__})"
        remedy = "correct host and port, or ask its owner whether it is running"
        raise ConnectionFailed(next(meanings, f"{broken}; {remedy}")) from None
