"""`fil ui --read-only`, and how either ends."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.orchestration.conftest import VARIABLES
from tests.orchestration.web.started import FIL, IS_PAUSED, PAUSE, started

RESUME = PAUSE.replace("true", "false")


def children(pid: int) -> list[str]:
    """What a process and those under it have started, by their arguments."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text().split():
            told = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            found += [told, *children(int(child))]
    return found


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="asks Linux which processes there are")
def test_who_only_looks_starts_nothing(tmp_path: Path) -> None:
    with started(tmp_path, "--read-only") as pages:
        before = pages.graphql(IS_PAUSED)
        assert before.status == 200 and json.loads(before.body)["data"]["instance"]["autoMaterializePaused"] is True
        assert json.loads(pages.graphql(RESUME).body)["errors"]
        reported = pages.own | {"Content-Type": "application/json"}
        assert pages.ask("POST", "/report_asset_materialization/linkage", reported, "{}").status == 403
        assert pages.graphql(IS_PAUSED).body == before.body
        running = children(pages.process.pid)
        assert running and not [command for command in running if "dagster-daemon" in command]
        taken = subprocess.run(
            [str(FIL), "ui", "--port", str(pages.port)], capture_output=True, text=True, check=False,
            env={name: value for name, value in os.environ.items() if name not in VARIABLES}
            | {"FIL_HOME": str(tmp_path)},
        )  # fmt: skip
        assert taken.returncode == 2 and f"--port {pages.port} can't be used" in taken.stderr
    assert pages.process.returncode == 0
    assert list((tmp_path / "work").glob("ui-*")) == []
