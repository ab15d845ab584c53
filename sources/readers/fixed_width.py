"""Fixed-width lines, ISO-8859-1: each field is cut by its place in the contract."""

from sources.contract import Contract

ENCODING = "latin-1"


def query(contract: Contract) -> str:
    """From `original`, rows of (line_number, line, malformed, every field as trimmed text or null)."""
    cuts = ", ".join(
        f"nullif(trim(substr(line, {field.start}, {field.width})), '') as {field.name}" for field in contract.fields
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
