"""What the text of a message needs of its recipient: from the marts, and only while the Padró's agreement allows it."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from orchestration.benchmarks.segments import DAY
from tests.support.made_up_segments import again, rolled_back, table


@pytest.fixture
def hub(built: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with rolled_back(built) as connection:
        yield connection


def kind(size: int, minors: int) -> str:
    if minors >= 3:
        return "NOMBROSA"
    if minors and size - minors == 1:
        return "MONOPARENTAL"
    return "AMB_INFANTS" if minors else "SENSE_INFANTS"


def test_each_recipient_has_the_variables_of_their_own_home_and_notice(hub: duckdb.DuckDBPyConnection) -> None:
    members = table(hub, "hub.segment_members")
    people = table(hub, "hub.persons")
    homes = people.filter("is_resident").group_by("household_id").agg(
        size=pl.len(), minors=pl.col("is_minor").fill_null(False).sum()
    )  # fmt: skip
    known = members.join(people.select("person_id", "household_id"), on="person_id").join(homes, on="household_id")
    found = known.select("family_size", "family_kind", "size", "minors").unique().rows()
    assert len({family for _, family, *_ in found}) > 2
    assert all((size, family) == (of, kind(of, minors)) for size, family, of, minors in found)
    born = dict(people.select("person_id", "birth_date").rows())
    babies = members.filter(segment="benvingut_nado").select("about_person_id", "about_age").rows()
    assert babies and {age for _, age in babies} == {0} and all((DAY - born[one]).days < 365 for one, _ in babies)
    titles = members.filter(pl.col("title").is_not_null())
    assert set(titles["segment"]) == {"afectacions", "butlletins", "participacio", "xarxa_bus"}
    for topic, language, title, link in titles.select("topic", "language", "title", "link").rows():
        known = [language] if language in ("ca", "es") else ["ca", "es"]
        assert title == " / ".join(f"{topic} {one}" for one in known) and link.endswith(topic.lower())


def test_without_the_agreement_of_the_padro_nothing_of_the_home_is_delivered(
    hub: duckdb.DuckDBPyConnection, built: Path
) -> None:
    before = table(hub, "hub.segment_members")
    hub.execute("update work.hub.agreements set is_in_force = false where source = 'padro'")
    again(hub, built, ("segment_members",))
    after = table(hub, "hub.segment_members")
    assert after.height == before.height and before["family_size"].null_count() < before.height
    for name in ("family_size", "family_kind", "about_age"):
        assert after[name].null_count() == after.height
