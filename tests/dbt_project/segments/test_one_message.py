"""Within a segment and topic nobody is written to twice, whatever the candidates of one recipient count by.

Candidates are generated; the models from the recipients on are those that dbt compiled.
"""

from collections import Counter
from pathlib import Path

import duckdb
import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.laid_funnel import ENTITIES, FUNNEL, PERSONS, SEGMENTS, TOPICS, Home, Named, Rules, lay
from tests.support.made_up_segments import again, table

ADDRESSES = ((), ("email",), ("letter_lines",), ("mobile", "letter_lines"))


HOMES = st.builds(Home, st.sampled_from((None, "H1", "H1")), st.sampled_from(ADDRESSES).map(frozenset))
RULES = st.builds(
    Rules,
    st.sampled_from(("person", "household")),
    st.permutations(("email", "sms", "letter")).map(tuple),
    st.booleans(),
    st.sampled_from((None, 0.5)),
    st.sampled_from((None, 1, 3)),
)
NAMED = st.builds(
    Named,
    st.sampled_from(SEGMENTS),
    st.sampled_from(TOPICS),
    st.sampled_from((*PERSONS, *ENTITIES)),
    st.sampled_from((None, "P3", "P4")),
    st.sampled_from(("request", "consent", "public_task")),
    st.sampled_from((None, 1, 2)),
    st.sampled_from(("EMAIL", "SMS")),
)
City = tuple[dict[str, Home], dict[str, Rules], list[Named]]
CITIES: st.SearchStrategy[City] = st.tuples(
    st.fixed_dictionaries(dict.fromkeys(PERSONS, HOMES)),
    st.fixed_dictionaries(dict.fromkeys(SEGMENTS, RULES)),
    st.lists(NAMED, min_size=8, max_size=16, unique_by=lambda one: (one.segment, one.topic, one.recipient, one.about,
                                                                      one.basis)),
)  # fmt: skip


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(city=CITIES)
def test_nobody_is_written_to_twice(empty: duckdb.DuckDBPyConnection, built: Path, city: City) -> None:
    homes, rules, named = city
    empty.execute("begin")
    try:
        lay(empty, homes, rules, named)
        again(empty, built, FUNNEL)
        found = [
            (
                row["segment"],
                None if rules[row["segment"]].across_topics else row["topic"],
                row["person_id"] or row["organisation_id"],
                row["reason_out"],
                row["channel"],
            )
            for row in table(empty, "hub.segment_candidates").iter_rows(named=True)
        ]
        funnel = table(empty, "hub.segment_funnel")
    finally:
        empty.execute("rollback")
    assert len(found) == len(named)
    written = Counter((segment, topic, who) for segment, topic, who, reason, _ in found if reason is None)
    assert not [one for one, count in written.items() if count > 1]
    homes_written = Counter(
        (segment, topic, homes[who].household)
        for segment, topic, who, reason, _ in found
        if reason is None and who in homes and homes[who].household
    )
    letters = {
        (segment, topic, homes[who].household)
        for segment, topic, who, reason, channel in found
        if reason is None and channel == "letter"
    }
    assert not [one for one in letters if homes_written[one] > 1]
    assert_each_reason_is_true(found, homes)
    assert_sums_hold(funnel, found)


LATER = {None, "not_sampled", "other_message_first"}
Found = list[tuple[str, str | None, str, str | None, str | None]]


def assert_each_reason_is_true(found: Found, homes: dict[str, Home]) -> None:
    """Another candidate of the recipient, or of another person in the household, passed this step."""
    on = {(segment, topic, who) for segment, topic, who, reason, _ in found if reason in LATER}
    for segment, topic, who, reason, _ in found:
        if reason == "told_otherwise":
            assert (segment, topic, who) in on
        if reason == "household_told":
            assert (segment, topic, who) not in on
            mates = {mate for mate, home in homes.items() if home.household == homes[who].household}
            assert homes[who].household and any((segment, topic, mate) in on for mate in mates)


def assert_sums_hold(funnel: pl.DataFrame, found: Found) -> None:
    """Each step keeps the people of the step before, minus those who left. The last step has the recipients."""
    for (segment, _), steps in funnel.group_by("segment", "topic"):
        left = steps.group_by("step_number").agg(pl.first("people_left"), out=pl.sum("people_out")).sort("step_number")
        assert (left["people_left"][:-1] - left["people_left"][1:] == left["out"][1:]).all()
        assert segment in {one[0] for one in found}
    ends = funnel.filter(step="final").group_by("segment").agg(pl.sum("people_left"))
    written = Counter(segment for segment, _, _, reason, _ in found if reason is None)
    assert dict(ends.iter_rows()) == {segment: written.get(segment, 0) for segment in ends["segment"]}
