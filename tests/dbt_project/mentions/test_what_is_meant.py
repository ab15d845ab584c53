"""Every document and every address that a text may mean, however people and programs write it."""

import duckdb
import pytest

from orchestration.dbt.models_alone import render_macro
from tests.dbt_project.mentions.test_names import of_each


def documents(texts: list[str | None]) -> list[list[str]]:
    words, meant = render_macro("words_with_documents", "text"), render_macro("documents_meant", "words")
    query = f"select {meant} from (select {words} as words from (select unnest($1::varchar[]) as text))"
    return [row[0] for row in duckdb.connect(":memory:").execute(query, [texts]).fetchall()]


@pytest.mark.parametrize(
    ("text", "document"),
    [
        (text, "46123456M")
        for text in (
            "46123456M", "ES46123456M", "ESP 46123456-M", "DNI46123456M", "DNI: 46 123 456 M", "46.123.456-m",
            "El seu DNI és el 46123456M", "X1234567L / 46123456M", "(NIF) 46123456M.", "46I234S6M",
            "DE3 46123456M", "46123456\u200bM", "４６１２３４５６Ｍ",
        )
    ]
    + [
        ("01234567L", "1234567L"), ("X01234567L", "X1234567L"), ("NIE X-1234567-L", "X1234567L"),
        ("7I676229H", "71676229H"),
        ("MAR AB1248956", "AB1248956"), ("passaport BI123456", "BI123456"), ("El meu DNI és 46123456", "46123456"),
    ],
)  # fmt: skip
def test_a_document(text: str, document: str) -> None:
    [found] = documents([text])
    assert document in (found or [])


@pytest.mark.parametrize("text", [None, "", "-", " "])
def test_no_document(text: str | None) -> None:
    assert documents([text]) == [[]]


def test_a_telephone_is_no_document() -> None:
    [found] = documents(["telèfon 612345678"])
    assert found == ["TELEFON612345678"]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (text, "anna@bustia.cat")
        for text in (
            "anna@bustia.cat", "ANNA@bustia.cat", "anna＠bustia．cat", "anna&#64;bustia.cat", "anna @ bustia.cat",
            "anna (at) bustia.cat", "anna[arrova]bustia.cat", "anna%40bustia.cat", "an\u00adna@bustia.cat",
            "an\u200bna@bustia.cat", "Anna <anna@bustia.cat>", "mailto:anna@bustia.cat?subject=Baixa",
            "ona@bustia.cat; anna@bustia.cat", "anna@bustia.cat.",
        )
    ]
    + [
        (text, "+34612000333")
        for text in (
            "612000333", "933000111 / 612000333", "612000333, 933000111", "+34 612 000 333", "0034612000333",
            "+0034 612000333", "34612000333", "612000333.0", "٦١٢٠٠٠٣٣٣", "６１２０００３３３",
        )
    ],
)  # fmt: skip
def test_an_address(text: str, address: str) -> None:
    [found] = of_each("addresses_meant", [text])
    assert address in (found or [])


@pytest.mark.parametrize("text", [None, "", "no en té", "ningú"])
def test_no_address(text: str | None) -> None:
    assert of_each("addresses_meant", [text]) == [[]]
