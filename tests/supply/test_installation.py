"""What is installed is what the locks list: pip resolves nothing, whatever is released."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_nothing_but_a_lock_decides_what_is_installed() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    installs = [line for line in lines if " pip install " in line]
    of_locks = [line for line in installs if " -r " in line]
    assert of_locks
    assert [line for line in installs if "--no-deps" not in line] == []
    assert [line for line in of_locks if "--require-hashes" not in line] == []


def test_the_locks_list_everything_that_their_packages_need() -> None:
    checked = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
