"""Companies and entities by the shipped model: what is one, what is two, and what ids they get."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from matching.model.model_file import SHIPPED, promoted_model
from matching.night import identify, link_mentions
from matching.parties import ORGANISATION
from matching.registry.decisions import Judgement, Verdict
from matching.registry.registry import Registry

COLUMNS = "mention_id, source, is_register, nif, is_nif_valid, legal_name, legal_form, street, street_number, postcode"
DOOR = ("BALMES", "12", "08007")
ELSEWHERE = ("SANTS", "200", "08028")
REGISTERED = ("R", "contribuents", True, "A12345674", True, "FUSTES PUJOL", "SA", *DOOR)


@pytest.fixture
def work() -> Iterator[duckdb.DuckDBPyConnection]:
    """A city of a few hundred other companies, so that weights mean what they mean in one."""
    with duckdb.connect(":memory:") as connection:
        connection.execute("attach ':memory:' as work; create schema work.intermediate; create schema work.linkage")
        connection.execute(
            """
            create table work.intermediate.int_organisation_mentions as
            select 'X' || i as mention_id, 'contribuents' as source, 'X' || i as source_key, true as is_register,
                timestamp '2026-05-04' as observed_at, 'B' || (20000000 + i * 97) as nif, true as is_nif_valid,
                'TALLERS ' || md5(i::varchar) as legal_name, 'SL' as legal_form, 'CARRER ' || i % 50 as street,
                (i % 90)::varchar as street_number, '08001' as postcode, null::varchar as email, null::varchar as phone
            from range(600) as others(i)
            """
        )
        yield connection


def together(work: duckdb.DuckDBPyConnection, *mentions: tuple[object, ...]) -> list[set[str]]:
    """The mentions put in, as they were clustered."""
    for mention in mentions:
        marks = ", ".join("?" for _ in mention)
        work.execute(
            f"insert into work.intermediate.int_organisation_mentions by name select *, mention_id as source_key, "
            f"timestamp '2026-05-04' as observed_at from (values ({marks})) as told({COLUMNS})",
            mention,
        )
    link_mentions(work, ORGANISATION, promoted_model(SHIPPED / "organisation"))
    rows = work.execute(
        "select list(mention_id) from work.linkage.organisation_clusters where mention_id not like 'X%'"
        " group by cluster_id order by min(mention_id)"
    ).fetchall()
    return [set(row[0]) for row in rows]


@pytest.mark.parametrize(
    ("told", "is_one"),
    [
        (("A12345674", True, "FUSTES PUJOL", None, *ELSEWHERE), True),  # the number, wherever it writes from
        (("B12345674", True, "FUSTES PUJOL", "SL", *DOOR), True),  # an SL that became an SA
        ((None, False, "FUSTES PUJOL", "SA", *DOOR), True),  # one name at one door
        (("A12345647", False, "FUSTES PUJOL", "SA", *DOOR), True),  # two digits exchanged
        (("A87654324", True, "FUSTES PUJOL", "SA", *DOOR), False),  # another number that checks
        (("B12345674", True, "BAR MANOLO", "SL", *ELSEWHERE), False),  # the same body under another letter
        (("A12345674", True, "BAR MANOLO", "SL", *ELSEWHERE), False),  # somebody else's number
        ((None, False, "FUSTES PUJOL", None, *ELSEWHERE), False),  # a namesake
        ((None, False, "ASSESSORIA VIDAL", None, *DOOR), False),  # a neighbour
    ],
)
def test_what_is_one_organisation(work: duckdb.DuckDBPyConnection, told: tuple[object, ...], is_one: bool) -> None:
    found = together(work, REGISTERED, ("T", "iris", False, *told))
    assert found == ([{"R", "T"}] if is_one else [{"R"}, {"T"}])


def test_a_card_without_number_does_not_join_two_companies(work: duckdb.DuckDBPyConnection) -> None:
    other = ("S", "contribuents", True, "A87654324", True, "FUSTES PUJOL", "SA", *DOOR)
    found = together(work, REGISTERED, other, ("T", "iris", False, None, False, "FUSTES PUJOL", "SA", *DOOR))
    assert not any({"R", "S"} <= cluster for cluster in found)


def test_somebody_elses_valid_number_goes_to_review(work: duckdb.DuckDBPyConnection) -> None:
    together(work, REGISTERED, ("T", "iris", False, "A12345674", True, "BAR MANOLO", "SL", *ELSEWHERE))
    kinds = "select kind, mention_ids from work.linkage.organisation_conflicts order by kind"
    assert work.execute(kinds).fetchall() == [("document_contradicted", ["R", "T"]), ("document_shared", ["R", "T"])]
    reviewed = "select mention_id from work.linkage.organisation_clusters where is_in_review"
    assert work.execute(reviewed).fetchall() == [("T",)]


@pytest.mark.parametrize(("verdict", "is_one"), [("same", True), ("different", False)])
def test_a_steward_decides(work: duckdb.DuckDBPyConnection, verdict: Verdict, is_one: bool) -> None:
    number = None if verdict == "same" else "A12345674"
    together(work, REGISTERED, ("T", "iris", False, number, bool(number), "FUSTES PUJOL", "SA", *ELSEWHERE))
    decision = Judgement("1", verdict, "R", "T", "steward", "seen", "2026-05-04T09:00:00+00:00")
    link_mentions(work, ORGANISATION, promoted_model(SHIPPED / "organisation"), [decision])
    clusters = (
        "select count(distinct cluster_id) from work.linkage.organisation_clusters where mention_id in ('R', 'T')"
    )
    assert work.execute(clusters).fetchall() == [(1 if is_one else 2,)]


def test_organisations_have_ids_of_their_own(work: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    together(work, REGISTERED)
    pending = identify(work, Registry(tmp_path), date(2026, 5, 4), [ORGANISATION])
    assert (pending.persons, pending.events) == (601, 601)
    ids = work.execute("select distinct left(organisation_id, 1) from work.linkage.organisation_links").fetchall()
    assert ids == [("O",)]
