"""New ids: HMAC-SHA256 of the strongest mention's key under the registry's secret, in SQL, for millions at a time.

`assignment.py` finds which clusters need a new id.
"""

import duckdb

from matching.relations import ASSIGNED_IDS, KNOWN_PERSONS, UNNAMED_CLUSTERS

_BLOCK_BYTES = 64
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"  # base32
_HALF_BITS = 40

# An id is the first 80 bits of the HMAC; if it is taken, the next attempt makes another.
_DERIVED = f"""
create or replace temp table derived_ids as
with keyed as (
    select
        cluster_id, strength, encode(mention_key || if($attempt = 0, '', '|' || $attempt)) as message
    from {UNNAMED_CLUSTERS}
),
hashed as (
    select cluster_id, strength, sha256($outer || unhex(sha256($inner || message))) as digest from keyed
),
halved as (
    select cluster_id, strength, ('0x' || digest[1:10])::ubigint as high, ('0x' || digest[11:20])::ubigint as low
    from hashed
)
select cluster_id, strength, $prefix || {{high}} || {{low}} as person_id from halved
"""

_ACCEPTED = f"""
insert into {ASSIGNED_IDS}
select cluster_id, person_id from derived_ids
anti join (select person_id from {KNOWN_PERSONS} where not is_aside) using (person_id)
anti join {ASSIGNED_IDS} using (person_id)
qualify row_number() over (partition by person_id order by strength) = 1
"""


def mint(connection: duckdb.DuckDBPyConnection, secret: bytes, prefix: str) -> None:
    """Make an id for each cluster that needs one.

    An id that is aside comes from the same mention's key, so it belongs to the same person and is used again.

    Reads: `UNNAMED_CLUSTERS`, of which no row is left; `KNOWN_PERSONS`.
    Writes: `ASSIGNED_IDS`, to which it adds one row per id.
    """
    block = secret.ljust(_BLOCK_BYTES, b"\0")
    keys = {"inner": bytes(byte ^ 0x36 for byte in block), "outer": bytes(byte ^ 0x5C for byte in block)}
    attempt = 0
    while True:
        query = _DERIVED.format(high=_base32("high"), low=_base32("low"))
        connection.execute(query, {**keys, "attempt": attempt, "prefix": prefix})
        connection.execute(_ACCEPTED)
        connection.execute(
            f"delete from {UNNAMED_CLUSTERS} where cluster_id in (select cluster_id from {ASSIGNED_IDS})"
        )
        if connection.execute(f"select 1 from {UNNAMED_CLUSTERS} limit 1").fetchone() is None:
            return
        attempt += 1


def _base32(column: str) -> str:
    """Forty bits as eight characters."""
    shifts = range(_HALF_BITS - 5, -1, -5)
    return " || ".join(f"substr('{_ALPHABET}', (({column} >> {shift}) & 31)::integer + 1, 1)" for shift in shifts)
