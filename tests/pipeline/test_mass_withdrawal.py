"""One in a hundred of those who consented withdraw in one night, in as many ways as people do: no file has one of them.

`FIL_POPULATION` is the size of the city (default: 20,000).
"""

import json
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.support.nights import deliver, fil, nightly

pytestmark = pytest.mark.long

FIRST, SECOND = date(2026, 5, 4), date(2026, 5, 5)
Person = dict[str, str]
Row = dict[str, str | None]
_PURPOSES = ("INTEGRACIO", "COMUNICACIONS", "ENQUESTES")


def _decisions(**told: str) -> list[Row]:
    """One decision for each purpose."""
    common = {"data_hora": f"{SECOND}T09:00:00", "origen": "WEB", "estat": "RETIRAT", "atorgant": "TITULAR"}
    return [common | {"finalitat": purpose, **told} for purpose in _PURPOSES]


def _attention(**told: str) -> list[Row]:
    refusals = {"consentiment_integracio": "N", "consentiment_comunicacions": "N", "versio_text": "2026-1-ca"}
    common = {"data_hora": f"{SECOND}T09:00:00", "canal": "010", "motiu": "INFO", "resultat": "RESOLT"}
    return [common | refusals | told]


def _event(**told: str) -> list[Row]:
    return [{"canal": "EMAIL", "esdeveniment": "BAIXA", "campanya": "c", "segment": "obres"} | told]


# What a person withdraws by each way, and how a row says who it is: by person, by address, or by the exported id.
_WAYS: tuple[tuple[str, str, Callable[[Person], list[Row]]], ...] = (
    ("consentiments", "person", lambda one: _decisions(document=one["document"])),
    ("consentiments", "person", lambda one: _decisions(document=f"núm. {one['document'][:-1]}-{one['document'][-1]}")),
    ("consentiments", "person", lambda one: _decisions(
        nom=one["given_name"], cognom_1=one["surname_1"], cognom_2=one["surname_2"],
        data_naixement=one["birth_date"], document=one["document"],
    )),
    ("consentiments", "address", lambda one: _decisions(email=one["email"].upper())),
    ("consentiments", "address", lambda one: _decisions(telefon=f"00{one['phone'][1:]}")),
    ("consentiments", "person", lambda one: _decisions(document=one["document"], data_hora="1970-01-01T00:00:00")),
    ("atencions", "person without surveys", lambda one: _attention(document=one["document"])),
    ("atencions", "address without surveys", lambda one: _attention(telefon_origen=one["phone"])),
    ("campanyes", "id of messages", lambda one: _event(id_persona=one["person_id"])),
    ("campanyes", "address of messages", lambda one: _event(adreca=f"mailto:{one['email'].upper()}.")),
)  # fmt: skip


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("mass") / "home"
    size = os.environ.get("FIL_POPULATION", "20000")
    made = fil(home, "simulate", "--population", size, "--nights", "2", "--seed", "20261201")
    assert made.returncode == 0, made.stderr
    first = nightly(home, FIRST.isoformat())
    assert first.returncode == 0, first.stderr
    return home


def consented(home: Path) -> list[Person]:
    """One in a hundred of those who consented to something, but at least forty; all with document, e-mail and phone."""
    query = """
        select person_id, document, given_name, surname_1, coalesce(surname_2, '') as surname_2,
            birth_date::varchar as birth_date, email, phone
        from hub.persons
        semi join (select person_id from hub.consents where state = 'given') using (person_id)
        where document is not null and email is not null and phone is not null
            and given_name is not null and surname_1 is not null and birth_date is not null
        order by md5(person_id)
        limit greatest(40, (select count(distinct person_id) // 100 from hub.consents where state = 'given'))
    """
    with duckdb.connect(str(home / "published" / "current" / "fil.duckdb"), read_only=True) as connection:
        return connection.sql(query).pl().to_dicts()


def told_by(people: list[Person]) -> dict[str, list[Row]]:
    """The rows by which people withdraw, by source; ways are taken in turn."""
    rows: dict[str, list[Row]] = {"consentiments": [], "atencions": [], "campanyes": []}
    for place, one in enumerate(people):
        source, _, tell = _WAYS[place % len(_WAYS)]
        rows[source] += tell(one)
    return rows


def deliver_beside(home: Path, rows: dict[str, list[Row]]) -> None:
    """Add rows to what the sources send on the second night."""
    for source in ("consentiments", "atencions"):
        path = home / "inbox" / source / f"{source}_{SECOND:%Y%m%d}.jsonl"
        lines = [json.dumps({"id": f"W{number}"} | row).encode() + b"\n" for number, row in enumerate(rows[source])]
        deliver(home, source, path.name, path.read_bytes() + b"".join(lines))
    path = home / "inbox" / "campanyes" / f"campanyes_{SECOND:%Y%m%d}.parquet"
    sent = pl.read_parquet(path)
    moment = pl.lit(f"{SECOND}T09:00:00").str.to_datetime(time_unit="us")
    events = pl.DataFrame(rows["campanyes"], infer_schema_length=None).with_columns(
        id_esdeveniment=pl.format("W{}", pl.int_range(pl.len())),
        id_missatge=pl.format("W{}", pl.int_range(pl.len())),
        moment=moment,
    )
    pl.concat([sent, events], how="diagonal").write_parquet(path)
    deliver(home, "campanyes", path.name, path.read_bytes(), rows=sent.height + events.height)


def left(home: Path, day: date) -> pl.DataFrame:
    """Who leaves in the files of a night: `kind` (attention, messages or surveys), `person_id` and `address`."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{home}/published/current/fil.duckdb' as told (read_only)")
        exports = home / "exports"
        return connection.sql(f"""
            with segments as (select segment, purpose from told.hub.segments),
            audiences as (
                from read_csv('{exports}/campaigns/{day}/audience.*.csv', all_varchar = true, union_by_name = true,
                    filename = true)
                where not ends_with(filename, '.funnel.csv')
            )
            select 'attention' as kind, person_id, unnest([email, phone]) as address
            from '{exports}/attention/{day}/attention.parquet'
            union all by name
            select 'messages' as kind, person_id, unnest([email, phone]) as address
            from read_csv('{exports}/campaigns/{day}/campaigns.csv', all_varchar = true)
            union all by name
            select if(purpose = 'survey', 'surveys', 'messages') as kind, recipient_id as person_id, address
            from audiences left join segments using (segment)
        """).pl().with_columns(
            address=pl.when(pl.col("address").str.contains("@")).then("address").otherwise(
                pl.col("address").str.replace(r"^(00|\+)", "+")
            )
        )  # fmt: skip


def wrongly_left(found: pl.DataFrame, people: list[Person]) -> list[tuple[int, str]]:
    """The ways, with the kind of file, by which somebody withdrew and was written to or shown all the same."""
    wrong = set()
    ids = {kind: set(rows["person_id"]) for (kind,), rows in found.group_by("kind")}
    addresses = {kind: set(rows["address"]) for (kind,), rows in found.group_by("kind")}
    for place, one in enumerate(people):
        _, meant, _ = _WAYS[place % len(_WAYS)]
        kinds = {"surveys", "messages", "attention"}
        kinds -= {"surveys"} if "without surveys" in meant else set()
        kinds = {"messages"} if "of messages" in meant else kinds
        for kind in kinds:
            by_address = kind == "messages" and {one["email"], one["phone"]} & addresses.get(kind, set())
            if one["person_id"] in ids.get(kind, set()) or (by_address and meant.startswith("address")):
                wrong.add((place % len(_WAYS), kind))
    return sorted(wrong)


def test_nobody_leaves_who_withdrew_that_night(city: Path) -> None:
    people = consented(city)
    assert len(people) >= 40
    before = left(city, FIRST)
    # Each way is told by somebody who was in the first night's files.
    assert {place for place, _ in wrongly_left(before, people)} == set(range(len(_WAYS)))
    deliver_beside(city, told_by(people))
    second = nightly(city, SECOND.isoformat())
    assert second.returncode == 0, second.stderr
    after = left(city, SECOND)
    assert wrongly_left(after, people) == []
    # Others are as they were: no more than the withdrawn and those who share their addresses have gone.
    for kind in ("attention", "messages"):
        first, last = (set(found.filter(pl.col("kind") == kind)["person_id"]) for found in (before, after))
        assert len(last) > 0.9 * len(first - {one["person_id"] for one in people})
    for target in ("attention", "campaigns"):
        again = fil(city, "export", "--target", target, "--date", FIRST.isoformat())
        assert again.returncode == 0, again.stderr
    assert wrongly_left(left(city, FIRST), people) == []
