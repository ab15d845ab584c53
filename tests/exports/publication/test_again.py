"""A past night delivered again: the same bytes where nothing changed, and nobody who may not leave any more."""

from pathlib import Path

import duckdb
import pytest

from exports.contracts.contract import load_contract
from exports.delivery.deliver import Delivery, deliver
from exports.errors import DeliveryError
from exports.gate.since import begin_since, end_since
from exports.publication.ledger import compare_with_ledger, record_deliveries
from exports.publication.past_hub import prepare_again
from tests.exports.conftest import BUSINESS_DATE as DAY
from tests.exports.conftest import staged

ATTENTION, CAMPAIGNS = load_contract("attention"), load_contract("campaigns")
_REFUSED = "update work.hub.consents set state = 'withdrawn', decided_at = '2026-05-06' where person_id = '{}'"
NOBODY_LESS = (
    "select 1",
    # Who consents by now did not that night.
    "update work.hub.consents set state = 'given', decided_at = '2026-05-06' where person_id = 'PREFUSED'",
    "insert into work.hub.consents values ('PNONE', 'integration', 'given', '2026-05-06', null)",
    # One person with another who consents.
    "update work.hub.mentions set person_id = 'PA' where person_id = 'PB'",
    "insert into work.hub.mentions (mention_id, person_id) values ('new', 'PB'); delete from work.hub.interactions",
)  # fmt: skip
NOT_PB = (
    _REFUSED.format("PB"),
    "insert into work.hub.consents select person_id, purpose, 'refused', null, null from work.hub.consents "
    "where person_id = 'PB'",
    "update work.hub.persons set is_deceased = true where person_id = 'PB'",
    "update work.hub.persons set is_deceased = null where person_id = 'PB'",
    "update work.hub.persons set confidence = 0.5 where person_id = 'PB'",
    # In review, or nobody any more.
    "update work.hub.mentions set person_id = null where person_id = 'PB'",
    "delete from work.hub.mentions where person_id = 'PB'",
    # What was given has run out.
    "delete from work.hub.consents where person_id = 'PB'",
    # One person with who refused, and two of whom one did, or never gave anything.
    "update work.hub.mentions set person_id = 'PREFUSED' where person_id = 'PB'",
    "update work.hub.mentions set person_id = 'PREFUSED' where mention_id = 'PB-1'",
    "update work.hub.mentions set person_id = 'PNONE' where mention_id = 'PB-1'",
)


@pytest.fixture
def night(hub: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    return hub


def last_night(night: duckdb.DuckDBPyConnection, directory: Path, since: str) -> duckdb.DuckDBPyConnection:
    """A past night's hub to deliver again; `since` is what the last night knows since."""
    for name, change in (("that_night", ""), ("last_night", since)):
        night.execute(change)
        night.execute(f"attach '{directory / name}.duckdb' as {name}; copy from database work to {name}; detach {name}")
    night.execute("detach work")
    for name in ("that_night", "last_night"):
        night.execute(f"attach '{directory / name}.duckdb' as {name} (read_only)")
    night.execute("attach ':memory:' as work")
    prepare_again(night, DAY)
    begin_since(night, "last_night")
    end_since(night, None)
    return night


def files(delivery: Delivery) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in delivery.directory.iterdir() if path.name != "manifest.json"}


def lines(delivery: Delivery, name: str) -> list[bytes]:
    return (delivery.directory / name).read_bytes().splitlines()


@pytest.mark.parametrize("since", NOBODY_LESS)
def test_the_same_bytes_leave_again(night: duckdb.DuckDBPyConnection, tmp_path: Path, since: str) -> None:
    first = [files(deliver(night, tmp_path / "first", one, DAY, "r1")) for one in (ATTENTION, CAMPAIGNS)]
    again = last_night(night, tmp_path, since)
    assert [files(deliver(again, tmp_path / "again", one, DAY, "r2")) for one in (ATTENTION, CAMPAIGNS)] == first


@pytest.mark.parametrize("since", NOT_PB)
def test_who_may_not_leave_any_more_does_not(night: duckdb.DuckDBPyConnection, tmp_path: Path, since: str) -> None:
    first = [deliver(night, tmp_path / "first", one, DAY, "r1") for one in (ATTENTION, CAMPAIGNS)]
    again = last_night(night, tmp_path, since)
    for before, one in zip(first, (ATTENTION, CAMPAIGNS), strict=True):
        after = deliver(again, tmp_path / "again", one, DAY, "r2")
        for name in {"attention": ["attention.jsonl"], "campaigns": ["campaigns.csv"]}[one.target]:
            kept = [line for line in lines(before, name) if b'"PB"' not in line]
            assert lines(after, name) == kept and len(kept) == len(lines(before, name)) - 1


@pytest.mark.parametrize(
    ("since", "file", "gone"),
    [
        ("update work.hub.requests set is_active = false where person_id = 'PD'", "butlletins.05", b'"PD"'),
        ("delete from work.hub.requests where organisation_id = 'OX'", "butlletins.05", b'"OX"'),
        (_REFUSED.format("PD"), "butlletins.05", b'"PD"'),
        ("update work.hub.persons set is_protected = true where person_id = 'PB'", "butlletins.05", b'"PB"'),
        ("update work.hub.persons set is_deceased = true where person_id = 'PB'", "obres.a_b-c14cddc0", b'"PA"'),
        (_REFUSED.format("PA"), "escola.X", b'"PA"'),
        # An address that unsubscribed, and who answers for OX.
        (
            "insert into work.hub.campaign_events values ('unsubscribed', 'a@example.org', '2026-05-05')",
            "escola.X",
            b'"PA"',
        ),
        ("update work.hub.persons set is_protected = true where person_id = 'PLATER'", "butlletins.05", b'"OX"'),
    ],
)
def test_a_segment_tells_nobody_who_may_not_be_told_any_more(
    night: duckdb.DuckDBPyConnection, tmp_path: Path, since: str, file: str, gone: bytes
) -> None:
    name = f"audience.{file}.csv"
    before = deliver(night, tmp_path / "first", CAMPAIGNS, DAY, "r1")
    after = deliver(last_night(night, tmp_path, since), tmp_path / "again", CAMPAIGNS, DAY, "r2")
    kept = [line for line in lines(before, name) if gone not in line]
    assert lines(after, name) == kept and len(kept) == len(lines(before, name)) - 1


def test_no_contact_leaves_of_who_is_protected_since_nor_a_value_whose_agreement_ended(
    night: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    since = """update work.hub.persons set is_protected = true where person_id = 'PB';
        update work.hub.agreements set is_in_force = false where source = 'padro' and purpose = 'attend'"""
    before = deliver(night, tmp_path / "first", ATTENTION, DAY, "r1")
    after = deliver(last_night(night, tmp_path, since), tmp_path / "again", ATTENTION, DAY, "r2")
    for told, is_told in ((before, True), (after, False)):
        text = b"\n".join(lines(told, "attention.jsonl"))
        assert (b"34600000002" in text, b'"PUIG"' in text) == (is_told, is_told)
        assert b"a@example.org" in text


def test_nobody_goes_whom_the_ledger_of_that_night_does_not_tell(
    night: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    one = staged(night, tmp_path / "exports", "attention")
    record_deliveries(night, [(one.manifest, one.staged)])
    assert compare_with_ledger(night, one.manifest, one.staged, "work.hub.deliveries") == 0
    night.execute("insert into work.hub.deliveries values ('attention', 'attention', 'PX')")
    assert compare_with_ledger(night, one.manifest, one.staged, "work.hub.deliveries") == 1
    night.execute("delete from work.hub.deliveries where recipient_id = 'PB'")
    with pytest.raises(DeliveryError, match="would have 1 recipients that the original delivery did not have"):
        compare_with_ledger(night, one.manifest, one.staged, "work.hub.deliveries")


def test_a_message_is_about_no_means_of_transport_whose_agreement_ended_since(
    night: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """The message goes out as it would to anybody; what the person wrote themselves stays."""
    night.execute("""
        alter table work.hub.segment_members add column content_source varchar;
        update work.hub.segment_members set content = 'BICICLETA', content_source = 'bicing'
        where segment = 'obres' and person_id = 'PA';
        update work.hub.segment_members set content = 'METRO' where segment = 'obres' and person_id = 'PNONE';
        insert into work.hub.agreements values ('bicing', 'mobility', true), ('bicing', 'link', true)""")
    name = "audience.obres.a_b-c14cddc0.csv"
    ended = "update work.hub.agreements set is_in_force = false where source = 'bicing'"
    before = deliver(night, tmp_path / "first", CAMPAIGNS, DAY, "r1")
    after = deliver(last_night(night, tmp_path, ended), tmp_path / "again", CAMPAIGNS, DAY, "r2")
    for told, content in ((before, b"BICICLETA"), (after, b"GENERAL")):
        text = b"\n".join(lines(told, name))
        assert (content in text, b"METRO" in text, b"bicing" in text) == (True, True, False)
    assert len(lines(before, name)) == len(lines(after, name))
    assert b"BICICLETA" not in b"\n".join(lines(after, name))
