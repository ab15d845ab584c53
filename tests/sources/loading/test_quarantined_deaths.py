"""Deaths in quarantined rows of the Padró and of its variations are loaded for the night and for past exports."""

from pathlib import Path

import pytest

from sources.contracts.catalogue import load_contracts
from sources.landing.land import land
from sources.loading.hearing import load_unheard
from sources.loading.raw_tables import load_raw
from sources.parsing.parse import parse
from tests.support.extracts import DAY, PADRO_FILE, Deliver, many, padro_file, padro_line, work

CONTRACTS = {contract.source: contract for contract in load_contracts()}
FILES = {"padro": PADRO_FILE, "padro_variacions": "padro_variacions_20260504.txt"}


@pytest.mark.parametrize("source", FILES)
def test_a_death_in_a_quarantined_row_is_loaded_and_no_other_row(tmp_path: Path, deliver: Deliver, source: str) -> None:
    contract = CONTRACTS[source]
    # The sex is an unknown code.
    dead, alive = (padro_line(f"{nia:015d}", at_250=b"9", **kind) for nia, kind in ((77, {"at_12": b"BBD"}), (78, {})))
    deliver(source, FILES[source], padro_file(*many(600), dead, alive))
    land(tmp_path, contract, DAY)
    (result,) = parse(tmp_path, contract, DAY)
    assert result.reasons == {"unknown_code:sexo": 2}
    with work() as connection:
        load_raw(connection, tmp_path, contract, DAY)
        connection.execute("create schema work.unheard")
        load_unheard(connection, tmp_path, {source: (DAY,)}, "work.unheard")
        for schema in ("raw", "unheard"):
            rows = connection.execute(f"select nia, _reason from work.{schema}.{contract.relation}_quarantined")
            assert rows.fetchall() == [("000000000000077", "unknown_code:sexo")]
