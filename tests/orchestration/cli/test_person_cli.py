"""`fil person explain` on a published home: what it tells, to whom, as text, data and page, and what it refuses."""

import io
import json
import signal
from pathlib import Path

import pytest

from matching.relations import SCORED_PAIRS
from orchestration.home.access_log import accesses
from orchestration.home.home import Home
from orchestration.home.lock import intake_lock, night_lock
from orchestration.home.redaction import StepFailed
from orchestration.home.work_database import work_database
from orchestration.linking.rehearsal import rehearsal
from tests.support.published_home import DAY, NEXT, PEOPLE, Fil, made_by_hand, publish

SIGNED = ("--who", "A. Arxivera", "--why", "ticket 12")
_AS_STEWARD = ("--who", "A. Arxivera", "--why", "ticket 12")
IDS = {person["source_key"]: person["mention_id"] for person in PEOPLE}


def test_two_of_one_person_are_told_field_by_field_up_to_the_weight_of_the_night(published: Path, fil: Fil) -> None:
    result = fil("person", "explain", "padro:B", IDS["B2"], *SIGNED, "--json")
    told = result.json
    with work_database(published / "work.duckdb", None) as connection:
        ends = sorted((IDS["B"], IDS["B2"]))
        weight = connection.execute(
            f"select match_weight from {SCORED_PAIRS} where mention_id_l = $1 and mention_id_r = $2", ends
        )
        assert told["weight"] == weight.fetchall()[0][0] == pytest.approx(told["steps"][-1]["end"], abs=1e-3)
    assert told["is_one"] and told["parties"][0] == told["parties"][1] is not None
    assert told["values"]["given_name"] == ["PERE", "PERE"] and told["values"]["document"][0] == "DNI 38765432B"
    assert told["last_word"]["by"] == "document" and "Both have the same valid document" in result.out
    assert "\x1b" not in result.out.rsplit("\n", 2)[0]
    (looked,) = accesses(Home(published))
    assert (looked["what"], looked["subjects"], looked["who"]) == (
        "person explain",
        [IDS["B"], IDS["B2"]],
        "A. Arxivera",
    )


def publish_and_die(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A night that is killed once its commit is announced."""

    def kill(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killing, pytest.raises(KeyboardInterrupt):
        killing.setattr("exports.publication.seal._finish", kill)
        publish(home, NEXT)


def test_what_a_killed_night_announced_is_linked_once_more_once_it_is_finished(
    published: Path, fil: Fil, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who holds the lock does not wait for it: the alarm ends a test that would wait for ever."""
    publish_and_die(published, monkeypatch)
    with pytest.raises(StepFailed, match="run `fil recover`"), rehearsal(Home(published)):
        pass
    assert fil("recover").out == f"Night {NEXT} published\n"
    signal.alarm(120)
    with rehearsal(Home(published)) as begun:
        assert begun.business_date == NEXT
    signal.alarm(0)


def test_nobody_reads_what_a_killed_night_replaces(published: Path, fil: Fil, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a night is running, which finishes it by itself, they wait."""
    monkeypatch.setattr("orchestration.past_nights.recovery._LONGEST_WAIT", 0.2)
    assert fil("review", "decide", "padro:A", "padro:B", "same", *_AS_STEWARD, "--from", f"{NEXT}").code == 0
    publish_and_die(published, monkeypatch)
    asked = ("person", "explain", "padro:A", "atencions:B2", *SIGNED, "--json")
    assert "a night was killed while it published (.commit-2026-05-05.json)" in fil("doctor").out
    with night_lock(Home(published)):
        assert "a night is publishing (.commit-2026-05-05.json): try again" in fil(*asked).err
        assert "is running" in fil("recover").err
    # An intake, or another look-up, finishes nothing.
    with intake_lock(Home(published)):
        assert "run `fil recover`" in fil(*asked).err
    for command in (asked, ("as-of", "--date", f"{DAY}", "--output", str(published / "past.duckdb")),
                    ("deliveries", "list"), ("export", "--target", "attention", "--date", f"{DAY}")):  # fmt: skip
        refused = fil(*command)
        assert refused.code == 1 and "run `fil recover`, then try again" in refused.err, command
    assert (published / "published" / "current").readlink() == Path(f"{DAY}")
    assert fil("recover").out == f"Night {NEXT} published\n"
    assert fil(*asked).json["is_one"]
    assert (published / "published" / "current").readlink() == Path(f"{NEXT}")
    assert "no night was interrupted" in fil("doctor").out
    journal = published / "published" / ".commit-2026-05-06.json"
    journal.write_text("{")
    assert "run `fil recover`" in fil(*asked).err
    refused = fil("recover")
    assert refused.code == 1 and f"{journal} is damaged: remove it" in refused.err
    journal.unlink()
    assert fil("recover").out == "No publication waits to be finished\n"


def test_two_persons_are_told_with_the_rail_or_decision_between_them(published: Path, fil: Fil, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    told = fil("person", "explain", "padro:A", "atencions:B2", *SIGNED, "--html", str(page))
    assert "A rule decided: Two different valid documents" in told.out
    content = page.read_text(encoding="utf-8")
    assert content.count("<svg") == 1 and "<script" not in content and "Two different valid documents" in content
    assert page.stat().st_mode & 0o077 == 0
    in_review = fil("person", "explain", "padro:P", "activitats:F", *SIGNED)
    assert "disputed, of no person" in in_review.out
    never = fil("person", "explain", "padro:A", "padro:P", *SIGNED, "--json").json
    assert (never["was_compared"], never["last_word"]["rule"], never["needed"]) == (False, "never_compared", None)
    assert fil("review", "decide", "padro:A", "padro:B", "same", *_AS_STEWARD, "--from", f"{NEXT}").code == 0
    publish(published, NEXT)
    after = fil("person", "explain", "padro:A", "atencions:B2", *SIGNED, "--json").json
    assert (after["is_one"], after["last_word"]["by"], [link["by"] for link in after["chain"]]) == (
        True, "steward", ["steward", "document"],
    )  # fmt: skip
    before = fil("person", "explain", "padro:A", "atencions:B2", *SIGNED, "--date", f"{DAY}", "--json").json
    assert (before["is_one"], before["last_word"]["by"]) == (False, "rail")


def test_organisations_are_explained_too(published: Path, fil: Fil) -> None:
    told = fil("person", "explain", "contribuents:O1", "contribuents:O2", *SIGNED, "--json").json
    assert (told["entity"], told["is_one"], told["values"]["nif"][0]) == ("organisation", False, "B20000097")


def test_what_cant_be_explained_is_refused_and_looks_at_nothing(published: Path, fil: Fil) -> None:
    wrong = [
        ("padro:A", "padro:nobody"), ("padro:A", "padro:A"), ("padro:A", IDS["A"]), ("padro:A", "contribuents:O1"),
    ]  # fmt: skip
    for pair in wrong:
        refused = fil("person", "explain", *pair, *SIGNED)
        assert (refused.code, refused.out, "Traceback" in refused.err) == (2, "", False)
    assert fil("person", "explain", "padro:A", "padro:B", "--who", "", "--why", "x").code == 2
    assert fil("person", "explain", "padro:A", "padro:B").code == 2
    assert fil("person", "explain", "padro:A", "padro:B", *SIGNED, "--date", "2026-05-01").code == 1
    assert not list(accesses(Home(published)))


def test_what_is_no_text_names_nobody(published: Path, fil: Fil, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in (("person", "show", "-"), ("segment", "explain", "afectacions", "-")):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff\n"), errors="surrogateescape"))
        refused = fil(*command, *SIGNED)
        assert (refused.code, "not in UTF-8" in refused.err) == (2, True), refused.err
    assert list(accesses(Home(published))) == []


def test_a_night_whose_model_is_gone_says_so(published: Path, fil: Fil) -> None:
    with made_by_hand(published / "published" / f"{DAY}" / "fil.duckdb") as connection:
        connection.execute("update hub.linkage_models set sha256 = 'another'")
    gone = fil("person", "explain", "padro:A", "padro:B", *SIGNED)
    assert (gone.code, "model" in gone.err, "restore" in gone.err) == (1, True, True)
    assert "PERE" not in json.dumps(list(accesses(Home(published))))


def test_what_is_reserved_is_neither_told_nor_weighed(published: Path, fil: Fil, tmp_path: Path) -> None:
    """CLARA's street and house number, by which the night linked her, stand in no explanation of it."""
    page = tmp_path / "page.html"
    told = fil("person", "explain", "contribuents:C", "iris:C2", *SIGNED, "--html", str(page))
    assert "without address and contact, which are reserved" in told.out and "CLARA" in told.out
    assert not any("CARRER7" in text or "08012" in text for text in (told.out, page.read_text(encoding="utf-8")))
    other = fil("person", "explain", "padro:A", "padro:B", *SIGNED)
    assert "CARRER7" in other.out and "reserved" not in other.out


def test_a_mention_that_may_be_a_protected_persons_tells_no_place_either(published: Path, fil: Fil) -> None:
    """Of PERE with one DNI the address is reserved: the entry of the same name with another hides its own, too."""
    asked = ("person", "explain", "padro:A", "padro:B", *SIGNED, "--json")
    before = fil(*asked)
    assert "CARRER7" in before.out
    with made_by_hand(published / "published" / f"{DAY}" / "fil.duckdb") as connection:
        connection.execute(
            "update hub.persons set is_protected = true where person_id = (select person_id from hub.mentions"
            " where source_key = 'B')"
        )
    after = fil(*asked)
    assert "CARRER7" not in after.out and "08012" not in after.out and "PERE" in after.out
    assert "without address and contact, which are reserved" in fil(*asked[:-1]).out
    assert after.json["weight"] < before.json["weight"]
