"""The messages of Fil's own audiences that campaign results name, as the history has them."""

from datetime import date
from pathlib import Path

import duckdb

from exports.publication.night_changes import History
from orchestration.past_nights.sent_messages import find_sent_messages
from tests.support.databases import attach

OLD, KEPT, LATER = (f"F{letter * 24}" for letter in "abc")


def changes(directory: Path, day: str, rows: str) -> None:
    """Write the changes of a night to the members of its segments."""
    (directory / day).mkdir(parents=True)
    with duckdb.connect(str(directory / day / "changes.duckdb")) as connection:
        connection.execute(f"create schema hub; create table hub.segment_members as {rows}")


def members(*rows: tuple[str, str, int]) -> str:
    values = ", ".join(f"('{message}', '{person}', {count})" for message, person, count in rows)
    return (
        "select message_id, person_id, null::varchar as organisation_id, 'R' as reference, change_count"
        f" from (values {values}) as rows(message_id, person_id, change_count)"
    )


def test_a_message_is_found_in_the_night_that_sent_it(tmp_path: Path) -> None:
    """Rows that a night removed are not its messages, and nights of an earlier version have no message ids."""
    directory = tmp_path / "history"
    changes(directory, "2026-05-01", "select 'P1' as person_id, 1 as change_count")
    changes(directory, "2026-05-02", members((KEPT, "P1", 1), ("F" + "d" * 24, "P2", 1)))
    changes(directory, "2026-05-03", members((KEPT, "P1", -1), (OLD, "P3", -1)))
    changes(directory, "2026-05-04", members((LATER, "P4", 1)))
    with duckdb.connect(":memory:") as connection:
        connection.execute("attach ':memory:' as work; create schema work.raw")
        connection.execute(
            "create table work.raw.campanyes__esdeveniments as"
            f" select unnest(['{KEPT}', '{KEPT}', '{OLD}', '{LATER}', 'M1']) as id_missatge"
        )
        history = History(directory, tmp_path / "published", attach)
        assert find_sent_messages(connection, history, date(2026, 5, 4)) == 1
        assert connection.execute("from work.linkage.sent_messages").fetchall() == [(KEPT, "P1", "R")]
