"""Quarantined rows and decisions that can't be read, and look-ups that are on record first."""

import shutil
from pathlib import Path

import pytest

from sources.base.errors import ExtractDamaged
from sources.base.journal import RegistryError
from sources.contracts.contract import Contract
from sources.loading.raw_tables import load_raw
from sources.quarantine.look_ups import LookUp, look_up, overview
from sources.quarantine.releases import release
from sources.quarantine.rows import Choice
from tests.sources.quarantine.conftest import GOOD, PERSON, SAID, arrive, load, written
from tests.support.extracts import ATENCIONS_FILE, DAY, Deliver, attention, attentions_file, work


def test_refused_rows_that_can_not_be_read_are_named(tmp_path: Path, atencions: Contract, deliver: Deliver) -> None:
    deliver("atencions", ATENCIONS_FILE, attentions_file(*GOOD, attention("B1", idioma="fr")))
    arrive(tmp_path, atencions)
    path = tmp_path / "quarantine" / "atencions" / "atencions" / f"extract_date={DAY}" / "data.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    for read in (
        lambda: release(tmp_path, atencions, DAY, Choice((61,)), SAID),
        lambda: look_up(tmp_path, atencions, LookUp(DAY, None, 1, "A. Enginyera", "ticket 12")),
        lambda: overview(tmp_path, atencions, DAY),
    ):
        with pytest.raises(ExtractDamaged, match=r"data.parquet is damaged: remove .*raw.*; the next night parses"):
            read()


@pytest.mark.parametrize("area", ["raw", "quarantine"])
def test_an_extract_whose_rows_are_lost_in_part_is_parsed_again(
    tmp_path: Path, atencions: Contract, deliver: Deliver, area: str
) -> None:
    """Quarantined rows may withdraw consents, so removing the damaged directory must lose none of them."""
    deliver("atencions", ATENCIONS_FILE, attentions_file(*GOOD, attention("B1", idioma="fr")))
    arrive(tmp_path, atencions)
    path = tmp_path / area / "atencions" / "atencions" / f"extract_date={DAY}" / "data.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with work() as connection, pytest.raises(ExtractDamaged, match="is damaged: remove its directory, and the next"):
        load_raw(connection, tmp_path, atencions, DAY)
    shutil.rmtree(path.parent)
    arrive(tmp_path, atencions)
    assert path.read_bytes() == whole
    assert load(tmp_path, atencions)[0].rows_beside == {"atencions__atencions_quarantined": 1}


def test_the_rows_of_a_rejected_extract_that_are_lost_are_read_anew(
    tmp_path: Path, atencions: Contract, deliver: Deliver
) -> None:
    deliver("atencions", ATENCIONS_FILE, attentions_file(attention("B1", idioma="fr", nom=PERSON)))
    arrive(tmp_path, atencions)
    path = tmp_path / "quarantine" / "atencions" / "atencions" / f"extract_date={DAY}" / "data.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with work() as connection, pytest.raises(ExtractDamaged, match="is damaged: remove its directory, and the next"):
        load_raw(connection, tmp_path, atencions, DAY)
    shutil.rmtree(path.parent)
    arrive(tmp_path, atencions)
    assert path.read_bytes() == whole
    assert [str(one.rejected)[:9] for one in overview(tmp_path, atencions, DAY)] == ["atencions"]


@pytest.mark.parametrize(
    "damage",
    [
        b"no JSON\n",
        b"[]\n",
        b'{"source": "atencions", "entity": "atencions"}\n',
        b'{"source": "atencions", "entity": "atencions", "counts_from": "2026-05-04", "extract_date": "2026-05-04",'
        b' "line_numbers": [1, 2], "sha256": ["a"], "verdict": "released"}\n',
        b'{"source": "atencions", "entity": "atencions", "counts_from": "2026-05-04", "extract_date": "2026-05-04",'
        b' "line_numbers": [1], "sha256": ["a"], "verdict": "perhaps"}\n',
    ],
)
def test_a_damaged_journal_stops_the_night_by_name(
    tmp_path: Path, atencions: Contract, deliver: Deliver, damage: bytes
) -> None:
    deliver("atencions", ATENCIONS_FILE, attentions_file(*GOOD, attention("B1", idioma="fr")))
    arrive(tmp_path, atencions)
    release(tmp_path, atencions, DAY, Choice((61,)), SAID)
    path = tmp_path / "registry" / "journal" / "quarantine.jsonl"
    path.write_bytes(path.read_bytes() + damage)
    with work() as connection, pytest.raises(RegistryError, match=r"quarantine.jsonl.* is damaged: restore the file"):
        load_raw(connection, tmp_path, atencions, DAY)


def test_a_look_up_is_on_disk_before_anything_is_seen(tmp_path: Path, atencions: Contract, deliver: Deliver) -> None:
    told = [attention("B1", idioma="fr", nom=PERSON), attention("B2", idioma="fr"), attention("B3", canal="FAX")]
    deliver("atencions", ATENCIONS_FILE, attentions_file(*GOOD, *told))
    arrive(tmp_path, atencions)
    seen = look_up(tmp_path, atencions, LookUp(DAY, "unknown_code:idioma", 1, "A. Enginyera", "ticket 12"))
    assert [(row.line_number, row.reason, PERSON in row.original_line) for row in seen] == [
        (61, "unknown_code:idioma", True)
    ]
    (entry,) = written(tmp_path, "quarantine_look_ups")
    assert entry | {"asked_at": ""} == {
        "who": "A. Enginyera", "why": "ticket 12", "asked_at": "", "source": "atencions", "entity": "atencions",
        "extract_date": "2026-05-04", "reason": "unknown_code:idioma", "rows": 1,
    }  # fmt: skip
    (tmp_path / "registry" / "journal").rename(tmp_path / "kept")
    (tmp_path / "registry" / "journal").write_text("a file where a directory should be")
    with pytest.raises(OSError, match="journal"):
        look_up(tmp_path, atencions, LookUp(DAY, None, 1, "A. Enginyera", "ticket 12"))
