"""How an attended person is typed in: which data are asked for, how people say their names, and what goes wrong.

The person is true; only what is written down is decided here.
"""

import polars as pl

from sources.synthetic.as_of import as_of
from sources.synthetic.dirt import Dirt, document_errors
from sources.synthetic.draws import table
from sources.synthetic.text import folded

PERSONAL = (
    "tipus_document", "document", "pais_document", "nom", "cognom_1", "cognom_2", "data_naixement", "sexe", "adreca",
    "numero", "codi_postal", "email", "telefon",
)  # fmt: skip
_TYPES = {"DNI": "DNI", "NIE": "NIE", "PASSPORT": "PASSAPORT"}


def enter(dirt: Dirt, city: pl.DataFrame) -> pl.DataFrame:
    """Adds the personal fields and error_types to attentions that carry their person's truth, as of `attended_day`."""
    dirt.frame = as_of(dirt.frame, "attended_day")
    _former_selves(dirt)
    dirt.frame = dirt.frame.with_columns(
        document=pl.when("is_identified").then("document"),
        tipus_document=pl.when("is_identified").then(pl.col("document_type").replace_strict(_TYPES, default=None)),
        pais_document=pl.when(pl.col("is_identified"), pl.col("document_type") == "PASSPORT").then("document_country"),
        nom=_told(dirt, "given_name", 1.0, 1.0),
        cognom_1=_told(dirt, "surname_1", 0.99, 0.86),
        cognom_2=_told(dirt, "surname_2", 0.97, 0.35),
        data_naixement=_told(dirt, "birth_date", 0.75, 0.85).cast(pl.String),
        sexe=_told(dirt, "sex", 0.7, 0.3).replace_strict({"M": "H", "F": "D"}, default=None),
        email=_told(dirt, "email", 0.55, 0.25),
        telefon=_told(dirt, "phone", 0.8, 0.55),
        idioma=pl.col("language"),
        has_address=pl.lit(dirt.draw(0.6)) & pl.col("is_identified"),
    )
    _documents_of_children(dirt, city)
    document_errors(dirt)
    _names(dirt)
    _dates_and_contacts(dirt)
    _address(dirt)
    _calling_number(dirt)
    return dirt.frame.with_columns(error_types=dirt.errors())


def _former_selves(dirt: Dirt) -> None:
    """Some still show the document that they had, or give the name."""
    has_changed = pl.col("change_day") <= pl.col("attended_day")
    has_document = pl.col("is_identified") & pl.col("former_document").is_not_null()
    shown = {name: pl.col(f"former_{name}") for name in ("document", "document_type", "document_country")}
    dirt.apply(
        "document_former", has_changed & has_document & dirt.draw(dirt.rates["other"]["former_document"]), **shown
    )
    given = {name: pl.col(f"former_{name}") for name in ("given_name", "surname_1", "surname_2")}
    dirt.apply("name_former", has_changed & pl.col("is_named") & dirt.draw(dirt.rates["other"]["former_name"]), **given)


def _told(dirt: Dirt, column: str, identified: float, named: float) -> pl.Expr:
    """A person's value in the shares in which it is told, with and without a document."""
    at_counter, on_phone = dirt.draw(identified), dirt.draw(named)
    told = pl.when("is_identified").then(pl.lit(at_counter)).otherwise(pl.lit(on_phone))
    return pl.when(told & pl.col("is_named")).then(pl.col(column))


def _documents_of_children(dirt: Dirt, city: pl.DataFrame) -> None:
    """A parent shows its own document, and it is typed on the child's attention."""
    parent = pl.coalesce("mother", "father")
    shown = city.select(
        parent="person", parents="document", parents_type="document_type", parents_country="document_country"
    )
    dirt.frame = dirt.frame.with_columns(parent=parent).join(shown, on="parent", how="left", maintain_order="left")
    replaced = (
        pl.col("is_identified")
        & (pl.col("age") < 14)
        & pl.col("parents").is_not_null()
        & dirt.draw(dirt.rates["document"]["parents_document"])
    )
    dirt.apply(
        "document_parents",
        replaced,
        document=pl.col("parents"),
        tipus_document=pl.col("parents_type").replace_strict(_TYPES, default=None),
        pais_document=pl.when(pl.col("parents_type") == "PASSPORT").then("parents_country"),
        document_type=pl.col("parents_type"),
    )


def _names(dirt: Dirt) -> None:
    rates = dirt.rates["name"]
    _forms(dirt)
    other = pl.col("other_form").is_not_null()
    dirt.apply("other_language", other & dirt.draw(rates["other_language"]), nom=_kept("other_form"))
    short = pl.col("short_form").is_not_null()
    dirt.apply("hypocoristic", short & dirt.draw(rates["hypocoristic"]), nom=_kept("short_form"))
    one_of_two = pl.col("nom").str.contains(" ") & dirt.draw(rates["one_of_two_given_names"])
    dirt.apply("one_of_two_given_names", one_of_two, nom=pl.col("nom").str.split(" ").list.first())
    dirt.apply("surname_variant", dirt.draw(rates["surname_variant"]), cognom_1=_kept("variant", "cognom_1"))
    dirt.typo("given_name_typo", "nom", rates["given_name_typo"])
    dirt.typo("surname_typo", "cognom_1", rates["surname_typo"])
    dirt.typo("surname_typo", "cognom_2", rates["surname_typo"])
    missing = pl.col("cognom_2").is_not_null() & dirt.draw(rates["second_surname_missing"])
    dirt.apply("second_surname_missing", missing, cognom_2=pl.lit(None, dtype=pl.String))
    both = pl.col("cognom_1").is_not_null() & pl.col("cognom_2").is_not_null()
    swapped = both & dirt.draw(rates["surnames_swapped"])
    dirt.apply("surnames_swapped", swapped, cognom_1=pl.col("cognom_2"), cognom_2=pl.col("cognom_1"))
    names = ("nom", "cognom_1", "cognom_2")
    dirt.apply("lost_accents", dirt.draw(rates["lost_accents"]), **{name: folded(pl.col(name)) for name in names})
    dirt.apply(None, dirt.draw(rates["upper_case"]), **{name: pl.col(name).str.to_uppercase() for name in names})


def _kept(form: str, column: str = "nom") -> pl.Expr:
    """Another form where there is one and a name was told at all."""
    return pl.when(pl.col(column).is_not_null()).then(pl.coalesce(form, column))


def _forms(dirt: Dirt) -> None:
    """Adds other_form, short_form and variant for the names that have them."""
    forms = table("given_name_forms")
    by_name = pl.concat(
        [
            forms.select(given_name="ca", sex="sex", other_form="es", short="short"),
            forms.select(given_name="es", sex="sex", other_form="ca", short="short"),
        ]
    ).unique(["given_name", "sex"], keep="first", maintain_order=True)
    variants = table("surname_variants").group_by("surname", maintain_order=True).agg("variant")
    frame = dirt.frame.join(by_name, on=["given_name", "sex"], how="left", maintain_order="left")
    frame = frame.join(variants, left_on="surname_1", right_on="surname", how="left", maintain_order="left")
    shorts = pl.col("short").str.split(";")
    turn = dirt.number(0, 1_000_000)
    dirt.frame = frame.with_columns(
        short_form=pl.when(pl.col("short").str.len_chars() > 0).then(
            shorts.list.get(turn % shorts.list.len(), null_on_oob=True)
        ),
        variant=pl.col("variant").list.get(turn % pl.col("variant").list.len(), null_on_oob=True),
    )


def _dates_and_contacts(dirt: Dirt) -> None:
    rates = dirt.rates["other"]
    birth = pl.col("data_naixement")
    year, month, day = birth.str.slice(0, 4), birth.str.slice(5, 2), birth.str.slice(8, 2)
    can_swap = (day.cast(pl.Int64) <= 12) & dirt.draw(rates["day_month_swapped"])
    dirt.apply("day_month_swapped", can_swap, data_naixement=pl.concat_str([year, day, month], separator="-"))
    earlier = (year.cast(pl.Int64) - pl.lit(dirt.number(1, 3))).cast(pl.String)
    wrong_year = birth.is_not_null() & (birth.str.slice(5) != "02-29") & dirt.draw(rates["birth_year_wrong"])
    dirt.apply("birth_year_wrong", wrong_year, data_naixement=pl.concat_str([earlier, month, day], separator="-"))
    dirt.typo("email_typo", "email", rates["email_typo"])
    phone = pl.col("telefon")
    at = dirt.number(2, 9)
    wrong = phone.str.slice(0, at) + pl.lit(dirt.number(0, 10).cast(pl.String)) + phone.str.slice(at + 1)
    dirt.apply("phone_typo", phone.is_not_null() & dirt.draw(rates["phone_typo"]), telefon=wrong)
    spaced = "+34 " + phone.str.slice(0, 3) + " " + phone.str.slice(3, 3) + " " + phone.str.slice(6)
    dirt.apply(None, phone.is_not_null() & dirt.draw(rates["phone_formatted"]), telefon=spaced)


def _address(dirt: Dirt) -> None:
    """The address where the person lived on that day, or still an older one; the street as people say it."""
    parts = ("type_ca", "type_es", "name", "number", "postcode")
    stale = (pl.col("move_day") <= pl.col("attended_day")) & dirt.draw(dirt.rates["other"]["stale_address"])
    dirt.apply("stale_address", stale & pl.col("has_address"), **{part: pl.col(f"former_{part}") for part in parts})
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


def _calling_number(dirt: Dirt) -> None:
    """The number that a named person rings from: their own telephone, or the household's."""
    by_phone = pl.col("is_named") & (pl.col("canal") != "OAC")
    own = pl.when(pl.lit(dirt.draw(0.8))).then("phone").otherwise("landline")
    dirt.frame = dirt.frame.with_columns(telefon_origen=pl.when(by_phone).then(own))
