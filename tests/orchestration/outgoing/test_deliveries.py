"""`fil deliveries list`: what went where, without telling of how few."""

from pathlib import Path

import duckdb

from exports.publication.history_index import stage_latest
from exports.publication.staging import stage_publication
from orchestration.home.home import Home
from orchestration.outgoing.segments import declared_segments
from orchestration.past_nights.history import hub_history
from tests.support.published_home import DAY, Fil


def test_so_few_that_they_could_be_known_are_not_counted(home: Path, fil: Fil) -> None:
    small = max(one.small_cell for one in declared_segments())
    history = hub_history(Home(home))
    with duckdb.connect(":memory:") as connection:
        connection.execute("attach ':memory:' as work; create schema work.hub")
        connection.execute(
            "create table work.hub.deliveries as select target, file, 'P' || number as recipient_id from (values"
            f" ('campaigns', 'audience.obres.Z1', {small - 1}), ('attention', 'attention', {small}))"
            " as told(target, file, recipients) cross join range(100) as numbers(number) where number < recipients"
            " union all select 'campaigns', 'withheld', null"
        )
        published = stage_publication(connection, home / "published", DAY, "run", None)
        changes = history.stage(connection, DAY)
        latest = stage_latest(history.directory, home / "published", DAY, published.database, changes)
        for staged in (*changes, latest):
            staged.staged.rename(staged.final)
    told = fil("deliveries", "list")
    found = {words[2]: words[3] for line in told.out.splitlines() if (words := line.split())[:1] == [f"{DAY}"]}
    assert found == {"audience.obres.Z1": "..", "attention": f"{small}", "withheld": "withheld"}, told.err
    assert f"fewer than {small}" in told.out
