"""A plain English description of each quarantine reason, for the people who correct the rows.

The rules are in the contracts, in `rules.py` and in the readers. Nothing here reads a row.
"""

from sources.contracts.contract import Contract, Field
from sources.parsing.rules import OLDEST_YEAR, WITHDRAWAL

_OF_FORM = {
    "bad_encoding": "the line has bytes that are not valid in the file's encoding, or control characters",
    "bad_length": "the line is longer or shorter than the layout in the contract",
    "bad_field_count": "the line has more or fewer fields than the header, or a quote that is not closed",
    "bad_json": "the line is not a JSON object",
    "repeated_field": "a field appears twice, so its value is not certain",
    "unknown_field": "the row has a field that is not in the contract",
    "bad_type": "a field holds a list or an object, but one value is expected",
    "no_feature": "the element is not a GeoJSON Feature",
    "bad_geometry": "the geometry is missing, crosses itself, or has another type than the contract allows",
}
_OF_ROWS = {
    "duplicate_key": "other rows of the extract have the same key but different values; none of them is used",
    "duplicate_row": "the same row is already in the extract; the first one is used",
    "rejected_extract": "the whole extract was rejected; a withdrawal or a protection in the row still takes effect",
    "unreadable": "no name, document, e-mail or telephone in it can be read; the row is used, but belongs to nobody",
    "control_character": "a value has invisible control characters",
}
_OF_FIELDS = {
    "missing": "{name} is empty, but it is required",
    "too_long": "{name} is longer than {longest} characters",
    "unknown_code": "{name} is not one of the codes in the contract{codes}",
    "bad_form": "{name} does not match the pattern {pattern}",
    "bad_date": "{name} is not a valid date{form}, or is before the year {oldest}",
    "future_date": "{name} is after the date of the extract",
    "before_the_source": "{name} is before {not_before}, when this source did not exist yet",
    "told_too_late": "{name} is more than {most_days_back} days before the date of the extract",
    "bad_year": "{name} is not a plausible year",
    "bad_number": "{name} is not a number, or not a plausible one",
    "bad_time": "{name} is not a time of day such as 09:30",
    "before_birth": "{name} is before the date of birth",
    "ends_before_it_begins": "{name}: the end is before the beginning",
    "out_of_the_city": "the coordinates ({name}) are outside the city",
    "another_datum": "the coordinates ({name}) use another datum than ETRS89",
    "unproven": "the consent has no {name}, so there is no proof of what the person agreed to",
    "not_of_its_district": "the notice is for a district, and its {name} does not end in that district (-D01)",
    "not_of_the_service": "the notice has a value that its service does not have ({name})",
    "bad_topic": "the topic is missing, or belongs to another service ({name})",
    "bad_interest": "the service has no such interest ({name})",
    "unreachable": "the address that this channel needs is missing ({name})",
    "names_nobody": "the row has neither {name} nor a document, so it names no person",
    "undated": "it has ended but has no end date, or has an end date but has not ended ({name})",
}
_DATE_FORMS = {"padro": "AAAAMMDD", "iso_date": "AAAA-MM-DD", "iso_datetime": "AAAA-MM-DDTHH:MM:SS"}
_MOST_CODES = 12

# Reasons for which no value of the row is reliable.
UNREADABLE = frozenset(_OF_FORM)


def describe(contract: Contract, reason: str) -> str:
    """Describe a reason such as `unknown_code:sexo` under a contract."""
    code, _, name = reason.removeprefix(WITHDRAWAL).partition(":")
    if code in _OF_FORM or code in _OF_ROWS:
        return (_OF_FORM | _OF_ROWS)[code]
    if code not in _OF_FIELDS:
        return f"the row breaks the contract's rule {reason}"
    field = next((field for field in contract.fields if field.name == name), None)
    return _OF_FIELDS[code].format(name=name, **_expected(field))


def _expected(field: Field | None) -> dict[str, str]:
    codes = field.codes if field else ()
    more = f" and {len(codes) - _MOST_CODES} more" if len(codes) > _MOST_CODES else ""
    form = f" of the form {_DATE_FORMS[field.date_format]}" if field and field.date_format else ""
    return {
        "longest": str(field.max_length) if field else "",
        "codes": f": {', '.join(codes[:_MOST_CODES])}{more}" if codes else "",
        "pattern": str(field.pattern) if field else "",
        "form": form,
        "oldest": str(OLDEST_YEAR),
        "not_before": str(field.not_before) if field else "",
        "most_days_back": str(field.most_days_back) if field else "",
    }
