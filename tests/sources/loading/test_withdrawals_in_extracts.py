"""Withdrawals whose clock can't be right, or of which nobody can be read: what is refused, and said of it."""

import json
from datetime import date
from pathlib import Path

import pytest

from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import Contract
from sources.landing.land import land
from sources.loading.raw_tables import LoadedSource, load_raw
from sources.parsing.parse import ParseResult, parse
from sources.quarantine.look_ups import LookUp, look_up, overview
from tests.support.extracts import DAY, Deliver, rows, work

CONSENTS = {contract.source: contract for contract in load_contracts()}["consentiments"]
NEXT_DAY = date(2026, 5, 5)
MAY = "2026-05-01T10:00:00"
Row = dict[str, object]


def decision(key: str, state: str = "RETIRAT", **told: object) -> Row:
    row: Row = {"id": key, "data_hora": "2026-05-04T10:00:00", "origen": "WEB", "finalitat": "COMUNICACIONS"}
    return row | {"estat": state, "atorgant": "TITULAR", "versio_text": "2026-1-ca", "email": "ada@example.org"} | told


def parsed(home: Path, deliver: Deliver, *told: Row, day: date = DAY) -> ParseResult:
    content = b"".join(json.dumps(one).encode() + b"\n" for one in told)
    deliver("consentiments", f"consentiments_{day:%Y%m%d}.jsonl", content)
    land(home, CONSENTS, day)
    (result,) = parse(home, CONSENTS, day)
    return result


def loaded(home: Path, day: date = DAY, contract: Contract = CONSENTS) -> LoadedSource:
    with work() as connection:
        return load_raw(connection, home, contract, day)


@pytest.mark.parametrize(
    ("clock", "reason"),
    [
        ("1970-01-01T00:00:00", "before_the_source:data_hora"),
        ("1999-12-31T23:59:59", "before_the_source:data_hora"),
        ("2018-05-24T23:59:59", "before_the_source:data_hora"),
    ],
)
def test_a_moment_before_the_source_existed_is_refused_and_rejects_no_extract(
    tmp_path: Path, deliver: Deliver, clock: str, reason: str
) -> None:
    """Though it is all that the extract tells: its no is heard, so that nothing is lost."""
    result = parsed(tmp_path, deliver, decision("N1", data_hora=clock), decision("N2", data_hora=clock))
    assert (result.rejected, result.reasons) == (None, {reason: 2})
    with work() as connection:
        load_raw(connection, tmp_path, CONSENTS, DAY)
        kept = connection.execute(f"select id, _reason from work.raw.{CONSENTS.relation}_quarantined order by 1")
        assert kept.fetchall() == [("N1", reason), ("N2", reason)]


def test_a_moment_further_from_its_extract_than_the_contract_allows_is_refused(
    tmp_path: Path, atencions: Contract, deliver: Deliver
) -> None:
    told: Row = {"canal": "010", "motiu": "INFO", "resultat": "RESOLT", "consentiment_comunicacions": "N"}
    lines = [told | {"id": f"A{year}", "data_hora": f"{year}-05-04T10:00:00"} for year in (2020, 2023, 2026)]
    deliver("atencions", "atencions_20260504.jsonl", b"".join(json.dumps(one).encode() + b"\n" for one in lines))
    land(tmp_path, atencions, DAY)
    (result,) = parse(tmp_path, atencions, DAY)
    assert (result.rejected, result.reasons) == (None, {"told_too_late:data_hora": 1})


def test_a_yes_with_such_a_clock_is_lost_and_counts_against_the_bound(tmp_path: Path, deliver: Deliver) -> None:
    result = parsed(tmp_path, deliver, decision("Y", "DONAT", data_hora="1970-01-01T00:00:00"), decision("N"))
    assert "before_the_source:data_hora 1" in str(result.rejected)


def test_which_extract_first_told_a_decision_is_known(tmp_path: Path, deliver: Deliver) -> None:
    """Of each key that several tell, from the last change of its word on."""
    days = [date(2026, 5, number) for number in (1, 2, 3, 4)]
    words = {
        "same": ["RETIRAT"] * 4,
        "changed": ["DONAT", "RETIRAT", "RETIRAT", "RETIRAT"],
        "back": ["DONAT", "RETIRAT", "DONAT", "DONAT"],
    }
    for place, day in enumerate(days):
        told = [
            decision(key, states[place], idioma=["ca", "es"][place % 2], data_hora=MAY) for key, states in words.items()
        ]
        parsed(tmp_path, deliver, *told, *([decision("once", data_hora=MAY)] if place == 2 else []), day=day)
    with work() as connection:
        load_raw(connection, tmp_path, CONSENTS, DAY)
        first = connection.execute(
            f"select _source_key, day(_extract_date) from work.raw.{CONSENTS.relation}_first_told order by 1"
        ).fetchall()
    assert first == [("back", 3), ("changed", 2), ("same", 1)]


def test_a_good_row_of_which_nobody_can_be_read_is_counted_and_listed(tmp_path: Path, deliver: Deliver) -> None:
    """It counts; of a withdrawal each night says so, until a later extract tells it anew."""
    told = [
        decision("named", email="no en té", nom="Ada"),
        decision("by telephone", email="no en té", telefon="600210457"),
        decision("says nothing", email=None),
        decision("yes", "DONAT", email="ada@localhost"),
        decision("no", email=None, telefon="010"),
        decision("no document", email=None, document="X-1"),
    ]
    result = parsed(tmp_path, deliver, *told)
    assert (result.rejected, result.rows_loaded) == (None, 6)
    assert result.notices == {"unreadable": 1, "withdrawal_unreadable": 2}
    (warning,) = result.warnings
    assert "1 unreadable, 2 withdrawal_unreadable" in warning and "010" not in warning
    assert len(rows(tmp_path, "raw", "consentiments", "esdeveniments")) == 6
    (extract,) = overview(tmp_path, CONSENTS, DAY)
    assert [(one.reason, one.rows, one.released) for one in extract.reasons] == [
        ("unreadable", 1, 1),
        ("withdrawal_unreadable", 2, 2),
    ]
    shown = look_up(tmp_path, CONSENTS, LookUp(DAY, "withdrawal_unreadable", 20, "who", "why"))
    assert [(row.line_number, json.loads(row.original_line)["id"]) for row in shown] == [(5, "no"), (6, "no document")]
    assert any("WITHDRAWALS OF NOBODY: 2" in one for one in loaded(tmp_path).warnings)
    parsed(tmp_path, deliver, decision("no"), decision("no document"), day=NEXT_DAY)
    assert not any("WITHDRAWALS" in one for one in loaded(tmp_path, NEXT_DAY).warnings)


def refused(home: Path, day: date) -> list[tuple[str, str]]:
    with work() as connection:
        load_raw(connection, home, CONSENTS, day)
        return connection.execute(
            f"select id, _reason from work.raw.{CONSENTS.relation}_quarantined order by 1"
        ).fetchall()


def test_an_extract_that_is_rejected_takes_no_consent_and_its_withdrawals_count_until_it_is_corrected(
    tmp_path: Path, deliver: Deliver
) -> None:
    good, bad = [decision("N1"), decision("Y1", "DONAT")], [decision("B1", origen="?"), decision("B2", origen="?")]
    result = parsed(tmp_path, deliver, *good, *bad)
    assert result.rejected and loaded(tmp_path).rows == 0
    whole = [("N1", "rejected_extract"), ("Y1", "rejected_extract")]
    assert refused(tmp_path, DAY) == [("B1", "unknown_code:origen"), ("B2", "unknown_code:origen"), *whole]
    kept = look_up(tmp_path, CONSENTS, LookUp(DAY, "rejected_extract", 9, "Ona Puig", "test"))
    assert [line.original_line for line in kept] == [json.dumps(one) for one in good]
    # What lands later of the same keys is the last word.
    parsed(tmp_path, deliver, decision("N1"), day=NEXT_DAY)
    assert "N1" not in dict(refused(tmp_path, NEXT_DAY))
    assert parsed(tmp_path, deliver, *good).rejected is None
    assert refused(tmp_path, DAY) == []
