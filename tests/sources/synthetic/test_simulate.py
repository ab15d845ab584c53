"""The extracts of a synthetic city: same seed, same bytes; right lengths, letters and shares; a truth that is whole."""

import hashlib
import json
import re
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest
from stdnum.es import dni, nie

from orchestration.evaluation.quarantined_rows import check_refusals
from orchestration.home.home import Home
from sources.contracts.catalogue import load_contracts
from sources.landing.land import land
from sources.parsing.parse import parse
from sources.synthetic import SimulationResult, simulate
from sources.synthetic.base.randomness import rates, table
from sources.synthetic.changes.identities import CHANGES
from sources.synthetic.city import ImpossibleCity

START = date(2026, 5, 30)
Written = tuple[Path, SimulationResult]


def contents(out: Path) -> dict[str, str]:
    files = sorted(path for path in out.rglob("*") if path.is_file())
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def attentions(out: Path) -> list[dict[str, str | None]]:
    """The attentions that their contract accepts."""
    refused = set(pl.read_parquet(out / "truth/refused.parquet").filter(source="atencions")["source_key"])
    paths = sorted((out / "inbox/atencions").glob("*.jsonl"))
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return [row for row in (json.loads(line) for line in lines if line.endswith("}")) if row["id"] not in refused]


def stop(*_: object) -> None:
    raise KeyboardInterrupt


def test_same_seed_writes_same_bytes_and_another_seed_another_city(tmp_path: Path) -> None:
    """Though the second run is the first one's continuation after it was stopped."""
    with pytest.raises(KeyboardInterrupt):
        simulate(tmp_path / "b", population=600, nights=2, seed=1, start=START, progress=stop)
    assert {path.name for path in (tmp_path / "b/truth").iterdir()} == {"city.json", "unfinished"}
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        simulate(tmp_path / name, population=600, nights=2, seed=seed, start=START)
    first, again, other = (contents(tmp_path / name) for name in "abc")
    assert first == again
    assert first.keys() == other.keys()
    # Streets, works and notices are the same for every city, and in a small one little happens on a Sunday.
    same = ("inbox/carrers", "inbox/adreces", "inbox/zones", "inbox/avisos")
    of_history = [name for name in first if "20260530" in name and not name.startswith(same)]
    assert len(of_history) > 20
    assert all(first[name] != other[name] for name in of_history)


def test_one_night_more_leaves_the_nights_before_as_they_were(tmp_path: Path, written: Written) -> None:
    simulate(tmp_path, population=4_000, nights=1, seed=11, start=START)
    shorter, longer = contents(tmp_path / "inbox"), contents(written[0] / "inbox")
    assert shorter.items() <= longer.items()


def test_nights_and_control_files(written: Written) -> None:
    out, result = written
    assert [day.isoformat() for day in result.business_dates] == ["2026-05-30", "2026-05-31", "2026-06-01"]
    assert len(list((out / "inbox/atencions").glob("*.jsonl"))) == 3
    files = {path.name for path in (out / "inbox/padro").glob("*.txt")}
    assert files == {"padro_habitants_20260530.txt", "padro_habitants_20260601.txt"}
    for path in [*out.glob("inbox/*/*.txt"), *out.glob("inbox/*/*.jsonl")]:
        control = json.loads(path.with_name(path.name + ".control.json").read_text())
        content = path.read_bytes()
        assert control["rows"] == content.count(b"\n")
        assert control["bytes"] == len(content)
        assert control["sha256"] == hashlib.sha256(content).hexdigest()


def test_padro_lines_are_340_bytes_with_right_letters(written: Written) -> None:
    for path in sorted((written[0] / "inbox/padro").glob("*.txt")):
        lines = path.read_bytes().split(b"\r\n")
        assert lines.pop() == b""
        assert {len(line) for line in lines} == {340}
        by_type = {
            kind: [line[267:287].decode().strip() for line in lines if line[266:267] == kind] for kind in (b"1", b"4")
        }
        assert len(by_type[b"1"]) > 2_000
        assert all(dni.is_valid(number) for number in by_type[b"1"])
        assert all(nie.is_valid(number) for number in by_type[b"4"])
        assert len(set(by_type[b"1"])) == len(by_type[b"1"])


def test_contracts_take_every_row_but_those_that_the_truth_says_they_refuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In each source that names people, at the place and for the reason that the truth tells."""
    often = {
        "refused": {"per_row": 0.01}, "licences": {"yearly_per_person": 0.1},
        "subscriptions": {"yearly_per_person": 2.0}, "parking_permits": {"per_person": 1.0},
        "shared_bicycles": {"per_person": 1.0}, "summer": rates()["summer"] | {"per_child": 5},
        "surveys": rates()["surveys"] | {"on_the_spot": 0.7},
    } | {name: {"yearly_per_person": 1.0} for name in ("tax_procedures", "procedures")}  # fmt: skip
    more = {name: rates()[name] | {"yearly_per_person": 1.0} for name in ("cards", "consent_register", "visits")}
    monkeypatch.setattr("sources.synthetic.city.rates", lambda: rates() | often | more)
    simulate(tmp_path, population=1_500, nights=1, seed=5, start=START, history_days=60)
    told = pl.read_parquet(tmp_path / "truth/refused.parquet")
    for contract in load_contracts():
        assert land(tmp_path, contract, START).warnings == ()
        results = parse(tmp_path, contract, START)
        # What varied is delivered from the second night on.
        assert len(results) == (0 if contract.source == "padro_variacions" else 1)
        assert all(result.rejected is None and result.rows_in > 0 for result in results)
    with duckdb.connect() as connection:
        found = check_refusals(connection, Home(tmp_path), START)
    assert all(of["meant"] == of["as_meant"] > 0 == of["not_meant"] for of in found.values()), found
    registers = {"padro", "contribuents", "llicencies_via_publica", "area_verda", "bicing"}
    contacts = {"atencions", "iris", "tramits", "cita_previa", "tramits_hisenda", "consentiments", "activitats_estiu"}
    assert found.keys() == registers | contacts | {"subscripcions", "campanyes", "enquestes"}
    mentions = pl.read_parquet(tmp_path / "truth/mentions.parquet")
    assert told.join(mentions, on=["source", "source_key"]).is_empty()


def test_truth_names_every_mention_and_no_anonymous_call(written: Written) -> None:
    out, result = written
    truth = pl.read_parquet(out / "truth/mentions.parquet")
    persons = set(pl.read_parquet(out / "truth/persons.parquet")["true_person_id"])
    assert truth.height == result.counts["mentions"] == truth.select("source", "source_key").n_unique()
    assert set(truth["true_person_id"]) <= persons
    asked = attentions(out)
    named = {row["id"] for row in asked if row["nom"] or row["document"] or row["email"] or row["telefon"]}
    assert named == set(truth.filter(pl.col("source") == "atencions")["source_key"])
    nameless = [row for row in asked if row["id"] not in named]
    personal = ("cognom_1", "data_naixement", "adreca", "telefon_origen", "versio_text")
    assert not any(row[field] for row in nameless for field in personal)
    lines = b"".join(path.read_bytes() for path in (out / "inbox/padro").glob("*.txt")).splitlines()
    inscribed = {line[162:177].decode() for line in lines}
    assert inscribed == set(truth.filter(pl.col("source") == "padro")["source_key"])


def test_truth_tells_what_went_wrong(written: Written) -> None:
    out, _ = written
    wrong = dict(
        pl.read_parquet(out / "truth/mentions.parquet")
        .filter(source="atencions")
        .select("source_key", "error_types")
        .iter_rows()
    )
    persons = {
        row["true_person_id"]: row for row in pl.read_parquet(out / "truth/persons.parquet").iter_rows(named=True)
    }
    owner = dict(pl.read_parquet(out / "truth/mentions.parquet").select("source_key", "true_person_id").iter_rows())
    with_document = [row for row in attentions(out) if row["document"]]
    assert len(with_document) > 50
    changed = {
        row["true_person_id"]: row["date"].isoformat()
        for row in pl.read_parquet(out / "truth/events.parquet").iter_rows(named=True)
        if row["kind"] in CHANGES
    }
    for row in with_document:
        person = owner[row["id"]]
        is_before = (row["data_hora"] or "")[:10] < changed.get(person, "")
        is_true = row["document"] == persons[person]["former_document" if is_before else "document"]
        errors = {name for name in wrong[row["id"]] if name.startswith("document_")}
        assert is_true == (errors <= {"document_wrong_type", "document_passport_as_dni"})


def test_three_quarters_show_no_document(written: Written) -> None:
    asked = attentions(written[0])
    assert sum(row["document"] is None for row in asked) / len(asked) == pytest.approx(0.78, abs=0.05)
    answers = [row for row in asked if row["consentiment_integracio"] or row["consentiment_comunicacions"]]
    assert all(re.fullmatch(r"20\d\d-1-(ca|es|en)", row["versio_text"] or "") and row["document"] for row in answers)


def test_families_share_surnames_and_addresses(city: pl.DataFrame) -> None:
    people = city
    at = {
        name: people[name].to_list()
        for name in ("surname_1", "surname_2", "father", "mother", "household", "age", "country_code")
    }
    apart = people.select(pl.col("leaves_family") | pl.col("separated_day").is_not_null()).to_series().to_list()
    # Others inherit surnames as their countries have it.
    habit = people["names"].is_in(["es", "la"])
    changed = (people["change"].is_not_null() | ~habit).to_list()
    children = [row for row, father in enumerate(at["father"]) if father is not None and at["mother"][row] is not None]
    assert len(children) > 500
    for child in children:
        father, mother = at["father"][child], at["mother"][child]
        is_one = not (apart[child] or apart[father] or apart[mother])
        is_named_alike = not (changed[child] or changed[father] or changed[mother])
        assert not is_named_alike or at["surname_1"][child] == at["surname_1"][father]
        assert (
            not is_named_alike or at["surname_2"][child] == at["surname_1"][mother] or at["country_code"][child] != "ES"
        )
        assert not is_one or at["household"][child] == at["household"][father] == at["household"][mother]
        assert at["age"][mother] - at["age"][child] > 14
    born = people.filter(pl.col("mother").is_not_null()).group_by("mother", "birth_date").len()
    assert (born["len"] > 1).any()


def test_a_dwelling_has_one_point_and_a_postcode_of_its_barri(city: pl.DataFrame) -> None:
    people = city
    assert people.group_by("household").agg(pl.col("street_code", "number", "x").n_unique()).select(
        "street_code", "x"
    ).max().row(0) == (1, 1)
    known = table("streets").select("barri", "postcode").unique()
    assert people.join(
        known, left_on=["address_barri", "postcode"], right_on=["barri", "postcode"], how="anti"
    ).is_empty()


@pytest.mark.parametrize(
    ("option", "asked"),
    [
        ("population", {"population": 10}), ("population", {"population": 10**9}), ("nights", {"nights": 0}),
        ("nights", {"nights": 401}), ("seed", {"seed": -1}), ("history", {"history_days": -1}),
    ],
)  # fmt: skip
def test_an_impossible_city_is_refused_by_name_before_anything_is_written(
    tmp_path: Path, option: str, asked: dict[str, int]
) -> None:
    asked = {"population": 200, "nights": 1, "seed": 1, "history_days": 0} | asked
    with pytest.raises(ImpossibleCity, match=f"--{option} .* to .*; name such a number"):
        simulate(tmp_path, start=START, **asked)
    assert not list(tmp_path.iterdir())
