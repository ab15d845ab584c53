"""Look the locked packages up in a copy of OSV's records, and list their licences: `make audit OSV=FILE`.

Exit 0 if nothing is known against them, 1 if something is, 2 if that could not be looked up.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.supply.lock import Locked, LockError, licences, locks, read_lock
from tests.supply.osv import DatabaseError, Finding, look_up

NOT_GIVEN = (
    "NOT CHECKED for vulnerabilities, as no copy of OSV's records is given: make audit OSV=FILE\n"
    "  FILE is the zip of OSV's records of Python packages, or a directory of them, from a machine with a network"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print licences and findings; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--osv", type=Path, help="a zip, a directory or a file of OSV's records")
    parser.add_argument("locks", type=Path, nargs="*", help="every lock of the project, unless said")
    asked = parser.parse_args(arguments)
    try:
        by_lock = {path.name: read_lock(path) for path in asked.locks or locks()}
        packages = {package for found in by_lock.values() for package in found}
        for line in _licences(packages):
            print(line)
        if asked.osv is None:
            print(NOT_GIVEN, file=sys.stderr)
            return 2
        outcome = look_up(packages, asked.osv)
    except (LockError, DatabaseError, OSError) as error:
        print(f"NOT CHECKED: {error}", file=sys.stderr)
        return 2
    for finding in outcome.findings:
        holders = ", ".join(name for name, found in by_lock.items() if finding.package in found)
        print(_line(finding, holders))
    found = f"{len(outcome.findings)} findings in" if outcome.findings else "Nothing is known against"
    print(f"{found} {len(packages)} packages, by {outcome.records} records, the newest of {outcome.newest or 'no day'}")
    return 1 if outcome.findings else 0


def _licences(packages: Iterable[Locked]) -> list[str]:
    told = licences(packages)
    by_licence: dict[str, set[str]] = {}
    for name, licence in told.items():
        by_licence.setdefault(licence, set()).add(name)
    return [f"{licence}: {', '.join(sorted(names))}" for licence, names in sorted(by_licence.items())]


def _line(finding: Finding, holders: str) -> str:
    one = finding.package
    fixes = f"fixed in {', '.join(finding.fixed_in)}" if finding.fixed_in else "no fix is known"
    doubt = "" if finding.is_certain else " (its versions can't be compared: look it up)"
    names = ", ".join((finding.id, *finding.aliases))
    return f"{one.name} {one.version}: {names}{doubt}, {fixes}; in {holders}. {finding.summary}"


if __name__ == "__main__":
    sys.exit(main())
