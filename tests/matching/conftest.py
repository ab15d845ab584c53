import hashlib
import random
from datetime import date, datetime, timedelta

import duckdb
import pyarrow as pa
import pytest

from matching.model.model_file import promoted_model

WOMEN = [
    "MARIA",
    "MARTA",
    "ANNA",
    "MONTSERRAT",
    "NURIA",
    "ROSA",
    "LAURA",
    "CARME",
    "CRISTINA",
    "TERESA",
    "JOANA",
    "PAULA",
    "JULIA",
    "LAIA",
    "MIREIA",
    "FATIMA",
    "AISHA",
    "IRENE",
    "SILVIA",
    "EVA",
    "AINA",
    "BERTA",
    "CLARA",
    "ELENA",
    "GEMMA",
    "MERCE",
    "PILAR",
    "ROSER",
    "SARA",
    "SOFIA",
]
MEN = [
    "JOSEP",
    "ANTONI",
    "JOAN",
    "JORDI",
    "MARC",
    "DAVID",
    "FRANCESC",
    "XAVIER",
    "CARLES",
    "ALBERT",
    "MANEL",
    "PERE",
    "PAU",
    "LLUIS",
    "MIQUEL",
    "RAMON",
    "OMAR",
    "ALI",
    "ERIC",
    "POL",
    "ARNAU",
    "BIEL",
    "GUILLEM",
    "SERGI",
    "IVAN",
    "ORIOL",
    "ADRIA",
    "ALEX",
    "HUGO",
    "ENRIC",
]
ROOTS = [
    "GARC",
    "MART",
    "LOP",
    "SANCH",
    "FERN",
    "PER",
    "GONZ",
    "ROV",
    "VIL",
    "PUJ",
    "SERR",
    "FERR",
    "CASALS",
    "SOL",
    "ROC",
    "BOSC",
    "MAS",
    "PRAT",
    "COLOM",
    "FONT",
    "TORR",
    "VALL",
    "CAMP",
    "RIB",
    "MOR",
    "NAV",
    "GIL",
    "ORT",
    "RUB",
    "SANZ",
]
ENDINGS = ["IA", "INEZ", "EZ", "ANDEZ", "ALEZ", "IRA", "A", "OL", "AT", "ER", "ELL", "ET", "OS", "ALS"]
SURNAMES = [root + ending for ending in ENDINGS for root in ROOTS]
STREETS = [f"CARRER{n}" for n in range(300)]
COLUMNS = {
    "mention_id": pa.string(), "source": pa.string(), "source_key": pa.string(), "is_register": pa.bool_(),
    "observed_at": pa.timestamp("us"), "is_live": pa.bool_(),
    "entry_of": pa.string(), "form_of": pa.string(), "born_from": pa.date32(), "born_until": pa.date32(),
    "is_deceased": pa.bool_(), "document_raw": pa.string(),
    "document_type": pa.string(), "document": pa.string(), "document_country": pa.string(),
    "is_document_valid": pa.bool_(), "is_document_repaired": pa.bool_(), "given_name": pa.string(),
    "given_name_accented": pa.string(), "surname_1": pa.string(), "surname_2": pa.string(),
    "birth_date": pa.date32(), "sex": pa.string(),
    "street": pa.string(), "street_number": pa.string(), "postcode": pa.string(), "email": pa.string(),
    "phone": pa.string(),
}  # fmt: skip
LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def dni(number):
    return f"{number:08d}{LETTERS[number % 23]}"


def mention(key, source="atencions", **values):
    """One mention as `int_person_mentions` has it; what is not said is absent."""
    document = values.get("document")
    base = dict.fromkeys(COLUMNS)
    base |= {
        "mention_id": hashlib.md5(f"{source}|{key}".encode(), usedforsecurity=False).hexdigest(),
        "source": source, "source_key": key, "is_register": source == "padro", "is_live": source == "padro",
        "entry_of": "padro" if source == "padro" else None,
        "is_deceased": False, "observed_at": datetime(2026, 1, 1),  # noqa: DTZ001
        "document_raw": document,
        "document_type": ("NIE" if document[0] in "XYZ" else "DNI") if document else None,
        "is_document_valid": document is not None, "is_document_repaired": False,
    }  # fmt: skip
    return base | values


def write_mentions(connection, mentions):
    rows = pa.table({name: pa.array([m[name] for m in mentions], kind) for name, kind in COLUMNS.items()})
    connection.execute("create schema if not exists work.intermediate")
    connection.register("given", rows)
    connection.execute("create or replace table work.intermediate.int_person_mentions as from given")
    connection.unregister("given")


def write_organisations(connection):
    """A few dozen companies: some told again, some under a name or number of another."""
    connection.execute("create schema if not exists work.intermediate")
    connection.execute(
        """
        create or replace table work.intermediate.int_organisation_mentions as
        select 'X' || i as mention_id, if(i < 40, 'contribuents', 'iris') as source, 'X' || i as source_key,
            i < 40 as is_register, timestamp '2026-05-04' as observed_at, 'B' || (20000000 + i % 45 * 97) as nif,
            true as is_nif_valid, 'TALLERS ' || md5(if(i < 50, i % 40, i % 45)::varchar) as legal_name,
            'SL' as legal_form, 'CARRER ' || i % 5 as street, (i % 9)::varchar as street_number, '08001' as postcode,
            null::varchar as email, null::varchar as phone
        from range(60) as others(i)
        """
    )


def open_work():
    connection = duckdb.connect(":memory:")
    connection.execute("attach ':memory:' as work")
    connection.execute("set enable_progress_bar = false")
    return connection


def pick(rng, names):
    return names[
        min(int(rng.paretovariate(0.9)) - 1, len(names) - 1) if rng.random() < 0.5 else rng.randrange(len(names))
    ]


def household(rng, number):
    door = {"street": rng.choice(STREETS), "street_number": str(rng.randrange(1, 120)),
            "postcode": f"080{rng.randrange(1, 43):02d}"}  # fmt: skip
    father_born = date(1945, 1, 1) + timedelta(days=rng.randrange(15000))
    parents = [
        dict(given_name=pick(rng, names), surname_1=pick(rng, SURNAMES), surname_2=pick(rng, SURNAMES), sex=sex,
             birth_date=father_born + timedelta(days=rng.randrange(2500)))
        for names, sex in ((MEN, "M"), (WOMEN, "F"))
    ]  # fmt: skip
    people = parents[: rng.choice((1, 2, 2))]
    born = father_born + timedelta(days=rng.randrange(9000, 13000))
    for _ in range(rng.choice((0, 0, 1, 2))):
        if rng.random() > 0.05:
            born += timedelta(days=rng.randrange(400, 2000))
        sex = rng.choice("MF")
        given = (
            parents[0]["given_name"] if sex == "M" and rng.random() < 0.1 else pick(rng, MEN if sex == "M" else WOMEN)
        )
        if given in [person["given_name"] for person in people[2:]]:
            continue
        people.append(dict(given_name=given, surname_1=parents[0]["surname_1"], surname_2=parents[1]["surname_1"],
                           sex=sex, birth_date=born))  # fmt: skip
    shared_email = f"casa{number}@exemple.cat" if rng.random() < 0.1 else None
    for place, person in enumerate(people):
        has_document = born.year < 2012 or place < 2
        person |= door
        person["document"] = (
            dni(rng.randrange(10_000_000, 80_000_000)) if has_document and rng.random() < 0.96 else None
        )
        person["email"] = shared_email or f"p{number}x{place}@exemple.cat"
        person["phone"] = f"+346{rng.randrange(10**8):08d}"
    return people


def mistype(rng, text):
    place = rng.randrange(len(text))
    kind = rng.randrange(3)
    if kind == 0 and len(text) > 3:
        return text[:place] + text[place + 1 :]
    if kind == 1 and place + 1 < len(text):
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text[:place] + rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") + text[place + 1 :]


def attention(rng, key, person, parent):  # noqa: C901
    seen, errors = dict(person), []
    extras = {}
    for column, share in {"document": 0.2, "birth_date": 0.35, "surname_2": 0.12, "street": 0.5, "email": 0.5,
                          "phone": 0.4, "sex": 0.3}.items():  # fmt: skip
        if rng.random() < share:
            seen[column] = None
    if seen["street"] is None:
        seen["street_number"] = None
    if not seen["document"] and not seen["birth_date"]:
        seen["email"], seen["birth_date"] = person["email"], person["birth_date"] if rng.random() < 0.7 else None
    for column in ("given_name", "surname_1", "surname_2"):
        if seen[column] and rng.random() < 0.03:
            seen[column] = mistype(rng, seen[column])
            errors.append("name_typing")
    if seen["surname_2"] and rng.random() < 0.02:
        seen["surname_1"], seen["surname_2"] = seen["surname_2"], seen["surname_1"]
        errors.append("surnames_swapped")
    born = seen["birth_date"]
    if born and rng.random() < 0.02 and born.day <= 12:
        seen["birth_date"] = born.replace(month=born.day, day=born.month)
        errors.append("day_month_swapped")
    if seen["document"]:
        draw = rng.random()
        if draw < 0.06:
            extras = {"is_document_valid": False, "is_document_repaired": True}
            errors.append("letter_lost")
        elif draw < 0.08:
            seen["document"] = f"{int(seen['document'][:8]) ^ 1:08d}" + seen["document"][8]
            extras = {"is_document_valid": False}
            errors.append("digit_mistyped")
        elif draw < 0.09 and parent["document"]:
            seen["document"] = parent["document"]
            errors.append("parents_document")
    return mention(key, **seen, **extras), errors


def make_city(households, seed):
    """Mentions and truth rows of a synthetic city with families, twins, namesakes and typing errors."""
    rng = random.Random(seed)  # noqa: S311 - a test's draws, no secret
    mentions, truth = [], []
    for number in range(households):
        people = household(rng, number)
        for place, person in enumerate(people):
            person_key = f"{number}-{place}"
            rows = []
            if rng.random() < 0.9:
                register = {**person, "email": None, "phone": None}
                rows.append((mention(person_key, "padro", **register), []))
            for visit in range(rng.choice((0, 1, 1, 2, 4))):
                rows.append(attention(rng, f"{person_key}-{visit}", person, people[0]))
            for row, errors in rows:
                mentions.append(row)
                truth.append((row["mention_id"], person_key, errors))
    return mentions, truth


@pytest.fixture
def connection():
    opened = open_work()
    yield opened
    opened.close()


@pytest.fixture
def model_path():
    return promoted_model()


@pytest.fixture
def city():
    return make_city


@pytest.fixture
def say():
    return mention


@pytest.fixture
def put():
    return write_mentions
