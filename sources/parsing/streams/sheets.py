"""Checks a workbook before a library reads it: all cells of the contract's sheet, a stretch at a time.

The other sheets are never read, so their content does not matter.
"""

import re
from collections.abc import Iterator
from posixpath import join, normpath
from zipfile import ZipFile

from lxml import etree

from sources.base.errors import UnreadableExtract

# One cell far outside the table would make the library keep all cells before it in memory.
_MOST_CELLS = 20_000_000
_STRETCH_BYTES = 1 << 20
# [^<>] stops at the end of the tag; without it, each tag would be searched to the end of the stretch.
_ERROR = re.compile(rb"<(?:[a-z]+:)?c\s(?=[^<>]*\bt=[\"']e[\"'])([^<>]*)>")
_PLACE = re.compile(rb"<(?:[a-z]+:)?c\s[^<>]*?\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_REFERENCE = re.compile(rb"\br=[\"']([A-Z]{1,3}[0-9]{1,7})[\"']")
_BOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
# Other parts that the library reads.
_SHARED = ("xl/sharedstrings.xml", "xl/styles.xml")


def check_parts(parts: ZipFile, sheet: str) -> None:
    """Check the size of a sheet and the values of its cells.

    Raises:
        UnreadableExtract: a cell is too far outside, or has an error such as #REF! instead of a value.
        BadZipFile: a part differs from its checksum in the ZIP, which the library does not check.
    """
    names = _names(parts)
    for name in set(_SHARED) & names.keys():
        for _ in _stretches(parts, names[name]):
            pass
    for part in _parts_of(parts, sheet):
        _check_cells(_stretches(parts, part), sheet)


def _check_cells(stretches: Iterator[bytes], sheet: str) -> None:
    width = height = 0
    for stretch in stretches:
        if error := _ERROR.search(stretch):
            reference = _REFERENCE.search(error[1])
            cell = f"cell {reference[1].decode()}" if reference else "a cell"
            raise UnreadableExtract(f"{cell} of its sheet {sheet} holds an error such as #REF! or #DIV/0!")
        if references := _PLACE.findall(stretch):
            columns, rows = zip(*references, strict=True)
            width, height = max(width, *map(_number, set(columns))), max(height, *map(int, set(rows)))
    if width * height > _MOST_CELLS:
        raise UnreadableExtract(
            f"its cells reach to column {width}, row {height} of the sheet {sheet}: "
            "delete what stands outside the table"
        )


def _parts_of(parts: ZipFile, sheet: str) -> list[str]:
    """The part with a sheet, by the workbook's own list; if the list does not name it, all worksheets."""
    relations = {
        value
        for element in _tree(parts, _BOOK).iter("{*}sheet")
        if element.get("name") == sheet
        for name, value in element.attrib.items()
        if etree.QName(name).localname == "id"
    }
    targets = [
        normpath(join("/xl", str(element.get("Target")))).lstrip("/")
        for element in _tree(parts, _RELATIONS).iter("{*}Relationship")
        if element.get("Id") in relations
    ]
    names = _names(parts)
    listed = [names[target.lower()] for target in targets if target.lower() in names]
    worksheets = (part for name, part in names.items() if name.startswith("xl/worksheets/") and name.endswith(".xml"))
    return listed or list(worksheets)


def _names(parts: ZipFile) -> dict[str, str]:
    """The names of the parts by their names in lower case with slashes: some systems use capitals or backslashes."""
    return {name.replace("\\", "/").lower(): name for name in parts.namelist()}


def _tree(parts: ZipFile, name: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(parts.read(_names(parts)[name]), parser)


def _stretches(parts: ZipFile, name: str) -> Iterator[bytes]:
    """The bytes of a part, in stretches that end with a tag."""
    pending = b""
    with parts.open(name) as member:
        while read := member.read(_STRETCH_BYTES):
            stretch, mark, rest = (pending + read).rpartition(b">")
            pending = rest[-_STRETCH_BYTES:]
            yield stretch + mark


def _number(column: bytes) -> int:
    """The number of a column, from 1, by its letters."""
    number = 0
    for letter in column:
        number = number * 26 + letter - ord("A") + 1
    return number
