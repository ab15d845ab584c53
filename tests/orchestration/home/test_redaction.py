"""The redaction boundary cuts what DuckDB and dbt quote, and cuts the chain of causes."""

from pathlib import Path

import duckdb
import pytest
from dagster import DagsterExecutionInterruptedError

from orchestration.home.redaction import StepFailed, redact, redact_database, redacted


@pytest.mark.parametrize(
    ("message", "leak"),
    [
        ("Could not convert string '12345678Z' to INT32", "12345678Z"),
        ('Constraint Error: Duplicate key "nif: X1234567L"', "X1234567L"),
        ("bad row for laura.puig@example.org in line 4", "laura.puig@example.org"),
        ("phone 34612345678 is odd", "34612345678"),
        ("value 'PUIG\nMARTI' spans lines", "MARTI"),
        ("value '/PUIG' begins like a path", "PUIG"),
        ("value '/PUIG/MARTI' does, too", "MARTI"),
    ],
)
def test_values_are_cut(message: str, leak: str) -> None:
    assert leak not in redact(message)


def test_a_file_in_trouble_is_named(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="data.parquet"), redacted():
        (tmp_path / "data.parquet").read_bytes()
    with pytest.raises(StepFailed, match="data.parquet"), redacted():
        duckdb.read_parquet(str(tmp_path / "data.parquet"))


def test_the_cause_is_not_kept() -> None:
    with pytest.raises(StepFailed) as failure, redacted():
        raise ValueError("not a number: '12345678Z'")
    assert "12345678Z" not in str(failure.value)
    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__


def test_safe_errors_pass_unchanged() -> None:
    with pytest.raises(KeyError), redacted(KeyError):
        raise KeyError("padro")


def test_no_library_ends_a_step_in_silence() -> None:
    with pytest.raises(StepFailed, match="SystemExit"), redacted():
        raise SystemExit(0)


def test_a_panic_is_redacted() -> None:
    class PanicException(BaseException):
        """What Polars raises where its Rust code panics."""

    with pytest.raises(StepFailed, match="PanicException") as failure, redacted():
        raise PanicException("not a number: '12345678Z'")
    assert "12345678Z" not in str(failure.value)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, DagsterExecutionInterruptedError])
def test_a_request_to_stop_passes_unchanged(stop: type[BaseException]) -> None:
    with pytest.raises(stop), redacted():
        raise stop


def message_of_dbt(query: str) -> str:
    with pytest.raises(duckdb.Error) as failure:
        duckdb.sql(query).fetchall()
    return f"Runtime Error in model segment_escola (models/segment_escola.sql)\n  {failure.value}"


@pytest.mark.parametrize(
    "call",
    ["strptime(name, '%Y')", "regexp_matches('a', name || '(')", "error(name)", "name::integer", "name::date"],
)
@pytest.mark.parametrize("name", ["Joan Puig Roca", "CARRER D''EN ROBADOR", "Binder Error: Joan Puig Roca"])
def test_a_database_error_that_read_rows_is_told_by_its_kind_alone(call: str, name: str) -> None:
    message = redact_database(message_of_dbt(f"select {call} from (values ('{name}')) as persons(name)"))
    assert message.endswith(" Error") or message == "an error whose text may hold personal data"
    assert not any(word in message for word in ("Puig", "Roca", "ROBADOR", "EN"))


def test_a_database_error_of_the_query_itself_says_what_is_wrong() -> None:
    message = redact_database(message_of_dbt("select topic, no_such_column from (values ('x')) as t(topic)"))
    assert message.startswith("Binder Error: Referenced column")
