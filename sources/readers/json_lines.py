"""JSON Lines, UTF-8: one object a line, no key beyond the contract's."""

from pathlib import Path

from sources.contract import Contract
from sources.readers.lines import numbered_lines


def query(path: Path, contract: Contract) -> str:
    """Rows of (line_number, line, malformed, every field as trimmed text or null)."""
    known = "[" + ", ".join(f"'{field.name}'" for field in contract.fields) + "]"
    picks = ", ".join(
        f"nullif(trim(json_extract_string(object, '$.{field.name}')), '') as {field.name}" for field in contract.fields
    )
    return f"""
    select line_number, line,
        case
            when object is null then 'bad_json'
            when json_type(object) <> 'OBJECT' then 'bad_json'
            when not list_has_all({known}, json_keys(object)) then 'unknown_field'
        end as malformed,
        {picks}
    from (select line_number, line, case when json_valid(line) then line::json end as object
        from ({numbered_lines(path, "utf-8")}))"""
