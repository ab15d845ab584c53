"""Reads JSON Lines in UTF-8: one object per line, only with keys of the contract."""

import pyarrow as pa

from sources.base.sql import literal
from sources.contracts.contract import Contract, Field
from sources.parsing.streams.lines import LINE_COLUMNS, lines_of
from sources.parsing.streams.reading import Original, Reading, trimmed

# The longest object, in characters: a parsed line of numbers needs many times its length in memory.
_LONGEST = 1_000_000


# In a line that is no object, a field's value ends where the next field begins, or the object, or the line.
_TEXT = r'"{}"\s*:\s*"(.*?)(?:"\s*(?:,\s*"[a-z_0-9]+"\s*:|[}}\]]|,?\s*$)|$)'
_PLAIN = r'"{}"\s*:\s*([0-9A-Za-z.+-]+)'
# Two objects on one line may be of two people and two decisions: of these fields every value applies. Several codes
# together are an unknown one, so that a withdrawal is of all purposes and services.
_OF_EACH = (
    "document", "email", "telefon", "telefon_origen", "finalitat", "servei", "estat", "consentiment_integracio",
    "consentiment_comunicacions", "consentiment_enquestes",
)  # fmt: skip


def read(original: Original, contract: Contract) -> Reading:
    """Read the lines, and give the query that splits them into fields."""
    batches = (lines.batch({}) for lines in lines_of(original, "utf-8"))
    return Reading(pa.schema(LINE_COLUMNS), batches, _query(contract))


def _query(contract: Contract) -> str:
    """The query with few JSON functions, as each parses the line again; costly ones run only for unusual lines."""
    known = "[" + ", ".join(f"'{field.name}'" for field in contract.fields) + "]"
    paths = "[" + ", ".join(f"'$.{field.name}'" for field in contract.fields) + "]"
    values = {
        field.name: f"case when keys is null then {_salvaged(field)} else texts[{position}] end"
        for position, field in enumerate(contract.fields, start=1)
    }
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


def _salvaged(field: Field) -> str:
    """The value of a field in a line that is no object, as far as it can be read; the row stays quarantined."""
    text, plain = (literal(pattern.format(field.name)) for pattern in (_TEXT, _PLAIN))
    found = f"regexp_extract_all(line, {text}, 1)"
    if field.name not in _OF_EACH:
        found = f"{found}[:1]"
    unescaped = "if(json_valid('\"' || value || '\"'), json_extract_string('\"' || value || '\"', '$'), value)"
    texts = f"array_to_string(list_sort(list_distinct(list_transform({found}, lambda value: {unescaped}))), ' / ')"
    return (
        f"case when length(line) <= {_LONGEST} "
        f"then nullif(coalesce(nullif({texts}, ''), regexp_extract(line, {plain}, 1)), 'null') end"
    )
