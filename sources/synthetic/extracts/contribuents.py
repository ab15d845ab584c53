"""The register of taxpayers: residents, people from outside, companies and entities; pipes, cp1252, one name field.

Taxpayers stay in the register; it learns of changes and moves some time later.
"""

from collections.abc import Iterator
from datetime import date
from functools import partial

import polars as pl
import polars.selectors as cs

from sources.synthetic.base.encoding import delimited
from sources.synthetic.base.randomness import Rates, in_parts, stream
from sources.synthetic.base.text import folded
from sources.synthetic.changes.as_of import who_as_of
from sources.synthetic.people.documents import tax_numbers
from sources.synthetic.people.population import FIRST_DAY, CityPlan
from sources.synthetic.people.taxpayers import outsiders, residents
from sources.synthetic.writing.dirt import Dirt
from sources.synthetic.writing.document_errors import document_errors
from sources.synthetic.writing.faults import Fault

FIELDS = (
    "codi_contribuent", "tipus_persona", "nif", "motiu_sense_nif", "cognoms_nom", "rao_social", "domicili_fiscal",
    "domiciliacio", "email", "telefon", "representant_nif", "representant_nom", "data_alta", "data_baixa",
)  # fmt: skip
# The Cadastre's codes of the types of street.
_STREET_TYPES = {
    "CALLE": "CL", "AVDA": "AV", "PASEO": "PS", "VIA": "VI", "TRVRA": "TR", "GRVIA": "GV", "RMBLA": "RB",
    "PLAZA": "PZ", "RONDA": "RD", "CTRA": "CR",
}  # fmt: skip
# The columns that change with a new identity, and with a move; the register learns of both later.
_CHANGING = {"change": ("nif", "motiu_sense_nif", "cognoms_nom", "rao_social"), "move": ("domicili_fiscal",)}
# Columns with few values: as categories they need a quarter of the memory; `known_on` makes them text again.
_SPARSE = (
    "tipus_persona", "motiu_sense_nif", "domiciliacio", "representant_nif", "representant_nom",
    *(f"former_{name}" for names in _CHANGING.values() for name in names),
)  # fmt: skip
# The columns that are needed to show somebody as before a change.
CHANGE = (
    "change_day", "change_learned_day", "late_errors", "former_error_types",
    *(f"former_{name}" for name in _CHANGING["change"]),
)  # fmt: skip
FAULTS: dict[str, Fault] = {
    # A pipe that somebody typed.
    "bad_field_count": {"domicili_fiscal": pl.col("domicili_fiscal") + "|"},
    "bad_date:data_alta": {"data_alta": pl.col("data_alta").str.slice(0, 4) + "1301"},
}
_NO_ERRORS = pl.lit([], dtype=pl.List(pl.String))
_MONDAY = 0
_PART_ROWS = 200_000


def is_delivered(plan: CityPlan, day: date) -> bool:
    """In full on the first night and on Mondays."""
    return day == plan.start or day.weekday() == _MONDAY


def register(plan: CityPlan, city: pl.DataFrame, organisations: pl.DataFrame) -> pl.DataFrame:
    """Every taxpayer with the fields of the file, person or organisation (the other null), and error_types."""
    people = pl.concat([residents(plan, city), outsiders(plan, city)], how="diagonal_relaxed")
    written = in_parts(people, "taxpayers as written", partial(_written, plan))
    before = _before(plan, people)
    del people
    written = written.join(before, on="person", how="left", maintain_order="left")
    frame = pl.concat([written, _registered(plan, organisations)], how="diagonal_relaxed")
    frame = frame.with_columns(pl.col(_SPARSE).cast(pl.Categorical))
    del written
    shuffled = stream(plan.seed, "taxpayer numbers").permutation(frame.height)
    return frame.with_columns(codi_contribuent=pl.Series(shuffled).cast(pl.String).str.zfill(9)).sort(
        "codi_contribuent"
    )


def snapshot(plan: CityPlan, taxpayers: pl.DataFrame, day: date) -> pl.DataFrame:
    """The register on a day; people who have left have an end date."""
    left, today = pl.col("left_on") <= day, (day - plan.start).days
    parts = [
        known_on(part.filter(pl.col("entered_on") <= day), today)
        .with_columns(
            data_alta=pl.col("entered_on").dt.strftime("%Y%m%d"),
            data_baixa=pl.when(left).then(pl.col("left_on").dt.strftime("%Y%m%d")),
        )
        .select("person", "organisation", "representative_person", "error_types", *FIELDS)
        for part in taxpayers.iter_slices(_PART_ROWS)
    ]
    return pl.concat(parts)


def known_on(taxpayers: pl.DataFrame, day: int | str) -> pl.DataFrame:
    """Taxpayers, any rows of the register, as it has them on a day (from the plan's start, or in a column).

    It learns of some changes later.
    """
    today = pl.col(day) if isinstance(day, str) else pl.lit(day)
    taxpayers = taxpayers.with_columns(cs.categorical().cast(pl.String))
    columns_by_change = {
        changed: names for changed, names in _CHANGING.items() if f"{changed}_learned_day" in taxpayers.columns
    }
    unheard = {changed: (pl.col(f"{changed}_learned_day") > today).fill_null(False) for changed in columns_by_change}
    late = {"change": pl.col("late_errors"), "move": pl.lit(["stale_address"])}
    errors = [pl.when(unheard["change"]).then("former_error_types").otherwise("error_types")]
    errors += [
        pl.when(unheard[changed] & (pl.col(f"{changed}_day") <= today)).then(late[changed]).otherwise(_NO_ERRORS)
        for changed in columns_by_change
    ]
    return taxpayers.with_columns(
        *(
            pl.when(unheard[changed]).then(f"former_{name}").otherwise(name).alias(name)
            for changed, names in columns_by_change.items()
            for name in names
        ),
        error_types=pl.concat_list(errors).list.unique().list.sort(),
    )


def representatives(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    """One row per representative or administrator: person, the key of the mention (`key`) and error_types."""
    return frame.filter(pl.col("representative_person").is_not_null()).select(
        "refused",
        person="representative_person",
        key=pl.format("{}#representant", key),
        error_types=pl.lit([], dtype=pl.List(pl.String)),
    )


def encoded(frame: pl.DataFrame) -> Iterator[bytes]:
    """The file's bytes; no value holds a pipe or a quote."""
    return delimited(frame.select(FIELDS), "cp1252", separator="|", quote_style="never", line_terminator="\r\n")


def _before(plan: CityPlan, people: pl.DataFrame) -> pl.DataFrame:
    """The rows of changed people before the change, and their errors until the register learns of it."""
    changed = people.filter(pl.col("change").is_not_null())
    written = _written(plan, "taxpayers as written before", who_as_of(changed, FIRST_DAY - 1)).with_columns(
        rao_social=pl.lit(None, dtype=pl.String)
    )
    names = ("given_name", "surname_1", "surname_2")
    has_other = {
        "document_former": pl.col("document").ne_missing(pl.col("former_document")),
        "name_former": pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"former_{name}")) for name in names),
    }
    errors = pl.concat_list(pl.when(is_so).then(pl.lit(error)) for error, is_so in has_other.items()).list.drop_nulls()
    before = written.select("person", pl.col(*_CHANGING["change"], "error_types").name.prefix("former_"))
    return pl.concat([before, changed.select(late_errors=errors)], how="horizontal")


def _written(plan: CityPlan, purpose: str, people: pl.DataFrame) -> pl.DataFrame:
    """Names in one field, the address in one line, and what goes wrong in them."""
    rates = plan.rates["taxpayers"]
    dirt = Dirt(people, stream(plan.seed, purpose), plan.rates | _document_rates(plan))
    nothing = pl.lit(None, dtype=pl.String)
    nif_m = tax_numbers(stream(plan.seed, purpose, "NIF M"), "M", people.height)
    dirt.frame = dirt.frame.with_columns(tipus_document=nothing, pais_document=nothing, nif_m=nif_m)
    document_errors(dirt)
    for column in ("given_name", "surname_1"):
        dirt.typo(f"{column.removesuffix('_1')}_typo", column, rates["name_typo"])
    dirt.apply("second_surname_missing", dirt.draw(rates["second_surname_missing"]), surname_2=nothing)
    folds = dirt.draw(rates["lost_accents"])
    names = ("given_name", "surname_1", "surname_2")
    dirt.apply("lost_accents", folds, **{name: folded(pl.col(name)) for name in names})
    has_nif = (
        pl.col("document").is_not_null() & (pl.col("document_type") != "PASSPORT") & ~dirt.draw(rates["without_nif"])
    )
    # Who pays taxes with a passport alone is given a NIF M, sooner or later.
    has_m = (pl.col("document_type") == "PASSPORT") & dirt.draw(rates["nif_m"])
    surnames = pl.concat_str("surname_1", "surname_2", separator=" ", ignore_nulls=True)
    comma = pl.when(dirt.draw(rates["with_comma"])).then(pl.lit(", ")).otherwise(pl.lit(" "))
    is_direct, has_email, has_phone = (dirt.draw(rates[name]) for name in ("direct_debit", "with_email", "with_phone"))
    return dirt.frame.select(
        "person", "entered_on", "left_on",
        *(f"{changed}{when}" for changed in _CHANGING for when in ("_day", "_learned_day")),
        error_types=dirt.errors(),
        tipus_persona=pl.lit("F"),
        nif=pl.when(has_m).then("nif_m").when(has_nif).then("document"),
        motiu_sense_nif=pl.when(~has_nif & ~has_m).then(
            pl.when(pl.col("document_type") == "PASSPORT").then(pl.lit("1")).otherwise(pl.lit("9"))
        ),
        cognoms_nom=pl.concat_str(surnames, comma, "given_name").str.to_uppercase(),
        domicili_fiscal=_address(),
        former_domicili_fiscal=pl.when(pl.col("move_day").is_not_null()).then(_address("former_")),
        domiciliacio=pl.when(is_direct).then(pl.lit("S")).otherwise(pl.lit("N")),
        email=pl.when(has_email).then("email"),
        telefon=pl.when(has_phone).then("phone"),
        **_representative(),
    )  # fmt: skip


def _document_rates(plan: CityPlan) -> Rates:
    """A register checks letters when it writes them down; a few old entries are as they were typed."""
    rates = plan.rates["taxpayers"]
    kept = {name: plan.rates["document_kinds"][name] for name in ("missing_letter", "swapped_digits", "wrong_digit")}
    wrong = {"wrong": rates["document_wrong"], "leading_zeros_lost": rates["leading_zeros_lost"]}
    return {"document": wrong, "document_kinds": kept}


def _address(when: str = "") -> pl.Expr:
    return pl.format(
        "{} {} {} Pl:{} Pt:{} {} {}",
        pl.col(f"{when}type_ine").replace_strict(_STREET_TYPES, default="CL"),
        folded(pl.col(f"{when}name").str.to_uppercase()).str.replace("^(DE LA|DE LES|DELS|DEL|DE|D'|DE L') ?", ""),
        pl.col(f"{when}number"),
        pl.col(f"{when}floor"),
        pl.col(f"{when}door").str.strip_chars_start("0"),
        f"{when}postcode",
        "town",
    )


def _representative() -> dict[str, pl.Expr]:
    """The representative of a taxpayer, as the register writes it."""
    surnames = ("representative_surname_1", "representative_surname_2")
    return {
        "representative_person": pl.col("representative_person"),
        "representant_nif": pl.col("representative_document"),
        "representant_nom": pl.concat_str(
            pl.concat_str(*surnames, separator=" ", ignore_nulls=True), pl.lit(", "), "representative_given_name"
        ).str.to_uppercase(),
    }


def _registered(plan: CityPlan, organisations: pl.DataFrame) -> pl.DataFrame:
    """Companies and entities in the register: without errors, but some changes come late."""
    rng = stream(plan.seed, "organisations as taxpayers")
    days = pl.lit(pl.Series(rng.integers(30, 9000, organisations.height)))
    lag = pl.Series(rng.exponential(plan.rates["taxpayers"]["learned_after_days"], organisations.height)).cast(pl.Int64)
    return organisations.select(
        "organisation", "nif",
        rao_social="legal_name",
        tipus_persona=pl.when(pl.col("kind") == "H").then(pl.lit("E")).otherwise(pl.lit("J")),
        domicili_fiscal=_address(),
        email="email",
        telefon="phone",
        **_representative(),
        entered_on=pl.lit(plan.start) - pl.duration(days=days),
        domiciliacio=pl.lit("S"),
        change_day="transformed_day",
        change_learned_day=pl.col("transformed_day") + lag,
        former_nif="former_nif",
        former_rao_social="former_legal_name",
        late_errors=pl.lit(["former_legal_form"]),
        former_error_types=_NO_ERRORS,
        error_types=pl.lit([], dtype=pl.List(pl.String)),
    )  # fmt: skip
