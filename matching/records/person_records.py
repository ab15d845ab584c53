"""The table that Splink compares: mentions with the keys derived for blocking and comparing.

The dbt models normalise; here are only columns that analysts do not need.
"""

import duckdb

from matching.parties import PERSON
from matching.records.given_names import create_given_name_forms, sound
from matching.relations import (
    COMMON_GIVEN_NAMES,
    GIVEN_NAME_FORMS,
    RECORD_NUMBERS,
    RECORDS,
    SHARED_GIVEN_NAME_FORMS,
    Relation,
)

_KEYS = f"""
create or replace temp table {RECORDS} as
with spelt as (
    select distinct given_name, string_split(given_name, ' ') as words
    from {PERSON.mentions} where given_name is not null
),
-- Computed once per name, not once per mention.
given_names as (
    select
        given_name, list(coalesce(usual, word) order by place) as given_words,
        list(if(place = 1, coalesce(usual, word), word) order by place) as whole_name_words,
        array_to_string(flatten(list(list_concat([coalesce(usual, word)], usual_names) order by place)), ' ')
            as given_kin,
        string_agg({sound("coalesce(usual, word)")}, ' ' order by place) as given_sound,
        list({sound("if(place = 1, coalesce(usual, word), word)")} order by place) as whole_name_sounds
    from (select given_name, unnest(words) as word, generate_subscripts(words, 1) as place from spelt)
    left join {GIVEN_NAME_FORMS} on word = form
    left join {SHARED_GIVEN_NAME_FORMS} as shared on word = shared.form
    group by given_name
),
surnames as (
    select surname, {sound("surname")} as sound
    from (select surname_1 as surname from {PERSON.mentions} union select surname_2 from {PERSON.mentions})
    where surname is not null
),
-- One number of passports of two countries is two documents. The country is put on both sides of the number, so that
-- the two are not within two typing errors. Without a country the number may be either's: that is no document.
of_countries as (
    select document from {PERSON.mentions} where document_type = 'PASSPORT'
    group by document having min(document_country) < max(document_country)
),
keyed as (
    select
        mentions.* replace (
            if(of_countries.document is null, mentions.document,
               document_country || ' ' || mentions.document || ' ' || document_country) as document),
        given_words, given_kin, whole_name_words, record_number,
        given_sound, whole_name_sounds, first.sound as surname_1_sound, second.sound as surname_2_sound
    from {PERSON.mentions} as mentions
    inner join {RECORD_NUMBERS} using (mention_id)
    left join given_names using (given_name)
    left join of_countries
        on mentions.document_type = 'PASSPORT' and mentions.document = of_countries.document
    left join surnames as first on surname_1 = first.surname
    left join surnames as second on surname_2 = second.surname
)
select
    mention_id as unique_id, record_number,
    is_register, is_live,
    -- An adult may write the own document on a child's form.
    not is_register and (born_from is not null or coalesce(birth_date + interval 18 year > observed_at, false))
        as is_childs,
    -- A register without birth dates lists taxpayers, who are adults.
    entry_of is not null and not is_register and birth_date is null as is_taxpayer,
    entry_of, form_of, born_from, born_until, is_document_valid, observed_at, source, source_key,
    document, document_type, document_country,
    if(document_type in ('DNI', 'NIE'), nullif(ltrim(regexp_replace(document, '[^0-9]', '', 'g'), '0'), ''),
       document) as document_digits,
    if(length(document) = 9, left(document, 5) || right(document, 1), null) as document_head,
    if(length(document) = 9, right(document, 6), null) as document_tail,
    if(length(document) = 9, left(document, 3) || right(document, 4), null) as document_ends,
    given_name, given_name_accented, given_words, given_kin,
    nullif(array_to_string(given_words, ' '), '') as given_key,
    surname_1, surname_2, if(surname_2 is null, null, surname_1 || ' ' || surname_2) as surnames,
    -- A whole name may stand in the field of the given name.
    case when surname_1 is null then if(len(given_words) > 2, array_to_string(list_sort(whole_name_words), ' '), null)
        else array_to_string(list_sort(string_split(
            concat_ws(' ', array_to_string(given_words, ' '), surname_1, surname_2), ' ')), ' ') end as name_words,
    given_sound, surname_1_sound, surname_2_sound,
    case when surname_1 is null
        then if(len(given_words) > 2, array_to_string(list_sort(whole_name_sounds), ' '), null)
        else nullif(array_to_string(list_sort(string_split(
            concat_ws(' ', given_sound, surname_1_sound, surname_2_sound), ' ')), ' '), '') end as name_sounds,
    left(given_words[1], 1) || left(surname_1, 1) as initials,
    birth_date, year(birth_date) as birth_year, sex,
    street, street_number, postcode, email, phone
from keyed
"""

# Two common names are two names, not one name mistyped: MARTA and MARIA are one letter apart. A mistyped name is rare:
# one in 5,000 is well above the share of any typing error and below that of all usual names.
_COMMON = f"""
create or replace temp table {COMMON_GIVEN_NAMES} as
select given_key from {RECORDS} where given_key is not null
group by given_key having count(*) >= greatest(5, (select count(*) from {RECORDS}) / 5000)
"""


# A name that more people have is blocked together with the postcode. People are counted by document or birth date, so
# that many mentions of one person do not make a name common.
_MOST_BEARERS = 50
_TOO_COMMON = f"""
update {RECORDS} set name_sounds = name_sounds || ' ' || postcode
where name_sounds in (
    select name_sounds from {RECORDS}
    where name_sounds in (select name_sounds from {RECORDS} group by all having count(*) > {_MOST_BEARERS})
    group by name_sounds having count(distinct coalesce(document, birth_date::varchar)) > {_MOST_BEARERS}
)
"""


# A birth date of at least one in twenty, with twenty names or more, is the default of a form or program.
_DEFAULT_NAMES, _DEFAULT_SHARE = 20, 0.05
_DEFAULT_DATES = f"""
update {RECORDS} set birth_date = null, birth_year = null
where birth_date in (
    select birth_date from {RECORDS}
    where birth_date in (
        select birth_date from {RECORDS} where birth_date is not null group by birth_date
        having count(*) >= {_DEFAULT_NAMES} and count(*) >= {_DEFAULT_SHARE} * (select count(birth_date) from {RECORDS})
    )
    group by birth_date
    having count(distinct coalesce(given_key, '') || '|' || coalesce(surname_1, '')) >= {_DEFAULT_NAMES}
)
"""


def create_person_records(connection: duckdb.DuckDBPyConnection) -> int:
    """Derive the keys of the persons' mentions; return the number of records.

    Reads: the persons' mentions.
    Writes: `RECORDS` with the columns of `PERSON_RECORDS`, one row per mention; `COMMON_GIVEN_NAMES`, one row per name.
    """
    create_given_name_forms(connection)
    number_records(connection, PERSON.mentions)
    connection.execute(_KEYS)
    connection.execute(_DEFAULT_DATES)
    connection.execute(_TOO_COMMON)
    connection.execute(_COMMON)
    return count_rows(connection, RECORDS)


def number_records(connection: duckdb.DuckDBPyConnection, mentions: str) -> None:
    """Number mentions in the order of their ids.

    Reads: a relation with `mention_id`.
    Writes: `RECORD_NUMBERS`, one row per mention.

    Splink needs much less time and memory for pairs of numbers than for pairs of ids of 32 letters.
    """
    connection.execute(
        f"create or replace temp table {RECORD_NUMBERS} as"
        f" select mention_id, row_number() over (order by mention_id) as record_number from {mentions}"
    )


def count_rows(connection: duckdb.DuckDBPyConnection, relation: Relation | str) -> int:
    """The number of rows of a relation or a subquery."""
    row = connection.execute(f"select count(*) from {relation}").fetchone()
    return int(row[0]) if row else 0
