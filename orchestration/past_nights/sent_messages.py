"""Finds in the history who was the recipient of each message of an audience that the campaign results name.

An audience gives each row a message id, and the campaign tool returns it. `int_campaign_events` links with it.
"""

from datetime import date

import duckdb

from exports.publication.hub_sums import columns_of
from exports.publication.night_changes import MEMBERS, ONE_NIGHT, History

SENT_MESSAGES = "work.linkage.sent_messages"
# The form of the ids in `segment_members.sql`; all other ids are the tool's own.
_OWN_IDS = """
create or replace temp table named_messages as
select distinct id_missatge as message_id
from work.raw.campanyes__esdeveniments
where regexp_full_match(id_missatge, 'F[0-9a-f]{24}')
"""


def find_sent_messages(connection: duckdb.DuckDBPyConnection, history: History, business_date: date) -> int:
    """Write the messages that the results name, from the audiences of the nights before; return how many there are.

    Reads: `work.raw.campanyes__esdeveniments`; the members of segments in the history.
    Writes: new `work.linkage.sent_messages` (message_id, recipient_id, reference), one row per message.

    Raises:
        PublicationError: changes of a night are lost or damaged.
    """
    connection.execute(
        "create schema if not exists work.linkage;"
        f"create or replace table {SENT_MESSAGES} (message_id varchar, recipient_id varchar, reference varchar)"
    )
    connection.execute(_OWN_IDS)
    if not connection.execute("from named_messages limit 1").fetchall():
        return 0
    for _, members in history.changes_before(connection, business_date, MEMBERS):
        # Members of an earlier version of Fil have no message ids.
        if "message_id" in columns_of(connection, ONE_NIGHT, MEMBERS):
            connection.execute(f"""
                insert into {SENT_MESSAGES}
                select distinct message_id, coalesce(organisation_id, person_id) as recipient_id, reference
                from {members} semi join named_messages using (message_id)
                where change_count > 0
                except from {SENT_MESSAGES}""")
    [(rows,)] = connection.execute(f"select count(*) from {SENT_MESSAGES}").fetchall()
    return int(rows)
