"""Withdrawals whose key comes again: a later row replaces one only if it answers it, of the same person."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest

from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import Contract
from sources.landing.land import land
from sources.loading.raw_tables import load_raw
from sources.parsing.parse import parse
from tests.support.extracts import Deliver, work

CONTRACTS = {contract.source: contract for contract in load_contracts()}
Row = dict[str, object]
ADA: Row = {"document": "12345678Z", "nom": "Ada", "cognom_1": "Puig"}
# The same person as another clerk writes her, and somebody else.
ADA_AGAIN: Row = {"document": "12.345.678-z", "nom": "ADA", "cognom_1": "Puig"}
EVA: Row = {"document": "87654321X", "nom": "Eva", "cognom_1": "Roca"}


def attention(integration: str | None, communications: str | None, **who: object) -> Row:
    row: Row = {"id": "K", "canal": "010", "motiu": "INFO", "resultat": "RESOLT"}
    answers = {"consentiment_integracio": integration, "consentiment_comunicacions": communications}
    # Each purpose has its own column; who leaves this one out says nothing of surveys.
    answers["consentiment_enquestes"] = None
    return row | {"data_hora": "2026-05-01T10:00:00"} | answers | who


def decision(purpose: str, state: str, **told: object) -> Row:
    row: Row = {"id": "K", "data_hora": "2026-05-01T10:00:00", "origen": "WEB", "finalitat": purpose, "estat": state}
    return row | {"atorgant": "TITULAR", "versio_text": "2026-1-ca"} | told


def event(kind: str, person: str | None, address: str | None) -> Row:
    row: Row = {"id_esdeveniment": "K", "id_missatge": "M", "campanya": "c", "segment": "butlletins", "tema": "T"}
    row |= {"id_persona": person, "canal": "EMAIL", "adreca": address, "esdeveniment": kind}
    return row | {"moment": datetime(2026, 5, 1, 10)}  # noqa: DTZ001 - local time, as the sources have it


def loaded(home: Path, deliver: Deliver, source: str, *extracts: Row) -> list[Mapping[str, object]]:
    """The rows beside those of a source, after one extract per day with one row of this key each."""
    contract: Contract = CONTRACTS[source]
    for place, row in enumerate(extracts, start=1):
        day = date(2026, 5, place)
        # Good rows, so that a bad one stays below the contract's maximum share.
        others = [row | {contract.key or "": f"G{place}-{number}"} | _GOOD[source] for number in range(40)]
        rows = [row, *others]
        if source == "campanyes":
            buffer = BytesIO()
            schema = {name: pl.String for name in row} | {"moment": pl.Datetime("us")}
            pl.DataFrame(rows, schema=schema).write_parquet(buffer)
            deliver(source, f"{source}_{day:%Y%m%d}.parquet", buffer.getvalue(), rows=len(rows))
        else:
            content = b"".join(json.dumps(one).encode() + b"\n" for one in rows)
            deliver(source, f"{source}_{day:%Y%m%d}.jsonl", content)
        land(home, contract, day)
        (result,) = parse(home, contract, day)
        assert result.rejected is None
    with work() as connection:
        load_raw(connection, home, contract, date(2026, 5, len(extracts)))
        return connection.execute(f"from work.raw.{contract.relation}_quarantined").pl().rows(named=True)


_GOOD: dict[str, Row] = {
    "atencions": {
        "canal": "010",
        "consentiment_integracio": None,
        "consentiment_comunicacions": None,
        "consentiment_enquestes": None,
    },
    "consentiments": {"origen": "WEB", "estat": "DONAT"},
    "campanyes": {"canal": "EMAIL", "esdeveniment": "OBERT"},
}


@pytest.mark.parametrize(
    ("extracts", "kept"),
    [
        # A status update without answers, of the same person: the key still says who it is.
        ([attention(None, "N", **ADA), attention(None, None, **ADA)], [(None, "N", "K")]),
        ([attention(None, "N", **ADA), attention(None, None)], [(None, "N", None)]),
        # The number is used again for somebody else, who says yes, no or nothing.
        *[
            ([attention(None, "N", **ADA), attention(None, answer, **EVA)], [(None, "N", None)])
            for answer in ("S", "N", None)
        ],
        # The same person answers: a correction, also if it comes again blank.
        ([attention(None, "N", **ADA), attention(None, "S", **ADA_AGAIN)], []),
        ([attention(None, "N", **ADA), attention(None, "S", **ADA), attention(None, None, **ADA)], []),
        ([attention(None, "N", **ADA), attention(None, "N", **ADA)], []),
        # A yes for the other purpose is none for this one.
        ([attention("N", "N", **ADA), attention("S", None, **ADA)], [(None, "N", "K")]),
        ([attention("S", "N", **ADA), attention(None, "S", **ADA)], []),
        ([attention("S", None, **ADA), attention(None, None, **ADA)], []),
        # Quarantined for its channel, and then good.
        ([attention(None, "N", canal="?", **ADA), attention(None, None, **ADA)], [(None, "N", "K")]),
        ([attention(None, "N", canal="?", **ADA), attention(None, "S", **EVA)], [(None, "N", None)]),
        ([attention(None, "N", canal="?", **ADA), attention(None, "S", **ADA)], []),
        # Told twice, and then by somebody else: once.
        ([attention(None, "N", **ADA), attention(None, "N", **ADA), attention(None, "S", **EVA)], [(None, "N", None)]),
        # Nobody is named, so the address says who it is.
        ([attention(None, "N", email="ada@example.org"), attention(None, "S", email="ADA@example.org")], []),
        (
            [attention(None, "N", email="ada@example.org"), attention(None, "S", email="eva@example.org")],
            [(None, "N", None)],
        ),
        ([attention(None, "N", **ADA), attention(None, "S", nom="Ada", cognom_1="Puig")], []),
        (
            [attention(None, "N", **ADA), attention(None, "S", document=EVA["document"], nom="Ada", cognom_1="Puig")],
            [(None, "N", None)],
        ),
    ],
)
def test_a_refusal_of_an_attention_is_kept_until_the_same_person_answers(
    tmp_path: Path, deliver: Deliver, extracts: list[Row], kept: list[tuple[str | None, ...]]
) -> None:
    found = loaded(tmp_path, deliver, "atencions", *extracts)
    columns = ("consentiment_integracio", "consentiment_comunicacions", "_source_key")
    assert [tuple(row[column] for column in columns) for row in found] == kept
    assert all(row["document"] == ADA["document"] for row in found if row["document"])


def test_a_refusal_of_surveys_is_kept_like_the_others(tmp_path: Path, deliver: Deliver) -> None:
    told = [attention(None, None, consentiment_enquestes="N", **ADA), attention("S", "S", **ADA)]
    (row,) = loaded(tmp_path, deliver, "atencions", *told)
    assert (row["consentiment_enquestes"], row["_source_key"]) == ("N", "K")


@pytest.mark.parametrize(
    ("later", "is_kept"),
    [
        (decision("COMUNICACIONS", "DONAT", **EVA), True),
        (decision("COMUNICACIONS", "DONAT", **ADA), False),
        (decision("COMUNICACIONS", "RETIRAT", **ADA), False),
        (decision("ENQUESTES", "DONAT", **ADA), True),
        (decision("COMUNICACIONS", "DONAT", servei="OBRES", **ADA), True),
    ],
)
def test_a_withdrawal_is_kept_until_the_same_person_consents_to_the_same(
    tmp_path: Path, deliver: Deliver, later: Row, *, is_kept: bool
) -> None:
    found = loaded(tmp_path, deliver, "consentiments", decision("COMUNICACIONS", "RETIRAT", **ADA), later)
    assert [(row["estat"], row["document"], row["_reason"]) for row in found] == [
        ("RETIRAT", ADA["document"], "superseded")
    ] * is_kept


@pytest.mark.parametrize(
    ("later", "is_kept"),
    [
        (event("OBERT", "PEVA000001", "eva@example.org"), True),
        (event("OBERT", "PADA000001", "ada@example.org"), True),
        (event("BAIXA", "PEVA000001", "eva@example.org"), True),
        (event("BAIXA", "PADA000001", "ada@example.org"), False),
    ],
)
def test_no_event_of_a_campaign_takes_an_unsubscription_back(
    tmp_path: Path, deliver: Deliver, later: Row, *, is_kept: bool
) -> None:
    found = loaded(tmp_path, deliver, "campanyes", event("BAIXA", "PADA000001", "ada@example.org"), later)
    assert [(row["esdeveniment"], row["adreca"]) for row in found] == [("BAIXA", "ada@example.org")] * is_kept


def test_a_quarantined_event_that_is_corrected_is_no_unsubscription(tmp_path: Path, deliver: Deliver) -> None:
    extracts = event("OBERTURA", "PADA000001", "ada@example.org"), event("OBERT", "PADA000001", "ada@example.org")
    assert loaded(tmp_path, deliver, "campanyes", *extracts) == []
