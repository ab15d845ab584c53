"""SQL macros that find readable e-mails, telephones and documents, for contract rules with severity `warn`.

The macros in `dbt_project/macros` do this for the hub; a test compares both on the same spellings.
"""

_EMAIL = (
    r"[\pL\pN!#$%&''*+/=?^_{|}~-]+([.][\pL\pN!#$%&''*+/=?^_{|}~-]+)*@"
    r"([\pL\pN]([\pL\pN-]*[\pL\pN])?[.])+(xn--[a-z0-9-]*[a-z0-9]|\pL{2,})"
)
_BEFORE = r"^[\s''\"`‘’“”(\[]*(mailto:)?[\s''\"`‘’“”]*"
_BEHIND = r"([?](subject|body|cc|bcc)=.*)?[\s''\"`‘’“”.,;:)\]]*$"
_ONE_DIGIT = "|".join(f"{digit}{{8,9}}" for digit in range(10))
_BETWEEN = r"\s*[/;,|\n]\s*|\s+(o|i|y|e|ó|or|and)\s+"

# Each macro takes a value and is true if the value has at least one readable e-mail, telephone or document.
READABLE = rf"""
create or replace temp macro readable_email(written) as len(list_filter(
    list_concat([written], string_split_regex(written, '{_BETWEEN}|[<>\s]+')),
    lambda part: regexp_full_match(
        regexp_replace(regexp_replace(lower(nfc_normalize(part)), '{_BEFORE}', ''), '{_BEHIND}', ''), '{_EMAIL}')
)) > 0;
create or replace temp macro readable_phone(written) as len(list_filter(
    list_transform(
        list_concat([written], string_split_regex(written, '{_BETWEEN}')),
        lambda part: regexp_replace(
            regexp_replace(part, '[^0-9+]', '', 'g'), '^(00|[+])?34([6-9][0-9]{{8}})$', '\2')),
    lambda digits: not regexp_full_match(digits, '[679]?({_ONE_DIGIT})') and regexp_full_match(
        digits, '[67][0-9]{{8}}|[89][1-9][0-9]{{7}}|([+]|00)[1-9][0-9]{{7,14}}|[1-9][0-9]{{9,14}}')
)) > 0;
create or replace temp macro readable_document(written) as
    regexp_matches(regexp_replace(written, '[^A-Za-z0-9]', '', 'g'), '[0-9]{{4}}');
"""
