"""Writes the name and the NIF of organisations as they give them."""

import polars as pl

from sources.synthetic.writing.dirt import Dirt

_SPELLINGS = {
    "SL": ("SL", ", S.L.", " S.L.U.", " Societat Limitada", ""),
    "SA": ("SA", ", S.A.", " S.A.U.", " Societat Anònima", ""),
    "ASSOCIACIÓ": ("Associació", "Asociación", "Assoc.", ""),
    "COMUNITAT DE PROPIETARIS": ("Comunitat de Propietaris", "C.P.", "Comunidad de Propietarios"),
}


def as_written(dirt: Dirt) -> pl.DataFrame:
    """The name (`rao_social`), NIF (`cif`) and organisation_errors of organisations (`as_of` a day)."""
    rates = dirt.rates["organisations"]
    dirt.frame = dirt.frame.with_columns(spelling="form", cif="nif")
    writes_before = pl.col("is_transformed") & dirt.draw(rates["written_as_before"])
    dirt.apply("former_legal_form", writes_before, cif=pl.col("former_nif"), spelling=pl.col("former_form"))
    dirt.typo("name_typo", "own_name", rates["name_typo"])
    choice = dirt.number(0, 1000)
    spelling = pl.coalesce(
        pl.when(pl.col("spelling") == form).then(pl.lit(pl.Series(list(kinds))).gather(choice % len(kinds)))
        for form, kinds in _SPELLINGS.items()
    )
    dirt.apply(None, pl.lit(True), spelling=spelling)
    last = pl.col("cif").str.slice(0, 6) + pl.col("cif").str.slice(7, 1) + pl.col("cif").str.slice(6, 1)
    dirt.apply("swapped_digits", dirt.draw(rates["swapped_digits"]), cif=last + pl.col("cif").str.slice(8))
    dirt.apply(
        None, dirt.draw(rates["formatted"]), cif=pl.col("cif").str.slice(0, 1) + "-" + pl.col("cif").str.slice(1)
    )
    dirt.apply("without_nif", dirt.draw(rates["without_nif"]), cif=pl.lit(None, dtype=pl.String))
    title = pl.col("own_name").str.to_titlecase()
    return dirt.frame.select(
        "cif",
        rao_social=pl.when(pl.col("kind").is_in(["A", "B"]))
        .then(
            pl.concat_str(
                title, pl.when(pl.col("spelling").str.contains("^S")).then(pl.lit(" ")), "spelling", ignore_nulls=True
            )
        )
        .otherwise(pl.concat_str(pl.col("spelling"), pl.lit(" "), title))
        .str.strip_chars(),
        organisation_errors=dirt.errors(),
    )
