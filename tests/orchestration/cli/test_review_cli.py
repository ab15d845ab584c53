"""`fil review` on a published home: the queue, both sides of a case, decisions, files of them, and who looked."""

import json
from pathlib import Path

import pytest

from orchestration.casework.reserved_lines import RESERVED_LINE
from orchestration.home.access_log import accesses
from orchestration.home.home import Home
from orchestration.home.lock import night_lock
from tests.support.published_home import DAY, NEXT, PEOPLE, Fil, made_by_hand, publish

SIGNED = ("--who", "A. Arxivera", "--why", "ticket 12")
IDS = {person["source_key"]: person["mention_id"] for person in PEOPLE}
PROTECTED = """
update hub.persons set is_protected = true
where person_id = (select person_id from hub.mentions where source_key = '{}' and source in ('padro', 'contribuents'))
"""
NAMES = ("PERE", "CASALSOL", "46123456M", "CLARA", "1960-")


def case_of(fil: Fil, key: str) -> dict[str, object]:
    (found,) = [
        case for case in fil("review", "list", "--limit", "99", "--json").json
        if IDS[key] in (*case["mention_ids_l"], *case["mention_ids_r"])
    ]  # fmt: skip
    return found


def test_the_queue_tells_what_each_decision_would_settle_and_nobodys_name(published: Path, fil: Fil) -> None:
    result = fil("review", "list", "--json", "--limit", "99")
    assert [case["rank"] for case in result.json] == list(range(1, len(result.json) + 1))
    # The lesser side is P: one mention, one register entry, one valid document. F is in review, so it counts twice.
    assert case_of(fil, "F")["settles"] == 3
    # A has a mention, an entry and a document; B has more, and an interaction.
    of_a = case_of(fil, "A")
    assert (of_a["kind"], of_a["settles"]) == ("two_valid_documents", 3)
    assert {of_a["interactions_l"], of_a["interactions_r"]} == {0, 1}
    assert not any(name in result.out + result.err for name in NAMES)
    assert "match_weight" not in result.out
    assert not list(accesses(Home(published)))
    (only,) = fil("review", "list", "--kind", "borderline", "--json", "--limit", "1").json
    assert only["kind"] == "borderline"
    refused = fil("review", "list", "--kind", "nonsense")
    assert (refused.code, "two_valid_documents" in refused.err) == (2, True)


def test_both_sides_are_shown_field_by_field_to_whom_says_who_and_why(published: Path, fil: Fil) -> None:
    case = case_of(fil, "A")["case_id"]
    for signed in ((), ("--who", " ", "--why", "ticket")):
        refused = fil("review", "show", case, *signed)
        assert (refused.code, "CASALSOL" in refused.out + refused.err) == (2, False)
    assert not list(accesses(Home(published)))
    shown = fil("review", "show", case, *SIGNED, "--json")
    fields = {one["name"]: one for one in shown.json["fields"]}
    assert {fields["document"]["one"], fields["document"]["other"]} == {"46123456M", "38765432B"}
    shown = fil("review", "show", case, *SIGNED)
    lines = {line.split()[1]: line.split()[0] for line in shown.out.splitlines() if line.startswith(("  =", "  ≠"))}
    assert (lines["document"], lines["surname_1"], "source" in lines) == ("≠", "=", False)
    assert "\x1b" not in shown.out.rsplit("\n", 2)[0] and "pere\\x1b[2J@exemple.cat" in shown.out
    assert "bits" not in shown.out and "match_weight" not in shown.out
    assert "bits" in fil("review", "show", case, *SIGNED, "--scores").out
    looked = list(accesses(Home(published)))
    assert [one["what"] for one in looked] == ["review show"] * 3
    assert {"who": "A. Arxivera", "why": "ticket 12"}.items() <= looked[0].items()
    assert {case, IDS["A"], IDS["B"]} <= set(looked[0]["subjects"]) and "CASALSOL" not in json.dumps(looked)


def test_a_case_shows_nothing_that_may_tell_where_a_protected_person_lives(published: Path, fil: Fil) -> None:
    """A has the name of B, whose address is reserved, and then a document of CLARA's, whose address is, too."""
    show = ("review", "show", str(case_of(fil, "A")["case_id"]), *SIGNED, "--json")
    before = fil(*show).out
    assert all(told in before for told in ("CARRER7", "46123456M", "38765432B", "exemple.cat"))
    path = published / "published" / f"{DAY}" / "fil.duckdb"
    with made_by_hand(path) as connection:
        connection.execute(PROTECTED.format("B"))
    asked_for = fil(*show).out
    assert all(told in asked_for for told in ("46123456M", "38765432B")) and RESERVED_LINE not in asked_for
    assert "CARRER7" not in asked_for and "exemple.cat" not in asked_for
    with made_by_hand(path) as connection:
        connection.execute(PROTECTED.format("C"))
        connection.execute(
            "insert into hub.identifiers (person_id, number) select person_id, '46123456M' from hub.mentions"
            " where source_key = 'C'"
        )
    shown = fil(*show)
    assert RESERVED_LINE in shown.out and not any(number in shown.out for number in ("46123456M", "38765432B"))
    (document,) = (one for one in shown.json["fields"] if one["name"] == "document")
    assert document == {
        "name": "document",
        "one": RESERVED_LINE,
        "other": RESERVED_LINE,
        "also_one": {},
        "also_other": {},
    }


def test_the_next_night_obeys_a_decision_on_a_case_until_it_is_revoked(published: Path, fil: Fil) -> None:
    before = case_of(fil, "A")
    decided = fil("review", "decide", before["case_id"], "same", *SIGNED, "--from", f"{NEXT}")
    assert decided.code == 0, decided.err
    assert before["case_id"] not in fil("review", "list", "--limit", "99").out
    again = fil("review", "decide", before["case_id"], "same", *SIGNED, "--from", f"{NEXT}")
    assert (again.code, "Already decided" in again.out) == (0, True)
    against = fil("review", "decide", IDS["B"], "padro:A", "different", *SIGNED, "--from", f"{NEXT}")
    (made,) = fil("review", "decisions", "--json").json
    assert (against.code, made["judgement_id"] in against.err) == (1, True)
    publish(published, NEXT)
    assert all(
        IDS["A"] not in case["mention_ids_l"] + case["mention_ids_r"] for case in fil("review", "list", "--json").json
    )
    assert fil("review", "revoke", made["judgement_id"], *SIGNED, "--from", f"{NEXT}").code == 0
    assert fil("review", "revoke", made["judgement_id"], *SIGNED).code == 1
    publish(published, NEXT)
    assert case_of(fil, "A")["case_id"] == before["case_id"]
    assert (fil("review", "decisions", "--json").json, len(fil("review", "decisions", "--all", "--json").json)) == (
        [],
        1,
    )


def test_decisions_name_mentions_of_the_hub_alone(published: Path, fil: Fil) -> None:
    wrong = [
        ("padro:A", "padro:nobody", "same"), (IDS["A"], "contribuents:O1", "same"), ("padro:A", "padro:B", "perhaps"),
        ("nonsense", "same"), ("same",), ("padro:A", "padro:A", "same"),
    ]  # fmt: skip
    for arguments in wrong:
        refused = fil("review", "decide", *arguments, *SIGNED)
        assert (refused.code in (1, 2), "Traceback" in refused.err) == (True, False)
    assert not (published / "registry" / "journal" / "judgements.jsonl").exists()
    assert fil("review", "decide", "padro:A", "padro:B", "different", *SIGNED).code == 0


def test_a_file_of_decisions_is_recorded_whole_or_not_at_all(published: Path, fil: Fil, tmp_path: Path) -> None:
    case = case_of(fil, "C")["case_id"]
    path = tmp_path / "decisions.csv"
    good = ["padro:A,padro:B,,different,,", f",,{case},SAME,Other,seen"]
    bad = [
        "padro:A,padro:SECRET,,same,,", ",,nocase,same,,", "padro:A,padro:B,,perhaps,,", f"padro:A,,{case},same,,",
        "padro:B,padro:A,,same,,",
    ]  # fmt: skip
    header = "mention_l,mention_r,case_id,verdict,steward,reason"
    for lines, faults in ((good + bad[:4], [4, 5, 6, 7]), ([*good, bad[4]], [4])):
        path.write_text("\n".join([header, *lines]) + "\n")
        refused = fil("review", "import", str(path), *SIGNED)
        assert (refused.code, fil("review", "decisions", "--json").json) == (1, [])
        assert [line.split(":")[0] for line in refused.err.splitlines()[1:]] == [f"line {one}" for one in faults]
        assert "SECRET" not in refused.err
    path.write_text("\n".join([header, *good]) + "\n")
    assert "steward or reason is empty" in fil("review", "import", str(path)).err
    taken = fil("review", "import", str(path), *SIGNED)
    assert (taken.code, taken.out.splitlines()[0]) == (0, "2 decisions recorded, 0 of 2 were already recorded")
    assert "0 decisions recorded, 2 of 2" in fil("review", "import", str(path), *SIGNED).out
    assert {one["steward"] for one in fil("review", "decisions", "--json").json} == {"A. Arxivera", "Other"}
    path.write_text("verdict,nom\nsame,PERE\n")
    odd = fil("review", "import", str(path), *SIGNED)
    assert (odd.code, "nom" in odd.err, "PERE" in odd.err) == (1, False, False)


def test_a_steward_works_while_a_night_runs_on_an_encrypted_hub(
    home: Path, fil: Fil, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(home, DAY, "a key")
    monkeypatch.setenv("FIL_HUB_KEY", "another")
    assert "FIL_HUB_KEY" in fil("review", "list").err
    monkeypatch.setenv("FIL_HUB_KEY", "a key")
    with night_lock(Home(home)):
        case = case_of(fil, "A")["case_id"]
        assert "CASALSOL" in fil("review", "show", case, *SIGNED).out
        assert fil("review", "decide", case, "different", *SIGNED).code == 0


def test_a_home_without_a_night_says_so(home: Path, fil: Fil) -> None:
    assert (fil("review", "list").code, "fil nightly" in fil("review", "list").err) == (1, True)
