"""Nights whose clusters are given by hand, so that a test of ids needs no model."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from matching.night import commit, identify
from matching.parties import PERSON
from matching.registry.ids import PendingRegistry
from matching.registry.registry import Registry
from tests.support.mentions import Mention, mention, write_mentions


class Event(NamedTuple):
    """A change of ids."""

    event: str
    ids_before: list[str]
    ids_after: list[str]


@dataclass(frozen=True)
class Night:
    """The person id of each letter, the day's events, and what waits to be committed."""

    ids: dict[str, str]
    events: list[Event]
    pending: PendingRegistry

    @property
    def event_names(self) -> list[str]:
        """What happened to ids, without whose they are."""
        return [event.event for event in self.events]


@dataclass(frozen=True)
class Nights:
    """Identifies clusters given as strings of letters: each letter is a mention, a capital is one of the register."""

    connection: duckdb.DuckDBPyConnection
    registry: Registry

    def run(self, clusters: Sequence[str], day: date, is_committed: bool = True) -> Night:
        """Identify the clusters of a day."""
        mentions = {letter: mention_of(letter) for cluster in clusters for letter in cluster}
        write_mentions(self.connection, list(mentions.values()))
        self._write_linkage(clusters)
        pending = identify(self.connection, self.registry, day, [PERSON])
        if is_committed:
            commit(self.registry, pending)
        links = self.connection.execute("select mention_id, person_id from work.linkage.mention_links").fetchall()
        events = self.connection.execute(
            "select event, ids_before, ids_after from work.linkage.person_events where business_date = ?", [day]
        ).fetchall()
        person_ids = dict(links)
        ids = {letter: person_ids[one["mention_id"]] for letter, one in mentions.items()}
        return Night(ids, [Event(*row) for row in events], pending)

    def causes(self, day: date) -> dict[str, str]:
        """The cause of each event of a day, by the event's name."""
        rows = self.connection.execute(
            "select event, cause from work.linkage.person_events where business_date = ? order by all", [day]
        )
        return dict(rows.fetchall())

    def _write_linkage(self, clusters: Sequence[str]) -> None:
        self.connection.execute("create schema if not exists work.linkage")
        self.connection.execute(
            "create or replace table work.linkage.scored_pairs as select l.mention_id as mention_id_l,"
            " r.mention_id as mention_id_r, 12.0 as match_weight from work.intermediate.int_person_mentions as l,"
            " work.intermediate.int_person_mentions as r where l.mention_id < r.mention_id"
        )
        self.connection.execute(
            "create or replace table work.linkage.clusters (mention_id varchar, cluster_id varchar,"
            " confidence double, cluster_confidence double, method varchar, is_in_review boolean)"
        )
        for cluster in clusters:
            for letter in cluster:
                self.connection.execute(
                    "insert into work.linkage.clusters values (?, ?, 1.0, 1.0, 'singleton', false)",
                    [mention_id(letter), cluster],
                )


def mention_of(letter: str) -> Mention:
    return mention(letter, "padro" if letter.isupper() else "atencions")


def mention_id(letter: str) -> str:
    return str(mention_of(letter)["mention_id"])


@pytest.fixture
def nights(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> Nights:
    return Nights(connection, Registry(tmp_path))
