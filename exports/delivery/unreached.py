"""Finds outcomes of applications that can't be sent to anybody, because no usable address is known.

The warning has counts alone. `segment_candidates` has the application numbers and the reasons.
"""

import duckdb

# Segments with a message for each reference: the outcome of each application.
_UNREACHED = """
select candidates.segment, count(*)
from work.hub.segment_candidates as candidates
join work.hub.segments as segments on segments.segment = candidates.segment
where segments.one_per = 'reference' and candidates.reason_out in ('no_guardian', 'no_address', 'bounced')
group by all order by all
"""


def unreached(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """A warning for each segment with applications whose outcome can't be sent to anybody.

    Reads: `work.hub.segment_candidates`, `work.hub.segments`.
    """
    return [
        f"{segment}: the outcome of {count} applications can't be sent, because no guardian or no address is known, or "
        "messages bounce; telephone them (their numbers: column reference of hub.segment_candidates, where segment = "
        f"'{segment}' and reason_out is no_guardian, no_address or bounced)"
        for segment, count in connection.execute(_UNREACHED).fetchall()
    ]
