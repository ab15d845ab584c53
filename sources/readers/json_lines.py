"""JSON Lines, UTF-8: one object a line, no key beyond the contract's."""

import pyarrow as pa

from sources.contract import Contract
from sources.readers.lines import numbered_lines


def read(content: bytes, contract: Contract) -> tuple[pa.Table, str]:
    """The lines, and the query that cuts them: (line_number, line, malformed, every field as trimmed text or null)."""
    return numbered_lines(content, "utf-8"), _query(contract)


def _query(contract: Contract) -> str:
    known = "[" + ", ".join(f"'{field.name}'" for field in contract.fields) + "]"
    paths = "[" + ", ".join(f"'$.{field.name}'" for field in contract.fields) + "]"
    picks = ", ".join(
        f"nullif(trim(json_extract_string(object, '$.{field.name}')), '') as {field.column}"
        for field in contract.fields
    )
    return f"""
    select line_number, line,
        case
            when is_damaged then 'bad_encoding'
            when object is null or json_type(object) <> 'OBJECT' then 'bad_json'
            -- Of a key told twice nobody knows which word is meant: a consent, and its refusal.
            when len(json_keys(object)) <> len(list_distinct(json_keys(object))) then 'repeated_field'
            when not list_has_all({known}, json_keys(object)) then 'unknown_field'
            when list_has_any(json_type(object, {paths}), ['OBJECT', 'ARRAY']) then 'bad_type'
        end as malformed,
        {picks}
    from (select *, case when json_valid(line) then line::json end as object from original)"""
