"""JSON Lines, UTF-8: one object a line, no key beyond the contract's."""

from sources.contract import Contract

ENCODING = "utf-8"


def query(contract: Contract) -> str:
    """From `original`, rows of (line_number, line, malformed, every field as trimmed text or null)."""
    known = "[" + ", ".join(f"'{field.name}'" for field in contract.fields) + "]"
    picks = ", ".join(
        f"nullif(trim(json_extract_string(object, '$.{field.name}')), '') as {field.name}" for field in contract.fields
    )
    return f"""
    select line_number, line,
        case
            when is_damaged then 'bad_encoding'
            when object is null or json_type(object) <> 'OBJECT' then 'bad_json'
            when not list_has_all({known}, json_keys(object)) then 'unknown_field'
        end as malformed,
        {picks}
    from (select *, case when json_valid(line) then line::json end as object from original)"""
