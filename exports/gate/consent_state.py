"""The consents that the gate accepts: one query for a target's own file and for the audiences.

The hub's `consents` has one row per person, purpose and service. The gate does not rely on that: only one clear consent
counts.
"""


def consent_state_sql(consents: str) -> str:
    """One row per person, purpose and service (null: the whole purpose).

    Columns: is_given (every row is a consent with a moment), since (the last decision), refused_at (the last refusal),
    is_refused_some_time (a refusal has no moment).

    Args:
        consents: the relation of the decisions in force.
    """
    return f"""
    select
        person_id, purpose, service,
        coalesce(bool_and(state = 'given'), false)
            and count(state) = count(*) and count(decided_at) = count(*) as is_given,
        max(decided_at) as since,
        max(decided_at) filter (where state is distinct from 'given') as refused_at,
        bool_or(state is distinct from 'given' and decided_at is null) as is_refused_some_time
    from {consents}
    group by person_id, purpose, service"""
