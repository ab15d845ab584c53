"""Real servers on loopback that tests fetch from, SFTP on asyncssh and S3 on moto, and the deliveries laid there."""

import asyncio
import hashlib
import json
import os
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import Request, urlopen

import asyncssh
import boto3
from moto.server import ThreadedMotoServer

USER = "fil"
# With what a URL has to percent-encode.
PASSWORD = "p@ss/W0RD#9"
PASSWORD_IN_URL = "p%40ss%2FW0RD%239"
S3_SECRET = "S3SECRETS3SECRET"
BREAK, STALL, REFUSE = "break", "stall", "refuse"
_BREAKS_AFTER_BYTES = 300_000


@dataclass
class SftpServer:
    """A server of one folder; `opened` are the files that were read, `behaviour` what it does within one."""

    root: Path
    key: asyncssh.SSHKey
    authorized: list[asyncssh.SSHKey] = field(default_factory=list)
    port: int = 0
    opened: list[str] = field(default_factory=list)
    behaviour: str | None = None

    def url(self, folder: str, password: str | None = PASSWORD_IN_URL) -> str:
        """The connection to a folder of it."""
        return f"sftp://{USER}{f':{password}' if password else ''}@127.0.0.1:{self.port}{folder}"

    def known_hosts(self, path: Path, key: asyncssh.SSHKey | None = None) -> Path:
        """A file of known hosts with the server's key, or with another key in its place."""
        public = (key or self.key).export_public_key().decode()
        path.write_text(f"[127.0.0.1]:{self.port} {public}")
        return path


class _Login(asyncssh.SSHServer):
    def __init__(self, server: SftpServer) -> None:
        self.server = server

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == USER and any(key.public_data == one.public_data for one in self.server.authorized)


def _files(server: SftpServer) -> type[asyncssh.SFTPServer]:
    class Files(asyncssh.SFTPServer):
        def __init__(self, chan: asyncssh.SSHServerChannel) -> None:
            super().__init__(chan, chroot=str(server.root))

        def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
            assert not pflags & (asyncssh.FXF_WRITE | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC)
            server.opened.append(os.path.basename(path).decode())  # noqa: PTH119 - of bytes
            if server.behaviour == REFUSE and b"20260503" in path:
                raise asyncssh.SFTPPermissionDenied("Permission denied")
            return super().open(path, pflags, attrs)

        def read(self, file_obj: object, offset: int, size: int) -> bytes | Awaitable[bytes]:
            if offset < _BREAKS_AFTER_BYTES or server.behaviour not in (BREAK, STALL):
                return super().read(file_obj, offset, size)
            if server.behaviour == BREAK:
                self.channel.get_connection().abort()
            return asyncio.sleep(3600, b"")

    return Files


async def _end(acceptor: asyncssh.SSHAcceptor) -> None:
    acceptor.close()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.wait(left, timeout=5) if left else None


@contextmanager
def silent_server() -> Iterator[int]:
    """The port of a server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def lay(folder: Path, name: str, content: bytes, rows: int | None = None, control: bool = True) -> None:
    """Put a delivery into a folder, as its owner does."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    announced = {"rows": content.count(b"\n") if rows is None else rows, "bytes": len(content)}
    announced["sha256"] = hashlib.sha256(content).hexdigest()
    if control:
        (folder / f"{name}.control.json").write_text(json.dumps(announced))


@contextmanager
def sftp_server(root: Path) -> Iterator[SftpServer]:
    server = SftpServer(root, asyncssh.generate_private_key("ssh-ed25519"))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[server.key],
            server_factory=lambda: _Login(server),
            sftp_factory=_files(server),
        )

    def run(what: Callable[[], Awaitable[asyncssh.SSHAcceptor]]) -> asyncssh.SSHAcceptor:
        return asyncio.run_coroutine_threadsafe(what(), loop).result(20)

    acceptor = run(listen)
    server.port = acceptor.get_port()
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(_end(acceptor), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)


@contextmanager
def s3_server() -> Iterator[dict[str, str]]:
    """The environment variables for an empty S3 server, as botocore reads them."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    # Moto keeps the buckets of a former server.
    reset = Request(f"http://{host}:{port}/moto-api/reset", method="POST")  # noqa: S310 - this test's own server on loopback
    urlopen(reset, timeout=20).close()  # noqa: S310 - this test's own server on loopback
    try:
        yield {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "AKIAFIL",
            "AWS_SECRET_ACCESS_KEY": S3_SECRET,
            "AWS_DEFAULT_REGION": "eu-south-2",
        }
    finally:
        server.stop()


def fill_bucket(variables: dict[str, str], bucket: str, prefix: str, folder: Path) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        region_name=variables["AWS_DEFAULT_REGION"],
    )
    where = {"LocationConstraint": variables["AWS_DEFAULT_REGION"]}
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
    for path in folder.iterdir():
        client.put_object(Bucket=bucket, Key=f"{prefix}/{path.name}", Body=path.read_bytes())
