"""Errors about a source. Each message names the object, what was found and expected, and the remedy; it has no data."""


class SourceError(Exception):
    """Something is wrong with a contract or an extract. The message contains none of its data."""


class ContractError(SourceError):
    """A contract's YAML lacks what Fil needs, or is not valid."""


class UnreadableExtract(SourceError):
    """A file does not have the format of its contract; the message names the difference."""


class IncompleteDelivery(SourceError):
    """A file stays in the inbox; the message says why and what to do."""


class ExtractDamaged(SourceError):
    """The receipt or the parsed rows of an extract are not as Fil wrote them."""


class ExtractRejected(SourceError):
    """An extract breaks its contract, so the source's last good extract is used."""


class ConnectionFailed(SourceError):
    """A source's connection did not deliver; the message says why, without its URL."""


class FolderMissing(ConnectionFailed):
    """A connection answers, but does not have the folder."""


class UnusableConnection(SourceError):
    """The source can't use a connection setting; the message names the setting, without its URL."""


class QuarantineError(SourceError):
    """Quarantined rows do not exist or can't be released, or a release can't be revoked; nothing was written."""
