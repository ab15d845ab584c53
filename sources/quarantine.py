"""Why a row is refused: the contract's rules as one SQL expression; `parsing.py` says where refused rows are kept."""

from sources.contract import Contract, Field

_OLDEST_YEAR = 1880
_NEWEST_YEAR = 2100


def reason_sql(contract: Contract) -> str:
    """The first reason against a row, as a code such as `unknown_code:sexo`, or null for a good one."""
    rules = ["malformed", *(rule for field in contract.fields for rule in _rules(field))]
    return f"coalesce({', '.join(rules)})"


def _rules(field: Field) -> list[str]:
    rules = []
    if field.is_required:
        rules.append(f"case when {field.name} is null then 'missing:{field.name}' end")
    if field.codes:
        codes = ", ".join(f"'{code}'" for code in field.codes)
        rules.append(f"case when {field.name} not in ({codes}) then 'unknown_code:{field.name}' end")
    if field.date_format:
        rules.append(f"case when {field.name} is not null and not {_is_date(field)} then 'bad_date:{field.name}' end")
    return rules


def _is_date(field: Field) -> str:
    if field.date_format == "iso_date":
        moment = f"try_cast({field.name} as date)"
    elif field.date_format == "iso_datetime":
        moment = f"try_cast({field.name} as timestamp)"
    else:
        # AAAAMMDD, where an unknown month or day is 00.
        known = f"regexp_replace(regexp_replace({field.name}, '^(....)00', '\\101'), '00$', '01')"
        moment = f"case when length({field.name}) = 8 then try_strptime({known}, '%Y%m%d') end"
    return f"coalesce(year({moment}) between {_OLDEST_YEAR} and {_NEWEST_YEAR}, false)"
