"""Fixed-width lines, ISO-8859-1: each field is cut by its place in the contract."""

from pathlib import Path

from sources.contract import Contract
from sources.readers.lines import numbered_lines

# UTF-8 read as Latin-1 raises nothing: it makes lines longer, which this test finds.
MALFORMED = "bad_length"


def query(path: Path, contract: Contract) -> str:
    """Rows of (line_number, line, malformed, every field as trimmed text or null)."""
    cuts = ", ".join(
        f"nullif(trim(substr(line, {field.start}, {field.width})), '') as {field.name}" for field in contract.fields
    )
    width = contract.delivery.record_bytes
    return f"""
    select line_number, line, case when length(line) <> {width} then '{MALFORMED}' end as malformed, {cuts}
    from ({numbered_lines(path, "latin-1")})"""
