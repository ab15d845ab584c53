"""Each segment's audience: whom its file names, the funnel beside it, and who is taken out by the gate."""

import csv
from datetime import date
from pathlib import Path

import duckdb
import pytest

from exports.contracts.contract import CONTRACTS_DIR, Audiences, ContractError, load_contract, parse_contract
from exports.delivery.deliver import deliver
from exports.delivery.manifest import verify
from exports.gate.audience_rows import check_audience
from exports.gate.rows import GateError

DAY = date(2026, 5, 4)
CAMPAIGNS = load_contract("campaigns")
OBRES = "audience.obres.a_b-c14cddc0"


def rules() -> Audiences:
    assert CAMPAIGNS.audiences is not None
    return CAMPAIGNS.audiences


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def recipients(directory: Path) -> list[tuple[str, str]]:
    files = (path for path in directory.glob("audience.*.csv") if ".funnel." not in path.name)
    return sorted((row["segment"], row["recipient_id"]) for path in files for row in read(path))


EVERYBODY = [
    ("butlletins", "OX"), ("butlletins", "PB"), ("butlletins", "PD"), ("escola", "PA"), ("obres", "PA"),
    ("obres", "PNONE"),
]  # fmt: skip


def test_each_segment_and_topic_has_a_file_and_its_funnel(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    directory = deliver(hub, tmp_path, CAMPAIGNS, DAY, "r").directory
    assert recipients(directory) == EVERYBODY
    stems = ["audience.butlletins.05", "audience.enquesta.PADRO", "audience.escola.X", OBRES]
    expected = [f"{stem}{kind}" for stem in stems for kind in (".csv", ".funnel.csv")]
    assert [one.name for one in verify(directory).files] == [*expected, "campaigns.csv"]
    letter = next(row for row in read(directory / f"{OBRES}.csv") if row["channel"] == "letter")
    assert [letter[f"address_line_{line}"] for line in (1, 2, 3)] == ["NOM", "C 1", "08001 BARCELONA"]
    subscriber = next(row for row in read(directory / "audience.butlletins.05.csv") if row["recipient_id"] == "PB")
    assert (subscriber["address"], subscriber["recipient_name"]) == ("0034600000002", "'=NOM")


# A letter to the family of PMINOR, a child without known guardian.
_FAMILY = """
alter table work.hub.segment_members add column addressee varchar;
insert into work.hub.segment_members by name
select * replace ('PMINOR' as person_id, 'PMINOR' as about_person_id, 'family' as addressee)
from work.hub.segment_members where person_id = 'PNONE';
"""


@pytest.mark.parametrize(
    ("change", "leaves"),
    [
        ("select 1", True),
        ("update work.hub.segment_members set addressee = 'person' where person_id = 'PMINOR'", False),
        ("update work.hub.segment_members set addressee = null where person_id = 'PMINOR'", False),
        ("update work.hub.segment_members set channel = 'email' where person_id = 'PMINOR'", False),
        ("update work.hub.segment_members set basis = 'request' where person_id = 'PMINOR'", False),
        ("update work.hub.persons set is_protected = true where person_id = 'PMINOR'", False),
        ("update work.hub.persons set is_deceased = true where person_id = 'PMINOR'", False),
        ("update work.hub.persons set confidence = 0.9 where person_id = 'PMINOR'", False),
        ("insert into work.hub.consents values ('PMINOR', 'communications', 'refused', '2026-05-01', null)", False),
    ],
)
def test_a_family_without_known_guardian_gets_a_letter_and_nothing_else(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path, change: str, leaves: bool
) -> None:
    hub.execute(f"{_FAMILY} {change}")
    directory = deliver(hub, tmp_path, CAMPAIGNS, DAY, "r").directory
    expected = [("obres", "PMINOR")] if leaves else []
    assert sorted(set(recipients(directory)) - set(EVERYBODY)) == expected
    if leaves:
        rows = [row for row in read(directory / f"{OBRES}.csv") if row["recipient_id"] == "PMINOR"]
        assert [(row["addressee"], row["channel"]) for row in rows] == [("family", "letter")]


def test_a_file_with_a_message_to_a_child_is_withheld(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """The written file is checked by itself: here a letter to the family became one to the child."""
    hub.execute(_FAMILY)
    path = deliver(hub, tmp_path, CAMPAIGNS, DAY, "r").directory / f"{OBRES}.csv"
    assert check_audience(hub, path, rules(), DAY) == 3
    path.chmod(0o600)
    path.write_text(path.read_text().replace("family", "person"))
    with pytest.raises(GateError, match="1 of its 3 rows"):
        check_audience(hub, path, rules(), DAY)


# PA consents to surveys, and somebody who has the address unsubscribes from another message; a request is its own yes.
SURVEYED = (
    "update work.hub.segments set purpose = 'survey' where segment = 'escola'; "
    "update work.hub.consents set decided_at = '2026-04-01'; "
    "insert into work.hub.consents values ('PA', 'surveys', 'given', '2026-04-01', null); "
)
UNSUBSCRIBED = (
    "insert into work.hub.campaign_events values ('unsubscribed', 'a@example.org', '2026-05-04 10:00'),"
    " ('opened', 'd@example.org', '2026-05-04 10:00'); "
)


@pytest.mark.parametrize(
    ("mutation", "gone"),
    [
        ("delete from work.hub.consents where person_id = 'PA'", [("escola", "PA")]),
        (
            "update work.hub.consents set state = 'withdrawn' where person_id = 'PA'",
            [("escola", "PA"), ("obres", "PA")],
        ),
        ("update work.hub.consents set decided_at = null where person_id = 'PA'", [("escola", "PA"), ("obres", "PA")]),
        (
            "insert into work.hub.consents values ('PNONE', 'communications', 'withdrawn', '2026-05-01', 'OBRES')",
            [("obres", "PNONE")],
        ),
        ("insert into work.hub.consents values ('PNONE', 'communications', 'withdrawn', '2026-05-01', 'BUS')", []),
        (
            "insert into work.hub.consents values ('PD', 'communications', 'refused', '2026-04-02', 'BUTLLETI')",
            [("butlletins", "PD")],
        ),
        ("insert into work.hub.consents values ('PD', 'communications', 'refused', '2026-03-31', 'BUTLLETI')", []),
        ("update work.hub.requests set is_active = false where person_id = 'PB'", [("butlletins", "PB")]),
        ("update work.hub.requests set address = 'x@example.org' where person_id = 'PD'", [("butlletins", "PD")]),
        ("delete from work.hub.organisations", [("butlletins", "OX")]),
        # Who answers for OX.
        ("update work.hub.persons set is_protected = true where person_id = 'PLATER'", [("butlletins", "OX")]),
        ("update work.hub.persons set is_deceased = true where person_id = 'PNONE'", [("obres", "PNONE")]),
        ("update work.hub.persons set is_protected = true where person_id = 'PD'", [("butlletins", "PD")]),
        ("update work.hub.persons set is_protected = null where person_id = 'PNONE'", [("obres", "PNONE")]),
        # The child that PA is told of.
        (
            "update work.hub.persons set is_protected = true where person_id = 'PB'",
            [("butlletins", "PB"), ("obres", "PA")],
        ),
        (
            "update work.hub.persons set is_deceased = true where person_id = 'PB'",
            [("butlletins", "PB"), ("obres", "PA")],
        ),
        ("update work.hub.persons set birth_date = date '2012-05-05' where person_id = 'PB'", [("butlletins", "PB")]),
        ("update work.hub.persons set birth_date = null where person_id = 'PNONE'", [("obres", "PNONE")]),
        ("update work.hub.persons set birth_date = null, birth_year = 2011 where person_id = 'PNONE'", []),
        (
            "update work.hub.persons set birth_date = null, birth_year = 2012 where person_id = 'PNONE'",
            [("obres", "PNONE")],
        ),
        (
            "update work.hub.persons set confidence = 0.98",
            [("escola", "PA"), ("obres", "PA"), ("obres", "PNONE")],
        ),
        ("update work.hub.persons set confidence = null where person_id = 'PNONE'", [("obres", "PNONE")]),
        ("update work.hub.segments set bases = ['consent']", EVERYBODY[:3] + EVERYBODY[4:]),
        ("update work.hub.segments set purpose = 'survey'", [("escola", "PA")]),
        (SURVEYED, []),
        (SURVEYED + UNSUBSCRIBED, [("escola", "PA"), ("obres", "PA")]),
        (SURVEYED + UNSUBSCRIBED + "update work.hub.consents set decided_at = '2026-05-04 12:00'", []),
        (UNSUBSCRIBED.replace("'a@", "'d@"), []),
    ],
)
def test_what_is_taken_away_takes_its_row_and_no_other(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path, mutation: str, gone: list[tuple[str, str]]
) -> None:
    hub.execute(mutation)
    directory = deliver(hub, tmp_path, CAMPAIGNS, DAY, "r").directory
    assert recipients(directory) == [one for one in EVERYBODY if one not in gone]


@pytest.mark.parametrize(
    ("one_per", "references"), [("reference", "R1 R2"), ("reference", "R1 R1"), ("person", "R1 R2")]
)
def test_two_rows_of_a_recipient_leave_only_if_each_is_of_another_reference(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path, one_per: str, references: str
) -> None:
    first, second = references.split()
    hub.execute("update work.hub.segments set one_per = $1", [one_per])
    hub.execute("update work.hub.segment_members set reference = $1 where person_id = 'PD'", [first])
    hub.execute(
        "insert into work.hub.segment_members by name select * replace ($1 as reference)"
        " from work.hub.segment_members where person_id = 'PD'",
        [second],
    )
    directory = deliver(hub, tmp_path, CAMPAIGNS, DAY, "r").directory
    is_delivered = (directory / "audience.butlletins.05.csv").exists()
    assert is_delivered is (one_per == "reference" and first != second)


def test_a_file_that_names_somebody_who_may_not_be_told_is_withheld(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = deliver(hub, tmp_path, CAMPAIGNS, DAY, "r").directory / "audience.butlletins.05.csv"
    assert check_audience(hub, path, rules(), DAY) == 3
    hub.execute("update work.hub.persons set is_deceased = null where person_id = 'PD'")
    with pytest.raises(GateError, match="1 of its 3 rows") as caught:
        check_audience(hub, path, rules(), DAY)
    assert "PD" not in str(caught.value)


def test_whom_the_gate_holds_back_stands_in_the_funnel(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    hub.execute("delete from work.hub.organisations; update work.hub.segments set small_cell = 1")
    steps = read(deliver(hub, tmp_path, CAMPAIGNS, DAY, "r").directory / "audience.butlletins.05.funnel.csv")
    assert [(one["step"], one["people_left"], one["people_out"]) for one in steps] == [
        ("eligible", "5", "0"),
        ("alive", "3", "2"),
        ("final", "3", "0"),
        ("gate", "2", "1"),
    ]


def test_the_funnel_beside_an_audience_hides_small_counts(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    hub.execute("""
        update work.hub.segment_funnel set people_out = 11 where step_number = 1;
        update work.hub.segment_funnel set people_out = 8 where step_number = 14
        """)
    steps = read(deliver(hub, tmp_path, CAMPAIGNS, DAY, "r").directory / "audience.butlletins.05.funnel.csv")
    assert [(one["step"], one["people_left"], one["people_out"]) for one in steps] == [
        ("eligible", "10", "10"),
        ("alive", "10", ".."),
        ("final", "..", "10"),
        ("gate", "..", "0"),
    ]


def test_an_audience_of_what_may_not_leave_is_no_contract() -> None:
    text = (CONTRACTS_DIR / "campaigns.yaml").read_text(encoding="utf-8")
    for before, after, message in (
        ("segment_members.content, class: message", "segment_members.content, class: padro", "may not leave"),
        ("name: basis,", "name: why,", "basis there"),
        ("  minimum_age: 14\n  min", "  minimum_age: 13\n  min", "minimum_age"),
        ("  minimum_confidence: 0.99\n", "  minimum_confidence: 0.98\n", "minimum_confidence"),
        ("[request]", "[public_task]", "admits_unknown_age"),
    ):
        assert before in text
        with pytest.raises(ContractError, match=message):
            parse_contract(text.replace(before, after), "campaigns.yaml")
