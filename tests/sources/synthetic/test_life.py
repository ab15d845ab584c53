"""What befalls the people of a synthetic city, who stay themselves, and how often it does."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from stdnum.es import dni, nie, nif

from sources.synthetic import SimulationResult
from sources.synthetic.changes.as_of import as_of
from sources.synthetic.changes.identities import CHANGES, IDENTITY
from sources.synthetic.changes.territory import census_section_changes
from sources.synthetic.extracts import geography, llicencies
from sources.synthetic.people.organisations import make_organisations
from sources.synthetic.people.population import FIRST_DAY, LAST_DAY, CityPlan
from sources.synthetic.truth.events import events

Written = tuple[Path, SimulationResult]


def test_who_is_protected_stands_in_the_snapshot_of_the_day_with_the_children_of_the_home(
    written: Written, plan: CityPlan, city: pl.DataFrame
) -> None:
    out, result = written
    told = pl.read_csv(
        out / f"inbox/proteccions/proteccions_{result.business_dates[-1]:%Y%m%d}.csv", separator=";", infer_schema=False
    )
    people = pl.read_parquet(out / "truth/persons.parquet").filter(pl.col("traits").list.contains("protected"))
    known = told.with_columns(true_person_id=pl.col("ID_PROTECCIO").str.replace("PR", "T"))
    assert set(known["true_person_id"]) == set(people["true_person_id"]) and told.height
    numbers = (known["true_person_id"].str.strip_prefix("T").cast(pl.Int64) * 7 + 1_000_003).cast(pl.String)
    is_same = (known["NIA"].str.strip_chars_start("0") == numbers).fill_null(True)
    assert is_same.all() and known.filter(pl.col("NIA") == "", pl.col("DOCUMENT") == "").is_empty()
    # In a larger city: mostly women, and nobody's child is left behind in the open.
    protected = city.filter(pl.col("protected_day").is_not_null())
    carers = protected.select(carer="person", lives="household", day="protected_day")
    children = city.with_columns(carer=pl.coalesce("mother", "father")).join(carers, on="carer")
    at_home = children.filter(pl.col("born_days") > -18 * 365, pl.col("household") == pl.col("lives"))
    assert at_home.height and (at_home["protected_day"] == at_home["day"]).all()
    adults = protected.filter(pl.col("born_days") < -18 * 365)
    assert adults.height == round(plan.rates["protections"]["per_person"] * plan.population)
    assert (adults["sex"] == "F").to_numpy().mean() > 0.6


def test_people_stay_themselves(plan: CityPlan, city: pl.DataFrame) -> None:
    before, after = as_of(city, FIRST_DAY - 1), as_of(city, LAST_DAY)
    same = city["change"].is_null()
    assert before.filter(same).select(IDENTITY).equals(after.filter(same).select(IDENTITY))
    both = pl.concat([after, before.select(pl.col(IDENTITY).name.prefix("was_"))], how="horizontal")
    of = {kind: both.filter(pl.col("change") == kind) for kind in CHANGES}
    assert all(frame.height > 0 for frame in of.values())
    kept = {
        "sex_rectified": ("document", "surname_1"), "name_rectified": ("document", "sex"),
        "married_name": ("document",), "renewed_passport": ("document_country", "surname_1"),
        "dni_obtained": ("given_name",),
        "nie_obtained": ("given_name", "country"), "naturalised": ("surname_1", "sex"),
    }  # fmt: skip
    for kind, columns in kept.items():
        assert all((of[kind][name] == of[kind][f"was_{name}"]).all() for name in columns), kind
    new = of["naturalised"]
    assert (new["was_country"] != new["country"]).all() and set(new["country_code"]) == {"ES"}
    assert new["surname_2"].is_not_null().all() and new["was_surname_2"].is_null().any()
    assert all(dni.is_valid(number) for number in new["document"])
    assert all(nie.is_valid(number) for number in new["was_document"])
    assert (of["renewed_passport"]["document"] != of["renewed_passport"]["was_document"]).all()
    assert set(of["dni_obtained"]["was_document_type"]) <= {None, "NIF_K"}
    assert (of["sex_rectified"]["sex"] != of["sex_rectified"]["was_sex"]).all()


def test_documents_are_each_ones_own_and_right(city: pl.DataFrame) -> None:
    held = pl.concat(
        [
            city.select("person", "document", "document_type", "document_country"),
            city.select(
                "person", document="former_document", document_type="former_document_type",
                document_country="former_document_country",
            ),
        ]
    ).drop_nulls()  # fmt: skip
    assert (held.group_by("document", "document_country").agg(pl.col("person").n_unique())["person"] == 1).all()
    for kind, check in (("DNI", dni), ("NIE", nie), ("NIF_K", nif)):
        assert all(check.is_valid(number) for number in held.filter(pl.col("document_type") == kind)["document"]), kind
    of_fourteen = city.filter(pl.col("age") > 14, pl.col("country_code") == "ES")
    assert set(of_fourteen["document_type"]) == {"DNI"}


def test_babies_are_born_to_who_is_here(plan: CityPlan, city: pl.DataFrame) -> None:
    born = city.filter(pl.col("born_days").is_between(1, 365), "is_registered")
    assert born.height * 1_700_000 / plan.population == pytest.approx(13_000, rel=0.15)
    delay = born["entry_day"] - born["born_days"]
    # A few are born where their mothers lived before they came.
    assert born.select((pl.col("entry_cause") == "AN").mean()).item() > 0.9
    assert delay.filter(born["entry_cause"] == "AN").is_between(1, 40).all()
    mothers = city[born["mother"].drop_nulls()]
    days = born.filter(pl.col("mother").is_not_null())["born_days"]
    age_at_birth = (days - mothers["born_days"]) / 365.25
    assert age_at_birth.to_numpy().min() > 14 and age_at_birth.to_numpy().max() < 51
    assert (mothers["exit_day"].fill_null(10**6) > days).all()
    parented = city.with_columns(
        older=pl.min_horizontal(
            pl.col("born_days") - pl.col("born_days").gather(pl.col(parent)) for parent in ("mother", "father")
        )
    )
    assert parented["older"].drop_nulls().to_numpy().min() > 14 * 365


def test_couples_and_families_move_together(city: pl.DataFrame) -> None:
    married = city.filter(pl.col("married_day").is_not_null())
    theirs = city[married["partner"]]
    assert (married["married_day"] == theirs["married_day"]).all()
    joined = (married["move_day"] == married["married_day"]).fill_null(False)
    assert 0.3 < joined.to_numpy().mean() < 0.7
    assert (married["home"] == theirs["home"]).filter(joined).all()
    assert (married["former_home"] != theirs["former_home"]).filter(joined).all()
    parted = city.filter(pl.col("separated_day").is_not_null() & pl.col("leaves_family"))
    stayed = city[parted["partner"]]
    assert parted.height > 20
    assert (parted["former_home"] == stayed["home"]).all() and (parted["home"] != stayed["home"]).all()
    grown = city.filter("leaves_family", pl.col("separated_day").is_null())
    assert (
        grown["former_home"] == city[grown.select(pl.coalesce("mother", "father")).to_series()]["home"]
    ).to_numpy().mean() > 0.9


def test_nothing_befalls_who_is_not_here(city: pl.DataFrame) -> None:
    last = city["exit_day"].fill_null(10**6)
    for name in ("move_day", "change_day", "married_day", "separated_day", "renewal_day"):
        day = city[name]
        assert (day > city["entry_day"]).fill_null(True).all(), name
        assert (day < last).fill_null(True).all(), name
    assert (city["exit_day"] > city["entry_day"]).fill_null(True).all()


def test_events_have_their_yearly_rates(plan: CityPlan, city: pl.DataFrame) -> None:
    people = city.filter("is_registered")
    yearly = {
        "deaths": (people.filter(pl.col("exit_cause") == "BD")["exit_day"], 0.009),
        "departures": (people.filter(pl.col("exit_cause") == "BC")["exit_day"], 0.030),
        "marriages": (people["married_day"], 2 * 0.0037),
        "moves": (people["move_day"], 0.10),
    }
    for name, (days, rate) in yearly.items():
        ahead = days.is_between(1, 365).sum() / plan.population
        assert ahead == pytest.approx(rate, rel=0.3), name
    alive = people.filter(pl.col("entry_day") <= 0, pl.col("exit_day").fill_null(10**6) > 0)
    assert alive.height == pytest.approx(plan.population, rel=0.015)


def test_whatever_befalls_people_happens_within_a_month_but_for_what_is_rare(
    plan: CityPlan, city: pl.DataFrame
) -> None:
    organisations = make_organisations(plan, city)
    happened = events(plan, city, organisations, plan.start + timedelta(days=LAST_DAY - 1))
    daily = {
        "birth", "entry", "move", "departure", "death", "marriage", "separation", "naturalised", "nie_obtained",
        "dni_obtained", "renewed_passport", "renewal", "confirmation", "expiry", "transformation", "section_changed",
    }  # fmt: skip
    rare = {"sex_rectified", "name_rectified", "married_name"} | {
        "struck_off", "struck_off_wrongly", "inscribed_anew", "inscribed_twice", "second_inscription_ended",
    }  # fmt: skip
    of_month = happened.filter(pl.col("date").is_between(plan.start, plan.start + timedelta(days=30)))
    assert daily <= set(of_month["kind"])
    assert set(happened["kind"]) == daily | rare
    assert happened["date"].is_sorted() and happened["date"].max() > plan.start + timedelta(days=LAST_DAY - 5)


def test_old_selves_go_on_in_other_registers(written: Written) -> None:
    out, _ = written
    told = pl.read_parquet(out / "truth/mentions.parquet").explode("error_types")
    persons = pl.read_parquet(out / "truth/persons.parquet")
    changed = set(persons.filter(pl.col("former_given_name").is_not_null())["true_person_id"])
    former = told.filter(pl.col("error_types").is_in(["document_former", "name_former"]), pl.col("source") != "padro")
    assert former.height > 5
    assert set(former["true_person_id"]) <= changed
    stale = told.filter(pl.col("error_types") == "stale_address", pl.col("source") == "contribuents")
    assert stale.height > 5


def test_companies_change_their_form(written: Written) -> None:
    out, _ = written
    transformed = pl.read_parquet(out / "truth/events.parquet").filter(pl.col("kind") == "transformation")
    assert transformed.height > 0 and transformed["true_person_id"].is_null().all()
    of_form = pl.read_parquet(out / "truth/organisation_mentions.parquet").explode("error_types")
    assert (of_form["error_types"] == "former_legal_form").any()
    assert transformed["date"].is_between(date(2025, 5, 30), date(2026, 6, 1)).all()
    assert transformed["true_organisation_id"].str.starts_with("E").all()


def test_a_city_goes_on_to_its_last_day(plan: CityPlan, city: pl.DataFrame) -> None:
    days = [plan.start + timedelta(days=number) for number in range(0, LAST_DAY, 7)]
    assert all(
        any(zone["properties"]["data_inici"] <= day.isoformat() for zone in geography.zones(plan, day)) for day in days
    )
    organisations = make_organisations(plan, city)
    begun = llicencies.licences(plan, city, organisations)["first_day"]
    assert begun.is_between(LAST_DAY - 60, LAST_DAY).sum() > 10
    lived = census_section_changes(plan, city)["day"]
    for happened in (*(city[name] for name in ("entry_day", "exit_day", "move_day", "change_day")), lived):
        assert happened.is_between(LAST_DAY - 60, LAST_DAY).sum() > 0
