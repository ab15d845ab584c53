"""The people of a synthetic city beside the tables that they are drawn from, and the traits that make linking hard."""

import re

import polars as pl
import pytest

from sources.synthetic.base.randomness import table
from sources.synthetic.changes.as_of import as_of
from sources.synthetic.truth.traits import traits

# Half the sum of the differences of two lists of shares.
NEAR = 0.05
# How passports of the 28 main countries are numbered.
PASSPORTS = {
    "IT": r"[A-Z]{2}\d{7}", "FR": r"\d{2}[A-Z]{2}\d{5}", "CO": r"[A-Z]{2}\d{6,7}", "PK": r"[A-Z]{2}\d{7}",
    "CN": r"[EGD]\d{8}|E[A-Z]\d{7}", "PE": r"\d{9}|[A-Z]\d{8}", "HN": r"[A-Z]\d{6,7}", "MA": r"[A-Z]{2}\d{7}",
    "VE": r"\d{9}", "AR": r"[A-Z]{3}\d{6}", "PH": r"P\d{7}[A-Z]", "IN": r"[A-Z]\d{7}", "RU": r"\d{9}",
    "BD": r"[A-Z]{2}\d{7}|[A-Z]\d{8}", "UA": r"[A-Z]{2}\d{6}", "US": r"\d{9}|[A-Z]\d{8}", "GB": r"\d{9}",
    "BR": r"[A-Z]{2}\d{6}", "EC": r"[A-Z]\d{8}|\d{10}", "PT": r"[A-Z]{2}\d{6}", "BO": r"[A-Z]{2}\d{6}",
    "DO": r"[A-Z]{2}\d{7}", "RO": r"\d{9}", "DE": r"[CFGHJK][A-Z0-9]{8}", "NL": r"[A-Z]{2}\w{6}\d", "MX": r"[A-Z]\d{8}",
    "SN": r"[A-Z]\d{8}", "GE": r"\d{2}[A-Z]{2}\d{5}",
}  # fmt: skip
TWO_SURNAMES = {"CO", "PE", "VE", "EC", "BO", "HN", "MX", "DO", "PH", "BR", "PT"}
# What gives a surname away.
SURNAMES = {
    "PK": "Khan|Ahmed|Hussain|Bibi", "CN": "^(Wang|Li|Zhang|Chen)$", "MA": "^(El|Al|Ben|Ait) ?", "RU": "(ova?|enko)$",
    "UA": "(enko|uk)$", "GE": "(shvili|dze)$", "NL": "^(van|de) ", "DE": "^von |[üöä]", "BR": "^d[aeo]s? ",
    "SN": "Diop|Ndiaye", "IN": "Singh|Kaur", "RO": "escu$|Popa", "GB": "^(Mac|O')|son$", "IT": "i$", "FR": "^(Le|Du)",
    "PH": "Cruz|Santos|Reyes",
}  # fmt: skip


@pytest.fixture(scope="module")
def registered(city: pl.DataFrame) -> pl.DataFrame:
    """Who is in the Padró on the first night, as they are on it."""
    here = (pl.col("entry_day") <= 0) & (pl.col("exit_day").fill_null(10**6) > 0)
    return as_of(city.filter("is_registered", here), 0)


def shares(frame: pl.DataFrame, weight: pl.Expr, *by: str) -> pl.DataFrame:
    counted = frame.group_by(by).agg(n=weight)
    return counted.with_columns(share=pl.col("n") / pl.col("n").sum())


def distance(real: pl.DataFrame, found: pl.DataFrame, *by: str) -> float:
    both = real.join(found, on=by, how="full", coalesce=True).fill_null(0)
    return float(both.select((pl.col("share") - pl.col("share_right")).abs().sum() / 2).item())


def persons(name: str) -> pl.DataFrame:
    return table(name).with_columns(pl.col("persons").cast(pl.Float64))


def test_barris_ages_and_sexes_are_those_of_the_census(registered: pl.DataFrame) -> None:
    real = persons("age_sex").with_columns(district=pl.col("barri").replace_strict(districts()))
    band = (pl.col("age") // 5).clip(0, 20).cast(pl.Int64).cast(pl.String)
    found = registered.with_columns(age_band=band, barri="address_barri")
    for by in (("barri",), ("sex", "age_band"), ("district", "sex")):
        counted = shares(found, pl.len(), *by)
        assert distance(shares(real, pl.col("persons").sum(), *by), counted, *by) < NEAR, by
    # A cell of barri, sex and age holds six people here: a third of them fall elsewhere by chance alone.
    by = ("barri", "sex", "age_band")
    assert distance(shares(real, pl.col("persons").sum(), *by), shares(found, pl.len(), *by), *by) < 0.25


def districts() -> dict[str, str]:
    return dict(table("barris").select("barri", "district").iter_rows())


def test_nationalities_are_those_of_the_city_and_of_each_barri(registered: pl.DataFrame) -> None:
    real = persons("nationality")
    found = registered.with_columns(country="country_code", barri="address_barri")
    assert (
        distance(shares(real, pl.col("persons").sum(), "country"), shares(found, pl.len(), "country"), "country") < 0.03
    )
    foreign = pl.col("country") != "ES"
    of_barri = real.group_by("barri").agg(real=pl.col("persons").filter(foreign).sum() / pl.col("persons").sum())
    both = of_barri.join(found.group_by("barri").agg(foreign.mean().alias("found"), pl.len()), on="barri")
    large = both.filter(pl.col("len") > 150)
    assert (large["real"] - large["found"]).abs().to_numpy().mean() < 0.05
    assert large.select(pl.corr("real", "found")).item() > 0.8
    assert {code for code in table("countries")["country"]} == set(found["country"])


def test_names_are_as_frequent_as_in_the_registers(registered: pl.DataFrame) -> None:
    local = registered.filter(pl.col("names") == "es", pl.coalesce("mother", "father").is_null())
    weight = pl.col("weight").cast(pl.Float64)
    real = shares(table("surnames").filter(pl.col("names") == "es"), weight.sum(), "surname")
    found = local.group_by("surname_1").len().with_columns(found=pl.col("len") / local.height)
    head = real.sort("share", descending=True).head(40).join(found, left_on="surname", right_on="surname_1", how="left")
    assert head.select(pl.corr("share", "found")).item() > 0.95
    assert found.sort("found", descending=True)["surname_1"][0] == "Garcia"
    assert found.height > 1_500
    cohorts = {"1": pl.col("birth_date").dt.year() < 1960, "3": pl.col("birth_date").dt.year() >= 1995}
    given = table("given_names").filter(pl.col("names") == "es").with_columns(weight)
    for cohort, born in cohorts.items():
        for sex in "FM":
            real = shares(given.filter(cohort=cohort, sex=sex), pl.col("weight").sum(), "given_name")
            some = registered.filter(born, pl.col("names") == "es", pl.col("sex") == sex)
            drawn = some.group_by("given_name").len().with_columns(found=pl.col("len") / some.height)
            both = real.join(drawn, on="given_name", how="left").fill_null(0)
            assert both.select(pl.corr("share", "found")).item() > 0.85, (cohort, sex)


def test_documents_have_their_shares(registered: pl.DataFrame) -> None:
    found = dict(registered["document_type"].fill_null("none").value_counts(normalize=True).iter_rows())
    expected = {"DNI": 0.70, "NIE": 0.195, "PASSPORT": 0.065, "none": 0.04}
    assert all(found[kind] == pytest.approx(share, abs=0.015) for kind, share in expected.items())
    young = registered.filter(pl.col("document_type") == "NIF_K")
    assert young.height > 5 and young["age"].to_numpy().max() < 14 and set(young["country_code"]) == {"ES"}


def test_households_are_of_a_plausible_size(registered: pl.DataFrame) -> None:
    family = registered.filter(pl.col("living") != "care")
    sizes = family.group_by("home").len()["len"]
    assert 2.0 < sizes.to_numpy().mean() < 2.6
    assert 0.25 < (sizes == 1).to_numpy().mean() < 0.4
    assert sizes.to_numpy().max() <= 12
    care = registered.filter(pl.col("living") == "care")
    assert care.height == pytest.approx(0.006 * registered.height, rel=0.3)
    assert care["age"].to_numpy().min() >= 69 and care.group_by("home").len()["len"].to_numpy().max() > 20
    through = care.group_by("home", "phone").len().filter(pl.col("phone").is_not_null())
    assert through["len"].to_numpy().max() > 10


def test_coordinates_are_near_the_middle_of_their_section(registered: pl.DataFrame) -> None:
    middle = table("sections").select(
        "barri", "section", "reach_m", mx=pl.col("x").cast(pl.Float64), my=pl.col("y").cast(pl.Float64)
    )
    placed = registered.join(middle, left_on=["address_barri", "section"], right_on=["barri", "section"], how="left")
    off = ((pl.col("x") - pl.col("mx")) ** 2 + (pl.col("y") - pl.col("my")) ** 2).sqrt()
    assert placed["mx"].is_not_null().all()
    assert placed.select(off.max()).item() < 150
    # Near a boundary, within the barri.
    near = placed.filter(pl.col("reach_m").is_not_null()).select(left=pl.col("reach_m").cast(pl.Float64) - off)
    assert near.height > 500 and near["left"].to_numpy().min() > -0.001


def test_names_are_formed_by_the_habits_of_where_people_come_from(registered: pl.DataFrame) -> None:
    of = {habit: registered.filter(pl.col("names") == habit) for habit in ("ru", "in", "pk", "br", "cn")}
    women, men = (of["ru"].filter(pl.col("sex") == sex, pl.col("change").is_null()) for sex in "FM")
    assert not women["surname_1"].str.contains("[oe]v$").any() and women["surname_1"].str.ends_with("ova").any()
    assert not men["surname_1"].str.contains("[oe]va$").any()
    assert set(of["in"].filter(pl.col("surname_1") == "Kaur")["sex"]) == {"F"}
    assert set(of["pk"].filter(pl.col("surname_1").is_in(["Bibi", "Begum"]))["sex"]) == {"F"}
    assert (of["pk"]["surname_1"] == of["pk"]["given_name"]).any()
    assert of["ru"]["other_given_name"].str.contains("(vich|vna)$").all()
    assert 0.1 < of["cn"]["other_given_name"].is_not_null().to_numpy().mean() < 0.5
    assert of["br"]["surname_2"].is_not_null().all()


def test_each_of_the_28_main_nationalities_is_named_and_documented_as_at_home(city: pl.DataFrame) -> None:
    came = city.filter(pl.col("change").is_null(), "is_born_abroad", pl.col("country") == pl.col("birth_country"))
    of = {code: came.filter(pl.col("country_code") == code) for code in PASSPORTS}
    assert all(frame.height >= 10 for frame in of.values())
    for code, form in PASSPORTS.items():
        assert of[code]["passport"].str.contains(f"^({form})$").all(), code
        assert set(of[code]["document_type"]) <= {"NIE", "PASSPORT", None}
    # But for those who came as somebody else's child.
    has_two = {code: frame["surname_2"].is_not_null().mean() for code, frame in of.items()}
    assert {code for code, share in has_two.items() if isinstance(share, float) and share > 0.5} == TWO_SURNAMES
    assert all(has_two[code] < 0.1 for code in PASSPORTS.keys() - TWO_SURNAMES)
    for code, marks in SURNAMES.items():
        marked = sum(bool(re.search(marks, name)) for name in of[code]["surname_1"])
        elsewhere = city.filter(pl.col("names") == "es")["surname_1"]
        assert marked / of[code].height > 2 * elsewhere.str.contains(marks).sum() / len(elsewhere), code
    filipinos = of["PH"].filter(pl.col("surname_2").is_not_null())
    assert (filipinos["other_given_name"] == filipinos["surname_2"]).all()


def test_traits_are_had_by_as_many_as_in_a_city(city: pl.DataFrame, registered: pl.DataFrame) -> None:
    told = pl.DataFrame({"trait": traits(as_of(city, 0), 0)}).explode("trait")["trait"].value_counts()
    share = {name: count / city.height for name, count in told.iter_rows()}
    bounds = {
        "namesake": (0.003, 0.03), "parent_namesake": (0.005, 0.03), "twin": (0.002, 0.02), "care_home": (0.004, 0.008),
        "flat_share": (0.04, 0.15), "shared_email": (0.1, 0.3), "shared_phone": (0.1, 0.3),
        "naturalised": (0.001, 0.01), "married": (0.003, 0.01), "separated": (0.002, 0.008),
        "moved": (0.06, 0.14), "newborn": (0.004, 0.01),
        "deceased": (0.005, 0.012), "sex_rectified": (0.0001, 0.001), "name_rectified": (0.0005, 0.004),
        "renewed_passport": (0.001, 0.01), "nie_obtained": (0.003, 0.02), "dni_obtained": (0.002, 0.01),
    }  # fmt: skip
    for name, (least, most) in bounds.items():
        assert least < share[name] < most, (name, share[name])
