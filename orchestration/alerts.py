"""Tells people by webhook that a night failed or did not run; the text names the night, never a person."""

import json
import urllib.request

from orchestration.settings import Settings

_TIMEOUT_SECONDS = 10


def send_alert(settings: Settings, text: str) -> bool:
    """Post {"text": …} to FIL_ALERT_WEBHOOK; False when none is configured.

    Raises:
        OSError: the webhook does not answer.
        ValueError: its address is not http(s).
    """
    if not settings.alert_webhook:
        return False
    if not settings.alert_webhook.startswith(("https://", "http://")):
        raise ValueError("FIL_ALERT_WEBHOOK must be an http(s) address")
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
        settings.alert_webhook,
        data=json.dumps({"text": text}).encode(),
        headers={"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS).close()  # noqa: S310 - the scheme is checked above
    return True
