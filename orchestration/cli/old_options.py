"""Old names of options that still work for one version; `--help` shows only the new names.

Remove this module with the next version; CHANGELOG.md names the old options under "Deprecated".
"""

from collections.abc import Mapping
from typing import Any

import typer


def _renaming(new_names: Mapping[str, str]) -> dict[str, Any]:
    """Settings of a command that takes options by their old names, too, and warns that these will go."""

    def renamed(name: str) -> str:
        if name not in new_names:
            return name
        new = new_names[name]
        typer.echo(f"warning: --{name} is now --{new}; the old name works until the next version", err=True)
        return new

    return {"token_normalize_func": renamed}


STEWARD_AND_REASON = _renaming({"steward": "who", "reason": "why"})
REASON_OF_CASE = _renaming({"reason": "kind"})
OUTPUT_OF_CITY = _renaming({"out": "output"})
OUTPUT_OF_LIST = _renaming({"list": "output"})
OUTPUT_OF_BENCH = _renaming({"json": "output"})
