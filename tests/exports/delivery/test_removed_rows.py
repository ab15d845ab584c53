"""Of each row that a receiver has, whether it has to be removed: by what bears it tonight, row by row."""

import csv
from pathlib import Path

import duckdb
import pytest

from exports.contracts.contract import load_contract
from exports.delivery.audiences import _rows_sql, missing_columns
from exports.delivery.deliver import ask_gate
from exports.delivery.removals import begin_superseded, write_removals
from tests.exports.conftest import BUSINESS_DATE

# What the night before delivered, and why. PLATER stood in what another target has.
_LAST = """
create temp table superseded (target varchar, file varchar, recipient_id varchar);
create temp table last_delivered (
    target varchar, file varchar, recipient_id varchar, basis varchar, request_id varchar, about_person_id varchar
);
insert into last_delivered values
    ('attention', 'attention', 'PA', null, null, null), ('attention', 'attention', 'PB', null, null, null),
    ('campaigns', 'campaigns', 'PA', null, null, null), ('campaigns', 'campaigns', 'PB', null, null, null),
    ('campaigns', 'audience.butlletins.05', 'PB', 'request', 'RB', null),
    ('campaigns', 'audience.butlletins.05', 'PD', 'request', 'RD', null),
    ('campaigns', 'audience.butlletins.05', 'OX', 'request', 'RX', null),
    ('campaigns', 'audience.obres.a_b-c14cddc0', 'PNONE', 'public_task', null, null),
    ('campaigns', 'audience.obres.a_b-c14cddc0', 'PA', 'public_task', null, 'PB'),
    ('campaigns', 'audience.escola.X', 'PA', 'consent', null, null),
    ('other', 'other', 'PLATER', null, null, null),
    ('other', 'audience.butlletins.05', 'PLATER', 'request', 'RL', null);
"""
_BUTLLETINS, _OBRES = "audience.butlletins.05", "audience.obres.a_b-c14cddc0"
_REFUSED = "update work.hub.consents set state = 'withdrawn' where person_id = '{}'"
_ENDED = "update work.hub.requests set is_active = false where request_id = '{}'"
_REQUEST = "insert into work.hub.requests values ({})"


def removed(
    hub: duckdb.DuckDBPyConnection, directory: Path, target: str, change: str, *withheld: str
) -> list[tuple[str, str]]:
    """Change the hub and withhold some files; return a target's removals."""
    hub.execute(_LAST + change)
    hub.execute("alter table last_delivered add column if not exists address varchar")
    contract = load_contract(target)
    ask_gate(hub, contract, BUSINESS_DATE)
    if contract.audiences:
        hub.execute(_rows_sql(contract.audiences, BUSINESS_DATE, missing_columns(hub, contract.audiences)))
    write_removals(hub, contract, BUSINESS_DATE, directory, withheld)
    with (directory / "removals.csv").open(encoding="utf-8", newline="") as lines:
        return [(row["recipient_id"], row["file"]) for row in csv.DictReader(lines)]


@pytest.mark.parametrize(
    ("target", "change", "withheld", "expected"),
    [
        ("attention", "select 1", (), []),
        ("attention", "select 1", ("attention",), []),
        ("attention", _REFUSED.format("PA"), (), [("PA", "attention")]),
        ("campaigns", _REFUSED.format("PB"), (), [("PB", _BUTLLETINS), ("PB", "campaigns")]),
        # A card without contact takes the place of the one that shows it, unless none is delivered.
        ("attention", "update work.hub.persons set is_protected = true where person_id = 'PB'", (), []),
        *(
            (
                "attention", f"update work.hub.persons set is_protected = {state} where person_id = 'PB'",
                ("attention",), [("PB", "attention")],
            )
            for state in ("true", "null")
        ),
        # Whom revisions have shown no more, beside who is listed anyway.
        (
            "attention",
            _REFUSED.format("PA") + "; insert into superseded values ('attention', 'attention', 'PC'),"
            " ('attention', 'attention', 'PA'), ('campaigns', 'campaigns', 'PD')",
            (),
            [("PA", "attention"), ("PC", "attention")],
        ),
        (
            "campaigns",
            "insert into superseded values ('attention', 'attention', 'PC'), ('campaigns', 'campaigns', 'PD')",
            (),
            [("PD", "campaigns")],
        ),
    ],
)  # fmt: skip
def test_of_a_targets_own_file(
    hub: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    target: str,
    change: str,
    withheld: tuple[str, ...],
    expected: list[tuple[str, str]],
) -> None:
    assert removed(hub, tmp_path, target, change, *withheld) == expected


_NO_MEMBER = "delete from work.hub.segment_members where coalesce(person_id, organisation_id) = '{}'"
_PB_WAS_NEAR = f"insert into last_delivered values ('campaigns', '{_OBRES}', 'PB', 'request', 'RO', null)"
_PB_IS_NEAR = _REQUEST.format("'RO', 'PB', null, 'obres', 'a/b', 'b@example.org', '2026-04-01', true")
_PB_IS_NEAR_TONIGHT = """
insert into work.hub.segment_members by name
select members.* replace ('PB' as person_id) from work.hub.segment_members as members where person_id = 'PNONE'"""
_CHILD = "update work.hub.persons set {} where person_id = 'PCHILD'"
# PA is told of a child of theirs that is in no other table.
_OF_CHILD = f"""
insert into work.hub.persons by name
select persons.* replace ('PCHILD' as person_id) from work.hub.persons where person_id = 'PMINOR';
update last_delivered set about_person_id = 'PCHILD' where file = '{_OBRES}' and recipient_id = 'PA';
delete from work.hub.segment_members where about_person_id = 'PB';
delete from work.hub.segment_candidates where about_person_id = 'PB';
"""
_HIDDEN = "update work.hub.segment_candidates set reason_out = 'protected' where {};"


@pytest.mark.parametrize(
    ("change", "withheld", "expected"),
    [
        ("select 1", (), []),
        ("select 1", ("audience.butlletins", "audience.obres"), []),
        # A letter to the family of a child: the child is of no age to get one itself.
        (
            f"insert into last_delivered values ('campaigns', '{_OBRES}', 'PMINOR', 'public_task', null, 'PMINOR')",
            (),
            [],
        ),
        (
            f"insert into last_delivered values ('campaigns', '{_OBRES}', 'PMINOR', 'public_task', null, null)",
            (),
            [("PMINOR", _OBRES)],
        ),
        # What rested on a request is judged by that one alone: not by a public task, nor by another request.
        (f"{_PB_WAS_NEAR}; {_PB_IS_NEAR}", (), []),
        (_PB_WAS_NEAR, (), [("PB", _OBRES)]),
        (f"{_PB_WAS_NEAR}; {_PB_IS_NEAR}; {_ENDED.format('RO')}", (), [("PB", _OBRES)]),
        (
            f"{_ENDED.format('RB')}; {_NO_MEMBER.format('PB')};"
            + _REQUEST.format("'RB2', 'PB', null, 'butlletins', '05', '+34600000002', '2026-04-01', true"),
            (),
            [("PB", _BUTLLETINS)],
        ),
        # The request has another topic by now, or another address.
        (
            "update work.hub.requests set topic = '06' where request_id = 'RB';" + _NO_MEMBER.format("PB"),
            (),
            [("PB", _BUTLLETINS)],
        ),
        *(
            (
                f"alter table last_delivered add column address varchar; {_NO_MEMBER.format('PB')};"
                f"update last_delivered set address = '{address}' where request_id = 'RB'",
                (),
                [("PB", _BUTLLETINS)] * is_listed,
            )
            for address, is_listed in (("+34600000002", False), ("b.old@example.org", True))
        ),
        # What tonight's file bears stands in it, if there is one tonight.
        *(
            (
                f"{_ENDED.format('RB')};"
                + _REQUEST.format("'RB2', 'PB', null, 'butlletins', '05', '+34600000002', '2026-04-01', true"),
                withheld,
                [("PB", _BUTLLETINS)] * is_listed,
            )
            for withheld, is_listed in (
                ((), False), (("audience.obres",), False), (("audience.butlletins",), True), ((_BUTLLETINS,), True)
            )
        ),
        *(
            (f"{_PB_WAS_NEAR}; {_PB_IS_NEAR_TONIGHT}", withheld, [("PB", _OBRES)] * bool(withheld))
            for withheld in ((), (_OBRES,))
        ),
        # Any other by each basis, a request of the same topic among them.
        (_REFUSED.format("PA"), (), [("PA", "audience.escola.X"), ("PA", _OBRES), ("PA", "campaigns")]),
        (
            "insert into work.hub.consents values"
            " ('PNONE', 'communications', 'refused', '2026-05-01', null);"
            + _REQUEST.format("'RN', 'PNONE', null, 'obres', 'a/b', 'n@example.org', '2026-05-02', true"),
            (),
            [],
        ),
        (
            "insert into work.hub.consents values"
            " ('PNONE', 'communications', 'refused', '2026-05-01', null);"
            + _REQUEST.format("'RN', 'PNONE', null, 'obres', 'c', 'n@example.org', '2026-05-02', true"),
            (),
            [("PNONE", _OBRES)],
        ),
        # On what it rested is hidden.
        (f"update last_delivered set basis = null, request_id = null where file = '{_BUTLLETINS}'", (), []),
        (
            f"update last_delivered set basis = null, request_id = null where file = '{_BUTLLETINS}';"
            f"{_ENDED.format('RX')}; {_ENDED.format('RB')}",
            (),
            [("OX", _BUTLLETINS), ("PB", _BUTLLETINS)],
        ),
        # Of a child, however little is known of it tonight.
        (_OF_CHILD, (), []),
        *(
            (_OF_CHILD + _CHILD.format(change), (), [("PA", _OBRES)])
            for change in (
                "is_deceased = true", "is_deceased = null", "is_protected = true", "is_protected = null",
                "person_id = 'PGONE'",
            )
        ),
        (_HIDDEN.format("about_person_id = 'PB'"), (), [("PA", _OBRES)]),
        # One of two children is hidden; what the receiver has is about the other.
        (
            _OF_CHILD + "insert into work.hub.segment_candidates values"
            " ('obres', 'a/b', 'PA', null, 'PB', 'public_task', null, null, 'protected'),"
            " ('obres', 'a/b', 'PA', null, 'PCHILD', 'public_task', null, null, null)",
            (),
            [],
        ),
        # Tonight they left the funnel for something else; of themselves the gate judges.
        (
            "update work.hub.segment_candidates set reason_out = 'told lately' where about_person_id = 'PB'",
            (),
            [],
        ),
        (_HIDDEN.format("person_id = 'PNONE'"), (), []),
    ],
)  # fmt: skip
def test_of_an_audience(
    hub: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    change: str,
    withheld: tuple[str, ...],
    expected: list[tuple[str, str]],
) -> None:
    assert removed(hub, tmp_path, "campaigns", change, *withheld) == expected


def test_the_same_night_run_again_begins_with_whom_of_the_protected_it_listed(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    for target, night, person in (
        ("attention", BUSINESS_DATE, "PB"), ("campaigns", BUSINESS_DATE, "PA"), ("campaigns", "2026-05-03", "PC")
    ):  # fmt: skip
        (tmp_path / target / str(night)).mkdir(parents=True)
        (tmp_path / target / str(night) / "removals.csv").write_text(f'"recipient_id","file"\n"{person}","{target}"\n')
    hub.execute("update work.hub.persons set is_protected = person_id in ('PB', 'PC')")
    begin_superseded(hub, tmp_path, BUSINESS_DATE, "select person_id from work.hub.persons where is_protected")
    assert hub.execute("from superseded").fetchall() == [("attention", "attention", "PB")]
