"""How a delivery is laid in the inbox: the file whole, then the control file that says it is complete."""

import hashlib
import json
from pathlib import Path


def deliver(out: Path, source: str, name: str, content: bytes, rows: int) -> None:
    """Write a data file of so many rows and then its control file, each under a temporary name first."""
    directory = out / "inbox" / source
    directory.mkdir(parents=True, exist_ok=True)
    control = {
        "rows": rows,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
    }
    _write(directory / name, content)
    _write(directory / f"{name}.control.json", (json.dumps(control) + "\n").encode())


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_bytes(content)
    temporary.replace(path)
