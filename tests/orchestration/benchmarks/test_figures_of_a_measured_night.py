"""`fil bench night` as arithmetic: stages, samples, exponents, and the report of them."""

import json
from datetime import date

import pytest

from orchestration.benchmarks.night.bench import CityMeasure, NightMeasure
from orchestration.benchmarks.night.process_tree import Sample
from orchestration.benchmarks.night.report import as_values, city_tables, comparison, growth_tables
from orchestration.benchmarks.night.stages import (
    OTHER,
    REST,
    STAGES,
    Figures,
    Step,
    by_stage,
    exponent,
    middle,
    stage_of,
    total,
    used,
    whole_night,
)
from orchestration.rendering.tables import Table

MB = 2**20


@pytest.mark.parametrize(
    ("step", "stage"),
    [
        ("landing__padro", "landing and parsing"),
        ("raw__padro__habitants", "landing and parsing"),
        ("arrivals_raw", "arrivals checks"),
        ("prelink_models", "models before linking"),
        ("linkage__linkage_metrics_drift", "linkage"),
        ("postlink_models", "models after linking"),
        ("departures_exports", "candidates and departures checks"),
        ("publication", "publication"),
        (REST, REST),
        ("something_new", OTHER),
    ],
)
def test_each_step_has_a_stage(step: str, stage: str) -> None:
    assert stage_of(step) == stage


def test_the_steps_and_the_rest_fill_the_night_without_overlap() -> None:
    steps = [Step("b", 4, 9), Step("a", 2, 5), Step("c", 9, 10)]
    assert list(whole_night(steps, 0, 12)) == [
        Step(REST, 0, 2), Step("a", 2, 4), Step("b", 4, 9), Step("c", 9, 10), Step(REST, 10, 12),
    ]  # fmt: skip
    assert list(whole_night([], 0, 3)) == [Step(REST, 0, 3)]


def test_what_is_used_goes_to_the_step_that_ran() -> None:
    samples = [
        Sample(0.0),
        Sample(1.0, 100, 1.0, 1000),
        Sample(2.0, 700, 3.0, 1000),
        # A process ended while it was looked at: what it used is missing once.
        Sample(3.0, 300, 2.0, 900),
        Sample(4.0, 200, 5.0, 3000),
    ]
    first, second, short = used([Step("a", 0, 1.5), Step("b", 1.5, 3.9), Step("c", 3.9, 4.0)], samples)
    assert (first.seconds, first.cpu_seconds, first.peak_bytes, first.read_bytes) == (1.5, 2.0, 100, 1000)
    assert (second.peak_bytes, second.read_bytes) == (700, 1800)
    assert second.cpu_seconds == pytest.approx(2.8)
    # No sample was taken in it: the next one shows its memory.
    assert (short.peak_bytes, short.read_bytes) == (200, 200)
    whole = total([first, second, short])
    assert (whole.seconds, whole.peak_bytes, whole.read_bytes) == (pytest.approx(4.0), 700, 3000)
    assert whole.cpu_seconds == pytest.approx(5.0)


def test_without_samples_there_are_seconds_alone() -> None:
    (only,) = used([Step("a", 1, 3)], [])
    assert only == Figures(2)
    assert total([only, Figures(1, cpu_seconds=4.0)]) == Figures(3)


def test_steps_add_up_to_stages_and_runs_to_medians() -> None:
    found = by_stage(
        ["landing__a", REST, "raw__b", "new"], [Figures(1, 2, 30), Figures(5), Figures(2, 1, 20), Figures(7)]
    )
    assert list(found) == [REST, *STAGES, OTHER]
    assert found["landing and parsing"] == Figures(3, 3, 30)
    assert found["publication"].seconds == 0
    assert middle([Figures(1, 9), Figures(3, 7), Figures(2, None)]) == Figures(2)
    assert middle([Figures(1, 9), Figures(3, 7), Figures(2, 8)]) == Figures(2, 8)


def test_the_exponent_of_growth() -> None:
    assert exponent((1_000, 2.0), (10_000, 20.0)) == pytest.approx(1)
    assert exponent((1_000, 2.0), (10_000, 200.0)) == pytest.approx(2)
    assert exponent((1_000, None), (10_000, 20.0)) is None
    assert exponent((1_000, 0.0), (10_000, 20.0)) is None


def test_a_table_in_markdown() -> None:
    table = Table("Stages", ["stage", "seconds"], [["linkage", 1234.56], ["rest", None]], "A note.", decimals=1)
    assert list(table.markdown()) == [
        "**Stages**", "",
        "| stage | seconds |", "| --- | ---: |", "| linkage | 1,234.6 |", "| rest | – |", "",
        "A note.",
    ]  # fmt: skip


def city_of(population: int, seconds: float, runs: int = 1) -> CityMeasure:
    """A city with a night of one long stage and one step without a stage."""
    steps = {"linkage": Figures(seconds, 2 * seconds, 5 * MB), "new_step": Figures(1.0, None, MB)}
    whole = total(list(steps.values()))
    parts = {"model.fil.persons": 0.02 * (seconds + 1), "model.fil.mentions": 0.01 * (seconds + 1)}
    night = NightMeasure(date(2026, 5, 4), whole, by_stage(list(steps), list(steps.values())), steps, parts)
    return CityMeasure(population, [night], [[night]] * runs)


def test_the_report_of_a_city() -> None:
    stages, longest = city_tables(city_of(2_000, 99.0, runs=3))
    assert stages.title == "2,000 people, night 2026-05-04, medians of 3 runs"
    assert stages.note.startswith("Steps of no stage: new_step.")
    rows = {row[0]: row[1:4] for row in stages.rows}
    assert rows["linkage"] == [99.0, 198.0, 5] and rows[OTHER] == [1.0, None, 1]
    assert rows["whole night"] == [100.0, None, 5]
    assert longest.rows == [["model.fil.persons", 2.0, "2.0%"]]


def test_the_report_of_growth() -> None:
    small, large = city_of(1_000, 9.0), city_of(10_000, 90.0)
    (table,) = growth_tables([large, small])
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["linkage"] == [pytest.approx(1), pytest.approx(1), 0]
    assert rows["publication"] == [None, None, None]
    (beside,) = comparison([small, large])
    rows = {row[0]: row[1:] for row in beside.rows}
    assert rows["linkage"] == [9.0, 18.0, 5, 90.0, 180.0, 5]
    values = json.loads(json.dumps(as_values({"cores": 2}, [small, large]), default=str))
    assert [one["stage"] for one in values["growth"]] == [REST, *STAGES, OTHER, "whole night"]
