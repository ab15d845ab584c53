"""Raw tables as of a business date: what counts of several extracts, and what is said of those that are missing."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from sources.base.errors import ContractError, ExtractDamaged
from sources.contracts.catalogue import CONTRACTS_DIR, load_contracts
from sources.contracts.contract import Contract
from sources.contracts.odcs import load_contract
from sources.landing.land import land
from sources.loading.raw_tables import load_raw, record_agreements
from sources.parsing.parse import parse
from tests.support.extracts import (
    ATENCIONS_FILE,
    DAY,
    PADRO_FILE,
    PADRO_LINE,
    Deliver,
    attention,
    attentions_file,
    card,
    header,
    iris_file,
    padro_file,
    work,
)


def test_events_of_all_extracts_count_once(tmp_path: Path, atencions: Contract, deliver: Deliver) -> None:
    for day, names in ((3, ("A1", "A2")), (4, ("A2", "A3"))):
        content = b"".join(json.dumps(attention(name)).encode() + b"\n" for name in names)
        deliver("atencions", f"atencions_2026050{day}.jsonl", content)
    land(tmp_path, atencions, DAY)
    parse(tmp_path, atencions, DAY)
    with work() as connection:
        loaded = load_raw(connection, tmp_path, atencions, DAY)
        keys = connection.execute(
            "select _source_key, _extract_date from work.raw.atencions__atencions order by 1"
        ).fetchall()
    assert loaded.rows == 3
    assert keys == [("A1", date(2026, 5, 3)), ("A2", DAY), ("A3", DAY)]
    assert loaded.warnings == ()


@pytest.mark.parametrize("area", ["raw", "quarantine"])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_one_byte_that_changed_on_the_disk_is_told_by_its_file(
    tmp_path: Path, padro: Contract, deliver: Deliver, area: str, share: float
) -> None:
    """Of a table that is a view, no row is read as it is loaded; and Parquet notices not half of such bytes."""
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    land(tmp_path, padro, DAY)
    parse(tmp_path, padro, DAY)
    path = tmp_path / area / "padro" / "habitants" / f"extract_date={DAY}" / "data.parquet"
    whole = bytearray(path.read_bytes())
    whole[int(share * len(whole))] ^= 0xFF
    path.write_bytes(whole)
    with work() as connection, pytest.raises(ExtractDamaged, match=f"{path} is damaged: remove its directory, and"):
        load_raw(connection, tmp_path, padro, DAY)


def test_of_a_card_that_changes_the_last_word_counts(tmp_path: Path, iris: Contract, deliver: Deliver) -> None:
    for day, states in ((3, {"1": "2", "2": "2"}), (4, {"2": "4"})):
        lines = [card(iris, number, estat=state) for number, state in states.items()]
        deliver("iris", f"iris_fitxes_2026050{day}.csv", iris_file(header(iris), *lines), rows=len(lines))
    land(tmp_path, iris, DAY)
    parse(tmp_path, iris, DAY)
    for until, expected in ((DAY, {"1": "2", "2": "4"}), (DAY - timedelta(days=1), {"1": "2", "2": "2"})):
        with work() as connection:
            load_raw(connection, tmp_path, iris, until)
            found = connection.execute("select fitxa_id, estat from work.raw.iris__fitxes").fetchall()
        assert dict(found) == expected


def test_without_any_extract_the_source_is_stale(tmp_path: Path, padro: Contract) -> None:
    with work() as connection:
        loaded = load_raw(connection, tmp_path, padro, DAY)
        assert connection.execute("select count(*) from work.raw.padro__habitants").fetchone() == (0,)
    assert loaded.is_stale
    assert "no good extract" in loaded.warnings[0]


def test_a_source_that_has_never_delivered_is_not_connected_yet(tmp_path: Path, iris: Contract) -> None:
    with work() as connection:
        loaded = load_raw(connection, tmp_path, iris, DAY)
    assert (loaded.rows, loaded.is_stale) == (0, False)
    assert loaded.warnings


def test_an_attention_told_again_otherwise_counts_as_told_last(
    tmp_path: Path, atencions: Contract, deliver: Deliver
) -> None:
    for day, consent in ((3, "S"), (4, "N")):
        told = (attention("A1", consentiment_comunicacions=consent), attention("A2"))
        deliver("atencions", f"atencions_2026050{day}.jsonl", attentions_file(*told))
    land(tmp_path, atencions, DAY)
    parse(tmp_path, atencions, DAY)
    with work() as connection:
        loaded = load_raw(connection, tmp_path, atencions, DAY)
        found = connection.execute(
            "select consentiment_comunicacions from work.raw.atencions__atencions where id = 'A1'"
        ).fetchall()
    assert found == [("N",)]
    assert loaded.warnings == (
        "atencions: 1 key of earlier extracts came again with different values; the latest extract applies",
    )


def test_a_source_unplugged_is_warned_of_every_day_until_its_allowance_ends(
    tmp_path: Path, atencions: Contract, deliver: Deliver
) -> None:
    deliver("atencions", ATENCIONS_FILE, attentions_file(attention()))
    land(tmp_path, atencions, DAY)
    parse(tmp_path, atencions, DAY)
    allowed = atencions.delivery.staleness_days
    with work() as connection:
        days = [load_raw(connection, tmp_path, atencions, DAY + timedelta(days=late)) for late in range(allowed + 2)]
    on_time, *late, stale = days
    assert (on_time.warnings, on_time.is_stale) == ((), False)
    assert len(late) == allowed == 7
    for count, loaded in enumerate(late, start=1):
        days_late = f"{count} {'day' if count == 1 else 'days'}"
        told = f"{days_late} without a good extract, 7 days allowed; ask its owner for an extract"
        assert loaded.warnings == (f"atencions: late: {told}",)
        assert (loaded.staleness_days, loaded.is_stale, loaded.rows) == (count, False, 1)
    assert (stale.staleness_days, stale.is_stale) == (8, True)


def test_a_source_is_late_by_its_own_cadence(padro: Contract) -> None:
    assert padro.delivery.cadence_days == 31
    found = {days: padro.delivery.is_late(days) for days in (None, 0, 30, 31, 45)}
    assert found == {None: True, 0: False, 30: False, 31: True, 45: True}


def quarantined(home: Path, atencions: Contract, until: date) -> list[tuple[object, ...]]:
    with work() as connection:
        load_raw(connection, home, atencions, until)
        return connection.execute(
            "select _source_key, _reason, consentiment_comunicacions, _extract_date"
            " from work.raw.atencions__atencions_quarantined order by all"
        ).fetchall()


def test_what_could_be_read_of_a_refused_attention_is_kept_until_it_is_put_right(
    tmp_path: Path, atencions: Contract, deliver: Deliver
) -> None:
    good = [attention(f"A{number}") for number in range(60)]
    withdrawn = attention("B1", idioma="fr", consentiment_comunicacions="N")
    broken = b'{"id": "B2", "consentiment_comunicacions": "N"\n'
    first = attentions_file(*good, good[0], withdrawn) + broken
    deliver("atencions", "atencions_20260503.jsonl", first)
    deliver("atencions", ATENCIONS_FILE, attentions_file(withdrawn | {"idioma": "ca"}))
    land(tmp_path, atencions, DAY)
    parse(tmp_path, atencions, DAY)
    day_before = date(2026, 5, 3)
    assert quarantined(tmp_path, atencions, day_before) == [
        ("B1", "unknown_code:idioma", "N", day_before),
        ("B2", "bad_json", "N", day_before),
    ]
    assert quarantined(tmp_path, atencions, DAY) == [("B2", "bad_json", "N", day_before)]


def test_a_damaged_parquet_file_is_named(tmp_path: Path, atencions: Contract, deliver: Deliver) -> None:
    deliver("atencions", ATENCIONS_FILE, attentions_file(attention()))
    land(tmp_path, atencions, DAY)
    parse(tmp_path, atencions, DAY)
    path = tmp_path / "raw" / "atencions" / "atencions" / f"extract_date={DAY}" / "data.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    with work() as connection, pytest.raises(ExtractDamaged, match="is damaged: remove its directory"):
        load_raw(connection, tmp_path, atencions, DAY)


def test_a_parquet_file_damaged_within_is_named_too(tmp_path: Path, atencions: Contract, deliver: Deliver) -> None:
    deliver("atencions", ATENCIONS_FILE, attentions_file(*(attention(f"A{number}") for number in range(2_000))))
    land(tmp_path, atencions, DAY)
    parse(tmp_path, atencions, DAY)
    path = tmp_path / "raw" / "atencions" / "atencions" / f"extract_date={DAY}" / "data.parquet"
    content = bytearray(path.read_bytes())
    content[40:600] = bytes(560)
    path.write_bytes(content)
    with work() as connection, pytest.raises(ExtractDamaged, match="is damaged: remove its directory"):
        load_raw(connection, tmp_path, atencions, DAY)


@pytest.mark.parametrize(
    ("agreement", "why"),
    [
        ({"valid_to": date(2026, 5, 3)}, "its agreement ended on 2026-05-03"),
        ({"valid_from": date(2026, 5, 5)}, "its agreement begins on 2026-05-05"),
        ({"purposes": ("analyse",)}, "its agreement does not allow its records to be linked"),
        (None, "it has no agreement"),
    ],
)
def test_a_source_without_an_agreement_in_force_serves_nothing_and_says_so(
    tmp_path: Path, atencions: Contract, padro: Contract, deliver: Deliver, agreement: dict[str, Any] | None, why: str
) -> None:
    """The night stops where refusals would be lost with it, and goes on without a source that carries none."""

    def lapsed(contract: Contract) -> Contract:
        held = replace(contract.agreement, **agreement) if contract.agreement and agreement else None
        return replace(contract, agreement=held)

    deliver("atencions", ATENCIONS_FILE, attentions_file(attention(), attention("A2", canal="FAX")))
    land(tmp_path, replace(atencions, delivery=replace(atencions.delivery, max_quarantine_share=1.0)), DAY)
    parse(tmp_path, replace(atencions, delivery=replace(atencions.delivery, max_quarantine_share=1.0)), DAY)
    connection = work()
    loaded = load_raw(connection, tmp_path, lapsed(atencions), DAY)
    assert (loaded.rows, loaded.rows_beside, loaded.is_stale) == (0, {"atencions__atencions_quarantined": 0}, True)
    assert len(loaded.warnings) == 1 and why in loaded.warnings[0]
    of_no_consent = tuple(replace(field, field_class="history") for field in atencions.fields)
    assert not load_raw(connection, tmp_path, lapsed(replace(atencions, fields=of_no_consent)), DAY).is_stale
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    assert land(tmp_path, lapsed(padro), DAY).landed == ()
    assert load_raw(connection, tmp_path, lapsed(padro), DAY).is_stale
    record_agreements(connection, (lapsed(atencions), padro), DAY)
    in_force = "select distinct source from work.raw.agreements where is_in_force"
    assert connection.execute(in_force).fetchall() == [("padro",)]


def test_an_agreement_names_the_purposes_that_need_no_consent(tmp_path: Path, atencions: Contract) -> None:
    """The purposes must be allowed at all."""
    connection = work()
    record_agreements(connection, (atencions,), DAY)
    named = "select purpose from work.raw.agreements where is_public_task"
    assert connection.execute(named).fetchall() == []
    wrong = tmp_path / "atencions.odcs.yaml"
    text = (CONTRACTS_DIR / wrong.name).read_text(encoding="utf-8")
    ends = "    valid_from: 2026-01-01\n"
    assert text.count(ends) == 1
    wrong.write_text(text.replace(ends, f"    public_task:\n    - survey\n{ends}"), encoding="utf-8")
    record_agreements(connection, (load_contract(wrong),), DAY)
    assert connection.execute(named).fetchall() == [("survey",)]
    wrong.write_text(text.replace(ends, f"    public_task:\n    - venda\n{ends}"), encoding="utf-8")
    with pytest.raises(ContractError, match="public_task has a purpose that agreement.purposes does not allow"):
        load_contract(wrong)


def test_who_is_protected_is_so_in_nights_before_it_was_told_and_by_a_refused_row(
    tmp_path: Path, deliver: Deliver
) -> None:
    """The register of a day, and the newest one: a night that is run again must not show whom it hides since."""
    contract = next(one for one in load_contracts() if one.source == "proteccions")
    head = "ID_PROTECCIO;NIA;DOCUMENT;TIPUS;DATA_INICI;DATA_FI"
    registers = {
        DAY: ["P1;000000000000001;;ALTRES;2026-05-01;", "P2;000000000000002;;ALTRES;2026-05-01;"],
        DAY + timedelta(days=2): ["P2;000000000000002;;ALTRES;2026-05-01;2026-12-31", "P3;;X1;NOU;2026-05-06;"],
    }
    for day, rows in registers.items():
        deliver("proteccions", f"proteccions_{day:%Y%m%d}.csv", "\n".join([head, *rows, ""]).encode(), rows=len(rows))
        land(tmp_path, contract, day)
        parse(tmp_path, contract, day)
    with work() as connection:
        loaded = load_raw(connection, tmp_path, contract, DAY)
        told = connection.execute(
            "select id_proteccio, data_fi from work.raw.proteccions__proteccions order by 1"
        ).fetchall()
        refused = connection.execute(
            "select document, _reason from work.raw.proteccions__proteccions_quarantined"
        ).fetchall()
    assert told == [("P1", None), ("P2", "2026-12-31")]
    assert refused == [("X1", "unknown_code:tipus")]
    assert (loaded.is_stale, loaded.staleness_days) == (False, 0)
