"""Counts the people of segments in the last published night, in figures that may be shown.

The finest counts of each topic are rounded or hidden (`exports/gate/small_cells.py`); a segment's figures are the sums
of its topics' shown figures. Members are the people in the file of an audience, so that their count does not reveal how
many people the gate held back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from exports.delivery.audience_names import segment_stem, stem_of
from exports.delivery.audiences import GATE
from exports.gate.small_cells import Shown, shown_count, shown_funnel, shown_parts, shown_sum
from orchestration.home.settings import ConfigurationError
from orchestration.rendering.tables import Cell, Table, shown

# Members of every topic: delivered, or held back by the gate. All members of a withheld file count as delivered.
_MEMBERS = """
create or replace temp table counted_members as
with deliveries as (from published.hub.deliveries where target = 'campaigns')
select members.segment, members.topic, members.reason, members.channel, members.language, members.barri_code,
    exists (
        select 1 from deliveries
        where deliveries.file = files.file
            and deliveries.recipient_id = coalesce(members.organisation_id, members.person_id)
    ) or exists (
        select 1 from deliveries
        where deliveries.recipient_id is null
            and deliveries.file in (files.file || '.withheld', files.segment_file || '.withheld')
    ) as is_leaving
from published.hub.segment_members as members
join temp.audience_files as files using (segment, topic)
"""
_MARGINS = ("reason", "channel", "language", "barri_code")


@dataclass(frozen=True)
class TopicCounts:
    """The figures of a topic that may be shown: people delivered and held back, and members by each margin."""

    leaving: Shown
    held_back: Shown
    parts: Mapping[str, Mapping[str, int]]


def counted_segments(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """The segments that the published night has; a new one is counted by the next night."""
    return {str(name) for (name,) in connection.execute("select segment from published.hub.segments").fetchall()}


def members_by_segment(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, str]]:
    """The number of topics and of members of each segment in the published night; a hidden count is `..`."""
    counted: dict[str, list[TopicCounts]] = {}
    for (segment, _), counts in _topic_counts(connection).items():
        counted.setdefault(segment, []).append(counts)
    return {
        segment: (
            sum(topic.leaving != 0 or topic.held_back != 0 for topic in topics),
            shown(shown_sum(topic.leaving for topic in topics)),
        )
        for segment, topics in counted.items()
    }


def preview(connection: duckdb.DuckDBPyConnection, segment: str, topic: str | None) -> list[Table]:
    """The funnel of a segment by step and reason, and its members by topic, reason, channel, language and barri.

    Raises:
        ConfigurationError: the night has no such segment, or the segment no such topic.
    """
    row = connection.execute("select small_cell from published.hub.segments where segment = ?", [segment]).fetchone()
    if row is None:
        raise ConfigurationError(
            f'the published night has no segment "{segment}"; `fil segment list` lists its segments'
        )
    topics = {of: counts for (named, of), counts in _topic_counts(connection).items() if named == segment}
    if topic is not None and topic not in topics:
        raise ConfigurationError(
            f"the segment {segment} has no topic {topic!r} in that night; without --topic, all topics are shown"
        )
    chosen = topics if topic is None else {topic: topics[topic]}
    small = int(row[0])
    outs = _outs(connection, segment, chosen, small)
    return [
        _funnel(segment, outs, chosen, small),
        _reasons(outs),
        Table(
            "Members by topic",
            ["topic", "people"],
            [[name, shown(counts.leaving)] for name, counts in sorted(chosen.items())],
        ),
        *(_margin(chosen.values(), margin, small) for margin in _MARGINS),
    ]


def _topic_counts(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], TopicCounts]:
    """The figures of every topic of the night that may be shown, by segment and topic."""
    rows = connection.execute(
        "select distinct segment, topic, small_cell from published.hub.segment_funnel "
        "join published.hub.segments using (segment) order by all"
    ).fetchall()
    columns = "segment varchar, topic varchar, file varchar, segment_file varchar"
    connection.execute(f"create or replace temp table audience_files ({columns})")
    for segment, topic, _ in rows:
        files = [segment, topic, stem_of(segment, topic), segment_stem(segment)]
        connection.execute("insert into audience_files values (?, ?, ?, ?)", files)
    connection.execute(_MEMBERS)
    counted: dict[tuple[str, str], dict[str, dict[str, int]]] = {}
    for margin in ("is_leaving", *_MARGINS):
        among = "true" if margin == "is_leaving" else "is_leaving"
        for segment, topic, value, count in connection.execute(
            f"select segment, topic, coalesce({margin}::varchar, ''), count(*)"
            f" from counted_members where {among} group by all"
        ).fetchall():
            counted.setdefault((segment, topic), {}).setdefault(margin, {})[value] = count
    shown_counts = {}
    for segment, topic, small in rows:
        of = counted.get((segment, topic), {})
        leaving = of.get("is_leaving", {})
        shown_counts[segment, topic] = TopicCounts(
            shown_count(leaving.get("true", 0), small),
            shown_count(leaving.get("false", 0), small),
            {margin: shown_parts(of.get(margin, {}), small) for margin in _MARGINS},
        )
    return shown_counts


def _outs(
    connection: duckdb.DuckDBPyConnection, segment: str, topics: Iterable[str], small: int
) -> list[tuple[int, str, str | None, list[Shown]]]:
    """Each step and reason of a funnel, in order, with the shown count of each topic's people who leave there."""
    rows = connection.execute(
        "select step_number, step, reason_out, list(people_out) from published.hub.segment_funnel "
        "where segment = ? and list_contains(?, topic) group by all order by step_number, reason_out",
        [segment, list(topics)],
    ).fetchall()
    return [
        (number, step, reason, [shown_count(int(people), small) for people in outs])
        for number, step, reason, outs in rows
    ]


def _funnel(
    segment: str,
    outs: Sequence[tuple[int, str, str | None, list[Shown]]],
    topics: Mapping[str, TopicCounts],
    small: int,
) -> Table:
    by_step: dict[tuple[int, str], list[Shown]] = {}
    for number, step, _, cells in outs:
        by_step.setdefault((number, step), []).extend(cells)
    if by_step:
        by_step[max(by_step)[0] + 1, GATE] = [counts.held_back for counts in topics.values()]
    steps = [(number, step, cells) for (number, step), cells in by_step.items()]
    rows: list[Sequence[Cell]] = [
        [step.number, step.step, shown(step.people_left), shown(step.people_out)]
        for step in shown_funnel(steps, [counts.leaving for counts in topics.values()])
    ]
    note = _note(small) if rows else "The segment's query selects nobody."
    return Table(f"Checks of {segment}", ["number", "check", "people left", "people out"], rows, note)


def _reasons(outs: Sequence[tuple[int, str, str | None, list[Shown]]]) -> Table:
    counts = [(reason, shown_sum(cells)) for _, _, reason, cells in outs if reason is not None]
    return Table(
        "Why people are out", ["reason", "people"], [[name, shown(people)] for name, people in counts if people != 0]
    )


def _margin(topics: Iterable[TopicCounts], margin: str, small: int) -> Table:
    counts: dict[str, int] = {}
    for topic in topics:
        for value, count in topic.parts[margin].items():
            counts[value] = counts.get(value, 0) + count
    name = margin.removesuffix("_code")
    cells: list[Sequence[Cell]] = [[value or "unknown", shown(count)] for value, count in sorted(counts.items())]
    return Table(
        f"Members by {name}", [name, "people"], cells, f"For each topic, only values of {small} or more people"
    )


def _note(small: int) -> str:
    return (
        f"Counts of each topic are rounded to the nearest {small}; {shown(None)} is fewer than {small} people, who are "
        "in no sum"
    )
