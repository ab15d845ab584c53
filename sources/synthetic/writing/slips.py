"""The wrong values of common errors: misheard letters, wrong keys, other formats of a document."""

import polars as pl

from sources.synthetic.writing.dirt import Dirt

# Letters that are confused when heard in Catalan and Spanish; the first match in a name is replaced.
_HEARD = (
    ("b_v", 14, "b", "v"), ("v_b", 10, "v", "b"), ("b_v_first", 4, "^B", "V"), ("v_b_first", 6, "^V", "B"),
    ("s_c", 8, "ss|ç", "s"), ("c_s", 6, "c([eiéí])", "s${1}"), ("z_s", 8, "z", "s"), ("s_z", 6, "s$", "z"),
    ("g_j", 6, "g([eiéí])", "j${1}"), ("j_g", 4, "j([eiéí])", "g${1}"), ("h", 8, "h", ""), ("ll_y", 6, "ll", "y"),
    ("y_ll", 2, "y([aeou])", "ll${1}"), ("x_ch", 5, "tx|x", "ch"), ("a_e", 8, "a([^aeiou])", "e${1}"),
    ("e_a", 10, "e([^aeiou])", "a${1}"), ("o_u", 8, "o([^aeiou])", "u${1}"), ("u_o", 5, "u([^aeiou])", "o${1}"),
    ("qu_k", 2, "qu", "k"), ("ny_n", 3, "ny", "ñ"), ("n_ny", 3, "ñ", "ny"),
)  # fmt: skip
_ROWS = ("qwertyuiop", "asdfghjklñ", "zxcvbnm")


def heard(dirt: Dirt, column: str) -> pl.Expr:
    """A name as misheard; unchanged if it has none of the confused letters."""
    kind = dirt.kinds({name: weight / 100 for name, weight, _, _ in _HEARD})
    text = pl.col(column)
    first_dropped = (kind == "h") & text.str.contains("^H[aeiouáéíóúàèò]")
    dropped = text.str.slice(1, 1).str.to_uppercase() + text.str.slice(2)
    others = [pl.when(kind == name).then(text.str.replace(letters, other)) for name, _, letters, other in _HEARD]
    return pl.coalesce(pl.when(first_dropped).then(dropped), *others, text)


def mistyped(dirt: Dirt, column: str) -> pl.Expr:
    """A name with one letter replaced by its neighbour on the keyboard; never the first letter."""
    text = pl.col(column)
    place = 1 + dirt.number(0, 1_000_000) % (text.str.len_chars().cast(pl.Int64) - 1)
    letter = text.str.slice(place, 1)
    left = {b: a for row in _ROWS for a, b in zip(row, row[1:], strict=False)}
    right = {a: b for row in _ROWS for a, b in zip(row, row[1:], strict=False)}
    beside = pl.when(dirt.draw(0.5)).then(letter.replace(left)).otherwise(letter.replace(right))
    is_long = text.str.len_chars() > 1
    return pl.when(is_long).then(text.str.slice(0, place) + beside + text.str.slice(place + 1)).otherwise(text)


def formatted(dirt: Dirt, column: str) -> pl.Expr:
    """A document in lower case, or with a hyphen, a space or dots."""
    text, style = pl.col(column), dirt.number(0, 4)
    thousands = [text.str.slice(0, 2), text.str.slice(2, 3), text.str.slice(5, 3)]
    return (
        pl.when(style == 0)
        .then(text.str.to_lowercase())
        .when(style == 1)
        .then(text.str.slice(0, 8) + "-" + text.str.slice(8))
        .when(style == 2)
        .then(text.str.slice(0, 8) + " " + text.str.slice(8))
        .otherwise(pl.concat_str(thousands, separator=".") + "-" + text.str.slice(8))
    )
