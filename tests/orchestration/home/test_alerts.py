"""An alert reaches a real web server and a real mail server on loopback, with the night in it."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from orchestration.home.alerts import alert, send_alert
from orchestration.home.home import Home
from orchestration.home.settings import ConfigurationError, Settings
from tests.orchestration.conftest import Webhook


def test_the_webhook_receives_the_text(tmp_path: Path, webhook: Webhook) -> None:
    settings = Settings(Home(tmp_path), alert_webhook=webhook.url)
    assert send_alert(settings, "Fil: the night 2026-05-04 failed")
    assert webhook.received == [{"text": "Fil: the night 2026-05-04 failed"}]


def test_without_a_webhook_nothing_is_sent(tmp_path: Path) -> None:
    assert not send_alert(Settings(Home(tmp_path)), "x")


def test_a_file_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="http"):
        send_alert(Settings(Home(tmp_path), alert_webhook="file:///etc/passwd"), "x")


class Mailbox:
    """Keeps what a mail server on loopback receives."""

    def __init__(self) -> None:
        self.messages: list[Envelope] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:
        """Accept whatever comes."""
        self.messages.append(envelope)
        return "250 kept"


@pytest.fixture
def mail_server() -> Iterator[tuple[Mailbox, int]]:
    mailbox = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield mailbox, port
    controller.stop()


def test_an_e_mail_carries_the_text(tmp_path: Path, mail_server: tuple[Mailbox, int]) -> None:
    mailbox, port = mail_server
    settings = Settings(Home(tmp_path), alert_email="nit@example.org", smtp_url=f"smtp://127.0.0.1:{port}")
    assert send_alert(settings, "Fil: the night 2026-05-04 failed")
    (message,) = mailbox.messages
    assert message.rcpt_tos == ["nit@example.org"]
    assert b"Subject: Fil: the night 2026-05-04 failed" in bytes(message.content or b"")


def test_an_alert_that_can_not_be_sent_is_a_warning_and_the_other_channel_still_has_it(
    tmp_path: Path, mail_server: tuple[Mailbox, int]
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        webhook = f"http://127.0.0.1:{nobody.getsockname()[1]}/SECRETHOOK"
        mailbox, port = mail_server
        settings = Settings(
            home=tmp_path, alert_webhook=webhook, alert_email="nit@example.org", smtp_url=f"smtp://127.0.0.1:{port}"
        )
        warning = alert(settings, "Fil: the night 2026-05-04 failed")
    assert warning and "the alert was not sent (URLError" in warning and "FIL_ALERT_WEBHOOK" in warning
    assert "SECRETHOOK" not in warning
    assert len(mailbox.messages) == 1
    assert alert(Settings(Home(tmp_path)), "x") is None


@pytest.mark.parametrize("webhook", ["file:///etc/SECRETHOOK", "http://host:SECRETHOOK/", "http://host/SECRET HOOK"])
def test_an_alert_to_no_address_is_a_warning_without_the_address(tmp_path: Path, webhook: str) -> None:
    warning = alert(Settings(Home(tmp_path), alert_webhook=webhook), "x")
    assert warning and "FIL_ALERT_WEBHOOK" in warning and "SECRET" not in warning


def test_a_password_is_not_sent_in_the_clear(tmp_path: Path, mail_server: tuple[Mailbox, int]) -> None:
    mailbox, port = mail_server
    settings = Settings(Home(tmp_path), alert_email="nit@example.org", smtp_url=f"smtp://fil:secret@127.0.0.1:{port}")
    with pytest.raises(ConfigurationError, match="TLS"):
        send_alert(settings, "x")
    assert mailbox.messages == []


def test_an_address_without_a_server_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIL_ALERT_EMAIL", "nit@example.org")
    monkeypatch.delenv("FIL_SMTP_URL", raising=False)
    with pytest.raises(ConfigurationError, match="FIL_SMTP_URL"):
        Settings.from_environment()
