"""Two nights of the prepared hub and the first one delivered again, and who stands in which of their files."""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from exports.contracts.contract import load_contract
from exports.delivery.audience_names import stem_sql
from exports.delivery.deliver import save_candidates, stage_delivery
from exports.gate.since import begin_since, end_since
from exports.publication.ledger import record_deliveries
from exports.publication.past_hub import prepare_again
from tests.exports.attacks.people import Person, make_person, rows_of
from tests.exports.attacks.prepared import FIRST, SECOND, build, create_raw
from tests.exports.attacks.table import WAYS

TARGETS = ("attention", "campaigns")
Rows = set[tuple[str, str]]


@dataclass(frozen=True)
class Nights:
    """Who stands in which file, as rows of file and person: of both nights, of the first one again, and to remove."""

    first: Rows
    second: Rows
    again: Rows
    removals: Rows


def subjects() -> list[tuple[Person, Person]]:
    """Of each way whom it is about, and their neighbour."""
    return [(make_person(place, "P", way.birth_date), make_person(place, "N")) for place, way in enumerate(WAYS)]


def raw_rows(*, is_second: bool) -> list[str]:
    """The statements that make the raw rows of a night."""
    found = []
    for way, (one, other) in zip(WAYS, subjects(), strict=True):
        found += [*rows_of(one), *rows_of(other), *way.base(one, other)]
        found += way.tell(one, other) if is_second else []
    return found


def two_nights(directory: Path) -> Nights:
    """Run both nights in SQL, deliver them, and the first once more with what the second knows."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            "create temp table last_delivered (target varchar, file varchar, recipient_id varchar, basis varchar,"
            " request_id varchar, about_person_id varchar, address varchar);"
            "create temp table superseded (target varchar, file varchar, recipient_id varchar)"
        )
        told: dict[str, Rows] = {}
        for name, day in (("that_night", FIRST), ("last_night", SECOND)):
            connection.execute(f"attach '{directory / name}.duckdb' as work")
            create_raw(connection, day)
            # In one transaction: thousands of commits would each wait for the disk.
            connection.begin()
            connection.execute("; ".join(raw_rows(is_second=day == SECOND)))
            build(connection)
            connection.commit()
            told[name] = deliver_all(connection, directory / name, day)
            connection.execute(f"""
                insert into last_delivered
                select deliveries.*, candidates.basis, candidates.request_id, candidates.about_person_id,
                    candidates.address
                from work.hub.deliveries as deliveries
                left join (from work.hub.segment_candidates where reason_out is null) as candidates
                    on deliveries.file = {stem_sql("segment", "topic")}
                    and deliveries.recipient_id = coalesce(organisation_id, person_id)""")
            connection.execute("detach work")
        removals = {
            (_file(row["file"]), row["recipient_id"])
            for path in (directory / "last_night").rglob("removals.csv")
            for row in csv.DictReader(path.open(encoding="utf-8", newline=""))
        }
        for name in ("that_night", "last_night"):
            connection.execute(f"attach '{directory / name}.duckdb' as {name} (read_only)")
        connection.execute("attach ':memory:' as work")
        prepare_again(connection, FIRST)
        begin_since(connection, "last_night")
        end_since(connection, None)
        again = deliver_all(connection, directory / "again", FIRST)
    return Nights(told["that_night"], told["last_night"], again, removals)


def deliver_all(connection: duckdb.DuckDBPyConnection, directory: Path, day: date) -> Rows:
    """Write what every target receives, as a night does; return who stands in which file."""
    connection.execute(
        "create or replace temp table corrections (target varchar, recipient_id varchar, event varchar,"
        " ids_now varchar, file varchar, first_date date, last_date date)"
    )
    staged = []
    for target in TARGETS:
        contract = load_contract(target)
        save_candidates(connection, contract, day)
        staged.append(stage_delivery(connection, directory, contract, day, "run", with_ledger=True))
        assert not staged[-1].withheld
    if directory.name != "again":
        record_deliveries(connection, [(one.manifest, one.staged) for one in staged])
        return rows_of_ledger(connection)
    return {
        (_file(path.stem), row.get("recipient_id") or row["person_id"])
        for one in staged
        for path in one.staged.glob("*.csv")
        if ".funnel" not in path.name and path.stem not in ("removals", "corrections")
        for row in csv.DictReader(path.open(encoding="utf-8", newline=""))
    } | {
        ("attention", str(person))
        for one in staged
        for path in one.staged.glob("*.parquet")
        for (person,) in connection.execute("select person_id from read_parquet(?)", [str(path)]).fetchall()
    }


def rows_of_ledger(connection: duckdb.DuckDBPyConnection) -> Rows:
    """Who stands in which file by the ledger."""
    rows = connection.execute("select file, recipient_id from work.hub.deliveries").fetchall()
    return {(_file(file), str(who)) for file, who in rows}


def _file(stem: str) -> str:
    """A target, or of an audience the segment."""
    return stem.split(".")[1] if stem.startswith("audience.") else stem
