"""A published night made by hand, and the truth that it is scored against."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.home.home import Home
from orchestration.home.settings import Settings
from tests.support.published_home import made_by_hand

DAY = date(2026, 5, 4)


@dataclass(frozen=True)
class Said:
    """A mention: its person in the night (None: in review), its true person, and the errors in it."""

    source: str
    person: str | None
    true: str
    errors: tuple[str, ...] = ()
    document: str | None = "X1"


@dataclass
class City:
    """A published night and its truth, written by `write`."""

    home: Path
    mentions: list[Said]
    people: dict[str, dict[str, Any]]
    pairs: Sequence[tuple[int, int, float, float]] = ()
    work_date: date | None = DAY
    dnis: Sequence[tuple[str, str]] = field(default_factory=list)
    minors: Sequence[str] = ()
    guardians: Sequence[tuple[str, str, str]] = ()

    def write(self) -> Home:
        """Write everything that a night and a simulation leave for evaluation."""
        truth = self.home / "truth"
        truth.mkdir()
        rows = [(f"m{n}", f"k{n}", said) for n, said in enumerate(self.mentions)]
        table = {
            "source": [said.source for *_, said in rows],
            "source_key": [key for _, key, _ in rows],
            "true_person_id": [said.true for *_, said in rows],
            "error_types": pa.array([said.errors for *_, said in rows], pa.list_(pa.string())),
        }
        pq.write_table(pa.table(table), truth / "mentions.parquet")
        organisations = {name: pa.array([], pa.string()) for name in ("source", "source_key", "true_organisation_id")}
        organisations["error_types"] = pa.array([], pa.list_(pa.string()))
        pq.write_table(pa.table(organisations), truth / "organisation_mentions.parquet")
        people = [
            {"true_person_id": id_, "document_type": "DNI", "birth_date": date(1980, 5, 5), "traits": [], "sex": "F"}
            | told
            for id_, told in self.people.items()
        ]
        pq.write_table(pa.Table.from_pylist(people), truth / "persons.parquet")
        self._publish(rows)
        if self.work_date:
            self._leave_work(rows, self.work_date)
        return Settings.from_environment().home

    def _publish(self, rows: Sequence[tuple[str, str, Said]]) -> None:
        path = self.home / "published" / DAY.isoformat() / "fil.duckdb"
        path.parent.mkdir(parents=True)
        with made_by_hand(path) as connection:
            connection.execute("create schema fil.hub; use fil.hub")
            connection.execute(
                "create table mentions (mention_id varchar, source varchar, source_key varchar, person_id varchar,"
                " organisation_id varchar, is_in_review boolean);"
                "create table interactions (source varchar, source_key varchar, channel varchar);"
                "create table identifiers (person_id varchar, type varchar, number varchar, is_valid boolean);"
                "create table persons (person_id varchar, is_minor boolean, is_resident boolean);"
                "create table relationships (type varchar, person_id varchar, related_person_id varchar)"
            )
            for minor in self.minors:
                connection.execute("insert into persons values ($1, true, true)", [minor])
            for tie in self.guardians:
                connection.execute("insert into relationships values ($1, $2, $3)", list(tie))
            told = [[id_, said.source, key, said.person, None, said.person is None] for id_, key, said in rows]
            connection.executemany("insert into mentions values ($1, $2, $3, $4, $5, $6)", told)
            connection.execute(
                "insert into interactions select source, source_key, 'WEB' from mentions where source = 'iris'"
            )
            if self.dnis:
                connection.executemany(
                    "insert into identifiers values ($1, 'DNI', $2, true)", [list(d) for d in self.dnis]
                )

    def _leave_work(self, rows: Sequence[tuple[str, str, Said]], of: date) -> None:
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"attach '{self.home / 'work.duckdb'}' as work")
            connection.execute(
                f"""
                create schema work.raw; create schema work.intermediate; create schema work.linkage;
                create table work.raw.run as select '{of}'::date as business_date;
                create table work.intermediate.int_person_mentions (mention_id varchar, document varchar,
                    is_document_valid boolean, given_name varchar, surname_1 varchar, surname_2 varchar,
                    birth_date date, street varchar, email varchar, phone varchar);
                create table work.linkage.pair_scores (mention_id_l varchar, mention_id_r varchar,
                    match_weight double, match_probability double);
                create view work.linkage.scored_pairs as from work.linkage.pair_scores;
                create table work.linkage.organisation_pairs as from work.linkage.pair_scores
                """
            )
            connection.executemany(
                "insert into work.intermediate.int_person_mentions values"
                " ($1, $2, $2 is not null, 'A', 'B', 'C', '1980-05-05', 'D', 'e', null)",
                [[id_, said.document] for id_, _, said in rows],
            )
            if self.pairs:
                connection.executemany(
                    "insert into work.linkage.pair_scores values ('m' || $1, 'm' || $2, $3, $4)",
                    [list(pair) for pair in self.pairs],
                )
