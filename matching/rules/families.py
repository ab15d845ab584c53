"""Whether families stand in the mentions at hand, told by the mentions themselves.

What a family shares and so never proves is for `person_rules.py`, which is as strict as a city needs unless this module
says that there are none.
"""

import duckdb

from matching.relations import RECORDS

# Families are many or none: in a city more than 70 pairs of one surname and home are relatives for 100 of one person;
# in lists of unrelated people 5 to 7 look so, where typing errors took both given name and birth date.
MOST_RELATIVES = 0.1

# So many more than were found may be there by chance (19 of 20 samples that show none, by the rule of three).
_UNSEEN = 3

# Surnames that are drawn, with all their mentions, to look at about so many.
_SAMPLE = 200_000

_PAIRS_AT_HOME = f"""
with drawn as (
    select * from {RECORDS}
    where given_key is not null and surname_1 is not null
        and hash(surname_1) % greatest(1, (select count(*) from {RECORDS}) // {_SAMPLE}) = 0
),
homes as (
    select unique_id, street || '|' || street_number || '|' || coalesce(postcode, '') as home from drawn
    union all
    select unique_id, email from drawn
    union all
    select unique_id, phone from drawn
),
pairs as (
    select distinct l.unique_id as mention_id_l, r.unique_id as mention_id_r
    from homes as l inner join homes as r on l.home = r.home and l.unique_id < r.unique_id
),
compared as (
    select
        jaro_winkler_similarity(l.given_key, r.given_key) >= 0.8 as is_given_alike,
        coalesce(l.document = r.document, false)
            or coalesce((year(l.birth_date) = year(r.birth_date))::int
                + (month(l.birth_date) = month(r.birth_date))::int
                + (day(l.birth_date) = day(r.birth_date))::int >= 2, false) as is_told_one
    from pairs
    inner join drawn as l on mention_id_l = l.unique_id
    inner join drawn as r on mention_id_r = r.unique_id and l.surname_1 = r.surname_1
)
select
    count(*) filter (is_given_alike),
    -- Another given name, and neither document nor birth date that says it is the same person all the same.
    count(*) filter (not is_given_alike and not is_told_one)
from compared
"""


def has_families(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether relatives share homes; where too few records share one to tell, they are taken to.

    Reads: `RECORDS` of persons.
    """
    alike, relatives = connection.execute(_PAIRS_AT_HOME).fetchall()[0]
    return bool(relatives + _UNSEEN > MOST_RELATIVES * alike)
