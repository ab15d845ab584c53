"""Errors of deliveries and publications; each message says what to do."""

from collections.abc import Mapping


class PublicationError(Exception):
    """A publication could not be staged or sealed; the message says what to do."""


class DeliveryError(Exception):
    """A delivery differs from its manifest, or can't be read; the message names the file."""

    def __init__(self, message: str, counts: Mapping[str, int] | None = None) -> None:
        """Keep the counts of the file beside the message."""
        super().__init__(message)
        self.counts = counts or {}
