"""The funnel at addresses that were unsubscribed: nobody is written to there, and the reason says so."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.support.made_up_segments import again, members, rolled_back

REASON = "address_unsubscribed"


@pytest.fixture
def hub(built: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with rolled_back(built) as connection:
        yield connection


def reasons(hub: duckdb.DuckDBPyConnection, who: str) -> set[str]:
    found = hub.execute(
        "select coalesce(reason_out, channel) from work.hub.segment_candidates where person_id = ?", [who]
    )
    return {str(reason) for (reason,) in found.fetchall()}


def reached(hub: duckdb.DuckDBPyConnection, condition: str) -> str:
    """A person who gets a message on the first night under a condition (basis or channel), without a request."""
    row = hub.execute(
        "select person_id from work.hub.segment_members join work.hub.persons using (person_id) "
        f"where {condition} and person_id not in (select person_id from work.hub.requests where person_id is not null) "
        "order by all limit 1"
    ).fetchone()
    assert row is not None
    return str(row[0])


def test_a_no_that_came_with_the_address_is_told_as_such(hub: duckdb.DuckDBPyConnection, built: Path) -> None:
    """The basis may be a consent or a public task; a person's own refusal has another reason."""
    state = "work.intermediate.int_consent_state"
    consents = f"person_id in (select person_id from {state} where purpose = 'communications' and service is null)"
    who = reached(hub, f"basis in ('consent', 'public_task') and {consents}")
    hub.execute(f"update {state} set state = 'withdrawn' where person_id = ?", [who])
    again(hub, built)
    own = reasons(hub, who)
    assert own & {"withdrawn", "objected"} and REASON not in own
    hub.execute(f"update {state} set is_refused_by_address = true where person_id = ?", [who])
    again(hub, built)
    shared = reasons(hub, who)
    assert REASON in shared and not shared & {"withdrawn", "objected", "email", "sms", "letter"}
    assert who not in {person for _, _, person in members(hub)}


def test_an_address_that_was_unsubscribed_is_not_written_to(hub: duckdb.DuckDBPyConnection, built: Path) -> None:
    """Messages go by another channel, until that one is closed, too."""
    who = reached(hub, "basis = 'public_task' and channel = 'email'")
    close = (
        "insert into work.intermediate.int_unsubscriptions "
        "select value, timestamp '2026-05-04 10:00' from work.hub.person_attributes "
        "where person_id = ? and attribute = ?"
    )
    hub.execute(close, [who, "email"])
    again(hub, built)
    assert "email" not in reasons(hub, who)
    hub.execute(close, [who, "phone"])
    hub.execute("insert into work.intermediate.int_unsubscribed_persons select ?, 'CARTA', false, '2026-05-04'", [who])
    again(hub, built)
    assert REASON in reasons(hub, who)
    assert who not in {person for _, _, person in members(hub)}
    housemates = hub.execute(
        "select count(*) from work.hub.segment_members join work.hub.persons using (person_id) "
        "where channel = 'letter' "
        "and household_id = (select household_id from work.hub.persons where person_id = ?)",
        [who],
    ).fetchone()  # fmt: skip
    assert housemates == (0,)


def test_a_letter_that_comes_back_comes_back_for_the_home(hub: duckdb.DuckDBPyConnection, built: Path) -> None:
    who = reached(hub, "channel = 'letter' and household_id is not null")
    hub.execute(
        "insert into work.hub.campaign_events by name select 'L' as message_id, person_id, 'CARTA' as channel, "
        "'bounced_hard' as event, timestamp '2026-05-03' as occurred_at from work.hub.persons where household_id = "
        "(select household_id from work.hub.persons where person_id = ?) "
        "and person_id in (select person_id from work.hub.person_attributes where attribute = 'address') "
        "order by person_id desc limit 1",
        [who],
    )
    again(hub, built)
    assert "letter" not in reasons(hub, who)
