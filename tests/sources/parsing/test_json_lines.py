"""JSON Lines through landing and parsing: what is loaded, and what is refused and why."""

import json
from pathlib import Path

import pytest

from sources.contracts.contract import Contract
from sources.landing.land import land
from sources.parsing.parse import parse
from tests.support.extracts import ATENCIONS_FILE, DAY, Deliver, attention, attentions_file, rows


def test_bytes_that_are_no_utf_8_are_quarantined_with_their_line(
    tmp_path: Path, atencions: Contract, deliver: Deliver
) -> None:
    good = [json.dumps(attention(f"A{number}")).encode() for number in range(30)]
    bad = json.dumps(attention("B1", nom="N@RIA")).encode().replace(b"@", b"\xda")
    deliver("atencions", ATENCIONS_FILE, b"\xef\xbb\xbf" + b"\r\n".join([*good, bad]), rows=31)
    land(tmp_path, atencions, DAY)
    (result,) = parse(tmp_path, atencions, DAY)
    assert (result.rows_loaded, result.reasons) == (30, {"bad_encoding": 1})
    (refused,) = rows(tmp_path, "quarantine", "atencions", "atencions")
    assert refused["line_number"] == 31
    assert refused["original_line"].replace("\x80", "").encode("latin-1") == bad


def test_attentions_in_json_lines(tmp_path: Path, atencions: Contract, deliver: Deliver) -> None:
    good = [attention(f"A{number}", nom='Montse\t"Ñ"', durada_s=30, document=None) for number in range(100)]
    lines = [json.dumps(line, ensure_ascii=False).encode() for line in good]
    bad = [
        b"{not json",
        b"[1]",
        json.dumps(attention("B1", canal="XX")).encode(),
        json.dumps(attention("B2", nou=1)).encode(),
    ]
    deliver("atencions", ATENCIONS_FILE, b"".join(line + b"\n" for line in [*lines, *bad]))
    land(tmp_path, atencions, DAY)
    (result,) = parse(tmp_path, atencions, DAY)
    assert result.reasons == {"bad_json": 2, "unknown_code:canal": 1, "unknown_field": 1}
    first = rows(tmp_path, "raw", "atencions", "atencions")[0]
    assert (first["id"], first["nom"], first["durada_s"], first["document"]) == ("A0", 'Montse\t"Ñ"', "30", None)
    refused = rows(tmp_path, "quarantine", "atencions", "atencions")
    assert [row["original_line"].encode() for row in refused] == bad


def test_a_consent_told_twice_in_one_attention_is_refused(
    tmp_path: Path, atencions: Contract, deliver: Deliver
) -> None:
    good = [json.dumps(attention(f"A{number}")).encode() for number in range(30)]
    twice = (
        json.dumps(attention("B1", consentiment_integracio="S")).encode()[:-1] + b', "consentiment_integracio": "N"}'
    )
    deliver("atencions", ATENCIONS_FILE, b"".join(line + b"\n" for line in [*good, twice]))
    land(tmp_path, atencions, DAY)
    (result,) = parse(tmp_path, atencions, DAY)
    assert (result.rows_loaded, result.reasons) == (30, {"repeated_field": 1})


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"nom": {"a": 1}}, "bad_type"),
        ({"nom": ["a"]}, "bad_type"),
        ({"nom": "x" * 251}, "too_long:nom"),
        ({"nom": "Mari\u0000a"}, "control_character"),
        ({"nom": "Mari\na"}, "control_character"),
        ({"cognom_1": "Pu\u202eig"}, "control_character"),
        ({"data_naixement": "2099-01-01"}, "future_date:data_naixement"),
        ({"data_naixement": "infinity"}, "bad_date:data_naixement"),
        ({"data_hora": "2026-05-06T00:00:00"}, "future_date:data_hora"),
    ],
)
def test_a_value_that_no_field_may_hold_is_refused(
    tmp_path: Path, atencions: Contract, deliver: Deliver, told: dict[str, object], reason: str
) -> None:
    good = [attention(f"A{number}") for number in range(30)]
    deliver("atencions", ATENCIONS_FILE, attentions_file(*good, attention("B1", **told)))
    land(tmp_path, atencions, DAY)
    (result,) = parse(tmp_path, atencions, DAY)
    assert (result.rows_loaded, result.reasons) == (30, {reason: 1})


def test_an_extract_cut_after_midnight_may_hold_the_next_days_first_attentions(
    tmp_path: Path, atencions: Contract, deliver: Deliver
) -> None:
    deliver("atencions", ATENCIONS_FILE, attentions_file(attention("A1", data_hora="2026-05-05T00:10:00")))
    land(tmp_path, atencions, DAY)
    assert [result.rows_loaded for result in parse(tmp_path, atencions, DAY)] == [1]
