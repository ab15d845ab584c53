"""Identity documents with the right control letters, each number given once: DNI, NIE, NIF K and passports.

The letters are computed here on purpose, not by the pipeline's validator.
"""

import numpy as np
import polars as pl

from sources.synthetic.base.randomness import BoolArray, FloatArray, IntArray, stream, table
from sources.synthetic.people.population import CityPlan

_LETTERS = np.array(list("TRWAGMYFPDXBNJZSQVHLCKE"))
_ALPHABET = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
_DNI_MODULUS = 8
_NIE_MODULUS = 7
_FOURTEEN = 14
# The column that holds a person's number of each type.
NUMBERS = {"DNI": "dni", "NIF_K": "nif_k", "NIE": "nie", "PASSPORT": "passport"}


def control_letters(numbers: IntArray) -> pl.Series:
    """The letter of each number."""
    return pl.Series(_LETTERS[numbers % 23])


def make_documents(plan: CityPlan, people: pl.DataFrame) -> pl.DataFrame:
    """Add document_type, document and document_country (null without a document), and all numbers of a person.

    These are passport, nie, dni and nif_k; each number is given once, even if the person does not have the document.
    """
    rng = stream(plan.seed, "documents")
    age, country = people["age"].to_numpy(), people["country"].to_numpy()
    countries = table("countries")
    spanish = countries["country"].gather(country) == "ES"
    passport = _passports(rng, country)
    draw = rng.random(people.height)
    is_eu = (countries["is_eu"].gather(country) == "1").to_numpy()
    has_dni = spanish.to_numpy() & (draw < np.interp(age, [0, 1, 13.9, 14], [0.05, 0.2, 0.7, 1.0]))
    has_nie = ~spanish.to_numpy() & (draw < np.where(is_eu, 0.81, 0.72))
    has_passport = ~spanish.to_numpy() & ~has_nie & (draw < np.where(age < 14, 0.9, 0.985))
    is_young = spanish.to_numpy() & ~has_dni & (age < _FOURTEEN)
    has_k = is_young & (rng.random(people.height) < plan.rates["city"]["nif_k"])
    kind = np.select([has_dni, has_k, has_nie, has_passport], ["DNI", "NIF_K", "NIE", "PASSPORT"], "")
    frame = people.with_columns(
        pl.Series("document_type", kind).replace("", None),
        passport=passport,
        dni=_dni(rng, age),
        nie=_nie(rng, people),
        nif_k=tax_numbers(rng, "K", people.height),
    )
    countries_of = countries["country"].gather(country)
    held = pl.coalesce(pl.when(pl.col("document_type") == name).then(column) for name, column in NUMBERS.items())
    return frame.with_columns(
        document=held,
        document_country=pl.when(pl.col("document_type") == "PASSPORT")
        .then(pl.lit(countries_of))
        .when(pl.col("document_type").is_not_null())
        .then(pl.lit("ES")),
    )


def renewed_passports(rng: np.random.Generator, country: IntArray) -> pl.Series:
    """Another number for each holder, by rows of `countries`."""
    return _passports(rng, country)


def _distinct(rng: np.random.Generator, low: int, high: int, size: int) -> IntArray:
    """Distinct numbers in no order: steps coprime to the range visit each number once."""
    span = high - low
    step = int(rng.integers(span // 3, span // 2))
    while np.gcd(step, span) != 1:
        step += 1
    visits = rng.permutation(size).astype(np.int64)
    return low + (visits * step + int(rng.integers(span))) % span


def _dni(rng: np.random.Generator, age: FloatArray) -> pl.Series:
    """Eight digits; one in twelve old people has a number below ten million."""
    size = len(age)
    small = (age > 55) & (rng.random(size) < 0.085)
    numbers = np.where(small, _distinct(rng, 100_000, 10_000_000, size), _distinct(rng, 10_000_000, 80_000_000, size))
    return _padded(numbers, _DNI_MODULUS) + control_letters(numbers)


def _nie(rng: np.random.Generator, people: pl.DataFrame) -> pl.Series:
    """X until 2008, then Y, then Z; the letter counts as the number's first digit."""
    prefix = np.where(people["entry_day"].to_numpy() < -365 * 12, 0, 1)
    prefix = np.where((prefix == 1) & (rng.random(people.height) < 0.45), 2, prefix)
    numbers = _distinct(rng, 0, 10_000_000, people.height)
    letters = control_letters(prefix * 10_000_000 + numbers)
    return pl.Series(np.array(list("XYZ"))[prefix]) + _padded(numbers, _NIE_MODULUS) + letters


def tax_numbers(rng: np.random.Generator, letter: str, size: int) -> pl.Series:
    """NIFs of people without DNI and NIE: a letter, seven digits, and the control letter of these.

    K is for Spaniards under fourteen, L for Spaniards abroad, M for foreigners.
    """
    numbers = _distinct(rng, 0, 10_000_000, size)
    return letter + _padded(numbers, _NIE_MODULUS) + control_letters(numbers)


def _padded(numbers: IntArray, width: int) -> pl.Series:
    return pl.Series(numbers).cast(pl.String).str.zfill(width)


def _passports(rng: np.random.Generator, country: IntArray) -> pl.Series:
    """Each country's own pattern: L any letter, D any digit, other characters as they are."""
    result = np.full(len(country), "", dtype="U9")
    for row, pattern in enumerate(table("countries")["passport"]):
        where: BoolArray = country == row
        count = int(where.sum())
        digits = pattern.count("D")
        numbers = _distinct(rng, 0, 10**digits, count)
        parts = np.full(count, "", dtype="U9")
        for symbol in pattern:
            if symbol == "D":
                digits -= 1
                part = (numbers // 10**digits % 10).astype("U1")
            else:
                part = rng.choice(_ALPHABET, count) if symbol == "L" else np.full(count, symbol)
            parts = np.char.add(parts, part)
        result[where] = parts
    return pl.Series(result)
