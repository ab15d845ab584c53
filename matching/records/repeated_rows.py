"""Mentions of a file that say to the letter what another one says, and enough to know a person by: one, told twice.

They are set aside before anything is learnt, scored or linked, so that they are no vote and change nobody else's
person; a register's rows never are, because it lists each person once.
"""

import duckdb

from matching.parties import PERSON
from matching.relations import MENTION_TWINS

# A valid document is one person's. Without one, people of one name born on one day do live in one city, so that a
# second surname, a contact or a home has to be the same as well.
_IS_ENOUGH = """
is_document_valid or (given_name is not null and surname_1 is not null and birth_date is not null
    and (surname_2 is not null or email is not null or phone is not null
        or (street is not null and street_number is not null)))
"""


def set_twins_aside(connection: duckdb.DuckDBPyConnection) -> int:
    """Take repeated mentions out of the file's; say how many there are.

    Reads: the persons' mentions, from which it deletes them.
    Writes: `MENTION_TWINS`, one row per mention that repeats another one.
    """
    told = connection.execute(f"select * exclude (mention_id, source_key, document_raw) from {PERSON.mentions} limit 0")
    values = ", ".join(str(column[0]) for column in told.description)
    connection.execute(
        f"""
        create or replace temp table {MENTION_TWINS} as
        with telling as (
            select mention_id, hash({values}) as digest from {PERSON.mentions} where not is_register and ({_IS_ENOUGH})
        ),
        alike as (
            select mention_id from telling
            semi join (select digest from telling group by digest having count(*) > 1) using (digest)
        ),
        groups as (
            select mention_id, min(mention_id) over (partition by {values}) as stands_for
            from {PERSON.mentions} semi join alike using (mention_id)
        )
        select mention_id, stands_for from groups where mention_id <> stands_for
        """
    )
    removed = connection.execute(
        f"delete from {PERSON.mentions} where mention_id in (select mention_id from {MENTION_TWINS})"
    )
    return int(removed.fetchall()[0][0])
