"""Letters without their accents, as old systems write them.

The city's own table, apart from the pipeline's normaliser.
"""

import polars as pl

_FROM = "àáâãäåèéêëìíîïòóôõöùúûüýÿçñÀÁÂÃÄÅÈÉÊËÌÍÎÏÒÓÔÕÖÙÚÛÜÝÇÑ"
_TO = "aaaaaaeeeeiiiiooooouuuuyycnAAAAAAEEEEIIIIOOOOOUUUUYCN"
_KEPT = "çñÇÑ"


def folded(text: pl.Expr) -> pl.Expr:
    """Without any accent."""
    return text.str.replace_many(list(_FROM), list(_TO))


def unaccented(text: pl.Expr) -> pl.Expr:
    """Without accents, but with the letters Ç and Ñ, which the Padró's encoding has."""
    pairs = [(a, b) for a, b in zip(_FROM, _TO, strict=True) if a not in _KEPT]
    return text.str.replace_many([a for a, _ in pairs], [b for _, b in pairs])
