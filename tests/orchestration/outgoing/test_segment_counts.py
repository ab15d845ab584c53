"""What two nights show of made-up segments, attacked: previews, whole and by topic, the list, the files' funnels."""

import csv
import random
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest

from exports.contracts.contract import load_contract
from exports.delivery.audience_names import stem_of
from exports.delivery.audiences import write_audiences
from exports.gate.audience_rows import prepare_gate
from exports.gate.leaving import show_leaving
from orchestration.outgoing.segment_counts import members_by_segment, preview
from tests.exports.gate.test_small_cells import recovered

SMALL = 5
DAY = date(2026, 5, 4)
TOPICS = {"obres": [f"Z{i}" for i in range(12)], "escola": ["BATXILLERAT", "ESO"], "buit": ["CAP"]}
STEPS = {
    1: ("eligible", []),
    2: ("alive", ["deceased"]),
    6: ("consented", ["no_consent", "refused"]),
    13: ("final", []),
}
_MARTS = """
attach ':memory:' as published; create schema published.hub;
create table published.hub.segments as
select unnest(['obres', 'escola', 'buit']) as segment, 'communicate' as purpose, null::varchar as service,
    ['public_task'] as bases, 5 as small_cell, 'person' as one_per;
create table published.hub.segment_members (
    segment varchar, topic varchar, run_date date, person_id varchar, organisation_id varchar, about_person_id varchar,
    channel varchar, language varchar, reason varchar, basis varchar, content varchar, reference varchar,
    recipient_name varchar, address varchar, address_lines varchar[], barri_code varchar, message_id varchar);
create table published.hub.segment_candidates (segment varchar, topic varchar, reason_out varchar);
create table published.hub.segment_funnel (
    segment varchar, topic varchar, step_number integer, step varchar, reason_out varchar, people_out bigint);
create table published.hub.consents (
    person_id varchar, purpose varchar, state varchar, decided_at timestamp, service varchar);
create table published.hub.organisations (organisation_id varchar);
create table published.hub.relationships (person_id varchar, related_organisation_id varchar);
create table published.hub.campaign_events (event varchar, address varchar, occurred_at timestamp);
create table published.hub.person_attributes (person_id varchar, value varchar);
create table published.hub.requests (
    request_id varchar,
    person_id varchar, organisation_id varchar, segment varchar, address varchar, asked_at timestamp,
    is_active boolean);
"""


@dataclass(frozen=True)
class Night:
    """What is there, what its files and commands show, by segment, topic (none for all) and cell."""

    outs: dict[tuple[str, str, str], int]
    members: dict[tuple[str, str], list[tuple[str, str, str]]]
    shown: dict[tuple[str, str | None], dict[tuple[str, str], str]]
    funnels: dict[tuple[str, str], dict[tuple[str, str], str]]
    listed: dict[str, tuple[int, str]]


def small_or_not(chance: random.Random) -> int:
    return chance.choice([0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 30])


def cells(table_rows: list[list[str]]) -> dict[tuple[str, str], str]:
    return {("left", row[1]): row[2] for row in table_rows} | {("out", row[1]): row[3] for row in table_rows}


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> list[Night]:
    """Of each topic the second night has a few more or less at each step than the first."""
    return [make(random.Random(7), more, tmp_path_factory.mktemp("night")) for more in (0, 1)]  # noqa: S311 - of a test


def make(chance: random.Random, more: int, directory: Path) -> Night:
    outs, members, held = {}, {}, set()
    for segment, topics in TOPICS.items():
        for topic in topics:
            for _, reasons in STEPS.values():
                for reason in reasons:
                    outs[segment, topic, reason] = small_or_not(chance) + more * chance.randrange(5)
            count = small_or_not(chance) + more * chance.randrange(5)
            members[segment, topic] = [
                (chance.choice(["email", "sms"]), chance.choice(["ca", "ca", "es"]), chance.choice(["01", "02", "03"]))
                for _ in range(count)
            ]
            held |= {(segment, topic)} if count and chance.random() < 0.3 else set()
    with duckdb.connect(":memory:") as connection:
        connection.execute(_MARTS)
        fill(connection, outs, members, held)
        funnels = deliver(connection, directory)
        shown = {
            (segment, topic): cells_of(connection, segment, topic)
            for segment, topics in TOPICS.items()
            for topic in (None, *topics)
        }
        return Night(outs, members, shown, funnels, members_by_segment(connection))


def fill(
    connection: duckdb.DuckDBPyConnection,
    outs: dict[tuple[str, str, str], int],
    members: dict[tuple[str, str], list[tuple[str, str, str]]],
    held: set[tuple[str, str]],
) -> None:
    for (segment, topic), people in members.items():
        for number, (step, reasons) in STEPS.items():
            rows = [(reason, outs[segment, topic, reason]) for reason in reasons] or [(None, 0)]
            connection.executemany(
                "insert into published.hub.segment_funnel values (?, ?, ?, ?, ?, ?)",
                [(segment, topic, number, step, *row) for row in rows],
            )
        for place, (channel, language, barri) in enumerate(people):
            connection.execute(
                "insert into published.hub.segment_members by name select ? as segment, ? as topic, ? as person_id,"
                " ? as channel, ? as language, ? as barri_code, 'public_task' as basis",
                [segment, topic, f"{segment}{topic}{place}", channel, language, barri],
            )
    connection.execute("""
        create table published.hub.persons as
        select person_id, false as is_deceased, false as is_protected, 1.0 as confidence,
            date '1980-01-01' as birth_date, 1980 as birth_year
        from published.hub.segment_members""")
    # One of each of those topics died since: the gate holds them back.
    connection.executemany(
        "update published.hub.persons set is_deceased = true where person_id = ?",
        [[f"{segment}{topic}0"] for segment, topic in sorted(held)],
    )


def deliver(
    connection: duckdb.DuckDBPyConnection, directory: Path
) -> dict[tuple[str, str], dict[tuple[str, str], str]]:
    """Write the audiences as a night does, and the ledger of their files; return the funnels."""
    connection.execute("attach ':memory:' as work; copy from database published to work")
    show_leaving(connection)
    prepare_gate(connection, DAY)
    write_audiences(connection, load_contract("campaigns"), DAY, directory, [])
    connection.execute("create table published.hub.deliveries (target varchar, file varchar, recipient_id varchar)")
    funnels = {}
    for segment, topics in TOPICS.items():
        for topic in topics:
            stem = stem_of(segment, topic)
            connection.execute(
                f"insert into published.hub.deliveries select 'campaigns', '{stem}', recipient_id"
                f" from read_csv('{directory}/{stem}.csv', header = true, all_varchar = true)"
            )
            with (directory / f"{stem}.funnel.csv").open(encoding="utf-8", newline="") as stream:
                funnels[segment, topic] = cells([list(row.values()) for row in csv.DictReader(stream)])
    return funnels


def cells_of(connection: duckdb.DuckDBPyConnection, segment: str, topic: str | None) -> dict[tuple[str, str], str]:
    """Every cell that a preview shows, by its table and row."""
    funnel, *others = preview(connection, segment, topic)
    return cells(funnel.cells()) | {(one.title, row[0]): row[1] for one in others for row in one.cells()}


def number(text: str) -> int:
    return 0 if text == ".." else int(text.replace(",", ""))


def test_a_whole_is_what_its_topics_show(nights: list[Night]) -> None:
    """So that a whole without its topics gives back nothing that one of them hides."""
    hidden = 0
    for night in nights:
        for segment, topics in TOPICS.items():
            whole, parts = night.shown[segment, None], [night.shown[segment, topic] for topic in topics]
            assert whole.keys() == {cell for part in parts for cell in part}
            for cell, text in whole.items():
                shown = [part[cell] for part in parts if cell in part]
                assert number(text) == sum(map(number, shown))
                assert (text == "..") == (not number(text) and ".." in shown)
                hidden += shown.count("..")
            assert number(night.listed[segment][1]) == number(whole["left", "gate"])
    assert hidden > 50


def test_a_files_funnel_shows_what_the_preview_of_its_topic_does(nights: list[Night]) -> None:
    for night in nights:
        for key, funnel in night.funnels.items():
            assert funnel.items() <= night.shown[key].items()


def test_each_hidden_count_can_be_several(nights: list[Night]) -> None:
    for night in nights:
        for (segment, topic, reason), count in night.outs.items():
            if 0 < count < SMALL:
                assert night.shown[segment, topic]["Why people are out", reason] == ".."
        for (segment, topic), people in night.members.items():
            is_held = "out", "gate"
            if night.shown[segment, topic][is_held] != "0":
                assert night.shown[segment, topic][is_held] == ".."
                people = people[1:]  # the file's own rows are one less
            for column, margin in ((2, "barri"), (1, "language")):
                counts = dict(Counter(one[column] for one in people))
                title = f"Members by {margin}"
                shown = {
                    name: number(text) for (table, name), text in night.shown[segment, topic].items() if table == title
                }
                assert recovered(shown, counts) == set()
                assert not set(shown.values()) & set(range(SMALL))


def test_two_nights_beside_each_other_tell_no_small_change(nights: list[Night]) -> None:
    changed = 0
    for first, second in (
        (nights[0].shown, nights[1].shown),
        (nights[0].funnels, nights[1].funnels),
        ({"": {name: text for name, (_, text) in nights[0].listed.items()}},
         {"": {name: text for name, (_, text) in nights[1].listed.items()}}),
    ):  # fmt: skip
        for key, one in first.items():
            for cell in one.keys() & second[key].keys():
                if ".." not in (one[cell], second[key][cell]):
                    difference = abs(number(one[cell]) - number(second[key][cell]))
                    assert difference not in range(1, SMALL)
                    changed += difference > 0
    assert changed > 20
