"""Past nights in one go, and one of them again from its originals alone."""

import shutil
import subprocess
from pathlib import Path

from tests.pipeline.nights import (
    DAY,
    FIL,
    ROOT,
    assert_no_leak,
    attention,
    deliver,
    environment,
    fill_inbox,
    ids,
    nightly,
    payloads,
)

NEXT_DAY = "2026-05-05"


def test_a_past_night_runs_again_from_landing_alone(tmp_path: Path) -> None:
    fill_inbox(tmp_path)
    later = [attention(number, id=f"B{number}", data_hora=f"{NEXT_DAY}T10:00:00") for number in range(100, 130)]
    deliver(tmp_path, "atencions", "atencions_20260505.jsonl", b"".join(later))
    both = subprocess.run(
        [str(FIL), "nightly", "--date", DAY, "--until", NEXT_DAY],
        env=environment(tmp_path, None),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert both.returncode == 0, both.stderr
    assert [line.split(" published")[0] for line in both.stdout.splitlines()] == [f"Night {DAY}", f"Night {NEXT_DAY}"]
    first, second, known = payloads(tmp_path), payloads(tmp_path, NEXT_DAY), ids(tmp_path)
    assert first["attention.jsonl"] != second["attention.jsonl"]

    assert not [path for path in (tmp_path / "inbox").rglob("*") if path.is_file()]
    for place in ("raw", "quarantine", f"published/{DAY}", *(f"exports/{name}/{DAY}" for name in exports(tmp_path))):
        shutil.rmtree(tmp_path / place)
    again = nightly(tmp_path)
    assert again.returncode == 0, again.stderr
    assert payloads(tmp_path) == first
    assert (tmp_path / "published" / DAY / "hub.duckdb").exists()
    # The latest night stays as it was.
    assert (tmp_path / "published" / "current").readlink() == Path(NEXT_DAY)
    assert (payloads(tmp_path, NEXT_DAY), ids(tmp_path)) == (second, known)
    assert_no_leak(tmp_path, both.stdout, both.stderr, again.stdout, again.stderr)


def exports(home: Path) -> list[str]:
    return [path.name for path in (home / "exports").iterdir() if (path / DAY).is_dir()]
