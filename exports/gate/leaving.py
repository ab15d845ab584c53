"""The views through which the gate reads the hub: five tables and the consents, corrected by what is known since.

`since.py` writes what is known since the hub's date to the schema `work.since`; without that schema the views show the
hub unchanged. A night, a night run again and `fil export` use the same views, so all leave out the same people.
"""

import duckdb

from exports.gate.consent_state import consent_state_sql

SINCE = "since"

# No person, consent or request is added; those that ended since are ended.
_KNOWN_SINCE = {
    "persons": """
        select past.* replace (
            if(marks.is_deceased, true, past.is_deceased) as is_deceased,
            if(marks.is_protected, true, past.is_protected) as is_protected,
            if(marks.confidence < past.confidence, marks.confidence, past.confidence) as confidence
        )
        from work.hub.persons as past
        left join work.since.marks as marks on past.person_id = marks.person_id
        anti join work.since.gone as gone on past.person_id = gone.person_id""",
    "consents": """
        select past.* from work.hub.consents as past
        anti join work.since.closed as closed
            on past.person_id = closed.person_id and past.purpose = closed.purpose
            and past.service is not distinct from closed.service
        union all by name
        select * from work.since.refused""",
    "requests": """
        select past.* replace (past.is_active and ended.request_id is null as is_active)
        from work.hub.requests as past
        left join work.since.ended as ended on past.request_id = ended.request_id""",
    "campaign_events": """
        from work.hub.campaign_events
        union all by name
        select address, 'unsubscribed' as event, occurred_at from work.since.unsubscribed""",
    "agreements": """
        select past.* replace (past.is_in_force and expired.source is null as is_in_force)
        from work.hub.agreements as past
        left join work.since.expired as expired on past.source = expired.source and past.purpose = expired.purpose""",
}


def knows_since(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether anything is known since that may keep a person of the hub from being exported."""
    tables = "from duckdb_tables() where database_name = 'work' and schema_name = $1"
    return bool(connection.execute(tables, [SINCE]).fetchall())


def show_leaving(connection: duckdb.DuckDBPyConnection) -> None:
    """Make a temp view `leaving_<table>` of each table of `_KNOWN_SINCE`, and `leaving_consent_state` of the consents.

    `leaving_bounced_since` has the addresses where a message bounced permanently since the hub's date.

    A table that the hub does not have, because an earlier Fil wrote it, gets no view.

    Reads: `work.hub` and `work.since`.
    Writes: views with one row per row of the hub's table; the consents' one per person, purpose and service.
    """
    is_known = knows_since(connection)
    tables = "select table_name from information_schema.tables where table_catalog = 'work' and table_schema = 'hub'"
    there = {str(name) for (name,) in connection.execute(tables).fetchall()}
    for table in _KNOWN_SINCE.keys() & there:
        source = _KNOWN_SINCE[table] if is_known else f"from work.hub.{table}"
        connection.execute(f"create or replace temp view leaving_{table} as {source}")
    bounced = f"from work.{SINCE}.bounced" if is_known else "select cast(null as varchar) as address limit 0"
    connection.execute(f"create or replace temp view leaving_bounced_since as {bounced}")
    if "consents" in there:
        query = consent_state_sql("leaving_consents")
        connection.execute(f"create or replace temp view leaving_consent_state as {query}")
