"""Writes the record of a person who comes: which data are asked, how people give their names, and which errors occur.

Errors depend on the channel: at the counter a clerk copies a document, on the telephone the clerk hears the data, on
the web people type themselves.
"""

from collections.abc import Collection

import polars as pl

from sources.synthetic.base.randomness import IntArray, table
from sources.synthetic.base.text import folded
from sources.synthetic.changes.as_of import as_of, who_as_of
from sources.synthetic.writing.dirt import Dirt
from sources.synthetic.writing.document_errors import TYPES, document_errors, documents_of_others
from sources.synthetic.writing.name_habits import write_by_habit
from sources.synthetic.writing.slips import heard, mistyped

CHANNELS = ("counter", "phone", "web")
PERSONAL = (
    "tipus_document", "document", "pais_document", "nom", "cognom_1", "cognom_2", "data_naixement", "sexe", "adreca",
    "numero", "codi_postal", "email", "telefon",
)  # fmt: skip
_PLACE = ("type_ca", "type_es", "name", "number", "postcode")
# The true columns of a person that are needed for a record.
_DOCUMENT = ("document", "document_type", "document_country")
_WHO = ("given_name", "surname_1", "surname_2", "sex", *_DOCUMENT)
_KNOWN = (
    "person", "birth_date", "born_days", "email", "phone", "landline", "language", "company_nif", "mother", "father",
    "partner", "names", "other_given_name", "other_surname", "move_day", "change_day",
    *_WHO, *(f"former_{name}" for name in _WHO), *_PLACE, *(f"former_{part}" for part in _PLACE),
)  # fmt: skip
_OPTIONAL = (
    "tipus_document", "pais_document", "nom", "cognom_1", "cognom_2", "data_naixement", "sexe", "email", "telefon",
)  # fmt: skip
_NAMES = ("nom", "cognom_1", "cognom_2")
_YEAR_DAYS = 365.25
_CUT = 14
_TURNS = 1_000_000
_NOTHING = pl.lit(None, dtype=pl.String)


def turned_up(city: pl.DataFrame, person: IntArray, days: IntArray) -> pl.DataFrame:
    """One row per person who comes on a day, with the true values of that day, and those of parent and partner.

    `enter` also needs the columns channel, is_identified (a document is shown) and is_named (any data are given).
    """
    known = city.select(_KNOWN)[person].with_columns(attended_day=pl.Series(days))
    parent = known.select(pl.coalesce("mother", "father")).to_series()
    shown = city.select("change_day", *_DOCUMENT, *(f"former_{name}" for name in _DOCUMENT))
    of_parent = shown.select(pl.all().gather(parent)).with_columns(attended_day=pl.Series(days))
    of_parent = who_as_of(of_parent, "attended_day").select(pl.col(_DOCUMENT).name.prefix("parents_"))
    known = pl.concat([known, of_parent], how="horizontal").with_columns(
        pl.lit(city["email"]).gather(pl.col("partner")).alias("partners_email"),
        age=(pl.col("attended_day") - pl.col("born_days")) / _YEAR_DAYS,
    )
    return as_of(known, "attended_day")


def enter(dirt: Dirt, asks: Collection[str] = PERSONAL) -> pl.DataFrame:
    """Add the personal fields and error_types to the rows of `turned_up`; fields that are not in `asks` stay empty."""
    dirt.frame = dirt.frame.with_columns(
        document=pl.when("is_identified").then("document"),
        tipus_document=pl.when("is_identified").then(pl.col("document_type").replace_strict(TYPES, default=None)),
        pais_document=pl.when(pl.col("is_identified"), pl.col("document_type") == "PASSPORT").then("document_country"),
        true_document="document",
    )
    fields = {
        "nom": _given(dirt, "given_name"),
        "cognom_1": _given(dirt, "surname_1"),
        "cognom_2": _given(dirt, "surname_2"),
        "data_naixement": _given(dirt, "birth_date").cast(pl.String),
        "sexe": _given(dirt, "sex").replace_strict({"M": "H", "F": "D"}, default=None),
        "email": _given(dirt, "email"),
        "telefon": _given(dirt, "phone"),
        "idioma": pl.col("language"),
        "has_address": dirt.draw(dirt.rates["given"]["address"]) & pl.col("is_identified") & pl.lit("adreca" in asks),
    }
    dirt.frame = dirt.frame.with_columns(**fields)
    dirt.frame = dirt.frame.with_columns(
        pl.lit(None, dtype=pl.String).alias(name) for name in _OPTIONAL if name not in asks
    )
    _former_selves(dirt)
    documents_of_others(dirt)
    document_errors(dirt)
    write_by_habit(dirt, "nom", "cognom_1", "cognom_2")
    _spoken_names(dirt)
    _spelling(dirt)
    _fields(dirt)
    _dates(dirt)
    _contacts(dirt)
    _address(dirt)
    return dirt.frame.with_columns(error_types=dirt.errors())


def _former_selves(dirt: Dirt) -> None:
    """Some people still show their former document, or give their former name."""
    has_changed = (pl.col("change_day") <= pl.col("attended_day")).fill_null(False)
    shows = has_changed & pl.col("document").is_not_null() & pl.col("former_document").is_not_null()
    shows &= dirt.draw(dirt.share("other", "former_document"))
    is_passport = pl.col("former_document_type") == "PASSPORT"
    dirt.apply(
        "document_former",
        shows,
        document=pl.col("former_document"),
        document_type=pl.col("former_document_type"),
        tipus_document=pl.col("former_document_type").replace_strict(TYPES, default=None),
        pais_document=pl.when(is_passport).then("former_document_country"),
    )
    names = {"nom": "given_name", "cognom_1": "surname_1", "cognom_2": "surname_2"}
    gives = has_changed & dirt.draw(dirt.share("other", "former_name"))
    former = {name: pl.when(pl.col(name).is_not_null()).then(f"former_{true}") for name, true in names.items()}
    dirt.apply("name_former", gives, **former)


def _given(dirt: Dirt, column: str) -> pl.Expr:
    """A person's value, or null; the share of people who give it depends on whether they show a document."""
    with_document, without = (dirt.draw(share) for share in dirt.rates["given"][column])
    is_given = pl.when("is_identified").then(with_document).otherwise(without)
    return pl.when(is_given & pl.col("is_named")).then(pl.col(column))


def _spoken_names(dirt: Dirt) -> None:
    """The name that people give: in the other language, a short form, or one of two names."""
    _forms(dirt)
    for error, form in (("other_language", "other_form"), ("hypocoristic", "short_form")):
        where = pl.col("nom").is_not_null() & pl.col(form).is_not_null() & dirt.draw(dirt.share("name", error))
        dirt.apply(error, where, nom=pl.col(form))
    one_of_two = pl.col("nom").str.contains(" ") & dirt.draw(dirt.share("name", "one_of_two_given_names"))
    dirt.apply("one_of_two_given_names", one_of_two, nom=pl.col("nom").str.split(" ").list.first())
    varied = pl.col("variant").is_not_null() & pl.col("cognom_1").is_not_null()
    varied &= dirt.draw(dirt.share("name", "surname_variant"))
    dirt.apply("surname_variant", varied, cognom_1=pl.col("variant"))


def _spelling(dirt: Dirt) -> None:
    """Spelling errors: misheard letters, wrong keys, typos."""
    for column, whose in (("nom", "given_name"), ("cognom_1", "surname"), ("cognom_2", "surname")):
        for kind, slip in (("phonetic", heard), ("keyboard", mistyped)):
            where = pl.col(column).str.len_chars() > 3
            where &= dirt.draw(dirt.share("name", f"{whose}_{kind}"))
            dirt.apply(f"{whose}_{kind}", where, **{column: slip(dirt, column)})
        dirt.typo(f"{whose}_typo", column, dirt.share("name", f"{whose}_typo"))


def _fields(dirt: Dirt) -> None:
    """Names in the wrong field, cut by the field, or left out; and in upper case or without accents."""
    nom, first, second = (pl.col(name) for name in _NAMES)

    def often(error: str) -> pl.Expr:
        return dirt.draw(dirt.share("name", error))

    dirt.apply("second_surname_missing", often("second_surname_missing"), cognom_2=_NOTHING)
    both = first.is_not_null() & second.is_not_null()
    dirt.apply("surnames_swapped", both & often("surnames_swapped"), cognom_1=second, cognom_2=first)
    has_both = nom.is_not_null() & first.is_not_null()
    dirt.apply("autofill_swapped", has_both & often("autofill_swapped"), nom=first, cognom_1=nom)
    whole = pl.concat_str(_NAMES, separator=" ", ignore_nulls=True)
    in_one = has_both & often("name_in_one_field")
    dirt.apply("name_in_one_field", in_one, nom=whole, cognom_1=_NOTHING, cognom_2=_NOTHING)
    is_cut = often("name_cut")
    cut = {name: pl.col(name).str.slice(0, _CUT).str.strip_chars_end() for name in _NAMES}
    dirt.apply("name_cut", is_cut, **cut)
    dirt.apply("lost_accents", often("lost_accents"), **{name: folded(pl.col(name)) for name in _NAMES})
    dirt.apply(None, often("upper_case"), **{name: pl.col(name).str.to_uppercase() for name in _NAMES})


def _forms(dirt: Dirt) -> None:
    """Add other_form, short_form and variant of names that have them."""
    forms = table("given_name_forms")
    by_name = pl.concat(
        [
            forms.select(given_name="ca", sex="sex", other_form="es", short="short"),
            forms.select(given_name="es", sex="sex", other_form="ca", short="short"),
        ]
    ).unique(["given_name", "sex"], keep="first", maintain_order=True)
    variants = table("surname_variants").group_by("surname", maintain_order=True).agg("variant")
    turn = dirt.number(0, _TURNS)
    frame = dirt.frame.join(by_name, on=["given_name", "sex"], how="left", maintain_order="left")
    frame = frame.join(variants, left_on="surname_1", right_on="surname", how="left", maintain_order="left")
    shorts = pl.col("short").str.split(";")
    # The usual ones come first.
    place = ((turn / _TURNS) ** 2 * shorts.list.len()).cast(pl.Int64)
    dirt.frame = frame.with_columns(
        short_form=pl.when(pl.col("short").str.len_chars() > 0).then(shorts.list.get(place, null_on_oob=True)),
        variant=pl.col("variant").list.get(turn % pl.col("variant").list.len(), null_on_oob=True),
    )


def _dates(dirt: Dirt) -> None:
    birth = pl.col("data_naixement")
    year, month, day = birth.str.slice(0, 4), birth.str.slice(5, 2), birth.str.slice(8, 2)

    def often(error: str) -> pl.Expr:
        return birth.is_not_null() & dirt.draw(dirt.share("other", error))

    can_swap = (day.cast(pl.Int64) <= 12) & often("day_month_swapped")
    dirt.apply("day_month_swapped", can_swap, data_naixement=pl.concat_str([year, day, month], separator="-"))
    earlier = (year.cast(pl.Int64) - dirt.number(1, 3)).cast(pl.String)
    wrong_year = (birth.str.slice(5) != "02-29") & often("birth_year_wrong")
    dirt.apply("birth_year_wrong", wrong_year, data_naixement=pl.concat_str([earlier, month, day], separator="-"))
    dirt.apply("birth_1_january", often("birth_1_january"), data_naixement=year + "-01-01")


def _contacts(dirt: Dirt) -> None:
    dirt.typo("email_typo", "email", dirt.share("other", "email_typo"))
    partners = pl.col("email").is_not_null() & pl.col("partners_email").is_not_null()
    partners &= dirt.draw(dirt.share("other", "partners_email"))
    dirt.apply("partners_email", partners, email=pl.col("partners_email"))
    phone, at = pl.col("telefon"), dirt.number(2, 9)
    wrong = phone.str.slice(0, at) + dirt.number(0, 10).cast(pl.String) + phone.str.slice(at + 1)
    dirt.apply("phone_typo", phone.is_not_null() & dirt.draw(dirt.share("other", "phone_typo")), telefon=wrong)
    spaced = "+34 " + phone.str.slice(0, 3) + " " + phone.str.slice(3, 3) + " " + phone.str.slice(6)
    dirt.apply(None, phone.is_not_null() & dirt.draw(dirt.share("other", "phone_formatted")), telefon=spaced)


def _address(dirt: Dirt) -> None:
    """The person's address on that day, or a former one; the street as people write it."""
    has_moved = pl.col("move_day") <= pl.col("attended_day")
    stale = has_moved & pl.col("has_address") & dirt.draw(dirt.share("other", "stale_address"))
    dirt.apply("stale_address", stale, **{part: pl.col(f"former_{part}") for part in _PLACE})
    style = dirt.number(0, 3)
    short = pl.when(pl.col("type_ca") == "Carrer").then(pl.lit("C/")).otherwise("type_ca")
    full = pl.when(pl.col("language") == "es").then("type_es").otherwise("type_ca")
    bare = pl.col("name").str.replace("^(de la|de les|dels|del|de|d'|de l')( |$)?", "")
    street = (
        pl.when(style == 0)
        .then(short + " " + bare)
        .when(style == 1)
        .then(full + " " + pl.col("name"))
        .otherwise((full + " " + bare).str.to_uppercase())
    )
    dirt.frame = dirt.frame.with_columns(
        adreca=pl.when("has_address").then(street),
        numero=pl.when("has_address").then(pl.col("number").cast(pl.String)),
        codi_postal=pl.when("has_address").then("postcode"),
    )
