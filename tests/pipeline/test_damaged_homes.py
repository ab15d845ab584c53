"""Files of a home that are damaged: the next run ends in the same bytes, or tells which one it is and what to do."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from matching.model.model_file import SHIPPED
from tests.support.nights import DAY, assert_no_leak, assert_plain, assert_the_same, nightly

# Whole nights that take minutes: `make test-long`.
pytestmark = pytest.mark.long

JOURNAL = "registry/journal/commits.jsonl"
HUB = f"published/{DAY}/fil.duckdb"
RAW = f"raw/padro/habitants/extract_date={DAY}/data.parquet"
QUARANTINE = f"quarantine/atencions/atencions/extract_date={DAY}/data.parquet"


def spoilt(path: Path) -> None:
    """A byte of every page is another, so that every block has a wrong sum."""
    content = bytearray(path.read_bytes())
    for place in range(min(12_300, len(content) // 2), len(content), 4_096):
        content[place] ^= 0xFF
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def another(path: Path) -> None:
    path.write_bytes(b"nothing of it" * 1_000)


def with_a_torn_first_line(path: Path) -> None:
    path.write_bytes(b"{damaged\n" + path.read_bytes())


Harm = tuple[str, Callable[[Path], None]]
# After these the next run ends as if nothing had been: they are made anew, or not needed any more.
HARMLESS: tuple[Harm, ...] = (
    ("work.duckdb", another),
    ("landing/atencions/2026-05-04/receipt.json", cut),
    ("landing/padro/2026-05-04/padro_habitants_20260504.txt", cut),
    (f"exports/attention/{DAY}/manifest.json", cut),
    (f"exports/campaigns/{DAY}/campaigns.csv", cut),
    (f"backup/{DAY}/registry.duckdb", spoilt),
    (f"history/{DAY}/changes.duckdb", spoilt),
    ("history/latest/fil.duckdb", spoilt),
    ("work/custody.json", cut),
)


class Damage(NamedTuple):
    """What is done to a file, what the night says of it, and what then helps as it says."""

    file: str
    harm: Callable[[Path], None]
    why: str
    remedy: Callable[[Path], None]


def remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def remove_directory(path: Path) -> None:
    remove(path.parent)


def restore_journal(path: Path) -> None:
    home = path.parents[2]
    shutil.copy(home / "backup" / DAY / JOURNAL, path)


def restore_secret(path: Path) -> None:
    shutil.copy(path.parents[1] / "backup" / DAY / "registry" / "id_secret", path)


DAMAGES = (
    Damage("registry.duckdb", spoilt, "registry.duckdb is damaged: move it away; the next night", remove),
    Damage("registry.duckdb", another, "registry.duckdb is damaged: move it away; the next night", remove),
    Damage(JOURNAL, with_a_torn_first_line, "line 1 is damaged: restore the file from the backup", restore_journal),
    Damage("registry/id_secret", cut, "id_secret is damaged: restore it from the backup", restore_secret),
    Damage(RAW, spoilt, "data.parquet is damaged: remove its directory, and the next night parses", remove_directory),
    Damage(QUARANTINE, cut, "data.parquet is damaged: remove its directory, and the next night", remove_directory),
    Damage(HUB, spoilt, "is not the file that was published: .*; restore .* or move it away and run", remove_directory),
    Damage(
        f"published/{DAY}/manifest.json", cut, "manifest.json is lost or damaged; restore .* or move", remove_directory
    ),
    Damage("models/person/2026-12.json", cut, "2026-12.json is not a trained model", remove_directory),
    Damage("dagster/history/runs.db", another, "move FIL_HOME/dagster away", lambda path: remove(path.parents[1])),
)


@pytest.fixture
def damaged_home(home: Path) -> Path:
    """With a model of its own in use."""
    models = home / "models" / "person"
    shutil.copytree(SHIPPED / "person", models)
    return home


def test_what_is_made_anew_may_be_damaged(first_night: Path, home: Path) -> None:
    for file, harm in HARMLESS:
        harm(home / file)
    result = nightly(home)
    assert result.returncode == 0, result.stderr
    assert_plain(result)
    assert_the_same(home, first_night)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: f"{damage.file} {damage.harm.__name__}")
def test_what_is_damaged_is_told_with_its_remedy_which_helps(
    first_night: Path, damaged_home: Path, damage: Damage
) -> None:
    damage.harm(damaged_home / damage.file)
    failed = nightly(damaged_home)
    assert failed.returncode == 1
    assert re.search(damage.why, failed.stderr), failed.stderr
    assert_plain(failed)
    damage.remedy(damaged_home / damage.file)
    mended = nightly(damaged_home)
    assert mended.returncode == 0, mended.stderr
    assert_the_same(damaged_home, first_night)
    assert_no_leak(damaged_home, failed.stdout, failed.stderr, mended.stdout, mended.stderr)
