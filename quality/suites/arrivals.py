"""What the loaded extracts must look like before any model is built on them.

Rows that broke the contract are in quarantine by now; this guards the extract as a whole.
"""

from quality.expectation import Relation, Suite, holds, not_null, one_of, rows_between, unique

_PADRO = Relation(
    name="raw.padro__habitants",
    flags={
        "has_name": "nomb is not null and ape1 is not null",
        "has_birth_date": "fnac is not null",
        "has_document": "iden is not null",
        "is_not_from_the_future": "_extract_date <= (select max(business_date) from work.raw.run)",
    },
    expectations=(
        rows_between(1),
        not_null("_source_key"),
        unique("_source_key"),
        not_null("nia"),
        not_null("_extract_date"),
        one_of("sexo", "1", "6"),
        one_of("cvar", "A", "M", "B"),
        one_of("tide", "0", "1", "2", "3", "4"),
        holds("is_not_from_the_future"),
        # The Padró has a name and a birth date for everybody; a shifted fixed width shows here at once.
        holds("has_name", 0.99),
        holds("has_birth_date", 0.99),
        # Children need no document; a whole column that went missing is far below this.
        holds("has_document", 0.5, "warn"),
    ),
)

_ATENCIONS = Relation(
    name="raw.atencions__atencions",
    flags={
        "says_who": "coalesce(document, nom, cognom_1, email, telefon) is not null",
        "is_dated": "try_cast(data_hora as timestamp) is not null",
        "is_not_from_the_future": "_extract_date <= (select max(business_date) from work.raw.run)",
    },
    expectations=(
        # A quiet feed is a normal night; one that never said anything deserves a look.
        rows_between(1, severity="warn"),
        not_null("_source_key"),
        unique("_source_key"),
        not_null("id"),
        not_null("_extract_date"),
        one_of("canal", "010", "OAC", "900226226"),
        one_of("tipus_document", "DNI", "NIE", "PASSAPORT"),
        one_of("resultat", "RESOLT", "DERIVAT", "PENDENT", "ABANDONAT"),
        one_of("consentiment_integracio", "S", "N"),
        one_of("consentiment_comunicacions", "S", "N"),
        holds("is_dated"),
        holds("is_not_from_the_future"),
        # Anonymous questions by telephone are normal; only anonymous ones mean that a column was lost.
        holds("says_who", 0.1, "warn"),
    ),
)

_CONTRIBUENTS = Relation(
    name="raw.contribuents__contribuents",
    flags={
        "has_name": "coalesce(cognoms_nom, rao_social) is not null",
        "has_nif": "nif is not null",
        "is_not_from_the_future": "_extract_date <= (select max(business_date) from work.raw.run)",
    },
    expectations=(
        rows_between(1, severity="warn"),
        not_null("_source_key"),
        unique("_source_key"),
        not_null("_extract_date"),
        one_of("tipus_persona", "F", "J", "E"),
        holds("is_not_from_the_future"),
        # A tax register that has lost its names or its numbers would link nobody, or everybody.
        holds("has_name", 0.99),
        holds("has_nif", 0.8),
    ),
)

_TAX_OBJECTS = Relation(
    name="raw.objectes_tributaris__objectes",
    flags={"is_share": "try_cast(replace(percentatge, ',', '.') as double) between 0 and 100"},
    expectations=(
        rows_between(1, severity="warn"),
        not_null("_source_key"),
        unique("_source_key"),
        one_of("impost", "IBI", "IVTM"),
        holds("is_share"),
    ),
)

_IRIS = Relation(
    name="raw.iris__fitxes",
    flags={
        "is_dated": "try_cast(concat_ws('-', any_data_alta, mes_data_alta, dia_data_alta) as date) is not null",
        "is_not_from_the_future": "_extract_date <= (select max(business_date) from work.raw.run)",
    },
    expectations=(
        rows_between(1, severity="warn"),
        not_null("_source_key"),
        unique("_source_key"),
        not_null("_extract_date"),
        one_of("estat", *"012345678"),
        one_of("sollicitant", "C", "E", "A"),
        holds("is_dated"),
        holds("is_not_from_the_future"),
    ),
)

ARRIVALS = Suite("arrivals", (_PADRO, _CONTRIBUENTS, _TAX_OBJECTS, _ATENCIONS, _IRIS))
