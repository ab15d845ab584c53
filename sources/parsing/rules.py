"""The contract's rules as one SQL expression, which gives the reason to quarantine a row."""

from sources.base.sql import identifier, literal
from sources.contracts.contract import Contract, Field, RowRule

OLDEST_YEAR = 1880
# Control characters, characters without width, and characters that reverse the text direction: they hide a name.
_HIDING = r"[\x00-\x08\x0A-\x1F\x7F-\x{9F}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2069}\x{FEFF}]"
# Not allowed in any value: half of a line end, or a byte order mark, also if read in the wrong encoding.
_LEFT_BEHIND = r"\r(?:[^\n]|$)|\x{FEFF}|ï»¿"
_ISO_FORMS = {
    "iso_date": ("[0-9]{4}-[0-9]{2}-[0-9]{2}", "date"),
    "iso_datetime": ("[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?", "timestamp"),
}
_SHOWN = ("identity", "contact", "consent")
# Reasons about a time that is implausibly far from the extract's date, as from a wrong clock.
CLOCKS = ("before_the_source", "told_too_late")
# Prefix of a notice if its row is a withdrawal.
WITHDRAWAL = "withdrawal_"


def reason_sql(contract: Contract) -> str:
    """SQL for the first reason to quarantine a row, a code such as `unknown_code:sexo`; null for a good row.

    It reads the columns `malformed`, `extract_date` and every field.
    """
    rules = ["malformed", *_hidden(contract), *(rule for field in contract.fields for rule in _rules(field))]
    rules += [_broken(rule) for rule in contract.row_rules if rule.severity == "block"]
    return f"coalesce({', '.join(rules)})"


def notice_sql(contract: Contract) -> str:
    """SQL for the first `warn` rule that a good row breaks, or null; `WITHDRAWAL` marks a withdrawal."""
    rules = [_broken(rule) for rule in contract.row_rules if rule.severity == "warn"]
    if not rules:
        return "null::varchar"
    prefix = f"case when ({contract.withdraws}) is true then '{WITHDRAWAL}' else '' end" if contract.withdraws else "''"
    return f"{prefix} || coalesce({', '.join([*rules, 'null'])})"


def counts_against_bound_sql(contract: Contract) -> str:
    """SQL for whether a quarantined row is compared with the contract's bound on quarantined rows.

    A withdrawal that is quarantined only for its time is not, because it takes effect anyway.
    """
    if not contract.withdraws:
        return "true"
    clocks = ", ".join(literal(f"{code}:{field.name}") for code in CLOCKS for field in contract.fields)
    return f"not (reason in ({clocks}) and ({contract.withdraws}) is true)"


def _broken(rule: RowRule) -> str:
    return f"case when ({rule.condition}) is not true then {literal(rule.name)} end"


def _hidden(contract: Contract) -> list[str]:
    """Rules against hidden characters. In fixed-width files the reader finds them (`bad_encoding`)."""
    if contract.delivery.format == "fixed_width":
        return []
    shown = ", ".join(["''", *map(identifier, contract.fields_of(*_SHOWN))])
    every = ", ".join(["''", *(field.column for field in contract.fields)])
    return [
        f"case when regexp_matches(concat_ws(' ', {values}), '{pattern}') then 'control_character' end"
        for values, pattern in ((shown, _HIDING), (every, _LEFT_BEHIND))
    ]


def _rules(field: Field) -> list[str]:
    rules = []
    if field.is_required:
        rules.append((f"{field.column} is null", "missing"))
    if field.width is None:
        rules.append((f"length({field.column}) > {field.max_length}", "too_long"))
    if field.codes:
        codes = ", ".join(map(literal, field.codes))
        rules.append((f"{field.column} not in ({codes})", "unknown_code"))
    if field.pattern:
        rules.append((f"not regexp_full_match({field.column}, {literal(field.pattern)})", "bad_form"))
    if field.date_format:
        moment = _moment(field)
        is_date = f"coalesce(year({moment}) >= {OLDEST_YEAR}, false)"
        rules.append((f"{field.column} is not null and not {is_date}", "bad_date"))
        if not field.may_be_future:
            rules.append((f"{moment} >= extract_date + {_grace(field)}", "future_date"))
        if field.not_before:
            rules.append((f"{moment} < date '{field.not_before}'", CLOCKS[0]))
        if field.most_days_back is not None:
            rules.append((f"{moment} < extract_date - {field.most_days_back:d}", CLOCKS[1]))
    return [f"case when {condition} then {literal(f'{code}:{field.name}')} end" for condition, code in rules]


def _grace(field: Field) -> int:
    """Days from the extract's date to the first future one; an extract made after midnight may have later times."""
    return 2 if field.date_format == "iso_datetime" else 1


def _moment(field: Field) -> str:
    if field.date_format in _ISO_FORMS:
        # A cast alone accepts a date as a time at midnight, and drops the time zone.
        form, kind = _ISO_FORMS[field.date_format]
        return f"case when regexp_full_match({field.column}, '{form}') then try_cast({field.column} as {kind}) end"
    # AAAAMMDD; an unknown month or day is 00.
    known = f"regexp_replace(regexp_replace({field.column}, '^(....)00', '\\101'), '00$', '01')"
    return f"case when length({field.column}) = 8 then try_strptime({known}, '%Y%m%d') end"
