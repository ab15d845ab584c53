"""Which extracts no night has read yet: late ones of an earlier date, too, and of a register only what came since."""

from datetime import date
from pathlib import Path

from sources.contracts.catalogue import load_contracts
from sources.loading.hearing import spans_of, unheard_extracts
from sources.parsing.raw_files import DATA, partition_dir


def may(*days: int) -> tuple[date, ...]:
    return tuple(date(2026, 5, day) for day in days)


def test_days_without_a_gap_are_one_span() -> None:
    assert spans_of(may(4, 3, 6, 3)) == [may(3, 4), may(6, 6)]
    assert spans_of(()) == []


def test_what_no_night_has_read_is_found_whenever_it_came(tmp_path: Path) -> None:
    for contract in load_contracts():
        for day in may(3, 4, 5, 6):
            directory = partition_dir(tmp_path, "raw", contract, day)
            directory.mkdir(parents=True)
            (directory / DATA).touch()
    known = {
        # The extract of the 3rd has come late, when the nights of the 4th and 5th had run.
        "atencions": [may(4, 5)],
        "campanyes": [may(3, 4), may(5, 6)],
        # The last register says all that the ones before it said.
        "padro": [may(5, 5)],
        "proteccions": [may(6, 6)],
    }
    found = unheard_extracts(tmp_path, known)
    assert found == {
        "padro": may(6), "padro_variacions": may(3, 4, 5, 6), "atencions": may(3, 6),
        "consentiments": may(3, 4, 5, 6), "subscripcions": may(3, 4, 5, 6),
    }  # fmt: skip
