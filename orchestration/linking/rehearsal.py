"""Links the mentions of the last published night again, with another model or other rules, without changing the night.

`orchestration/reports/model.py` shows the changes.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from exports.contracts.contract import TARGETS, load_contract
from exports.delivery.candidates import candidate_sql
from exports.delivery.writers import write_rows
from exports.gate.leaving import show_leaving
from exports.gate.rows import admitted_sql, gated_sql
from matching.clustering.memory import Memory
from matching.evaluation.difference import Difference, difference
from matching.identity.impact import BUDGET_SHARE, CHANGES, LEAST_BUDGET
from matching.model.model_file import promoted_model
from matching.night import LinkStats, identify, link_mentions
from matching.parties import KINDS, PERSON, PartyKind
from matching.registry.decisions import load_judgements
from matching.registry.registry import Registry
from orchestration.casework.review_queue import require_linkage
from orchestration.home.home import Home
from orchestration.home.lock import NightRunning, intake_lock
from orchestration.home.process import set_up_process
from orchestration.home.redaction import StepFailed
from orchestration.past_nights.published import open_published, published_date
from orchestration.past_nights.recovery import require_finished
from sources.base.scratch import scratch_directory
from sources.base.sql import identifier, literal


@dataclass(frozen=True)
class Rehearsal:
    """A scratch database with the night's mentions, and a copy of the registry."""

    connection: duckdb.DuckDBPyConnection
    home: Home
    business_date: date
    registry: Registry
    scratch: Path

    def link(self, kind: PartyKind, model: Path, *, with_memory: bool) -> LinkStats:
        """Link the mentions of one kind as the next night would, or without memory."""
        judgements = load_judgements(self.registry, self.business_date)
        memory = Memory(self.registry, self.business_date + timedelta(days=1)) if with_memory else None
        return link_mentions(self.connection, kind, model, judgements, memory)


@dataclass(frozen=True)
class Changes:
    """The changes of ids in the next night; `reach` is how many of the changed people each export holds."""

    business_date: date
    models: Mapping[str, str]
    known: int
    by_event: Mapping[str, int]
    people: int
    reach: Mapping[str, int]
    mentions: Difference

    @property
    def bound(self) -> int:
        """How many people may change without explicit acceptance."""
        return max(LEAST_BUDGET, int(BUDGET_SHARE * self.known))


@contextmanager
def rehearsal(home: Home) -> Iterator[Rehearsal]:
    """Open the last published night to link it again; nights wait meanwhile.

    Raises:
        StepFailed: nothing is published, its mentions were not published with it, a publication waits to be finished,
            or a night is running.
    """
    set_up_process(home)
    require_finished(home)
    try:
        with (
            intake_lock(home),
            scratch_directory(home.work / "rehearsal") as scratch,
            open_published(home, day := published_date(home)) as connection,
        ):
            require_linkage(connection)
            connection.execute(f"set temp_directory = {literal(str(scratch))}")
            _lay_out(connection)
            yield Rehearsal(connection, home, day, _copy_registry(home, scratch), scratch)
    except NightRunning as error:
        raise StepFailed(f"{error}: wait for it to end") from None


def _lay_out(connection: duckdb.DuckDBPyConnection) -> None:
    """Make views of the published night in `work`, where linking and the exports read them."""
    connection.execute("attach ':memory:' as work; create schema work.intermediate; create schema work.hub")
    for kind in KINDS:
        connection.execute(
            f"create view {kind.mentions} as"
            " select mention.*, named.source, named.source_key, named.observed_at"
            f" from published.hub.{kind.values} as mention"
            " inner join published.hub.mentions as named using (mention_id)"
        )
    tables = connection.execute(
        "select table_name from duckdb_tables() where database_name = 'published' and schema_name = 'hub'"
    ).fetchall()
    for (table,) in tables:
        connection.execute(f"create view work.hub.{identifier(table)} as from published.hub.{identifier(table)}")


def _copy_registry(home: Home, scratch: Path) -> Registry:
    """A copy of the registry, to which the rehearsal may write: ids, secret and decisions."""
    database = home.registry.database
    for path in (database, database.with_name(f"{database.name}.wal")):
        if path.exists():
            shutil.copy(path, scratch / path.name)
    left_out = shutil.ignore_patterns("commits", "pending")
    shutil.copytree(home.registry.beside, scratch / "registry", ignore=left_out)
    return Registry(scratch)


def models_in_use(home: Home) -> dict[PartyKind, Path]:
    """The promoted model of each kind."""
    return {kind: promoted_model(home.models / kind.entity) for kind in KINDS}


def dry_run(home: Home, models: Mapping[PartyKind, Path], list_path: Path | None = None) -> Changes:
    """Link the last published night with these models and the present code; return the changes.

    With `list_path`, each change is written there, readable only by the user: ids, exports and cause.

    Raises:
        StepFailed: no night can be linked again.
    """
    with rehearsal(home) as night:
        for kind in KINDS:
            night.link(kind, models[kind], with_memory=True)
        pending = identify(night.connection, night.registry, night.business_date)
        events = pending.directory / "events.parquet"
        night.connection.execute(_CHANGED.format(events=literal(str(events))), {"changes": [*CHANGES, "retired"]})
        night.connection.execute(_CHANGED_PEOPLE)
        _find_reach(night)
        result = _changes(night, {kind.entity: model.stem for kind, model in models.items()})
        if list_path:
            _write_list(night.connection, list_path)
    return result


# Changed ids; a person who is seen again after retirement keeps the id, which is no change.
_CHANGED = """
create temp table changes as
select row_number() over (order by event, ids_before, ids_after) as number, event, ids_before, ids_after, cause
from read_parquet({events})
where list_contains($changes, event) and ids_before <> ids_after
"""
_CHANGED_PEOPLE = """
create temp table changed_people as
select distinct number, unnest(list_distinct(ids_before || ids_after)) as person_id from changes
"""


def _find_reach(night: Rehearsal) -> None:
    """Find the people that each export holds.

    Writes: `reach` (target, person_id), one row per target and person.
    """
    night.connection.execute("create temp table reach (target varchar, person_id varchar)")
    show_leaving(night.connection)
    for target in TARGETS:
        contract = load_contract(target)
        admitted = admitted_sql(contract, night.business_date)
        night.connection.execute(f"create or replace temp table admitted_persons as {admitted}")
        query = gated_sql(candidate_sql(contract, night.business_date, "admitted_persons"), "admitted_persons")
        night.connection.execute(f"insert into reach select $1, person_id from ({query})", [target])


def _changes(night: Rehearsal, models: Mapping[str, str]) -> Changes:
    connection = night.connection
    known = _number(
        connection, "select (select count(*) from published.hub.persons) + count(*) from published.hub.organisations"
    )
    by_event = connection.execute(
        "select event, count(distinct person_id) from changes inner join changed_people using (number)"
        " group by event order by event"
    ).fetchall()
    reach = connection.execute(
        "select target, count(distinct person_id) from reach semi join changed_people using (person_id) group by target"
    ).fetchall()
    return Changes(
        night.business_date,
        models,
        known,
        dict(by_event),
        _number(connection, "select count(distinct person_id) from changed_people"),
        dict.fromkeys(TARGETS, 0) | dict(reach),
        difference(connection, published_links(PERSON), linked(PERSON)),
    )


def published_links(kind: PartyKind) -> str:
    """The query of the person of each mention in the published night."""
    return (
        f"(select mention_id, {kind.id_column} as person_id, is_in_review from published.hub.mentions"
        f" semi join {kind.mentions} using (mention_id))"
    )


def linked(kind: PartyKind) -> str:
    """The query of the person of each mention as it was linked again."""
    return f"(select mention_id, cluster_id as person_id, is_in_review from {kind.clusters})"


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])


def _write_list(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """One line per change, as CSV."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    write_rows(
        connection,
        """(
            select event, array_to_string(ids_before, ' ') as ids_before, array_to_string(ids_after, ' ') as ids_after,
                coalesce(string_agg(distinct target, ' ' order by target), '') as exports, cause
            from changes inner join changed_people using (number) left join reach using (person_id)
            group by number, event, ids_before, ids_after, cause
        )""",
        "all",
        "csv",
        fresh,
    )
    fresh.replace(path)
