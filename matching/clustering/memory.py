"""Who was one person on the nights before: such mentions need less weight to stay linked.

`model/thresholds.py` has how much less. `identity/` gives the ids that last.
"""

from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa

from matching.parties import PartyKind
from matching.registry.decisions import revoked_unions
from matching.registry.ids import copy_memberships_before
from matching.registry.registry import Registry
from matching.relations import LINK_MEMORY


@dataclass(frozen=True)
class Memory:
    """The registry, read as it was before a day: a day that is run again remembers nothing of itself."""

    registry: Registry
    business_date: date
    among: tuple[str, ...] | None = None  # where only some mentions matter


# Two mentions that only a cancelled decision made one person are not remembered as one.
_FORGET = f"""
delete from {LINK_MEMORY} where person_id in (
    select l.person_id from revoked_pairs
    inner join {LINK_MEMORY} as l on mention_id_l = l.mention_id
    inner join {LINK_MEMORY} as r on mention_id_r = r.mention_id and l.person_id = r.person_id
)
"""


def recall(connection: duckdb.DuckDBPyConnection, memory: Memory | None, kind: PartyKind) -> None:
    """Write the ids that mentions of a kind had before the night; without a memory, none.

    Reads: the registry's memberships and revoked decisions.
    Writes: `LINK_MEMORY`, one row per mention that had an id.
    """
    if memory is None:
        connection.execute(f"create or replace temp table {LINK_MEMORY} (mention_id varchar, person_id varchar)")
        return
    copy_memberships_before(connection, memory.registry, memory.business_date, kind.prefix, LINK_MEMORY, memory.among)
    revoked = revoked_unions(memory.registry, memory.business_date)
    pairs = {
        "mention_id_l": pa.array([one for one, _ in revoked], pa.string()),
        "mention_id_r": pa.array([other for _, other in revoked], pa.string()),
    }
    connection.register("revoked_pairs", pa.table(pairs))
    connection.execute(_FORGET)
    connection.unregister("revoked_pairs")
