"""The truth's list of events of people and companies, each with its day.

Events are drawn in `population.py`, `moves.py`, `identities.py`, `corrections.py`, `expiry.py` and `territory.py`.
"""

from datetime import date

import polars as pl

from sources.synthetic.changes.territory import census_section_changes
from sources.synthetic.people.population import FIRST_DAY, CityPlan
from sources.synthetic.truth.truth_files import true_id, true_organisation_id


def events(plan: CityPlan, city: pl.DataFrame, organisations: pl.DataFrame, until: date) -> pl.DataFrame:
    """One row per event of a person or company, from a year before the start to the last night, by date."""
    ends = {"departure": "BC", "death": "BD", "expiry": "BK", "struck_off": "BI"}
    kinds = {
        "birth": pl.when(pl.col("entry_cause") == "AN").then("born_days"),
        "entry": pl.col("entry_day"),
        "move": pl.col("move_day"),
        "renewal": pl.when(pl.col("renewal_cause") == "MR").then("renewal_day"),
        "confirmation": pl.when(pl.col("renewal_cause") == "MC").then("renewal_day"),
        "struck_off_wrongly": pl.col("away_day"),
        "inscribed_anew": pl.col("back_day"),
        "inscribed_twice": pl.col("twice_day"),
        "second_inscription_ended": pl.col("once_day"),
    } | {kind: pl.when(pl.col("exit_cause") == cause).then("exit_day") for kind, cause in ends.items()}
    day = pl.lit(plan.start) + pl.duration(days="day")
    lived = city.filter("is_registered")
    frames = [lived.select("person", kind=pl.lit(kind), day=days) for kind, days in kinds.items()]
    frames.append(census_section_changes(plan, lived))
    # People who are not in the Padró have these events, too.
    for kind, days in (("marriage", "married_day"), ("separation", "separated_day"), ("change", "change_day")):
        frames.append(city.select("person", kind=pl.col("change") if kind == "change" else pl.lit(kind), day=days))
    frames.append(organisations.select("organisation", kind=pl.lit("transformation"), day="transformed_day"))
    return (
        pl.concat(frames, how="diagonal_relaxed")
        .filter(pl.col("day").is_between(FIRST_DAY, (until - plan.start).days))
        .select(
            "kind",
            true_person_id=true_id(pl.col("person")),
            date=day,
            true_organisation_id=true_organisation_id(pl.col("organisation")),
        )
        .sort("date", "true_person_id", "true_organisation_id", "kind")
    )
