"""The bill of materials of the runtime's lock, in CycloneDX's JSON: `make sbom`. The same lock gives the same."""

import json
import sys
import uuid
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.supply.lock import RUNTIME, Locked, licences, read_lock

_UNKNOWN = {"not installed here", "not told"}


def bill(lock: Path) -> dict[str, Any]:
    """Every package of a lock as a component, with its hashes and licence.

    Raises:
        LockError: the lock is none.
    """
    packages, told = sorted(set(read_lock(lock))), licences(read_lock(lock))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, lock.read_text(encoding='utf-8'))}",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "fil", "name": "fil", "version": version("fil")}},
        "components": [_component(one, told[one.name]) for one in packages],
        "dependencies": [{"ref": "fil", "dependsOn": [one.purl for one in packages]}],
    }


def _component(package: Locked, licence: str) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        # Of each file that it is published as, for one system or another.
        "externalReferences": [
            {
                "type": "distribution",
                "url": package.purl,
                "hashes": [{"alg": "SHA-256", "content": one} for one in package.hashes],
            }
        ],
    }
    if licence not in _UNKNOWN:
        component["licenses"] = [{"license": {"name": licence}}]
    return component


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(bill(RUNTIME), indent=1) + "\n", encoding="utf-8")
