"""The hub's key: how long it must be, the file that holds it, and a new one."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration.home.hub_key import UnusableKey, is_long_enough, key_of, new_key
from orchestration.home.settings import ConfigurationError, Settings
from orchestration.home.work_database import attach
from orchestration.past_nights.published import why_closed
from tests.support.published_home import DAY, Fil

GOOD = "6b" * 32


@pytest.fixture
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "hub.key"
    path.write_text(f"{GOOD}\n")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("make", [bytes.hex, lambda content: content.hex().upper()])
@pytest.mark.parametrize("size", [31, 32, 48])
def test_a_key_of_hex_has_at_least_32_bytes(make: Callable[[bytes], str], size: int) -> None:
    assert is_long_enough(make(b"\xfb" * size)) == (size >= 32)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("size", [16, 31, 32, 33, 34])
def test_a_key_of_base64_has_at_least_32_bytes_with_its_padding_and_without(
    encode: Callable[[bytes], bytes], size: int
) -> None:
    key = encode((b"\xfb\xff" * 20)[:size]).decode()
    assert is_long_enough(key) == is_long_enough(key.rstrip("=")) == (size >= 32)


@pytest.mark.parametrize("key", ["a key of the test", "k", "una frase molt llarga que ningú no endevinarà mai, mai"])
def test_a_sentence_is_no_key(key: str) -> None:
    assert not is_long_enough(key)


def test_every_new_key_is_another_and_long_enough() -> None:
    made = {new_key() for _ in range(5)}
    assert len(made) == 5 and all(is_long_enough(key) for key in made)


def test_the_key_is_read_from_a_file_without_its_line_end(key_file: Path) -> None:
    assert key_of({"FIL_HUB_KEY_FILE": str(key_file)}) == GOOD
    assert key_of({"FIL_HUB_KEY": GOOD, "FIL_HUB_KEY_FILE": ""}) == GOOD
    assert key_of({}) is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620])
def test_a_file_that_others_may_use_is_refused(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    with pytest.raises(UnusableKey, match="chmod 600") as refused:
        key_of({"FIL_HUB_KEY_FILE": str(key_file)})
    assert GOOD not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"\n", b"k" * 5000, b"one\ntwo", "clau d'àbac".encode(), b"\0" * 64])
def test_a_file_without_a_key_on_one_line_is_refused(key_file: Path, content: bytes) -> None:
    key_file.write_bytes(content)
    with pytest.raises(UnusableKey, match="the file is not one line with a key"):
        key_of({"FIL_HUB_KEY_FILE": str(key_file)})


def test_a_directory_a_pipe_and_nothing_are_no_file_of_a_key(key_file: Path) -> None:
    pipe = key_file.with_name("pipe")
    os.mkfifo(pipe, 0o600)
    for path in (pipe, key_file.parent, key_file.with_name("none")):
        with pytest.raises(UnusableKey, match="FIL_HUB_KEY_FILE is"):
            key_of({"FIL_HUB_KEY_FILE": str(path)})


def test_two_settings_are_one_too_many(key_file: Path) -> None:
    with pytest.raises(UnusableKey, match="both set"):
        key_of({"FIL_HUB_KEY": GOOD, "FIL_HUB_KEY_FILE": str(key_file)})


def test_a_key_beside_what_it_encrypts_is_refused(home: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link, inside = key_file.with_name("link"), home / "hub.key"
    inside.write_bytes(key_file.read_bytes())
    inside.chmod(0o600)
    link.symlink_to(inside)
    for path in (inside, link):
        monkeypatch.setenv("FIL_HUB_KEY_FILE", str(path))
        with pytest.raises(ConfigurationError, match="beside the data that it encrypts"):
            Settings.from_environment()


def test_a_short_key_makes_no_hub(home: Path, fil: Fil, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIL_HUB_KEY", "pere1960")
    for command in (("doctor",), ("nightly", "--date", f"{DAY}")):
        refused = fil(*command)
        assert refused.code == 2 and "shorter than 32 bytes" in refused.err and "fil key new" in refused.err
        assert "pere1960" not in refused.err + refused.out


def test_a_hub_of_before_there_was_a_key_is_read(published: Path, fil: Fil, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIL_HUB_KEY", GOOD)
    looked_at = fil("person", "explain", "padro:A", "padro:B", "--who", "A. Arxivera", "--why", "consulta")
    assert looked_at.code == 0
    with duckdb.connect(":memory:") as connection, pytest.raises(duckdb.CatalogException, match="is not encrypted"):
        attach(connection, published / "published" / f"{DAY}" / "fil.duckdb", "written_to", GOOD)


def test_a_hub_with_a_key_asks_for_it(tmp_path: Path) -> None:
    path = tmp_path / "fil.duckdb"
    with duckdb.connect(":memory:") as connection:
        attach(connection, path, "hub", GOOD)
        connection.execute("create table hub.one as select 1 as one; detach hub")
        with pytest.raises(duckdb.Error) as refused:
            attach(connection, path, "hub", None, read_only=True)
        assert "is encrypted, and no key is set: set FIL_HUB_KEY_FILE" in why_closed(path, refused.value)
        with pytest.raises(duckdb.Error) as other:
            attach(connection, path, "hub", GOOD[::-1], read_only=True)
        assert "does not open with this FIL_HUB_KEY" in why_closed(path, other.value)


def test_fil_key_new_makes_a_key_that_a_hub_takes(
    home: Path, fil: Fil, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    printed = fil("key", "new")
    assert printed.code == 0 and is_long_enough(printed.out.strip())
    path = tmp_path_factory.mktemp("keys") / "hub.key"
    written = fil("key", "new", "--output", str(path))
    assert written.code == 0 and path.stat().st_mode & 0o777 == 0o600
    key = path.read_text().strip()
    assert key not in written.out + written.err
    monkeypatch.setenv("FIL_HUB_KEY_FILE", str(path))
    assert Settings.from_environment().home.hub_key == key
    again = fil("key", "new", "--output", str(path))
    assert again.code == 2 and "already exists" in again.err and path.read_text().strip() == key


def test_no_key_is_shown(key_file: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = secrets.token_hex(32)
    key_file.write_text(key)
    monkeypatch.setenv("FIL_HUB_KEY_FILE", str(key_file))
    assert key not in repr(Settings.from_environment())
