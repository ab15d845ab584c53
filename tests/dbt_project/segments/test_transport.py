"""How people travel: what they wrote, else what a permit or a subscription shows, for works and buses alone."""

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from orchestration.benchmarks.segments import DAY
from orchestration.home.settings import DBT_PROJECT_DIR
from tests.support.made_up_segments import again, reached, rolled_back, table

MOVING = ("afectacions", "xarxa_bus")
PERMITS, BICYCLES = "staging.stg_area_verda__distintius", "staging.stg_bicing__abonaments"
# The models that may read each relation.
READERS = {
    "stg_area_verda__distintius": {"int_area_verda__mentions", "int_derived_transport"},
    "stg_bicing__abonaments": {"int_bicing__mentions", "int_derived_transport"},
    "int_derived_transport": {"int_person_transport"},
    "int_person_transport": {"segment_afectacions", "segment_xarxa_bus"},
}


@pytest.fixture
def hub(built: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with rolled_back(built) as connection:
        yield connection


def derived(hub: duckdb.DuckDBPyConnection) -> set[tuple[str, str, str]]:
    """Person, source and means of transport."""
    frame = table(hub, "intermediate.int_derived_transport")
    return set(frame.select("person_id", "source", "transport").iter_rows())


def in_force(hub: duckdb.DuckDBPyConnection) -> set[tuple[str, str, str]]:
    """The same from the sources' own rows, without doubted ones."""
    doubted = set(table(hub, "intermediate.int_person_links").filter("is_doubted")["mention_id"])
    today = pl.lit(DAY).is_between("valid_from", "valid_to") & ~pl.col("record_id").is_in(list(doubted))
    parks = table(hub, PERMITS).filter(today, pl.col("ended_on").is_null())["person_id"]
    rides = table(hub, BICYCLES).filter(today, pl.col("status_code") == "ACTIU")["person_id"]
    return {(one, "area_verda", "COTXE") for one in parks} | {(one, "bicing", "BICICLETA") for one in rides}


def contents(hub: duckdb.DuckDBPyConnection, source: str) -> pl.DataFrame:
    """The messages whose means of transport is derived from a source."""
    return table(hub, "hub.segment_members").filter(content_source=source)


def test_a_permit_and_a_subscription_in_force_show_how_somebody_travels(hub: duckdb.DuckDBPyConnection) -> None:
    assert derived(hub) == in_force(hub)
    for name, all_rows in ((PERMITS, table(hub, PERMITS)), (BICYCLES, table(hub, BICYCLES))):
        source = "area_verda" if name == PERMITS else "bicing"
        assert 0 < len({one for one in derived(hub) if one[1] == source}) < all_rows.height


def test_what_somebody_wrote_wins_over_what_is_derived(hub: duckdb.DuckDBPyConnection, built: Path) -> None:
    """They wrote it in a subscription to another service."""
    hub.execute(
        "insert into work.hub.subscriptions by name select 'MINE' || person_id as subscription_id, person_id,"
        " 'JOVENTUT' as service, 'TREBALL' as topic, 'EMAIL' as channel, 'mine' || person_id || '@example.org' as"
        f" address, 'A_PEU' as transport, date '{DAY}' as subscribed_on, true as is_active"
        " from (select distinct person_id from work.intermediate.int_derived_transport where person_id < 'P00001')"
    )
    again(hub, built)
    known = dict(table(hub, "intermediate.int_person_transport").select("person_id", "transports").rows())
    asked = {person for person, *_ in derived(hub) if person < "P00001"}
    assert asked and all(known[person] == [{"transport": "A_PEU", "source": None}] for person in asked)
    assert not set(contents(hub, "bicing")["person_id"]) & asked


def test_messages_on_works_and_buses_are_about_how_somebody_travels(hub: duckdb.DuckDBPyConnection) -> None:
    """Only if the works affect it; every other segment has nothing derived."""
    candidates = table(hub, "hub.segment_candidates").filter(pl.col("content_source").is_not_null())
    assert set(candidates["segment"]) == set(MOVING)
    found = set(candidates.select("person_id", "content_source", "content").iter_rows())
    assert {source for _, source, _ in found} == {"area_verda", "bicing"} and found <= derived(hub)
    for source in ("area_verda", "bicing"):
        assert contents(hub, source).height > 0
    affected = {"OBRES-" + code: list(names) for code, names in
                table(hub, "hub.works_zones").select("zone_code", "transports").rows()}  # fmt: skip
    works = reached(hub, "afectacions").filter(basis="public_task")
    known = dict(table(hub, "intermediate.int_person_transport").select("person_id", "transports").rows())
    for person, topic, content in works.select("person_id", "topic", "content").rows():
        names = [one["transport"] for one in known.get(person, [])]
        fitting = [name for name in names if not affected[topic] or name in affected[topic]]
        assert content == (fitting[0] if fitting else "GENERAL")


def test_the_request_itself_wins_and_an_unsure_person_lends_nothing(
    hub: duckdb.DuckDBPyConnection, built: Path
) -> None:
    hub.execute("delete from work.hub.subscriptions where service != 'BUS'")
    hub.execute("update work.hub.subscriptions set transport = if(person_id < 'P00002', 'METRO', null)")
    hub.execute(
        "insert into work.staging.stg_bicing__abonaments select 'NEW' || person_id as record_id,"
        f" date '{DAY}' as valid_from, date '{DAY}' as valid_to, 'ACTIU' as status_code, person_id"
        " from work.hub.subscriptions"
    )
    links = "insert into work.intermediate.int_person_links (person_id, mention_id, is_doubted) select person_id,"
    hub.execute(f"{links} 'NEW' || person_id, false from work.hub.subscriptions")
    again(hub, built)
    of = reached(hub, "xarxa_bus").filter(pl.col("person_id").is_not_null(), basis="request")
    assert set(of.select("content", "content_source").rows()) == {("METRO", None), ("BICICLETA", "bicing")}
    hub.execute(f"{links} subscription_id, true from work.hub.subscriptions where transport is null")
    again(hub, built)
    of = reached(hub, "xarxa_bus").filter(pl.col("person_id").is_not_null(), basis="request")
    assert set(of.select("content", "content_source").rows()) == {("METRO", None), ("GENERAL", None)}


@pytest.mark.parametrize(
    "end",
    [
        "update work.hub.agreements set is_in_force = false where source = 'bicing'",
        "delete from work.hub.agreements where source = 'bicing'",
        "update work.hub.agreements set purpose = 'communicate' where source = 'bicing'",
    ],
    ids=["ended", "without an agreement", "for something else"],
)
def test_without_its_agreement_a_source_says_nothing_of_how_people_travel(
    hub: duckdb.DuckDBPyConnection, built: Path, end: str
) -> None:
    before = table(hub, "hub.segment_members")
    hub.execute(end)
    again(hub, built)
    assert {source for _, source, _ in derived(hub)} == {"area_verda"}
    after = table(hub, "hub.segment_members")
    # The same messages, about the person's car or in general.
    assert set(after["message_id"]) == set(before["message_id"]) and contents(hub, "bicing").is_empty()
    assert after.filter(pl.col("content_source").is_not_null()).height >= contents(hub, "area_verda").height > 0


def test_only_messages_on_works_and_buses_read_it() -> None:
    reference = re.compile(r"ref\('(\w+)'\)")
    read: dict[str, set[str]] = {name: set() for name in READERS}
    for path in (DBT_PROJECT_DIR / "models").rglob("*.sql"):
        for name in set(reference.findall(path.read_text(encoding="utf-8"))) & read.keys():
            read[name].add(path.stem)
    assert read == READERS
