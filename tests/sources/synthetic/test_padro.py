"""The Padró of a synthetic city: every event on its day, and a register that its own variations lead to."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from sources.synthetic import SimulationResult
from sources.synthetic.changes.identities import CHANGES
from sources.synthetic.city import make_city
from sources.synthetic.extracts import padro, padro_extract
from sources.synthetic.people.population import LAST_DAY, CityPlan

Written = tuple[Path, SimulationResult]
# Kinds of events and the causes under which the Padró tells them.
CAUSES = [
    ({"entry", "inscribed_twice"}, {"AN", "AC", "AO"}), ({"inscribed_anew"}, {"AR"}),
    ({"move"}, {"MD"}), ({"renewal"}, {"MR"}), ({"confirmation"}, {"MC"}),
    ({"departure"}, {"BC"}), ({"death"}, {"BD"}), ({"expiry"}, {"BK"}), ({"struck_off", "struck_off_wrongly"}, {"BI"}),
    ({"second_inscription_ended"}, {"BA"}),
]  # fmt: skip


def inscriptions(path: Path) -> dict[str, bytes]:
    """Lines of a file of the Padró by their number, but for those that their contract refuses."""
    refused = pl.read_parquet(path.parents[2] / "truth/refused.parquet").filter(
        pl.col("source") == path.parent.name,
        pl.col("extract_date") == pl.lit(path.stem[-8:]).str.to_date("%Y%m%d"),
    )
    bad, lines = set(refused["line"]), path.read_bytes().splitlines()
    return {line[162:177].decode(): line for place, line in enumerate(lines, 1) if place not in bad}


def person_of(number: str) -> str:
    return f"T{(int(number) - 1_000_003) // 7:08d}"


def events(out: Path) -> pl.DataFrame:
    return pl.read_parquet(out / "truth/events.parquet")


def test_every_event_of_a_person_is_in_the_extract_of_its_day(written: Written) -> None:
    out, result = written
    assert events(out).filter(pl.col("date") > result.business_dates[0]).height > 3
    for day in result.business_dates[1:]:
        varied = inscriptions(out / f"inbox/padro_variacions/padro_variacions_{day:%Y%m%d}.txt")
        causes = [(person_of(number), line[12:14].decode()) for number, line in varied.items()]
        of_day = events(out).filter(pl.col("date") == day)
        for kinds, codes in CAUSES:
            happened = set(of_day.filter(pl.col("kind").is_in(kinds))["true_person_id"])
            assert happened == {person for person, code in causes if code in codes}
        for kinds, code in ((CHANGES, "MP"), ({"section_changed"}, "MN")):
            changed = set(of_day.filter(pl.col("kind").is_in(kinds))["true_person_id"])
            assert {person for person, told in causes if told == code} <= changed
        assert all(line[3:11] == f"{day:%Y%m%d}".encode() for line in varied.values())


def test_the_next_full_register_is_the_last_one_with_the_variations(written: Written) -> None:
    out, result = written
    first, *others = result.business_dates
    told = inscriptions(out / f"inbox/padro/padro_habitants_{first:%Y%m%d}.txt")
    for day in others:
        told |= inscriptions(out / f"inbox/padro_variacions/padro_variacions_{day:%Y%m%d}.txt")
    full = inscriptions(out / f"inbox/padro/padro_habitants_{others[-1]:%Y%m%d}.txt")
    # Of whom one of the two was refused.
    refused = set(pl.read_parquet(out / "truth/refused.parquet")["source_key"])
    assert {number: line for number, line in full.items() if number not in refused}.items() <= told.items()
    assert all(told[number][11:12] == b"B" for number in told.keys() - full.keys() - refused)


def test_the_register_agrees_with_its_variations_over_a_year(plan: CityPlan, city: pl.DataFrame) -> None:
    register = padro.inscriptions(plan, city)
    last = plan.start + timedelta(days=LAST_DAY - 1)
    told = {
        row["nia"]: row["line"]
        for row in padro_extract.snapshot(plan, city, register, plan.start).iter_rows(named=True)
    }
    causes: set[str] = set()
    for number in range(1, LAST_DAY):
        varied = padro_extract.variations(plan, city, register, plan.start + timedelta(days=number))
        assert varied["nia"].is_unique().all()
        told |= dict(varied.select("nia", "line").iter_rows())
        causes |= set(varied["line"].str.slice(12, 2))
    full = dict(padro_extract.snapshot(plan, city, register, last).select("nia", "line").iter_rows())
    assert full.items() <= told.items()
    assert causes == {"AN", "AC", "AO", "AR", "BC", "BD", "BI", "BA", "BK", "MD", "MP", "MN", "MR", "MC"}


@pytest.mark.parametrize("population", [100, 1_000, 3_333])
def test_as_many_inscriptions_are_in_force_as_are_asked_for(plan: CityPlan, population: int) -> None:
    plan = replace(plan, population=population)
    city = make_city(plan)
    lines = padro_extract.snapshot(plan, city, padro.inscriptions(plan, city), plan.start)["line"]
    assert (lines.str.slice(11, 1) != "B").sum() == population


def test_what_the_register_puts_right_was_wrong(plan: CityPlan, city: pl.DataFrame) -> None:
    """Two numbers of one person, of which one ends as double, and inscriptions that end though nobody left."""
    register = padro.inscriptions(plan, city)
    numbers = register.filter("is_registered").group_by("person").agg(pl.col("nia").n_unique(), pl.col("exit_cause"))
    twice = numbers.filter(pl.col("nia") == 2)
    assert twice.height > 10 and twice["exit_cause"].list.contains("BA").all()
    assert set(twice["person"]) == set(city.filter(pl.col("twice_day").is_not_null())["person"])
    stays = set(city.filter(pl.col("exit_day").is_null())["person"])
    anew = register.filter(pl.col("entry_cause") == "AR")
    gone = register.filter(pl.col("exit_cause") == "BI", pl.col("person").is_in(stays))
    assert anew.height > 10 and set(anew["person"]) <= stays and set(anew["nia"]) == set(gone["nia"])
