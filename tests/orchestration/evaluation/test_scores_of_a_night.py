"""A hand-made night scored against a hand-made truth: every figure is worked out by hand."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.evaluation.night_scores import score_night
from orchestration.home.home import Home
from orchestration.home.lock import night_lock
from orchestration.home.redaction import StepFailed
from orchestration.reports.score_page import as_html
from orchestration.reports.scores import as_text
from tests.support.scored_city import DAY, City, Said

SMALL = [
    Said("padro", "P1", "A"),
    Said("iris", None, "A", ("document_parents",), document=None),
    Said("padro", "P1", "B"),
    Said("tramits", "P2", "B"),
    Said("padro", "P3", "C"),
    Said("tramits", "P3", "C", ("surnames_swapped",)),
]
TWINS = {"A": {"traits": ["twin"]}, "B": {"traits": ["twin"], "sex": "M"}, "C": {"sex": None, "birth_date": None}}


def small(home: Path, **more: Any) -> City:
    return City(home, SMALL, TWINS, pairs=[(0, 1, 3.5, 0.9), (0, 2, 12.0, 1.0), (4, 5, 12.5, 1.0)], **more)


def measures(of: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(of[name] for name in ("mentions", "true_pairs", "linked_pairs", "missed_pairs", "precision", "recall"))


def test_a_night_is_scored_as_a_whole_and_in_parts(home: Path) -> None:
    """The true pairs are A's, B's and C's. The night links C's pair, and wrongly the twins in P1."""
    scores = score_night(small(home, dnis=[("P1", "1R"), ("P1", "2W"), ("P2", "1R")]).write(), DAY)
    assert measures(scores) == (6, 3, 2, 2, 0.5, 1 / 3)
    assert scores["recall_by_error"] == {"document_parents": 0.0, "surnames_swapped": 1.0}
    assert {source: measures(of) for source, of in scores["by_source"].items()} == {
        "iris": (1, 1, 0, 1, None, 0.0),
        "padro": (3, 3, 2, 2, 0.5, 1 / 3),
        "tramits": (2, 2, 1, 1, 1.0, 0.5),
    }
    assert [(of["sources"], of["true_pairs"], of["missed_pairs"]) for of in scores["between_sources"]] == [
        (["iris", "padro"], 1, 1), (["padro", "tramits"], 2, 1),
    ]  # fmt: skip
    assert {channel: measures(of) for channel, of in scores["by_channel"].items()} == {"WEB": (1, 1, 0, 1, None, 0.0)}
    traps = scores["by_trap"]
    assert measures(traps["twins"]) == (4, 2, 1, 2, 0.0, 0.0)
    assert measures(traps["parent's document"]) == (1, 1, 0, 1, None, 0.0)
    assert measures(traps["swapped surnames"]) == (2 - 1, 1, 1, 0, 1.0, 1.0)
    assert measures(traps["renewed passport"]) == (0, 0, 0, 0, None, None)
    assert scores["false_merges"] == {
        "persons_of_several_people": 1,
        "people_in_them": 2,
        "most_people_in_one": 2,
        "people_in_several_persons": 1,
        "persons_with_two_valid_dnis": 1,
        "persons_by_kind": {"twin": 1},
    }
    assert scores["in_review"] == {"mentions": 1, "missed_pairs": 1, "mentions_by_source": {"iris": 1}}
    groups = scores["fairness"]["groups"]
    assert list(groups) == ["document_type", "sex", "age"]
    assert {group: measures(of)[:3] for group, of in groups["age"].items()} == {
        "45-64": (4, 2, 1),
        "unknown": (2, 1, 1),
    }
    assert scores["organisations"]["mentions"] == 0


def test_pairs_and_fields_are_read_from_that_night_s_work(home: Path) -> None:
    scores = score_night(small(home).write(), DAY)
    assert measures(scores["by_missing_field"]["document"]) == (1, 1, 0, 1, None, 0.0)
    assert [(one["from_bits"], one["pairs"], one["matches"]) for one in scores["calibration"]["bins"]] == [
        (3, 1, 1), (12, 2, 1),
    ]  # fmt: skip
    assert scores["calibration"]["never_scored_pairs"] == 1
    assert [one["false_links"] for one in scores["calibration"]["thresholds"]] == [1, 1]


@pytest.mark.parametrize("of", [None, date(2026, 5, 5)], ids=["no work", "a later night's"])
def test_without_that_night_s_work_the_rest_is_scored(home: Path, of: date | None) -> None:
    scores = score_night(small(home, work_date=of).write(), DAY)
    assert scores["recall"] == 1 / 3 and scores["by_missing_field"] == {}
    assert ("2026-05-05" if of else "no work database") in scores["calibration"]["missing"]
    assert "Scored pairs are gone" in as_html(scores) and "Scored pairs are gone" in "\n".join(as_text(scores))


def test_while_a_night_runs_the_work_is_its_own(home: Path) -> None:
    city = small(home).write()
    with night_lock(Home(home)):
        assert score_night(city, DAY)["calibration"] == {"missing": "a night is running; wait for it to end"}
    assert "bins" in score_night(city, DAY)["calibration"]


def test_the_largest_gap_is_told_by_what_its_missed_links_bear(home: Path) -> None:
    """60 of 120 passports are missed, after a former document; 12 of 120 DNIs, after a typing error."""
    mentions, people = [], {}
    for number in range(240):
        true, is_passport = f"T{number}", number < 120
        error = "document_former" if number < 60 else "surname_typo" if 120 <= number < 132 else None
        people[true] = {"document_type": "PASSPORT" if is_passport else "DNI"}
        mentions += [
            Said("padro", f"P{number}", true),
            Said("iris", f"Q{number}" if error else f"P{number}", true, (error,) if error else ()),
        ]
    scores = score_night(City(home, mentions, people).write(), DAY)
    gap = scores["fairness"]["largest_gaps"]["recall"]
    assert (gap["dimension"], gap["group"], gap["recall"], gap["missed_pairs"]) == (
        "document_type",
        "PASSPORT",
        0.5,
        60,
    )
    assert gap["gap"] == pytest.approx(168 / 240 - 0.5)
    assert gap["marks"] == [
        {
            "mark": "error document_former",
            "missed_pairs": 60,
            "share_of_missed": 1.0,
            "share_of_missed_overall": pytest.approx(60 / 72),
        }
    ]
    said = "\n".join(as_text(scores))
    assert "document type PASSPORT" in said and "100% error document_former (of all missed links 83%)" in said
    assert scores["fairness"]["largest_gaps"]["precision"] is None


def test_guardians_are_held_against_the_parents_by_nationality(home: Path) -> None:
    """Of two Spanish minors one has a parent and a stranger; of two foreign ones, one has a likely parent alone."""
    of = {"nationality": "ES", "parents": []}
    people: dict[str, dict[str, Any]] = {name: dict(of) for name in ("mother", "stranger", "far")}
    people |= {
        "ona": of | {"parents": ["mother"]},
        "pau": of | {"parents": ["mother", "far"]},
        "yuki": {"nationality": "JP", "parents": ["far"]},
        "ken": {"nationality": "JP", "parents": ["far"]},
    }
    mentions = [Said("padro", f"P{name}", name) for name in people]
    guardians = [
        ("guardian_of", "Pmother", "Pona"), ("guardian_of", "Pstranger", "Pona"),
        ("may_be_guardian_of", "Pfar", "Pyuki"), ("may_be_guardian_of", "Pstranger", "Pyuki"),
        ("lives_with", "Pmother", "Ppau"),
    ]  # fmt: skip
    minors = ["Pona", "Ppau", "Pyuki", "Pken"]
    scores = score_night(City(home, mentions, people, minors=minors, guardians=guardians).write(), DAY)
    assert list(scores["guardians"]) == ["foreign", "Spanish"]
    assert scores["guardians"]["Spanish"] == {
        "minors": 2, "with_guardian": 1, "with_right_guardian": 1, "guardians": 2, "right_guardians": 1,
        "with_likely_guardian_only": 0, "likely_guardians": 0, "right_likely_guardians": 0,
        "share_found": 0.5, "share_right": 0.5, "precision": 0.5,
    }  # fmt: skip
    foreign = scores["guardians"]["foreign"]
    assert (foreign["share_found"], foreign["precision"], foreign["with_likely_guardian_only"]) == (0.0, None, 1)
    assert (foreign["likely_guardians"], foreign["right_likely_guardians"]) == (2, 1)
    assert "Guardians of minors, by nationality" in "\n".join(as_text(scores))
    assert "Guardians of minors, by nationality" in as_html(scores)


def test_a_city_without_parents_in_its_truth_has_no_guardians_to_score(home: Path) -> None:
    scores = score_night(small(home).write(), DAY)
    assert scores["guardians"] == {} and "Guardians" not in as_html(scores)
    assert "Guardians" not in "\n".join(as_text(scores))


def test_the_page_shows_every_part_and_no_person(home: Path) -> None:
    page = as_html(score_night(small(home).write(), DAY))
    for said in ("By source", "document_parents", "twins", "By document type", "Calibration", "<svg", "1 false link"):
        assert said in page
    assert "m0" not in page and "P1" not in page and "k0" not in page


def test_a_city_of_one_mention_has_nothing_to_be_wrong_about(home: Path) -> None:
    scores = score_night(City(home, [Said("padro", "P1", "A")], {"A": {}}).write(), DAY)
    assert measures(scores) == (1, 0, 0, 0, 1.0, 1.0) and scores["calibration"]["bins"] == []
    assert "No false link" in as_html(scores) and "No group of people" in "\n".join(as_text(scores))


def test_a_date_that_is_not_published_and_a_home_without_a_city_are_named(home: Path) -> None:
    city = small(home).write()
    with pytest.raises(StepFailed, match="2026-05-09 is not published"):
        score_night(city, date(2026, 5, 9))
    (home / "truth" / "persons.parquet").unlink()
    with pytest.raises(StepFailed, match="persons.parquet is missing: only a city made by `fil simulate`"):
        score_night(city, DAY)
    (home / "truth" / "unfinished").touch()
    with pytest.raises(StepFailed, match="did not finish: run `fil simulate` again with the same options"):
        score_night(city, DAY)


def test_every_key_of_the_json_is_told_in_the_readme(home: Path) -> None:
    scores = score_night(small(home).write(), DAY)
    readme = (Path(__file__).parents[3] / "matching/README.md").read_text(encoding="utf-8")
    told, table = readme.split("`fil evaluate --json`", 1)[1].split("| key | holds |")
    row_of = {
        name: line
        for line in table.split("\n\n", 1)[0].splitlines()
        for name in re.findall("`([a-z0-9_]+)`", line.split("|")[1] if line.startswith("|") else "")
    }
    of_all = {name for name, value in scores.items() if not isinstance(value, dict | list) and name in told}
    assert of_all == {
        "mentions",
        "true_pairs",
        "linked_pairs",
        "false_pairs",
        "missed_pairs",
        "precision",
        "recall",
        "f1",
    }
    assert row_of.keys() == scores.keys() - of_all
    assert scores["organisations"].keys() == of_all | set(list(row_of)[: list(row_of).index("calibration") + 1])
    for name in ("in_review", "false_merges", "fairness", "calibration"):
        assert all(f"`{inner}`" in row_of[name] for inner in scores[name]), name
    assert all(f"`{inner}`" in row_of["between_sources"] for inner in scores["between_sources"][0])


def test_rows_in_quarantine_are_held_against_those_meant_to_be_refused(home: Path) -> None:
    """In a file with a header, the first row is the second line."""
    city = small(home).write()
    meant = [("iris", DAY, 1, "bad_date:x"), ("iris", DAY, 2, "bad_code:x"), ("atencions", DAY, 1, "bad_json")]
    later = [("iris", date(2026, 5, 5), 9, "bad_date:x")]
    names = ("source", "extract_date", "line", "reason")
    rows = [dict(zip(names, row, strict=True)) for row in [*meant, *later]]
    pq.write_table(pa.Table.from_pylist(rows), home / "truth" / "refused.parquet")
    for source, entity, held in (
        ("iris", "fitxes", [(2, "bad_date:x"), (3, "bad_time:x"), (7, "bad_date:x")]),
        ("atencions", "atencions", []),
    ):
        path = home / "quarantine" / source / entity / f"extract_date={DAY}" / "data.parquet"
        path.parent.mkdir(parents=True)
        lines, reasons = [line for line, _ in held], [reason for _, reason in held]
        pq.write_table(
            pa.table({"line_number": pa.array(lines, pa.int64()), "reason": pa.array(reasons, pa.string())}), path
        )
    scores = score_night(city, DAY)
    names = ("meant", "as_meant", "for_another_reason", "let_in", "not_meant")
    assert {source: tuple(of[name] for name in names) for source, of in scores["refusals"].items()} == {
        "atencions": (1, 0, 0, 1, 0),
        "iris": (2, 1, 1, 0, 1),
    }
    assert "Rows meant to be refused" in as_html(scores)
