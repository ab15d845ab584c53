"""What each reason against a row means, in plain English, for whoever has to put it right.

The rules themselves are in the contracts, `quarantine.py` and the readers; nothing here sees a row.
"""

from sources.contracts.contract import Contract, Field
from sources.parsing.rules import OLDEST_YEAR, WITHDRAWAL

_OF_FORM = {
    "bad_encoding": "the line holds bytes that are not of the file's encoding, or control characters",
    "bad_length": "the line has another length than the layout gives it",
    "bad_field_count": "the line has more or fewer fields than the header, or a quote that is not closed",
    "bad_json": "the line is no JSON object",
    "repeated_field": "a field is told twice, and nobody knows which word is meant",
    "unknown_field": "the row has a field that is not in the contract",
    "bad_type": "a field holds a list or an object where one value is expected",
    "no_feature": "the element is no Feature of GeoJSON",
    "bad_geometry": "the geometry is of another kind than the contract's, crosses itself, or is none",
}
_OF_ROWS = {
    "duplicate_key": "other rows of the extract have the same key and another content; none of them is taken",
    "duplicate_row": "the same row stands in the extract before; the first is taken",
    "rejected_extract": "its extract was rejected as a whole; a withdrawal or a protection in it counts all the same",
    "unreadable": "it names nobody, and its document, e-mail and telephone can't be read: it counts, and is of nobody",
    "control_character": "a value holds characters that can't be seen",
}
_OF_FIELDS = {
    "missing": "{name} is empty, and no row may be without it",
    "too_long": "{name} is longer than {longest} letters",
    "unknown_code": "{name} is none of the codes in the contract{codes}",
    "bad_form": "{name} has not the form {pattern}",
    "bad_date": "{name} is no date{form} from {oldest} on",
    "future_date": "{name} lies after the day of the extract",
    "before_the_source": "{name} lies before {not_before}, when there was no such source",
    "told_too_late": "{name} lies more than {most_days_back} days before the extract that tells it",
    "bad_year": "{name} is no year that can be meant",
    "bad_number": "{name} is no number, or one that can't be",
    "bad_time": "{name} is no time of day such as 09:30",
    "before_birth": "{name} lies before the birth",
    "ends_before_it_begins": "{name} ends before it begins",
    "out_of_the_city": "the coordinates ({name}) lie outside the city",
    "another_datum": "the coordinates ({name}) are of another datum than ETRS89",
    "unproven": "a consent is given without {name}, so that nothing proves what was agreed to",
    "bad_topic": "the service has no topic of its own, or another service's ({name})",
    "bad_interest": "the service knows no such interest ({name})",
    "unreachable": "what is sent by this channel ({name}) has no address",
    "names_nobody": "neither {name} nor a document says whom it is about",
    "undated": "it has ended without a day of its end, or has one and has not ended ({name})",
}
_DATE_FORMS = {"padro": "AAAAMMDD", "iso_date": "AAAA-MM-DD", "iso_datetime": "AAAA-MM-DDTHH:MM:SS"}
_MOST_CODES = 12

# Of such a row nothing that was read can be relied on.
UNREADABLE = frozenset(_OF_FORM)


def explain(contract: Contract, reason: str) -> str:
    """What a reason such as `unknown_code:sexo` means under a contract."""
    code, _, name = reason.removeprefix(WITHDRAWAL).partition(":")
    if code in _OF_FORM or code in _OF_ROWS:
        return (_OF_FORM | _OF_ROWS)[code]
    if code not in _OF_FIELDS:
        return f"the row breaks the contract's rule {reason}"
    field = next((one for one in contract.fields if one.name == name), None)
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
