"""Tells people by webhook and e-mail that a night failed or did not run; the text names the night, never a person."""

import json
import smtplib
import ssl
import urllib.request
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from orchestration.settings import ConfigurationError, Settings

_TIMEOUT_SECONDS = 10


def send_alert(settings: Settings, text: str) -> bool:
    """Say it to whatever is configured, a webhook, an e-mail address or both; False when none is.

    Raises:
        OSError: a server does not answer, or refuses.
        ConfigurationError: an address is not of the kind that it should be.
    """
    if settings.alert_webhook:
        _post(settings.alert_webhook, text)
    if settings.alert_email and settings.smtp_url:
        _mail(settings.smtp_url, settings.alert_email, text)
    return bool(settings.alert_webhook or settings.alert_email)


def _post(webhook: str, text: str) -> None:
    """Post {"text": …}."""
    if not webhook.startswith(("https://", "http://")):
        raise ConfigurationError("FIL_ALERT_WEBHOOK must be an http(s) address")
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
        webhook,
        data=json.dumps({"text": text}).encode(),
        headers={"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS).close()  # noqa: S310 - the scheme is checked above


def _mail(server: str, recipient: str, text: str) -> None:
    """Send the text as a message whose subject it is; a password only ever goes over TLS."""
    url = urlsplit(server)
    if url.scheme not in ("smtp", "smtps") or not url.hostname:
        raise ConfigurationError("FIL_SMTP_URL must be smtp:// or smtps:// with a host")
    message = EmailMessage()
    message["Subject"], message["To"] = text, recipient
    user = unquote(url.username or "")
    message["From"] = user if "@" in user else recipient
    message.set_content(text)
    with _session(url.scheme, url.hostname, url.port or 0) as smtp:
        if user:
            if not isinstance(smtp.sock, ssl.SSLSocket):
                raise ConfigurationError("FIL_SMTP_URL has a password and its server offers no TLS: use smtps://")
            smtp.login(user, unquote(url.password or ""))
        smtp.send_message(message)


def _session(scheme: str, host: str, port: int) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT_SECONDS, context=context)
    smtp = smtplib.SMTP(host, port, timeout=_TIMEOUT_SECONDS)
    smtp.ehlo()
    if smtp.has_extn("starttls"):
        smtp.starttls(context=context)
    return smtp
