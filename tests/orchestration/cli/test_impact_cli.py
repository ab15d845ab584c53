"""`fil impact` and `fil drift` on the last night: its own date by default, and approvals of what it showed."""

from pathlib import Path

from tests.support.published_home import DAY, Fil

SIGNED = ("--who", "A. Arxivera", "--why", "seen")


def test_an_approval_is_of_the_number_and_the_night_that_were_shown(published: Path, fil: Fil) -> None:
    shown = fil("impact", "show")
    assert (shown.code, shown.out.splitlines()[0]) == (0, f"The night of {DAY} changes no id.")
    other = fil("impact", "approve", "--people", "7", *SIGNED)
    assert (other.code, "would change the ids of 0 people" in other.err) == (2, True), other.err
    later = fil("impact", "approve", "--people", "7", "--date", "2030-01-01", *SIGNED)
    assert (later.code, f"the last night is that of {DAY}" in later.err) == (1, True), later.err
    assert not (published / "registry" / "journal" / "impact_approvals.jsonl").exists()


def test_nothing_is_accepted_of_a_night_that_is_in_range(published: Path, fil: Fil) -> None:
    assert f"too few nights are published before {DAY}" in fil("drift", "show").out
    refused = fil("drift", "accept", *SIGNED)
    assert (refused.code, "there is nothing to accept" in refused.err) == (1, True)
