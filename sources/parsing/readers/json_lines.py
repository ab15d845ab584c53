"""Reads JSON Lines in UTF-8: one object per line, only with keys of the contract."""

import pyarrow as pa

from sources.contracts.contract import Contract
from sources.parsing.streams.lines import LINE_COLUMNS, lines_of
from sources.parsing.streams.reading import Original, Reading, trimmed

# The longest object, in characters: a parsed line of numbers needs many times its length in memory.
_LONGEST = 1_000_000


def read(original: Original, contract: Contract) -> Reading:
    """Read the lines, and give the query that splits them into fields."""
    batches = (lines.batch({}) for lines in lines_of(original, "utf-8"))
    return Reading(pa.schema(LINE_COLUMNS), batches, _query(contract))


def _query(contract: Contract) -> str:
    """The query with few JSON functions, as each parses the line again; costly ones run only for unusual lines."""
    known = "[" + ", ".join(f"'{field.name}'" for field in contract.fields) + "]"
    paths = "[" + ", ".join(f"'$.{field.name}'" for field in contract.fields) + "]"
    values = {field.name: f"texts[{position}]" for position, field in enumerate(contract.fields, start=1)}
    return f"""
    select line_number, line,
        case
            when is_damaged then 'bad_encoding'
            when keys is null then 'bad_json'
            when keys <> {known} and len(keys) <> len(list_distinct(keys)) then 'repeated_field'
            when keys <> {known} and not list_has_all({known}, keys) then 'unknown_field'
            when may_nest and list_has_any(json_type(object, {paths}), ['OBJECT', 'ARRAY']) then 'bad_type'
        end as malformed,
        {trimmed(contract, values)}
    from (
        select line_number, line, is_damaged, object,
            case when starts_with(object, '{{') or json_type(object) = 'OBJECT' then json_keys(object) end as keys,
            json_extract_string(object, {paths}) as texts,
            contains(object, '[') or contains(substr(object, 2), '{{') as may_nest
        from (select *, case when length(line) <= {_LONGEST} and json_valid(line) then line end as object from original)
    )"""
