"""How often and when people of a synthetic city are in contact, beside the brief's figures, and what goes wrong."""

import json
from datetime import date
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import polars as pl
import pytest

from orchestration.evaluation.traps import OF_MENTIONS, OF_PERSONS
from sources.synthetic import simulate

PEOPLE = 20_000
START = date(2026, 5, 4)
BARCELONA = 1_700_000
# The entry errors of every source, as the truth names them.
OF_DOCUMENTS = {
    "missing_letter", "wrong_letter", "formatting", "leading_zeros_lost", "swapped_digits", "wrong_digit",
    "letter_for_digit", "nie_variant", "wrong_type", "passport_as_dni", "parents", "of_company", "placeholder",
    "country_prefix", "country_suffix",
}  # fmt: skip
OF_NAMES = {
    "other_language", "hypocoristic", "one_of_two_given_names", "surname_variant", "second_surname_missing",
    "surnames_swapped", "autofill_swapped", "name_in_one_field", "name_cut", "lost_accents",
    *(f"{whose}_{slip}" for whose in ("given_name", "surname") for slip in ("phonetic", "keyboard", "typo")),
}  # fmt: skip
OF_OTHERS = {
    "day_month_swapped", "birth_year_wrong", "birth_1_january", "stale_address", "email_typo", "partners_email",
    "phone_typo",
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city with a year of contacts."""
    out = tmp_path_factory.mktemp("year")
    simulate(out, population=PEOPLE, nights=1, seed=23, start=START)
    return out


def delivered(home: Path, source: str) -> bytes:
    (path,) = (path for path in (home / "inbox" / source).iterdir() if not path.name.endswith(".json"))
    return path.read_bytes()


def rows(home: Path, source: str, separator: str = ",") -> pl.DataFrame:
    quote = None if source in ("contribuents", "cita_previa", "area_verda") else '"'
    text = delivered(home, source)
    return pl.read_csv(
        text.decode("cp1252").encode() if source in ("contribuents", "area_verda") else text, separator=separator,
        quote_char=quote, infer_schema=False, truncate_ragged_lines=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def attentions(home: Path) -> pl.DataFrame:
    lines = delivered(home, "atencions").splitlines()
    frame = pl.DataFrame([json.loads(line) for line in lines if line.endswith(b"}")], infer_schema_length=None)
    return frame.with_columns(at=pl.col("data_hora").str.to_datetime())


@pytest.fixture(scope="module")
def mentions(home: Path) -> pl.DataFrame:
    return pl.read_parquet(home / "truth/mentions.parquet")


def per_person(count: int) -> float:
    return count / PEOPLE


def test_attentions_are_as_many_as_in_the_brief_and_a_quarter_shows_a_document(attentions: pl.DataFrame) -> None:
    assert per_person(attentions.height) == pytest.approx(1_500_000 / BARCELONA, rel=0.05)
    assert attentions["document"].is_not_null().mean() == pytest.approx(0.23, abs=0.02)


def test_three_million_taxpayers_and_the_cards_of_a_year(home: Path) -> None:
    assert per_person(rows(home, "contribuents", "|").height) == pytest.approx(3_000_000 / BARCELONA, rel=0.04)
    assert per_person(rows(home, "iris").height) == pytest.approx(287_304 / BARCELONA, rel=0.05)


def test_a_tenth_of_the_city_has_consented(home: Path, attentions: pl.DataFrame, mentions: pl.DataFrame) -> None:
    given = attentions.filter(
        (pl.col("consentiment_integracio") == "S") | (pl.col("consentiment_comunicacions") == "S")
    )
    elsewhere = [json.loads(line) for line in delivered(home, "consentiments").splitlines()]
    keys = [*given["id"], *(row["id"] for row in elsewhere if row["estat"] == "DONAT")]
    people = mentions.filter(pl.col("source_key").is_in(keys))["true_person_id"].n_unique()
    assert per_person(people) == pytest.approx(170_000 / BARCELONA, rel=0.12)


def test_who_is_asked_for_another_consent_is_asked_for_surveys(attentions: pl.DataFrame) -> None:
    asked = attentions.filter(
        pl.any_horizontal(pl.col("consentiment_integracio", "consentiment_comunicacions").is_not_null())
    )
    assert (asked["consentiment_enquestes"] == "S").sum() / asked.height == pytest.approx(0.45, abs=0.05)
    assert (asked["consentiment_enquestes"] == "N").sum() / asked.height == pytest.approx(0.20, abs=0.05)
    assert attentions["consentiment_enquestes"].count() == asked["consentiment_enquestes"].count()


def test_mails_are_opened_as_often_as_in_the_brief(home: Path) -> None:
    """57 % of those on enrolment, 64 % on buses, 51 % on works."""
    events = pl.read_parquet(BytesIO(delivered(home, "campanyes"))).filter(canal="EMAIL")
    mails = events.group_by(pl.col("campanya").str.extract("^([a-z]+)")).agg(
        (pl.col("esdeveniment") == name).sum().alias(name) for name in ("LLIURAT", "OBERT")
    )
    of = {about: (arrived, opened / arrived) for about, arrived, opened in mails.drop_nulls().iter_rows()}
    for about, share in {"preinscripcio": 0.57, "bus": 0.64, "obres": 0.51, "butlleti": 0.55, "enquesta": 0.54}.items():
        arrived, opened = of[about]
        assert opened == pytest.approx(share, abs=2.5 * (0.25 / arrived) ** 0.5), about
    assert min(of[about][0] for about in ("preinscripcio", "bus", "enquesta")) > 150
    # 10,200 mails on works and 41,000 on buses to who lives near, beside the subscribers'.
    for about, to_all in {"obres": 10_200, "bus": 41_000}.items():
        assert 0.5 < of[about][0] / PEOPLE / (to_all / BARCELONA) < 2, about
    known, refused = (
        set(pl.read_parquet(home / f"truth/{name}.parquet").filter(source="campanyes")["source_key"])
        for name in ("records", "refused")
    )
    assert set(events["id_esdeveniment"]) - refused <= known


def test_who_was_sent_a_questionnaire_answers_days_later(home: Path) -> None:
    answers = rows(home, "enquestes", ";").filter(pl.col("ID_ATENCIO").str.len_chars() > 0)
    asked = pl.read_parquet(BytesIO(delivered(home, "campanyes"))).filter(segment="enquesta_satisfaccio")
    sent = asked.filter(esdeveniment="ENVIAT").height
    later = answers.filter(pl.col("ID_ATENCIO").str.slice(2, 8) < pl.col("DATA").str.replace_all("-", ""))
    assert per_person(sent) == pytest.approx(0.13 * 0.882 * 0.2, rel=0.4)
    assert 0.15 < later.height / sent < 0.3
    assert asked.filter(esdeveniment="CLIC").height >= later.height * 0.6
    known = pl.read_parquet(home / "truth/records.parquet").filter(source="enquestes")
    assert set(later["ID_RESPOSTA"]) <= set(known["source_key"])


def test_one_appointment_in_twenty_five_is_not_kept(home: Path) -> None:
    booked = rows(home, "cita_previa", ";").filter(CITA_PREVIA="1")
    assert booked.height > 4_000
    assert (booked["ESTAT"] == "No presentat").mean() == pytest.approx(0.04, abs=0.01)


def test_weeks_and_seasons_have_their_rhythm(home: Path, attentions: pl.DataFrame) -> None:
    by_day = attentions.group_by(pl.col("canal"), weekday=pl.col("at").dt.weekday()).len()
    counts = {(channel, day): count for channel, day, count in by_day.iter_rows()}
    assert ("OAC", 7) not in counts
    assert counts["010", 1] > 1.15 * counts["010", 5] > 2 * counts["010", 7] > 0
    hours = attentions.filter(canal="OAC")["at"].dt.hour()
    assert (hours.min(), hours.max()) == (8, 18)
    by_month = attentions.group_by(month=pl.col("at").dt.month()).len()
    august = by_month.filter(month=8)["len"].item()
    assert august < 0.7 * attentions.height / 12
    dates = pl.concat_str("ANY_DATA_ALTA", "MES_DATA_ALTA", "DIA_DATA_ALTA").str.to_date("%Y%m%d", strict=False)
    cards = rows(home, "iris").select(is_weekend=dates.dt.weekday() > 5).to_series().drop_nulls()
    weekend = cards.sum() / 2
    assert (len(cards) - 2 * weekend) / 5 / weekend == pytest.approx(879 / 474, rel=0.15)
    asked = rows(home, "subscripcions").filter(SERVEI="PREINSCRIPCIO")["DATA_ALTA"].str.slice(5, 2)
    assert asked.is_in(["02", "03", "04"]).to_numpy().mean() > 0.4
    taxes = rows(home, "tramits_hisenda")["DATA"].str.slice(5, 2)
    assert (taxes == "05").sum() > 2 * (taxes == "08").sum() > 0


def test_summer_activities_are_applied_for_in_spring(home: Path) -> None:
    with ZipFile(BytesIO(delivered(home, "activitats_estiu"))) as parts:
        applied = pl.read_csv(parts.read(parts.namelist()[0]), separator=";", infer_schema=False)
    assert set(applied["DATA_SOLLICITUD"].str.slice(5, 2)) <= {"03", "04", "05", "06", "07"}
    assert set(applied["ANY"]) == {"2025", "2026"}


def test_permits_and_shared_bicycles_are_in_force_as_often_as_in_the_city(home: Path, mentions: pl.DataFrame) -> None:
    """Some ended and are still in the file, and some name nobody by a document."""
    permits = rows(home, "area_verda", "|")
    parks = permits.filter(pl.col("ESTAT") == "V", pl.col("DATA_CADUCITAT") >= f"{START:%Y%m%d}")
    assert per_person(parks.height) == pytest.approx(0.07, rel=0.1)
    assert set(permits["ESTAT"]) == {"V", "B"} and permits["MATRICULA"].str.contains("^[0-9]{4}[A-Z]{3}$").all()
    assert permits["DATA_BAIXA"].is_not_null().to_list() == (permits["ESTAT"] == "B").to_list()
    bicycles = rows(home, "bicing", ";")
    rides = bicycles.filter(ESTAT="ACTIU")
    assert per_person(rides.height) == pytest.approx(160_000 / BARCELONA, rel=0.1)
    assert (rides["DATA_FI"] >= START.isoformat()).all() and set(bicycles["ESTAT"]) == {"ACTIU", "SUSPES", "BAIXA"}
    for told, document in ((permits, "NIF"), (bicycles, "DOCUMENT")):
        assert 0.7 < (told[document].fill_null("") != "").to_numpy().mean() < 0.99
        assert (told["NOM"].fill_null("") != "").to_numpy().mean() > 0.98
    of = mentions.group_by("source").agg(pl.col("true_person_id").n_unique())
    named = dict(of.filter(pl.col("source").is_in(["area_verda", "bicing"])).rows())
    assert named["area_verda"] > permits.height * 0.8 and named["bicing"] > bicycles.height * 0.8


def test_every_kind_of_error_happens_and_has_a_name(home: Path, mentions: pl.DataFrame) -> None:
    told = set(mentions["error_types"].explode().drop_nulls())
    expected = {f"document_{name}" for name in OF_DOCUMENTS} | OF_NAMES | OF_OTHERS
    assert expected <= told
    traits = pl.read_parquet(home / "truth/persons.parquet")["traits"].explode()
    assert told >= OF_MENTIONS.keys() and set(traits) >= OF_PERSONS.keys(), "a trap that is never set"


def test_every_source_has_dirt_of_its_own(mentions: pl.DataFrame) -> None:
    told = mentions.explode("error_types").drop_nulls("error_types")
    of = {source: set(errors) for source, errors in told.group_by("source").agg("error_types").iter_rows()}
    assert of.keys() == set(mentions["source"])
    typed = {"lost_accents", "second_surname_missing"}
    for source in ("atencions", "iris", "tramits", "cita_previa", "contribuents", "consentiments", "bicing"):
        assert of[source] >= typed | {"document_missing_letter", "surname_typo"}, source
    assert of["llicencies_via_publica"] >= typed
    assert of["activitats_estiu"] >= {"document_parents", "autofill_swapped", "surname_keyboard"}
    assert of["padro"] >= {"name_cut", "birth_day_unknown", "document_former", "other_language", "double_inscription"}


def test_documents_go_wrong_in_their_proportions(mentions: pl.DataFrame) -> None:
    wrong = mentions.filter(pl.col("source").is_in(["atencions", "cita_previa"])).explode("error_types")["error_types"]
    counts = wrong.filter(wrong.str.starts_with("document_") & (wrong != "document_former")).value_counts()
    shares = {name.removeprefix("document_"): count / counts["count"].sum() for name, count in counts.iter_rows()}
    for name, share in {"missing_letter": 0.25, "formatting": 0.20, "wrong_letter": 0.15, "wrong_digit": 0.08}.items():
        assert shares[name] == pytest.approx(share, abs=0.05), name
    assert shares["placeholder"] < 0.03 < shares["swapped_digits"]


def test_what_goes_wrong_depends_on_the_channel(mentions: pl.DataFrame) -> None:
    typed = mentions.filter(pl.col("channel").is_in(["counter", "phone", "web"]))
    assert typed["channel"].n_unique() == 3

    def share(error: str, channel: str) -> float:
        of_channel = typed.filter(channel=channel)["error_types"].list.contains(error)
        return of_channel.sum() / len(of_channel)

    assert share("surname_phonetic", "phone") > 3 * share("surname_phonetic", "counter") > 0
    assert share("surname_phonetic", "web") == share("birth_1_january", "web") == 0
    assert share("hypocoristic", "phone") > 2 * share("hypocoristic", "counter") > 0
    assert share("autofill_swapped", "web") > 0 == share("autofill_swapped", "phone")
    assert share("surname_keyboard", "counter") > share("surname_keyboard", "web") > 0


@pytest.mark.parametrize("history", [0, 40])
def test_the_first_deliveries_hold_the_history_that_is_asked_for(tmp_path: Path, history: int) -> None:
    simulate(tmp_path, population=1_000, nights=1, seed=4, start=START, history_days=history)
    first = min(json.loads(line)["data_hora"] for line in delivered(tmp_path, "atencions").splitlines())
    told = {
        "tramits_hisenda": rows(tmp_path, "tramits_hisenda")["DATA"],
        "cita_previa": rows(tmp_path, "cita_previa", ";")["DATA"],
        "subscripcions": rows(tmp_path, "subscripcions")["DATA_ALTA"],
    }
    begins = date.fromordinal(START.toordinal() - history).isoformat()
    assert first >= begins
    assert all(day >= begins for days in told.values() for day in days)
    assert (first < START.isoformat()) == (history > 0)
