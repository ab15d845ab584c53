"""A night in which people change their minds, are protected, and are joined by a steward: what leaves from then on."""

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from itertools import product
from pathlib import Path

import duckdb
import polars as pl
import pytest

from exports.delivery.manifest import verify
from sources.contracts.catalogue import load_contracts
from sources.landing.land import land
from tests.support.nights import (
    DAY,
    assert_no_leak,
    attention,
    audiences,
    deliver,
    document,
    email,
    fil,
    nightly,
    payloads,
    person,
    published,
)


@pytest.mark.long
def test_a_withdrawal_shuts_the_gate_however_it_is_told(first_night: Path, home: Path) -> None:
    """By an attention, new, corrected or of the next day's first minutes; in the register of consents; by a message."""
    day = "2026-05-05"
    refuses = {"consentiment_comunicacions": "N", "consentiment_integracio": "N"}
    told = [attention(number, id=f"B{number}", data_hora=f"{day}T10:00:00") for number in range(100, 130)]
    told += [
        attention(1, id="B1", data_hora=f"{day}T10:00:00", idioma="fr", **refuses),
        attention(2, **refuses),
        attention(4, id="B4", data_hora="2026-05-06T00:10:00", **refuses),
        attention(5, id="B5", data_hora=f"{day}T10:00:00", **refuses),
    ]
    deliver(home, "atencions", "atencions_20260505.jsonl", b"".join(told))
    before = payloads(first_night)
    exported = csv.DictReader(before["campaigns.csv"].decode().splitlines())
    (reader,) = [row["person_id"] for row in exported if row["email"] == email(7)]
    ways = [{"id_persona": reader}, {"adreca": f"mailto:{email(22).upper()}."}]
    deliver(home, "campanyes", "campanyes_20260505.parquet", unsubscribed(ways), rows=len(ways))
    deliver(home, "consentiments", "consentiments_20260505.jsonl", b"".join(withdrawals(day)))
    joined = join_the_last_two_of_the_padro(home, day)
    approve_the_impact(home, day, before)
    deliver(home, "proteccions", "proteccions_20260505.csv", protections(), rows=3)
    result = nightly(home, day)
    assert result.returncode == 0, result.stderr
    assert "1 key of earlier extracts came again with different values" in result.stderr
    after = payloads(home, day)
    for number in (1, 2, 4, 5):
        for name in ("attention.jsonl", "campaigns.csv"):
            assert email(number).encode() in before[name]
            assert email(number).encode() + b'"' not in after[name].replace(b",", b'"')
    joined_in = (
        "select count(distinct person_id), count(person_id) from mentions where source = 'padro' and source_key in"
    )
    assert published(home, f"{joined_in} {tuple(joined)}") == [(1, 2)]
    corrections = list(
        csv.DictReader((home / "exports" / "attention" / day / "corrections.csv").open(encoding="utf-8"))
    )
    assert len({one["recipient_id"] for one in corrections}) == len(corrections) == 2
    assert {(one["event"], one["file"], one["first_date"], one["last_date"]) for one in corrections} == {
        ("merged", "attention", DAY, DAY)
    }
    # Who unsubscribes from messages, or withdraws their consent to them, is attended as before.
    for number in (7, 14, 16, 17, 19, 22):
        quoted = f'"{email(number)}"'.encode()
        assert quoted in after["attention.jsonl"] and quoted in before["campaigns.csv"], number
        assert quoted not in after["campaigns.csv"], number
    assert "warning: proteccions: 1 protections in force match no known person" in result.stderr
    assert_reserved(home, day, 8, 10)
    assert_revised(first_night, home, day, 8, 10)
    # Nor do they leave with the night before, where that is delivered again.
    assert "Left out of the original delivery" in fil(home, "export", "--target", "campaigns", "--date", DAY).stdout
    again = b"".join([payloads(home)["campaigns.csv"], *audiences(home).values()])
    assert [number for number in (1, 2, 4, 5, 7, 8, 10) if email(number).encode() in again] == []
    assert email(11).encode() in again
    assert_no_leak(home, result.stdout, result.stderr)
    assert_kept_back_from_a_past_night(home, day, after)


def assert_revised(first_night: Path, home: Path, day: str, *numbers: int) -> None:
    """What left before they were protected is replaced by what shows them no more, and their receivers are told."""
    for target, file in (("attention", "attention.jsonl"), ("campaigns", "campaigns.csv")):
        place, superseded = home / "exports" / target / DAY, first_night / "exports" / target / DAY / "manifest.json"
        told = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
        assert told["supersedes"] == hashlib.sha256(superseded.read_bytes()).hexdigest()
        assert [number for number in numbers if email(number) in (place / file).read_text(encoding="utf-8")] == []
        assert email(11) in (place / file).read_text(encoding="utf-8")
        verify(place)
    cards = map(json.loads, payloads(home)["attention.jsonl"].splitlines())
    hidden = {card["person_id"] for card in cards if card["is_protected"]}
    with (home / "exports" / "attention" / day / "removals.csv").open(encoding="utf-8") as lines:
        assert hidden <= {row["recipient_id"] for row in csv.DictReader(lines)} and len(hidden) == len(numbers)


def assert_kept_back_from_a_past_night(home: Path, day: str, last: dict[str, bytes]) -> None:
    """A night run again for an earlier date: who has said no since, to a night or to none yet, leaves with none."""
    refuses = {"consentiment_comunicacions": "N", "consentiment_integracio": "N"}
    told = [attention(number, id=f"D{number}", data_hora="2026-05-06T10:00:00") for number in range(100, 130)]
    told.append(attention(11, id="D11", data_hora="2026-05-06T10:00:00", **refuses))
    deliver(home, "atencions", "atencions_20260506.jsonl", b"".join(told))
    for contract in load_contracts():
        assert land(home, contract, date(2026, 5, 6)).warnings == ()
    # Of its hub, which was taken away, as `assert_reserved` has computed it.
    given = given_in(home / "past" / "fil.duckdb")
    result = nightly(home, DAY)
    assert result.returncode == 0, result.stderr
    assert f"warning: {DAY}: people left out who may no longer be exported" in result.stderr
    left = b"".join([payloads(home)["campaigns.csv"], *audiences(home).values()])
    assert [number for number in (1, 2, 4, 5, 7, 8, 10, 11) if email(number).encode() in left] == []
    # Nor does who is one with somebody who refused, since a steward said so; of two who both consent each leaves.
    assert email(13).encode() not in left and email(35).encode() in left
    # Its hub is as of its date, and the last night as it was.
    assert given_in(home / "published" / DAY / "fil.duckdb") == given
    assert (home / "published" / "current").readlink() == Path(day) and payloads(home, day) == last
    assert_no_leak(home, result.stdout, result.stderr)


def given_in(hub: Path) -> int:
    """How many consents a hub has as given."""
    with duckdb.connect(str(hub), read_only=True) as connection:
        return connection.sql("select count(*) from hub.consents where state = 'given'").fetchall()[0][0]


def protections() -> bytes:
    """By inscription; by document in a row that is refused; and of nobody who is known."""
    rows = (f"P1;{8:015d};;VIOLENCIA_GENERE;2026-05-05;", f"P2;;{document(10).lower()};CODI_NOU;2026-05-05;",
            "P3;;99999999R;ALTRES;2026-05-05;")  # fmt: skip
    return "\r\n".join(("ID_PROTECCIO;NIA;DOCUMENT;TIPUS;DATA_INICI;DATA_FI", *rows, "")).encode()


def assert_reserved(home: Path, day: str, *numbers: int) -> None:
    """Nothing that is published, of that night or before it, tells where these live or are reached."""
    past = home / "past" / "fil.duckdb"
    past.parent.mkdir()
    assert fil(home, "as-of", "--date", DAY, "--output", str(past)).returncode == 0
    hubs = [*home.glob("published/2026-*/fil.duckdb"), *home.glob("history/*/*.duckdb"), past]
    assert len(hubs) == 5
    for path in hubs:
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"attach '{path}' as told (read_only); use told.hub")
            tables = connection.sql("select table_name from duckdb_tables()").fetchall()
            for (table,), number in product(tables, numbers):
                told = f"select 1 from {table} as one where contains(one::varchar, '{email(number)}')"
                assert connection.sql(told).fetchone() is None, (path, table)
            if ("persons",) not in tables:
                # The first night's changes are those of its ledger.
                continue
            homes = "select count(street), count(x_etrs89), count(household_id) from persons where is_protected"
            assert connection.sql(homes).fetchall() == [(0, 0, 0)]
            of_protected = "mention_id in (select mention_id from mention_values where is_protected)"
            moves = f"from person_history where attribute = 'address' and {of_protected}"
            assert connection.sql(moves).fetchall() == []
    assert [path.name for path in (home / "published" / DAY).iterdir()] == ["manifest.json"]
    cards = [json.loads(line) for line in payloads(home, day)["attention.jsonl"].splitlines()]
    protected = [card for card in cards if card["is_protected"]]
    assert {card["document"] for card in protected} == {document(number) for number in numbers}
    assert {(card["email"], card["phone"], card["barri_code"]) for card in protected} == {(None, None, None)}
    signed = ("--who", "agent 7", "--why", "called back")
    for command in ("show", "history", "trace"):
        shown = fil(home, "person", command, document(numbers[0]), *signed)
        assert shown.returncode == 0 and "reserved" in shown.stdout
        assert email(numbers[0]) not in shown.stdout and "BALMES" not in shown.stdout


def join_the_last_two_of_the_padro(home: Path, day: str) -> list[str]:
    """A steward's word over two rails, two valid DNIs and two inscriptions; the keys of the two."""
    keys = published(home, "select source_key from mentions where source = 'padro' order by source_key desc limit 2")
    last = [f"padro:{key}" for (key,) in keys]
    signed = ["--who", "A. Arxivera", "--why", "seen", "--from", day]
    decided = fil(home, "review", "decide", *last, "same", *signed)
    assert decided.returncode == 0, decided.stderr
    return [str(key) for (key,) in keys]


def approve_the_impact(home: Path, day: str, before: dict[str, bytes]) -> None:
    """A steward joins fifty more, and the night publishes nothing until somebody has approved as many."""
    pairs = [f"padro:{number:015d},padro:{number + 1:015d},same" for number in (12, 34, *range(100, 146, 2))]
    file = home / "decisions.csv"
    signed = [f"{line},A. Arxivera,seen,{day}" for line in pairs]
    file.write_text("\n".join(["mention_l,mention_r,verdict,steward,reason,counts_from", *signed]))
    assert fil(home, "review", "import", str(file)).returncode == 0
    refused = nightly(home, day)
    assert refused.returncode == 1 and "52 people (52 merged" in refused.stderr and "50 are allowed" in refused.stderr
    assert (home / "published" / "current").readlink() == Path(DAY) and payloads(home) == before
    shown = fil(home, "impact", "show", "--date", day)
    assert "52 of 275 ids of persons and organisations change" in shown.stdout, shown.stderr
    assert shown.stdout.count(": decision ") == 26
    approved = ("impact", "approve", "--date", day, "--people", "52", "--who", "A. Arxivera", "--why", "seen")
    assert fil(home, *approved).returncode == 0


def unsubscribed(ways: Sequence[Mapping[str, str]]) -> bytes:
    """The campaign tool's word that somebody wants no more messages, by the id that was exported or by the address."""
    common = {
        "campanya": "obres", "segment": "afectacions", "tema": "GLORIES", "canal": "EMAIL", "esdeveniment": "BAIXA",
        "moment": datetime(2026, 5, 5, 9, 0, 0), "id_persona": None, "adreca": None,  # noqa: DTZ001 - told in local time
    }  # fmt: skip
    rows = [
        common | {"id_esdeveniment": f"E{number}", "id_missatge": f"M{number}"} | way for number, way in enumerate(ways)
    ]
    target = BytesIO()
    pl.DataFrame(rows, schema_overrides={"adreca": pl.String, "id_persona": pl.String}).write_parquet(target)
    return target.getvalue()


def withdrawals(day: str) -> list[bytes]:
    """Of communications: by document, by e-mail alone, by document under a clock of 1970, by name and birth date."""
    given, first, second, born = person(19)
    named = {"nom": given, "cognom_1": first, "cognom_2": second}
    ways: list[dict[str, str]] = [
        {"tipus_document": "DNI", "document": document(14)},
        {"email": email(16).upper()},
        {"tipus_document": "DNI", "document": document(17), "data_hora": "1970-01-01T00:00:00"},
        named | {"data_naixement": f"{born[:4]}-{born[4:6]}-{born[6:]}"},
    ]
    common = {"data_hora": f"{day}T11:00:00", "origen": "WEB", "finalitat": "COMUNICACIONS", "estat": "RETIRAT"}
    return [
        json.dumps({"id": f"C{number}", "atorgant": "TITULAR", **common, **way}).encode() + b"\n"
        for number, way in enumerate(ways)
    ]
