"""Files as tools write them: read where they can be, or refused by line and reason, never by value."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matching.records.csv_faults import has_mixed_line_ends, write_plain_line_ends
from matching.records.table_file import MentionFileError, read_table

HEADER = "record_id,given_name,note\n"
SECRET = "Secret"


def rows_of(path: Path) -> list[tuple[str | None, ...]]:
    with duckdb.connect(":memory:") as connection:
        read_table(connection, path, "found", ("record_id",))
        return connection.execute("from found").fetchall()


def written(directory: Path, text: str | bytes) -> Path:
    path = directory / "people.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(MentionFileError) as error:
        rows_of(path)
    message = str(error.value)
    assert message.startswith(str(path))
    assert SECRET not in message and error.value.__cause__ is None
    return message.removeprefix(str(path))


GOOD = "".join(f"{number},Pau,n{number}\n" for number in range(300))


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("x,Secret\n", "line 302 has 2 columns where the header has 3"),
        ("x,Secret,b,c\n", "line 302 has 4 columns where the header has 3"),
        ('x,Secret, "La Parra, b\n', "line 302 has a quote within a field, and 4 columns where the header has 3"),
        ('x,"Secret"s,b\n', "line 302 has a quote within a field or a quoted field without an end"),
        ('x,"Secret,b\n', "line 302 has a quote within a field or a quoted field without an end"),
        ('x,"a\nb",n\ny,Secret\n', "line 304 has 2 columns where the header has 3"),
    ],
)
def test_a_bad_line_in_a_long_file_is_named(tmp_path: Path, bad: str, reason: str) -> None:
    for end in ("\n", "\r\n"):
        text = (HEADER + GOOD + bad + GOOD).replace("\n", end)
        assert reason in refusal(written(tmp_path, text))


def test_another_encoding_is_named_with_its_first_line(tmp_path: Path) -> None:
    for encoding in ("latin-1", "cp1252"):
        text = (HEADER + GOOD + "x,Secret Núria,n\n" + GOOD).encode(encoding)
        assert "line 302 is not UTF-8" in refusal(written(tmp_path, text))
    assert "line 1 is not UTF-8" in refusal(written(tmp_path, "record_id,cognom_à\n1,Secret\n".encode("latin-1")))
    assert "it is UTF-16" in refusal(written(tmp_path, (HEADER + "x,Secret,n\n").encode("utf-16")))


ENDS = ("\n", "\r\n", "\r")


@pytest.mark.parametrize("first", ENDS)
@pytest.mark.parametrize("second", ENDS)
def test_line_ends_of_two_kinds_are_read_as_of_one(tmp_path: Path, first: str, second: str) -> None:
    plain = HEADER + GOOD + 'q,"a, ""b""\nc",n\n'
    head, tail = plain[:2000], plain[2000:]
    path = written(tmp_path, head.replace("\n", first) + tail.replace("\n", second))
    assert has_mixed_line_ends(path) == (first != second)
    found = rows_of(path)
    assert len(found) == 301
    assert [row[2] for row in found[:300]] == [f"n{number}" for number in range(300)]
    assert str(found[300][1]).split() == ["a,", '"b"', "c"]
    assert [one.name for one in tmp_path.iterdir()] == ["people.csv"]


def test_a_bad_line_in_a_file_of_two_kinds_of_line_ends_is_named(tmp_path: Path) -> None:
    text = HEADER.replace("\n", "\r\n") + GOOD + "x,Secret\n"
    assert "line 302 has 2 columns" in refusal(written(tmp_path, text))


def test_line_ends_at_the_edge_of_what_is_read_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "a,b\r\nc\rd\n\r\n\r")
    for size in range(1, 9):
        monkeypatch.setattr("matching.records.csv_faults._CHUNK", size)
        write_plain_line_ends(path, tmp_path / "copy")
        assert (tmp_path / "copy").read_bytes() == b"a,b\nc\nd\n\n\n"
        assert has_mixed_line_ends(path)
        (tmp_path / "windows.csv").write_bytes(b"a\r\nb\r\n")
        assert not has_mixed_line_ends(tmp_path / "windows.csv")


@pytest.mark.parametrize("other", ["source", " source ", "SOURCE"])
def test_a_column_twice_is_refused(tmp_path: Path, other: str) -> None:
    names = ["record_id", "source", other]
    path = tmp_path / "people.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array([SECRET])] * 3, names=names), path)
    assert "a column twice" in refusal(path)
    assert "a column twice" in refusal(written(tmp_path, ",".join(names) + "\n1,Secret,b\n"))


def test_parquet_with_nested_columns_and_a_number_in_a_name(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    nested = pa.array([{"a": 1, "b": {"c": 2}}])
    columns = {
        "record_id": ["x"],
        "nested": nested,
        "source": ["a"],
        "source_1": ["b"],
        "list": [[1, 2]],
        "last": ["z"],
    }
    pq.write_table(pa.table(columns), path)
    with duckdb.connect(":memory:") as connection:
        assert read_table(connection, path, "found") == list(columns)
        row = connection.execute("select record_id, source, source_1, last from found").fetchall()
    assert row == [("x", "a", "b", "z")]
    (tmp_path / "no.parquet").write_text("record_id\n1\n")
    assert "expected Parquet" in refusal(tmp_path / "no.parquet")
