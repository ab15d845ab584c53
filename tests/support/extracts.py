"""Extracts written by hand, byte by byte, and what became of them.

No reader and no contract has a say in what these bytes look like, so a misread contract shows in the tests.
"""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from sources.contracts.contract import Contract

PADRO_FILE = "padro_habitants_20260504.txt"
ATENCIONS_FILE = "atencions_20260504.jsonl"
Deliver = Callable[..., Path]
DAY = date(2026, 5, 4)

# One inscription: 340 bytes, each part with its positions as the layout counts them.
PADRO_LINE = b"".join(
    [
        b" " + b"  " + b"20240115" + b"A" + b"AC",  # 1-14 tipoinf, cdev, fvar, cvar, cauv
        b"08" + b"019" + b"02" + b"081" + b" " + b"0001701",  # 15-32 cpro, cmun, dist, secc, lsecc, cun
        b"00123" + b"CALLE" + b"BALMES".ljust(25) + b" " * 50,  # 33-117 cvia, tvia, nvia, npsvia
        b"0012" + b" " + b"    " + b" " + b"   " + b" ",  # 118-131 numer to hmt
        b"  " + b"  " + b"A " + b"002" + b"0001" + b" " + b"08007",  # 132-150 bloq to cpos
        b"0000000042" + b"01" + b"000000000000777",  # 151-177 nhop, nordh, nia
        "NÚRIA".encode("latin-1").ljust(20),  # 178-197 nomb
        b"DE".ljust(6) + "MUÑOZ".encode("latin-1").ljust(20),  # 198-223 part1, ape1
        b"".ljust(6) + b"PUIG".ljust(20),  # 224-249 part2, ape2
        b"6" + b"19800230"[:6] + b"00" + b"08" + b"019" + b"108",  # 250-266 sexo, fnac, cpron, cmunn, naci
        b"1" + b"00000014Z".ljust(20) + b"42" + b"20100901",  # 267-297 tide, iden, nivi, falta
        b"  " + b"   " + b"        ",  # 298-310 cprop, cmunp, fcadu
        b"029500" + b"07" + b"101" + b"043046250" + b"0458281810",  # 311-340 carrer, barri, aeb, x, y
    ]
)


def padro_line(nia: str = "000000000000777", **replaced: bytes) -> bytes:
    """The inscription above with another NIA; `at_<position>` writes bytes from that position on."""
    line = bytearray(PADRO_LINE)
    line[162:177] = nia.encode()
    for place, value in replaced.items():
        start = int(place.removeprefix("at_")) - 1
        line[start : start + len(value)] = value
    return bytes(line)


def padro_file(*lines: bytes) -> bytes:
    return b"".join(line + b"\r\n" for line in lines)


def many(count: int) -> list[bytes]:
    """Good inscriptions, so that a few bad ones stay below the contract's maximum share."""
    return [padro_line(f"{number:015d}") for number in range(1000, 1000 + count)]


def attention(identifier: str = "A1", **replaced: object) -> dict[str, object]:
    """An attention with its required fields."""
    content = {
        "id": identifier,
        "data_hora": "2026-05-04T09:12:33",
        "canal": "010",
        "motiu": "INFO",
        "resultat": "RESOLT",
    }
    return content | replaced


def attentions_file(*attentions: dict[str, object]) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in attentions)


def card(iris: Contract, number: str, **told: str) -> str:
    """A card with its required fields, every value quoted as the council's own export does."""
    required = {
        "codi_iris": "BCD1234", "tipus": "QUEIXA", "dia_data_alta": "03", "mes_data_alta": "05",
        "any_data_alta": "2026", "suport": "WEB", "estat": "2", "sollicitant": "C",
    }  # fmt: skip
    values = {"fitxa_id": number} | required | told
    return ",".join('"' + values.get(field.name, "").replace('"', '""') + '"' for field in iris.fields)


def header(iris: Contract) -> str:
    return ",".join(f'"{field.name.upper()}"' for field in iris.fields)


def iris_file(*lines: str) -> bytes:
    return b"\xef\xbb\xbf" + "\r\n".join([*lines, ""]).encode()


def rows(home: Path, area: str, source: str, entity: str, columns: str = "*") -> list[dict[str, Any]]:
    path = home / area / source / entity / f"extract_date={DAY}" / "data.parquet"
    relation = duckdb.sql(f"select {columns} from read_parquet('{path}', hive_partitioning = false)")
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def work() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    connection.execute("attach ':memory:' as work; create schema work.raw")
    return connection
