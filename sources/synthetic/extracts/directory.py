"""The street directory and the address points of the simulated streets; CSV as the council's open data has them."""

import numpy as np
import polars as pl

from sources.synthetic.base.randomness import table
from sources.synthetic.people.addresses import points

_SHORT_TYPES = {
    "Carrer": "C", "Avinguda": "Av", "Passeig": "Pg", "Plaça": "Pl", "Rambla": "Rbla", "Ronda": "Rda", "Via": "Via",
    "Travessera": "Trav", "Gran Via": "G.V.", "Carretera": "Ctra",
}  # fmt: skip
# From ED50 to ETRS89 in Barcelona, metres.
_ED50_EAST, _ED50_NORTH = 93.7, 204.7


def streets() -> pl.DataFrame:
    """One row per street, with the fields of the file."""
    spans = _spans()
    kind = pl.col("type_ca")
    short = kind.replace_strict(_SHORT_TYPES, default=kind)
    return (
        spans.group_by("street_code", maintain_order=True)
        .agg(pl.first("type_ca", "name"), pl.min("first"), pl.max("last"))
        .select(
            codi_via=street_code(pl.col("street_code")),
            codi_carrer_ine=pl.col("street_code").cast(pl.String).str.zfill(5),
            tipus_via=short,
            nom_curt=pl.concat_str(short, pl.lit(" "), _bare(pl.col("name"))),
            nom_oficial=pl.concat_str(kind, pl.lit(" "), "name"),
            nre_min=_four(pl.col("first")),
            nre_max=_four(pl.col("last")),
        )
    )


def address_points() -> pl.DataFrame:
    """One row per house number, with the fields of the file."""
    spans = _spans().sort("street_code", "barri")
    numbers = spans.with_columns(number=pl.int_ranges("first", pl.col("last") + 1)).explode("number")
    placed = points(numbers["barri"], numbers["street_code"].to_numpy(), numbers["number"].to_numpy().astype(np.int64))
    nothing = pl.lit(None, dtype=pl.String)
    return pl.concat([numbers.drop("barri"), placed], how="horizontal").select(
        codi_carrer=street_code(pl.col("street_code")),
        numpost=_four(pl.col("number")),
        llepost=nothing,
        tipusnum=pl.lit("1"),
        districte="district",
        barri="address_barri",
        secc_est="section",
        secc_cens="section",
        dist_post=pl.col("postcode").str.slice(3, 2),
        x_ed50=_metres(pl.col("x") + _ED50_EAST),
        y_ed50=_metres(pl.col("y") + _ED50_NORTH),
        x_etrs89=_metres(pl.col("x")),
        y_etrs89=_metres(pl.col("y")),
        longitud_wgs84=nothing,
        latitud_wgs84=nothing,
    )


def encoded(frame: pl.DataFrame) -> list[bytes]:
    """The file's bytes."""
    return [frame.rename(str.upper).write_csv(quote_style="non_numeric").encode("utf-8")]


def street_code(number: pl.Expr) -> pl.Expr:
    """The council's six digits for a street."""
    return (number * 100 + 9).cast(pl.String).str.zfill(6)


def _spans() -> pl.DataFrame:
    return table("streets").cast({"first": pl.Int64, "last": pl.Int64, "street_code": pl.Int64})


def _bare(name: pl.Expr) -> pl.Expr:
    return name.str.replace("^(de la |de les |dels |del |de l'|d'|de )", "")


def _four(number: pl.Expr) -> pl.Expr:
    return number.cast(pl.String).str.zfill(4)


def _metres(value: pl.Expr) -> pl.Expr:
    return value.round(3).cast(pl.String)
