"""`make mutants`: changes the SQL of gate, audiences and consents, one thing at a time, and says what nobody notices.

A mutant that nothing tells from the original is explained in `explained.yaml`, by its subject and name, or fails the
run; so does an explanation of one that is found, or is there no more. With names of subjects, of those alone.
"""

import sys
import time
from collections.abc import Collection, Mapping, Sequence, Set
from pathlib import Path

import yaml

from tests.mutants.hub import second_night, survivors
from tests.mutants.mutate import mutants, plain

EXPLAINED = Path(__file__).with_name("explained.yaml")


def explained() -> Mapping[str, Mapping[str, str]]:
    """Of each subject the mutants that nobody can notice, each with the reason."""
    return yaml.safe_load(EXPLAINED.read_text(encoding="utf-8")) or {}


def main(wanted: Sequence[str]) -> int:
    """Run every mutant; return 1 if one survives unexplained, or an explanation explains none."""
    is_wrong = False
    with second_night() as (connection, subjects):
        for subject in subjects:
            if wanted and subject.name not in wanted:
                continue
            began = time.monotonic()
            made = {one.name: one.sql for one in mutants(subject.statement)}
            alive = set(survivors(connection, subject, made, plain(subject.statement)))
            print(f"{subject.name}: {len(made)} mutants, {len(alive)} unnoticed, {time.monotonic() - began:.1f} s")
            is_wrong |= is_unexplained(made, alive, explained().get(subject.name, {}))
    return int(is_wrong)


def is_unexplained(made: Collection[str], alive: Set[str], reasons: Mapping[str, str]) -> bool:
    """Whether the mutants that nothing notices are others than those explained; name which."""
    for name in sorted(alive - reasons.keys()):
        print(f"  UNNOTICED {name}")
    for name in sorted(reasons.keys() - alive):
        print(f"  EXPLAINED AND {'FOUND' if name in made else 'GONE'} {name}")
    return alive != reasons.keys()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
