"""How a failure is printed: one clear line, no traceback for bad input, never a value of a row."""

import sys

from orchestration.home.redaction import StepFailed, described
from orchestration.home.settings import ConfigurationError

RUN_FAILED = 1
BAD_USAGE = 2


def report(error: Exception) -> int:
    """Print the error to stderr and return its exit code."""
    if isinstance(error, ConfigurationError):
        print(f"fil: {error}", file=sys.stderr)
        return BAD_USAGE
    is_safe = isinstance(error, _written_without_data())
    message = str(error) if is_safe else described(error)
    print(f"fil: {message}", file=sys.stderr)
    return RUN_FAILED


def _written_without_data() -> tuple[type[Exception], ...]:
    """The errors whose messages hold no personal data.

    Imported only after a failure, because their modules take longer to load than most commands take to run.
    """
    from exports.errors import PublicationError
    from exports.lottery.draw import DrawError
    from matching.model.model_file import ModelError
    from matching.records.table_file import MentionFileError
    from matching.registry.decisions import JudgementError
    from matching.registry.ids import RegistryError
    from matching.scoring.engine import EngineError
    from sources.base.errors import SourceError

    return (
        SourceError, StepFailed, ModelError, RegistryError, MentionFileError, PublicationError, JudgementError,
        DrawError, EngineError,
    )  # fmt: skip
