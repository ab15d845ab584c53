"""Who is whom in a file does not hang on how its tools wrote a telephone, a postcode, a document, a date or a name."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from stdnum.es import dni

from matching.model.model_file import promoted_model
from orchestration.linking.file_matching import MatchRequest, MatchResult, match_file, normalised_mentions
from tests.orchestration.linking.test_match import fil_match

GIVEN = ("Aina", "Bernat", "Carme", "Dídac", "Elisenda", "Fèlix", "Gisela", "Hug")
SURNAMES = ("Alzina", "Bonavida", "Castanyer", "Domingo", "Estruch", "Fontcuberta", "Garriga", "Hostench")
Row = Mapping[str, str]


def person(place: int) -> dict[str, str]:
    number = f"{51_234_567 + 111_111 * place}"
    return {
        "source": "registre", "document": number + dni.calc_check_digit(number), "given_name": GIVEN[place],
        "surname_1": SURNAMES[place], "surname_2": SURNAMES[place - 3], "birth_date": f"197{place}-03-1{place}",
        "street": "Carrer de Provença", "street_number": str(31 + 7 * place), "postcode": "08025",
        "email": f"{GIVEN[place].lower()[:3]}.{place}x@example.org", "phone": f"63912{place}47{place}",
    }  # fmt: skip


def linked(directory: Path, rows: Iterable[Row]) -> tuple[list[bool], MatchResult]:
    """Of pairs of rows whether both are one person; and what the command says."""
    path = directory / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, ["record_id", *person(0)])
        writer.writeheader()
        writer.writerows({"record_id": f"r{place}", **row} for place, row in enumerate(rows))
    result = match_file(MatchRequest(path, directory / "out.csv", model=promoted_model()))
    with (directory / "out.csv").open(encoding="utf-8", newline="") as handle:
        found = {row["record_id"]: row["person_id"] for row in csv.DictReader(handle)}
    return [found[f"r{place}"] == found[f"r{place + 1}"] for place in range(0, len(found), 2)], result


def pairs(known: Iterable[str], other: Iterable[Row]) -> Iterable[Row]:
    """Each person by some columns in a register, and as another source has them."""
    for place, written in enumerate(other):
        one = person(place)
        yield {name: one[name] for name in ("source", "given_name", "surname_1", "surname_2", *known)}
        yield {"source": "web", "given_name": one["given_name"], "surname_1": one["surname_1"], **written}


PHONES = ("639 12 {0} 47 {0}", "+34 63912{0}47{0}", "003463912{0}47{0}", "tel. 639-12-{0}47-{0}", "3463912{0}47{0}.0",
          '="63912{0}47{0}"', "63912{0}47{0} / 934000{0}12", "(+34) 639.12{0}.47{0}")  # fmt: skip


def test_telephones(tmp_path: Path) -> None:
    same, result = linked(tmp_path, pairs(["phone"], ({"phone": one.format(n)} for n, one in enumerate(PHONES))))
    assert all(same)
    assert not any(result.notes.unread.values())


@pytest.mark.parametrize("phone", ["999999999", "666666666", "600000000", "123456789", "000000000", "12345678"])
def test_a_number_that_stands_for_none_is_no_contact(tmp_path: Path, phone: str) -> None:
    """Two people of common names would be one by it."""
    rows = [{"given_name": "Maria", "surname_1": "Garcia", "source": name, "phone": phone} for name in ("a", "b")]
    same, result = linked(tmp_path, rows)
    assert same == [False]
    assert result.notes.unread["phone"] == 2


def test_another_countrys_telephone_and_postcode(tmp_path: Path) -> None:
    foreign = {"phone": "020 7946 0{0}58", "postcode": "ts19 0s{0}", "street": "Mill Lane", "street_number": "{0}"}
    other = foreign | {"phone": "020-7946-0{0}58", "postcode": "TS190S{0}"}
    rows = [
        {"given_name": GIVEN[n], "surname_1": SURNAMES[n], "source": of}
        | {name: value.format(n) for name, value in columns.items()}
        for n in range(8)
        for of, columns in (("a", foreign), ("b", other))
    ]  # fmt: skip
    same, result = linked(tmp_path, rows)
    assert all(same)
    assert not any(result.notes.unread.values())


POSTCODES = ("8025", "8025.0", "08025.0", "E-08025", "08025 Barcelona", '="08025"', "'08025", "08 025")


def test_postcodes_and_street_numbers(tmp_path: Path) -> None:
    """An address alone joins nobody here, so that its columns are compared as they are read."""
    lines = [f"{place},C/ Provença,3{place}.0,{code}" for place, code in enumerate(POSTCODES)]
    (tmp_path / "in.csv").write_text("\n".join(["record_id,street,street_number,postcode,given_name", *(
        f"{line},Aina" for line in lines
    )]).replace('="08025"', '"=""08025"""'), encoding="utf-8")  # fmt: skip
    with normalised_mentions(tmp_path / "in.csv", ()) as connection:
        found = connection.execute(
            "select street, street_number, postcode from work.intermediate.int_person_mentions order by 2"
        ).fetchall()
    assert found == [("PROVENCA", f"3{place}", "08025") for place in range(8)]


DOCUMENTS = ("DNI {0}", "NIF{0}", "N.I.F. {0}", "{0} (DNI)", "DNI núm. {0}", "nº {0}", "{1}.0", "dni {1}.0")


def test_documents(tmp_path: Path) -> None:
    numbers = [person(place)["document"] for place in range(8)]
    other = ({"document": words.format(one, one[:8])} for words, one in zip(DOCUMENTS, numbers, strict=True))
    same, result = linked(tmp_path, pairs(["document", "birth_date"], other))
    assert all(same)
    assert not any(result.notes.unread.values())


DATES = ("{0} 00:00:00+00", "{0}T00:00:00Z", "{0} 00:00:00.000", "{0} 00:00:00", "{0}", "{0}T00:00", "{1}.0", "'{0}")


def test_dates_and_damaged_names(tmp_path: Path) -> None:
    dates = [person(place)["birth_date"] for place in range(8)]
    damaged = [GIVEN[0], GIVEN[1], GIVEN[2], "DÃ\xaddac", "&Eacute;lisenda", "F&#232;lix", "Ｇｉｓｅｌａ", '="Hug"']
    other = [
        {"birth_date": form.format(one, one.replace("-", "")), "surname_2": person(place)["surname_2"]}
        for place, (form, one) in enumerate(zip(DATES, dates, strict=True))
    ]
    rows = list(pairs(["birth_date"], other))
    rows[1::2] = [row | {"given_name": name} for row, name in zip(rows[1::2], damaged, strict=True)]
    same, result = linked(tmp_path, rows)
    assert all(same)
    assert not any(result.notes.unread.values())


def test_what_cannot_be_read_is_counted_by_column(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(
        "record_id,document,birth_date,sex,postcode,email,phone\n"
        "1,ND,2001-02-30,?,99999,cap,999999999\n2,4.01E+07,1980,X,00000,a@b,secret\n3,,,,,,\n4,,,,,no,\n"
    )
    result = fil_match(tmp_path / "in.csv", "--output", tmp_path / "out.csv")
    assert result.returncode == 0, result.stderr
    for kind, count in (("Documents", 2), ("Birth dates", 2), ("Sexes", 2), ("Postcodes", 2), ("E-mails", 3),
                        ("Telephones", 2)):  # fmt: skip
        assert f"{kind} that could not be read, used as unknown: {count}\n" in result.stderr
    assert "secret" not in result.stderr
