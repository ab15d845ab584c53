"""Errors done to whole columns, each with its name kept, so that the truth can say what went wrong in a mention.

What an error does is said here; how often, in `rates.yaml`.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from sources.synthetic.draws import Rates, weighted

_PREFIX = "error:"
_MISREAD = {"0": "O", "1": "I", "5": "S", "8": "B"}
_LETTERS = list("TRWAGMYFPDXBNJZSQVHLCKE")
_NEAR = list("aeiounrsltmdcpbvgjhy")


class Dirt:
    """A frame whose values go wrong at given rates; only what did change is counted as an error."""

    def __init__(self, frame: pl.DataFrame, rng: np.random.Generator, rates: Rates) -> None:
        self.frame = frame
        self.rates = rates
        self._rng = rng

    def draw(self, share: float) -> pl.Series:
        """True for a share of the rows."""
        return pl.Series(self._rng.random(self.frame.height) < share)

    def number(self, low: int, high: int) -> pl.Series:
        """A number from low to high - 1 for each row."""
        return pl.Series(self._rng.integers(low, high, self.frame.height))

    def kinds(self, weights: Mapping[str, float]) -> pl.Series:
        """One name for each row; the remaining share gets an empty one."""
        names = [*weights, ""]
        shares = [*weights.values(), max(0.0, 1 - sum(weights.values()))]
        return pl.Series(names).gather(weighted(self._rng, shares, self.frame.height))

    def apply(self, error: str | None, where: pl.Expr | pl.Series, **new: pl.Expr) -> None:
        """Give columns new values where told, and note the error there if that changed anything."""
        condition = pl.lit(where) if isinstance(where, pl.Series) else where
        changes = pl.any_horizontal(value.ne_missing(pl.col(name)) for name, value in new.items())
        hit = (condition & changes).fill_null(False)
        columns = [pl.when(hit).then(value).otherwise(pl.col(name)).alias(name) for name, value in new.items()]
        if error:
            flag = _PREFIX + error
            known = pl.col(flag) if flag in self.frame.columns else pl.lit(False)
            columns.append((known | hit).alias(flag))
        self.frame = self.frame.with_columns(columns)

    def typo(self, error: str, column: str, share: float) -> None:
        """One letter dropped, doubled, swapped with the next or replaced, never the first."""
        text = pl.col(column)
        place = (1 + self.number(0, 1_000_000) % (text.str.len_chars().cast(pl.Int64) - 1)).cast(pl.Int64)
        head, letter, tail = text.str.slice(0, place), text.str.slice(place, 1), text.str.slice(place + 1)
        kind = self.number(0, 4)
        other = pl.Series(_NEAR).gather(self.number(0, len(_NEAR)))
        wrong = (
            pl.when(kind == 0)
            .then(head + tail)
            .when(kind == 1)
            .then(head + letter + letter + tail)
            .when(kind == 2)
            .then(head + tail.str.slice(0, 1) + letter + tail.str.slice(1))
            .otherwise(head + other + tail)
        )
        self.apply(error, pl.lit(self.draw(share)) & (text.str.len_chars() > 3), **{column: wrong})

    def errors(self) -> pl.Expr:
        """The names of the errors in each row, in alphabetical order."""
        flags = sorted(name for name in self.frame.columns if name.startswith(_PREFIX))
        names = [pl.when(pl.col(flag)).then(pl.lit(flag.removeprefix(_PREFIX))) for flag in flags]
        return pl.concat_list(names).list.drop_nulls() if names else pl.lit([], dtype=pl.List(pl.String))


def document_errors(dirt: Dirt) -> None:
    """One entry error in a document, by the weights of `rates.yaml`; kinds that do not apply leave it as it is."""
    rates = dict(dirt.rates["document"])
    zeros_lost = rates.pop("leading_zeros_lost")
    rates.pop("parents_document")  # done before: it changes whose document it is
    text = pl.col("document")
    is_spanish = pl.col("document_type").is_in(["DNI", "NIE"])
    kind = pl.lit(dirt.kinds(rates))
    at = dirt.number(1, 6)
    digit = dirt.number(0, 10).cast(pl.String)
    letter = pl.Series(_LETTERS).gather(dirt.number(0, len(_LETTERS)))
    pair = text.str.slice(at, 2).str.reverse()
    wrong = {
        "missing_letter": text.str.slice(0, 8),
        "wrong_letter": text.str.slice(0, 8) + letter,
        "formatting": _formatted(text, dirt.number(0, 4)),
        "swapped_digits": text.str.slice(0, at) + pair + text.str.slice(at + 2),
        "wrong_digit": text.str.slice(0, at) + digit + text.str.slice(at + 1),
        "letter_for_digit": text.str.replace_many(_MISREAD),
        "nie_variant": pl.when(pl.lit(digit).is_in(["0", "1", "2", "3", "4"]))
        .then(text.str.slice(1))
        .otherwise(text.str.slice(0, 1) + "0" + text.str.slice(1)),
        "country_prefix": "ES" + text,
    }
    for name, value in wrong.items():
        fits = (pl.col("document_type") == "NIE") if name == "nie_variant" else is_spanish
        dirt.apply(f"document_{name}", (kind == name) & fits, document=value)
    unspoilt = pl.col("document").str.contains("^0[0-9]{7}[A-Z]$")
    without = text.str.strip_chars_start("0")
    dirt.apply("document_leading_zeros_lost", unspoilt & dirt.draw(zeros_lost), document=without)
    _wrong_types(dirt, kind)


def _formatted(text: pl.Expr, style: pl.Series) -> pl.Expr:
    return (
        pl.when(style == 0)
        .then(text.str.to_lowercase())
        .when(style == 1)
        .then(text.str.slice(0, 8) + "-" + text.str.slice(8))
        .when(style == 2)
        .then(text.str.slice(0, 8) + " " + text.str.slice(8))
        .otherwise(
            text.str.slice(0, 2) + "." + text.str.slice(2, 3) + "." + text.str.slice(5, 3) + "-" + text.str.slice(8)
        )
    )


def _wrong_types(dirt: Dirt, kind: pl.Expr) -> None:
    """The right number under another type, or no number at all but a counter's filler."""
    is_spanish = pl.col("document_type").is_in(["DNI", "NIE"])
    other = pl.when(pl.col("document_type") == "NIE").then(pl.lit("DNI")).otherwise(pl.lit("PASSAPORT"))
    dirt.apply("document_wrong_type", (kind == "wrong_type") & is_spanish, tipus_document=other)
    is_passport = pl.col("document_type") == "PASSPORT"
    dirt.apply(
        "document_passport_as_dni",
        (kind == "passport_as_dni") & is_passport,
        tipus_document=pl.lit("DNI"),
        pais_document=pl.lit(None, dtype=pl.String),
    )
    fillers = pl.Series(["ND", "NDD", "00000000T", "99999999R", "11111111H", "12345678Z"]).gather(dirt.number(0, 6))
    dirt.apply("document_placeholder", kind == "placeholder", document=pl.lit(fillers), tipus_document=pl.lit("DNI"))
