"""Removes accents from letters, as old systems do. The pipeline's normaliser is not used."""

import polars as pl

_FROM = "àáâãäåèéêëìíîïòóôõöùúûüýÿçñÀÁÂÃÄÅÈÉÊËÌÍÎÏÒÓÔÕÖÙÚÛÜÝÇÑ"
_TO = "aaaaaaeeeeiiiiooooouuuuyycnAAAAAAEEEEIIIIOOOOOUUUUYCN"
_KEPT = "çñÇÑ"


def folded(text: pl.Expr) -> pl.Expr:
    """The text without accents."""
    return text.str.replace_many(list(_FROM), list(_TO))


def unaccented(text: pl.Expr) -> pl.Expr:
    """The text without accents, but with the letters Ç and Ñ, which the Padró's encoding has."""
    pairs = [(a, b) for a, b in zip(_FROM, _TO, strict=True) if a not in _KEPT]
    return text.str.replace_many([a for a, _ in pairs], [b for _, b in pairs])
