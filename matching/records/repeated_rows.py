"""Sets mentions of a file aside that repeat another one exactly, and have enough to identify a person.

This happens before learning, scoring and linking, so that they change no other person's result. Rows of a register
stay, because it lists each person once.
"""

import duckdb

from matching.parties import PERSON
from matching.relations import MENTION_TWINS

# A valid document identifies a person. Without one, two people of a city may share name and birth date, so a second
# surname, a contact or an address is required as well.
_IS_ENOUGH = """
is_document_valid or (given_name is not null and surname_1 is not null and birth_date is not null
    and (surname_2 is not null or email is not null or phone is not null
        or (street is not null and street_number is not null)))
"""


def set_twins_aside(connection: duckdb.DuckDBPyConnection) -> int:
    """Take repeated mentions out of those of the file; return how many they are.

    Reads: the persons' mentions, from which it deletes them.
    Writes: `MENTION_TWINS`, one row per mention that repeats another one.
    """
    empty = connection.execute(
        f"select * exclude (mention_id, source_key, document_raw) from {PERSON.mentions} limit 0"
    )
    values = ", ".join(str(column[0]) for column in empty.description)
    connection.execute(
        f"""
        create or replace temp table {MENTION_TWINS} as
        with hashed as (
            select mention_id, hash({values}) as digest from {PERSON.mentions} where not is_register and ({_IS_ENOUGH})
        ),
        alike as (
            select mention_id from hashed
            semi join (select digest from hashed group by digest having count(*) > 1) using (digest)
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
