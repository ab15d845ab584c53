"""What can be wrong with a source, said without its data: the thing, what was found and expected, the remedy."""


class SourceError(Exception):
    """Something about a contract, a delivery or an extract is wrong; the message is free of data."""


class ContractError(SourceError):
    """A contract's YAML does not say what Fil needs."""


class UnreadableExtract(SourceError):
    """A file is not of its contract's form at all; the message says in what."""


class IncompleteDelivery(SourceError):
    """A file in the inbox that is left there; the message says why and what to do."""


class ExtractDamaged(SourceError):
    """What Fil keeps of an extract, its receipt or its parsed rows, is not as Fil wrote it."""


class ExtractRejected(SourceError):
    """An extract does not keep its contract; the source's last good one is used."""


class ConnectionFailed(SourceError):
    """What a source's connection was asked for did not come; the message says why, without its URL."""


class FolderMissing(ConnectionFailed):
    """A connection answers, and has no such folder."""


class UnusableConnection(SourceError):
    """A setting of a connection is not what its source can have; the message names it, without its URL."""


class QuarantineError(SourceError):
    """Refused rows that are not there or can't be released, or a release that can't be revoked; nothing was written."""
