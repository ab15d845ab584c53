"""What can be wrong with a delivery or a publication; the message says what to do."""

from collections.abc import Mapping


class PublicationError(Exception):
    """A publication could not be staged or sealed; the message says what to do."""


class DeliveryError(Exception):
    """A delivery does not hold what its manifest says; the message says which file."""

    def __init__(self, message: str, counts: Mapping[str, int] | None = None) -> None:
        """Keep what was counted in the file beside the message."""
        super().__init__(message)
        self.counts = counts or {}
