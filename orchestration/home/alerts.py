"""Sends alerts by webhook and e-mail if a night failed or did not run; the text names the night, never a person."""

import json
import smtplib
import ssl
import urllib.request
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from functools import partial
from urllib.parse import unquote, urlsplit

from orchestration.home.redaction import described
from orchestration.home.settings import ConfigurationError, Settings

_TIMEOUT_SECONDS = 10
PUBLISHED_NOTHING = "and published nothing"


def night_failed(night: str, run_id: str | None = None, outcome: str = PUBLISHED_NOTHING) -> str:
    """The text of an alert about a failed night, with what of it is public."""
    run = f" (run {run_id})" if run_id else ""
    return f"Fil: the night {night} failed {outcome}{run}"


def night_withheld(night: str, stems: Sequence[str], run_id: str) -> str:
    """The text of an alert about a night that was published without some files."""
    return f"Fil: the night {night} is published without {', '.join(stems)}: checks failed (run {run_id})"


def alert(settings: Settings, text: str) -> str | None:
    """Send an alert without raising, because it must not replace another error; return a warning if it was not sent."""
    try:
        send_alert(settings, text)
    except Exception as error:
        # For unknown errors only the type: the text may quote the address, and the address of a webhook is a secret.
        is_known = isinstance(error, OSError | ConfigurationError)
        reason = described(error) if is_known else type(error).__name__
        return f"the alert was not sent ({reason}): check FIL_ALERT_WEBHOOK, FIL_ALERT_EMAIL and FIL_SMTP_URL"
    return None


def send_alert(settings: Settings, text: str) -> bool:
    """Send it to the webhook and the e-mail address, to each even if the other fails; False if none is set.

    Raises:
        OSError: a server does not answer, or refuses.
        ConfigurationError: an address is not valid.
    """
    failures: list[Exception] = []
    for send in (channels := _channels(settings)):
        try:
            send(text)
        except Exception as error:  # the other channels still get it; the first failure is raised below
            failures.append(error)
    if failures:
        raise failures[0]
    return bool(channels)


def _channels(settings: Settings) -> list[Callable[[str], None]]:
    channels: list[Callable[[str], None]] = []
    if settings.alert_webhook:
        channels.append(partial(_post, settings.alert_webhook))
    if settings.alert_email and settings.smtp_url:
        channels.append(partial(_mail, settings.smtp_url, settings.alert_email))
    return channels


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
    """Send the text as subject and body of a message; a password is only sent over TLS."""
    url = urlsplit(server)
    if url.scheme not in ("smtp", "smtps") or not url.hostname:
        raise ConfigurationError("FIL_SMTP_URL must begin with smtp:// or smtps:// and have a host")
    message = EmailMessage()
    message["Subject"], message["To"] = text, recipient
    user = unquote(url.username or "")
    message["From"] = user if "@" in user else recipient
    message.set_content(text)
    with _session(url.scheme, url.hostname, url.port or 0) as smtp:
        if user:
            if not isinstance(smtp.sock, ssl.SSLSocket):
                raise ConfigurationError("FIL_SMTP_URL has a password, but its server offers no TLS: use smtps://")
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
