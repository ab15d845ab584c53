"""What is brought from real servers and a mounted folder, what is not, and that no warning tells a secret."""

import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncssh
import pytest

from sources.contracts.contract import Contract
from sources.landing.connections import Connection, SshFiles
from sources.landing.fetching import bring, clear_fetched, look
from sources.landing.land import LandingResult
from sources.landing.receipts import landing_dir
from sources.parsing.parse import parse
from tests.support.extracts import DAY, PADRO_FILE, PADRO_LINE, many, padro_file, padro_line
from tests.support.servers import (
    BREAK,
    PASSWORD,
    PASSWORD_IN_URL,
    REFUSE,
    S3_SECRET,
    STALL,
    SftpServer,
    fill_bucket,
    lay,
    s3_server,
    sftp_server,
    silent_server,
)

SETTING = "FIL_CONNECTION_PADRO"
LARGE = padro_file(*many(60_000))
CONTROL = PADRO_FILE + ".control.json"


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[SftpServer]:
    with sftp_server(tmp_path / "owner") as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the owner lays deliveries."""
    folder = tmp_path / "owner" / "padro"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def by_sftp(sftp: SftpServer, tmp_path: Path, url: str | None = None, key: Path | None = None) -> Connection:
    known_hosts = sftp.known_hosts(tmp_path / "known_hosts")
    return Connection(SETTING, url or sftp.url("/padro"), ssh=SshFiles((known_hosts,), key))


def mounted(folder: Path) -> Connection:
    return Connection(SETTING, folder.as_uri())


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def assert_one_warning(result: LandingResult, said: str) -> None:
    assert result.landed == ()
    (warning,) = result.warnings
    assert warning.startswith(f"padro: its connection {SETTING} ") and said in warning, warning
    assert warning.endswith("the night continues with the landed extracts")
    assert not any(secret in warning for secret in (PASSWORD, PASSWORD_IN_URL, "WRONG", "127.0.0.1", S3_SECRET))


def test_what_is_complete_is_brought_once_and_left_as_it_is(
    tmp_path: Path, sftp: SftpServer, folder: Path, home: Path, padro: Contract
) -> None:
    lay(folder, PADRO_FILE, LARGE)
    before = tree(folder)
    assert bring(by_sftp(sftp, tmp_path), home, padro, DAY) == LandingResult((DAY,), ())
    assert (landing_dir(home, padro, DAY) / PADRO_FILE).read_bytes() == LARGE
    assert bring(by_sftp(sftp, tmp_path), home, padro, DAY) == LandingResult((), ())
    assert sftp.opened == [CONTROL, PADRO_FILE, CONTROL]
    assert tree(folder) == before
    assert [path for path in (home / "fetched").rglob("*")] == []
    assert stat.S_IMODE((home / "fetched").stat().st_mode) == 0o700


def test_a_key_opens_what_no_password_does(
    tmp_path: Path, sftp: SftpServer, folder: Path, home: Path, padro: Contract
) -> None:
    lay(folder, PADRO_FILE, padro_file(PADRO_LINE))
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(tmp_path / "key")
    connection = by_sftp(sftp, tmp_path, sftp.url("/padro", password=None), tmp_path / "key")
    assert_one_warning(bring(connection, home, padro, DAY), "refuses access with these credentials")
    sftp.authorized.append(key)
    assert bring(connection, home, padro, DAY) == LandingResult((DAY,), ())


@pytest.mark.parametrize("known", ["none", "another"])
def test_an_unknown_host_key_is_told_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sftp: SftpServer, home: Path, padro: Contract, known: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    other = sftp.known_hosts(tmp_path / "known_hosts", asyncssh.generate_private_key("ssh-ed25519"))
    ssh = SshFiles(() if known == "none" else (other,))
    result = bring(Connection(SETTING, sftp.url("/padro"), ssh=ssh), home, padro, DAY)
    assert_one_warning(result, "has a host key that is not in known_hosts")
    assert sftp.opened == []


@pytest.mark.parametrize(("behaviour", "said"), [(BREAK, "the connection broke"), (STALL, "does not answer")])
def test_a_connection_that_fails_within_a_file_leaves_nothing_behind(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    sftp: SftpServer,
    folder: Path,
    home: Path,
    padro: Contract,
    behaviour: str,
    said: str,
) -> None:
    lay(folder, PADRO_FILE, LARGE)
    sftp.behaviour = behaviour
    assert_one_warning(bring(by_sftp(sftp, tmp_path), home, padro, DAY, silence_seconds=2), said)
    assert list(home.rglob("*")) == [home / "fetched"]
    assert "Traceback" not in capfd.readouterr().err
    sftp.behaviour = None
    assert bring(by_sftp(sftp, tmp_path), home, padro, DAY) == LandingResult((DAY,), ())


def test_a_wrong_password_and_a_missing_folder_are_warnings(
    tmp_path: Path, sftp: SftpServer, folder: Path, home: Path, padro: Contract
) -> None:
    wrong = by_sftp(sftp, tmp_path, sftp.url("/padro", "WRONG"))
    assert_one_warning(bring(wrong, home, padro, DAY), "correct user, password or key")
    gone = by_sftp(sftp, tmp_path, sftp.url("/padrons"))
    assert_one_warning(bring(gone, home, padro, DAY), "does not have the folder")
    lay(folder, PADRO_FILE, padro_file(PADRO_LINE))
    file = by_sftp(sftp, tmp_path, sftp.url(f"/padro/{PADRO_FILE}"))
    assert_one_warning(bring(file, home, padro, DAY), "does not have the folder")


def test_a_server_that_is_down_or_dumb_does_not_hang_the_night(
    tmp_path: Path, sftp: SftpServer, home: Path, padro: Contract
) -> None:
    down = by_sftp(sftp, tmp_path, f"sftp://fil:{PASSWORD_IN_URL}@127.0.0.1:1/padro")
    assert_one_warning(bring(down, home, padro, DAY), "can't be reached")
    with silent_server() as port:
        dumb = by_sftp(sftp, tmp_path, f"sftp://fil:{PASSWORD_IN_URL}@127.0.0.1:{port}/padro")
        assert_one_warning(bring(dumb, home, padro, DAY, silence_seconds=2), "ask its owner whether it is running")


def test_s3_is_read_through_the_variables_of_aws(
    monkeypatch: pytest.MonkeyPatch, folder: Path, home: Path, padro: Contract
) -> None:
    lay(folder, PADRO_FILE, LARGE)
    with s3_server() as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        fill_bucket(variables, "city", "from/padro", folder)
        connection = Connection(SETTING, "s3://city/from/padro")
        assert bring(connection, home, padro, DAY) == LandingResult((DAY,), ())
        assert (landing_dir(home, padro, DAY) / PADRO_FILE).read_bytes() == LARGE
        assert bring(connection, home, padro, DAY) == LandingResult((), ())
        assert_one_warning(
            bring(Connection(SETTING, "s3://city/nothing"), home, padro, DAY), "in S3, the folder may be empty"
        )
        assert_one_warning(bring(Connection(SETTING, "s3://nobody/x"), home, padro, DAY), "does not have the folder")
    assert_one_warning(bring(connection, home, padro, DAY, silence_seconds=5), "can't be reached")


def test_another_file_of_a_landed_date_is_refused_without_being_brought(
    tmp_path: Path, sftp: SftpServer, folder: Path, home: Path, padro: Contract
) -> None:
    lay(folder, PADRO_FILE, padro_file(PADRO_LINE))
    bring(by_sftp(sftp, tmp_path), home, padro, DAY)
    lay(folder, PADRO_FILE, padro_file(*many(2)))
    sftp.opened.clear()
    result = bring(by_sftp(sftp, tmp_path), home, padro, DAY)
    assert "another file of this date has already landed, and originals are never replaced" in result.warnings[0]
    assert (result.landed, sftp.opened) == ((), [CONTROL])


def test_the_corrected_file_of_a_rejected_date_is_taken(folder: Path, home: Path, padro: Contract) -> None:
    lay(folder, PADRO_FILE, padro_file(padro_line(at_250=b"9")))
    bring(mounted(folder), home, padro, DAY)
    assert "unknown_code:sexo 1" in str(parse(home, padro, DAY)[0].rejected)
    assert bring(mounted(folder), home, padro, DAY) == LandingResult((), ())
    lay(folder, PADRO_FILE, padro_file(PADRO_LINE))
    assert bring(mounted(folder), home, padro, DAY) == LandingResult((DAY,), ())
    assert [result.rows_loaded for result in parse(home, padro, DAY)] == [1]


def test_what_is_not_complete_is_left_with_landings_own_words(folder: Path, home: Path, padro: Contract) -> None:
    good = padro_file(PADRO_LINE)
    lay(folder, "padro_habitants_20260501.txt", good, control=False)
    lay(folder, "padro_habitants_20260502.txt", good)
    (folder / "padro_habitants_20260502.txt").write_bytes(good[:-10])
    lay(folder, "padro_habitants_20260503.txt", good)
    (folder / "padro_habitants_20260503.txt").write_bytes(good[::-1])
    lay(folder, PADRO_FILE, good)
    (folder / CONTROL).write_text("[" * 200_000)
    (folder / "padro_habitants_20260430.txt").mkdir()
    (folder / "padro_habitants_20260429.txt").symlink_to(folder / "nowhere")
    lay(folder, "padro_habitants_20250101.txt", good)
    lay(folder, "padro.txt", good)
    lay(folder, "padro_habitants_20260505.txt", good)
    result = bring(mounted(folder), home, padro, DAY)
    expected = (
        "not taken at its connection: 1 file with a date on which no agreement is in force",
        "not taken at its connection: 1 file with a name other than padro_habitants_AAAAMMDD.txt",
        "padro_habitants_20260429.txt was not taken: it is not a regular file",
        "padro_habitants_20260430.txt was not taken: it is not a regular file",
        "padro_habitants_20260501.txt was not taken: it has no control file, so it may be incomplete",
        f"padro_habitants_20260502.txt was not taken: {len(good) - 10} bytes found, {len(good)} announced",
        "padro_habitants_20260503.txt was not taken: its sha256 differs from the one in its control file",
        f"{PADRO_FILE} was not taken: its control file must be",
    )
    assert result.landed == ()
    assert len(result.warnings) == len(expected)
    assert all(said in warning for said, warning in zip(expected, result.warnings, strict=True)), result.warnings
    assert bring(mounted(folder), home, padro, DAY + timedelta(days=1)).landed == (DAY + timedelta(days=1),)


def test_a_file_that_may_not_be_read_is_left_and_the_rest_is_taken(
    tmp_path: Path, sftp: SftpServer, folder: Path, home: Path, padro: Contract
) -> None:
    for name in (PADRO_FILE, "padro_habitants_20260503.txt"):
        lay(folder, name, padro_file(PADRO_LINE))
    sftp.behaviour = REFUSE
    result = bring(by_sftp(sftp, tmp_path), home, padro, DAY)
    assert result.landed == (DAY,)
    assert result.warnings[0].startswith(
        "padro: padro_habitants_20260503.txt was not taken: it does not exist any more, or Fil may not read it"
    )


def test_a_linked_file_is_followed(tmp_path: Path, sftp: SftpServer, folder: Path, home: Path, padro: Contract) -> None:
    lay(tmp_path / "owner" / "kept", PADRO_FILE, padro_file(PADRO_LINE))
    for name in (PADRO_FILE, CONTROL):
        (folder / name).symlink_to(Path("..") / "kept" / name)
    for connection, place in ((by_sftp(sftp, tmp_path), home), (mounted(folder), tmp_path / "other")):
        assert bring(connection, place, padro, DAY) == LandingResult((DAY,), ())


def test_a_damaged_receipt_is_a_warning(folder: Path, home: Path, padro: Contract) -> None:
    lay(folder, PADRO_FILE, padro_file(PADRO_LINE))
    bring(mounted(folder), home, padro, DAY)
    (landing_dir(home, padro, DAY) / "receipt.json").write_text("{")
    assert "move 2026-05-04 out of landing" in bring(mounted(folder), home, padro, DAY).warnings[0]


def test_without_an_agreement_nobody_is_asked(home: Path, padro: Contract) -> None:
    assert bring(mounted(Path("/nowhere")), home, replace(padro, agreement=None), DAY) == LandingResult((), ())


def test_what_a_killed_night_left_is_cleared(folder: Path, home: Path, padro: Contract) -> None:
    left = home / "fetched" / "padro" / PADRO_FILE
    lay(left.parent, left.name, b"half")
    lay(folder, PADRO_FILE, padro_file(PADRO_LINE))
    assert bring(mounted(folder), home, padro, DAY) == LandingResult((DAY,), ())
    lay(left.parent, left.name, b"half")
    clear_fetched(home, padro)
    assert not left.exists()


def test_one_url_serves_two_sources(tmp_path: Path, home: Path, padro: Contract, atencions: Contract) -> None:
    lay(tmp_path / "padro", PADRO_FILE, padro_file(PADRO_LINE))
    lay(tmp_path / "atencions", "atencions_20260504.jsonl", b"{}\n")
    for contract in (padro, atencions):
        shared = Connection("FIL_CONNECTION", tmp_path.as_uri(), subfolder=contract.source)
        assert bring(shared, home, contract, DAY) == LandingResult((DAY,), ())
        assert look(shared, contract, 5).startswith("can be listed: 1 file named ")
