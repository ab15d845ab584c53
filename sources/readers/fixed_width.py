"""Fixed-width lines, ISO-8859-1: each field is cut by its place in the contract."""

import pyarrow as pa

from sources.contract import Contract
from sources.readers.lines import numbered_lines


def read(content: bytes, contract: Contract) -> tuple[pa.Table, str]:
    """The lines, and the query that cuts them: (line_number, line, malformed, every field as trimmed text or null)."""
    return numbered_lines(content, "latin-1"), _query(contract)


def _query(contract: Contract) -> str:
    cuts = ", ".join(
        f"nullif(trim(substr(line, {field.start}, {field.width})), '') as {field.column}" for field in contract.fields
    )
    # UTF-8 read as Latin-1 raises nothing: it makes lines longer, which this test finds.
    return f"""
    select line_number, line,
        case
            when is_damaged then 'bad_encoding'
            when length(line) <> {contract.delivery.record_bytes} then 'bad_length'
        end as malformed,
        {cuts}
    from original"""
