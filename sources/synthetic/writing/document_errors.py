"""Errors of documents, at most one per document, by the weights of `rates.yaml`.

Some records get another document: a parent's, or that of a company that the person administers.
"""

import polars as pl

from sources.synthetic.writing.dirt import Dirt
from sources.synthetic.writing.slips import formatted

_MISREAD = (("0", "O"), ("1", "I"), ("5", "S"), ("8", "B"))
_LETTERS = list("TRWAGMYFPDXBNJZSQVHLCKE")
_FILLERS = ["ND", "NDD", "00000000T", "99999999R", "11111111H", "12345678Z"]
TYPES = {"DNI": "DNI", "NIE": "NIE", "PASSPORT": "PASSAPORT"}


def document_errors(dirt: Dirt) -> None:
    """Make errors in `document`, `tipus_document` and `pais_document`; `document_type` has the true type."""
    kind = _kinds(dirt)
    is_wrong = dirt.draw(dirt.share("document", "wrong"))
    for name, new in _wrong_numbers(dirt).items():
        dirt.apply(f"document_{name}", is_wrong & (kind == name), document=new)
    text = pl.col("document")
    lost = text.str.contains("^0[0-9]{7}[A-Z]$") & dirt.draw(dirt.share("document", "leading_zeros_lost"))
    dirt.apply("document_leading_zeros_lost", lost, document=text.str.strip_chars_start("0"))
    _wrong_types(dirt, is_wrong, kind)


def documents_of_others(dirt: Dirt) -> None:
    """Write a parent's document on a child's record, or a company's document on its administrator's record."""
    shown = pl.col("is_identified") & pl.col("document").is_not_null()
    dirt.apply(
        "document_parents",
        pl.col("is_identified") & (pl.col("age") < 14) & pl.col("parents_document").is_not_null()
        & dirt.draw(dirt.share("document", "parents")),
        document=pl.col("parents_document"),
        tipus_document=pl.col("parents_document_type").replace_strict(TYPES, default=None),
        pais_document=pl.when(pl.col("parents_document_type") == "PASSPORT").then("parents_document_country"),
        document_type=pl.col("parents_document_type"),
    )  # fmt: skip
    dirt.apply(
        "document_of_company",
        shown & pl.col("company_nif").is_not_null() & dirt.draw(dirt.share("document", "of_company")),
        document=pl.col("company_nif"),
        document_type=pl.lit("CIF"),
    )


def _kinds(dirt: Dirt) -> pl.Expr:
    """The kind of error of each document, by its type."""
    weights = dirt.rates["document_kinds"]
    kind = pl.lit("")
    for of in ("DNI", "NIE", "PASSPORT"):
        total = sum(shares.get(of, 0) for shares in weights.values())
        drawn = dirt.kinds({name: shares.get(of, 0) / total for name, shares in weights.items()} if total else {})
        kind = pl.when(pl.col("document_type") == of).then(drawn.cast(pl.String)).otherwise(kind)
    return kind


def _wrong_numbers(dirt: Dirt) -> dict[str, pl.Expr]:
    text, at = pl.col("document"), dirt.number(1, 6)
    digit = dirt.number(0, 10).cast(pl.String)
    pair = text.str.slice(at, 2).str.reverse()
    without = pl.when(dirt.draw(0.5)).then(text.str.slice(1))
    return {
        "missing_letter": text.str.slice(0, 8),
        "wrong_letter": text.str.slice(0, 8) + dirt.choice(_LETTERS),
        "formatting": formatted(dirt, "document"),
        "swapped_digits": text.str.slice(0, at) + pair + text.str.slice(at + 2),
        "wrong_digit": text.str.slice(0, at) + digit + text.str.slice(at + 1),
        "letter_for_digit": _misread(dirt.number(0, 4)),
        "nie_variant": without.otherwise(text.str.slice(0, 1) + "0" + text.str.slice(1)),
        "country_prefix": "ES" + text,
        "country_suffix": text + "-" + pl.col("document_country"),
    }


def _wrong_types(dirt: Dirt, is_wrong: pl.Expr, kind: pl.Expr) -> None:
    """Write the right number with another type, or a filler instead of a number."""
    nothing = pl.lit(None, dtype=pl.String)
    is_typed = pl.col("tipus_document").is_not_null()
    other = pl.when(pl.col("document_type") == "NIE").then(pl.lit("DNI")).otherwise(pl.lit("PASSAPORT"))
    dirt.apply("document_wrong_type", is_typed & is_wrong & (kind == "wrong_type"), tipus_document=other)
    as_dni = is_typed & is_wrong & (kind == "passport_as_dni")
    dirt.apply("document_passport_as_dni", as_dni, tipus_document=pl.lit("DNI"), pais_document=nothing)
    filler = is_wrong & (kind == "placeholder")
    dirt.apply(
        "document_placeholder",
        filler,
        document=dirt.choice(_FILLERS),
        tipus_document=pl.when(is_typed).then(pl.lit("DNI")),
    )


def _misread(first: pl.Expr) -> pl.Expr:
    """A letter instead of a similar digit; if the drawn digit is not in the number, the next one that is."""
    text = pl.col("document")
    turned = [
        pl.when(first <= place).then(text.str.replace(digit, letter)) for place, (digit, letter) in enumerate(_MISREAD)
    ]
    changed = [pl.when(turn != text).then(turn) for turn in turned]
    return pl.coalesce(*changed, text)
